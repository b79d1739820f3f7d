from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chain.artifacts import CONTRACTS, artifact
from chain.engines import embedded
from chain.logs import UnknownLog, decode_log
from chain.replay import Replay, replay
from chain.rules.state import NO_DEAL, Ledger
from chain.storage import VOUCHER_MEMBERS, Word, expected_words
from tests.chain.history import rich_history
from tests.chain.scenario import Scene, founded

LIBRARY_VARIABLES = {"_nameFallback", "_versionFallback"}


def stored_fields(contract: str) -> set[tuple[str, str]]:
    """Every variable of a contract with each of its members, from the compiler's layout."""
    layout = artifact(contract).storage_layout
    found = set()
    for variable in layout["storage"]:
        if variable["label"] in LIBRARY_VARIABLES:
            continue
        described = layout["types"][variable["type"]]
        label = variable["label"].lstrip("_")
        while "value" in described:
            described = layout["types"][described["value"]]
        found |= {(label, member["label"]) for member in described.get("members", [{"label": ""}])}
    if contract == "Receivables":
        # A voucher's word is packed by the contract itself.
        found = found - {("voucher", "word")} | {("voucher", name) for name, _, _ in VOUCHER_MEMBERS}
    return found


def words_of_every_field(ledger: Ledger, contract: str) -> list[Word]:
    """For each field the last word that holds it: mappings grow at their end."""
    last: dict[tuple[str, tuple[str, ...]], Word] = {}
    for word in expected_words(ledger):
        if word.contract == contract:
            label = word.path.split("[")[0]
            last[(label, tuple(member.name for member in word.members))] = word
    return list(last.values())


@contextmanager
def overwritten(scene: Scene, words: dict[Word, int]) -> Iterator[None]:
    """Other values in these words, without any transaction, and the right ones afterwards."""
    for word, value in words.items():
        scene.controls.set_storage(scene.manifest.addresses[word.contract], word.slot, value)
    try:
        yield
    finally:
        for word in words:
            scene.controls.set_storage(scene.manifest.addresses[word.contract], word.slot, word.value)


def place(word: Word, member: str) -> str:
    return ".".join(part for part in (word.contract, word.path, member) if part)


def with_every_member_changed(word: Word) -> int:
    value = word.value
    for member in word.members:
        value ^= 1 << 8 * member.offset
    return value


def test_a_rich_history_replays_to_the_same_state(history: Scene, replayed: Replay) -> None:
    assert replayed.differences == ()
    assert [i for i in replayed.invariants if i.breaches] == []
    assert replayed.agrees
    assert replayed.verdict == "agrees"
    assert replayed.first_block == history.manifest.block
    head = history.engine.w3.eth.get_block(replayed.last_block)
    assert replayed.last_block_hash == "0x" + bytes(head["hash"]).hex()
    assert replayed.events > 350
    assert replayed.words > 600


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_stored_field_that_was_tampered_with_is_named(
    history: Scene, replayed: Replay, contract: str
) -> None:
    words = words_of_every_field(replayed.ledger, contract)
    expected = {
        (place(word, member.name), str(member.value ^ 1))
        for word in words
        for member in word.members
        if member.size <= 16
    }

    with overwritten(history, {word: with_every_member_changed(word) for word in words}):
        found = replay(history.engine, history.manifest)

    assert not found.agrees
    assert expected <= {(d.where, d.chain) for d in found.differences}
    assert len(found.differences) == sum(len(word.members) for word in words)
    tampered = {member.name for word in words for member in word.members}
    labels = {word.path.split("[")[0] for word in words}
    assert {member or label for label, member in stored_fields(contract)} <= tampered | labels


def test_every_kind_of_difference_is_told_in_words(history: Scene, replayed: Replay) -> None:
    ledger = replayed.ledger
    voucher, over = next(iter(ledger.voucher)), next(n for n, deal in ledger.deal.items() if deal == NO_DEAL)
    under_way = next(n for n, deal in ledger.deal.items() if deal != NO_DEAL)
    words = {word.path: word for word in expected_words(ledger)}
    held, left = words[f"voucher[{voucher}]"], words[f"deal[{over}]"]
    unused = words[f"deal[{under_way}]"]
    holder = next(m for m in held.members if m.name == "holder")

    with overwritten(
        history, {held: held.value + (5 << 8 * holder.offset), left: 7 << 8, unused: unused.value | 1 << 255}
    ):
        found = replay(history.engine, history.manifest)

    said = {str(difference) for difference in found.differences}
    where = f"Receivables.voucher[{voucher}].holder"
    assert f"{where}: the chain says {holder.value + 5}, the replay {holder.value}" in said
    assert f"Financing.deal[{over}].financier: the chain says 7, the replay 0" in said
    assert any(f"Financing.deal[{under_way}] (unused bytes of slot" in each for each in said)
    assert len(said) == 3


def test_the_history_agrees_again_once_storage_is_put_back(history: Scene) -> None:
    told: set[str] = set()

    found = replay(history.engine, history.manifest, lambda what, done, of: told.add(f"{what} {done <= of}"))

    assert found.agrees
    assert told == {"reading the log True", "comparing storage True"}


@pytest.mark.contracts
@pytest.mark.parametrize("engine", ["anvil", "ganache"])
def test_replay_agrees_on_another_engine_until_storage_is_overwritten(
    request: pytest.FixtureRequest, engine: str
) -> None:
    scene = rich_history(founded(request.getfixturevalue(engine)))
    found = replay(scene.engine, scene.manifest)
    assert found.differences == ()
    words = words_of_every_field(found.ledger, "Receivables")

    with overwritten(scene, {word: with_every_member_changed(word) for word in words}):
        tampered = replay(scene.engine, scene.manifest)

    assert len(tampered.differences) == sum(len(word.members) for word in words)
    assert replay(scene.engine, scene.manifest).agrees


def test_two_ledgers_on_one_chain_do_not_see_each_other() -> None:
    engine = embedded()
    first, second = founded(engine), founded(engine)
    first.confirmed()
    second.confirmed(face=5)

    found = [replay(engine, scene.manifest) for scene in (first, second)]

    assert [each.agrees for each in found] == [True, True]
    assert found[0].ledger != found[1].ledger


def test_a_log_entry_of_another_contract_is_unknown(history: Scene) -> None:
    address = history.engine.w3.to_checksum_address(history.manifest.addresses["Participants"])
    log = history.engine.w3.eth.get_logs(
        {"address": address, "fromBlock": history.manifest.block, "toBlock": history.manifest.block}
    )[0]

    with pytest.raises(UnknownLog, match="Receivables at block"):
        decode_log("Receivables", log)
