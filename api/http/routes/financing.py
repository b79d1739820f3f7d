"""Financing and settlement: quotes, disbursements, the debtor's payments, redemptions."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.http.asof import reading
from api.http.authentication import Caller, Here
from api.http.formats import (
    Amount,
    AmountIn,
    Expected,
    HashIn,
    Number,
    SignatureHex,
    TimeIn,
    VoucherId,
    VoucherIdIn,
    VoucherNumber,
)
from api.http.idempotency import WriteRoute
from api.http.replies import describe_write, written
from api.http.routes.receivables import Input
from api.http.routes.vouchers import AnswerIn, VoucherPath, VoucherWritten, require_visible, voucher_written
from api.http.views import TransactionView, transaction_view
from api.http.visibility import has_role, require_role, visible_receivable
from chain import events
from chain.ledger import only
from chain.rules.state import Quote, Role

router = APIRouter(prefix="/v1", tags=["financing"], route_class=WriteRoute)


class QuoteIn(Input):
    """What the caller offers for a voucher of a face at a version; `terms` is its contract's hash."""

    voucher: VoucherIdIn
    version: Expected
    face: AmountIn
    proceeds: AmountIn
    valid_until: TimeIn
    terms: HashIn


class QuoteView(QuoteIn):
    """A quote and the financier who makes it."""

    financier: Number


class SignedQuote(Input):
    """A quote with its financier's EIP-712 signature; the holder accepts it as it is."""

    quote: QuoteView
    signature: SignatureHex


class DisbursementIn(Input):
    """The proceeds that a settlement bank saw paid for a locked voucher, and the payment's reference."""

    voucher: VoucherIdIn
    expected: Expected
    amount: AmountIn
    reference: HashIn


class PaymentIn(Input):
    """What a settlement bank saw the debtor pay, and the payment's reference."""

    receivable: Number
    amount: AmountIn
    reference: HashIn


class RedemptionIn(Input):
    """Vouchers to pay their part of what was paid, by their number within the receivable."""

    receivable: Number
    vouchers: list[VoucherNumber] = Field(min_length=1, max_length=200, examples=[[1, 2]])


class DisbursementWritten(BaseModel):
    """A disbursement after it was attested: who holds the voucher now."""

    transaction: TransactionView
    voucher: VoucherId
    holder: int
    amount: Amount


class PaymentWritten(BaseModel):
    """A payment after it was recorded, and what is paid in all."""

    transaction: TransactionView
    receivable: int
    amount: Amount
    paid: Amount


class RedeemedView(BaseModel):
    """What a voucher was paid."""

    voucher: VoucherId
    holder: int
    amount: Amount


class RedemptionWritten(BaseModel):
    """What each voucher was paid, in the order asked for."""

    transaction: TransactionView
    redeemed: list[RedeemedView]


@router.post(
    "/quotes",
    status_code=201,
    response_model=SignedQuote,
    operation_id="signQuote",
    summary="Sign a quote for a voucher",
    responses=describe_write(),
)
def sign_quote(gateway: Here, caller: Caller, body: QuoteIn) -> Response:
    """A financier signs; nothing is sent, and the quote goes to the holder outside the ledger."""
    with reading(gateway.ledger) as view:
        require_role(view, caller.number, Role.FINANCIER)
    quote = Quote(
        body.voucher, body.version, caller.number, body.face, body.proceeds, body.valid_until, body.terms
    )
    signature = gateway.ledger.receivables.sign_quote(caller.signer, quote)
    shown = QuoteView.model_construct(**dict(body), financier=caller.number)
    return written(SignedQuote.model_construct(quote=shown, signature=signature), 201)


@router.post(
    "/quotes/accept",
    response_model=VoucherWritten,
    operation_id="acceptQuote",
    summary="Accept a signed quote",
    responses=describe_write(404),
)
def accept_quote(gateway: Here, caller: Caller, body: SignedQuote) -> Response:
    """The holder accepts; the voucher is locked until the money is there or the time for it is over."""
    given = body.quote
    require_visible(gateway, caller, given.voucher)
    quote = Quote(
        given.voucher,
        given.version,
        given.financier,
        given.face,
        given.proceeds,
        given.valid_until,
        given.terms,
    )
    sent = gateway.ledger.receivables.accept_quote(caller.signer, quote, body.signature)
    return voucher_written(gateway, sent, given.voucher)


@router.post(
    "/vouchers/{voucher}/release",
    response_model=VoucherWritten,
    operation_id="releaseLock",
    summary="Free a voucher whose financing came to nothing",
    responses=describe_write(404),
)
def release_lock(gateway: Here, caller: Caller, voucher: VoucherPath, body: AnswerIn) -> Response:
    """The financier at any time, the holder once the time to disburse is over."""
    require_visible(gateway, caller, voucher)
    sent = gateway.ledger.receivables.release_lock(caller.signer, voucher, body.expected)
    return voucher_written(gateway, sent, voucher)


@router.post(
    "/disbursements",
    status_code=201,
    response_model=DisbursementWritten,
    operation_id="attestDisbursement",
    summary="Attest that a financing's proceeds were paid",
    responses=describe_write(404),
)
def disburse(gateway: Here, caller: Caller, body: DisbursementIn) -> Response:
    """A settlement bank attests; the financier holds the voucher."""
    sent = gateway.ledger.receivables.disburse(
        caller.signer, body.voucher, body.expected, body.amount, body.reference
    )
    done = only(sent, events.Disbursed)
    return written(
        DisbursementWritten(
            transaction=transaction_view(sent), voucher=done.voucher, holder=done.to, amount=done.amount
        ),
        201,
    )


@router.post(
    "/payments",
    status_code=201,
    response_model=PaymentWritten,
    operation_id="recordPayment",
    summary="Attest a payment by the debtor",
    responses=describe_write(404),
)
def record_payment(gateway: Here, caller: Caller, body: PaymentIn) -> Response:
    """A settlement bank attests; a reference counts once. The last payment settles the receivable."""
    sent = gateway.ledger.receivables.record_payment(
        caller.signer, body.receivable, body.amount, body.reference
    )
    done = only(sent, events.PaymentRecorded)
    return written(
        PaymentWritten(
            transaction=transaction_view(sent),
            receivable=done.receivable,
            amount=done.amount,
            paid=done.paid,
        ),
        201,
    )


@router.post(
    "/redemptions",
    status_code=201,
    response_model=RedemptionWritten,
    operation_id="redeemVouchers",
    summary="Pay vouchers their part of what was paid (兑付)",
    responses=describe_write(404),
)
def redeem(gateway: Here, caller: Caller, body: RedemptionIn) -> Response:
    """A settlement bank redeems any voucher, a holder its own."""
    with reading(gateway.ledger) as view:
        if not has_role(view, caller.number, Role.SETTLEMENT_BANK):
            visible_receivable(view, caller.number, body.receivable)
    sent = gateway.ledger.receivables.redeem(caller.signer, body.receivable, body.vouchers)
    redeemed = [
        RedeemedView(voucher=one.event.voucher, holder=one.event.holder, amount=one.event.amount)
        for one in sent.events
        if isinstance(one.event, events.Redeemed)
    ]
    return written(RedemptionWritten(transaction=transaction_view(sent), redeemed=redeemed), 201)
