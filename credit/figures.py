"""What one firm's invoice ledger adds up to: exact sums over the twelve months up to a date.

Every sum is an integer number of fen (分) or of rows, so that a feature made from it can be computed again to
the last digit by an attester, and each is a numerator or denominator that can be added under encryption.

The window is twelve calendar months that end with the month of the as-of date; that month counts in full, and
rows issued after the as-of date do not exist for it. The as-of date is the last issue date in the ledger
(either side, voided rows included) unless the caller names one: ledgers are drawn on different days, and a
common date would read the day of the draw as silence of the firm.

Rows equal in side, number, day, counterpart and net amount are one invoice and count once; it is voided when
one of them is. In the ledgers we measured, duplicates come as blocks of pairs in 5 of 384 firms, and no
invoice has two rows otherwise: the mark of a ledger exported twice, and counting both would double a firm's
sales (docs/decisions/0030).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flows.ledger import LedgerInvoice, Side

WINDOW_MONTHS = 12
"""Length of the trailing window: dilution, concentration and continuity are defined on 12 months."""


class EmptyLedger(ValueError):
    """A ledger without a single row says nothing about anybody."""

    def __init__(self) -> None:
        super().__init__("the ledger has no rows")


class MixedLedger(ValueError):
    """Rows of more than one firm were passed as one ledger."""

    def __init__(self, firms: Iterable[str]) -> None:
        self.firms = tuple(sorted(firms))
        super().__init__(f"one ledger belongs to one firm, found rows of {', '.join(self.firms)}")


class NotWholeFen(ValueError):
    """An amount that is not a finite, whole number of fen."""

    def __init__(self, number: str, amount: Decimal) -> None:
        self.number = number
        self.amount = amount
        super().__init__(f"invoice {number}: {amount} is not a whole number of fen")


@dataclass(frozen=True, slots=True)
class LedgerFigures:
    """Sums of one firm's ledger over the trailing window.

    Amounts are fen excluding VAT. Valid means not voided; blue is a positive and red a negative amount.

    Attributes:
        firm: Whose ledger it is.
        as_of: Last day that counts.
        history_months: Calendar months from the first row to the as-of month, both counted; 0 when no row
            is that early.
        monthly_sales: Valid sales net of red-letter invoices, oldest month first.
        months_active: For each month, whether a valid blue sales invoice was issued in it.
        prior_sales: Valid sales net of red over the twelve months before the window.
        blue_sales: Valid blue sales in the window.
        red_sales: Valid red-letter sales in the window, as a positive amount.
        sale_rows: Sales rows in the window, voided ones included.
        voided_sale_rows: Voided sales rows in the window.
        sales_by_buyer: Valid sales net of red in the window, by buyer; may be negative for a buyer.
        earlier_buyers: Buyers with a valid blue invoice in the first six months of the window.
        later_buyers: The same for the last six months.
        purchases: Valid purchases net of red in the window.
    """

    firm: str
    as_of: date
    history_months: int
    monthly_sales: tuple[int, ...]
    months_active: tuple[bool, ...]
    prior_sales: int
    blue_sales: int
    red_sales: int
    sale_rows: int
    voided_sale_rows: int
    sales_by_buyer: dict[str, int]
    earlier_buyers: frozenset[str]
    later_buyers: frozenset[str]
    purchases: int

    @property
    def sales(self) -> int:
        """S12: valid sales of the window net of red, fen; below zero when red exceeds blue."""
        return sum(self.monthly_sales)

    @property
    def longest_gap(self) -> int:
        """Longest run of months in the window without a valid blue sales invoice, 0 to 12."""
        longest = run = 0
        for active in self.months_active:
            run = 0 if active else run + 1
            longest = max(longest, run)
        return longest


def ledger_end(invoices: Iterable[LedgerInvoice]) -> date:
    """Last issue date in a ledger, the default as-of date.

    Raises:
        EmptyLedger: The ledger has no rows.
    """
    end = max((invoice.issued for invoice in invoices), default=None)
    if end is None:
        raise EmptyLedger
    return end


def summarise_ledger(invoices: Sequence[LedgerInvoice], as_of: date | None = None) -> LedgerFigures:
    """Add up one firm's ledger over the twelve months that end with the month of `as_of`.

    Args:
        invoices: All rows of one firm, sales and purchases, in any order.
        as_of: Last day that counts; the last issue date in the ledger when absent.

    Raises:
        EmptyLedger: There are no rows.
        MixedLedger: The rows belong to more than one firm.
        NotWholeFen: A net amount has more than two decimals or is not finite.
    """
    end = ledger_end(invoices) if as_of is None else as_of
    firms = {row.firm for row in invoices}
    if not firms:
        raise EmptyLedger
    if len(firms) > 1:
        raise MixedLedger(firms)

    monthly_sales = [0] * WINDOW_MONTHS
    months_active = [False] * WINDOW_MONTHS
    by_buyer: defaultdict[str, int] = defaultdict(int)
    halves: tuple[set[str], set[str]] = (set(), set())
    prior = blue = red = sale_rows = voided = purchases = history = 0
    last_month = _month_number(end)

    for row in _distinct(row for row in invoices if row.issued <= end):
        fen = _whole_fen(row)
        age = last_month - _month_number(row.issued)
        history = max(history, age + 1)
        if age >= 2 * WINDOW_MONTHS:
            continue
        if row.side is Side.PURCHASE:
            if age < WINDOW_MONTHS and not row.voided:
                purchases += fen
            continue
        if age >= WINDOW_MONTHS:
            prior += 0 if row.voided else fen
            continue
        sale_rows += 1
        if row.voided:
            voided += 1
            continue
        month = WINDOW_MONTHS - 1 - age
        monthly_sales[month] += fen
        by_buyer[row.counterpart] += fen
        if fen > 0:
            blue += fen
            months_active[month] = True
            halves[month * 2 // WINDOW_MONTHS].add(row.counterpart)
        else:
            red -= fen

    return LedgerFigures(
        firm=firms.pop(),
        as_of=end,
        history_months=history,
        monthly_sales=tuple(monthly_sales),
        months_active=tuple(months_active),
        prior_sales=prior,
        blue_sales=blue,
        red_sales=red,
        sale_rows=sale_rows,
        voided_sale_rows=voided,
        sales_by_buyer=dict(by_buyer),
        earlier_buyers=frozenset(halves[0]),
        later_buyers=frozenset(halves[1]),
        purchases=purchases,
    )


def _distinct(rows: Iterable[LedgerInvoice]) -> Iterable[LedgerInvoice]:
    found: dict[tuple[object, ...], LedgerInvoice] = {}
    for row in rows:
        key = (row.side, row.number, row.issued, row.counterpart, row.net)
        if row.voided or key not in found:
            found[key] = row
    return found.values()


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _whole_fen(row: LedgerInvoice) -> int:
    # Not net * 100: the ambient decimal context rounds products of more than 28 digits in silence.
    if not row.net.is_finite():
        raise NotWholeFen(row.number, row.net)
    numerator, denominator = row.net.as_integer_ratio()
    fen, rest = divmod(100 * numerator, denominator)
    if rest:
        raise NotWholeFen(row.number, row.net)
    return fen
