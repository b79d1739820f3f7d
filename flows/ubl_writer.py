"""Records back to UBL 2.1 documents, in the element order of the schemas, so that they read back the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from flows.identifiers import LEI, USCC
from flows.records import (
    CreditNote,
    DespatchAdvice,
    Document,
    Invoice,
    Line,
    Order,
    Party,
    ReceiptAdvice,
    TaxSubtotal,
    Terms,
    Totals,
)
from flows.ubl import CAC, CBC, DOCUMENT


def write_ubl(path: Path, record: Document) -> Path:
    """Write a record as a UBL 2.1 document; `read_ubl` gives the same record but for its `file`.

    What no record holds (addresses, notes, line allowances beyond their sum) is not written.
    """
    kind, write = _WRITERS[type(record)]
    # Prefixes are spelt out because ElementTree would keep them in a table of the whole process.
    root = Element(kind, {"xmlns": DOCUMENT.format(kind), "xmlns:cac": CAC, "xmlns:cbc": CBC})
    write(_Writer(root, getattr(record, "currency", "")), record)
    ElementTree.indent(root)
    path.write_bytes(ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n")
    return path


@dataclass(frozen=True, slots=True)
class _Writer:
    """Appends children to an element; what is absent (None or empty) is not written."""

    element: Element
    currency: str

    def text(self, name: str, value: str | date | None, **attributes: str) -> None:
        if value is None or value == "":
            return
        child = SubElement(self.element, f"cbc:{name}", attributes)
        child.text = value if isinstance(value, str) else value.isoformat()

    def amount(self, name: str, value: Decimal | None) -> None:
        if value is not None:
            self.text(name, f"{value:f}", currencyID=self.currency)

    def quantity(self, name: str, value: Decimal | None, unit: str) -> None:
        if value is not None:
            self.text(name, f"{value:f}", **({"unitCode": unit} if unit else {}))

    def part(self, name: str) -> _Writer:
        element = self.element
        for step in name.split("/"):
            element = SubElement(element, f"cac:{step}")
        return _Writer(element, self.currency)

    def reference(self, name: str, ids: tuple[str, ...]) -> None:
        for one in ids:
            self.part(name).text("ID", one)


def _head(node: _Writer, record: Document) -> None:
    node.text("UBLVersionID", "2.1")
    node.text("ID", record.id)
    node.text("IssueDate", record.issued)


def _order(node: _Writer, order: Order) -> None:
    _head(node, order)
    node.text("DocumentCurrencyCode", order.currency)
    if order.contract:
        node.part("Contract").text("ID", order.contract)
    _party(node.part("BuyerCustomerParty/Party"), order.buyer)
    _party(node.part("SellerSupplierParty/Party"), order.seller)
    _terms(node, order.terms)
    if order.tax is not None:
        node.part("TaxTotal").amount("TaxAmount", order.tax)
    if order.totals:
        _totals(node.part("AnticipatedMonetaryTotal"), order.totals)
    for line in order.lines:
        _line(node.part("OrderLine/LineItem"), line, "Quantity")


def _despatch_advice(node: _Writer, advice: DespatchAdvice) -> None:
    _head(node, advice)
    node.reference("OrderReference", advice.orders)
    _party(node.part("DespatchSupplierParty/Party"), advice.seller)
    _party(node.part("DeliveryCustomerParty/Party"), advice.buyer)
    if advice.waybill or advice.carrier:
        shipment = node.part("Shipment")
        shipment.text("ID", advice.waybill or "1")
        if advice.carrier:
            consignment = shipment.part("Consignment")
            consignment.text("ID", advice.waybill or "1")
            _party(consignment.part("CarrierParty"), advice.carrier)
    for line in advice.lines:
        part = node.part("DespatchLine")
        part.text("ID", line.id)
        part.quantity("DeliveredQuantity", line.quantity, line.unit)
        _order_line(part, line.order_line)
        _item(part, line.item, line.item_id)


def _receipt_advice(node: _Writer, advice: ReceiptAdvice) -> None:
    _head(node, advice)
    node.reference("OrderReference", advice.orders)
    node.reference("DespatchDocumentReference", advice.despatches)
    _party(node.part("DeliveryCustomerParty/Party"), advice.buyer)
    _party(node.part("DespatchSupplierParty/Party"), advice.seller)
    if advice.delivered:
        shipment = node.part("Shipment")
        shipment.text("ID", "1")
        shipment.part("Delivery").text("ActualDeliveryDate", advice.delivered)
    for line in advice.lines:
        part = node.part("ReceiptLine")
        part.text("ID", line.id)
        part.quantity("ReceivedQuantity", line.quantity, line.unit)
        part.quantity("ShortQuantity", line.short or None, line.unit)
        part.quantity("RejectedQuantity", line.rejected or None, line.unit)
        _order_line(part, line.order_line)
        _item(part, line.item, line.item_id)


def _invoice(node: _Writer, invoice: Invoice) -> None:
    _head(node, invoice)
    node.text("DueDate", invoice.due)
    node.text("InvoiceTypeCode", invoice.type_code)
    node.text("DocumentCurrencyCode", invoice.currency)
    node.reference("OrderReference", invoice.orders)
    node.reference("DespatchDocumentReference", invoice.despatches)
    node.reference("ReceiptDocumentReference", invoice.receipts)
    _party(node.part("AccountingSupplierParty/Party"), invoice.seller)
    _party(node.part("AccountingCustomerParty/Party"), invoice.buyer)
    if invoice.payment_id or invoice.payee_account:
        means = node.part("PaymentMeans")
        means.text("PaymentMeansCode", "30")  # UNTDID 4461: credit transfer
        means.text("PaymentID", invoice.payment_id)
        if invoice.payee_account:
            means.part("PayeeFinancialAccount").text("ID", invoice.payee_account)
    _terms(node, invoice.terms)
    _tax(node, invoice.tax, invoice.taxes)
    _totals(node.part("LegalMonetaryTotal"), invoice.totals)
    for line in invoice.lines:
        _line(node.part("InvoiceLine"), line, "InvoicedQuantity")


def _credit_note(node: _Writer, note: CreditNote) -> None:
    _head(node, note)
    node.text("DocumentCurrencyCode", note.currency)
    node.reference("BillingReference/InvoiceDocumentReference", note.invoices)
    _party(node.part("AccountingSupplierParty/Party"), note.seller)
    _party(node.part("AccountingCustomerParty/Party"), note.buyer)
    _tax(node, note.tax, note.taxes)
    _totals(node.part("LegalMonetaryTotal"), note.totals)
    for line in note.lines:
        _line(node.part("CreditNoteLine"), line, "CreditedQuantity")


_WRITERS: Final[dict[type[Document], tuple[str, Callable[[_Writer, Any], None]]]] = {
    Order: ("Order", _order),
    DespatchAdvice: ("DespatchAdvice", _despatch_advice),
    ReceiptAdvice: ("ReceiptAdvice", _receipt_advice),
    Invoice: ("Invoice", _invoice),
    CreditNote: ("CreditNote", _credit_note),
}


def _party(node: _Writer, party: Party) -> None:
    legal = [one for one in party.identifiers if one.scheme in (USCC, LEI, "LEGAL")]
    tax = [one for one in party.identifiers if one.scheme == "TAX"]
    for one in party.identifiers:
        if one not in legal and one not in tax:
            node.part("PartyIdentification").text("ID", one.value, schemeID=one.scheme)
    node.part("PartyName").text("Name", party.name)
    for one in tax:
        scheme = node.part("PartyTaxScheme")
        scheme.text("CompanyID", one.value)
        scheme.part("TaxScheme").text("ID", "VAT")
    for one in legal:
        entity = node.part("PartyLegalEntity")
        entity.text("RegistrationName", party.name)
        entity.text("CompanyID", one.value, **({} if one.scheme == "LEGAL" else {"schemeID": one.scheme}))


def _terms(node: _Writer, terms: Terms) -> None:
    if terms == Terms():
        return
    part = node.part("PaymentTerms")
    part.text("Note", terms.note)
    part.text("PaymentDueDate", terms.due)
    if terms.days is not None:
        part.part("SettlementPeriod").text("DurationMeasure", str(terms.days), unitCode="DAY")


def _tax(node: _Writer, total: Decimal, subtotals: tuple[TaxSubtotal, ...]) -> None:
    part = node.part("TaxTotal")
    part.amount("TaxAmount", total)
    for one in subtotals:
        subtotal = part.part("TaxSubtotal")
        subtotal.amount("TaxableAmount", one.taxable)
        subtotal.amount("TaxAmount", one.tax)
        _category(subtotal.part("TaxCategory"), one.category, one.rate)


def _category(node: _Writer, category: str, rate: Decimal | None) -> None:
    node.text("ID", category)
    node.text("Percent", None if rate is None else f"{rate:f}")
    node.part("TaxScheme").text("ID", "VAT")


def _totals(node: _Writer, totals: Totals) -> None:
    node.amount("LineExtensionAmount", totals.lines)
    node.amount("TaxExclusiveAmount", totals.net)
    node.amount("TaxInclusiveAmount", totals.gross)
    node.amount("AllowanceTotalAmount", totals.allowances or None)
    node.amount("ChargeTotalAmount", totals.charges or None)
    node.amount("PrepaidAmount", totals.prepaid or None)
    node.amount("PayableRoundingAmount", totals.rounding or None)
    node.amount("PayableAmount", totals.payable)


def _line(node: _Writer, line: Line, quantity: str) -> None:
    node.text("ID", line.id)
    node.quantity(quantity, line.quantity, line.unit)
    node.amount("LineExtensionAmount", line.amount)
    _order_line(node, line.order_line)
    if line.adjustment:
        part = node.part("AllowanceCharge")
        part.text("ChargeIndicator", "true" if line.adjustment > 0 else "false")
        part.amount("Amount", abs(line.adjustment))
    if quantity == "Quantity":  # an order's line item has its price before its item, an invoice's after
        _price(node, line)
    category = (line.tax_category, line.tax_rate) if line.tax_category or line.tax_rate is not None else None
    _item(node, line.item, line.item_id, category)
    if quantity != "Quantity":
        _price(node, line)


def _price(node: _Writer, line: Line) -> None:
    if line.price is not None:
        node.part("Price").amount("PriceAmount", line.price)


def _order_line(node: _Writer, order_line: str) -> None:
    if order_line:
        node.part("OrderLineReference").text("LineID", order_line)


def _item(node: _Writer, name: str, number: str, category: tuple[str, Decimal | None] | None = None) -> None:
    part = node.part("Item")
    part.text("Name", name)
    if number:
        part.part("SellersItemIdentification").text("ID", number)
    if category:
        _category(part.part("ClassifiedTaxCategory"), *category)
