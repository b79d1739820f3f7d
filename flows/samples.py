"""Sample trades of our own making: consistent documents on disk, in the formats real ones come in.

Nothing here is real: names are made up and their codes, though well-formed, are in no register.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from flows.documents import Documents, collect
from flows.identifiers import sample_uscc
from flows.ledger import LedgerInvoice, Side
from flows.money import minor_units
from flows.records import (
    DespatchAdvice,
    DespatchLine,
    Invoice,
    Line,
    Order,
    Party,
    ReceiptAdvice,
    ReceiptLine,
    TaxSubtotal,
    Terms,
    Totals,
    uscc_party,
)
from flows.ubl_writer import write_ubl

_CAMT_054: Final = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"


@dataclass(frozen=True, slots=True)
class SampleTrade:
    """One sample trade: its four documents as records, and the files they were written to."""

    order: Order
    despatch: DespatchAdvice
    receipt: ReceiptAdvice
    invoice: Invoice
    paths: tuple[Path, ...]

    @property
    def documents(self) -> Documents:
        """The four documents, ready for `cross_check`."""
        return collect(self.order, self.despatch, self.receipt, self.invoice)


def sample_party(name: str, region: str = "330100") -> Party:
    """A made-up company with a well-formed USCC; same name and region, same code."""
    return uscc_party(name, sample_uscc(name, region))


def write_sample_trade(
    folder: Path,
    *,
    number: str,
    buyer: Party,
    seller: Party,
    carrier: Party,
    order_date: date,
    due_date: date,
    quantity: Decimal,
    unit_price: Decimal,
    vat_rate: Decimal = Decimal(13),
    item: str = "精密轴承",
    item_id: str = "BRG-6204",
    unit: str = "EA",
    currency: str = "CNY",
    account: str = "",
    invoice_number: str = "",
) -> SampleTrade:
    """Write the order, despatch advice, receipt advice and invoice of one consistent trade as UBL 2.1.

    Goods leave five days after the order and arrive two days later; the invoice follows the next day.

    Args:
        folder: created if absent; gets `1-order.xml` to `4-invoice.xml`.
        number: ends every document's id: "PO-<number>", "DA-…", "RA-…", "INV-…".
        buyer: the debtor.
        seller: the supplier.
        carrier: carries the goods under waybill "WB-<number>".
        order_date: day of the order.
        due_date: day the invoice falls due, later than the invoice's day (order_date and 8 days).
        quantity: ordered, sent, received and invoiced alike.
        unit_price: before tax.
        vat_rate: per cent.
        item: what is sold.
        item_id: the seller's number for it.
        unit: UN/ECE Recommendation 20 code.
        currency: ISO 4217.
        account: the seller's bank account, none if empty.
        invoice_number: the tax office's number where the invoice has one; else "INV-<number>".

    Raises:
        ValueError: `due_date` is not after the invoice's day.
    """
    invoiced = order_date + timedelta(days=8)
    if due_date <= invoiced:
        raise ValueError(f"due date must be after the invoice's day {invoiced} (got {due_date})")
    cent = Decimal(1).scaleb(-minor_units(currency))
    net = (quantity * unit_price).quantize(cent, ROUND_HALF_UP)
    tax = (net * vat_rate / 100).quantize(cent, ROUND_HALF_UP)
    totals = Totals(payable=net + tax, lines=net, net=net, gross=net + tax)
    line = Line("1", item, item_id, quantity, unit, unit_price, net, "S", vat_rate)
    days = Terms(days=(due_date - invoiced).days)
    order = Order(
        "1-order.xml",
        f"PO-{number}",
        order_date,
        currency,
        buyer,
        seller,
        (line,),
        totals,
        tax,
        days,
        contract=f"CT-{number}",
    )
    despatch = DespatchAdvice(
        "2-despatch.xml",
        f"DA-{number}",
        order_date + timedelta(days=5),
        buyer,
        seller,
        (DespatchLine("1", item, item_id, quantity, unit, "1"),),
        (order.id,),
        carrier,
        f"WB-{number}",
    )
    receipt = ReceiptAdvice(
        "3-receipt.xml",
        f"RA-{number}",
        order_date + timedelta(days=7),
        buyer,
        seller,
        (ReceiptLine("1", item, item_id, quantity, unit, order_line="1"),),
        (order.id,),
        (despatch.id,),
        order_date + timedelta(days=7),
    )
    invoice = Invoice(
        "4-invoice.xml",
        invoice_number or f"INV-{number}",
        invoiced,
        currency,
        buyer,
        seller,
        (Line("1", item, item_id, quantity, unit, unit_price, net, "S", vat_rate, order_line="1"),),
        totals,
        tax,
        (TaxSubtotal(net, tax, "S", vat_rate),),
        "380",
        due_date,
        days,
        (order.id,),
        (despatch.id,),
        (receipt.id,),
        payment_id=f"PAY-{number}",
        payee_account=account,
    )
    folder.mkdir(parents=True, exist_ok=True)
    records = (order, despatch, receipt, invoice)
    paths = tuple(write_ubl(folder / record.file, record) for record in records)
    return SampleTrade(order, despatch, receipt, invoice, paths)


def write_sample_payment(
    folder: Path,
    *,
    invoice: Invoice,
    booked: date,
    account: str,
    end_to_end_id: str = "",
    amount: Decimal | None = None,
    debtor: Party | None = None,
    debtor_account: str = "",
    name: str = "5-payment.xml",
) -> Path:
    """Write a camt.054 notification that the seller's account received a payment for an invoice.

    Args:
        folder: created if absent.
        invoice: what is paid; its id stands in the remittance information.
        booked: booking and value date.
        account: the credited account.
        end_to_end_id: a voucher's or clearing instruction's number; the invoice's payment id if empty.
        amount: all that is payable if None.
        debtor: who pays; the invoice's buyer if None.
        debtor_account: left out if empty.
        name: of the file.
    """
    paid = invoice.totals.payable if amount is None else amount
    root = Element("Document", xmlns=_CAMT_054)
    message = SubElement(root, "BkToCstmrDbtCdtNtfctn")
    header = SubElement(message, "GrpHdr")
    stamp = f"{booked.isoformat()}T18:00:00+08:00"
    _texts(header, MsgId=f"MSG-{invoice.id}", CreDtTm=stamp)
    notice = SubElement(message, "Ntfctn")
    _texts(notice, Id=f"NTF-{invoice.id}-{booked:%Y%m%d}", CreDtTm=stamp)
    holder = SubElement(notice, "Acct")
    _account(holder, account)
    _texts(SubElement(holder, "Ownr"), Nm=invoice.seller.name)
    entry = SubElement(notice, "Ntry")
    _money(entry, paid, invoice.currency)
    _texts(entry, CdtDbtInd="CRDT")
    _texts(SubElement(entry, "Sts"), Cd="BOOK")
    _texts(SubElement(entry, "BookgDt"), Dt=booked.isoformat())
    _texts(SubElement(entry, "ValDt"), Dt=booked.isoformat())
    code = SubElement(SubElement(entry, "BkTxCd"), "Domn")
    _texts(code, Cd="PMNT")
    _texts(SubElement(code, "Fmly"), Cd="RCDT", SubFmlyCd="DMCT")
    details = SubElement(SubElement(entry, "NtryDtls"), "TxDtls")
    _texts(SubElement(details, "Refs"), EndToEndId=end_to_end_id or invoice.payment_id or invoice.id)
    _money(details, paid, invoice.currency)
    _texts(details, CdtDbtInd="CRDT")
    parties = SubElement(details, "RltdPties")
    _texts(SubElement(SubElement(parties, "Dbtr"), "Pty"), Nm=(debtor or invoice.buyer).name)
    if debtor_account:
        _account(SubElement(parties, "DbtrAcct"), debtor_account)
    _texts(SubElement(SubElement(parties, "Cdtr"), "Pty"), Nm=invoice.seller.name)
    _account(SubElement(parties, "CdtrAcct"), account)
    remittance = SubElement(SubElement(details, "RmtInf"), "Strd")
    _texts(SubElement(remittance, "RfrdDocInf"), Nb=invoice.id)
    ElementTree.indent(root)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n")
    return path


def ledger_rows(invoice: Invoice) -> tuple[LedgerInvoice, LedgerInvoice]:
    """How an invoice stands in the seller's ledger and in the buyer's; firms are named by their ids."""
    seller, buyer = invoice.seller.id or invoice.seller.name, invoice.buyer.id or invoice.buyer.name
    gross = invoice.totals.gross if invoice.totals.gross is not None else invoice.totals.payable
    amounts = (gross - invoice.tax, invoice.tax, gross)
    return (
        LedgerInvoice(seller, Side.SALE, invoice.id, invoice.issued, buyer, *amounts, False),
        LedgerInvoice(buyer, Side.PURCHASE, invoice.id, invoice.issued, seller, *amounts, False),
    )


def _texts(node: Element, **children: str) -> None:
    for name, text in children.items():
        SubElement(node, name).text = text


def _account(node: Element, account: str) -> None:
    _texts(SubElement(SubElement(node, "Id"), "Othr"), Id=account)


def _money(node: Element, amount: Decimal, currency: str) -> None:
    SubElement(node, "Amt", Ccy=currency).text = f"{amount:f}"
