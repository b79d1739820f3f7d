"""What the rows of analytics look like."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from api.http.formats import Currency, Time, Total, VoucherId
from api.http.paging import Page
from api.http.views import EncumbranceName
from chain.rules.state import Kind


def _rate(places: str, example: str, description: str) -> Any:
    schema = {
        "type": "string",
        "pattern": r"^[0-9]+\.[0-9]+$",
        "examples": [example],
        "description": description,
    }
    return (
        BeforeValidator(lambda value: Decimal(str(value)).quantize(Decimal(places))),
        PlainSerializer(lambda value: f"{value:f}"),
        WithJsonSchema(schema),
    )


YearlyRate = Annotated[Decimal, *_rate("0.01", "432.55", "In hundredths of a percent, a year of 365 days.")]
Part = Annotated[Decimal, *_rate("0.000001", "0.250000", "In parts of one.")]
KindName = Annotated[
    str,
    Field(
        json_schema_extra={"enum": [kind.name.lower() for kind in Kind]},
        examples=[Kind.PURCHASE.name.lower()],
    ),
]
Count = Annotated[int, Field(examples=[3])]
Participant = Annotated[int, Field(examples=[1])]


class ExposureView(BaseModel):
    """What a debtor owes in a currency, beside its limit; no limit where none was set."""

    debtor: Participant
    currency: Currency
    receivables: Count
    face: Total
    unpaid: Total
    overdue: Total = Field(description="What is unpaid and past its due date.")
    credit_limit: Total | None
    used: Total = Field(description="By proposals and debts.")
    available: Total | None


class GroupExposureView(BaseModel):
    """What is used of the limit of a group of debtors, known by its head."""

    head: Participant
    currency: Currency
    credit_limit: Total | None
    used: Total
    available: Total | None


class AgeingView(BaseModel):
    """What is unpaid by days past due."""

    debtor: Participant
    currency: Currency
    bucket: str = Field(
        json_schema_extra={"enum": ["not due", "0-30", "31-60", "61-90", "91-180", "over 180"]},
        examples=["31-60"],
    )
    receivables: Count
    unpaid: Total


class TierView(BaseModel):
    """What is held of a debtor's receivables so many hops from their first holders."""

    debtor: Participant
    currency: Currency
    tier: int = Field(examples=[2])
    vouchers: Count
    holders: Count
    held: Total


class DebtorHoldingView(BaseModel):
    """What a participant holds of a debtor in live vouchers, by their part of the face."""

    holder: Participant
    debtor: Participant
    currency: Currency
    vouchers: Count
    held: Total
    overdue: Total
    next_due_at: Time | None


class FinancingRateView(BaseModel):
    """How much of what a debtor confirmed was turned into cash, each part of a face once."""

    debtor: Participant
    currency: Currency
    face: Total
    financed: Total
    sold: Total
    sold_with_recourse: Total
    pledged: Total
    rate: Part


class FinancingCostView(BaseModel):
    """A financing: what it costs the holder, and that as a yearly rate where there is time left."""

    block_number: int = Field(examples=[57])
    log_index: int = Field(examples=[1])
    time: Time
    voucher: VoucherId
    receivable: int = Field(examples=[1])
    debtor: Participant
    currency: Currency
    transferor: Participant
    financier: Participant
    kind: KindName
    face: Total
    amount: Total
    interest: Total
    debtor_interest: Total
    fees: Total
    cost: Total
    until: Time
    yearly_rate: YearlyRate | None


class KindCostView(BaseModel):
    """Financings of one kind together; the rate is weighed by amount and time."""

    currency: Currency
    kind: KindName
    financings: Count
    face: Total
    amount: Total
    cost: Total
    debtor_interest: Total
    yearly_rate: YearlyRate | None


class KindCostsView(BaseModel):
    """The financings that the caller may see, by currency and kind."""

    items: list[KindCostView]


class WaitingOffersView(BaseModel):
    """What waits for a participant's answer; lapsed offers are for their makers to take back."""

    participant: Participant
    currency: Currency
    vouchers: Count
    offered: Total
    next_lapses_at: Time | None
    lapsed: Count


class EncumberedView(BaseModel):
    """A voucher that its holder cannot move freely: why, for whom, until when."""

    voucher: VoucherId
    receivable: int = Field(examples=[1])
    debtor: Participant
    currency: Currency
    holder: Participant
    length: Total
    encumbrance: EncumbranceName
    counterparty: int | None
    until: Time | None
    past: bool = Field(description="Whether that time is over.")
    frozen: bool
    disputed: bool
    bound: bool = Field(description="Whether something may be due back to those it was financed from.")
    kind: KindName | None = Field(description="Of the financing it is in.")
    owed_at_first: Total | None = Field(description="On the loan that it is pledged for.")


class ExposurePage(Page[ExposureView]):
    """Some debtors; `next_cursor` leads to more."""


class GroupExposurePage(Page[GroupExposureView]):
    """Some groups; `next_cursor` leads to more."""


class AgeingPage(Page[AgeingView]):
    """Some buckets; `next_cursor` leads to more."""


class TierPage(Page[TierView]):
    """Some tiers; `next_cursor` leads to more."""


class DebtorHoldingPage(Page[DebtorHoldingView]):
    """Some holdings; `next_cursor` leads to more."""


class FinancingRatePage(Page[FinancingRateView]):
    """Some debtors; `next_cursor` leads to more."""


class FinancingCostPage(Page[FinancingCostView]):
    """Some financings; `next_cursor` leads to more."""


class WaitingOffersPage(Page[WaitingOffersView]):
    """Some receivers; `next_cursor` leads to more."""


class EncumberedPage(Page[EncumberedView]):
    """Some vouchers; `next_cursor` leads to more."""
