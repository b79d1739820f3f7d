"""The feature vector of one firm: integers with a stated meaning, scale and bound.

A feature is defined once, here, and the definition has a name on the ledger: `FEATURE_SCHEMA` is the
canonical text of all definitions and `FEATURE_SCHEMA_ID` its hash, which an attestation carries beside the
commitments to the values. Whoever recomputes the vector from the same ledger gets the same integers:
everything up to the final rounding is integer arithmetic, and the one logarithm is correctly rounded decimal
arithmetic.

All features are clipped to [0, 10000] by definition. One common range keeps the products weight x feature
balanced, so that 16-bit integer weights lose as little as possible (see `credit.scorecard`), and is far below
the 2^40 that the scoring protocol accepts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Context, Decimal
from math import isqrt

from credit.figures import WINDOW_MONTHS, LedgerFigures, summarise_ledger
from flows.ledger import LedgerInvoice

FEATURE_MAXIMUM = 10_000
"""Largest value of every feature."""

FEATURE_BITS = 14
"""Every feature lies in [0, 2^14)."""

_LOGARITHM = Context(prec=28)


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """The definition of one feature.

    Attributes:
        name: Identifier used in code, JSON and schema.
        chinese: The field's Chinese term.
        unit: What one whole unit of the real quantity is.
        scale: Integer steps to one unit.
        offset: Real quantity, in units, that is encoded as 0.
        maximum: Values above are clipped to this; below 0 to 0.
        bits: The encoded value lies in [0, 2^bits).
        formula: How it is computed, over the trailing twelve months unless it says otherwise.
        undefined: Encoded value when the formula has no denominator, and when that is.
    """

    name: str
    chinese: str
    unit: str
    scale: int
    offset: int
    maximum: int
    bits: int
    formula: str
    undefined: str


def _define(
    name: str, chinese: str, unit: str, scale: int, formula: str, undefined: str, offset: int = 0
) -> FeatureSpec:
    return FeatureSpec(name, chinese, unit, scale, offset, FEATURE_MAXIMUM, FEATURE_BITS, formula, undefined)


FEATURES: tuple[FeatureSpec, ...] = (
    _define(
        "sales",
        "近12个月销售额（对数）",
        "factor of ten in yuan",
        1_000,
        "log10(1 + S12), S12 = valid sales net of red, excluding VAT, in yuan",
        "0 when S12 <= 0",
    ),
    _define(
        "sales_growth",
        "销售增长率",
        "year-on-year rate",
        5_000,
        "S12 / sales of the twelve months before - 1, encoded from -100 % to +100 %",
        "5000 when neither year has sales; 10000 when only the later one has",
        offset=-1,
    ),
    _define(
        "sales_volatility",
        "月销售额变异系数",
        "coefficient of variation",
        2_500,
        "population standard deviation / mean of the 12 monthly net sales",
        "10000 when S12 <= 0",
    ),
    _define(
        "active_months",
        "开票月份占比",
        "share",
        10_000,
        "months with a valid blue sales invoice / 12",
        "never",
    ),
    _define(
        "longest_gap",
        "最长断票期占比",
        "share",
        10_000,
        "longest run of months without a valid blue sales invoice / 12",
        "never",
    ),
    _define(
        "top_buyer_share",
        "第一大客户占比",
        "share",
        10_000,
        "largest net sales to one buyer / sum over buyers with positive net sales",
        "10000 when no buyer has positive net sales",
    ),
    _define(
        "buyer_hhi",
        "客户集中度HHI",
        "index",
        10_000,
        "sum of squared shares over buyers with positive net sales",
        "10000 when no buyer has positive net sales",
    ),
    _define(
        "red_ratio",
        "红冲率",
        "share",
        10_000,
        "amount of valid red-letter sales / amount of valid blue sales",
        "10000 when there is red and no blue; 0 when there is neither",
    ),
    _define(
        "void_ratio",
        "作废率",
        "share",
        10_000,
        "voided sales rows / all sales rows",
        "0 when there are no sales rows",
    ),
    _define(
        "buyer_stability",
        "客户稳定性",
        "Jaccard index",
        10_000,
        "buyers with a valid blue invoice in both half-years / in either half-year",
        "0 when there are no buyers",
    ),
    _define(
        "purchases_to_sales",
        "进销比",
        "ratio",
        5_000,
        "valid purchases net of red / S12",
        "10000 when S12 <= 0 and purchases > 0; 0 when neither is positive",
    ),
)
"""The features, in the order of the vector. Formulas: the platform's metric definitions (continuity, red and
void ratio, concentration, counterpart stability), sums and ratios of sums throughout."""

FEATURE_SCHEMA: str = json.dumps(
    {
        "schema": "counterfoil/credit/features/1",
        "window": f"{WINDOW_MONTHS} calendar months ending with the month of the as-of date",
        "rows": "equal side, number, day, counterpart and net amount are one invoice, voided when one row is",
        "rounding": "down",
        "features": [asdict(spec) for spec in FEATURES],
    },
    ensure_ascii=False,
    sort_keys=True,
    separators=(",", ":"),
)
"""Canonical text of the definitions: JSON with sorted keys and no spaces, UTF-8 when hashed."""

FEATURE_SCHEMA_ID: bytes = hashlib.sha256(FEATURE_SCHEMA.encode()).digest()
"""SHA-256 of `FEATURE_SCHEMA`, 32 bytes."""


@dataclass(frozen=True, slots=True)
class FeatureVector:
    """The features of one firm as of a date.

    Attributes:
        firm: Whose features they are.
        as_of: Last day of the ledger that counted.
        values: One integer in [0, 10000] for each of `FEATURES`, in that order.
        schema_id: Hash of the definitions they follow.
    """

    firm: str
    as_of: date
    values: tuple[int, ...]
    schema_id: bytes = FEATURE_SCHEMA_ID

    def named(self) -> dict[str, int]:
        """The values by feature name."""
        return {spec.name: value for spec, value in zip(FEATURES, self.values, strict=True)}


def extract_features(invoices: Sequence[LedgerInvoice], as_of: date | None = None) -> FeatureVector:
    """The feature vector of one firm from its ledger.

    Args:
        invoices: All rows of one firm, sales and purchases, in any order; exact duplicates count once.
        as_of: Last day that counts; the last issue date in the ledger when absent.

    Raises:
        EmptyLedger, MixedLedger, NotWholeFen: See `credit.figures.summarise_ledger`.
    """
    return encode_features(summarise_ledger(invoices, as_of))


def encode_features(figures: LedgerFigures) -> FeatureVector:
    """The feature vector of figures already added up. Ratios are rounded down."""
    values = tuple(min(max(_ENCODERS[spec.name](figures), 0), spec.maximum) for spec in FEATURES)
    return FeatureVector(figures.firm, figures.as_of, values)


def _sales(figures: LedgerFigures) -> int:
    if figures.sales <= 0:
        return 0
    # log10 of Decimal is correctly rounded by the General Decimal Arithmetic specification: the same on every
    # machine, whatever decimal context the caller has set. log10(1 + yuan) = log10(100 + fen) - 2.
    return int(_LOGARITHM.multiply(_LOGARITHM.log10(Decimal(100 + figures.sales)), Decimal(1_000))) - 2_000


def _sales_growth(figures: LedgerFigures) -> int:
    sales, prior = max(figures.sales, 0), max(figures.prior_sales, 0)
    if prior == 0:
        return FEATURE_MAXIMUM if sales else FEATURE_MAXIMUM // 2
    return 5_000 * sales // prior


def _sales_volatility(figures: LedgerFigures) -> int:
    total = figures.sales
    if total <= 0:
        return FEATURE_MAXIMUM
    # (standard deviation / mean)^2 = 12 * sum(x^2) / sum(x)^2 - 1, so the root of an integer suffices.
    squares = sum(month * month for month in figures.monthly_sales)
    return isqrt(2_500**2 * (WINDOW_MONTHS * squares - total * total) // (total * total))


def _active_months(figures: LedgerFigures) -> int:
    return FEATURE_MAXIMUM * sum(figures.months_active) // WINDOW_MONTHS


def _longest_gap(figures: LedgerFigures) -> int:
    return FEATURE_MAXIMUM * figures.longest_gap // WINDOW_MONTHS


def _top_buyer_share(figures: LedgerFigures) -> int:
    positive = [net for net in figures.sales_by_buyer.values() if net > 0]
    return FEATURE_MAXIMUM * max(positive) // sum(positive) if positive else FEATURE_MAXIMUM


def _buyer_hhi(figures: LedgerFigures) -> int:
    positive = [net for net in figures.sales_by_buyer.values() if net > 0]
    if not positive:
        return FEATURE_MAXIMUM
    return int(FEATURE_MAXIMUM * sum(net * net for net in positive) // sum(positive) ** 2)


def _red_ratio(figures: LedgerFigures) -> int:
    if figures.blue_sales == 0:
        return FEATURE_MAXIMUM if figures.red_sales else 0
    return FEATURE_MAXIMUM * figures.red_sales // figures.blue_sales


def _void_ratio(figures: LedgerFigures) -> int:
    return FEATURE_MAXIMUM * figures.voided_sale_rows // figures.sale_rows if figures.sale_rows else 0


def _buyer_stability(figures: LedgerFigures) -> int:
    either = figures.earlier_buyers | figures.later_buyers
    both = figures.earlier_buyers & figures.later_buyers
    return FEATURE_MAXIMUM * len(both) // len(either) if either else 0


def _purchases_to_sales(figures: LedgerFigures) -> int:
    if figures.sales <= 0:
        return FEATURE_MAXIMUM if figures.purchases > 0 else 0
    return 5_000 * figures.purchases // figures.sales


_ENCODERS: dict[str, Callable[[LedgerFigures], int]] = {
    "sales": _sales,
    "sales_growth": _sales_growth,
    "sales_volatility": _sales_volatility,
    "active_months": _active_months,
    "longest_gap": _longest_gap,
    "top_buyer_share": _top_buyer_share,
    "buyer_hhi": _buyer_hhi,
    "red_ratio": _red_ratio,
    "void_ratio": _void_ratio,
    "buyer_stability": _buyer_stability,
    "purchases_to_sales": _purchases_to_sales,
}
