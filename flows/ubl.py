"""OASIS UBL 2.x documents: Order, DespatchAdvice, ReceiptAdvice, Invoice, CreditNote (ISO/IEC 19845:2015).

UBL 2.0 to 2.4 share one namespace a document, so one reader serves them. A document must carry its id, its
day, both parties and its lines; amounts must be in the document's currency and no more precise than it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from flows.errors import BadDocument, UnsupportedDocument
from flows.money import minor_units
from flows.records import (
    CreditNote,
    DespatchAdvice,
    DespatchLine,
    Document,
    Invoice,
    Order,
    Party,
    ReceiptAdvice,
    ReceiptLine,
)
from flows.ubl_parts import (
    count,
    first_text,
    item,
    monetary_totals,
    optional_amount,
    party,
    priced_line,
    tax_totals,
    terms,
)
from flows.xml import Node, parse_file, split_tag

CAC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
DOCUMENT: Final = "urn:oasis:names:specification:ubl:schema:xsd:{}-2"
_PREFIXES: Final = {"cac": CAC, "cbc": CBC}


def ubl_kind(root: Element) -> str:
    """The kind of a UBL 2 document, such as "Invoice"; empty when the root is no UBL 2 document."""
    namespace, name = split_tag(root)
    return name if namespace == DOCUMENT.format(name) else ""


def is_supported(kind: str) -> bool:
    """Whether `read_ubl` makes a record of this kind of document."""
    return kind in _READERS


def read_ubl(path: Path) -> Document:
    """Read one UBL document.

    Raises:
        UnsupportedDocument: the root is no UBL 2 document, or one of a kind with no record here.
        UnsafeDocument: too large, or with a DTD or entities.
        BadDocument: not well-formed, an element missing, an identifier with a wrong check digit, an amount in
            another currency, more precise than its currency, or negative where none may be.
    """
    return ubl_record(parse_file(path), path.name)


def ubl_record(root: Element, file: str) -> Document:
    """The record of a parsed UBL document; see `read_ubl`."""
    kind = ubl_kind(root)
    if not kind:
        namespace, name = split_tag(root)
        raise UnsupportedDocument(
            file,
            "document",
            f"namespace of {name} must be {DOCUMENT.format(name)} (got {namespace or 'none'})",
        )
    if kind not in _READERS:
        raise UnsupportedDocument(file, "document", f"must be one of {', '.join(_READERS)} (got UBL {kind})")
    return _READERS[kind](Node(file, "", root, _PREFIXES))


def _order(node: Node) -> Order:
    currency = _currency(
        node,
        "cbc:DocumentCurrencyCode",
        "cac:AnticipatedMonetaryTotal/*[@currencyID]",
        "cac:OrderLine/cac:LineItem/*[@currencyID]",
        "cac:OrderLine/cac:LineItem/cac:Price/cbc:PriceAmount",
    )
    total = node.find("cac:AnticipatedMonetaryTotal")
    return Order(
        file=node.file,
        id=node.require_text("cbc:ID"),
        issued=node.require_date("cbc:IssueDate"),
        currency=currency,
        buyer=party(node.require("cac:BuyerCustomerParty/cac:Party")),
        seller=party(node.require("cac:SellerSupplierParty/cac:Party")),
        lines=tuple(
            priced_line(line.require("cac:LineItem"), "cbc:Quantity", currency)
            for line in _lines(node, "cac:OrderLine")
        ),
        totals=monetary_totals(total, currency) if total else None,
        tax=optional_amount(node, "cac:TaxTotal/cbc:TaxAmount", currency),
        terms=terms(node),
        contract=node.text("cac:Contract/cbc:ID"),
    )


def _despatch_advice(node: Node) -> DespatchAdvice:
    carrier = _first(
        node,
        "cac:Shipment/cac:Consignment/cac:CarrierParty",
        "cac:Shipment/cac:ShipmentStage/cac:CarrierParty",
        "cac:Shipment/cac:Delivery/cac:CarrierParty",
    )
    return DespatchAdvice(
        file=node.file,
        id=node.require_text("cbc:ID"),
        issued=node.require_date("cbc:IssueDate"),
        buyer=_logistics_party(node, "cac:BuyerCustomerParty", "cac:DeliveryCustomerParty"),
        seller=_logistics_party(node, "cac:SellerSupplierParty", "cac:DespatchSupplierParty"),
        lines=tuple(
            DespatchLine(
                line.require_text("cbc:ID"),
                *item(line),
                *count(line.require("cbc:DeliveredQuantity")),
                order_line=line.text("cac:OrderLineReference/cbc:LineID"),
            )
            for line in _lines(node, "cac:DespatchLine")
        ),
        orders=_order_references(node, "cac:DespatchLine"),
        carrier=party(carrier) if carrier else None,
        waybill=first_text(node, "cac:Shipment/cac:Consignment/cbc:ID", "cac:Shipment/cbc:ID"),
    )


def _receipt_advice(node: Node) -> ReceiptAdvice:
    return ReceiptAdvice(
        file=node.file,
        id=node.require_text("cbc:ID"),
        issued=node.require_date("cbc:IssueDate"),
        buyer=_logistics_party(node, "cac:BuyerCustomerParty", "cac:DeliveryCustomerParty"),
        seller=_logistics_party(node, "cac:SellerSupplierParty", "cac:DespatchSupplierParty"),
        lines=tuple(
            ReceiptLine(
                line.require_text("cbc:ID"),
                *item(line),
                *count(line.require("cbc:ReceivedQuantity")),
                rejected=_optional_count(line, "cbc:RejectedQuantity"),
                short=_optional_count(line, "cbc:ShortQuantity"),
                order_line=line.text("cac:OrderLineReference/cbc:LineID"),
            )
            for line in _lines(node, "cac:ReceiptLine")
        ),
        orders=_order_references(node, "cac:ReceiptLine"),
        despatches=node.texts("cac:DespatchDocumentReference/cbc:ID")
        or node.texts("cac:ReceiptLine/cac:DespatchLineReference/cac:DocumentReference/cbc:ID"),
        delivered=node.optional_date("cac:Shipment/cac:Delivery/cbc:ActualDeliveryDate"),
    )


def _invoice(node: Node) -> Invoice:
    currency = _currency(node, "cbc:DocumentCurrencyCode", "cac:LegalMonetaryTotal/cbc:PayableAmount")
    tax, taxes = tax_totals(node, currency)
    return Invoice(
        file=node.file,
        id=node.require_text("cbc:ID"),
        issued=node.require_date("cbc:IssueDate"),
        currency=currency,
        buyer=party(node.require("cac:AccountingCustomerParty/cac:Party")),
        seller=party(node.require("cac:AccountingSupplierParty/cac:Party")),
        lines=tuple(
            priced_line(line, "cbc:InvoicedQuantity", currency) for line in _lines(node, "cac:InvoiceLine")
        ),
        totals=monetary_totals(node.require("cac:LegalMonetaryTotal"), currency),
        tax=tax,
        taxes=taxes,
        type_code=node.text("cbc:InvoiceTypeCode"),
        due=node.optional_date("cbc:DueDate") or node.optional_date("cac:PaymentMeans/cbc:PaymentDueDate"),
        terms=terms(node),
        orders=_order_references(node, "cac:InvoiceLine"),
        despatches=node.texts("cac:DespatchDocumentReference/cbc:ID"),
        receipts=node.texts("cac:ReceiptDocumentReference/cbc:ID"),
        payment_id=node.text("cac:PaymentMeans/cbc:PaymentID"),
        payee_account=node.text("cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID"),
    )


def _credit_note(node: Node) -> CreditNote:
    currency = _currency(node, "cbc:DocumentCurrencyCode", "cac:LegalMonetaryTotal/cbc:PayableAmount")
    tax, taxes = tax_totals(node, currency)
    billed = "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID"
    return CreditNote(
        file=node.file,
        id=node.require_text("cbc:ID"),
        issued=node.require_date("cbc:IssueDate"),
        currency=currency,
        buyer=party(node.require("cac:AccountingCustomerParty/cac:Party")),
        seller=party(node.require("cac:AccountingSupplierParty/cac:Party")),
        lines=tuple(
            priced_line(line, "cbc:CreditedQuantity", currency) for line in _lines(node, "cac:CreditNoteLine")
        ),
        totals=monetary_totals(node.require("cac:LegalMonetaryTotal"), currency),
        tax=tax,
        taxes=taxes,
        invoices=node.texts(billed)
        or node.texts(f"cac:CreditNoteLine/{billed}")
        or node.texts("cac:CreditNoteLine/cac:DiscrepancyResponse/cbc:ReferenceID"),
    )


_READERS: Final[dict[str, Callable[[Node], Document]]] = {
    "Order": _order,
    "DespatchAdvice": _despatch_advice,
    "ReceiptAdvice": _receipt_advice,
    "Invoice": _invoice,
    "CreditNote": _credit_note,
}


def _currency(node: Node, *paths: str) -> str:
    """The document's currency: the code it declares, or else the one its amounts are in; empty if neither."""
    for path in paths:
        found = node.find(path)
        if found is None:
            continue
        code = found.element.get("currencyID", "") or found.own_text()
        try:
            minor_units(code)
        except ValueError as error:
            raise found.bad(str(error)) from None
        return code
    return ""


def _lines(node: Node, path: str) -> tuple[Node, ...]:
    lines = node.all(path)
    if not lines:
        raise BadDocument(node.file, path, "document must have at least one line")
    return lines


def _first(node: Node, *paths: str) -> Node | None:
    return next((found for path in paths if (found := node.find(path))), None)


def _logistics_party(node: Node, named: str, actual: str) -> Party:
    """Buyer or seller of a logistics document: named as such, or else the party that ships or receives."""
    found = _first(node, f"{named}/cac:Party", f"{actual}/cac:Party")
    return party(found or node.require(f"{actual}/cac:Party"))


def _optional_count(line: Node, path: str) -> Decimal:
    found = line.find(path)
    return count(found)[0] if found else Decimal(0)


def _order_references(node: Node, line: str) -> tuple[str, ...]:
    return node.texts("cac:OrderReference/cbc:ID") or node.texts(
        f"{line}/cac:OrderLineReference/cac:OrderReference/cbc:ID"
    )
