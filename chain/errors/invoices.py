"""Refusals about invoices and what they back."""

from __future__ import annotations

from chain.errors.base import LedgerRefusal


class NullifierEmpty(LedgerRefusal):
    """An invoice is known by its nullifier, which cannot be zero."""


class InvoiceExists(LedgerRefusal):
    """Invoice {nullifier} is registered already."""

    nullifier: bytes


class InvoiceUnknown(LedgerRefusal):
    """No tax attester has registered invoice {nullifier}."""

    nullifier: bytes


class NotInvoiceAttester(LedgerRefusal):
    """Invoice {nullifier} was registered by participant {attester}, not by {actor}."""

    nullifier: bytes
    actor: int
    attester: int


class InvoiceOfAnother(LedgerRefusal):
    """Invoice {nullifier} is of participant {creditor}, in currency {currency}: it backs nothing else."""

    nullifier: bytes
    creditor: int
    currency: int


class InvoiceUsedUp(LedgerRefusal):
    """Invoice {nullifier} can back {available}, not {requested}: the rest is used, or credited by notes."""

    nullifier: bytes
    requested: int
    available: int


class CreditExceedsInvoice(LedgerRefusal):
    """Red-letter notes of {credited} exceed the total of invoice {nullifier}, {total}."""

    nullifier: bytes
    credited: int
    total: int


class InvoiceInUse(LedgerRefusal):
    """{used} of invoice {nullifier} back receivables: its total stays."""

    nullifier: bytes
    used: int
