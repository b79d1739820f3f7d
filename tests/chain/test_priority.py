"""Who is paid first under article 768 of the Civil Code, and how much, to the last 分."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import events
from chain.rules import financing
from chain.rules.priority import Disbursement, Right, allotted, disbursements, ranked, rights_in
from chain.rules.state import Kind, receivable_of
from tests.chain.ruled import NUMBERS, Ruled, ruled

REGISTERED_EARLY = Right(1, 100, registered_at=10, noticed_at=90)
REGISTERED_LATE = Right(2, 100, registered_at=20, noticed_at=5)
NOTICED_EARLY = Right(3, 100, registered_at=0, noticed_at=6)
NOTICED_LATE = Right(4, 100, registered_at=0, noticed_at=7)
NEITHER = Right(5, 100, registered_at=0, noticed_at=0)
NOR_THIS = Right(6, 50, registered_at=0, noticed_at=0)
ORDER = (REGISTERED_EARLY, REGISTERED_LATE, NOTICED_EARLY, NOTICED_LATE)


def test_registration_comes_first_then_notice_and_what_has_neither_shares() -> None:
    for rights in permutations((*ORDER, NEITHER, NOR_THIS)):
        ranks = ranked(rights)

        assert ranks[:4] == tuple((right,) for right in ORDER)
        assert set(ranks[4]) == {NEITHER, NOR_THIS}
        assert len(ranks) == 5


def test_what_was_registered_at_the_same_moment_shares() -> None:
    twin = replace(REGISTERED_EARLY, claimant=9)

    assert ranked([REGISTERED_LATE, twin, REGISTERED_EARLY]) == (
        (twin, REGISTERED_EARLY),
        (REGISTERED_LATE,),
    )


@pytest.mark.parametrize(
    ("amount", "parts"),
    [
        (0, (0, 0, 0, 0, 0, 0)),
        (150, (100, 50, 0, 0, 0, 0)),
        (400, (100, 100, 100, 100, 0, 0)),
        # What is left over for the last two is shared two to one: 66.67 and 33.33.
        (500, (100, 100, 100, 100, 67, 33)),
        (550, (100, 100, 100, 100, 100, 50)),
        (1_000, (100, 100, 100, 100, 100, 50)),
    ],
)
def test_each_rank_is_paid_before_the_next(amount: int, parts: tuple[int, ...]) -> None:
    paid = allotted((NEITHER, *reversed(ORDER), NOR_THIS), amount)

    assert [right for right, _ in paid] == [*ORDER, NEITHER, NOR_THIS]
    assert tuple(part for _, part in paid) == parts


def test_a_negative_amount_cannot_be_allotted() -> None:
    with pytest.raises(ValueError, match="must not be negative, and -1 is"):
        allotted(ORDER, -1)


RIGHTS = st.lists(
    st.builds(
        Right,
        claimant=st.integers(1, 9),
        amount=st.integers(1, 10**6),
        registered_at=st.integers(0, 3),
        noticed_at=st.integers(0, 3),
    ),
    min_size=1,
    max_size=8,
)


@given(rights=RIGHTS, amount=st.integers(0, 5 * 10**6))
def test_all_of_the_amount_is_allotted_and_nobody_gets_more_than_it_claims(
    rights: list[Right], amount: int
) -> None:
    paid = allotted(rights, amount)

    assert sum(part for _, part in paid) == min(amount, sum(right.amount for right in rights))
    assert all(0 <= part <= right.amount for right, part in paid)
    assert sorted(map(repr, (right for right, _ in paid))) == sorted(map(repr, rights))


@given(rights=RIGHTS, amount=st.integers(0, 5 * 10**6))
def test_within_a_rank_parts_are_proportional_to_less_than_one_unit(rights: list[Right], amount: int) -> None:
    paid = dict.fromkeys(rights, 0) | dict(allotted(rights, amount))

    for rank in ranked(list(dict.fromkeys(rights))):
        got, whole = sum(paid[right] for right in rank), sum(right.amount for right in rank)
        if len(set(rights)) == len(rights):
            assert all(abs(paid[right] * whole - right.amount * got) < whole for right in rank)


def financed(history: Ruled, voucher: int, kind: Kind = Kind.PURCHASE) -> list[tuple[events.Event, int]]:
    """Takes a voucher of 1000 through a financing of 500, registered a second before; the log of it."""
    ledger, bank, settlement = history.ledger, history.at("bank"), history.at("settlement bank")
    version = ledger.voucher[voucher].version + 1
    quote = history.quote(voucher, face=1000, proceeds=500, kind=kind)
    if kind == Kind.PLEDGE:
        quote = replace(quote, matures_at=history.now + 100)
    happened = [
        *history.accept(quote),
        *financing.file(ledger, bank, voucher, version, b"\1" * 32, b"\2" * 32, history.now - 1),
        *financing.disburse(ledger, settlement, voucher, version, 500, history.chooser.fresh()),
    ]
    return [(event, history.now) for event in happened]


def test_a_buyer_has_a_right_in_what_is_unpaid_and_a_lender_in_what_is_owed() -> None:
    history = ruled()
    bought, pledged, untouched = (history.confirmed(1000) for _ in range(3))
    paid = disbursements([*financed(history, bought), *financed(history, pledged, Kind.PLEDGE)])
    bank, now = NUMBERS["bank"], history.now

    assert rights_in(history.ledger, receivable_of(bought), paid) == (
        Right(bank, 1000, now - 1, now, voucher=bought),
    )
    assert rights_in(history.ledger, receivable_of(pledged), paid) == (
        Right(bank, 500, now - 1, now, voucher=pledged),
    )
    assert rights_in(history.ledger, receivable_of(untouched), paid) == ()


def test_a_claim_from_outside_has_its_place_until_it_is_withdrawn() -> None:
    history = ruled()
    voucher = history.confirmed(1000)
    paid = disbursements(financed(history, voucher))
    number, now = receivable_of(voucher), history.now
    bank = history.at("second bank")
    financing.assert_claim(history.ledger, bank, number, 700, now - 10, 0, b"\1" * 32)
    outside = Right(NUMBERS["second bank"], 700, now - 10, 0, claim=1)

    claimed = rights_in(history.ledger, number, paid)
    financing.withdraw_claim(history.ledger, bank, 1)
    withdrawn = rights_in(history.ledger, number, paid)

    assert claimed[1:] == (outside,)
    assert [part for _, part in allotted(claimed, 1000)] == [700, 300]
    assert ranked(claimed)[0] == (outside,)
    assert withdrawn == claimed[:1]


def test_what_is_repaid_or_bought_back_leaves_the_right_of_before() -> None:
    actor = "0x" + "ab" * 20
    log = [
        (events.Filed(1, 2, b"", b"", 50, actor), 60),
        (events.Disbursed(1, 7, 8, Kind.RECOURSE_PURCHASE, 500, b"", actor), 70),
        (events.Split(5, 1, 9, 10, b"", actor), 75),
        (events.QuoteAccepted(1, 8, 9, 0, 0, 0, 0, 0, 0, 0, b"", b"", b"", actor), 80),
        (events.Disbursed(1, 8, 9, Kind.PLEDGE, 400, b"", actor), 90),
    ]
    first, second = Disbursement(70, 50, Kind.RECOURSE_PURCHASE, 7), Disbursement(90, 0, Kind.PLEDGE, 8)
    repaid = (events.LoanRepaid(1, 8, 9, 400, b"", actor), 100)
    bought_back = (events.BoughtBack(1, 8, 7, 500, b"", actor), 110)

    assert disbursements(log) == {1: (first, second), 5: (first,)}
    assert disbursements([*log, repaid])[1] == (first,)
    assert disbursements([*log, repaid, bought_back])[1] == ()
