"""How a receivable comes to be, singly or in batches, and how its two parties undo or reaffirm it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.http.authentication import Caller, Here
from api.http.formats import AmountIn, CurrencyIn, HashIn, Number, TimeIn
from api.http.idempotency import WriteRoute
from api.http.replies import describe_write, written
from api.http.routes.common import (
    DocumentIn,
    Input,
    ReceivableNumber,
    ReceivableWritten,
    Why,
    reason_hash,
    receivable_written,
    require_receivable,
    show_receivable,
)
from api.http.views import ReceivableView, TransactionView, transaction_view
from chain import events
from chain.ledger import only
from chain.rules.state import IssueTerms

router = APIRouter(prefix="/v1/receivables", tags=["receivables"], route_class=WriteRoute)

MOST = 50
"""Receivables of a batch: what fits into a block."""


class NewReceivable(Input):
    """A receivable to propose: the caller is debtor or creditor, the other party confirms."""

    debtor: Number
    creditor: Number
    face: AmountIn
    currency: CurrencyIn
    delivered_at: TimeIn
    due_at: TimeIn
    interest_share: Annotated[
        int,
        Field(
            ge=0,
            le=10_000,
            strict=True,
            examples=[2000],
            description="The part of a financing's interest that the debtor bears at most, in hundredths of "
            "a percent.",
        ),
    ] = 0
    waives_defences: Annotated[
        bool,
        Field(
            strict=True,
            description="Whether the debtor gives up defences and set-off against whoever holds the debt.",
        ),
    ] = False
    evidence: HashIn
    invoice: HashIn

    def terms(self) -> IssueTerms:
        """As the ledger takes it."""
        return IssueTerms(
            debtor=self.debtor,
            creditor=self.creditor,
            face=self.face,
            currency=self.currency,
            delivered_at=self.delivered_at,
            due_at=self.due_at,
            interest_share=self.interest_share,
            waives_defences=self.waives_defences,
            evidence=self.evidence,
            invoice=self.invoice,
        )


class NewBatch(Input):
    """Receivables to propose together: all of them or none."""

    receivables: list[NewReceivable] = Field(min_length=1, max_length=MOST)


class ConfirmationsIn(Input):
    """Receivables to confirm together, by number: all of them or none."""

    receivables: list[Number] = Field(min_length=1, max_length=MOST)


class BatchWritten(BaseModel):
    """The receivables of a batch after a write, in its order."""

    transaction: TransactionView
    receivables: list[ReceivableView]


@router.post(
    "",
    status_code=201,
    response_model=ReceivableWritten,
    operation_id="proposeReceivable",
    summary="Propose a receivable",
    responses=describe_write(404),
)
def propose(gateway: Here, caller: Caller, body: NewReceivable) -> Response:
    """Debtor or creditor proposes, on attested evidence; of invoice and limit the face is taken here."""
    sent = gateway.ledger.issuance.propose(caller.signer, body.terms())
    return receivable_written(gateway, sent, only(sent, events.Proposed).receivable, 201)


@router.post(
    "/batches",
    status_code=201,
    response_model=BatchWritten,
    operation_id="proposeBatch",
    summary="Propose receivables in one transaction (批量开立)",
    responses=describe_write(404),
)
def propose_many(gateway: Here, caller: Caller, body: NewBatch) -> Response:
    """All of the batch is proposed, or nothing of it."""
    sent = gateway.ledger.issuance.propose_many(caller.signer, [one.terms() for one in body.receivables])
    made = [one.event.receivable for one in sent.events if isinstance(one.event, events.Proposed)]
    shown = [show_receivable(gateway, number) for number in made]
    return written(BatchWritten(transaction=transaction_view(sent), receivables=shown), 201)


@router.post(
    "/confirmations",
    response_model=BatchWritten,
    operation_id="confirmBatch",
    summary="Confirm receivables in one transaction (批量确权)",
    responses=describe_write(404),
)
def confirm_many(gateway: Here, caller: Caller, body: ConfirmationsIn) -> Response:
    """All of them are confirmed, or none."""
    for number in body.receivables:
        require_receivable(gateway, caller, number)
    sent = gateway.ledger.issuance.confirm_many(caller.signer, body.receivables)
    shown = [show_receivable(gateway, number) for number in body.receivables]
    return written(BatchWritten(transaction=transaction_view(sent), receivables=shown))


@router.post(
    "/{number}/confirm",
    response_model=ReceivableWritten,
    operation_id="confirmReceivable",
    summary="Confirm a receivable (确权)",
    responses=describe_write(404),
)
def confirm(gateway: Here, caller: Caller, number: ReceivableNumber) -> Response:
    """The other party confirms; the creditor holds the first voucher, over the whole face."""
    require_receivable(gateway, caller, number)
    return receivable_written(gateway, gateway.ledger.issuance.confirm(caller.signer, number), number)


@router.post(
    "/{number}/reject",
    response_model=ReceivableWritten,
    operation_id="rejectReceivable",
    summary="Reject a receivable",
    responses=describe_write(404),
)
def reject(gateway: Here, caller: Caller, number: ReceivableNumber, body: Why) -> Response:
    """The other party rejects; invoice and limit are free for something else."""
    require_receivable(gateway, caller, number)
    sent = gateway.ledger.issuance.reject(caller.signer, number, reason_hash(body.reason))
    return receivable_written(gateway, sent, number)


@router.post(
    "/{number}/cancel",
    response_model=ReceivableWritten,
    operation_id="cancelReceivable",
    summary="Take a proposed receivable back",
    responses=describe_write(404),
)
def cancel(gateway: Here, caller: Caller, number: ReceivableNumber, body: Why) -> Response:
    """The proposer takes back what nobody has confirmed."""
    require_receivable(gateway, caller, number)
    sent = gateway.ledger.issuance.cancel(caller.signer, number, reason_hash(body.reason))
    return receivable_written(gateway, sent, number)


@router.post(
    "/{number}/void",
    response_model=ReceivableWritten,
    operation_id="voidReceivable",
    summary="Ask for a receivable to be void (作废), or agree to it",
    responses=describe_write(404),
)
def void(gateway: Here, caller: Caller, number: ReceivableNumber, body: Why) -> Response:
    """Debtor and creditor each, while nothing of it has moved; it is void once both have asked."""
    require_receivable(gateway, caller, number)
    sent = gateway.ledger.issuance.void_issue(caller.signer, number, reason_hash(body.reason))
    return receivable_written(gateway, sent, number)


@router.post(
    "/{number}/red-letter",
    response_model=ReceivableWritten,
    operation_id="flagRedLetter",
    summary="Flag a receivable whose invoice was credited after confirmation (红冲)",
    responses=describe_write(404),
)
def flag_red_letter(gateway: Here, caller: Caller, number: ReceivableNumber) -> Response:
    """Anyone who sees it may say so, for the invoice itself tells; from here on it is not passed on."""
    require_receivable(gateway, caller, number)
    sent = gateway.ledger.issuance.flag_red_letter(caller.signer, number)
    return receivable_written(gateway, sent, number)


@router.post(
    "/{number}/reaffirm",
    response_model=ReceivableWritten,
    operation_id="reaffirmReceivable",
    summary="Reaffirm the whole debt despite a red-letter note",
    responses=describe_write(404),
)
def reaffirm(gateway: Here, caller: Caller, number: ReceivableNumber, body: DocumentIn) -> Response:
    """The debtor states that it owes the whole face; the invoice must still cover all that is used of it."""
    require_receivable(gateway, caller, number)
    sent = gateway.ledger.issuance.reaffirm(caller.signer, number, body.document)
    return receivable_written(gateway, sent, number)
