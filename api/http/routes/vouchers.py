"""Vouchers: split, offered on, accepted. A voucher has at most one open offer, known by the voucher's id."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from api.http import modelled
from api.http.asof import Head, reading
from api.http.authentication import Caller, Here
from api.http.idempotency import WriteRoute
from api.http.modelled import level_snapshot
from api.http.operations import OfferIn, RefuseIn, SplitIn
from api.http.paging import Cursor, Limit, page, position
from api.http.replies import describe_read, describe_write, read, written
from api.http.routes.common import (
    AnswerIn,
    VoucherPath,
    VoucherWritten,
    reason_hash,
    require_voucher,
    show_vouchers,
    voucher_written,
)
from api.http.views import (
    OfferPage,
    TransactionView,
    VoucherView,
    offer_view,
    transaction_view,
    voucher_view,
)
from api.http.visibility import open_offers, visible_voucher
from chain import events
from chain.lineage import Node
from chain.rules.state import Leg

router = APIRouter(prefix="/v1", tags=["vouchers"])
writes = APIRouter(prefix="/v1", tags=["vouchers"], route_class=WriteRoute)


class SplitWritten(BaseModel):
    """What is left of a voucher after a split, and the pieces in the order of the legs."""

    transaction: TransactionView
    voucher: VoucherView
    pieces: list[VoucherView]


@router.get(
    "/vouchers/{voucher}",
    response_model=VoucherView,
    operation_id="getVoucher",
    summary="One voucher",
    responses=describe_read(404),
)
def get_voucher(request: Request, gateway: Here, caller: Caller, voucher: VoucherPath) -> Response:
    """One voucher, by its id on the ledger."""
    with reading(gateway.ledger) as view:
        return read(request, view.head, voucher_view(visible_voucher(view, caller.number, voucher)))


@router.get(
    "/offers",
    response_model=OfferPage,
    operation_id="listOffers",
    summary="Open offers to the caller, or by it",
    responses=describe_read(),
)
def list_offers(
    request: Request,
    gateway: Here,
    caller: Caller,
    direction: Annotated[Literal["received", "made"], Query()] = "received",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Offers that wait for an answer, lapsed ones included: those the holder can only withdraw."""
    after, received = position(cursor), direction == "received"
    with level_snapshot(gateway) as model:
        if model is not None:
            own = modelled.open_offers(model, caller.number, after, limit + 1, received=received)
            return _offers(request, model.head, page(own, limit))
    with reading(gateway.ledger) as view:
        found = open_offers(view, caller.number, after, received=received)
        return _offers(request, view.head, page(found, limit))


@writes.post(
    "/vouchers/{voucher}/split",
    status_code=201,
    response_model=SplitWritten,
    operation_id="splitVoucher",
    summary="Split a voucher (拆分)",
    responses=describe_write(404),
)
def split(gateway: Here, caller: Caller, voucher: VoucherPath, body: SplitIn) -> Response:
    """The holder cuts pieces off the end, each kept or offered on; the voucher keeps the rest."""
    require_voucher(gateway, caller, voucher)
    legs = [Leg(leg.to, leg.amount, leg.evidence) for leg in body.legs]
    sent = gateway.ledger.receivables.split(caller.signer, voucher, body.expected, legs)
    made = [logged.event.child for logged in sent.events if isinstance(logged.event, events.Split)]
    rest, *pieces = show_vouchers(gateway, voucher, *made)
    done = SplitWritten(transaction=transaction_view(sent), voucher=rest, pieces=pieces)
    return written(done, 201)


@writes.post(
    "/offers",
    status_code=201,
    response_model=VoucherWritten,
    operation_id="makeOffer",
    summary="Offer a whole voucher (转让)",
    responses=describe_write(404),
)
def offer(gateway: Here, caller: Caller, body: OfferIn) -> Response:
    """The holder offers a voucher; it stays the holder's until the receiver accepts."""
    require_voucher(gateway, caller, body.voucher)
    sent = gateway.ledger.receivables.offer(
        caller.signer, body.voucher, body.expected, body.to, body.evidence
    )
    return voucher_written(gateway, sent, body.voucher, 201)


@writes.post(
    "/offers/{voucher}/accept",
    response_model=VoucherWritten,
    operation_id="acceptOffer",
    summary="Accept a voucher (签收)",
    responses=describe_write(404),
)
def accept(gateway: Here, caller: Caller, voucher: VoucherPath, body: AnswerIn) -> Response:
    """The receiver accepts in time, and holds the voucher."""
    require_voucher(gateway, caller, voucher)
    sent = gateway.ledger.receivables.accept(caller.signer, voucher, body.expected)
    return voucher_written(gateway, sent, voucher)


@writes.post(
    "/offers/{voucher}/refuse",
    response_model=VoucherWritten,
    operation_id="refuseOffer",
    summary="Refuse a voucher (拒收)",
    responses=describe_write(404),
)
def refuse(gateway: Here, caller: Caller, voucher: VoucherPath, body: RefuseIn) -> Response:
    """The receiver refuses; the voucher is its holder's as before."""
    require_voucher(gateway, caller, voucher)
    reason = reason_hash(body.reason)
    sent = gateway.ledger.receivables.refuse(caller.signer, voucher, body.expected, reason)
    return voucher_written(gateway, sent, voucher)


@writes.post(
    "/offers/{voucher}/withdraw",
    response_model=VoucherWritten,
    operation_id="withdrawOffer",
    summary="Take an offer back",
    responses=describe_write(404),
)
def withdraw(gateway: Here, caller: Caller, voucher: VoucherPath, body: AnswerIn) -> Response:
    """The holder takes back an offer that is not accepted yet, lapsed or not."""
    require_voucher(gateway, caller, voucher)
    sent = gateway.ledger.receivables.withdraw(caller.signer, voucher, body.expected)
    return voucher_written(gateway, sent, voucher)


def _offers(request: Request, head: Head, found: tuple[list[Node], str | None]) -> Response:
    nodes, more = found
    items = [offer_view(node, head.time) for node in nodes]
    return read(request, head, OfferPage(items=items, next_cursor=more))
