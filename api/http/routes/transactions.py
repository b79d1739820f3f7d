"""Transactions on record: taken in batches or ready signed, looked up one by one or together.

Each belongs to the account that asked for it, and is nobody else's to see. A gateway without a database
keeps none.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from api.http.authentication import Caller, Here
from api.http.formats import RawHex
from api.http.gateway import Gateway
from api.http.idempotency import WriteRoute
from api.http.intake import Intake
from api.http.operations import Operation
from api.http.paging import Cursor, page, position
from api.http.problems import ApiProblem, problem_of
from api.http.replies import describe_own, describe_write, read, written
from api.http.routes.common import Input
from api.http.transactions import (
    PATH,
    StateName,
    TakenView,
    TransactionPage,
    TransactionWhole,
    location_of,
    outbox_view,
    whole_view,
    why_reverted,
)
from chain.headers.transactions import BadTransaction, read_transaction
from chain.logs import checksummed
from chain.outbox import (
    Entry,
    State,
    Submission,
    TransactionRefused,
    UnknownEntry,
    entries_of,
    entry_of,
    owned_by,
    relay,
    submit_many,
)

router = APIRouter(prefix=PATH, tags=["transactions"])
writes = APIRouter(prefix=PATH, tags=["transactions"], route_class=WriteRoute)

MOST: Final = 500
"""Operations of one request, and transactions asked for by their ids."""

Ids = Annotated[
    str | None,
    Query(
        pattern=r"^[0-9]{1,18}(,[0-9]{1,18})*$",
        max_length=10_000,
        examples=["17,18,19"],
        description=f"Only these, by id, at most {MOST}; not with cursor or state. What is not the caller's "
        "is left out.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many items at most.")]


class BatchIn(Input):
    """Operations of the caller's: all of them are taken on record, in this order, or none."""

    operations: list[Operation] = Field(min_length=1, max_length=MOST)


class RawIn(Input):
    """A transaction that the caller signed itself: legacy with a chain id, or of type 2."""

    raw: RawHex


class BatchTaken(BaseModel):
    """The transactions on record, in the order of the operations."""

    transactions: list[TakenView]


@writes.post(
    "",
    status_code=202,
    response_model=BatchTaken,
    operation_id="takeTransactions",
    summary="Take a batch of operations on record, without waiting for a block",
    responses=describe_write(501),
)
def take(gateway: Here, caller: Caller, body: BatchIn) -> Response:
    """Each operation is one transaction with a key of its own: sent again, the batch makes nothing twice."""
    account = caller.signer.address
    calls = [
        Submission(f"{account} {each.key}", account, *each.call(gateway.ledger)) for each in body.operations
    ]
    taken = submit_many(_intake(gateway).outbox, calls)
    return written(BatchTaken.model_construct(transactions=[TakenView.of(each.entry) for each in taken]), 202)


@writes.post(
    "/raw",
    status_code=202,
    response_model=TakenView,
    operation_id="relayTransaction",
    summary="Take a transaction on record that the caller signed itself",
    responses=describe_write(501),
)
def take_signed(request: Request, gateway: Here, caller: Caller, body: RawIn) -> Response:
    """For whoever keeps its own key: one of its participant's accounts on the ledger, not the gateway's."""
    outbox = _intake(gateway).outbox
    try:
        given = read_transaction(body.raw)
    except BadTransaction as error:
        raise TransactionRefused(str(error)) from error
    signer = checksummed(given.sender)
    if gateway.ledger.participants.number_of(signer) != caller.number:
        raise ApiProblem("signer-not-callers", 403, f"{signer} is no account of the caller's on the ledger.")
    account = caller.signer.address
    key = request.headers.get("idempotency-key") or f"0x{given.hash.hex()}"
    entry = relay(outbox, body.raw, f"{account} {key}", account)
    return written(TakenView.of(entry), 202, {"Location": location_of(entry)})


@router.get(
    "",
    response_model=TransactionPage,
    operation_id="listTransactions",
    summary="The caller's transactions: page by page, or those of a batch together",
    responses=describe_own(501),
)
def list_transactions(
    request: Request,
    gateway: Here,
    caller: Caller,
    ids: Ids = None,
    after: Annotated[int, Query(ge=0, lt=2**63, description="Only those with a higher id.")] = 0,
    state: Annotated[list[StateName] | None, Query(description="Only those in one of these states.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Oldest first. `ids` asks for a whole batch at once; `after` and `state` for what has ended since.

    What one account signed ends in the order of ids: nothing that ends later has a lower one.
    """
    database, account = _intake(gateway).outbox.database, caller.signer.address
    states = _states(state)
    if ids is not None:
        wanted = {int(each) for each in ids.split(",")}
        if len(wanted) > MOST or states or after or cursor is not None:
            raise ApiProblem("ids-invalid", 422, f"At most {MOST} ids, without after, cursor and state.")
        return read(request, None, _page(entries_of(database, account, sorted(wanted)), MOST))
    beyond = max(after, position(cursor))
    return read(request, None, _page(owned_by(database, account, beyond, limit + 1, states), limit))


@router.get(
    "/{number}",
    response_model=TransactionWhole,
    operation_id="getTransaction",
    summary="One of the caller's transactions: how it stands, its history, why it was refused",
    responses=describe_own(404, 501),
)
def get_transaction(
    request: Request,
    gateway: Here,
    caller: Caller,
    number: Annotated[int, Path(ge=1, lt=2**63, examples=[17])],
) -> Response:
    """`final` and `reverted` are ends, and `expired`: then it can never be included."""
    try:
        entry = entry_of(_intake(gateway).outbox.database, number)
    except UnknownEntry:
        entry = None
    if entry is None or entry.owner != caller.signer.address:
        raise ApiProblem("transaction-unknown", 404, f"The caller has no transaction {number}.")
    why = why_reverted(gateway, caller, entry)
    refusal = None if why is None else problem_of(request, why)
    return read(request, None, whole_view(gateway, entry, refusal))


def _intake(gateway: Gateway) -> Intake:
    if gateway.intake is None:
        detail = "This gateway keeps no transactions: its operator starts it with a database for that."
        raise ApiProblem("transactions-not-kept", 501, detail)
    return gateway.intake


def _states(given: list[str] | None) -> list[State]:
    try:
        return [State(each) for each in given or ()]
    except ValueError:
        names = ", ".join(each.value for each in State)
        raise ApiProblem("state-unknown", 422, f"A state is one of {names}.") from None


def _page(found: list[Entry], limit: int) -> TransactionPage:
    items, more = page(((each.id, outbox_view(each)) for each in found), limit)
    return TransactionPage.model_construct(items=items, next_cursor=more)
