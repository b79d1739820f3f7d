"""Firms that appear twice under two codes, found by what their ledgers hold.

Two codes are twins when at least half of the rows of the smaller ledger stand, on the same side and with the
same number, day and net amount, in the other. Counterpart codes are left out of the comparison because each
export numbers counterparts afresh; sides are kept apart because a seller's sale is its buyer's purchase.

Twins are evidence of duplicate financing to a bank, and a leak between training and test to a model.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from flows.ledger import LedgerInvoice, Side

TWIN_OVERLAP = Fraction(1, 2)
"""Share of the smaller ledger that has to recur. Chosen between what we saw: 0.74 to 1 for twins, 0 else."""

TWIN_ROWS = 20
"""Fewest rows that have to recur: invoice numbers are short, and a few may coincide."""

_RowKey = tuple[Side, str, date, Decimal]


def find_twins(
    ledgers: Mapping[str, Iterable[LedgerInvoice]],
    overlap: Fraction = TWIN_OVERLAP,
    minimum_rows: int = TWIN_ROWS,
) -> tuple[frozenset[str], ...]:
    """Sets of firm codes that share a ledger, each of two or more codes, sorted by their first code.

    The relation is closed: when A matches B and B matches C, all three are one set.

    Args:
        ledgers: Firm code to its rows.
        overlap: Least share of the smaller ledger's distinct rows found in the other.
        minimum_rows: Least number of distinct shared rows.
    """
    sizes: dict[str, int] = {}
    holder: dict[_RowKey, str] = {}
    others: defaultdict[_RowKey, list[str]] = defaultdict(list)  # most rows have one holder: keep those small
    for firm, invoices in ledgers.items():
        keys = {(row.side, row.number, row.issued, row.net) for row in invoices}
        sizes[firm] = len(keys)
        for key in keys:
            if holder.setdefault(key, firm) != firm:
                others[key].append(firm)

    shared: Counter[tuple[str, str]] = Counter()
    for key, firms in others.items():
        shared.update(combinations(sorted((holder[key], *firms)), 2))

    leader = {firm: firm for firm in ledgers}

    def find(firm: str) -> str:
        while leader[firm] != firm:
            firm = leader[firm]
        return firm

    for (one, two), rows in shared.items():
        if rows >= minimum_rows and rows >= overlap * min(sizes[one], sizes[two]):
            leader[find(two)] = find(one)

    sets: defaultdict[str, set[str]] = defaultdict(set)
    for firm in ledgers:
        sets[find(firm)].add(firm)
    return tuple(sorted((frozenset(group) for group in sets.values() if len(group) > 1), key=min))


def group_of(firm: str, twins: Sequence[frozenset[str]]) -> frozenset[str]:
    """The firm and its twins; the firm alone when it has none."""
    return next((group for group in twins if firm in group), frozenset({firm}))
