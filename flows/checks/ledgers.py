"""Rules about what is left of an invoice, and what the two VAT ledgers say of it."""

from __future__ import annotations

from decimal import Decimal

from flows.checks.amounts import gross
from flows.checks.matching import related_credit_notes
from flows.checks.naming import name, names
from flows.checks.rule import Finding, Policy, absent, rule, verdict
from flows.documents import Documents
from flows.ledger import LedgerInvoice, Side
from flows.records import Flow, Invoice

ZERO = Decimal(0)


@rule(
    "X-05a",
    "Invoices less credit notes still cover the receivable",
    weight=3,
    hard=True,
    flows=(Flow.INVOICE,),
)
def not_credited_away(documents: Documents, _: Policy) -> Finding:
    """Something must stay payable after red letters, and at least the receivable's face (I-14)."""
    if not documents.invoices:
        return absent("there is no invoice")
    notes = related_credit_notes(documents)
    invoiced = sum((gross(one) for one in documents.invoices), ZERO)
    credited = sum((gross(one) for one in notes), ZERO)
    left = invoiced - credited
    faults = []
    if left <= 0:
        faults.append(
            f"{', '.join(names(notes))} credits {credited} of {invoiced} invoiced, so nothing stays payable"
            if notes
            else f"the invoices come to {invoiced}, so nothing is payable"
        )
    elif documents.face is not None and documents.face > left:
        faults.append(
            f"{left} of {invoiced} invoiced stays after {credited} credited, the receivable is "
            f"{documents.face}"
        )
    return verdict(
        faults,
        f"{left} of {invoiced} invoiced stays payable after {credited} credited.",
        names(documents.invoices, notes),
        {"invoiced_amount": invoiced, "credited_amount": credited, "remaining_amount": left},
    )


@rule(
    "X-05b",
    "Seller's VAT ledger has the invoice, valid, with its amounts",
    weight=3,
    hard=True,
    flows=(Flow.INVOICE,),
)
def in_sellers_ledger(documents: Documents, _: Policy) -> Finding:
    """Look the invoices up among the seller's sales."""
    return _look_up(documents, documents.seller_ledger, Side.SALE, "seller's ledger")


@rule("X-05c", "Buyer's VAT ledger has the invoice, valid, with its amounts", weight=2, flows=(Flow.INVOICE,))
def in_buyers_ledger(documents: Documents, _: Policy) -> Finding:
    """Look the invoices up among the buyer's purchases."""
    return _look_up(documents, documents.buyer_ledger, Side.PURCHASE, "buyer's ledger")


@rule("X-05d", "No invoice stands twice", weight=2, hard=True, flows=(Flow.INVOICE,))
def invoiced_once(documents: Documents, _: Policy) -> Finding:
    """Two invoices of one number in one bundle are one invoice, presented twice."""
    if not documents.invoices:
        return absent("there is no invoice")
    numbers = [_number(one.id) for one in documents.invoices]
    faults = [
        f"invoice number {number} stands {numbers.count(number)} times"
        for number in dict.fromkeys(numbers)
        if numbers.count(number) > 1
    ]
    return verdict(faults, "Every invoice number stands once.", names(documents.invoices))


def _look_up(
    documents: Documents, ledger: tuple[LedgerInvoice, ...] | None, side: Side, called: str
) -> Finding:
    if ledger is None:
        return absent(f"the {called} is not given")
    if not documents.invoices:
        return absent("there is no invoice")
    wanted = {_number(invoice.id) for invoice in documents.invoices}
    rows: dict[str, list[LedgerInvoice]] = {}
    for row in ledger:
        if row.side is side and (number := _number(row.number)) in wanted:
            rows.setdefault(number, []).append(row)
    faults = [
        fault
        for invoice in documents.invoices
        if (fault := _ledger_fault(invoice, rows.get(_number(invoice.id), []), called))
    ]
    good = f"The {called} has {len(documents.invoices)} invoices, valid and for the same amounts."
    return verdict(faults, good, names(documents.invoices))


def _ledger_fault(invoice: Invoice, rows: list[LedgerInvoice], called: str) -> str:
    """What is wrong, or nothing. A ledger has a row a line, so an invoice may be several rows."""
    if not rows:
        return f"{name(invoice)} is not in the {called}"
    if any(row.voided for row in rows):
        return f"{name(invoice)} is voided in the {called}"
    booked = sum((row.gross for row in rows), ZERO)
    if booked != gross(invoice):
        return f"{name(invoice)} is {gross(invoice)}, the {called} has {booked}"
    days = sorted({row.issued for row in rows})
    if days != [invoice.issued]:
        return f"{name(invoice)} is of {invoice.issued}, the {called} says {', '.join(map(str, days))}"
    return ""


def _number(text: str) -> str:
    # Ledgers pass through spreadsheets, which take a number's leading zeros away.
    return text.strip().lstrip("0").casefold()
