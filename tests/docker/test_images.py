"""The images' files: linted, and in step with what runs without Docker."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chain.network.building import LINKER, PROGRAM
from chain.network.founding import found
from chain.network.layout import Network
from chain.network.running import arguments
from tests.conftest import ROOT

DOCKERFILES = sorted((ROOT / "docker").glob("*/Dockerfile"))
SCRIPTS = sorted((ROOT / "docker").glob("*/entrypoint.sh"))
BESIDE_PYTHON = Path(sys.executable).parent
PLACES = {"--datadir", "--nodekey", "--ipcpath", "--port", "--subport", "--rpcport", "--netrestrict"}


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_a_dockerfile_is_clean(dockerfile: Path) -> None:
    done = subprocess.run([BESIDE_PYTHON / "hadolint", dockerfile], capture_output=True, text=True)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.parent.name)
def test_an_entrypoint_is_clean(script: Path) -> None:
    done = subprocess.run([BESIDE_PYTHON / "shellcheck", script], capture_output=True, text=True)

    assert done.returncode == 0, done.stdout
    assert os.access(script, os.X_OK)


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_what_an_image_copies_is_there_and_not_left_out(dockerfile: Path) -> None:
    context = ROOT if dockerfile.parent.name == "gateway" else dockerfile.parent
    let_in = re.findall(r"^!(\S+)$", (context / ".dockerignore").read_text(), re.MULTILINE)

    for line in re.findall(r"^COPY ((?!--from).+)$", dockerfile.read_text(), re.MULTILINE):
        for source in [part for part in line.split() if not part.startswith("--")][:-1]:
            assert (context / source).exists(), source
            assert not let_in or source in let_in, source


def test_the_image_builds_the_node_that_the_tests_run() -> None:
    built = (ROOT / "docker" / "kaia" / "Dockerfile").read_text()

    assert f'-ldflags="{LINKER}"' in built
    assert f" {PROGRAM}\n" in built


@pytest.fixture
def network(network_folder: Path) -> Network:
    return found(network_folder / "n", members=4, chain_id=7)


def test_a_node_in_a_container_is_started_as_one_without(network: Network, tmp_path: Path) -> None:
    member = network.members[0]
    (tmp_path / "kcn").write_text(
        '#!/bin/sh\n[ "$1" = init ] && exec mkdir -p "$3"\nprintf "%s\\n" "$@"\n', encoding="utf-8"
    )
    (tmp_path / "kcn").chmod(0o700)
    folder = tmp_path / "member"
    folder.mkdir()
    (folder / "static-nodes.json").write_text("[]")

    said = subprocess.run(
        [ROOT / "docker" / "kaia" / "entrypoint.sh"],
        env={
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "FOLDER": str(folder),
            "CHAIN_ID": "7",
            "VALIDATOR": member.address,
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    def settings(given: list[str]) -> dict[str, str]:
        """Options and their values, without what is the place's own, and without logs, which Docker keeps."""
        values = dict.fromkeys((one for one in given if one.startswith("--")), "")
        for option, value in zip(given, [*given[1:], "--"], strict=True):
            if option in values and not value.startswith("--"):
                values[option] = value
        return {name: at for name, at in values.items() if name not in PLACES and "--log." not in name}

    assert settings(said.splitlines()) == settings(arguments(network, member))
    assert (folder / "kaia" / "static-nodes.json").read_text() == "[]"


def test_a_gateway_in_a_container_is_given_its_files_and_its_password(tmp_path: Path) -> None:
    (tmp_path / "counterfoil").write_text(
        '#!/bin/sh\necho "$COUNTERFOIL_KEYSTORE_PASSWORD"; echo "$@"\n', encoding="utf-8"
    )
    (tmp_path / "counterfoil").chmod(0o700)
    (tmp_path / "secret").write_text("a b$c")

    said = subprocess.run(
        [ROOT / "docker" / "gateway" / "entrypoint.sh"],
        env={
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "CHAIN_URL": "http://127.0.0.1:8551",
            "KEYSTORE_PASSWORD_FILE": str(tmp_path / "secret"),
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert said.splitlines() == [
        "a b$c",
        "serve --host 0.0.0.0 --port 8000 --chain http://127.0.0.1:8551 "
        "--manifest /gateway/manifest.json --accounts /gateway/accounts.json",
    ]
