"""The bank's parameters for limit and price. Defaults are practice values, not regulation."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


class BadPolicy(ValueError):
    """A policy whose parameters contradict each other; the message says how."""


@dataclass(frozen=True, slots=True)
class Grade:
    """A rating grade.

    Attributes:
        name: What the bank calls it.
        maximum_pd: Largest probability of default in the grade.
        limit_factor: f(score): share of the limit base that is lent, 0 to 1; 0 declines.
    """

    name: str
    maximum_pd: Decimal
    limit_factor: Decimal


PRACTICE_GRADES = (
    Grade("1", Decimal("0.010"), Decimal("1.0")),
    Grade("2", Decimal("0.025"), Decimal("0.8")),
    Grade("3", Decimal("0.050"), Decimal("0.6")),
    Grade("4", Decimal("0.100"), Decimal("0.4")),
    Grade("5", Decimal("0.200"), Decimal("0.2")),
    Grade("6", Decimal("1.000"), Decimal("0")),
)
"""Master scale in doubling steps of PD; numbered, so that no grade is taken for a public rating."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Parameters of the decision; rates are yearly fractions, 0.0385 is 3.85 %.

    Attributes:
        version: Name of this set of parameters.
        grades: From best to worst; the last reaches PD 1.
        sales_share: alpha: share of twelve-month net sales that may be lent, practice 0.05 to 0.30.
        receipts_share: beta: share of average monthly bank receipts.
        receipts_months: n: months of receipts.
        receivable_share: gamma: share of the average receivable from the core enterprise.
        funds_transfer_rate: FTP, what the bank's treasury charges.
        loss_given_default: LGD, 0 to 1; 0.45 is the foundation-IRB value for senior unsecured claims.
        operating_rate: Operating cost.
        capital_ratio: Capital held per unit lent.
        capital_return: Return asked on that capital above FTP.
        margin: Profit margin.
        maximum_rate: Highest rate the bank quotes; a price above declines.
        year_days: Day-count basis, 360 for CNY loans (some factoring contracts: 365).
    """

    version: str = "practice-1"
    grades: tuple[Grade, ...] = PRACTICE_GRADES
    sales_share: Decimal = Decimal("0.10")
    receipts_share: Decimal = Decimal("0.50")
    receipts_months: int = 3
    receivable_share: Decimal = Decimal("0.80")
    funds_transfer_rate: Decimal = Decimal("0.0200")
    loss_given_default: Decimal = Decimal("0.45")
    operating_rate: Decimal = Decimal("0.0080")
    capital_ratio: Decimal = Decimal("0.08")
    capital_return: Decimal = Decimal("0.10")
    margin: Decimal = Decimal("0.0050")
    maximum_rate: Decimal = Decimal("0.1500")
    year_days: int = 360

    def __post_init__(self) -> None:
        bounds = [grade.maximum_pd for grade in self.grades]
        if not bounds or bounds != sorted(set(bounds)) or bounds[-1] < 1:
            raise BadPolicy("grades must rise in maximum PD and reach 1")
        if any(not 0 <= grade.limit_factor <= 1 for grade in self.grades):
            raise BadPolicy("limit factors must lie between 0 and 1")
        shares = (self.sales_share, self.receipts_share, self.receivable_share, self.loss_given_default)
        if any(not 0 <= share <= 1 for share in shares):
            raise BadPolicy("shares and loss given default must lie between 0 and 1")
        costs = (
            self.funds_transfer_rate,
            self.operating_rate,
            self.capital_ratio,
            self.capital_return,
            self.margin,
        )
        if any(rate < 0 for rate in costs) or self.receipts_months < 1 or self.year_days not in (360, 365):
            raise BadPolicy("rates must not be negative, months at least 1, year 360 or 365 days")

    def grade_of(self, pd: Decimal) -> Grade:
        """The best grade whose maximum PD is not below `pd`."""
        return next(grade for grade in self.grades if pd <= grade.maximum_pd)


PRACTICE_POLICY = Policy()
