"""The documents of one trade, collected from a folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from xml.etree.ElementTree import Element

from flows.camt import camt_entries, is_camt
from flows.errors import BadDocument, UnsupportedDocument
from flows.ledger import LedgerInvoice
from flows.records import CashEntry, CreditNote, DespatchAdvice, Document, Flow, Invoice, Order, ReceiptAdvice
from flows.ubl import is_supported, ubl_kind, ubl_record
from flows.xml import parse_file, split_tag

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class PastPayment:
    """An earlier invoice between the same two parties, and the day it was paid (None: still open)."""

    invoice: str
    issued: date
    due: date
    paid: date | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Unread:
    """A file of a folder that no record stands for: an XML document of a kind the checks do not use."""

    file: str
    kind: str


@dataclass(frozen=True, slots=True)
class Documents:
    """Everything known about one trade. Rules find what they compare here, and say so when it is absent.

    `seller_ledger` and `buyer_ledger` are the two parties' VAT ledgers, None when not given: an empty ledger
    says that an invoice is absent, no ledger says nothing. `history` are earlier payments of the same pair.
    `face` is the amount of the receivable the invoices are to back, `references` are ids a payment may quote
    in place of an invoice's, such as a voucher's number.
    """

    orders: tuple[Order, ...] = ()
    despatches: tuple[DespatchAdvice, ...] = ()
    receipts: tuple[ReceiptAdvice, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    credit_notes: tuple[CreditNote, ...] = ()
    payments: tuple[CashEntry, ...] = ()
    seller_ledger: tuple[LedgerInvoice, ...] | None = None
    buyer_ledger: tuple[LedgerInvoice, ...] | None = None
    history: tuple[PastPayment, ...] = ()
    unread: tuple[Unread, ...] = ()
    face: Decimal | None = None
    references: tuple[str, ...] = ()

    @property
    def with_parties(self) -> tuple[Document, ...]:
        """The documents that name a buyer and a seller, in the order of a trade."""
        return (*self.orders, *self.despatches, *self.receipts, *self.invoices, *self.credit_notes)

    @property
    def flows(self) -> frozenset[Flow]:
        """The flows that have a document."""
        present = {
            Flow.TRADE: self.orders,
            Flow.LOGISTICS: self.despatches or self.receipts,
            Flow.INVOICE: self.invoices,
            Flow.FUNDS: self.payments,
        }
        return frozenset(flow for flow, documents in present.items() if documents)


def collect(*records: Document | CashEntry) -> Documents:
    """Sort records into `Documents`, each kind in the order given."""
    return Documents(
        orders=_of(Order, records),
        despatches=_of(DespatchAdvice, records),
        receipts=_of(ReceiptAdvice, records),
        invoices=_of(Invoice, records),
        credit_notes=_of(CreditNote, records),
        payments=_of(CashEntry, records),
    )


def _of(kind: type[_T], records: tuple[Document | CashEntry, ...]) -> tuple[_T, ...]:
    return tuple(record for record in records if isinstance(record, kind))


def read_folder(folder: Path) -> Documents:
    """Read every XML file of a folder, in the order of names: UBL documents and camt messages of one trade.

    UBL documents of kinds without a record (an order response, a remittance advice, a statement) are listed
    as `unread`, not refused: they are part of many chains and no rule compares them.

    Raises:
        BadDocument: the folder has no XML file, or a file cannot be read as one of the four flows.
    """
    records: list[Document | CashEntry] = []
    unread: list[Unread] = []
    paths = sorted(folder.glob("*.xml"))
    if not paths:
        raise BadDocument(str(folder), "document", "folder has no .xml file")
    for path in paths:
        found = _records(parse_file(path), path.name)
        if isinstance(found, Unread):
            unread.append(found)
        else:
            records.extend(found)
    return replace(collect(*records), unread=tuple(unread))


def _records(root: Element, file: str) -> tuple[Document | CashEntry, ...] | Unread:
    if is_camt(root):
        return camt_entries(root, file)
    kind = ubl_kind(root)
    if not kind:
        namespace, name = split_tag(root)
        raise UnsupportedDocument(
            file,
            "document",
            f"must be a UBL 2 or camt document (got {name} of {namespace or 'no namespace'})",
        )
    return (ubl_record(root, file),) if is_supported(kind) else Unread(file, kind)
