"""Invoice ledgers: one row an invoice line that a firm sold or bought on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum


class Side(Enum):
    """Which side of the invoice the ledger's owner stands on."""

    SALE = "sale"
    PURCHASE = "purchase"


@dataclass(frozen=True, slots=True)
class LedgerInvoice:
    """One row of a VAT invoice ledger.

    Amounts are yuan with two decimals; a negative amount is a red-letter (红字) invoice.
    `gross` is `net + tax` as the source states it. `voided` rows (作废) stay in the ledger and count for
    the void ratio only.
    """

    firm: str
    side: Side
    number: str
    issued: date
    counterpart: str
    net: Decimal
    tax: Decimal
    gross: Decimal
    voided: bool
