"""Properties of the rules alone, over random histories: no chain is involved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import errors
from chain.deployment import DAY
from chain.errors import LedgerRefusal
from chain.rules import participants, settlement, vouchers
from chain.rules.invariants import INVARIANTS
from chain.rules.state import Ledger, Leg, Moment, Quote, ReceivableState
from tests.chain.ruled import START, Ruled, ruled
from tests.chain.scenario import ROLES
from tests.chain.steps import SPECIAL, VERBS, copied

SEEDS = st.integers(0, 2**64 - 1)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS)
def test_invariants_hold_after_every_step(seed: int) -> None:
    history = ruled(seed)

    for _ in range(120):
        history.step()

        breaches = [breach for check in INVARIANTS for breach in check(history.ledger)]
        assert breaches == []


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_a_refused_step_leaves_the_ledger_as_it_was(seed: int) -> None:
    history = ruled(seed)

    for _ in range(120):
        before = copied(history.ledger)
        if isinstance(history.step(), LedgerRefusal):
            assert history.ledger == before


def test_random_histories_reach_every_verb_and_most_refusals() -> None:
    succeeded: set[str] = set()
    refused: set[str] = set()
    states: set[ReceivableState] = set()
    tiers: set[int] = set()

    for seed in range(25):
        history = ruled(seed)
        for _ in range(400):
            history.step()
        succeeded |= set(history.run.succeeded)
        refused |= set(history.run.refused)
        states |= {r.state for r in history.ledger.receivable.values()}
        tiers |= {v.tier for v in history.ledger.voucher.values()}

    assert set(VERBS) | set(SPECIAL) - {"direct"} <= succeeded
    assert len(refused) >= 75, sorted(refused)
    assert states == set(ReceivableState) - {ReceivableState.NONE}
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


@given(
    lengths=st.lists(st.integers(1, 300), min_size=1, max_size=5),
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
    holder = batch.ledger.voucher[voucher].holder
    at = Moment(batch.now, batch.account(holder))
    legs = [
        Leg(holder if kept >> n & 1 else batch.supplier(1), length, bytes([n + 1]) * 32)
        for n, length in enumerate(lengths)
    ]
    folded = copied(batch.ledger)

    together = vouchers.split(batch.ledger, at, voucher, version, legs)
    one_by_one = [
        event
        for n, leg in enumerate(legs)
        for event in vouchers.split(folded, at, voucher, (version + n) % 256, [leg])
    ]

    assert list(together) == one_by_one
    assert batch.ledger == folded


def split_256_times(history: Ruled, voucher: int) -> None:
    held = history.ledger.voucher[voucher]
    at = Moment(history.now, history.account(held.holder))
    for version in range(256):
        vouchers.split(history.ledger, at, voucher, version, [Leg(held.holder, 1, bytes(32))])


def pay_and_offer_256_times(history: Ruled, voucher: int) -> None:
    """Two payments, each redeemed, and offers taken back: nothing is cut off, and 256 are paid."""
    ledger, held = history.ledger, history.ledger.voucher[voucher]
    at = Moment(history.now, history.account(held.holder))
    bank = Moment(history.now, history.settlement_bank)
    for payment in (1, 2):
        settlement.record_payment(ledger, bank, voucher >> 32, 128, bytes([payment]) * 32)
        settlement.redeem(ledger, bank, voucher >> 32, [1])
    for version in range(2, 256, 2):
        vouchers.offer(ledger, at, voucher, version, history.supplier(1), b"\x01" * 32)
        vouchers.withdraw(ledger, at, voucher, version + 1)


@pytest.mark.parametrize("writes", [split_256_times, pay_and_offer_256_times])
def test_a_quote_does_not_serve_again_when_the_version_has_come_round(
    writes: Callable[[Ruled, int], None],
) -> None:
    history = ruled()
    voucher = history.confirmed(1000)
    ledger, bank = history.ledger, list(ROLES).index("bank") + 1
    quote = Quote(voucher, 0, bank, 1000, 1000, history.now + DAY, bytes(32))
    writes(history, voucher)
    assert ledger.voucher[voucher].version == quote.version

    holder = Moment(history.now, history.account(ledger.voucher[voucher].holder))
    with pytest.raises(errors.QuoteOfAnotherFace) as found:
        vouchers.accept_quote(ledger, holder, quote, history.account(bank))

    assert found.value == errors.QuoteOfAnotherFace(voucher, 1000, 744)


@given(amounts=st.lists(st.integers(1, 40), min_size=1, max_size=8), data=st.data())
def test_redeeming_after_each_payment_pays_what_redeeming_once_does(
    amounts: list[int], data: st.DataObject
) -> None:
    history = ruled()
    face = sum(amounts)
    voucher = history.confirmed(face)
    receivable = voucher >> 32
    if face > 1:
        cut = data.draw(st.integers(1, face - 1))
        holder = history.ledger.voucher[voucher].holder
        leg = Leg(holder, cut, bytes(32))
        vouchers.split(history.ledger, Moment(history.now, history.account(holder)), voucher, 0, [leg])
    numbers = list(range(1, history.ledger.receivable[receivable].vouchers + 1))
    bank = Moment(history.now, history.settlement_bank)
    often, once = history.ledger, copied(history.ledger)

    paid_often = paid_once = 0
    for n, amount in enumerate(amounts):
        for ledger in (often, once):
            settlement.record_payment(ledger, bank, receivable, amount, bytes([n + 1]) * 32)
        paid_often += sum(
            getattr(event, "amount", 0) for event in settlement.redeem(often, bank, receivable, numbers)
        )
    paid_once += sum(
        getattr(event, "amount", 0) for event in settlement.redeem(once, bank, receivable, numbers)
    )

    assert paid_often == paid_once == face
    assert often.receivable == once.receivable


def test_the_two_hundred_and_fifty_fifth_payment_is_kept_for_the_one_that_settles() -> None:
    history = ruled()
    receivable = history.confirmed(1000) >> 32
    bank = Moment(history.now, history.settlement_bank)
    for n in range(254):
        settlement.record_payment(history.ledger, bank, receivable, 1, n.to_bytes(31, "big") + b"\x01")

    refused = None
    try:
        settlement.record_payment(history.ledger, bank, receivable, 1, b"\x02" * 32)
    except LedgerRefusal as refusal:
        refused = refusal.rule
    settlement.record_payment(history.ledger, bank, receivable, 746, b"\x03" * 32)

    assert refused == "too-many-payments"
    assert history.ledger.receivable[receivable].state == ReceivableState.SETTLED


def test_a_hundred_and_twenty_eight_governors_are_all_there_can_ever_be() -> None:
    ledger = Ledger(1, "0xgovernance", "0xcomputations")
    participants.found(ledger, tuple(f"0xgovernor{n}" for n in range(128)), 2)
    at = Moment(START, ledger.governance)
    participants.remove_governor(ledger, at, "0xgovernor5")

    refused = None
    try:
        participants.add_governor(ledger, at, "0xgovernor5")
    except LedgerRefusal as refusal:
        refused = refusal.rule

    assert refused == "too-many-governors"
