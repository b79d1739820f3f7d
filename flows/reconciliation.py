"""What was to be paid against what an account's statements say (对账): each line, each entry, exact sums.

A line is found by the EndToEndId that its payment carries (ISO 20022, PmtId/EndToEndId), and counted if
currency and direction are the line's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from flows.records import CashEntry

ZERO: Final = Decimal(0)


class Status(StrEnum):
    """What became of a line.

    Matched: paid exactly, in one payment or in several. Short: paid, and less. Over: paid more. Missing: not
    paid, or paid and returned. Duplicate: paid in full more than once.
    """

    MATCHED = "matched"
    SHORT = "short"
    OVER = "over"
    MISSING = "missing"
    DUPLICATE = "duplicate"


class Reason(StrEnum):
    """Why an entry was not counted for a line.

    Unknown: no line has its id, or it has none. Currency and direction: not those of the line that has
    its id. Pending: not booked yet, or only for information. Repeated: the same booking, reported before.
    """

    UNKNOWN = "unknown"
    CURRENCY = "currency"
    DIRECTION = "direction"
    PENDING = "pending"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Line:
    """A payment that is to be found: `id` is its EndToEndId, `amount` is positive, of `currency`."""

    id: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A line and what was found of it: `paid` is booked payments less what was returned of them.

    `entries` are the ids of the entries that were counted.
    """

    line: Line
    status: Status
    paid: Decimal
    entries: tuple[str, ...]

    @property
    def difference(self) -> Decimal:
        """Paid less what was to be paid: negative when short, zero when matched."""
        return self.paid - self.line.amount


@dataclass(frozen=True, slots=True)
class Leftover:
    """An entry that was not counted for any line."""

    entry: CashEntry
    reason: Reason


@dataclass(frozen=True, slots=True)
class Sums:
    """One currency's totals. `paid` is what was counted for lines, `leftover` what moved for no line.

    Both are signed as the lines are: a payment positive, a return negative. `paid + leftover` is the sum of
    the booked entries.
    """

    currency: str
    expected: Decimal
    paid: Decimal
    leftover: Decimal


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Every line's outcome in the order of the lines, every entry that was not counted, and sums."""

    outcomes: tuple[Outcome, ...]
    leftovers: tuple[Leftover, ...]
    sums: tuple[Sums, ...]

    @property
    def agrees(self) -> bool:
        """Whether each line was paid exactly, and nothing was booked for no line."""
        harmless = (Reason.PENDING, Reason.REPEATED)
        return all(one.status is Status.MATCHED for one in self.outcomes) and all(
            one.reason in harmless for one in self.leftovers
        )

    def count(self, status: Status) -> int:
        """How many lines have a status."""
        return sum(one.status is status for one in self.outcomes)


class LineTwice(ValueError):
    """Two lines have the same id: no entry could be told to be of one of them."""


def reconcile(lines: Sequence[Line], entries: Sequence[CashEntry], *, credit: bool) -> Reconciliation:
    """Find each line among the entries of an account.

    Args:
        lines: what was to be paid.
        entries: of camt.052, 053 and 054 messages on the account, in any order; what several messages report
            of one booking counts once.
        credit: whether the account receives the payments (CRDT) or makes them (DBIT).

    Raises:
        LineTwice: two lines have the same id.
        ValueError: a line's amount is not positive.
    """
    for line in lines:
        if line.amount <= 0:
            raise ValueError(f"amount of line {line.id!r} must be positive (got {line.amount})")
    known = {line.id: line for line in lines}
    if len(known) != len(lines):
        twice = Counter(line.id for line in lines).most_common(1)[0][0]
        raise LineTwice(f"line {twice!r} must be there once")
    found: dict[str, list[CashEntry]] = defaultdict(list)
    leftovers: list[Leftover] = []
    reported: dict[tuple[object, ...], str] = {}
    for entry in entries:
        reason = _reason(entry, known.get(entry.end_to_end_id), reported, credit)
        if reason is None:
            found[entry.end_to_end_id].append(entry)
        else:
            leftovers.append(Leftover(entry, reason))
    outcomes = tuple(_outcome(line, found[line.id]) for line in lines)
    return Reconciliation(outcomes, tuple(leftovers), _sums(outcomes, leftovers, credit))


def _reason(
    entry: CashEntry, line: Line | None, reported: dict[tuple[object, ...], str], credit: bool
) -> Reason | None:
    if entry.status != "BOOK":
        return Reason.PENDING
    if _is_repeated(entry, reported):
        return Reason.REPEATED
    if line is None:
        return Reason.UNKNOWN
    if entry.currency != line.currency:
        return Reason.CURRENCY
    # A return is booked the other way, and marked as one (RvslInd).
    if entry.credit != (credit != entry.reversal):
        return Reason.DIRECTION
    return None


def _is_repeated(entry: CashEntry, reported: dict[tuple[object, ...], str]) -> bool:
    """Whether another message has reported this booking: a notification first, a statement after it.

    The bank's own reference tells bookings apart. Where it gives none, each report is a booking of its own.
    """
    reference = entry.uetr or entry.servicer_reference
    if not reference:
        return False
    booking = (
        reference,
        entry.end_to_end_id,
        entry.amount,
        entry.currency,
        entry.credit,
        entry.reversal,
    )
    return reported.setdefault(booking, _message(entry)) != _message(entry)


def _message(entry: CashEntry) -> str:
    """The report that an entry stands in: its file, and the id of the statement within."""
    return f"{entry.file}/{entry.id.rsplit('/', 2)[0]}"


def _signed(entry: CashEntry) -> Decimal:
    return -entry.amount if entry.reversal else entry.amount


def _outcome(line: Line, entries: list[CashEntry]) -> Outcome:
    paid = sum((_signed(entry) for entry in entries), ZERO)
    return Outcome(line, _status(line, paid, entries), paid, tuple(entry.id for entry in entries))


def _status(line: Line, paid: Decimal, entries: list[CashEntry]) -> Status:
    if paid == line.amount:
        return Status.MATCHED
    if paid <= 0:
        return Status.MISSING
    if paid < line.amount:
        return Status.SHORT
    whole = sum(entry.amount == line.amount and not entry.reversal for entry in entries)
    return Status.DUPLICATE if whole > 1 and paid % line.amount == 0 else Status.OVER


def _sums(outcomes: Sequence[Outcome], leftovers: Sequence[Leftover], credit: bool) -> tuple[Sums, ...]:
    totals: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    for outcome in outcomes:
        own = totals[outcome.line.currency]
        own[0] += outcome.line.amount
        own[1] += outcome.paid
    for leftover in leftovers:
        entry = leftover.entry
        if leftover.reason not in (Reason.PENDING, Reason.REPEATED):
            totals[entry.currency][2] += entry.amount if entry.credit == credit else -entry.amount
    return tuple(Sums(currency, *totals[currency]) for currency in sorted(totals))
