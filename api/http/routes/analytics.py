"""Analytics: what is owed, held, on offer and financed, from the read model of a gateway with a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from api.http import analytics
from api.http.analytics import Listing, rows_of
from api.http.authentication import Caller, Here
from api.http.formats import Currency, CurrencyIn, Time, Total, VoucherId
from api.http.gateway import Gateway, Member
from api.http.modelled import snapshot
from api.http.paging import Cursor, Limit, Page
from api.http.replies import describe_read, read
from api.http.routes.quotes import kind_name
from api.http.views import EncumbranceName
from chain.rules.state import Encumbrance, Kind

router = APIRouter(prefix="/v1/analytics", tags=["analytics"])

T = TypeVar("T", bound=BaseModel)


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

Debtor = Annotated[int | None, Query(ge=1, lt=2**32, description="Only what this debtor owes.")]
InCurrency = Annotated[CurrencyIn | None, Query(description="Only what is in this currency.")]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for: by whom, which rows, how many, from where on."""

    request: Request
    gateway: Gateway
    caller: Member
    only: dict[str, int | None]
    limit: int
    cursor: str | None


def _of_all(
    request: Request,
    gateway: Here,
    caller: Caller,
    currency: InCurrency = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Asked:
    return Asked(request, gateway, caller, {"currency": currency}, limit, cursor)


def _of_debtors(asked: Annotated[Asked, Depends(_of_all)], debtor: Debtor = None) -> Asked:
    return replace(asked, only={**asked.only, "debtor": debtor})


OfAll = Annotated[Asked, Depends(_of_all)]
OfDebtors = Annotated[Asked, Depends(_of_debtors)]


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


@router.get(
    "/exposure",
    response_model=ExposurePage,
    operation_id="getExposure",
    summary="What debtors owe, beside their limits",
    responses=describe_read(501),
)
def exposure(asked: OfDebtors) -> Response:
    """A debtor sees itself; auditors, operators, regulators and settlement banks see all."""
    return _listed(asked, analytics.EXPOSURE, ExposureView, ExposurePage)


@router.get(
    "/group-exposure",
    response_model=GroupExposurePage,
    operation_id="getGroupExposure",
    summary="What is used of the limits of groups of debtors",
    responses=describe_read(501),
)
def group_exposure(asked: OfAll) -> Response:
    """The head of a group sees its group; auditors, operators, regulators and settlement banks see all."""
    return _listed(asked, analytics.GROUPS, GroupExposureView, GroupExposurePage)


@router.get(
    "/ageing",
    response_model=AgeingPage,
    operation_id="getAgeing",
    summary="What is unpaid by days past due (账龄)",
    responses=describe_read(501),
)
def ageing(asked: OfDebtors) -> Response:
    """A debtor sees itself; auditors, operators, regulators and settlement banks see all."""
    return _listed(asked, analytics.AGEING, AgeingView, AgeingPage)


@router.get(
    "/tiers",
    response_model=TierPage,
    operation_id="getTiers",
    summary="How far down the chain vouchers have come",
    responses=describe_read(501),
)
def tiers(asked: OfDebtors) -> Response:
    """A debtor sees itself; auditors, operators, regulators and settlement banks see all."""
    return _listed(asked, analytics.TIERS, TierView, TierPage)


@router.get(
    "/holdings",
    response_model=DebtorHoldingPage,
    operation_id="getHoldings",
    summary="What is held of each debtor",
    responses=describe_read(501),
)
def holdings(asked: OfDebtors) -> Response:
    """A holder sees its own; auditors, operators, regulators and settlement banks see all."""
    return _listed(asked, analytics.HOLDINGS, DebtorHoldingView, DebtorHoldingPage)


@router.get(
    "/financing-rate",
    response_model=FinancingRatePage,
    operation_id="getFinancingRate",
    summary="How much of what was confirmed was turned into cash",
    responses=describe_read(501),
)
def financing_rate(asked: OfDebtors) -> Response:
    """A debtor sees itself; auditors, operators, regulators and settlement banks see all."""
    return _listed(asked, analytics.FINANCING_RATE, FinancingRateView, FinancingRatePage)


@router.get(
    "/financing-costs",
    response_model=FinancingCostPage,
    operation_id="listFinancingCosts",
    summary="What each financing costs its holder",
    responses=describe_read(501),
)
def financing_costs(asked: OfDebtors) -> Response:
    """Financings of vouchers whose receivable the caller may see, in the order in which they were paid."""
    return _listed(asked, analytics.COSTS, FinancingCostView, FinancingCostPage)


@router.get(
    "/financing-costs/by-kind",
    response_model=KindCostsView,
    operation_id="getFinancingCostsByKind",
    summary="What financings cost by kind: sold, with recourse, lent",
    responses=describe_read(501),
)
def financing_costs_by_kind(
    request: Request, gateway: Here, caller: Caller, currency: InCurrency = None
) -> Response:
    """Over the financings of vouchers whose receivable the caller may see."""
    with snapshot(gateway) as model:
        rows = analytics.costs_by_kind(model, caller.number, currency)
        shown = KindCostsView(items=[_shown(KindCostView)(row) for row in rows])
        return read(request, model.head, shown)


@router.get(
    "/waiting-offers",
    response_model=WaitingOffersPage,
    operation_id="getWaitingOffers",
    summary="For whom offers wait, and which have lapsed",
    responses=describe_read(501),
)
def waiting_offers(asked: OfAll) -> Response:
    """A receiver sees its own; auditors, operators, regulators and settlement banks see all."""
    return _listed(asked, analytics.OFFERS, WaitingOffersView, WaitingOffersPage)


@router.get(
    "/encumbered-vouchers",
    response_model=EncumberedPage,
    operation_id="listEncumberedVouchers",
    summary="Vouchers that do not move freely",
    responses=describe_read(501),
)
def encumbered_vouchers(asked: OfDebtors) -> Response:
    """Offered, locked, pledged, frozen, disputed or bound; of receivables that the caller may see."""
    return _listed(asked, analytics.ENCUMBERED, EncumberedView, EncumberedPage)


def _listed(asked: Asked, listing: Listing, item: type[T], page: type[Page[T]]) -> Response:
    with snapshot(asked.gateway) as model:
        rows, more = rows_of(
            model,
            listing,
            list(item.model_fields),
            asked.caller.number,
            asked.only,
            asked.cursor,
            asked.limit,
        )
        return read(asked.request, model.head, page(items=list(map(_shown(item), rows)), next_cursor=more))


def _shown(item: type[T]) -> Callable[[Any], T]:
    """From a row to what is shown of it."""

    def show(row: Any) -> T:
        values = {name: getattr(row, name) for name in item.model_fields}
        if values.get("kind") is not None:
            values["kind"] = kind_name(Kind(values["kind"]))
        if "encumbrance" in values:
            values["encumbrance"] = Encumbrance(values["encumbrance"]).name.lower()
            values["counterparty"] = values["counterparty"] or None
        return item(**values)

    return show
