"""Which payment and which credit note is for which invoice: it must quote it."""

from __future__ import annotations

import re
from typing import Final

from flows.documents import Documents
from flows.records import CashEntry, CreditNote, Invoice

_WORD: Final = re.compile(r"[\w./-]+")


def quoted(documents: Documents) -> tuple[tuple[CashEntry, Invoice], ...]:
    """The credits that quote an invoice, each with the invoice.

    Reversals and entries not yet booked are left out. With a single invoice, a payment may also quote one of
    the trade's further references (a voucher's number).
    """
    return tuple(
        (payment, invoice)
        for payment in documents.payments
        if payment.credit and not payment.reversal and payment.status in ("", "BOOK")
        for invoice in documents.invoices
        if quotes(payment, _references(documents, invoice))
    )


def related_credit_notes(documents: Documents) -> tuple[CreditNote, ...]:
    """The credit notes that name one of the invoices, or name none at all."""
    ids = {invoice.id for invoice in documents.invoices}
    return tuple(note for note in documents.credit_notes if not note.invoices or set(note.invoices) & ids)


def quotes(payment: CashEntry, references: tuple[str, ...]) -> bool:
    """Whether a payment's end-to-end id, instruction id or remittance has a reference as a whole word."""
    texts = (payment.end_to_end_id, payment.instruction_id, *payment.remittance)
    words = {word.strip("./-").casefold() for text in texts for word in _WORD.findall(text)}
    wholes = {text.casefold() for text in texts}
    return any(one and (one.casefold() in words or one.casefold() in wholes) for one in references)


def _references(documents: Documents, invoice: Invoice) -> tuple[str, ...]:
    further = documents.references if len(documents.invoices) == 1 else ()
    return (invoice.id, invoice.payment_id, *further)
