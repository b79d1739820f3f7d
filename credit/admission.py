"""Admission (准入): the hard rules a ledger alone can answer, each with its figure.

Thresholds are practice values, not regulation, and are parameters. Rules that need other sources (registry
standing, tax credit grade, overdue record, legal representative, ownership) are not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from enum import Enum
from fractions import Fraction

from credit.figures import LedgerFigures, summarise_ledger
from flows.ledger import LedgerInvoice, Side

_SHOWN = Context(prec=60)  # the caller's context must not round a figure


class Outcome(Enum):
    """Result of a rule: not applicable means the ledger lacks what the rule looks at."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class AdmissionPolicy:
    """Thresholds of the hard rules; the defaults are practice values of Chinese invoice lending.

    Attributes:
        history_months: Least calendar months of ledger history.
        active_months: Least months with a valid blue sales invoice among the last 12.
        longest_gap: Most consecutive months without one.
        red_ratio: Largest red-letter amount over blue amount.
        void_ratio: Largest share of voided sales rows.
        top_buyer_share: Largest share of one buyer that is not the core enterprise.
        growth: Least year-on-year change of twelve-month sales.
        core_history_months: Least calendar months since the first sale to the core enterprise.
        core_active_months: Least months with a valid blue invoice to it among the last 12.
    """

    history_months: int = 24
    active_months: int = 9
    longest_gap: int = 3
    red_ratio: Decimal = Decimal("0.15")
    void_ratio: Decimal = Decimal("0.20")
    top_buyer_share: Decimal = Decimal("0.70")
    growth: Decimal = Decimal("-0.30")
    core_history_months: int = 12
    core_active_months: int = 6


PRACTICE_ADMISSION = AdmissionPolicy()


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule's verdict.

    Attributes:
        rule: Name of the rule.
        outcome: Pass, fail or not applicable.
        figure: What was measured, four decimals for ratios; None when not applicable.
        threshold: What it was compared with.
    """

    rule: str
    outcome: Outcome
    figure: Decimal | None
    threshold: Decimal


@dataclass(frozen=True, slots=True)
class Admission:
    """The verdicts of all rules on one firm."""

    firm: str
    as_of: date
    results: tuple[RuleResult, ...]

    @property
    def admitted(self) -> bool:
        """Whether no rule failed."""
        return not self.failures

    @property
    def failures(self) -> tuple[RuleResult, ...]:
        """The rules that failed."""
        return tuple(result for result in self.results if result.outcome is Outcome.FAIL)


def assess_admission(
    invoices: Sequence[LedgerInvoice],
    as_of: date | None = None,
    core: str | None = None,
    policy: AdmissionPolicy = PRACTICE_ADMISSION,
) -> Admission:
    """Apply the hard rules to one firm's ledger.

    Args:
        invoices: All rows of one firm.
        as_of: Last day that counts; the last issue date in the ledger when absent.
        core: Counterpart code of the core enterprise; its rules are not applicable when absent.
        policy: Thresholds.

    Raises:
        EmptyLedger, MixedLedger, NotWholeFen: See `credit.figures.summarise_ledger`.
    """
    figures = summarise_ledger(invoices, as_of)
    positive = {buyer: net for buyer, net in figures.sales_by_buyer.items() if net > 0}
    top_buyer = max(sorted(positive), key=positive.__getitem__, default=None)
    top_share = None if top_buyer in (None, core) else _ratio(max(positive.values()), sum(positive.values()))
    growth = _ratio(figures.sales - figures.prior_sales, figures.prior_sales)
    with_core = _core_figures(invoices, figures, core)
    results = (
        _at_least("history_months", Fraction(figures.history_months), policy.history_months),
        _at_least("active_months", Fraction(sum(figures.months_active)), policy.active_months),
        _at_most("longest_gap", Fraction(figures.longest_gap), policy.longest_gap),
        _at_most("red_ratio", _ratio(figures.red_sales, figures.blue_sales), policy.red_ratio),
        _at_most("void_ratio", _ratio(figures.voided_sale_rows, figures.sale_rows), policy.void_ratio),
        _at_most("top_buyer_share", top_share, policy.top_buyer_share),
        _at_least("growth", growth, policy.growth),
        _at_least("core_history_months", with_core[0], policy.core_history_months),
        _at_least("core_active_months", with_core[1], policy.core_active_months),
    )
    return Admission(figures.firm, figures.as_of, results)


def _core_figures(
    invoices: Sequence[LedgerInvoice], figures: LedgerFigures, core: str | None
) -> tuple[Fraction | None, Fraction | None]:
    if core is None:
        return None, None
    sold = [row for row in invoices if row.side is Side.SALE and row.counterpart == core and row.net > 0]
    valid = [row for row in sold if not row.voided and row.issued <= figures.as_of]
    if not valid:
        return Fraction(0), Fraction(0)
    with_core = summarise_ledger(valid, figures.as_of)
    return Fraction(with_core.history_months), Fraction(sum(with_core.months_active))


def _ratio(numerator: int, denominator: int) -> Fraction | None:
    return Fraction(numerator, denominator) if denominator > 0 else None


def _at_least(rule: str, figure: Fraction | None, threshold: int | Decimal) -> RuleResult:
    return _judge(rule, figure, threshold, figure is not None and figure >= Fraction(threshold))


def _at_most(rule: str, figure: Fraction | None, threshold: int | Decimal) -> RuleResult:
    return _judge(rule, figure, threshold, figure is not None and figure <= Fraction(threshold))


def _judge(rule: str, figure: Fraction | None, threshold: int | Decimal, met: bool) -> RuleResult:
    if figure is None:
        return RuleResult(rule, Outcome.NOT_APPLICABLE, None, Decimal(threshold))
    # The exact figure was compared; four decimals are for the reader.
    shown = Decimal(round(figure * 10_000)).scaleb(-4, _SHOWN)
    return RuleResult(rule, Outcome.PASS if met else Outcome.FAIL, shown, Decimal(threshold))
