"""Analytics: what is owed, held, on offer and financed, from the read model of a gateway with a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from api.http import analytics
from api.http.analytics import Listing, rows_of
from api.http.analytics_views import (
    AgeingPage,
    AgeingView,
    DebtorHoldingPage,
    DebtorHoldingView,
    EncumberedPage,
    EncumberedView,
    ExposurePage,
    ExposureView,
    FinancingCostPage,
    FinancingCostView,
    FinancingRatePage,
    FinancingRateView,
    GroupExposurePage,
    GroupExposureView,
    KindCostsView,
    KindCostView,
    TierPage,
    TierView,
    WaitingOffersPage,
    WaitingOffersView,
)
from api.http.authentication import Caller, Here
from api.http.formats import CurrencyIn
from api.http.gateway import Gateway, Member
from api.http.modelled import snapshot
from api.http.paging import Cursor, Limit, Page
from api.http.replies import describe_read, read
from api.http.routes.quotes import kind_name
from chain.rules.state import Encumbrance, Kind

router = APIRouter(prefix="/v1/analytics", tags=["analytics"])

T = TypeVar("T", bound=BaseModel)


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
