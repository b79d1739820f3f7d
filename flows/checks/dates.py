"""Rules about time: the order of events, the due date, the term, and payment before delivery."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from flows.checks.matching import quoted
from flows.checks.naming import name, names
from flows.checks.rule import Finding, Policy, absent, rule, verdict
from flows.documents import Documents
from flows.records import Flow, Invoice, ReceiptAdvice

_PREPAYMENT_INVOICE = "386"  # UNTDID 1001


@rule(
    "X-04a",
    "Order ≤ despatch ≤ receipt ≤ invoice + 30 days",
    weight=2,
    flows=(Flow.TRADE, Flow.LOGISTICS, Flow.INVOICE),
)
def date_order(documents: Documents, policy: Policy) -> Finding:
    """Compare each document's day with the earliest (for receipts: also the latest) it must follow."""
    ordered = min((one.issued for one in documents.orders), default=None)
    sent = min((one.issued for one in documents.despatches), default=None)
    invoiced = [one.issued for one in documents.invoices]
    pairs = [
        *((name(one), one.issued, "the order", ordered) for one in documents.despatches),
        *((name(one), _received(one), "the despatch", sent) for one in documents.receipts),
        *((name(one), one.issued, "the order", ordered) for one in documents.invoices),
        *(
            (name(one), one.issued, "the invoice", min(invoiced, default=None))
            for one in documents.credit_notes
        ),
    ]
    known = [(who, day, after, limit) for who, day, after, limit in pairs if limit is not None]
    faults = [
        f"{who} of {day} is before {after} of {limit}" for who, day, after, limit in known if day < limit
    ]
    if invoiced:
        latest = max(invoiced) + timedelta(days=policy.invoice_before_receipt_days)
        faults += [
            f"{name(one)} of {_received(one)} is over {policy.invoice_before_receipt_days} days after the "
            f"invoice of {max(invoiced)}"
            for one in documents.receipts
            if _received(one) > latest
        ]
    if not known:
        return absent("no two documents follow one another")
    return verdict(faults, "The days of the documents follow one another.", names(documents.with_parties))


@rule(
    "X-04b",
    "Due date follows the invoice and keeps the order's terms",
    weight=1,
    flows=(Flow.TRADE, Flow.INVOICE),
)
def due_date(documents: Documents, _: Policy) -> Finding:
    """The due date must lie after the invoice's day, and not be later than the order's terms allow."""
    dated = [(one, one.due) for one in documents.invoices if one.due is not None]
    if not dated:
        return absent("no invoice states a due date")
    faults = [
        f"{name(one)} of {one.issued} is due {due}, not after it" for one, due in dated if due <= one.issued
    ]
    for order in documents.orders:
        for one, due in dated:
            agreed = _agreed_due(order.terms.days, order.terms.due, one)
            if agreed is not None and due > agreed:
                faults.append(f"{name(one)} is due {due}, {name(order)} agrees on {agreed} at the latest")
    return verdict(faults, "Due dates keep the terms.", names(documents.orders, documents.invoices))


@rule("I-19", "Term is no longer than six months", weight=1)
def term(documents: Documents, policy: Policy) -> Finding:
    """Days from the invoice to its due date, at most the policy's (银发〔2025〕77号)."""
    terms = {one: (one.due - one.issued).days for one in documents.invoices if one.due is not None}
    if not terms:
        return absent("no invoice states a due date")
    faults = [
        f"{name(one)} has a term of {days} days, over {policy.term_days}"
        for one, days in terms.items()
        if days > policy.term_days
    ]
    longest = max(terms.values())
    return verdict(
        faults,
        f"The longest term is {longest} days, of {policy.term_days} allowed.",
        names(terms),
        {"term_days": Decimal(longest)},
    )


@rule("I-16", "Nothing was paid before it was delivered and invoiced", weight=2, hard=True)
def no_prepayment(documents: Documents, _: Policy) -> Finding:
    """A receivable must not rest on a prepayment (银发〔2025〕77号).

    A prepayment is an invoice of type 386, or a payment that quotes an invoice and is booked before the
    invoice's day or before the first despatch.
    """
    if not documents.invoices:
        return absent("there is no invoice")
    faults = [
        f"{name(one)} is a prepayment invoice (type {_PREPAYMENT_INVOICE})"
        for one in documents.invoices
        if one.type_code == _PREPAYMENT_INVOICE
    ]
    sent = min((one.issued for one in documents.despatches), default=None)
    paid = quoted(documents)
    for payment, invoice in paid:
        if payment.booked is None:
            continue
        if payment.booked < invoice.issued:
            faults.append(
                f"{name(payment)} is booked {payment.booked}, {name(invoice)} dated {invoice.issued}"
            )
        elif sent is not None and payment.booked < sent:
            faults.append(f"{name(payment)} is booked {payment.booked}, the first despatch is of {sent}")
    used = names(documents.invoices, documents.despatches, (payment for payment, _ in paid))
    return verdict(faults, "No invoice is for a prepayment, and no payment precedes its goods.", used)


def _received(receipt: ReceiptAdvice) -> date:
    return receipt.delivered or receipt.issued


def _agreed_due(days: int | None, due: date | None, invoice: Invoice) -> date | None:
    return due if days is None else invoice.issued + timedelta(days=days)
