"""Events of how a receivable comes to be, or does not."""

from __future__ import annotations

from dataclasses import dataclass

from chain.events.base import Event


@dataclass(frozen=True, slots=True)
class Proposed(Event):
    """A receivable was proposed: its invoice's amount is taken and its debtor's limit reserved."""

    receivable: int
    debtor: int
    creditor: int
    face: int
    currency: int
    delivered_at: int
    due_at: int
    interest_share: int
    flags: int
    evidence: bytes
    invoice: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Confirmed(Event):
    """The other party confirmed a receivable (确权); its first voucher exists."""

    receivable: int
    voucher: int
    holder: int
    actor: str


@dataclass(frozen=True, slots=True)
class Rejected(Event):
    """The other party rejected a receivable; its invoice's amount is free."""

    receivable: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Cancelled(Event):
    """The proposer took back a receivable that was not confirmed."""

    receivable: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class VoidAsked(Event):
    """Debtor or creditor asked for a receivable to be void (作废); the other has not."""

    receivable: int
    by: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Voided(Event):
    """Debtor and creditor together made a receivable void, with its only voucher."""

    receivable: int
    voucher: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class RedLettered(Event):
    """A red-letter note came after confirmation: vouchers of the receivable do not move."""

    receivable: int
    invoice: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Reaffirmed(Event):
    """The debtor owes the whole face despite the red-letter note."""

    receivable: int
    document: bytes
    actor: str
