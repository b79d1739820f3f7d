"""Invoices: what each may back, and what it backs already, whoever issues.

A tax attester states once, under a nullifier that hides the invoice and is the same whoever asks, whose it is
and what it comes to. What receivables take of it never exceeds the total less its red-letter notes (红字发票)
at that moment (I-14), so that no invoice is financed twice on this ledger.
"""

from __future__ import annotations

from dataclasses import replace

from chain import errors, events
from chain.rules.participants import actor_of, require_active
from chain.rules.state import Invoice, Ledger, Moment, Role


def register_invoice(
    ledger: Ledger, at: Moment, nullifier: bytes, creditor: int, currency: int, total: int
) -> tuple[events.Event, ...]:
    """A tax attester states the total, with tax, of an invoice that a supplier issued."""
    actor = actor_of(ledger, at, Role.ATTESTER)
    require_active(ledger, at, creditor, Role.SUPPLIER)
    if not any(nullifier):
        raise errors.NullifierEmpty()
    if total == 0:
        raise errors.AmountZero()
    if nullifier in ledger.invoice:
        raise errors.InvoiceExists(nullifier)
    ledger.invoice[nullifier] = Invoice(actor, creditor, currency, total, 0, 0, 0)
    return (events.InvoiceRegistered(nullifier, actor, creditor, currency, total, at.sender),)


def correct_invoice(
    ledger: Ledger, at: Moment, nullifier: bytes, total: int, document: bytes
) -> tuple[events.Event, ...]:
    """The attester corrects what it registered by mistake, while nothing rests on it."""
    actor, invoice = own_invoice(ledger, at, nullifier, document)
    if total == 0:
        raise errors.AmountZero()
    if invoice.used:
        raise errors.InvoiceInUse(nullifier, invoice.used)
    if invoice.credited > total:
        raise errors.CreditExceedsInvoice(nullifier, invoice.credited, total)
    ledger.invoice[nullifier] = replace(invoice, total=total)
    return (events.InvoiceCorrected(nullifier, actor, total, document, at.sender),)


def own_invoice(ledger: Ledger, at: Moment, nullifier: bytes, document: bytes) -> tuple[int, Invoice]:
    """The attester that acts, and the invoice that it has registered itself and says something new of."""
    actor = actor_of(ledger, at, Role.ATTESTER)
    invoice = ledger.invoice.get(nullifier)
    if invoice is None:
        raise errors.InvoiceUnknown(nullifier)
    if invoice.attester != actor:
        raise errors.NotInvoiceAttester(nullifier, actor, invoice.attester)
    if not any(document):
        raise errors.DocumentEmpty()
    return actor, invoice


def check_usable(ledger: Ledger, nullifier: bytes, creditor: int, currency: int, amount: int) -> None:
    """Refuses unless the invoice is this creditor's, in this currency, and still backs the amount."""
    invoice = ledger.invoice.get(nullifier)
    if invoice is None:
        raise errors.InvoiceUnknown(nullifier)
    if (invoice.creditor, invoice.currency) != (creditor, currency):
        raise errors.InvoiceOfAnother(nullifier, invoice.creditor, invoice.currency)
    # Notes may have left less than is used already.
    available = max(invoice.total - invoice.credited - invoice.used, 0)
    if amount > available:
        raise errors.InvoiceUsedUp(nullifier, amount, available)


def check_covered(ledger: Ledger, nullifier: bytes) -> int:
    """Refuses if red-letter notes have left less than is used; returns how many notes there are."""
    invoice = ledger.invoice[nullifier]
    left = invoice.total - invoice.credited
    if invoice.used > left:
        raise errors.InvoiceUsedUp(nullifier, invoice.used, left)
    return invoice.notes


def use_invoice(ledger: Ledger, nullifier: bytes, amount: int) -> None:
    """Takes an amount of an invoice for a receivable; a negative one gives back."""
    invoice = ledger.invoice[nullifier]
    ledger.invoice[nullifier] = replace(invoice, used=invoice.used + amount)
