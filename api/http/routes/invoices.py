"""Invoices: what each may back, and the red-letter notes that take from it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from api.http.asof import View, reading
from api.http.authentication import Caller, Here
from api.http.formats import Amount, AmountIn, Currency, CurrencyIn, Hash, HashIn, Number
from api.http.gateway import Gateway
from api.http.idempotency import WriteRoute
from api.http.replies import describe_read, describe_write, read, written
from api.http.routes.common import Input
from api.http.views import TransactionView, transaction_view
from chain import errors
from chain.rules.state import Invoice
from chain.sending import Sent

router = APIRouter(prefix="/v1/invoices", tags=["invoices"])
writes = APIRouter(prefix="/v1/invoices", tags=["invoices"], route_class=WriteRoute)

Nullifier = Annotated[HashIn, Path()]


class NewInvoice(Input):
    """An invoice's keyed nullifier, whose it is, and the amount that it may back at most."""

    nullifier: HashIn
    creditor: Number
    currency: CurrencyIn
    total: AmountIn


class CreditNoteIn(Input):
    """A red-letter note: its amount, the commitment to it, and the receivables that rest on the invoice."""

    amount: AmountIn
    document: HashIn
    receivables: list[Number] = Field(default_factory=list, max_length=50)


class CorrectionIn(Input):
    """What the total should have been, and the commitment to what shows it."""

    total: AmountIn
    document: HashIn


class InvoiceView(BaseModel):
    """An invoice as the ledger knows it: `available` may back something still."""

    nullifier: Hash
    attester: int = Field(examples=[6])
    creditor: int = Field(examples=[2])
    currency: Currency
    total: Amount
    credited: Amount = Field(description="The sum of its red-letter notes.")
    used: Amount
    available: Amount
    notes: int = Field(description="How many red-letter notes there are.", examples=[0])


class InvoiceWritten(BaseModel):
    """An invoice after a write."""

    transaction: TransactionView
    invoice: InvoiceView


@router.get(
    "/{nullifier}",
    response_model=InvoiceView,
    operation_id="getInvoice",
    summary="What an invoice backs, and what it may back still",
    responses=describe_read(404),
)
def get_invoice(request: Request, gateway: Here, _: Caller, nullifier: Nullifier) -> Response:
    """Whoever knows the nullifier may ask: it names the invoice to nobody else."""
    with reading(gateway.ledger) as view:
        return read(request, view.head, _shown(view, nullifier))


@writes.post(
    "",
    status_code=201,
    response_model=InvoiceWritten,
    operation_id="registerInvoice",
    summary="Register what an invoice may back",
    responses=describe_write(),
)
def register_invoice(gateway: Here, caller: Caller, body: NewInvoice) -> Response:
    """A tax attester states an invoice's amount under its nullifier, which hides the invoice."""
    sent = gateway.ledger.invoices.register(
        caller.signer, body.nullifier, body.creditor, body.currency, body.total
    )
    return _written(gateway, sent, body.nullifier, 201)


@writes.post(
    "/{nullifier}/credit-notes",
    status_code=201,
    response_model=InvoiceWritten,
    operation_id="creditInvoice",
    summary="Tell of a red-letter note (红字发票)",
    responses=describe_write(404),
)
def credit(gateway: Here, caller: Caller, nullifier: Nullifier, body: CreditNoteIn) -> Response:
    """The attester tells; receivables confirmed on the invoice are flagged and move no further."""
    sent = gateway.ledger.invoices.credit(
        caller.signer, nullifier, body.amount, body.document, body.receivables
    )
    return _written(gateway, sent, nullifier, 201)


@writes.post(
    "/{nullifier}/correct",
    response_model=InvoiceWritten,
    operation_id="correctInvoice",
    summary="Correct an invoice registered by mistake",
    responses=describe_write(404),
)
def correct(gateway: Here, caller: Caller, nullifier: Nullifier, body: CorrectionIn) -> Response:
    """The attester corrects its total, while nothing rests on it."""
    sent = gateway.ledger.invoices.correct(caller.signer, nullifier, body.total, body.document)
    return _written(gateway, sent, nullifier)


def _shown(view: View, nullifier: bytes) -> InvoiceView:
    found: Invoice = view.ledger.invoices.invoice(nullifier)
    if not found.attester:
        raise errors.InvoiceUnknown(nullifier)
    return InvoiceView(
        nullifier=nullifier,
        attester=found.attester,
        creditor=found.creditor,
        currency=found.currency,
        total=found.total,
        credited=found.credited,
        used=found.used,
        available=max(0, found.total - found.credited - found.used),
        notes=found.notes,
    )


def _written(gateway: Gateway, sent: Sent, nullifier: bytes, status: int = 200) -> Response:
    with reading(gateway.ledger) as view:
        shown = _shown(view, nullifier)
    return written(InvoiceWritten(transaction=transaction_view(sent), invoice=shown), status)
