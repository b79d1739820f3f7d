"""Claims on a receivable from outside the ledger, and the order among all who claim (民法典 768)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from api.http.asof import reading
from api.http.authentication import Caller, Here
from api.http.formats import Amount, AmountIn, Hash, HashIn, Number, Time, TimeIn, VoucherId
from api.http.gateway import Gateway
from api.http.idempotency import WriteRoute
from api.http.replies import describe_read, describe_write, read, written
from api.http.routes.common import Input, ReceivableNumber
from api.http.views import TransactionView, transaction_view
from api.http.visibility import visible_lineage
from api.priority import ranks_of
from chain import errors, events
from chain.ledger import only
from chain.sending import Sent

router = APIRouter(prefix="/v1", tags=["financing"])
writes = APIRouter(prefix="/v1/claims", tags=["financing"], route_class=WriteRoute)

ClaimNumber = Annotated[int, Path(ge=1, lt=2**32, examples=[1])]


class NewClaim(Input):
    """What a financier claims of a receivable under a contract made elsewhere.

    Times are absent where it is not registered, or no notice has reached the debtor.
    """

    receivable: Number
    amount: AmountIn
    registered_at: TimeIn | None = None
    noticed_at: TimeIn | None = None
    document: HashIn


class ClaimView(BaseModel):
    """A claim from outside the ledger."""

    number: int = Field(examples=[1])
    claimant: int = Field(examples=[5])
    receivable: int = Field(examples=[1])
    amount: Amount
    registered_at: Time | None
    noticed_at: Time | None
    withdrawn: bool
    document: Hash


class ClaimWritten(BaseModel):
    """A claim after a write."""

    transaction: TransactionView
    claim: ClaimView


class RightView(BaseModel):
    """A right of a rank: under a financing of `voucher`, or `claim` from outside the ledger."""

    rank: int = Field(description="1 comes first; those of one rank share in proportion.", examples=[1])
    claimant: int = Field(examples=[5])
    amount: Amount
    registered_at: Time | None
    noticed_at: Time | None
    voucher: VoucherId | None
    claim: int | None


class PriorityView(BaseModel):
    """Everybody who claims a receivable, in the order of article 768 of the Civil Code."""

    receivable: int
    rights: list[RightView]


@router.get(
    "/receivables/{number}/priority",
    response_model=PriorityView,
    operation_id="getPriority",
    summary="The order among all who claim a receivable",
    responses=describe_read(404),
)
def get_priority(request: Request, gateway: Here, caller: Caller, number: ReceivableNumber) -> Response:
    """Registered first, the earlier before the later, then by notice. It takes as long as the log is."""
    with reading(gateway.ledger) as view:
        visible_lineage(view, caller.number, number)
        rights = [
            RightView(
                rank=rank,
                claimant=one.claimant,
                amount=one.amount,
                registered_at=one.registered_at or None,
                noticed_at=one.noticed_at or None,
                voucher=one.voucher or None,
                claim=one.claim or None,
            )
            for rank, of_rank in enumerate(ranks_of(gateway.ledger, number, view.head.number), start=1)
            for one in of_rank
        ]
        return read(request, view.head, PriorityView(receivable=number, rights=rights))


@writes.post(
    "",
    status_code=201,
    response_model=ClaimWritten,
    operation_id="assertClaim",
    summary="Assert a claim under a contract made elsewhere",
    responses=describe_write(404),
)
def assert_claim(gateway: Here, caller: Caller, body: NewClaim) -> Response:
    """A financier tells, so that the order among all who claim can be told."""
    sent = gateway.ledger.financing.assert_claim(
        caller.signer,
        receivable=body.receivable,
        amount=body.amount,
        registered_at=body.registered_at or 0,
        noticed_at=body.noticed_at or 0,
        document=body.document,
    )
    return _written(gateway, sent, only(sent, events.ClaimAsserted).id, 201)


@writes.post(
    "/{claim}/withdraw",
    response_model=ClaimWritten,
    operation_id="withdrawClaim",
    summary="Withdraw a claim",
    responses=describe_write(404),
)
def withdraw_claim(gateway: Here, caller: Caller, claim: ClaimNumber) -> Response:
    """Whoever asserted it."""
    return _written(gateway, gateway.ledger.financing.withdraw_claim(caller.signer, claim), claim)


def _written(gateway: Gateway, sent: Sent, number: int, status: int = 200) -> Response:
    found = gateway.ledger.financing.claim(number)
    if not found.claimant:
        raise errors.ClaimUnknown(number)
    shown = ClaimView(
        number=number,
        claimant=found.claimant,
        receivable=found.receivable,
        amount=found.amount,
        registered_at=found.registered_at or None,
        noticed_at=found.noticed_at or None,
        withdrawn=found.withdrawn,
        document=found.document,
    )
    return written(ClaimWritten(transaction=transaction_view(sent), claim=shown), status)
