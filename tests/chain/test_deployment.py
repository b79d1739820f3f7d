from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from chain import deployment
from chain.artifacts import CONTRACTS, HAND, artifact
from chain.deployment import (
    BadManifest,
    DeploymentDisturbed,
    WrongChain,
    check_deployment,
    deploy,
    read_manifest,
    write_manifest,
)
from chain.engines import EngineUnreachable, connect, embedded, engine_for, fund
from chain.errors import BadThreshold
from chain.ledger import open_ledger
from chain.replay import replay
from chain.revert import CallReverted
from chain.sending import TransactionReverted
from tests.chain.scenario import GOVERNORS, Scene


def test_a_manifest_is_read_as_it_was_written(embedded_scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"

    write_manifest(embedded_scene.manifest, path)

    assert read_manifest(path) == embedded_scene.manifest


MISSING = object()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        *[
            (field, MISSING, f"{field}: is missing")
            for field in ("chain_id", "block", "addresses", "code_hashes", "governors", "threshold")
        ],
        ("chain_id", "1", "chain_id: must be an integer"),
        ("chain_id", True, "chain_id: must be an integer"),
        ("block", None, "block: must be an integer"),
        ("threshold", 2.0, "threshold: must be an integer"),
        ("addresses", [], "addresses.Participants: must be an address with checksum"),
        ("addresses", {}, "addresses.Participants: must be an address with checksum"),
        ("code_hashes", [], "code_hashes.Participants: is missing"),
        ("code_hashes", {}, "code_hashes.Participants: is missing"),
        ("governors", 3, "governors: must be a list of addresses with checksum"),
        ("governors", "0xabc", "governors: must be a list of addresses with checksum"),
        ("governors", ["0xabc"], "governors: must be a list of addresses with checksum"),
        ("governors", [None], "governors: must be a list of addresses with checksum"),
    ],
)
def test_a_bad_field_is_refused_by_name(
    embedded_scene: Scene, tmp_path: Path, field: str, value: object, sentence: str
) -> None:
    path = tmp_path / "manifest.json"
    written = asdict(embedded_scene.manifest)
    if value is MISSING:
        del written[field]
    else:
        written[field] = value
    path.write_text(json.dumps(written), encoding="utf-8")

    with pytest.raises(BadManifest) as found:
        read_manifest(path)

    assert str(found.value) == f"{path}: {sentence}"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("addresses", "0x" + "ab" * 20, "must be an address with checksum"),
        ("addresses", None, "must be an address with checksum"),
        ("code_hashes", 5, "must be 0x and 64 lower-case hex digits"),
        ("code_hashes", "0xABC", "must be 0x and 64 lower-case hex digits"),
    ],
)
@pytest.mark.parametrize("name", CONTRACTS)
def test_a_bad_entry_is_refused_by_name(
    embedded_scene: Scene, tmp_path: Path, name: str, field: str, value: object, sentence: str
) -> None:
    path = tmp_path / "manifest.json"
    written: dict[str, Any] = asdict(embedded_scene.manifest)
    written[field] = {**written[field], name: value}
    path.write_text(json.dumps(written), encoding="utf-8")

    with pytest.raises(BadManifest) as found:
        read_manifest(path)

    assert str(found.value) == f"{path}: {field}.{name}: {sentence}"


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "\udc80", "[" * 100_000])
def test_what_is_no_json_object_is_no_manifest(tmp_path: Path, text: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(BadManifest, match="JSON"):
        read_manifest(path)


def test_a_missing_manifest_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadManifest, match="there is no such file"):
        read_manifest(tmp_path / "none.json")


def test_another_chain_is_recognised(embedded_scene: Scene) -> None:
    manifest = replace(embedded_scene.manifest, chain_id=1)

    with pytest.raises(WrongChain, match="the manifest says 1"):
        open_ledger(embedded_scene.engine, manifest)


def test_an_address_without_contract_is_recognised(embedded_scene: Scene) -> None:
    nobody = GOVERNORS[0].address
    addresses = {**embedded_scene.manifest.addresses, "Receivables": nobody}

    with pytest.raises(WrongChain, match=f"no contract at {nobody}"):
        check_deployment(embedded_scene.engine, replace(embedded_scene.manifest, addresses=addresses))


def test_another_contract_is_recognised(embedded_scene: Scene) -> None:
    own = embedded_scene.manifest.addresses
    addresses = {**own, "Receivables": own["Computations"]}

    with pytest.raises(WrongChain, match="is not that of Receivables"):
        replay(embedded_scene.engine, replace(embedded_scene.manifest, addresses=addresses))


def test_a_manifest_that_promises_other_code_is_recognised(embedded_scene: Scene) -> None:
    hashes = {**embedded_scene.manifest.code_hashes, "Attestations": "0x" + "00" * 32}

    with pytest.raises(WrongChain, match="is not that of Attestations"):
        check_deployment(embedded_scene.engine, replace(embedded_scene.manifest, code_hashes=hashes))


def test_an_empty_chain_holds_no_ledger(embedded_scene: Scene) -> None:
    with pytest.raises(WrongChain, match="there is no contract"):
        open_ledger(embedded(), embedded_scene.manifest)


def test_every_deployment_has_the_same_code_but_for_its_immutable_values(scene: Scene) -> None:
    for name in CONTRACTS:
        address = scene.engine.w3.to_checksum_address(scene.manifest.addresses[name])
        code = bytes(scene.engine.w3.eth.get_code(address))

        assert artifact(name).masked(code) == artifact(name).masked(artifact(name).deployed_bytecode)


def test_the_deployer_has_no_right_afterwards() -> None:
    engine = embedded()
    deployer = GOVERNORS[0]
    fund(engine, deployer.address)

    manifest = deploy(engine, deployer, [g.address for g in GOVERNORS[1:]], 2)

    assert replay(engine, manifest).ledger.governor == {GOVERNORS[1].address: 1, GOVERNORS[2].address: 2}


def test_every_contract_knows_the_others(scene: Scene) -> None:
    addresses = scene.manifest.addresses

    for name in CONTRACTS[1:]:
        contract = scene.engine.w3.eth.contract(
            address=scene.engine.w3.to_checksum_address(addresses[name]), abi=artifact(name).abi
        )
        (constructor,) = (e for e in artifact(name).abi if e["type"] == "constructor")
        others = [argument["name"].rstrip("_") for argument in constructor["inputs"]]
        assert [contract.get_function_by_name(other)().call() for other in others] == [
            addresses[other.capitalize()] for other in others
        ]


def test_contracts_that_do_not_know_each_other_are_no_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = embedded()
    fund(engine, GOVERNORS[0].address)
    told = deployment.ledger_addresses
    monkeypatch.setattr(deployment, "ledger_addresses", lambda sender, nonce: told(sender, nonce + 1))

    with pytest.raises(DeploymentDisturbed, match="sent something else meanwhile"):
        deploy(engine, GOVERNORS[0], [g.address for g in GOVERNORS], 2)


def test_the_code_of_a_hand_is_a_part_of_the_desks() -> None:
    assert artifact(HAND).bytecode in artifact("Desk").deployed_bytecode


def test_a_ledger_does_not_start_against_its_rules() -> None:
    engine = embedded()
    fund(engine, GOVERNORS[0].address)

    with pytest.raises((BadThreshold, CallReverted, TransactionReverted)):
        deploy(engine, GOVERNORS[0], [g.address for g in GOVERNORS], 1)


def test_a_url_without_node_is_told() -> None:
    with pytest.raises(EngineUnreachable, match=r"no Ethereum node answers at http://127\.0\.0\.1:1"):
        connect("http://127.0.0.1:1")


def test_the_embedded_engine_is_named() -> None:
    assert engine_for("embedded").name == "embedded"
