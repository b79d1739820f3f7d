"""Rules about the arithmetic of invoices and credit notes."""

from __future__ import annotations

from decimal import Decimal

from flows.checks.naming import name, names, plain
from flows.checks.rule import Finding, Policy, absent, rule, verdict
from flows.documents import Documents
from flows.records import CreditNote, Flow, Invoice, Order, TaxSubtotal

ZERO = Decimal(0)


@rule("X-03a", "Lines add up to the totals", weight=3, hard=True, flows=(Flow.INVOICE,))
def totals(documents: Documents, _: Policy) -> Finding:
    """Recompute every total of invoices and credit notes (EN 16931, BR-CO-10, -13, -15 and -16)."""
    billed = _billed(documents)
    if not billed:
        return absent("there is no invoice")
    faults = [f"{name(one)}: {fault}" for one in billed for fault in _total_faults(one)]
    return verdict(faults, f"Lines and totals of {len(billed)} documents add up.", names(billed))


@rule("X-03b", "Tax is its rate times the tax-exclusive amount", weight=3, hard=True, flows=(Flow.INVOICE,))
def tax(documents: Documents, policy: Policy) -> Finding:
    """Recompute the tax of invoices and credit notes, a category at a time, within a cent a line."""
    billed = tuple(one for one in _billed(documents) if one.taxes or one.tax)
    if not billed:
        return absent("no invoice states a tax")
    faults = [f"{name(one)}: {fault}" for one in billed for fault in _tax_faults(one, policy)]
    figures = {}
    if len(documents.invoices) == 1:
        (invoice,) = documents.invoices
        figures = {"tax": invoice.tax, "taxable": sum((part.taxable for part in invoice.taxes), ZERO)}
        if invoice.totals.net is not None:
            figures["tax_exclusive"] = invoice.totals.net
    return verdict(faults, f"Tax of {len(billed)} documents agrees with its rates.", names(billed), figures)


@rule(
    "X-03c", "Order, invoice and credit note are in one currency", weight=1, flows=(Flow.TRADE, Flow.INVOICE)
)
def one_currency(documents: Documents, _: Policy) -> Finding:
    """Compare the currencies of all documents that carry amounts."""
    priced: tuple[Order | Invoice | CreditNote, ...] = (*documents.orders, *_billed(documents))
    stated = {one.currency for one in priced if one.currency}
    if len(priced) < 2 or not stated:
        return absent("fewer than two documents carry amounts")
    faults = [f"documents are in {' and '.join(sorted(stated))}"] if len(stated) > 1 else []
    return verdict(faults, f"All amounts are in {' '.join(stated)}.", names(priced))


@rule("X-03d", "Line amount is quantity times unit price", weight=1)
def line_products(documents: Documents, policy: Policy) -> Finding:
    """Recompute line amounts within a cent, line allowances and charges included.

    It weighs in the score only: no standard requires it, and published invoices state prices for a pack.
    """
    priced: tuple[Order | Invoice | CreditNote, ...] = (*documents.orders, *_billed(documents))
    products = [
        (one, line, line.quantity * line.price + line.adjustment, line.amount)
        for one in priced
        for line in one.lines
        if line.quantity is not None and line.price is not None and line.amount is not None
    ]
    if not products:
        return absent("no line states quantity, price and amount")
    faults = [
        f"{name(one)}: line {line.id} is {amount}, {plain(line.quantity or ZERO)} at "
        f"{plain(line.price or ZERO)} gives {plain(product)}"
        for one, line, product, amount in products
        if abs(product - amount) > policy.rounding
    ]
    return verdict(faults, f"Amounts of {len(products)} lines are quantity times price.", names(priced))


def gross(document: Invoice | CreditNote) -> Decimal:
    """The tax-inclusive total: as stated, or else net and tax, or else what is payable before prepayment."""
    stated = document.totals
    if stated.gross is not None:
        return stated.gross
    if stated.net is not None:
        return stated.net + document.tax
    return stated.payable + stated.prepaid - stated.rounding


def _billed(documents: Documents) -> tuple[Invoice | CreditNote, ...]:
    return (*documents.invoices, *documents.credit_notes)


def _total_faults(document: Invoice | CreditNote) -> list[str]:
    stated = document.totals
    faults = []
    amounts = [line.amount for line in document.lines if line.amount is not None]
    if (
        stated.lines is not None
        and len(amounts) == len(document.lines)
        and sum(amounts, ZERO) != stated.lines
    ):
        faults.append(f"lines add up to {sum(amounts, ZERO)}, the line total is {stated.lines}")
    if stated.lines is not None and stated.net is not None:
        net = stated.lines - stated.allowances + stated.charges
        if net != stated.net:
            faults.append(
                f"line total {stated.lines} less allowances {stated.allowances} plus charges "
                f"{stated.charges} gives {net}, the tax-exclusive amount is {stated.net}"
            )
    # EN 16931 adds the rounding after the tax-inclusive amount; UBL's own examples hold it inside.
    inside = stated.rounding and gross(document) == (stated.net or ZERO) + document.tax + stated.rounding
    if stated.net is not None and stated.net + document.tax != gross(document) and not inside:
        faults.append(
            f"tax-exclusive {stated.net} plus tax {document.tax} gives {stated.net + document.tax}, the "
            f"tax-inclusive amount is {gross(document)}"
        )
    payable = gross(document) - stated.prepaid + (ZERO if inside else stated.rounding)
    if payable != stated.payable:
        faults.append(
            f"tax-inclusive {gross(document)} less prepaid {stated.prepaid} plus rounding {stated.rounding} "
            f"is not the payable {stated.payable}"
        )
    return faults


def _tax_faults(document: Invoice | CreditNote, policy: Policy) -> list[str]:
    faults = []
    slack = policy.rounding * max(len(document.lines), 1)
    rates = [_rate(document, part) for part in document.taxes]
    for part, rate in zip(document.taxes, rates, strict=True):
        right = part.tax if rate is None else part.taxable * rate / 100
        if rate is not None and abs(right - part.tax) > slack:
            faults.append(f"{plain(rate)} % of {part.taxable} is {plain(right)}, the tax is {part.tax}")
    parts = sum((part.tax for part in document.taxes), ZERO)
    if document.taxes and parts != document.tax:
        faults.append(f"taxes of the categories add up to {parts}, the tax total is {document.tax}")
    taxable, net = sum((part.taxable for part in document.taxes), ZERO), document.totals.net
    if document.taxes and net is not None and taxable != net:
        fault = f"tax is charged on {taxable}, the tax-exclusive amount is {net}"
        if len(rates) == 1 and rates[0] is not None:
            fault += (
                f": {document.tax} is {plain(rates[0])} % of {taxable}, and {plain(rates[0])} % of {net} "
                f"would be {plain(net * rates[0] / 100)}"
            )
        faults.append(fault)
    return faults


def _rate(document: Invoice | CreditNote, part: TaxSubtotal) -> Decimal | None:
    """The rate of a subtotal: its own, or else the one its category's lines agree on."""
    if part.rate is not None:
        return part.rate
    rates = {
        line.tax_rate
        for line in document.lines
        if line.tax_category == part.category and line.tax_rate is not None
    }
    return rates.pop() if len(rates) == 1 else None
