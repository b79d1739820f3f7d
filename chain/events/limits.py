"""Events of debtors' limits, their groups, and what stops a debtor's issues."""

from __future__ import annotations

from dataclasses import dataclass

from chain.events.base import Event


@dataclass(frozen=True, slots=True)
class LimitSet(Event):
    """Governors set what a debtor may owe in a currency."""

    debtor: int
    currency: int
    amount: int


@dataclass(frozen=True, slots=True)
class GroupLimitSet(Event):
    """Governors set what the debtors of a group may owe together."""

    group: int
    currency: int
    amount: int


@dataclass(frozen=True, slots=True)
class GroupSet(Event):
    """Governors put a debtor into a group, or with `group` 0 into none."""

    debtor: int
    group: int


@dataclass(frozen=True, slots=True)
class IssueStopped(Event):
    """A debtor issues nothing until the stop is lifted."""

    debtor: int
    by: int
    cause: bytes
    document: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class StopLifted(Event):
    """Governors lifted the stop of a debtor."""

    debtor: int
    document: bytes


@dataclass(frozen=True, slots=True)
class OverdueStopped(Event):
    """An overdue receivable counts against its debtor, which issues nothing."""

    debtor: int
    receivable: int
    actor: str


@dataclass(frozen=True, slots=True)
class OverdueLifted(Event):
    """A receivable that was overdue is paid and counts no more."""

    debtor: int
    receivable: int
    actor: str
