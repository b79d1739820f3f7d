"""How results name documents, and how plain numbers are written in their sentences."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from flows.records import CashEntry, CreditNote, DespatchAdvice, Document, Invoice, Order, ReceiptAdvice

_KIND: Final[dict[type[object], str]] = {
    Order: "order",
    DespatchAdvice: "despatch advice",
    ReceiptAdvice: "receipt advice",
    Invoice: "invoice",
    CreditNote: "credit note",
    CashEntry: "payment",
}


def name(document: Document | CashEntry) -> str:
    """A document as results name it: "invoice A00095678"."""
    return f"{_KIND[type(document)]} {document.id}"


def names(*groups: Iterable[Document | CashEntry]) -> tuple[str, ...]:
    """The names of several groups of documents, each once."""
    return tuple(dict.fromkeys(name(document) for group in groups for document in group))


def plain(number: Decimal) -> str:
    """A number without an exponent and without idle zeros: 100, 17.5."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
