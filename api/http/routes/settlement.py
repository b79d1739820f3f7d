"""Settlement: the debtor's payments, what of them falls on each voucher, what goes back."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.http.asof import reading
from api.http.authentication import Caller, Here
from api.http.formats import Amount, AmountIn, HashIn, Number, VoucherId, VoucherIdIn
from api.http.idempotency import WriteRoute
from api.http.problems import ApiProblem
from api.http.replies import describe_write, written
from api.http.routes.common import Input, require_receivable
from api.http.views import TransactionView, transaction_view
from api.http.visibility import has_role
from chain import events
from chain.ledger import only
from chain.rules.state import Role, receivable_of, start_of

router = APIRouter(prefix="/v1", tags=["settlement"], route_class=WriteRoute)


class PaymentIn(Input):
    """What a settlement bank saw the debtor pay, and the payment's reference."""

    receivable: Number
    amount: AmountIn
    reference: HashIn


class RedemptionIn(Input):
    """Vouchers of one receivable to pay their part of what was paid."""

    receivable: Number
    vouchers: list[VoucherIdIn] = Field(min_length=1, max_length=200, examples=[["281474976710656"]])


class PaymentWritten(BaseModel):
    """A payment after it was recorded, what is paid in all, and what of it is too much."""

    transaction: TransactionView
    receivable: int
    amount: Amount
    paid: Amount
    credit: Amount


class CreditWritten(BaseModel):
    """A credit after it was returned, and what is left of it."""

    transaction: TransactionView
    receivable: int
    amount: Amount
    credit: Amount


class RedeemedView(BaseModel):
    """What a voucher was paid, and whom: its holder, or its lender."""

    voucher: VoucherId
    payee: int
    amount: Amount


class RedemptionWritten(BaseModel):
    """What each voucher was paid, in the order asked for."""

    transaction: TransactionView
    redeemed: list[RedeemedView]


@router.post(
    "/payments",
    status_code=201,
    response_model=PaymentWritten,
    operation_id="recordPayment",
    summary="Attest a payment by the debtor",
    responses=describe_write(404),
)
def record_payment(gateway: Here, caller: Caller, body: PaymentIn) -> Response:
    """A settlement bank attests; a reference counts once. What is beyond the debt is the debtor's credit."""
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
            credit=done.credit,
        ),
        201,
    )


@router.post(
    "/credit-returns",
    status_code=201,
    response_model=CreditWritten,
    operation_id="returnCredit",
    summary="Attest that a debtor got back what it had paid too much",
    responses=describe_write(404),
)
def return_credit(gateway: Here, caller: Caller, body: PaymentIn) -> Response:
    """A settlement bank attests; a reference counts once."""
    sent = gateway.ledger.receivables.return_credit(
        caller.signer, body.receivable, body.amount, body.reference
    )
    done = only(sent, events.CreditReturned)
    return written(
        CreditWritten(
            transaction=transaction_view(sent),
            receivable=done.receivable,
            amount=done.amount,
            credit=done.credit,
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
    """A settlement bank redeems any voucher, a holder or lender its own."""
    with reading(gateway.ledger) as view:
        settles = has_role(view, caller.number, Role.SETTLEMENT_BANK)
    if not settles:
        require_receivable(gateway, caller, body.receivable)
    for voucher in body.vouchers:
        if receivable_of(voucher) != body.receivable:
            detail = f"Voucher {voucher} is not one of receivable {body.receivable}."
            raise ApiProblem("voucher-of-another-receivable", 422, detail)
    sent = gateway.ledger.receivables.redeem(
        caller.signer, body.receivable, [start_of(voucher) for voucher in body.vouchers]
    )
    redeemed = [
        RedeemedView(voucher=one.event.voucher, payee=one.event.payee, amount=one.event.amount)
        for one in sent.events
        if isinstance(one.event, events.Redeemed)
    ]
    return written(RedemptionWritten(transaction=transaction_view(sent), redeemed=redeemed), 201)
