"""The parts UBL documents share: parties, items, quantities, prices, taxes, totals, payment terms."""

from __future__ import annotations

from decimal import Decimal

from flows.identifiers import BadIdentifier, Identifier, identifier
from flows.money import minor_units
from flows.records import Line, Party, TaxSubtotal, Terms, Totals
from flows.xml import Node

# Where a party's identifiers stand, and the scheme each place implies when it names none.
_IDENTIFIERS = (
    ("cac:PartyLegalEntity/cbc:CompanyID", "LEGAL"),
    ("cac:PartyTaxScheme/cbc:CompanyID", "TAX"),
    ("cac:PartyIdentification/cbc:ID", "PARTY"),
    ("cbc:EndpointID", "ENDPOINT"),
)
_LONGEST_TERM = 3660  # no receivable runs ten years
_DAY_UNITS = {"DAY": 1, "D": 1, "WEE": 7}  # UN/ECE Recommendation 20


def party(node: Node) -> Party:
    """A cac:Party (or CarrierParty): its name and every identifier, USCC and LEI checked.

    Raises:
        BadDocument: neither name nor identifier, or a wrong check digit.
    """
    identifiers: dict[Identifier, None] = {}
    for path, implied in _IDENTIFIERS:
        for found in node.all(path):
            if not found.own_text():
                continue
            try:
                one = identifier(found.element.get("schemeID") or implied, found.own_text())
            except BadIdentifier as error:
                raise found.bad(str(error)) from None
            identifiers[one] = None
    name = first_text(
        node,
        "cac:PartyName/cbc:Name",
        "cac:PartyLegalEntity/cbc:RegistrationName",
        "cac:PartyTaxScheme/cbc:RegistrationName",
    )
    if not name and not identifiers:
        raise node.bad("party must have a name or an identifier")
    return Party(name or next(iter(identifiers)).value, tuple(identifiers))


def item(line: Node) -> tuple[str, str]:
    """Name and id of a line's item; the id is the seller's, the standard's, the buyer's, or empty."""
    name = first_text(line, "cac:Item/cbc:Name", "cac:Item/cbc:Description")
    number = first_text(
        line,
        "cac:Item/cac:SellersItemIdentification/cbc:ID",
        "cac:Item/cac:StandardItemIdentification/cbc:ID",
        "cac:Item/cac:BuyersItemIdentification/cbc:ID",
    )
    return name, number


def count(node: Node) -> tuple[Decimal, str]:
    """A quantity of goods and its unit code.

    Raises:
        BadDocument: no number, or a negative one.
    """
    value, unit = _quantity(node)
    if value < 0:
        raise node.bad(f"quantity must not be negative (got {node.own_text()})")
    return value, unit


def priced_line(line: Node, quantity_path: str, currency: str) -> Line:
    """A line with price and amount.

    Quantity and line amount may be negative (a line may take back another); a price may not.

    Raises:
        BadDocument: no id, or a number that breaks its rule.
    """
    quantity = line.find(quantity_path)
    value, unit = _quantity(quantity) if quantity else (None, "")
    name, number = item(line)
    category = line.find("cac:Item/cac:ClassifiedTaxCategory") or line.find(
        "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory"
    )
    return Line(
        id=line.require_text("cbc:ID"),
        item=name,
        item_id=number,
        quantity=value,
        unit=unit,
        price=_price(line, currency),
        amount=optional_amount(line, "cbc:LineExtensionAmount", currency, negative=True),
        tax_category=category.text("cbc:ID") if category else "",
        tax_rate=category.number("cbc:Percent") if category else None,
        adjustment=_adjustment(line, currency),
        order_line=line.text("cac:OrderLineReference/cbc:LineID"),
    )


def tax_totals(node: Node, currency: str) -> tuple[Decimal, tuple[TaxSubtotal, ...]]:
    """Total tax and its subtotals in the document's currency; zero and none when the document has no tax.

    A second cac:TaxTotal may restate the tax in the currency of the seller's books; it is left aside.

    Raises:
        BadDocument: the document has tax totals, and none in its currency.
    """
    totals = [total for total in node.all("cac:TaxTotal") if total.find("cbc:TaxAmount")]
    own = [total for total in totals if _currency_of(total.require("cbc:TaxAmount")) in ("", currency)]
    if totals and not own:
        raise totals[0].bad(f"tax must be stated in the document's currency {currency}")
    tax = sum((amount(total.require("cbc:TaxAmount"), currency, negative=True) for total in own), Decimal(0))
    subtotals = tuple(
        TaxSubtotal(
            taxable=amount(part.require("cbc:TaxableAmount"), currency, negative=True),
            tax=amount(part.require("cbc:TaxAmount"), currency, negative=True),
            category=part.text("cac:TaxCategory/cbc:ID"),
            rate=part.number("cac:TaxCategory/cbc:Percent"),
        )
        for total in own
        for part in total.all("cac:TaxSubtotal")
        if part.find("cbc:TaxableAmount")
    )
    return tax, subtotals


def monetary_totals(node: Node, currency: str) -> Totals:
    """A monetary total (LegalMonetaryTotal, AnticipatedMonetaryTotal).

    Raises:
        BadDocument: no payable amount, or an amount negative that may not be. Only the rounding may: what
            takes money back is a credit note, not an invoice below zero.
    """
    zero = Decimal(0)

    def part(name: str) -> Decimal | None:
        return optional_amount(node, f"cbc:{name}", currency)

    return Totals(
        payable=amount(node.require("cbc:PayableAmount"), currency),
        lines=part("LineExtensionAmount"),
        net=part("TaxExclusiveAmount"),
        gross=part("TaxInclusiveAmount"),
        allowances=part("AllowanceTotalAmount") or zero,
        charges=part("ChargeTotalAmount") or zero,
        prepaid=part("PrepaidAmount") or zero,
        rounding=optional_amount(node, "cbc:PayableRoundingAmount", currency, negative=True) or zero,
    )


def terms(node: Node) -> Terms:
    """Payment terms: days of the settlement period, due date, note; what is absent stays empty."""
    measure = node.find("cac:PaymentTerms/cac:SettlementPeriod/cbc:DurationMeasure")
    days: int | None = None
    if measure and (unit := _DAY_UNITS.get(measure.element.get("unitCode", ""))):
        number = measure.own_number()
        if not (0 <= number <= _LONGEST_TERM and number == int(number)):
            raise measure.bad(f"must be a whole number of days or weeks up to {_LONGEST_TERM} (got {number})")
        days = int(number) * unit
    return Terms(
        days=days,
        due=node.optional_date("cac:PaymentTerms/cbc:PaymentDueDate"),
        note=node.text("cac:PaymentTerms/cbc:Note"),
    )


def amount(node: Node, currency: str, *, negative: bool = False) -> Decimal:
    """An amount in `currency`.

    Raises:
        BadDocument: another currency, more decimals than the currency has, or negative where not allowed.
    """
    stated = _currency_of(node)
    if not currency:
        raise node.bad("amount must state its currency")
    if stated and stated != currency:
        raise node.bad(f"amount must be in the document's currency {currency} (got {stated})")
    value = node.money(minor_units(currency))
    if value < 0 and not negative:
        raise node.bad(f"amount must not be negative (got {node.own_text()})")
    return value


def optional_amount(node: Node, path: str, currency: str, *, negative: bool = False) -> Decimal | None:
    """The amount at `path`, None if absent; see `amount`."""
    found = node.find(path)
    return amount(found, currency, negative=negative) if found else None


def first_text(node: Node, *paths: str) -> str:
    """The first text that is not empty at any of `paths`, in their order."""
    return next((words for path in paths if (words := node.text(path))), "")


def _currency_of(node: Node) -> str:
    return node.element.get("currencyID", "")


def _quantity(node: Node) -> tuple[Decimal, str]:
    return node.own_number(), node.element.get("unitCode", "")


def _price(line: Node, currency: str) -> Decimal | None:
    """Price of one unit. A price may be finer than its currency: it is a rate, not a sum of money."""
    found = line.find("cac:Price/cbc:PriceAmount")
    if not found:
        return None
    if _currency_of(found) not in ("", currency):
        raise found.bad(f"price must be in the document's currency {currency} (got {_currency_of(found)})")
    price = line.number("cac:Price/cbc:PriceAmount")
    base = line.number("cac:Price/cbc:BaseQuantity")
    if price is None or price < 0:
        raise found.bad(f"price must not be negative (got {found.own_text()})")
    if base is not None and base <= 0:
        raise line.require("cac:Price/cbc:BaseQuantity").bad(f"base quantity must be positive (got {base})")
    if base is None:
        return price
    unit_price = price / base
    # 1585 for 365 days has no end; ten decimals keep a line of a million units right to a cent.
    return round(unit_price, 10) if -int(unit_price.as_tuple().exponent) > 10 else unit_price


def _adjustment(line: Node, currency: str) -> Decimal:
    total = Decimal(0)
    for part in line.all("cac:AllowanceCharge"):
        value = amount(part.require("cbc:Amount"), currency, negative=True)
        total += value if part.text("cbc:ChargeIndicator") == "true" else -value
    return total
