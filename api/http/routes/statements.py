"""What attesters state: made, put in the place of an older one, taken back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from api.http.asof import reading
from api.http.authentication import Caller, Here
from api.http.formats import Hash, HashIn, Number, TimeIn
from api.http.gateway import Gateway
from api.http.idempotency import WriteRoute
from api.http.replies import describe_write, written
from api.http.routes.common import Input, Why, reason_hash
from api.http.views import StatusView, TransactionView, status_view, transaction_view
from chain.rules.state import Statement
from chain.sending import Sent

router = APIRouter(prefix="/v1/attestations", tags=["attestations"], route_class=WriteRoute)

Commitment = Annotated[HashIn, Path()]


class StatementIn(Input):
    """What is stated of a commitment: under which schema, about which subject, at which level."""

    commitment: HashIn
    schema_: Number = Field(alias="schema")
    subject: HashIn
    level: Annotated[int, Field(ge=0, le=4, strict=True, examples=[3])]
    expires_at: TimeIn | None = None

    def statement(self) -> Statement:
        """As the ledger takes it."""
        return Statement(self.commitment, self.schema_, self.subject, self.level, self.expires_at or 0)


class StatementWritten(BaseModel):
    """A statement after a write."""

    transaction: TransactionView
    commitment: Hash
    status: StatusView


@router.post(
    "",
    status_code=201,
    response_model=StatementWritten,
    operation_id="attest",
    summary="State something of a commitment",
    responses=describe_write(404),
)
def attest(gateway: Here, caller: Caller, body: StatementIn) -> Response:
    """An attester states what it has checked itself."""
    sent = gateway.ledger.attestations.attest(caller.signer, body.statement())
    return _written(gateway, sent, body.commitment, 201)


@router.post(
    "/{commitment}/supersede",
    status_code=201,
    response_model=StatementWritten,
    operation_id="supersedeAttestation",
    summary="Put a statement in the place of an older one",
    responses=describe_write(404),
)
def supersede(gateway: Here, caller: Caller, commitment: Commitment, body: StatementIn) -> Response:
    """The same attester; the older one counts as revoked and names its successor."""
    sent = gateway.ledger.attestations.supersede(caller.signer, commitment, body.statement())
    return _written(gateway, sent, body.commitment, 201)


@router.post(
    "/{commitment}/revoke",
    response_model=StatementWritten,
    operation_id="revokeAttestation",
    summary="Take a statement back",
    responses=describe_write(404),
)
def revoke(gateway: Here, caller: Caller, commitment: Commitment, body: Why) -> Response:
    """Whoever made it."""
    sent = gateway.ledger.attestations.revoke(caller.signer, commitment, reason_hash(body.reason))
    return _written(gateway, sent, commitment)


def _written(gateway: Gateway, sent: Sent, commitment: bytes, status: int = 200) -> Response:
    with reading(gateway.ledger) as view:
        shown = status_view(view.ledger.attestations.status_of(commitment))
    done = StatementWritten(transaction=transaction_view(sent), commitment=commitment, status=shown)
    return written(done, status)
