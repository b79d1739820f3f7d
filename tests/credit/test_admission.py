"""The hard rules a ledger can answer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from credit.admission import Admission, AdmissionPolicy, Outcome, assess_admission
from flows.ledger import LedgerInvoice, Side

END = date(2019, 12, 31)
BUYERS = ("B1", "B2", "B3")


def row(net: str, issued: date, buyer: str = "B1", number: str = "1", voided: bool = False) -> LedgerInvoice:
    amount = Decimal(net)
    return LedgerInvoice("E1", Side.SALE, number, issued, buyer, amount, Decimal(0), amount, voided)


def sound() -> list[LedgerInvoice]:
    """Two steady years with three equal buyers."""
    return [
        row("100.00", date(year, month, 5), buyer, f"{year}{month}{buyer}")
        for year in (2018, 2019)
        for month in range(1, 13)
        for buyer in BUYERS
    ]


def outcome(admission: Admission, rule: str) -> tuple[Outcome, Decimal | None]:
    return next((result.outcome, result.figure) for result in admission.results if result.rule == rule)


def test_a_sound_ledger_is_admitted() -> None:
    admission = assess_admission(sound(), END)
    assert admission.admitted
    assert outcome(admission, "history_months") == (Outcome.PASS, Decimal(24))
    assert outcome(admission, "growth") == (Outcome.PASS, Decimal(0))
    assert outcome(admission, "core_history_months") == (Outcome.NOT_APPLICABLE, None)


def test_a_short_history_fails_and_has_no_growth_to_judge() -> None:
    admission = assess_admission([r for r in sound() if r.issued.year == 2019], END)
    assert [result.rule for result in admission.failures] == ["history_months"]
    assert outcome(admission, "growth") == (Outcome.NOT_APPLICABLE, None)


def test_silent_months_fail_on_count_and_gap() -> None:
    admission = assess_admission([r for r in sound() if r.issued < date(2019, 9, 1)], END)
    assert outcome(admission, "active_months") == (Outcome.FAIL, Decimal(8))
    assert outcome(admission, "longest_gap") == (Outcome.FAIL, Decimal(4))


def test_red_letters_above_the_threshold_fail_and_at_it_pass() -> None:
    sales = 3600
    at = [*sound(), row(str(-sales * 0.15), END, number="r")]
    above = [*sound(), row(str(-sales * 0.15 - 1), END, number="r")]
    assert outcome(assess_admission(at, END), "red_ratio") == (Outcome.PASS, Decimal("0.15"))
    assert outcome(assess_admission(above, END), "red_ratio")[0] is Outcome.FAIL


def test_many_voided_invoices_fail() -> None:
    voids = [row("1.00", END, number=f"v{n}", voided=True) for n in range(10)]
    assert outcome(assess_admission([*sound(), *voids], END), "void_ratio") == (
        Outcome.FAIL,
        Decimal("0.2174"),
    )


def test_a_dominant_buyer_fails_unless_it_is_the_core_enterprise() -> None:
    ledger = [*sound(), row("90000.00", END, "B1", "big")]
    assert outcome(assess_admission(ledger, END), "top_buyer_share")[0] is Outcome.FAIL
    assert outcome(assess_admission(ledger, END, core="B1"), "top_buyer_share") == (
        Outcome.NOT_APPLICABLE,
        None,
    )
    assert outcome(assess_admission(ledger, END, core="B2"), "top_buyer_share")[0] is Outcome.FAIL


def test_sales_that_fell_by_more_than_thirty_percent_fail() -> None:
    shrunk = [r for r in sound() if r.issued.year == 2018 or r.counterpart != "B1"]
    assert outcome(assess_admission(shrunk, END), "growth") == (Outcome.FAIL, Decimal("-0.3333"))


def test_trade_with_the_core_enterprise_is_measured_in_the_ledger() -> None:
    admission = assess_admission(sound(), END, core="B1")
    assert outcome(admission, "core_history_months") == (Outcome.PASS, Decimal(24))
    assert outcome(admission, "core_active_months") == (Outcome.PASS, Decimal(12))
    stranger = assess_admission(sound(), END, core="B9")
    assert outcome(stranger, "core_history_months") == (Outcome.FAIL, Decimal(0))
    assert outcome(stranger, "core_active_months") == (Outcome.FAIL, Decimal(0))


def test_thresholds_are_parameters() -> None:
    strict = AdmissionPolicy(history_months=36, top_buyer_share=Decimal("0.30"))
    failed = assess_admission(sound(), END, policy=strict).failures
    assert [result.rule for result in failed] == ["history_months", "top_buyer_share"]
