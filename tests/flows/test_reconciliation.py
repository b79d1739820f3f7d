from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.camt import read_camt
from flows.payments import CreditTransfer, PaymentInstruction
from flows.reconciliation import (
    Leftover,
    Line,
    LineTwice,
    Reason,
    Reconciliation,
    Status,
    reconcile,
)
from flows.records import CashEntry, Party
from flows.sample_statements import Booking, bookings, write_sample_statement

DAY = date(2026, 11, 30)

PAYMENT = CashEntry(
    file="statement.xml",
    id="S1/1/1",
    account="110100200300",
    entry=1,
    transaction=1,
    amount=Decimal("100.00"),
    currency="CNY",
    entry_amount=Decimal("100.00"),
    entry_currency="CNY",
    credit=False,
    booked=DAY,
    value_date=DAY,
    status="BOOK",
    reversal=False,
    end_to_end_id="A",
    servicer_reference="R1",
)
LINE = Line("A", Decimal("100.00"), "CNY")


def paid(*amounts: str, of: CashEntry = PAYMENT) -> tuple[CashEntry, ...]:
    return tuple(
        replace(of, id=f"S1/{place}/1", amount=Decimal(amount), servicer_reference=f"R{place}")
        for place, amount in enumerate(amounts, start=1)
    )


def status(*amounts: str) -> Status:
    return reconcile((LINE,), paid(*amounts), credit=False).outcomes[0].status


def reason(entry: CashEntry) -> Reason:
    result = reconcile((LINE,), (entry,), credit=False)
    assert result.outcomes[0].status is Status.MISSING
    (left,) = result.leftovers
    return left.reason


def test_a_line_is_matched_by_one_payment_or_by_several_that_come_to_it() -> None:
    assert status("100.00") is Status.MATCHED
    assert status("40.00", "59.99", "0.01") is Status.MATCHED


def test_a_line_that_is_paid_less_is_short_and_one_paid_more_is_over() -> None:
    assert status("99.99") is Status.SHORT
    assert status("100.01") is Status.OVER
    assert status("100.00", "0.01") is Status.OVER
    assert status() is Status.MISSING


def test_a_line_paid_in_full_twice_is_a_duplicate() -> None:
    assert status("100.00", "100.00") is Status.DUPLICATE
    assert status("50.00", "150.00") is Status.OVER


def test_a_payment_that_came_back_is_missing_again() -> None:
    returned = replace(PAYMENT, id="S1/2/1", credit=True, reversal=True, servicer_reference="R2")
    result = reconcile((LINE,), (PAYMENT, returned), credit=False)
    assert result.outcomes[0].status is Status.MISSING
    assert result.outcomes[0].paid == 0
    assert result.outcomes[0].entries == ("S1/1/1", "S1/2/1")


def test_a_payment_that_came_back_and_went_again_is_matched() -> None:
    returned = replace(PAYMENT, id="S1/2/1", credit=True, reversal=True, servicer_reference="R2")
    again = replace(PAYMENT, id="S1/3/1", servicer_reference="R3")
    assert reconcile((LINE,), (PAYMENT, returned, again), credit=False).agrees


def test_another_id_currency_or_direction_is_never_counted() -> None:
    assert reason(replace(PAYMENT, end_to_end_id="B")) is Reason.UNKNOWN
    assert reason(replace(PAYMENT, end_to_end_id="")) is Reason.UNKNOWN
    assert reason(replace(PAYMENT, currency="USD")) is Reason.CURRENCY
    assert reason(replace(PAYMENT, credit=True)) is Reason.DIRECTION
    assert reason(replace(PAYMENT, reversal=True)) is Reason.DIRECTION


def test_what_is_not_booked_yet_is_never_counted() -> None:
    assert reason(replace(PAYMENT, status="PDNG")) is Reason.PENDING
    assert reason(replace(PAYMENT, status="INFO")) is Reason.PENDING


def test_the_receiving_side_is_reconciled_by_credits() -> None:
    received = replace(PAYMENT, credit=True)
    assert reconcile((LINE,), (received,), credit=True).agrees
    assert not reconcile((LINE,), (PAYMENT,), credit=True).agrees


def test_a_booking_that_a_notification_and_a_statement_report_counts_once() -> None:
    notified = replace(PAYMENT, file="notification.xml", id="N1/1/1")
    result = reconcile((LINE,), (notified, PAYMENT), credit=False)
    assert result.agrees
    assert result.leftovers == (Leftover(PAYMENT, Reason.REPEATED),)


def test_two_bookings_of_one_statement_both_count() -> None:
    result = reconcile((LINE,), paid("100.00", "100.00"), credit=False)
    assert result.outcomes[0].paid == 200


def test_without_the_banks_reference_a_second_report_may_be_a_second_payment() -> None:
    bare = replace(PAYMENT, servicer_reference="")
    again = replace(bare, file="notification.xml", id="N1/1/1")
    assert reconcile((LINE,), (bare, again), credit=False).outcomes[0].status is Status.DUPLICATE


def test_two_lines_of_one_id_are_refused() -> None:
    with pytest.raises(LineTwice, match="line 'A' must be there once"):
        reconcile((LINE, LINE), (), credit=False)


def test_a_line_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="amount of line 'A' must be positive"):
        reconcile((Line("A", Decimal(0), "CNY"),), (), credit=False)


amounts = st.integers(1, 10_000).map(lambda minor: Decimal(minor).scaleb(-2))
lines = st.lists(
    st.builds(Line, st.sampled_from("ABCDEF"), amounts, st.sampled_from(("CNY", "USD"))),
    unique_by=lambda line: line.id,
)
entries = st.lists(
    st.builds(
        replace,
        st.just(PAYMENT),
        amount=amounts,
        currency=st.sampled_from(("CNY", "USD", "EUR")),
        credit=st.booleans(),
        reversal=st.booleans(),
        status=st.sampled_from(("BOOK", "BOOK", "BOOK", "PDNG")),
        end_to_end_id=st.sampled_from(("A", "B", "C", "D", "E", "F", "G", "")),
        servicer_reference=st.sampled_from(("", "R1", "R2")),
        file=st.sampled_from(("notification.xml", "statement.xml")),
    ),
    max_size=20,
)


@given(lines, entries, st.booleans())
def test_every_line_has_one_outcome_and_every_booked_amount_is_in_the_sums_once(
    given_lines: list[Line], given_entries: list[CashEntry], credit: bool
) -> None:
    numbered = [replace(entry, id=f"S1/{place}/1") for place, entry in enumerate(given_entries, start=1)]
    result = reconcile(given_lines, numbered, credit=credit)
    assert [outcome.line for outcome in result.outcomes] == given_lines
    counted = [one for outcome in result.outcomes for one in outcome.entries]
    left = [leftover.entry.id for leftover in result.leftovers]
    assert sorted((*counted, *left)) == sorted(entry.id for entry in numbered)
    excluded = {one.entry.id for one in result.leftovers if one.reason in (Reason.PENDING, Reason.REPEATED)}
    moved = {sums.currency: sums.paid + sums.leftover for sums in result.sums}
    for currency in ("CNY", "USD", "EUR"):
        booked = sum(
            entry.amount if entry.credit == credit else -entry.amount
            for entry in numbered
            if entry.currency == currency and entry.id not in excluded
        )
        assert moved.get(currency, 0) == booked
    for sums in result.sums:
        own = [outcome for outcome in result.outcomes if outcome.line.currency == sums.currency]
        assert sums.expected == sum(outcome.line.amount for outcome in own)
        assert sums.paid - sums.expected == sum(outcome.difference for outcome in own)


@given(lines, entries, st.booleans())
def test_the_status_of_a_line_says_how_what_was_paid_compares(
    given_lines: list[Line], given_entries: list[CashEntry], credit: bool
) -> None:
    for outcome in reconcile(given_lines, given_entries, credit=credit).outcomes:
        expected = {
            Status.MATCHED: outcome.difference == 0,
            Status.SHORT: 0 < outcome.paid < outcome.line.amount,
            Status.MISSING: outcome.paid <= 0,
            Status.OVER: outcome.difference > 0,
            Status.DUPLICATE: outcome.difference > 0 and outcome.paid % outcome.line.amount == 0,
        }
        assert expected[outcome.status]


@given(st.lists(amounts, min_size=1, max_size=6))
def test_a_statement_of_what_was_asked_agrees_and_of_anything_else_does_not(asked: list[Decimal]) -> None:
    instruction = PaymentInstruction(
        id="I1",
        execution=DAY,
        debtor=Party("华东重工"),
        debtor_account="110100200300",
        transfers=tuple(
            CreditTransfer(f"L{place}", amount, "CNY", Party("明诚五金"), "6222")
            for place, amount in enumerate(asked)
        ),
    )
    expected = [Line(one.end_to_end_id, one.amount, one.currency) for one in instruction.transfers]
    first, *rest = bookings(instruction)

    def statement(*done: Booking) -> Reconciliation:
        with TemporaryDirectory() as folder:
            path = write_sample_statement(
                Path(folder) / "s.xml", instruction=instruction, booked=DAY, carried_out=done
            )
            return reconcile(expected, read_camt(path), credit=False)

    assert statement(first, *rest).agrees
    outcome = statement(*rest).outcomes[0]
    assert outcome.status is Status.MISSING
    assert statement(first, first, *rest).outcomes[0].status is Status.DUPLICATE
    assert statement(replace(first, amount=first.amount + 1), *rest).outcomes[0].status is Status.OVER
    back = replace(first, reversal=True)
    assert statement(first, back, *rest).outcomes[0].status is Status.MISSING
