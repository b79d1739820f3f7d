from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import select, update

from api.bench.postgres import free_port
from chain.outbox import (
    Entry,
    KeyReused,
    NonceTaken,
    Outbox,
    Reorganised,
    Settings,
    State,
    TransactionRefused,
    Worker,
    WrongNode,
    entry_of,
    history_of,
    open_outbox,
    relay,
    submit,
    tables,
    wait,
)
from chain.outbox.filling import expire
from chain.outbox.following import follow
from chain.outbox.nodes import Verdict, understood
from chain.outbox.pushing import push
from chain.outbox.recovery import recover
from chain.outbox.worker import work_once
from chain.rpc import Call, NodeUnreachable, Rpc, RpcError, call
from chain.signing import LocalSigner, new_signer
from chain.signing.policy import SigningRefused
from tests.chain.scenario import GOVERNORS
from tests.sending.calls import states, worked
from tests.sending.conftest import House, dial
from tests.sending.conftest import house as house_on
from tests.services import AnvilNode

pytestmark = pytest.mark.contracts

AT_ONCE = Settings(resubmit_after=timedelta(0), reversible=True)
SIGNER = GOVERNORS[0]


@pytest.fixture
def outbox(home: House, database: Database) -> Outbox:
    """The home ledger's outbox on a fresh database, caught up with the chain."""
    opened = open_outbox(database, home.manifest, [home.rpc], GOVERNORS, AT_ONCE)
    recover(opened)
    return opened


def put(outbox: Outbox, home: House, key: str, signer: LocalSigner = SIGNER) -> Entry:
    return submit(outbox, key, signer.address, *home.call(key))


def test_a_transaction_goes_from_queued_to_final_and_says_when(outbox: Outbox, home: House) -> None:
    queued = put(outbox, home, "the first")

    (final,) = worked(outbox, queued)

    assert queued.state == State.QUEUED
    assert final.state == State.FINAL
    assert final.succeeded
    assert final.gas_used
    assert states(outbox, queued) == [State.QUEUED, State.SUBMITTED, State.INCLUDED, State.FINAL]
    assert home.count("the first")["the first"] == 1


def test_the_same_key_is_the_same_transaction(outbox: Outbox, home: House) -> None:
    first = put(outbox, home, "twice")
    worked(outbox, first)

    second = put(outbox, home, "twice")
    work_once(outbox)

    assert second.id == first.id
    assert second.hash == first.hash
    assert home.count("twice")["twice"] == 1


def test_a_key_stands_for_one_call(outbox: Outbox, home: House) -> None:
    put(outbox, home, "taken")

    with pytest.raises(KeyReused, match="'taken'"):
        submit(outbox, "taken", SIGNER.address, *home.call("something else"))
    with pytest.raises(KeyReused):
        submit(outbox, "taken", GOVERNORS[1].address, *home.call("taken"))


def test_nonces_follow_each_other_within_a_signer_and_not_across(outbox: Outbox, home: House) -> None:
    ours = [put(outbox, home, f"lane {n}") for n in range(3)]
    other = put(outbox, home, "lane of another", GOVERNORS[1])

    assert [each.nonce - ours[0].nonce for each in ours] == [0, 1, 2]
    ended = worked(outbox, *ours, other)
    assert {each.state for each in ended} == {State.FINAL}


def test_a_call_the_contract_refuses_ends_as_reverted(outbox: Outbox, home: House) -> None:
    target, data = home.ledger.participants.encoded("approve", 4_000_000)

    (ended,) = worked(outbox, submit(outbox, "no such proposal", SIGNER.address, target, data))

    assert ended.state == State.REVERTED
    assert ended.succeeded is False


def test_no_more_than_the_window_is_with_the_node(
    new_node: Callable[..., AnvilNode], database: Database
) -> None:
    node = new_node()
    home = house_on(node)
    call(home.rpc, "evm_setAutomine", False)
    outbox = open_outbox(database, home.manifest, [home.rpc], GOVERNORS, replace(AT_ONCE, window=3))
    recover(outbox)
    entries = [put(outbox, home, f"windowed {n}") for n in range(5)]

    push(outbox)
    with_node = [entry_of(database, each.id).state for each in entries]
    call(home.rpc, "evm_mine")
    follow(outbox)
    push(outbox)

    assert with_node == [State.SUBMITTED] * 3 + [State.QUEUED] * 2
    assert [entry_of(database, each.id).state for each in entries] == [State.FINAL] * 3 + [
        State.SUBMITTED
    ] * 2


def test_a_transaction_sent_again_is_known_and_counts_once(
    new_node: Callable[..., AnvilNode], database: Database
) -> None:
    home = house_on(new_node())
    call(home.rpc, "evm_setAutomine", False)
    outbox = open_outbox(database, home.manifest, [home.rpc], GOVERNORS, AT_ONCE)
    recover(outbox)
    sent = put(outbox, home, "again and again")

    for _ in range(3):
        push(outbox)
    again = entry_of(database, sent.id)
    call(home.rpc, "evm_mine")
    (ended,) = worked(outbox, sent)

    assert (again.state, again.sends, again.problem) == (State.SUBMITTED, 3, None)
    assert ended.state == State.FINAL
    assert ended.hash == sent.hash
    assert home.count("again and again").total() == 1


def test_a_node_that_is_down_is_passed_over(home: House, database: Database) -> None:
    dead = dial(f"http://127.0.0.1:{free_port()}")
    outbox = open_outbox(database, home.manifest, [dead, home.rpc], GOVERNORS, AT_ONCE)
    recover(outbox)

    (ended,) = worked(outbox, put(outbox, home, "by the second node"))

    assert ended.state == State.FINAL


def test_a_call_is_accepted_while_no_node_answers(home: House, database: Database) -> None:
    outbox = open_outbox(database, home.manifest, [home.rpc], GOVERNORS, AT_ONCE)
    recover(outbox)
    worked(outbox, put(outbox, home, "makes the lane known"))
    alone = replace(outbox, nodes=(dial(f"http://127.0.0.1:{free_port()}"),))

    queued = put(alone, home, "accepted alone")
    with pytest.raises(NodeUnreachable):
        push(alone)

    assert entry_of(database, queued.id).state == State.QUEUED
    assert worked(outbox, queued)[0].state == State.FINAL


class Deaf:
    """A node that takes what it is sent and whose answer is lost: what a broken connection looks like."""

    def __init__(self, node: Rpc) -> None:
        self.node = node
        self.deaf = True
        self.name = "deaf"

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        answers = self.node.batch(calls)
        if self.deaf and any(method == "eth_sendRawTransaction" for method, _ in calls):
            raise NodeUnreachable("the answer was lost")
        return answers


def test_a_lost_answer_neither_loses_nor_doubles(home: House, database: Database) -> None:
    deaf = Deaf(home.rpc)
    outbox = open_outbox(database, home.manifest, [deaf], GOVERNORS, AT_ONCE)
    recover(outbox)
    queued = put(outbox, home, "answer lost")

    with pytest.raises(NodeUnreachable):
        push(outbox)
    deaf.deaf = False
    push(outbox)  # the node says that the nonce is too low: it was this very transaction
    said = entry_of(database, queued.id)
    (ended,) = worked(outbox, queued)

    assert said.state == State.SUBMITTED
    assert said.problem is not None
    assert said.problem.startswith("nonce used")
    assert ended.state == State.FINAL
    assert ended.problem is None
    assert home.count("answer lost").total() == 1


class Swallowing:
    """A node that says it took a transaction and drops it (besu-eth/besu, issue 7081)."""

    def __init__(self, node: Rpc, victim: str) -> None:
        self.node, self.victim, self.name = node, victim, "swallowing"

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        kept = [each for each in calls if each[1] != [self.victim]]
        answers = iter(self.node.batch(kept) if kept else [])
        return ["0x" if each[1] == [self.victim] else next(answers) for each in calls]


def test_what_no_block_takes_in_time_expires_and_frees_its_nonce(home: House, database: Database) -> None:
    settings = replace(AT_ONCE, expire_after=timedelta(0))
    outbox = open_outbox(database, home.manifest, [home.rpc], GOVERNORS, settings)
    recover(outbox)
    stuck = put(outbox, home, "stuck")
    behind = put(replace(outbox, settings=AT_ONCE), home, "behind the stuck one")
    swallowing = replace(outbox, nodes=(Swallowing(home.rpc, "0x" + stuck.raw.hex()),))

    ended = worked(swallowing, stuck, behind)

    assert [each.state for each in ended] == [State.EXPIRED, State.FINAL]
    assert ended[0].included_hash == ended[0].filler_hash
    found = home.count("stuck", "behind the stuck one")
    assert found == {"behind the stuck one": 1}
    # What expired can never be included: its nonce is gone.
    answer = understood(_refusal(home.rpc, stuck.raw))
    assert answer.verdict == Verdict.NONCE_USED


def _refusal(rpc: Rpc, raw: bytes) -> RpcError:
    (result,) = rpc.batch([("eth_sendRawTransaction", ["0x" + raw.hex()])])
    assert isinstance(result, RpcError)
    return result


def test_a_nonce_used_outside_the_outbox_ends_what_had_it(outbox: Outbox, home: House) -> None:
    worked(outbox, put(outbox, home, "before the foreign one"))
    queued = put(outbox, home, "overtaken")
    home.ledger.participants.propose(SIGNER, [(home.ledger.participants.address, b"\x01\x02\x03\x04")])

    ended = worked(outbox, queued)[0]

    assert ended.state == State.EXPIRED
    assert "not the outbox's" in str(ended.problem)
    assert home.count("overtaken").total() == 0


def test_a_lane_goes_on_after_nonces_used_elsewhere_while_it_was_down(outbox: Outbox, home: House) -> None:
    worked(outbox, put(outbox, home, "before it was down"))
    home.ledger.participants.propose(SIGNER, [(home.ledger.participants.address, b"\x05\x06\x07\x08")])

    recover(outbox)
    (ended,) = worked(outbox, put(outbox, home, "after it was down"))

    assert ended.state == State.FINAL


def test_finality_is_the_engines_word(home: House, database: Database) -> None:
    final: set[int] = set()
    outbox = open_outbox(
        database, home.manifest, [home.rpc], GOVERNORS, AT_ONCE, finalised=lambda block: block.number in final
    )
    recover(outbox)
    sent = put(outbox, home, "not yet final")

    work_once(outbox)
    follow(outbox)
    included = entry_of(database, sent.id)
    assert included.block is not None
    final.add(included.block)
    follow(outbox)

    assert included.state == State.INCLUDED
    assert entry_of(database, sent.id).state == State.FINAL


def test_confirmations_make_a_block_final_where_the_engine_does_not(home: House, database: Database) -> None:
    outbox = open_outbox(database, home.manifest, [home.rpc], GOVERNORS, replace(AT_ONCE, confirmations=2))
    recover(outbox)
    sent = put(outbox, home, "two on top")
    seen = []

    for _ in range(3):
        work_once(outbox)
        seen.append(entry_of(database, sent.id).state)
        call(home.rpc, "evm_mine")

    work_once(outbox)
    assert seen[:2] == [State.INCLUDED, State.INCLUDED]
    assert entry_of(database, sent.id).state == State.FINAL


@pytest.mark.parametrize("reversible", [True, False], ids=["development engine", "engine with finality"])
def test_blocks_taken_back_are_sent_again_or_raise_the_alarm(
    new_node: Callable[..., AnvilNode], database: Database, reversible: bool
) -> None:
    home = house_on(new_node())
    settings = replace(AT_ONCE, reversible=reversible)
    outbox = open_outbox(database, home.manifest, [home.rpc], GOVERNORS, settings)
    recover(outbox)
    snapshot = call(home.rpc, "evm_snapshot")
    (final,) = worked(outbox, put(outbox, home, "taken back"))
    call(home.rpc, "evm_revert", snapshot)
    for _ in range(3):
        call(home.rpc, "evm_mine")

    if reversible:
        (again,) = worked(outbox, replace(final, state=State.SUBMITTED)) if follow(outbox) else (final,)
        assert again.state == State.FINAL
        assert home.count("taken back").total() == 1
        assert any("went back" in moment.detail for moment in history_of(database, final.id))
    else:
        with pytest.raises(Reorganised, match="no longer in the chain"):
            follow(outbox)
        assert entry_of(database, final.id) == final


class Heard:
    """A node, and what it was asked."""

    def __init__(self, node: Rpc) -> None:
        self.node, self.name = node, "heard"
        self.asked: list[str] = []

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        self.asked += [method for method, _ in calls]
        return self.node.batch(calls)


def test_a_chain_with_finality_is_asked_for_its_height_alone_until_there_is_a_new_block(
    home: House, database: Database
) -> None:
    heard = Heard(home.rpc)
    settings = replace(AT_ONCE, reversible=False)
    outbox = open_outbox(database, home.manifest, [heard], GOVERNORS, settings)
    recover(outbox)
    follow(outbox)
    heard.asked.clear()

    assert follow(outbox) == 0
    assert heard.asked == ["eth_blockNumber"]

    call(home.rpc, "evm_mine")
    assert follow(outbox) == 1


def test_a_node_of_another_chain_is_refused(
    new_node: Callable[..., AnvilNode], home: House, database: Database
) -> None:
    other = dial(new_node(options=("--chain-id", "4242")).url)
    outbox = open_outbox(database, home.manifest, [home.rpc, other], GOVERNORS, AT_ONCE)

    with pytest.raises(WrongNode, match="4242"):
        recover(outbox)


def test_an_alarm_ends_the_worker_and_is_told(
    new_node: Callable[..., AnvilNode], home: House, database: Database
) -> None:
    other = dial(new_node(options=("--chain-id", "4242")).url)
    outbox = open_outbox(database, home.manifest, [other], GOVERNORS, AT_ONCE)

    with Worker(outbox) as worker:
        deadline = time.monotonic() + 10
        while worker.alive and time.monotonic() < deadline:
            time.sleep(0.01)

    assert isinstance(worker.alarm, WrongNode)


def test_the_policy_is_asked_before_the_key(outbox: Outbox, home: House) -> None:
    target, data = home.call("fine")
    with pytest.raises(SigningRefused, match="no contract of the ledger"):
        submit(outbox, "elsewhere", SIGNER.address, GOVERNORS[2].address, data)
    with pytest.raises(SigningRefused, match="no function"):
        submit(outbox, "no function", SIGNER.address, target, b"\xde\xad\xbe\xef")

    with outbox.database.connect() as connection:
        assert connection.execute(select(tables.lane)).all() == []  # no nonce was given out


# Clients that sign themselves


def signed(outbox: Outbox, home: House, signer: LocalSigner, marker: str, **changed: Any) -> bytes:
    to, data = home.call(marker)
    return signer.sign_transaction(
        {
            "chainId": outbox.chain_id,
            "nonce": 0,
            "gasPrice": 4 * 10**9,
            "gas": 1_000_000,
            "to": to,
            "value": 0,
            "data": data,
            **changed,
        }
    )


@pytest.fixture
def client(home: House) -> LocalSigner:
    from chain.engines import fund

    signer = new_signer()
    fund(home.engine, signer.address)
    return signer


def test_a_clients_own_transaction_is_relayed_and_followed(
    outbox: Outbox, home: House, client: LocalSigner
) -> None:
    raw = signed(outbox, home, client, "relayed")

    first, second = relay(outbox, raw), relay(outbox, raw)
    (ended,) = worked(outbox, first)

    assert first.id == second.id
    assert not first.own
    assert ended.state == State.REVERTED  # a stranger may not propose; but it was included
    assert ended.hash == first.hash


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"chainId": 1}, "chain id: 1, it must be"),
        ({"to": GOVERNORS[0].address}, "to: .* is no contract"),
        ({"value": 5}, "value: 5 wei"),
        ({"data": b"\x00" * 140_000}, "size: "),
        ({"gas": 31_000_000}, "gas: 31,000,000"),
        ({"nonce": 5_000}, "nonce: 5000 is more than"),
    ],
)
def test_a_clients_transaction_is_checked(
    outbox: Outbox, home: House, client: LocalSigner, changed: dict[str, Any], rule: str
) -> None:
    with pytest.raises(TransactionRefused, match=rule):
        relay(outbox, signed(outbox, home, client, "checked", **changed))


def test_a_clients_transaction_needs_its_signature(outbox: Outbox, home: House, client: LocalSigner) -> None:
    raw = signed(outbox, home, client, "broken")

    with pytest.raises(TransactionRefused):
        relay(outbox, raw[:-1])
    with pytest.raises(TransactionRefused):
        relay(outbox, b"")


def test_a_nonce_counts_once_for_a_client_too(outbox: Outbox, home: House, client: LocalSigner) -> None:
    relay(outbox, signed(outbox, home, client, "one"))

    with pytest.raises(NonceTaken):
        relay(outbox, signed(outbox, home, client, "another"))


def test_a_used_nonce_is_refused(outbox: Outbox, home: House, client: LocalSigner) -> None:
    worked(outbox, relay(outbox, signed(outbox, home, client, "used")))

    with pytest.raises(TransactionRefused, match="nonce: 0 is used"):
        relay(outbox, signed(outbox, home, client, "used again"))


def test_the_gateways_own_nonces_are_not_for_relaying(outbox: Outbox, home: House) -> None:
    with pytest.raises(TransactionRefused, match="gateway's"):
        relay(outbox, signed(outbox, home, SIGNER, "own"))


def test_a_relayed_transaction_past_its_deadline_is_sent_no_more_and_may_be_relayed_again(
    outbox: Outbox, home: House, client: LocalSigner
) -> None:
    raw = signed(outbox, home, client, "late", nonce=1)  # nonce 0 is missing: no block takes it
    late = relay(replace(outbox, settings=replace(AT_ONCE, expire_after=timedelta(0))), raw)
    push(outbox)
    expire(outbox)
    expired = entry_of(outbox.database, late.id)

    again = relay(outbox, raw)
    first = relay(outbox, signed(outbox, home, client, "the missing one"))
    ended = worked(outbox, first, again)

    assert expired.state == State.EXPIRED
    assert again.id == late.id
    assert {each.state for each in ended} == {State.REVERTED}


def test_an_entry_changed_under_the_workers_feet_keeps_the_better_state(outbox: Outbox, home: House) -> None:
    """Another process may have read the block first: a late answer of a node does not take that back."""
    queued = put(outbox, home, "read by another")
    work_once(outbox)
    follow(outbox)
    with outbox.database.begin() as connection:
        connection.execute(
            update(tables.transaction).where(tables.transaction.c.id == queued.id).values(sent_at=None)
        )

    push(outbox)

    assert entry_of(outbox.database, queued.id).state == State.FINAL


def test_waiting_ends_with_the_state_or_the_time(outbox: Outbox, home: House) -> None:
    queued = put(outbox, home, "waited for")

    assert wait(outbox, queued.id, 0.02).state == State.QUEUED
    with Worker(outbox):
        ended = wait(outbox, queued.id, 20, frozenset({State.FINAL}))
    assert ended.state == State.FINAL


@pytest.mark.parametrize(
    ("message", "verdict"),
    [
        ("already known", Verdict.TAKEN),
        ("transaction already imported", Verdict.TAKEN),
        ("known transaction: 6e1f…", Verdict.TAKEN),
        ("nonce too low: next nonce 8, tx nonce 7", Verdict.NONCE_USED),
        ("Nonce too low", Verdict.NONCE_USED),
        ("NONCE_TOO_LOW", Verdict.NONCE_USED),
        (
            "the tx doesn't have the correct nonce. account has nonce of: 5 tx has nonce of: 4",
            Verdict.NONCE_USED,
        ),
        (
            "the tx doesn't have the correct nonce. account has nonce of: 4 tx has nonce of: 6",
            Verdict.REFUSED,
        ),
        ("replacement transaction underpriced", Verdict.NONCE_HELD),
        ("Replacement transaction underpriced", Verdict.NONCE_HELD),
        ("insufficient funds for gas * price + value", Verdict.REFUSED),
        ("transaction underpriced", Verdict.REFUSED),
        ("invalid chain id", Verdict.REFUSED),
    ],
)
def test_what_nodes_say_is_understood(message: str, verdict: Verdict) -> None:
    assert understood(RpcError("eth_sendRawTransaction", -32000, message)).verdict == verdict
