"""Typed records of the documents of a trade: what the readers return and the checks compare.

Amounts are `Decimal` in the document's currency, quantities `Decimal` in the unit beside them (UN/ECE
Recommendation 20 codes, such as KGM), rates per cent, dates plain dates as the document writes them.
An absent date is None, an absent id or reference is the empty string.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum

from flows.identifiers import LEI, USCC, Identifier, check_uscc


class Flow(IntEnum):
    """The four flows (四流) of a trade."""

    TRADE = 0
    LOGISTICS = 1
    INVOICE = 2
    FUNDS = 3


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation as a document names it; `identifiers` may be empty, `name` may not."""

    name: str
    identifiers: tuple[Identifier, ...] = ()

    @property
    def id(self) -> str:
        """The strongest identifier: USCC, then LEI, then the first given; empty when there is none."""
        for scheme in (USCC, LEI):
            for one in self.identifiers:
                if one.scheme == scheme:
                    return one.value
        return self.identifiers[0].value if self.identifiers else ""


def uscc_party(name: str, uscc: str) -> Party:
    """A Chinese organisation.

    Raises:
        BadIdentifier: the USCC is not one.
    """
    return Party(name, (Identifier(USCC, check_uscc(uscc)),))


@dataclass(frozen=True, slots=True)
class Terms:
    """Payment terms: `days` after the invoice date, or a `due` date, or only a note."""

    days: int | None = None
    due: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order, an invoice or a credit note.

    `price` is per one unit (the price amount over its base quantity); `amount` is the line total after the
    line's own allowances and charges and before tax; `adjustment` is the sum of those, charges positive.
    """

    id: str
    item: str
    item_id: str
    quantity: Decimal | None
    unit: str
    price: Decimal | None
    amount: Decimal | None
    tax_category: str = ""
    tax_rate: Decimal | None = None
    adjustment: Decimal = Decimal(0)
    order_line: str = ""


@dataclass(frozen=True, slots=True)
class DespatchLine:
    """What was sent on one line."""

    id: str
    item: str
    item_id: str
    quantity: Decimal
    unit: str
    order_line: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """What arrived on one line: `quantity` received, of which `rejected` went back; `short` never came."""

    id: str
    item: str
    item_id: str
    quantity: Decimal
    unit: str
    rejected: Decimal = Decimal(0)
    short: Decimal = Decimal(0)
    order_line: str = ""


@dataclass(frozen=True, slots=True)
class TaxSubtotal:
    """Tax of one category: `rate` per cent of `taxable`, None where only the lines state it."""

    taxable: Decimal
    tax: Decimal
    category: str = ""
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Document totals (UBL MonetaryTotal); None is a total the document does not state.

    net = lines - allowances + charges; gross = net + tax; payable = gross - prepaid + rounding.
    """

    payable: Decimal
    lines: Decimal | None = None
    net: Decimal | None = None
    gross: Decimal | None = None
    allowances: Decimal = Decimal(0)
    charges: Decimal = Decimal(0)
    prepaid: Decimal = Decimal(0)
    rounding: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Order:
    """A purchase order (采购订单): trade flow."""

    file: str
    id: str
    issued: date
    currency: str
    buyer: Party
    seller: Party
    lines: tuple[Line, ...]
    totals: Totals | None = None
    tax: Decimal | None = None
    terms: Terms = Terms()
    contract: str = ""


@dataclass(frozen=True, slots=True)
class DespatchAdvice:
    """A despatch advice (发货单): logistics flow, by the seller. `waybill` is the consignment's number."""

    file: str
    id: str
    issued: date
    buyer: Party
    seller: Party
    lines: tuple[DespatchLine, ...]
    orders: tuple[str, ...] = ()
    carrier: Party | None = None
    waybill: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptAdvice:
    """A receipt advice (收货单): logistics flow, by the buyer. `delivered` is the day the goods came."""

    file: str
    id: str
    issued: date
    buyer: Party
    seller: Party
    lines: tuple[ReceiptLine, ...]
    orders: tuple[str, ...] = ()
    despatches: tuple[str, ...] = ()
    delivered: date | None = None


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice (发票): invoice flow. `type_code` is UNTDID 1001 where the document uses it (380, 386)."""

    file: str
    id: str
    issued: date
    currency: str
    buyer: Party
    seller: Party
    lines: tuple[Line, ...]
    totals: Totals
    tax: Decimal
    taxes: tuple[TaxSubtotal, ...] = ()
    type_code: str = ""
    due: date | None = None
    terms: Terms = Terms()
    orders: tuple[str, ...] = ()
    despatches: tuple[str, ...] = ()
    receipts: tuple[str, ...] = ()
    payment_id: str = ""
    payee_account: str = ""


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A credit note (红字发票): invoice flow. Amounts are positive and reduce the `invoices` it names."""

    file: str
    id: str
    issued: date
    currency: str
    buyer: Party
    seller: Party
    lines: tuple[Line, ...]
    totals: Totals
    tax: Decimal
    taxes: tuple[TaxSubtotal, ...] = ()
    invoices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CashEntry:
    """One payment on an account, from an ISO 20022 camt message: funds flow.

    An entry (Ntry) that bundles several transactions becomes one record for each, numbered by `entry` and
    `transaction` from 1; `amount` is the transaction's, `entry_amount` what the bank booked for the bundle.
    `credit` is true only when entry and transaction both say the account received the money.
    """

    file: str
    id: str
    account: str
    entry: int
    transaction: int
    amount: Decimal
    currency: str
    entry_amount: Decimal
    entry_currency: str
    credit: bool
    booked: date | None
    value_date: date | None
    status: str
    reversal: bool
    end_to_end_id: str = ""
    instruction_id: str = ""
    uetr: str = ""
    servicer_reference: str = ""
    debtor: str = ""
    debtor_account: str = ""
    creditor: str = ""
    creditor_account: str = ""
    remittance: tuple[str, ...] = ()


Document = Order | DespatchAdvice | ReceiptAdvice | Invoice | CreditNote
