"""The desk (经办, 复核): one of a participant's people drafts a call, another checks it, its hand calls."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from api.http.asof import View, reading
from api.http.authentication import Caller, Here
from api.http.formats import Address, DataHex, Hash, Time
from api.http.gateway import Gateway
from api.http.idempotency import WriteRoute
from api.http.replies import describe_read, describe_write, read, written
from api.http.routes.common import Input, Why, reason_hash
from api.http.views import TransactionView, transaction_view
from chain import errors, events
from chain.ledger import only
from chain.rules.state import DraftState
from chain.sending import Sent

router = APIRouter(prefix="/v1/drafts", tags=["desk"])
writes = APIRouter(prefix="/v1", tags=["desk"], route_class=WriteRoute)

DraftNumber = Annotated[int, Path(ge=1, lt=2**53, examples=[1])]


class CallIn(Input):
    """A call of one of the ledger's contracts: where to, and its data as the contract's ABI encodes it."""

    target: Address
    data: DataHex


class HandWritten(BaseModel):
    """The participant's hand, after it was made: an account without a key, to be added like any other."""

    transaction: TransactionView
    hand: Address


class DraftView(BaseModel):
    """A draft: the ledger keeps the hash of its call, and whoever checks it brings the call again."""

    number: int = Field(examples=[1])
    participant: int = Field(examples=[2])
    state: str = Field(
        json_schema_extra={"enum": ["open", "checked", "rejected", "cancelled"]}, examples=["open"]
    )
    maker: Address
    expires_at: Time
    call_hash: Hash


class DraftWritten(BaseModel):
    """A draft after a write."""

    transaction: TransactionView
    draft: DraftView


@router.get(
    "/{number}",
    response_model=DraftView,
    operation_id="getDraft",
    summary="A draft of the caller's participant",
    responses=describe_read(404),
)
def get_draft(request: Request, gateway: Here, caller: Caller, number: DraftNumber) -> Response:
    """Of another's drafts there is nothing to see."""
    with reading(gateway.ledger) as view:
        return read(request, view.head, _shown(view, number, caller.number))


@writes.post(
    "/desk",
    status_code=201,
    response_model=HandWritten,
    operation_id="openDesk",
    summary="Have the hand of the caller's participant made",
    responses=describe_write(),
)
def open_desk(gateway: Here, caller: Caller) -> Response:
    """An administrator asks; the hand is then added as an account."""
    sent = gateway.ledger.desk.open(caller.signer)
    hand = only(sent, events.HandOpened).hand
    return written(HandWritten(transaction=transaction_view(sent), hand=hand), 201)


@writes.post(
    "/drafts",
    status_code=201,
    response_model=DraftWritten,
    operation_id="makeDraft",
    summary="Draft a call (经办)",
    responses=describe_write(),
)
def make(gateway: Here, caller: Caller, body: CallIn) -> Response:
    """A maker drafts; nothing happens before somebody else has checked it."""
    sent = gateway.ledger.desk.make(caller.signer, (body.target, body.data))
    return _written(gateway, sent, only(sent, events.DraftMade).id, caller.number, 201)


@writes.post(
    "/drafts/{number}/check",
    response_model=DraftWritten,
    operation_id="checkDraft",
    summary="Check a draft (复核): the hand makes the call",
    responses=describe_write(404),
)
def check(gateway: Here, caller: Caller, number: DraftNumber, body: CallIn) -> Response:
    """A checker, who is not the maker; what the call refuses is refused here."""
    sent = gateway.ledger.desk.check(caller.signer, number, (body.target, body.data))
    return _written(gateway, sent, number, caller.number)


@writes.post(
    "/drafts/{number}/reject",
    response_model=DraftWritten,
    operation_id="rejectDraft",
    summary="Turn a draft down",
    responses=describe_write(404),
)
def reject(gateway: Here, caller: Caller, number: DraftNumber, body: Why) -> Response:
    """A checker, who is not the maker."""
    sent = gateway.ledger.desk.reject(caller.signer, number, reason_hash(body.reason))
    return _written(gateway, sent, number, caller.number)


@writes.post(
    "/drafts/{number}/cancel",
    response_model=DraftWritten,
    operation_id="cancelDraft",
    summary="Take a draft back",
    responses=describe_write(404),
)
def cancel(gateway: Here, caller: Caller, number: DraftNumber) -> Response:
    """The maker."""
    sent = gateway.ledger.desk.cancel(caller.signer, number)
    return _written(gateway, sent, number, caller.number)


def _shown(view: View, number: int, participant: int) -> DraftView:
    found = view.ledger.desk.draft(number)
    if found.state == DraftState.NONE or found.number != participant:
        raise errors.DraftUnknown(number)
    return DraftView(
        number=number,
        participant=found.number,
        state=found.state.name.lower(),
        maker=found.maker,
        expires_at=found.expires_at,
        call_hash=found.call_hash,
    )


def _written(gateway: Gateway, sent: Sent, number: int, participant: int, status: int = 200) -> Response:
    with reading(gateway.ledger) as view:
        shown = _shown(view, number, participant)
    return written(DraftWritten(transaction=transaction_view(sent), draft=shown), status)
