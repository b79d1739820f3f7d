"""Receivables: the debts, their trees of vouchers, and what happened to them."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.http import modelled
from api.http.asof import Head, reading
from api.http.authentication import Caller, Here
from api.http.modelled import level_snapshot
from api.http.paging import Cursor, Limit, page, position
from api.http.replies import describe_read, read
from api.http.routes.common import ReceivableNumber
from api.http.views import (
    EntryPage,
    ReceivablePage,
    ReceivableView,
    TreeView,
    entry_view,
    receivable_view,
    tree_view,
)
from api.http.visibility import visible_lineage, visible_receivables
from chain.lineage import Lineage, history_of
from chain.logs import LoggedEvent
from chain.replay import read_events

router = APIRouter(prefix="/v1/receivables", tags=["receivables"])


@router.get(
    "",
    response_model=ReceivablePage,
    operation_id="listReceivables",
    summary="The receivables that the caller may see",
    responses=describe_read(),
)
def list_receivables(
    request: Request, gateway: Here, caller: Caller, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """Those in which the caller is debtor, creditor, or holds, is offered, finances or sold a voucher.

    Auditors, operators, regulators and settlement banks see all.
    """
    after = position(cursor)
    with level_snapshot(gateway) as model:
        if model is not None:
            own = modelled.visible_receivables(model, caller.number, after, limit + 1)
            return _receivables(request, model.head, page(own, limit))
    with reading(gateway.ledger) as view:
        found = page(visible_receivables(view, caller.number, after), limit)
        return _receivables(request, view.head, found)


@router.get(
    "/{number}",
    response_model=ReceivableView,
    operation_id="getReceivable",
    summary="One receivable",
    responses=describe_read(404),
)
def get_receivable(request: Request, gateway: Here, caller: Caller, number: ReceivableNumber) -> Response:
    """One receivable, by its number."""
    with reading(gateway.ledger) as view:
        found = visible_lineage(view, caller.number, number)
        shown = receivable_view(number, found.issue, found.receivable, view.head.time)
        return read(request, view.head, shown)


@router.get(
    "/{number}/vouchers",
    response_model=TreeView,
    operation_id="getTree",
    summary="The tree of a receivable: every voucher, its interval and its holder",
    responses=describe_read(404),
)
def get_tree(request: Request, gateway: Here, caller: Caller, number: ReceivableNumber) -> Response:
    """Every voucher of a receivable, in the order in which they lie in its face."""
    with reading(gateway.ledger) as view:
        lineage = visible_lineage(view, caller.number, number)
        return read(request, view.head, tree_view(lineage, view.head.time))


@router.get(
    "/{number}/history",
    response_model=EntryPage,
    operation_id="getHistory",
    summary="What happened to a receivable and its vouchers",
    responses=describe_read(404),
)
def get_history(
    request: Request,
    gateway: Here,
    caller: Caller,
    number: ReceivableNumber,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The ledger's log about it: who offered what to whom, on which evidence, and what came of it."""
    after = position(cursor)
    with level_snapshot(gateway) as model:
        if model is not None:
            told = modelled.history(model, caller.number, number, after, limit + 1)
            return _entries(request, model.head, told, after, limit)
    with reading(gateway.ledger) as view:
        visible_lineage(view, caller.number, number)
        log = read_events(gateway.ledger.engine, gateway.ledger.manifest)
        own = [one for one in history_of(log, number) if one.block <= view.head.number]
        return _entries(request, view.head, own[after:], after, limit)


def _receivables(request: Request, head: Head, found: tuple[list[Lineage], str | None]) -> Response:
    lineages, more = found
    items = [receivable_view(one.number, one.issue, one.receivable, head.time) for one in lineages]
    return read(request, head, ReceivablePage(items=items, next_cursor=more))


def _entries(request: Request, head: Head, told: list[LoggedEvent], after: int, limit: int) -> Response:
    items, more = page(enumerate(map(entry_view, told), start=after + 1), limit)
    return read(request, head, EntryPage(items=items, next_cursor=more))
