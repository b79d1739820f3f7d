"""Receivables: the debts, their trees of vouchers, and how a debt comes to be."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict

from api.http.asof import reading
from api.http.authentication import Caller, Here
from api.http.formats import (
    Amount,
    AmountIn,
    CurrencyIn,
    Hash,
    HashIn,
    Number,
    Reason,
    TimeIn,
)
from api.http.gateway import Gateway, Member
from api.http.idempotency import WriteRoute
from api.http.paging import Cursor, Limit, page, position
from api.http.replies import describe_read, describe_write, read, written
from api.http.views import (
    EntryPage,
    ReceivablePage,
    ReceivableView,
    TransactionView,
    TreeView,
    entry_view,
    receivable_view,
    transaction_view,
    tree_view,
)
from api.http.visibility import visible_lineage, visible_receivable, visible_receivables
from chain import events
from chain.ledger import only
from chain.lineage import history_of
from chain.replay import read_events
from chain.sending import Sent

router = APIRouter(prefix="/v1/receivables", tags=["receivables"])
writes = APIRouter(prefix="/v1/receivables", tags=["receivables"], route_class=WriteRoute)
invoices = APIRouter(prefix="/v1/invoices", tags=["receivables"], route_class=WriteRoute)

ReceivableNumber = Annotated[int, Path(ge=1, lt=2**32, examples=[1])]


class Input(BaseModel):
    """What every body has in common: nothing that is not asked for."""

    model_config = ConfigDict(extra="forbid")


class NewReceivable(Input):
    """A receivable to propose: the caller is debtor or creditor, the other party confirms."""

    debtor: Number
    creditor: Number
    face: AmountIn
    currency: CurrencyIn
    due_at: TimeIn
    evidence: HashIn
    invoice: HashIn


class NewInvoice(Input):
    """An invoice's keyed nullifier, whose it is, and the amount that it may back at most."""

    nullifier: HashIn
    creditor: Number
    currency: CurrencyIn
    total: AmountIn


class Why(Input):
    """Why the receivable is not to be."""

    reason: Reason


class ReceivableWritten(BaseModel):
    """A receivable after a write."""

    transaction: TransactionView
    receivable: ReceivableView


class InvoiceWritten(BaseModel):
    """An invoice after its registration."""

    transaction: TransactionView
    nullifier: Hash
    total: Amount
    used: Amount


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
    """Those in which the caller is debtor, creditor, or holds, is offered or finances a voucher.

    Auditors and operators see all.
    """
    after = position(cursor)
    with reading(gateway.ledger) as view:
        found, more = page(
            ((n, (n, one)) for n, one in visible_receivables(view, caller.number, after)), limit
        )
        items = [receivable_view(n, one, view.head.time) for n, one in found]
        return read(request, view.head, ReceivablePage(items=items, next_cursor=more))


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
        receivable = visible_receivable(view, caller.number, number)
        return read(request, view.head, receivable_view(number, receivable, view.head.time))


@router.get(
    "/{number}/vouchers",
    response_model=TreeView,
    operation_id="getTree",
    summary="The tree of a receivable: every voucher, its interval and its holder",
    responses=describe_read(404),
)
def get_tree(request: Request, gateway: Here, caller: Caller, number: ReceivableNumber) -> Response:
    """Every voucher of a receivable, in the order in which they were made."""
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
    with reading(gateway.ledger) as view:
        visible_receivable(view, caller.number, number)
        log = read_events(gateway.ledger.engine, gateway.ledger.manifest)
        entries = [entry_view(one) for one in history_of(log, number) if one.block <= view.head.number]
        items, more = page(list(enumerate(entries, start=1))[after:], limit)
        return read(request, view.head, EntryPage(items=items, next_cursor=more))


@writes.post(
    "",
    status_code=201,
    response_model=ReceivableWritten,
    operation_id="proposeReceivable",
    summary="Propose a receivable",
    responses=describe_write(404),
)
def propose(gateway: Here, caller: Caller, body: NewReceivable) -> Response:
    """Debtor or creditor proposes, on attested evidence; the invoice's amount is taken here."""
    sent = gateway.ledger.receivables.propose(
        caller.signer,
        debtor=body.debtor,
        creditor=body.creditor,
        face=body.face,
        currency=body.currency,
        due_at=body.due_at,
        evidence=body.evidence,
        invoice=body.invoice,
    )
    number = only(sent, events.Proposed).receivable
    return _written(gateway, sent, number, status=201, headers={"Location": f"/v1/receivables/{number}"})


@writes.post(
    "/{number}/confirm",
    response_model=ReceivableWritten,
    operation_id="confirmReceivable",
    summary="Confirm a receivable (确权)",
    responses=describe_write(404),
)
def confirm(gateway: Here, caller: Caller, number: ReceivableNumber) -> Response:
    """The other party confirms; the creditor holds the first voucher, over the whole face."""
    _require_visible(gateway, caller, number)
    return _written(gateway, gateway.ledger.receivables.confirm(caller.signer, number), number)


@writes.post(
    "/{number}/reject",
    response_model=ReceivableWritten,
    operation_id="rejectReceivable",
    summary="Reject a receivable",
    responses=describe_write(404),
)
def reject(gateway: Here, caller: Caller, number: ReceivableNumber, body: Why) -> Response:
    """The other party rejects; the invoice may back something else."""
    _require_visible(gateway, caller, number)
    sent = gateway.ledger.receivables.reject(caller.signer, number, reason_hash(body.reason))
    return _written(gateway, sent, number)


@writes.post(
    "/{number}/cancel",
    response_model=ReceivableWritten,
    operation_id="cancelReceivable",
    summary="Take a proposed receivable back",
    responses=describe_write(404),
)
def cancel(gateway: Here, caller: Caller, number: ReceivableNumber, body: Why) -> Response:
    """The proposer takes back what nobody has confirmed."""
    _require_visible(gateway, caller, number)
    sent = gateway.ledger.receivables.cancel(caller.signer, number, reason_hash(body.reason))
    return _written(gateway, sent, number)


@invoices.post(
    "",
    status_code=201,
    response_model=InvoiceWritten,
    operation_id="registerInvoice",
    summary="Register what an invoice may back",
    responses=describe_write(),
)
def register_invoice(gateway: Here, caller: Caller, body: NewInvoice) -> Response:
    """A tax attester states an invoice's amount under its nullifier, which hides the invoice."""
    sent = gateway.ledger.receivables.register_invoice(
        caller.signer, body.nullifier, body.creditor, body.currency, body.total
    )
    done = InvoiceWritten(
        transaction=transaction_view(sent), nullifier=body.nullifier, total=body.total, used=0
    )
    return written(done, 201)


def reason_hash(reason: str) -> bytes:
    """What the ledger keeps of a reason: its SHA-256."""
    return hashlib.sha256(reason.encode()).digest()


def _require_visible(gateway: Gateway, caller: Member, number: int) -> None:
    with reading(gateway.ledger) as view:
        visible_receivable(view, caller.number, number)


def _written(
    gateway: Gateway, sent: Sent, number: int, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    with reading(gateway.ledger) as view:
        shown = receivable_view(number, view.ledger.receivables.receivable(number), view.head.time)
    return written(ReceivableWritten(transaction=transaction_view(sent), receivable=shown), status, headers)
