"""The compose files, loaded with the library Docker Compose is built on and the settings we write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from chain.network.building import find_go
from chain.network.containers import SUBNET, Engine, write_container_settings
from chain.network.errors import BadNetwork, NoNodeProgram
from chain.network.founding import add_member, found
from chain.network.layout import Network
from tests.conftest import ROOT

DOCKER = ROOT / "docker"
YAML_RULES = "{extends: default, rules: {line-length: {max: 110}, document-start: disable}}"


@pytest.fixture(scope="module")
def compose(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program that loads a compose file as Docker Compose does."""
    try:
        go = find_go()
    except NoNodeProgram as error:
        pytest.skip(f"compose files cannot be loaded: {error}")
    program = tmp_path_factory.mktemp("compose") / "compose"
    subprocess.run(
        [go, "build", "-mod=readonly", "-buildvcs=false", "-o", program, "."],
        cwd=Path(__file__).parent / "compose",
        env={**os.environ, "GOFLAGS": "", "GOWORK": "off"},
        check=True,
    )
    return program


@pytest.fixture
def network(network_folder: Path) -> Network:
    return found(network_folder / "a net", members=4, chain_id=7)


def loaded(compose: Path, engine: Engine, settings: Path, *profiles: str) -> dict[str, Any]:
    done = subprocess.run(
        [compose, DOCKER / f"compose.{engine}.yaml", settings, *profiles],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    project: dict[str, Any] = json.loads(done.stdout)
    return project


@pytest.mark.parametrize("engine", Engine)
def test_every_members_project_loads_with_the_settings_written_for_it(
    compose: Path, network: Network, engine: Engine
) -> None:
    files = write_container_settings(network, engine)

    projects = [loaded(compose, engine, file, "gateway") for file in files]

    assert [project["name"] for project in projects] == [
        f"counterfoil-7-{member.name}" for member in network.members
    ]
    validators = [project["services"]["validator"] for project in projects]
    assert len({one["networks"]["consortium"]["ipv4_address"] for one in validators}) == 4
    assert len({one["ports"][0]["published"] for one in validators}) == 4
    assert set(projects[0]["services"]) == {"validator", "gateway", "database"}


@pytest.mark.parametrize("engine", Engine)
def test_all_that_is_mounted_or_secret_is_there(compose: Path, network: Network, engine: Engine) -> None:
    for file in write_container_settings(network, engine):
        project = loaded(compose, engine, file, "gateway")

        bound = [
            mount["source"]
            for service in project["services"].values()
            for mount in service.get("volumes", [])
            if mount["type"] == "bind"
        ]
        kept = [secret["file"] for secret in project["secrets"].values()]
        assert len(bound) == 4
        assert [path for path in bound + kept if not Path(path).exists()] == []


@pytest.mark.parametrize("engine", Engine)
def test_nothing_but_the_gateway_is_published_and_only_on_this_machine(
    compose: Path, network: Network, engine: Engine
) -> None:
    project = loaded(compose, engine, write_container_settings(network, engine)[0], "gateway")

    published = {
        name: [(port["host_ip"], port["target"]) for port in service["ports"]]
        for name, service in project["services"].items()
        if service.get("ports")
    }
    # The gateway shares the validator's network namespace, so its port is published there.
    assert published == {"validator": [("127.0.0.1", 8000)]}
    assert project["services"]["gateway"]["network_mode"] == "service:validator"
    assert list(project["services"]["database"]["networks"]) == ["member"]


@pytest.mark.parametrize("engine", Engine)
def test_the_key_is_mounted_for_reading_into_the_validator_alone(
    compose: Path, network: Network, engine: Engine
) -> None:
    project = loaded(compose, engine, write_container_settings(network, engine)[1], "gateway")

    mounts = [
        (name, mount["read_only"])
        for name, service in project["services"].items()
        for mount in service.get("volumes", [])
        if mount["source"].endswith("nodekey")
    ]
    assert mounts == [("validator", True)]
    assert (network.folder(network.members[1]) / "nodekey").read_text() not in json.dumps(project)


@pytest.mark.parametrize("engine", Engine)
def test_the_gateway_starts_after_its_node_and_its_database_whose_password_it_reads(
    compose: Path, network: Network, engine: Engine
) -> None:
    project = loaded(compose, engine, write_container_settings(network, engine)[0], "gateway")

    gateway = project["services"]["gateway"]
    assert {name: one["condition"] for name, one in gateway["depends_on"].items()} == {
        "validator": "service_healthy",
        "database": "service_healthy",
    }
    assert gateway["environment"]["DATABASE_HOST"] == "database"
    assert sorted(one["source"] for one in gateway["secrets"]) == ["database-password", "keystore-password"]
    # The gateway shares the validator's networks, and the database is in one of them.
    assert set(project["services"]["database"]["networks"]) <= set(
        project["services"]["validator"]["networks"]
    )


@pytest.mark.parametrize(
    ("settings", "database", "more"),
    [
        ({}, "", []),
        ({"DATABASE_HOST": "db"}, "postgresql://counterfoil:a-secret@db/counterfoil", []),
        ({"GENESIS_HASH": "0x12"}, "", ["--genesis", "0x12"]),
    ],
)
def test_the_gateways_entry_point_gives_the_command_its_secrets_in_the_environment(
    tmp_path: Path, settings: dict[str, str], database: str, more: list[str]
) -> None:
    (tmp_path / "keys").write_text("a password")
    (tmp_path / "data").write_text("a-secret")
    shown = tmp_path / "counterfoil"
    shown.write_text(
        '#!/bin/sh\nprintf "%s\\n" "$COUNTERFOIL_KEYSTORE_PASSWORD" "${COUNTERFOIL_DATABASE:-}" "$@"\n'
    )
    shown.chmod(0o700)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "CHAIN_URL": "http://127.0.0.1:1",
        "FOLDER": "/gateway",
        "KEYSTORE_PASSWORD_FILE": str(tmp_path / "keys"),
        "DATABASE_PASSWORD_FILE": str(tmp_path / "data"),
        **settings,
    }

    done = subprocess.run(
        [DOCKER / "gateway" / "entrypoint.sh"], env=environment, capture_output=True, text=True, check=True
    )

    password, url, *arguments = done.stdout.splitlines()
    assert (password, url) == ("a password", database)
    assert arguments[0] == "serve"
    assert arguments[-2:] == (more or ["--accounts", "/gateway/accounts.json"])
    assert "a-secret" not in " ".join(arguments)


def test_without_its_gateways_files_a_member_starts_the_rest(compose: Path, network: Network) -> None:
    project = loaded(compose, Engine.KAIA, write_container_settings(network, Engine.KAIA)[0])

    assert set(project["services"]) == {"validator", "database"}


def test_a_setting_that_is_missing_is_named(compose: Path, tmp_path: Path) -> None:
    (tmp_path / "member.env").write_text("CHAIN_ID=7\n")

    done = subprocess.run(
        [compose, DOCKER / "compose.kaia.yaml", tmp_path / "member.env"],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "required variable" in done.stderr


def test_besus_peers_are_the_only_ones_let_in(network: Network) -> None:
    files = write_container_settings(network, Engine.BESU)

    for file in files:
        peers = json.loads((file.parent / "static-nodes.json").read_text())
        allowed = json.loads((file.parent / "permissions.toml").read_text().removeprefix("nodes-allowlist="))
        assert peers == allowed
        assert [peer.split("@")[0] for peer in peers] == [
            f"enode://{member.public_key}" for member in network.members
        ]


def test_both_engines_begin_with_the_founders_whoever_joined_since(network: Network) -> None:
    write_container_settings(network, Engine.BESU)
    before = (network.path / "genesis.besu.json").read_text()

    enlarged, _ = add_member(network, "guest")
    write_container_settings(enlarged, Engine.BESU)

    assert (network.path / "genesis.besu.json").read_text() == before


def test_passwords_are_made_once_and_read_by_their_owner_alone(network: Network) -> None:
    folder = write_container_settings(network, Engine.KAIA)[0].parent
    secrets = [(folder / name).read_text() for name in ("database-password", "keystore-password")]

    write_container_settings(network, Engine.KAIA)

    assert [(folder / name).read_text() for name in ("database-password", "keystore-password")] == secrets
    assert len(set(secrets)) == 2
    assert (folder / "database-password").stat().st_mode & 0o077 == 0


def test_a_subnet_too_small_or_a_path_that_cannot_be_mounted_is_refused(network_folder: Path) -> None:
    with pytest.raises(BadNetwork, match="too small for 4 members"):
        write_container_settings(found(network_folder / "n", 4, 7), Engine.KAIA, IPv4Network("10.0.0.0/29"))
    with pytest.raises(BadNetwork, match="cannot mount"):
        write_container_settings(found(network_folder / "it's", 4, 7), Engine.KAIA, SUBNET)


def test_the_files_are_clean_yaml() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "yamllint", "--strict", "-d", YAML_RULES, DOCKER],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout
