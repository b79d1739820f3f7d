"""Refusals about what a debtor may owe, and about stops of its issues."""

from __future__ import annotations

from chain.errors.base import LedgerRefusal, Timestamp


class CurrencyEmpty(LedgerRefusal):
    """A limit is in a currency (ISO 4217 numeric code)."""


class LimitMissing(LedgerRefusal):
    """Debtor {debtor} has no limit in currency {currency}; policy {policy} asks for one."""

    debtor: int
    currency: int
    policy: bytes


class LimitExceeded(LedgerRefusal):
    """Debtor {debtor} may owe {available} more, not {requested}."""

    debtor: int
    requested: int
    available: int


class GroupLimitExceeded(LedgerRefusal):
    """The debtors of group {group} may owe {available} more together, not {requested}."""

    group: int
    requested: int
    available: int


class DebtorStopped(LedgerRefusal):
    """Debtor {debtor} may issue nothing: stopped for cause {cause}, {overdue} receivables overdue."""

    debtor: int
    cause: bytes
    overdue: int


class DebtorUnknown(LedgerRefusal):
    """Participant {number} is no debtor."""

    number: int


class CauseEmpty(LedgerRefusal):
    """A stop needs its cause."""


class AlreadyStopped(LedgerRefusal):
    """Debtor {debtor} is stopped already, for cause {cause}."""

    debtor: int
    cause: bytes


class NotStopped(LedgerRefusal):
    """Debtor {debtor} is not stopped for any cause."""

    debtor: int


class NotOverdue(LedgerRefusal):
    """Receivable {receivable} is paid, or counts as overdue only after {overdue_from} (policy {policy})."""

    receivable: int
    overdue_from: Timestamp
    policy: bytes


class AlreadyCounted(LedgerRefusal):
    """Receivable {receivable} is counted as overdue already."""

    receivable: int


class NotCounted(LedgerRefusal):
    """Receivable {receivable} is not counted as overdue."""

    receivable: int


class StillOwed(LedgerRefusal):
    """Receivable {receivable} is still owed."""

    receivable: int
