"""Participants: who is on the ledger."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.http.asof import reading
from api.http.authentication import Caller, Here
from api.http.paging import Cursor, Limit, page, position
from api.http.replies import describe_read, read
from api.http.views import ParticipantPage, ParticipantView, participant_view

router = APIRouter(prefix="/v1/participants", tags=["participants"])


@router.get(
    "",
    response_model=ParticipantPage,
    operation_id="listParticipants",
    summary="All participants",
    responses=describe_read(),
)
def list_participants(
    request: Request, gateway: Here, _: Caller, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """All participants of the ledger, in the order of admission."""
    after = position(cursor)
    with reading(gateway.ledger) as view:
        numbers = range(after + 1, view.ledger.participants.count() + 1)
        items, more = page(((n, participant_view(view, gateway, n)) for n in numbers), limit)
        return read(request, view.head, ParticipantPage(items=items, next_cursor=more))


@router.get(
    "/me",
    response_model=ParticipantView,
    operation_id="getMe",
    summary="The participant that the token stands for",
    responses=describe_read(),
)
def get_me(request: Request, gateway: Here, caller: Caller) -> Response:
    """The participant that the token stands for."""
    with reading(gateway.ledger) as view:
        return read(request, view.head, participant_view(view, gateway, caller.number))


@router.get(
    "/{number}",
    response_model=ParticipantView,
    operation_id="getParticipant",
    summary="One participant",
    responses=describe_read(404),
)
def get_participant(
    request: Request, gateway: Here, _: Caller, number: Annotated[int, Path(ge=1, lt=2**32, examples=[2])]
) -> Response:
    """One participant, by its number."""
    with reading(gateway.ledger) as view:
        return read(request, view.head, participant_view(view, gateway, number))
