"""Events of invoices, each used no further than its total."""

from __future__ import annotations

from dataclasses import dataclass

from chain.events.base import Event


@dataclass(frozen=True, slots=True)
class InvoiceRegistered(Event):
    """A tax attester stated what an invoice may back."""

    nullifier: bytes
    attester: int
    creditor: int
    currency: int
    total: int
    actor: str


@dataclass(frozen=True, slots=True)
class InvoiceCredited(Event):
    """A red-letter note (红字发票) came; `credited` is the sum of all so far."""

    nullifier: bytes
    attester: int
    credited: int
    document: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class InvoiceCorrected(Event):
    """The attester corrected the total of an invoice that backed nothing."""

    nullifier: bytes
    attester: int
    total: int
    document: bytes
    actor: str
