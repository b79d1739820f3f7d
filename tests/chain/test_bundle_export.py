"""Bundles of real engines, exported and verified."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from chain.artifacts import CONTRACTS
from chain.bundle import BundleReport, ExportFailed, export_bundle, prove_voucher, verify_bundle
from chain.bundle.sources import RpcSource
from chain.deployment import WrongChain
from chain.engines import embedded, fund
from chain.ledger import open_ledger
from chain.replay import replay
from chain.storage import Word, expected_words
from tests.chain.differential import derived, differ
from tests.chain.history import rich_history
from tests.chain.scenario import REASON, Scene, first_voucher, founded, signer_of

LOGGER = bytes.fromhex("601a80600b6000396000f3" + "606035604035602035600035608036038060806000376000a400")
"""A contract that logs what it is called with: four topics, then data."""


@pytest.fixture(scope="module", params=["embedded", pytest.param("anvil", marks=pytest.mark.contracts)])
def lived(request: pytest.FixtureRequest) -> Scene:
    """A ledger of its own with a rich history on each engine."""
    engine = embedded() if request.param == "embedded" else request.getfixturevalue("anvil")
    return rich_history(founded(engine))


def verified(scene: Scene, path: Path, **options: Any) -> BundleReport:
    export_bundle(scene.engine, scene.manifest, path)
    return verify_bundle(path, **options)


def sent_anyway(scene: Scene, who: str, to: bytes, data: bytes, gas: int = 1_000_000) -> dict[str, Any]:
    """Sends a transaction without asking first whether it passes."""
    w3, signer = scene.engine.w3, signer_of(who)
    fund(scene.engine, signer.address)
    transaction: dict[str, Any] = {
        "nonce": w3.eth.get_transaction_count(w3.to_checksum_address(signer.address)),
        "gas": gas,
        "gasPrice": 2 * w3.eth.get_block("latest")["baseFeePerGas"],
        "chainId": w3.eth.chain_id,
        "value": 0,
        "data": data,
    }
    if to:
        transaction["to"] = w3.to_checksum_address("0x" + to.hex())
    digest = w3.eth.send_raw_transaction(signer.sign_transaction(transaction))
    return dict(w3.eth.wait_for_transaction_receipt(digest, poll_latency=0.01))


def address_of(scene: Scene, contract: str) -> bytes:
    return bytes.fromhex(scene.manifest.addresses[contract][2:])


def test_a_rich_history_is_exported_and_verified_without_the_node(lived: Scene, tmp_path: Path) -> None:
    told: set[tuple[str, bool]] = set()
    path = tmp_path / "bundle"

    def tell(what: str, done: int, of: int) -> None:
        told.add((what, done <= of))

    opening = export_bundle(lived.engine, lived.manifest, path, tell)
    report = verify_bundle(path, tell, manifest=lived.manifest, checkpoint=1)

    assert report.divergences == ()
    assert report.agrees
    assert report.first_divergence is None
    assert report.last_hash == "0x" + opening.head
    assert report.first_block == lived.manifest.block
    assert report.blocks == report.last_block - report.first_block + 1
    assert report.events > 350
    assert report.words > 600
    assert report.proven
    assert report.checkpoints > 50
    steps = ("exporting blocks", "exporting storage", "verifying blocks", "comparing storage")
    assert told == {(step, True) for step in steps}


@pytest.mark.contracts
def test_a_third_engine_is_exported_and_verified(ganache_scene: Scene, tmp_path: Path) -> None:
    ganache_scene.financed()
    path = tmp_path / "bundle"

    report = verified(ganache_scene, path, manifest=ganache_scene.manifest, checkpoint=1)

    assert report.divergences == ()
    assert report.engine == "ganache"
    assert set(report.bound.values()) == {"whole"}
    assert prove_voucher(path, first_voucher(1)).bound == "whole"


def test_a_report_is_what_json_holds(lived: Scene, tmp_path: Path) -> None:
    report = verified(lived, tmp_path / "bundle")

    values = json.loads(json.dumps(report.to_json()))

    assert values["verdict"] == "agrees"
    assert values["divergences"] == []
    assert values["rates"]["all"] > 0
    assert any("first header is believed" in note for note in values["notes"])


def test_storage_is_bound_as_a_whole_where_the_engine_keeps_no_zeros(lived: Scene, tmp_path: Path) -> None:
    report = verified(lived, tmp_path / "bundle")

    assert set(report.bound) == set(CONTRACTS)
    if lived.engine.name == "anvil":
        # It binds a contract as a whole as long as that has no word of value zero.
        assert set(report.bound.values()) == {"whole", "each word"}
        assert report.bound["Receivables"] == "each word"
    else:
        assert set(report.bound.values()) == {"whole"}


def test_the_same_history_is_always_the_same_file(lived: Scene, tmp_path: Path) -> None:
    export_bundle(lived.engine, lived.manifest, tmp_path / "one")
    export_bundle(lived.engine, lived.manifest, tmp_path / "two")

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_failed_transaction_is_one_that_the_rules_refuse(lived: Scene, tmp_path: Path) -> None:
    receivables = lived.ledger.receivables
    voucher = lived.confirmed()
    offer = receivables.encoded("offer", voucher, 0, lived.numbers["second supplier"], lived.fresh())[1]
    refused = {
        "not-participant": ("stranger", offer),
        "not-holder": ("second supplier", offer),
        "no-such-function": ("supplier", b"\1\2\3\4"),
        "bad-calldata": ("supplier", offer[:-1]),
        "stale-voucher": ("supplier", receivables.encoded("accept", lived.offered(), 0)[1]),
    }
    refused["stale-voucher"] = ("second supplier", refused["stale-voucher"][1])
    before = verified(lived, tmp_path / "before").refused

    for who, data in refused.values():
        assert sent_anyway(lived, who, address_of(lived, "Receivables"), data)["status"] == 0
    out_of_gas = sent_anyway(lived, "supplier", address_of(lived, "Receivables"), offer, gas=40_000)
    assert out_of_gas["status"] == 0
    report = verified(lived, tmp_path / "after")

    assert report.agrees
    more = {rule: count - before.get(rule, 0) for rule, count in report.refused.items()}
    assert {rule for rule, count in more.items() if count} == {*refused, "out-of-gas"}


def test_a_failed_execution_is_refused_by_what_it_would_have_called(lived: Scene, tmp_path: Path) -> None:
    participants = lived.ledger.participants
    calls = [participants.encoded("suspend", 1, REASON), participants.encoded("suspend", 1, REASON)]
    proposed = participants.propose(signer_of("governor 1"), calls)
    proposal = proposed.events[0].event.id  # type: ignore[attr-defined]
    participants.approve(signer_of("governor 2"), proposal)
    data = participants.encoded("execute", proposal, calls)[1]

    assert sent_anyway(lived, "governor 1", address_of(lived, "Participants"), data)["status"] == 0
    report = verified(lived, tmp_path / "bundle")

    assert report.agrees
    assert report.refused["participant-suspended"] == 1


def test_another_contracts_events_with_the_ledgers_topics_are_not_the_ledgers(
    lived: Scene, tmp_path: Path
) -> None:
    made = sent_anyway(lived, "stranger", b"", LOGGER)
    topic = keccak(text="Accepted(uint80,uint32,uint32,address)")
    words = [topic, *(value.to_bytes(32, "big") for value in (1 << 48, 1, 2, 3))]
    target = bytes.fromhex(made["contractAddress"][2:])

    forged = sent_anyway(lived, "stranger", target, b"".join(words))
    report = verified(lived, tmp_path / "bundle")

    assert [bytes(log["topics"][0]) for log in forged["logs"]] == [topic]
    assert report.agrees


def test_two_ledgers_on_one_chain_are_verified_apart(lived: Scene, tmp_path: Path) -> None:
    other = founded(lived.engine)
    other.confirmed(face=7)

    first, second = verified(lived, tmp_path / "first"), verified(other, tmp_path / "second")

    assert first.agrees
    assert second.agrees
    assert first.events > second.events
    difference = verify_bundle(tmp_path / "first", manifest=other.manifest).first_divergence
    assert difference is not None
    assert difference.kind == "manifest"


def test_a_word_overwritten_on_the_chain_is_named_and_proved(lived: Scene, tmp_path: Path) -> None:
    ledger = replay(lived.engine, lived.manifest).ledger
    word: Word = next(w for w in expected_words(ledger) if w.path.startswith("voucher["))
    address = lived.manifest.addresses["Receivables"]
    lived.controls.set_storage(address, word.slot, word.value ^ 1)
    lived.confirmed()
    try:
        report = verified(lived, tmp_path / "bundle")
    finally:
        lived.controls.set_storage(address, word.slot, word.value)
        lived.confirmed()

    assert [(d.kind, d.field) for d in report.divergences] == [("storage", f"Receivables.{word.path}.holder")]
    (difference,) = report.divergences
    holder = next(m for m in word.members if m.name == "holder")
    assert (difference.expected, difference.got) == (str(holder.value), str(holder.value ^ 1))
    assert verified(lived, tmp_path / "again").agrees


def test_a_word_written_where_nothing_should_be_is_found(tmp_path: Path) -> None:
    scene = founded(embedded())
    scene.confirmed()
    scene.controls.set_storage(scene.manifest.addresses["Receivables"], 12345, 1)

    report = verified(scene, tmp_path / "bundle")

    assert [(d.kind, d.field) for d in report.divergences] == [("storage-root", "Receivables")]


def test_a_chain_without_the_ledger_is_not_exported(lived: Scene, tmp_path: Path) -> None:
    with pytest.raises(WrongChain):
        export_bundle(embedded(), lived.manifest, tmp_path / "bundle")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.contracts
@pytest.mark.parametrize(
    ("method", "change"),
    [
        ("eth_getBlockByNumber", lambda found: found.update(gasUsed="0x1")),
        ("eth_getBlockByNumber", lambda found: found["transactions"][0].update(value="0x1")),
        ("eth_getBlockByNumber", lambda found: found["transactions"][0].pop("nonce")),
        ("eth_getBlockReceipts", lambda found: found[0].update(cumulativeGasUsed="0x1")),
    ],
)
def test_a_node_whose_fields_do_not_hash_to_its_hashes_is_refused(
    anvil_scene: Scene, monkeypatch: pytest.MonkeyPatch, method: str, change: Callable[[Any], None]
) -> None:
    block, ask = anvil_scene.manifest.block, RpcSource._ask

    def lying(self: RpcSource, requests: list[tuple[str, list[Any]]]) -> list[Any]:
        answers = ask(self, requests)
        if requests[0][0] == method:
            change(answers[0])
        return answers

    monkeypatch.setattr(RpcSource, "_ask", lying)

    with pytest.raises(ExportFailed, match=f"block {block}"):
        list(RpcSource(anvil_scene.engine.w3).blocks(block, block))


def test_the_ledger_is_open_again_after_an_export(lived: Scene, tmp_path: Path) -> None:
    export_bundle(lived.engine, lived.manifest, tmp_path / "bundle")

    assert open_ledger(lived.engine, lived.manifest).issuance.count() > 5


@pytest.mark.parametrize("seed", [4, 5])
def test_a_random_history_is_verified(seed: int, tmp_path: Path) -> None:
    scene = rich_history(founded(embedded()))
    differ(scene, derived(scene), seed, 250)

    report = verified(scene, tmp_path / "bundle", checkpoint=1)

    assert report.divergences == ()
    assert set(report.bound.values()) == {"whole"}
