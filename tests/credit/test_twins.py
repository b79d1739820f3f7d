"""Twins: the same ledger under two firm codes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from credit.twins import TWIN_ROWS, find_twins, group_of
from flows.ledger import LedgerInvoice, Side


def ledger(firm: str, numbers: range, buyer: str = "B1", side: Side = Side.SALE) -> list[LedgerInvoice]:
    return [
        LedgerInvoice(
            firm,
            side,
            str(number),
            date(2019, 1, 1) + timedelta(days=number % 300),
            buyer,
            Decimal(number),
            Decimal(0),
            Decimal(number),
            False,
        )
        for number in numbers
    ]


def test_two_codes_with_the_same_rows_are_twins_even_when_counterparts_are_renumbered() -> None:
    ledgers = {
        "E1": ledger("E1", range(100), "A1"),
        "E2": ledger("E2", range(100), "D7"),
        "E3": ledger("E3", range(500, 600)),
    }
    assert find_twins(ledgers) == (frozenset({"E1", "E2"}),)


def test_half_of_the_smaller_ledger_is_enough_and_less_is_not() -> None:
    assert find_twins({"E1": ledger("E1", range(1000)), "E2": ledger("E2", range(950, 1050))})
    assert not find_twins({"E1": ledger("E1", range(1000)), "E2": ledger("E2", range(951, 1051))})


def test_a_few_coinciding_rows_do_not_make_twins() -> None:
    few = TWIN_ROWS - 1
    assert not find_twins({"E1": ledger("E1", range(few)), "E2": ledger("E2", range(few))})


def test_a_sellers_sales_in_its_buyers_purchases_do_not_make_them_twins() -> None:
    ledgers = {"E1": ledger("E1", range(100)), "E2": ledger("E2", range(100), side=Side.PURCHASE)}
    assert not find_twins(ledgers)


def test_twins_of_twins_are_one_set() -> None:
    ledgers = {
        "E1": ledger("E1", range(100)),
        "E2": ledger("E2", range(50, 150)),
        "E3": ledger("E3", range(100, 200)),
    }
    assert find_twins(ledgers) == (frozenset({"E1", "E2", "E3"}),)


def test_rows_counted_twice_do_not_make_an_overlap() -> None:
    assert not find_twins({"E1": ledger("E1", range(15)) * 4, "E2": ledger("E2", range(15)) * 4})


def test_a_firm_without_twins_is_its_own_group() -> None:
    twins = (frozenset({"E1", "E2"}),)
    assert group_of("E2", twins) == {"E1", "E2"}
    assert group_of("E3", twins) == {"E3"}
