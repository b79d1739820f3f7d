"""What a debtor may owe, and what stops its issues."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from api.http.asof import View, reading
from api.http.authentication import Caller, Here
from api.http.formats import Amount, Currency, CurrencyIn, HashIn, Number
from api.http.gateway import Gateway
from api.http.idempotency import WriteRoute
from api.http.replies import describe_read, describe_write, read, written
from api.http.routes.common import Input, ReceivableNumber, require_receivable
from api.http.views import TransactionView, transaction_view
from api.http.visibility import SEES_ALL, require_role
from chain.rules.state import Limit, Role
from chain.sending import Sent

router = APIRouter(prefix="/v1/debtors", tags=["limits"])
writes = APIRouter(prefix="/v1", tags=["limits"], route_class=WriteRoute)


class StopIn(Input):
    """Whose issues are stopped, for which cause, on which evidence."""

    debtor: Number
    cause: Annotated[
        str,
        Field(
            min_length=1,
            max_length=32,
            pattern=r"^[\x20-\x7e]+$",
            examples=["bond default"],
            description="In ASCII; the ledger keeps it as it is.",
        ),
    ]
    document: HashIn


class LimitView(BaseModel):
    """A limit in one currency: what it is, and how much of it is taken; null for no limit."""

    amount: Amount | None
    reserved: Amount = Field(description="By proposals.")
    committed: Amount = Field(description="By what is owed.")
    available: Amount | None


class DebtorView(BaseModel):
    """What a debtor may owe in one currency, in its own right and in its group, and what stops its issues."""

    debtor: int = Field(examples=[1])
    currency: Currency
    own: LimitView
    group: int | None
    group_limit: LimitView | None
    stopped: bool
    cause: str | None = Field(examples=["bond default"])
    overdue: int = Field(description="How many receivables are counted as overdue.", examples=[0])


class DebtorWritten(BaseModel):
    """Whether a debtor's issues are stopped, after a write."""

    transaction: TransactionView
    debtor: int
    stopped: bool
    cause: str | None
    overdue: int


@router.get(
    "/{debtor}/limit",
    response_model=DebtorView,
    operation_id="getLimit",
    summary="What a debtor may owe, and what stops its issues",
    responses=describe_read(403),
)
def get_limit(
    request: Request,
    gateway: Here,
    caller: Caller,
    debtor: Annotated[int, Path(ge=1, lt=2**32, examples=[1])],
    currency: Annotated[CurrencyIn, Query()] = 156,
) -> Response:
    """For the debtor itself, financiers, and those who see all."""
    with reading(gateway.ledger) as view:
        if caller.number != debtor:
            require_role(view, caller.number, SEES_ALL | Role.FINANCIER)
        limits = view.ledger.limits
        group = limits.group_of(debtor)
        stopped, cause, overdue = _stop(view, debtor)
        shown = DebtorView(
            debtor=debtor,
            currency=currency,
            own=_limit(limits.limit(debtor, currency)),
            group=group or None,
            group_limit=_limit(limits.group_limit(group, currency)) if group else None,
            stopped=stopped,
            cause=cause,
            overdue=overdue,
        )
        return read(request, view.head, shown)


@writes.post(
    "/stops",
    status_code=201,
    response_model=DebtorWritten,
    operation_id="stopDebtor",
    summary="Stop a debtor's issues at once",
    responses=describe_write(404),
)
def stop(gateway: Here, caller: Caller, body: StopIn) -> Response:
    """Attesters, settlement banks, operators and regulators, on evidence; governors lift it."""
    cause = body.cause.encode("ascii").ljust(32, b"\0")
    sent = gateway.ledger.limits.stop(caller.signer, body.debtor, cause, body.document)
    return _written(gateway, sent, body.debtor, 201)


@writes.post(
    "/receivables/{number}/count-overdue",
    response_model=DebtorWritten,
    operation_id="countOverdue",
    summary="Count an overdue receivable against its debtor",
    responses=describe_write(404),
)
def count_overdue(gateway: Here, caller: Caller, number: ReceivableNumber) -> Response:
    """Anyone who sees it may, once the days of grace are over; the debtor then issues nothing."""
    require_receivable(gateway, caller, number)
    sent = gateway.ledger.limits.stop_overdue(caller.signer, number)
    return _written(gateway, sent, _debtor_of(gateway, number))


@writes.post(
    "/receivables/{number}/lift-overdue",
    response_model=DebtorWritten,
    operation_id="liftOverdue",
    summary="Take a receivable that is paid off its debtor's count",
    responses=describe_write(404),
)
def lift_overdue(gateway: Here, caller: Caller, number: ReceivableNumber) -> Response:
    """Anyone who sees it may."""
    require_receivable(gateway, caller, number)
    sent = gateway.ledger.limits.lift_overdue(caller.signer, number)
    return _written(gateway, sent, _debtor_of(gateway, number))


def _limit(limit: Limit) -> LimitView:
    used = limit.reserved + limit.committed
    return LimitView(
        amount=limit.amount if limit.set else None,
        reserved=limit.reserved,
        committed=limit.committed,
        available=max(0, limit.amount - used) if limit.set else None,
    )


def _stop(view: View, debtor: int) -> tuple[bool, str | None, int]:
    cause = view.ledger.limits.stop_cause(debtor).rstrip(b"\0")
    overdue = view.ledger.limits.overdue_count(debtor)
    return bool(cause or overdue), cause.decode("ascii", "backslashreplace") or None, overdue


def _debtor_of(gateway: Gateway, number: int) -> int:
    return gateway.ledger.receivables.receivable(number).debtor


def _written(gateway: Gateway, sent: Sent, debtor: int, status: int = 200) -> Response:
    with reading(gateway.ledger) as view:
        stopped, cause, overdue = _stop(view, debtor)
    done = DebtorWritten(
        transaction=transaction_view(sent), debtor=debtor, stopped=stopped, cause=cause, overdue=overdue
    )
    return written(done, status)
