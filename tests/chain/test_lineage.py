"""Lineage: chain and replay give the same trees, and each tree says who holds what, cut from what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chain import errors, events
from chain.lineage import history_of, lineage_of, read_lineage, replayed_lineage
from chain.logs import LoggedEvent
from chain.replay import Replay
from chain.rules.state import IssueState, Kind, Life, receivable_of, voucher_id
from chain.rules.vouchers import NO_VOUCHER
from tests.chain.scenario import Scene


def test_pieces_stand_under_what_they_were_cut_from(scene: Scene) -> None:
    numbers = scene.numbers
    first = scene.confirmed(100_000)
    offered, kept = scene.split(first, "supplier", ("second supplier", 40_000), ("supplier", 10_000))
    scene.ledger.receivables.accept(scene.signers["second supplier"], offered, 0)
    (deeper,) = scene.split(offered, "second supplier", ("third supplier", 15_000))

    lineage = read_lineage(scene.ledger, receivable_of(first))

    root, second, third, fourth = lineage.nodes
    assert [node.id for node in lineage.nodes] == [first, kept, offered, deeper]
    assert (root.parent, second.parent, third.parent, fourth.parent) == (None, first, first, offered)
    assert (root.children, second.children, third.children) == ((kept, offered), (), (deeper,))
    assert [(node.start, node.end) for node in lineage.nodes] == [
        (0, 50_000),
        (50_000, 60_000),
        (60_000, 85_000),
        (85_000, 100_000),
    ]
    assert lineage.tiles
    assert fourth.offered_to == numbers["third supplier"]
    assert (root.offered_to, root.locked_for, root.pledged_to) == (None, None, None)
    assert lineage.holdings == {numbers["supplier"]: 60_000, numbers["second supplier"]: 40_000}
    parties = {name for name in numbers if lineage.concerns(numbers[name])}
    assert parties == {"anchor", "supplier", "second supplier", "third supplier"}


def test_a_lock_and_a_pledge_name_their_financier(scene: Scene) -> None:
    locked, pledged = scene.locked(), scene.financed(kind=Kind.PLEDGE)
    (lock,) = read_lineage(scene.ledger, receivable_of(locked)).nodes
    (pledge,) = read_lineage(scene.ledger, receivable_of(pledged)).nodes
    assert (lock.locked_for, lock.offered_to) == (scene.numbers["bank"], None)
    assert (pledge.pledged_to, pledge.locked_for) == (scene.numbers["bank"], None)


def test_a_proposed_receivable_has_no_vouchers_yet(scene: Scene) -> None:
    lineage = read_lineage(scene.ledger, scene.proposed())
    assert (lineage.nodes, lineage.holdings, lineage.tiles, lineage.receivable) == ((), {}, True, None)
    assert lineage.issue.state == IssueState.PROPOSED
    parties = {name for name in scene.numbers if lineage.concerns(scene.numbers[name])}
    assert parties == {"anchor", "supplier"}


def test_what_was_never_proposed_is_refused(scene: Scene, replayed: Replay) -> None:
    with pytest.raises(errors.IssueUnknown):
        read_lineage(scene.ledger, 4_000_000)
    with pytest.raises(errors.IssueUnknown):
        replayed_lineage(replayed.ledger, 4_000_000)


def test_the_replay_gives_the_trees_that_the_chain_gives(history: Scene, replayed: Replay) -> None:
    count = history.ledger.issuance.count()
    assert count == len(replayed.ledger.issue) > 5
    for number in range(1, count + 1):
        stored = read_lineage(history.ledger, number)
        assert stored == replayed_lineage(replayed.ledger, number)
        assert stored.tiles


def test_what_is_redeemed_is_held_no_more(history: Scene) -> None:
    lineage = read_lineage(history.ledger, 1)
    lives = {node.voucher.life for node in lineage.nodes}
    assert lives == {Life.LIVE, Life.REDEEMED}
    held = sum(lineage.holdings.values())
    live = sum(node.voucher.length for node in lineage.nodes if node.voucher.life == Life.LIVE)
    assert lineage.receivable is not None
    assert held == live < lineage.receivable.face


def test_the_log_of_a_receivable_is_its_own(history: Scene, history_log: list[LoggedEvent]) -> None:
    log = history_log
    own = list(history_of(log, 1))
    assert [type(one.event) for one in own[:4]] == [
        events.Proposed,
        events.Confirmed,
        events.Split,
        events.Split,
    ]
    kinds = {type(one.event) for one in own}
    assert {events.Accepted, events.Refused, events.Disbursed, events.PaymentRecorded} <= kinds
    assert {events.Redeemed, events.Offered, events.Withdrawn, events.QuoteAccepted} <= kinds
    count = history.ledger.issuance.count()
    told = [one for number in range(1, count + 1) for one in history_of(log, number)]
    about = [
        one
        for one in log
        if one.contract in ("Receivables", "Issuance", "Financing", "Limits")
        and any(hasattr(one.event, name) for name in ("voucher", "child", "receivable"))
    ]
    assert sorted(told, key=lambda one: (one.block, one.log_index)) == about
    assert {type(one.event) for one in told} > kinds


@pytest.mark.parametrize(
    ("intervals", "tiles"),
    [
        ([(0, 100)], True),
        ([(0, 60), (60, 40)], True),
        ([(60, 40), (0, 60)], True),
        ([(0, 60), (61, 39)], False),
        ([(0, 60), (59, 41)], False),
        ([(0, 99)], False),
        ([(0, 101)], False),
        ([(0, 100), (100, 0)], False),
    ],
)
def test_intervals_tile_the_face_or_do_not(
    replayed: Replay, intervals: list[tuple[int, int]], tiles: bool
) -> None:
    receivable = replace(replayed.ledger.receivable[1], face=100)
    vouchers = {
        voucher_id(7, start): replace(NO_VOUCHER, holder=1, length=length, life=Life.LIVE)
        for start, length in intervals
    }
    assert lineage_of(7, replayed.ledger.issue[1], receivable, vouchers).tiles is tiles
