"""Many calls at once: taken together, sent in arrays over several nodes, and still none lost or doubled."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine as Database
from web3 import Web3

from api.bench.postgres import free_port
from chain.artifacts import CONTRACTS, artifact
from chain.calls import UnknownCall, decoded_call, encoded_call
from chain.errors import ProposalUnknown
from chain.outbox import (
    KeyReused,
    Outbox,
    Settings,
    State,
    Submission,
    Taken,
    TransactionRefused,
    UnknownEntry,
    entries_of,
    entry_of,
    live_count,
    open_outbox,
    owned_by,
    submit,
    submit_each,
    submit_many,
)
from chain.outbox.pushing import ARRAY, push
from chain.outbox.recovery import recover
from chain.outbox.refusing import refusal_in_block
from chain.outbox.worker import work_once
from chain.revert import CallReverted
from chain.rpc import Call, NodeUnreachable, Rpc, call
from chain.signing.policy import SigningRefused
from tests.chain.scenario import GOVERNORS
from tests.sending.calls import states, worked
from tests.sending.conftest import House, dial
from tests.sending.conftest import house as house_on
from tests.services import AnvilNode

AT_ONCE = Settings(resubmit_after=timedelta(0), reversible=True)
SIGNER = GOVERNORS[0].address


@pytest.fixture
def outbox(home: House, database: Database) -> Outbox:
    opened = open_outbox(database, home.manifest, [home.rpc], GOVERNORS, AT_ONCE)
    recover(opened)
    return opened


def wanted(home: House, *keys: str, signer: str = SIGNER) -> list[Submission]:
    return [Submission(key, signer, *home.call(key)) for key in keys]


# Taking


@pytest.mark.contracts
def test_many_calls_are_taken_in_their_order_and_each_is_sent_once(outbox: Outbox, home: House) -> None:
    keys = [f"call {n}" for n in range(150)]
    signers = [GOVERNORS[n % 3].address for n in range(150)]

    taken = submit_many(outbox, [Submission(k, s, *home.call(k)) for k, s in zip(keys, signers, strict=True)])
    ended = worked(outbox, *[each.entry for each in taken])

    assert [each.entry.key for each in taken] == keys
    for signer in {*signers}:
        nonces = [each.entry.nonce for each in taken if each.entry.signer == signer]
        assert nonces == list(range(nonces[0], nonces[0] + 50))
    assert {each.state for each in ended} == {State.FINAL}
    assert set(home.count(*keys).values()) == {1}
    for each in ended[:5]:
        assert states(outbox, each) == [State.QUEUED, State.SUBMITTED, State.INCLUDED, State.FINAL]


@pytest.mark.contracts
def test_all_or_none_is_taken(outbox: Outbox, home: House) -> None:
    before = submit(outbox, "taken before", SIGNER, *home.call("taken before"))
    good = wanted(home, "good one", "good two")
    elsewhere = Submission("elsewhere", SIGNER, GOVERNORS[1].address, b"")
    reused = Submission("taken before", SIGNER, *home.call("another"))
    large = Submission("large", SIGNER, home.call("x")[0], home.call("x")[1] + bytes(200_000))

    for bad, refusal in (
        (elsewhere, SigningRefused),
        (reused, KeyReused),
        (large, TransactionRefused),
        (Submission("", SIGNER, *home.call("nameless")), TransactionRefused),
    ):
        with pytest.raises(refusal):
            submit_many(outbox, [*good, bad])

    for key in ("good one", "good two", "elsewhere"):
        with pytest.raises(UnknownEntry):
            entry_of(outbox.database, key)
    (after,) = submit_many(outbox, wanted(home, "the next"))
    assert after.entry.nonce == before.nonce + 1


@pytest.mark.contracts
def test_a_call_that_is_refused_does_not_harm_the_others(outbox: Outbox, home: House) -> None:
    submit(outbox, "old", SIGNER, *home.call("old"))
    elsewhere = Submission("elsewhere", SIGNER, GOVERNORS[1].address, b"")
    other = Submission("old", SIGNER, *home.call("not old"))

    done = submit_each(outbox, [*wanted(home, "a"), elsewhere, other, *wanted(home, "old", "b")])

    assert [type(each) for each in done] == [Taken, SigningRefused, KeyReused, Taken, Taken]
    taken = [each for each in done if isinstance(each, Taken)]
    assert [(each.entry.key, each.fresh) for each in taken] == [("a", True), ("old", False), ("b", True)]
    assert taken[2].entry.nonce == taken[0].entry.nonce + 1


@pytest.mark.contracts
def test_a_key_that_is_there_twice_is_one_transaction(outbox: Outbox, home: House) -> None:
    once, again = wanted(home, "twice", "twice")

    first, second = submit_many(outbox, [once, again])

    assert first.entry == second.entry
    assert (first.fresh, second.fresh) == (True, False)
    with pytest.raises(KeyReused):
        submit_many(outbox, [*wanted(home, "two calls"), Submission("two calls", SIGNER, *home.call("x"))])


@pytest.mark.contracts
def test_whoever_takes_the_same_keys_at_the_same_time_each_is_taken_once(
    outbox: Outbox, home: House, database: Database
) -> None:
    """Threads with connections of their own stand for processes: only the database is between them."""
    keys = [f"contested {n}" for n in range(60)]
    calls = {key: Submission(key, GOVERNORS[n % 3].address, *home.call(key)) for n, key in enumerate(keys)}
    found: list[list[Taken]] = []
    failed: list[BaseException] = []

    def take(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - tests keep no secret
        try:
            for _ in range(6):
                some = chance.sample(keys, 25)
                done = submit_each(outbox, [calls[key] for key in some])
                found.append([each for each in done if isinstance(each, Taken)])
                assert len(found[-1]) == len(some), done
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=take, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    everything = [each for many in found for each in many]
    ids = {(each.entry.key, each.entry.id) for each in everything}
    taken = {key for key, _ in ids}
    assert len(ids) == len(taken) == sum(live_count(database).values())
    assert sum(each.fresh for each in everything) == len(taken)
    worked(outbox, *[entry_of(database, key) for key in taken])
    assert set(home.count(*taken).values()) == {1}


@pytest.mark.contracts
def test_transactions_are_found_by_whose_they_are(outbox: Outbox, home: House) -> None:
    ours = [each.entry for each in submit_many(outbox, wanted(home, "o1", "o2", "o3"))]
    (other,) = submit_many(outbox, wanted(home, "of another", signer=GOVERNORS[1].address))

    found = entries_of(outbox.database, SIGNER, [*(each.id for each in ours), other.entry.id, 10**9])

    assert [each.id for each in found] == [each.id for each in ours]
    assert [each.id for each in owned_by(outbox.database, SIGNER, ours[0].id, 1)] == [ours[1].id]
    assert owned_by(outbox.database, SIGNER, 0, 10, [State.FINAL]) == []
    worked(outbox, *ours)
    assert len(owned_by(outbox.database, SIGNER, 0, 10, [State.FINAL])) == 3


# Sending


@dataclass
class Overheard:
    """A node, and what is said to it; `most` is how many arrays of transactions it answers to."""

    rpc: Rpc
    most: int = 1_000
    sent: list[list[Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.rpc.name

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        if calls and calls[0][0] == "eth_sendRawTransaction":
            if len(self.sent) >= self.most:
                raise NodeUnreachable("it takes too long")
            self.sent.append([given for _, (given,) in calls])
        return self.rpc.batch(calls)


@pytest.mark.contracts
def test_each_signers_transactions_go_to_one_node_in_order(home: House, database: Database) -> None:
    nodes = [Overheard(home.rpc) for _ in range(4)]
    patient = replace(AT_ONCE, resubmit_after=timedelta(hours=1))
    outbox = open_outbox(database, home.manifest, nodes, GOVERNORS, patient)
    recover(outbox)
    calls = [Submission(f"n{n}", GOVERNORS[n % 3].address, *home.call(f"n{n}")) for n in range(30)]
    entries = [each.entry for each in submit_many(outbox, calls)]

    push(outbox)

    where = {raw: at for at, node in enumerate(nodes) for array in node.sent for raw in array}
    for signer in {each.signer for each in entries}:
        raws = ["0x" + each.raw.hex() for each in entries if each.signer == signer]
        assert len({where[raw] for raw in raws}) == 1
        (array,) = [array for node in nodes for array in node.sent if raws[0] in array]
        assert [raw for raw in array if raw in raws] == raws
    assert sum(len(array) for node in nodes for array in node.sent) == 30
    assert {each.state for each in worked(outbox, *entries)} == {State.FINAL}


@pytest.mark.contracts
def test_what_one_node_does_not_take_another_does(home: House, database: Database) -> None:
    dead = dial(f"http://127.0.0.1:{free_port()}")
    outbox = open_outbox(database, home.manifest, [dead, home.rpc, dead], GOVERNORS, AT_ONCE)
    recover(outbox)
    calls = [Submission(f"d{n}", GOVERNORS[n % 3].address, *home.call(f"d{n}")) for n in range(9)]

    ended = worked(outbox, *[each.entry for each in submit_many(outbox, calls)])

    assert {each.state for each in ended} == {State.FINAL}


@pytest.mark.contracts
def test_what_a_slow_node_has_taken_is_not_forgotten(home: House, database: Database) -> None:
    slow = Overheard(home.rpc, most=1)
    outbox = open_outbox(database, home.manifest, [slow], GOVERNORS, AT_ONCE)
    recover(outbox)
    keys = [f"slow {n}" for n in range(ARRAY + 20)]
    entries = [each.entry for each in submit_many(outbox, wanted(home, *keys))]

    push(outbox)

    states = [entry_of(database, each.id).state for each in entries]
    assert states == [State.SUBMITTED] * ARRAY + [State.QUEUED] * 20


@pytest.mark.contracts
def test_blocks_are_read_while_nothing_can_be_sent(home: House, database: Database) -> None:
    deaf = Overheard(home.rpc, most=1)
    outbox = open_outbox(database, home.manifest, [deaf], GOVERNORS, AT_ONCE)
    recover(outbox)
    first = submit(outbox, "before it went deaf", SIGNER, *home.call("before it went deaf"))
    push(outbox)
    submit(outbox, "afterwards", SIGNER, *home.call("afterwards"))

    with pytest.raises(NodeUnreachable):
        work_once(outbox)

    assert entry_of(database, first.id).state == State.FINAL


@pytest.mark.contracts
def test_a_transaction_whose_block_is_not_final_yet_is_included_first(
    new_node: Callable[..., AnvilNode], database: Database
) -> None:
    home = house_on(new_node())
    outbox = open_outbox(database, home.manifest, [home.rpc], GOVERNORS, replace(AT_ONCE, confirmations=2))
    recover(outbox)
    (taken,) = submit_many(outbox, wanted(home, "to be confirmed"))

    work_once(outbox)
    included = entry_of(database, taken.entry.id).state
    call(home.rpc, "anvil_mine", "0x2")
    (ended,) = worked(outbox, taken.entry)

    assert (included, ended.state) == (State.INCLUDED, State.FINAL)


@pytest.mark.contracts
def test_why_a_contract_refused_is_to_be_had(outbox: Outbox, home: House) -> None:
    target, data = home.ledger.participants.encoded("approve", 4_000_000)
    unknown = b"\x12\x34\x56\x78"
    refused = submit(outbox, "no such proposal", SIGNER, target, data)

    (ended,) = worked(outbox, refused)
    why = refusal_in_block(outbox, ended)

    assert isinstance(why, ProposalUnknown), why
    with pytest.raises(ValueError, match="in no block"):
        refusal_in_block(outbox, replace(ended, block=None))
    with pytest.raises(SigningRefused):
        submit(outbox, "no such function", SIGNER, target, unknown)
    (passed,) = worked(outbox, submit(outbox, "passes", SIGNER, *home.call("passes")))
    assert isinstance(refusal_in_block(outbox, passed), CallReverted)


# Encoding


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_function_has_a_name_of_its_own_and_is_encoded_as_web3_does(contract: str) -> None:
    functions = [each for each in artifact(contract).abi if each["type"] == "function"]
    web3 = Web3().eth.contract(abi=artifact(contract).abi)

    assert len({each["name"] for each in functions}) == len(functions)
    for each in functions:
        given = [_sample(argument) for argument in each["inputs"]]
        data = encoded_call(contract, each["name"], given)
        assert "0x" + data.hex() == web3.encode_abi(each["name"], args=given)
        function, arguments = decoded_call(contract, data)
        assert function == each["name"]
        assert len(arguments) == len(given)


def _sample(argument: dict[str, Any]) -> Any:
    kind = argument["type"]
    if kind.endswith("[]"):
        return [_sample({**argument, "type": kind[:-2]}) for _ in range(2)]
    if kind == "tuple":
        return tuple(_sample(each) for each in argument["components"])
    if kind == "address":
        return SIGNER
    if kind == "bool":
        return True
    if kind == "string":
        return "第十三条"
    if kind.startswith("bytes"):
        return b"\x07" * int(kind[5:] or 40)
    return 5


@given(
    voucher=st.integers(0, 2**80 - 1),
    expected=st.integers(0, 255),
    legs=st.lists(
        st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**48 - 1), st.binary(min_size=32, max_size=32)),
        max_size=4,
    ),
)
def test_a_call_is_read_back_as_it_was_written(
    voucher: int, expected: int, legs: list[tuple[int, int, bytes]]
) -> None:
    data = encoded_call("Receivables", "split", [voucher, expected, legs])

    function, arguments = decoded_call("Receivables", data)

    assert function == "split"
    assert list(arguments.values()) == [voucher, expected, tuple(legs)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "selector"),
        (b"\x00\x00\x00\x01", "selector"),
        (encoded_call("Receivables", "accept", [1, 2])[:-40], "arguments"),
    ],
)
def test_what_is_no_call_is_not_read_as_one(data: bytes, words: str) -> None:
    with pytest.raises(UnknownCall, match=words):
        decoded_call("Receivables", data)
