"""The story's papers: sample trades written and read back as any user's would be."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from flows.checks.cross import CrossCheck, cross_check
from flows.documents import Documents, read_folder
from flows.evidence import Evidence, make_evidence
from flows.money import CURRENCY_NUMBERS, minor_units
from flows.records import Invoice, Party
from flows.samples import ledger_rows, write_sample_trade

TERM = timedelta(days=90)
_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class TradePapers:
    """One trade's documents, the cross-check of them, and the evidence an attester signs."""

    documents: Documents
    checked: CrossCheck
    evidence: Evidence

    @property
    def invoice(self) -> Invoice:
        """The trade's one invoice."""
        return self.documents.invoices[0]

    @property
    def minor(self) -> int:
        """What the invoice says is payable, in minor units."""
        return int(self.invoice.totals.payable.scaleb(minor_units(self.invoice.currency)))

    @property
    def delivered_at(self) -> int:
        """When the goods had come, by receipt advice or else by despatch advice: that day's beginning."""
        receipts = [one.delivered or one.issued for one in self.documents.receipts]
        days = receipts or [one.issued for one in self.documents.despatches]
        return timestamp(max(days)) - _DAY + 1

    @property
    def due_at(self) -> int:
        """When the invoice is due: that day's last second.

        Raises:
            ValueError: it states no day.
        """
        if self.invoice.due is None:
            raise ValueError(f"invoice {self.invoice.id} has no due date")
        return timestamp(self.invoice.due)

    @property
    def currency(self) -> int:
        """ISO 4217 numeric code of the invoice's currency."""
        return CURRENCY_NUMBERS[self.invoice.currency]


def day(timestamp: int) -> date:
    """The UTC day of a time in seconds since 1970."""
    return datetime.fromtimestamp(timestamp, UTC).date()


def timestamp(of: date) -> int:
    """The last second of a day, UTC, in seconds since 1970."""
    return int(datetime(of.year, of.month, of.day, 23, 59, 59, tzinfo=UTC).timestamp())


def sample_trade(
    folder: Path,
    number: str,
    buyer: Party,
    seller: Party,
    carrier: Party,
    today: date,
    quantity: int,
    unit_price: Decimal,
) -> TradePapers:
    """A consistent trade, invoiced four days ago: written as UBL, read back, checked, made evidence."""
    trade = write_sample_trade(
        folder,
        number=number,
        buyer=buyer,
        seller=seller,
        carrier=carrier,
        order_date=today - timedelta(days=12),
        due_date=today + TERM,
        quantity=Decimal(quantity),
        unit_price=unit_price,
        account=f"6222-{number}",
    )
    sold, bought = ledger_rows(trade.invoice)
    documents = replace(read_folder(folder), seller_ledger=(sold,), buyer_ledger=(bought,))
    return make_papers(documents)


def make_papers(documents: Documents) -> TradePapers:
    """Cross-checks documents and makes evidence of them, under a fresh seed."""
    checked = cross_check(documents)
    return TradePapers(documents, checked, make_evidence(documents, checked, secrets.token_bytes(32)))
