"""Rules about quantities and prices: what was ordered, sent, received, billed and credited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from flows.checks.matching import related_credit_notes
from flows.checks.naming import names, plain
from flows.checks.rule import Finding, Policy, absent, rule, verdict
from flows.documents import Documents
from flows.records import DespatchLine, Flow, Line, ReceiptLine

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Item:
    """What lines are about: the item's id where it has one, else its name, and the unit it is counted in."""

    key: str
    unit: str
    label: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.label or self.key} in {self.unit}" if self.unit else self.label or self.key


@dataclass(frozen=True, slots=True)
class Counts:
    """Quantities of one trade an item, by stage; a stage whose documents are absent is None."""

    ordered: Mapping[Item, Decimal] | None
    despatched: Mapping[Item, Decimal] | None
    received: Mapping[Item, Decimal] | None
    rejected: Mapping[Item, Decimal]
    invoiced: Mapping[Item, Decimal] | None
    credited: Mapping[Item, Decimal]


@rule(
    "X-02a",
    "Received ≤ despatched ≤ ordered, and what stays invoiced ≤ accepted",
    weight=3,
    flows=(Flow.TRADE, Flow.LOGISTICS, Flow.INVOICE),
)
def quantities(documents: Documents, policy: Policy) -> Finding:
    """Compare quantities along the chain, an item at a time.

    Accepted is received less rejected; what stays invoiced is invoiced less credited. A credit note that
    takes back exactly the excess mends an invoice for too much; one that takes back everything leaves no
    invoiced quantity to match the goods, and the rule fails with and without it.
    """
    counts = count(documents)
    stages = (counts.ordered, counts.despatched, counts.received, counts.invoiced)
    if sum(stage is not None for stage in stages) < 2:
        return absent("quantities of fewer than two stages are known")
    items = list(dict.fromkeys(item for stage in stages if stage is not None for item in stage))
    faults = [fault for item in items for fault in _faults(counts, item, policy)]
    found = figures(counts)
    totals = {stage: total for stage, total in found.items() if ":" not in stage}
    shown = ", ".join(f"{stage} {plain(total)}" for stage, total in (totals or found).items())
    units = " and ".join(dict.fromkeys(item.unit for item in items if item.unit))
    summary = f"{shown[:1].upper()}{shown[1:]}{f' ({units})' if units else ''}"
    detail = [f"{summary}: {'; '.join(faults)}"] if faults else []
    used = names(
        documents.orders,
        documents.despatches,
        documents.receipts,
        documents.invoices,
        related_credit_notes(documents),
    )
    return verdict(detail, f"{summary}: every stage is within the one before it.", used, found)


@rule(
    "X-02b",
    "Unit price on the invoice equals the order's within 0.5 %",
    weight=2,
    flows=(Flow.TRADE, Flow.INVOICE),
)
def unit_prices(documents: Documents, policy: Policy) -> Finding:
    """Compare the price of every invoiced item with the order's price of the same item and unit."""
    ordered = _prices(line for one in documents.orders for line in one.lines)
    invoiced = _prices(line for one in documents.invoices for line in one.lines)
    common = [item for item in invoiced if item in ordered]
    if not common:
        return absent("no item has a price both ordered and invoiced")
    faults = [
        f"{item}: invoiced at {plain(invoiced[item])}, ordered at {plain(ordered[item])}"
        for item in common
        if abs(invoiced[item] - ordered[item]) > policy.line_price * ordered[item]
    ]
    first = common[0]
    found = {"ordered_price": ordered[first], "invoiced_price": invoiced[first]} if len(common) == 1 else {}
    good = f"Prices of {len(common)} items agree within {plain(policy.line_price * 100)} %."
    return verdict(faults, good, names(documents.orders, documents.invoices), found)


@rule("X-02c", "Invoiced total stays within the order's by 1 %", weight=1, flows=(Flow.TRADE, Flow.INVOICE))
def order_total(documents: Documents, policy: Policy) -> Finding:
    """Compare the line totals of invoices, less credit notes, with those of the orders."""
    ordered = _line_total(line for one in documents.orders for line in one.lines)
    invoiced = _line_total(line for one in documents.invoices for line in one.lines)
    if ordered is None or invoiced is None:
        return absent("lines of orders and invoices do not all state amounts")
    credited = _line_total(line for one in related_credit_notes(documents) for line in one.lines) or ZERO
    net = invoiced - credited
    faults = (
        [f"lines invoiced less credited come to {net}, more than the {ordered} ordered"]
        if net > ordered * (1 + policy.total_price)
        else []
    )
    return verdict(
        faults,
        f"Lines invoiced less credited come to {net}, of {ordered} ordered.",
        names(documents.orders, documents.invoices, related_credit_notes(documents)),
        {"ordered_amount": ordered, "invoiced_amount": invoiced, "credited_amount": credited},
    )


def count(documents: Documents) -> Counts:
    """Add up quantities an item and stage; invoice lines without a quantity (services) are left out."""
    return Counts(
        ordered=_added(line for one in documents.orders for line in one.lines),
        despatched=_added(line for one in documents.despatches for line in one.lines),
        received=_added(line for one in documents.receipts for line in one.lines),
        rejected=_rejected(line for one in documents.receipts for line in one.lines),
        invoiced=_added(line for one in documents.invoices for line in one.lines),
        credited=_added(line for one in related_credit_notes(documents) for line in one.lines) or {},
    )


def figures(counts: Counts) -> dict[str, Decimal]:
    """Totals a stage when all is counted in one unit; "stage:item" besides when there are several items."""
    stages = {
        "ordered": counts.ordered,
        "despatched": counts.despatched,
        "received": counts.received,
        "rejected": counts.rejected or None,
        "invoiced": counts.invoiced,
        "credited": counts.credited,
    }
    known = {stage: totals for stage, totals in stages.items() if totals is not None}
    items = {item for totals in known.values() for item in totals}
    found: dict[str, Decimal] = {}
    if len({item.unit for item in items}) <= 1:
        found |= {stage: sum(totals.values(), ZERO) for stage, totals in known.items()}
    if len(items) > 1:
        found |= {f"{stage}:{item}": n for stage, totals in known.items() for item, n in totals.items()}
    return found


def _faults(counts: Counts, item: Item, policy: Policy) -> list[str]:
    def at(stage: Mapping[Item, Decimal] | None) -> Decimal | None:
        return None if stage is None else stage.get(item, ZERO)

    ordered, despatched, received = at(counts.ordered), at(counts.despatched), at(counts.received)
    faults = []
    if despatched is not None and ordered is not None and despatched > ordered * (1 + policy.over_delivery):
        faults.append(f"{item}: despatched {plain(despatched)} exceeds ordered {plain(ordered)}")
    if received is not None and despatched is not None and received > despatched:
        faults.append(f"{item}: received {plain(received)} exceeds despatched {plain(despatched)}")
    invoiced = at(counts.invoiced)
    if invoiced is None:
        return faults
    limits = (
        ("accepted", None if received is None else received - counts.rejected.get(item, ZERO)),
        ("despatched", despatched),
        ("ordered", None if ordered is None else ordered * (1 + policy.over_delivery)),
    )
    stage, limit = next((pair for pair in limits if pair[1] is not None), ("", None))
    if limit is not None:
        faults += _billing_faults(item, invoiced, counts.credited.get(item, ZERO), stage, limit)
    return faults


def _billing_faults(
    item: Item, invoiced: Decimal, credited: Decimal, stage: str, limit: Decimal
) -> list[str]:
    net = invoiced - credited
    excess = f"{item}: invoiced {plain(invoiced)} exceeds {stage} {plain(limit)} by {plain(invoiced - limit)}"
    if net > limit:
        return [
            f"{excess}, of which {plain(credited)} is credited"
            if credited
            else f"{excess}, and nothing is credited"
        ]
    if credited and net <= 0 < limit:
        taken = (
            f"the credit note takes back {plain(credited)}, so no invoiced quantity stays to match the goods"
        )
        return [f"{excess}; {taken}" if invoiced > limit else f"{item}: {taken}"]
    return []


def _item(line: Line | DespatchLine | ReceiptLine) -> Item:
    key = line.item_id or line.item or f"line {line.order_line or line.id}"
    return Item(key, line.unit, line.item)


def _added(lines: Iterable[Line | DespatchLine | ReceiptLine]) -> dict[Item, Decimal] | None:
    totals: dict[Item, Decimal] = {}
    for line in lines:
        if line.quantity is not None:
            totals[_item(line)] = totals.get(_item(line), ZERO) + line.quantity
    return totals or None


def _rejected(lines: Iterable[ReceiptLine]) -> dict[Item, Decimal]:
    totals: dict[Item, Decimal] = {}
    for line in lines:
        if line.rejected:
            totals[_item(line)] = totals.get(_item(line), ZERO) + line.rejected
    return totals


def _prices(lines: Iterable[Line]) -> dict[Item, Decimal]:
    """The price of each item; of several for one item the highest, which has to be explained."""
    prices: dict[Item, Decimal] = {}
    for line in lines:
        if line.price is not None:
            prices[_item(line)] = max(line.price, prices.get(_item(line), line.price))
    return prices


def _line_total(lines: Iterable[Line]) -> Decimal | None:
    amounts = [line.amount for line in lines]
    known = [one for one in amounts if one is not None]
    return sum(known, ZERO) if known and len(known) == len(amounts) else None
