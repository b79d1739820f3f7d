"""Properties of the rules alone, over random histories: no chain is involved."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import errors, events
from chain.errors import LedgerRefusal
from chain.rules import financing, issuance, participants, settlement, vouchers
from chain.rules.invariants import INVARIANTS
from chain.rules.state import Hop, Kind, Ledger, Leg, Moment, ReceivableState, receivable_of
from tests.chain.differential import copied
from tests.chain.ruled import NUMBERS, START, Ruled, ruled

EVENTS = {
    name
    for name, cls in vars(events).items()
    if inspect.isclass(cls) and issubclass(cls, events.Event) and cls is not events.Event
}
FACES_TO_START = (1_000,) * 8
SEEDS = st.integers(0, 2**64 - 1)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS)
def test_invariants_hold_after_every_step(seed: int) -> None:
    history = ruled(seed, confirmed=FACES_TO_START)

    for _ in range(120):
        history.step()

        breaches = [breach for check in INVARIANTS for breach in check(history.ledger)]
        assert breaches == []


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_a_refused_step_leaves_the_ledger_as_it_was(seed: int) -> None:
    history = ruled(seed, confirmed=FACES_TO_START)

    for _ in range(120):
        before = copied(history.ledger)
        if not isinstance(history.step(), tuple):
            assert history.ledger == before


def test_random_histories_reach_every_event_and_most_refusals() -> None:
    happened: set[str] = set()
    refused: set[str] = set()
    tiers: set[int] = set()

    for seed in range(30):
        history = ruled(seed, confirmed=FACES_TO_START)
        for _ in range(1_000):
            history.step()
        happened |= set(history.run.happened)
        refused |= set(history.run.refused)
        tiers |= {v.tier for v in history.ledger.voucher.values()}

    assert EVENTS - happened == set()
    assert len(refused) >= 150, sorted(refused)
    assert {0, 1, 2, 3} <= tiers


FACES = st.one_of(st.integers(1, 60), st.integers(1, 2**48 - 1))


@st.composite
def tilings(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    """A face and intervals that tile it."""
    face = draw(FACES)
    cuts = sorted(draw(st.sets(st.integers(1, face - 1), max_size=12))) if face > 1 else []
    ends = [*cuts, face]
    return face, [(start, end - start) for start, end in zip([0, *cuts], ends, strict=True)]


@given(tiling=tilings(), data=st.data())
def test_parts_of_intervals_that_tile_the_face_add_up_to_what_was_paid(
    tiling: tuple[int, list[tuple[int, int]]], data: st.DataObject
) -> None:
    face, intervals = tiling
    paid = data.draw(st.integers(0, face))

    parts = [settlement.share(start, length, paid, face) for start, length in intervals]

    assert sum(parts) == paid
    assert all(0 <= part <= length for part, (_, length) in zip(parts, intervals, strict=True))


@given(tiling=tilings(), data=st.data())
def test_no_part_shrinks_when_more_is_paid(
    tiling: tuple[int, list[tuple[int, int]]], data: st.DataObject
) -> None:
    face, intervals = tiling
    paid = data.draw(st.integers(0, face - 1))
    more = data.draw(st.integers(paid + 1, face))

    for start, length in intervals:
        before = settlement.share(start, length, paid, face)
        assert settlement.share(start, length, more, face) >= before


@given(face=st.integers(1, 2**48 - 1), data=st.data())
def test_a_part_is_its_even_share_to_within_the_halvings(face: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, face - 1))
    length = data.draw(st.integers(1, face - start))
    paid = data.draw(st.integers(0, face))

    part = settlement.share(start, length, paid, face)

    assert abs(part - length * paid / face) <= face.bit_length()


@given(face=st.integers(2, 2**48 - 1), data=st.data())
def test_the_lower_half_gets_its_part_rounded_to_the_nearest_unit(face: int, data: st.DataObject) -> None:
    paid = data.draw(st.integers(0, face))
    half = face // 2

    part = settlement.share(0, half, paid, face)

    # Of two that are equally near, the higher.
    assert 2 * half * paid - face < 2 * face * part <= 2 * half * paid + face


@given(
    lengths=st.lists(st.integers(2, 300), min_size=1, max_size=5),
    rest=st.integers(1, 1000),
    kept=st.integers(0, 31),
    version=st.integers(0, 255),
)
def test_a_batch_split_is_the_fold_of_single_splits(
    lengths: list[int], rest: int, kept: int, version: int
) -> None:
    batch = ruled()
    voucher = batch.confirmed(sum(lengths) + rest)
    batch.hold_at(voucher, version=version)
    holder, other = NUMBERS["supplier"], NUMBERS["second supplier"]
    legs = [
        Leg(holder if kept >> n & 1 else other, length, bytes([n + 1]) * 32)
        for n, length in enumerate(lengths)
    ]
    folded, at = copied(batch.ledger), batch.at("supplier")

    together = vouchers.split(batch.ledger, at, voucher, version, legs)
    one_by_one = [
        event
        for n, leg in enumerate(legs)
        for event in vouchers.split(folded, at, voucher, (version + n) % 256, [leg])
    ]

    assert list(together) == one_by_one
    assert batch.ledger == folded


@given(faces=st.lists(st.integers(1, 400), min_size=1, max_size=4))
def test_batches_of_issues_are_folds_of_single_ones(faces: list[int]) -> None:
    batch = ruled()
    terms = [batch.terms(face) for face in faces]
    folded, anchor, supplier = copied(batch.ledger), batch.at("anchor"), batch.at("supplier")
    numbers = range(1, len(faces) + 1)

    together = issuance.propose_many(batch.ledger, anchor, terms)
    together += issuance.confirm_many(batch.ledger, supplier, list(numbers))
    one_by_one = [event for each in terms for event in issuance.propose_receivable(folded, anchor, each)]
    one_by_one += [event for number in numbers for event in issuance.confirm(folded, supplier, number)]

    assert list(together) == one_by_one
    assert batch.ledger == folded


def test_a_batch_with_one_that_is_refused_changes_nothing() -> None:
    history = ruled()
    good, bad = history.terms(100), replace(history.terms(100), face=101)
    before = copied(history.ledger)

    with pytest.raises(errors.InvoiceUsedUp):
        issuance.propose_many(history.ledger, history.at("anchor"), [good, bad])

    assert history.ledger == before


def split_256_times(history: Ruled, voucher: int) -> None:
    for version in range(256):
        leg = Leg(NUMBERS["supplier"], 2, bytes(32))
        vouchers.split(history.ledger, history.at("supplier"), voucher, version, [leg])


def pay_and_offer_256_times(history: Ruled, voucher: int) -> None:
    """Two payments, each redeemed, and offers taken back: nothing is cut off, and 512 are paid."""
    ledger, bank = history.ledger, history.at("settlement bank")
    supplier, to = history.at("supplier"), NUMBERS["second supplier"]
    for payment in (1, 2):
        settlement.record_payment(ledger, bank, receivable_of(voucher), 256, bytes([payment]) * 32)
        settlement.redeem(ledger, bank, receivable_of(voucher), [0])
    for version in range(2, 256, 2):
        vouchers.offer(ledger, supplier, voucher, version, to, b"\x01" * 32)
        vouchers.withdraw(ledger, supplier, voucher, version + 1)


@pytest.mark.parametrize("writes", [split_256_times, pay_and_offer_256_times])
def test_a_quote_does_not_serve_again_when_the_version_has_come_round(
    writes: Callable[[Ruled, int], None],
) -> None:
    history = ruled()
    voucher = history.confirmed(1000)
    quote = history.quote(voucher, face=1000, proceeds=1000)
    writes(history, voucher)
    assert history.ledger.voucher[voucher].version == quote.version

    with pytest.raises(errors.QuoteOfAnotherFace) as found:
        history.accept(quote)

    assert found.value == errors.QuoteOfAnotherFace(voucher, 1000, 488)


def test_a_quote_locks_a_voucher_once() -> None:
    history = ruled()
    voucher = history.confirmed(1000)
    quote = history.quote(voucher, face=1000, proceeds=1000)
    history.accept(quote)
    financing.release_lock(history.ledger, history.at("bank"), voucher, 1)
    history.hold_at(voucher, quote.version)

    with pytest.raises(errors.QuoteIsOver):
        history.accept(quote)


@given(amounts=st.lists(st.integers(1, 40), min_size=1, max_size=8), data=st.data())
def test_redeeming_after_each_payment_pays_what_redeeming_once_does(
    amounts: list[int], data: st.DataObject
) -> None:
    history = ruled()
    face = sum(amounts)
    voucher = history.confirmed(face)
    starts = [0]
    if face > 3:
        cut = data.draw(st.integers(2, face - 1))
        leg = Leg(NUMBERS["supplier"], cut, bytes(32))
        vouchers.split(history.ledger, history.at("supplier"), voucher, 0, [leg])
        starts.append(face - cut)
    bank, number = history.at("settlement bank"), receivable_of(voucher)
    often, once = history.ledger, copied(history.ledger)

    paid_often = paid_once = 0
    for n, amount in enumerate(amounts):
        for ledger in (often, once):
            settlement.record_payment(ledger, bank, number, amount, bytes([n + 1]) * 32)
        paid_often += sum(
            getattr(event, "amount", 0) for event in settlement.redeem(often, bank, number, starts)
        )
    paid_once += sum(getattr(event, "amount", 0) for event in settlement.redeem(once, bank, number, starts))

    assert paid_often == paid_once == face
    assert often.receivable == once.receivable


def test_the_two_hundred_and_fifty_fifth_payment_is_kept_for_the_one_that_settles() -> None:
    history = ruled()
    number = receivable_of(history.confirmed(1000))
    bank = history.at("settlement bank")
    for n in range(254):
        settlement.record_payment(history.ledger, bank, number, 1, n.to_bytes(31, "big") + b"\x01")

    with pytest.raises(errors.TooManyPayments):
        settlement.record_payment(history.ledger, bank, number, 1, b"\x02" * 32)
    settlement.record_payment(history.ledger, bank, number, 746, b"\x03" * 32)

    assert history.ledger.receivable[number].state == ReceivableState.SETTLED


def test_a_voucher_is_financed_with_recourse_255_times_at_most() -> None:
    history = ruled()
    voucher = history.confirmed(1000)
    history.ledger.hops[voucher] = 255
    history.ledger.hop.update({(voucher, n): Hop(2, 0, True, 0) for n in range(1, 256)})
    history.accept(history.quote(voucher, face=1000, proceeds=500, kind=Kind.RECOURSE_PURCHASE))
    financing.file(history.ledger, history.at("bank"), voucher, 1, b"\x01" * 32, b"\x02" * 32, history.now)

    with pytest.raises(errors.TooManyHops):
        financing.disburse(history.ledger, history.at("settlement bank"), voucher, 1, 500, b"\x03" * 32)


def test_a_hundred_and_twenty_eight_governors_are_all_there_can_ever_be() -> None:
    ledger = Ledger(1, "0xgovernance", "0xcomputations", "0xdesk", "0xinvoices")
    participants.found(ledger, tuple(f"0xgovernor{n}" for n in range(128)), 2)
    at = Moment(START, ledger.governance)
    participants.remove_governor(ledger, at, "0xgovernor5")

    refused = None
    try:
        participants.add_governor(ledger, at, "0xgovernor5")
    except LedgerRefusal as refusal:
        refused = refusal.rule

    assert refused == "too-many-governors"
