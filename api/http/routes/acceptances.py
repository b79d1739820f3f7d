"""Acceptances that a receiver signs (EIP-712): for an offer, or for a transfer in one transaction."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel

from api.http.asof import reading
from api.http.authentication import Caller, Here
from api.http.formats import AmountIn, Expected, HashIn, Number, SignatureHex, TimeIn, VoucherIdIn
from api.http.idempotency import WriteRoute
from api.http.operations import CarryIn, TransferIn
from api.http.replies import describe_write, written
from api.http.routes.common import Input, VoucherPath, VoucherWritten, require_voucher, voucher_written
from api.http.visibility import require_role
from chain.rules.state import HOLDER, Acceptance

router = APIRouter(prefix="/v1", tags=["vouchers"], route_class=WriteRoute)


class AcceptanceIn(Input):
    """What the caller accepts: a voucher at a version, from a holder, of an amount.

    `evidence` is that of the hop where the signature comes with the transfer, and zero where the voucher has
    been offered with it.
    """

    voucher: VoucherIdIn
    version: Expected
    sender: Number
    amount: AmountIn
    evidence: HashIn = bytes(32)
    valid_until: TimeIn


class SignedAcceptance(BaseModel):
    """A signed acceptance, to be handed to the holder outside the ledger."""

    acceptance: AcceptanceIn
    receiver: int
    signature: SignatureHex


@router.post(
    "/acceptances",
    status_code=201,
    response_model=SignedAcceptance,
    operation_id="signAcceptance",
    summary="Sign the acceptance of a voucher, off the ledger",
    responses=describe_write(),
)
def sign_acceptance(gateway: Here, caller: Caller, body: AcceptanceIn) -> Response:
    """The receiver signs; nothing is sent."""
    with reading(gateway.ledger) as view:
        require_role(view, caller.number, HOLDER)
    acceptance = Acceptance(
        body.voucher,
        body.version,
        body.sender,
        caller.number,
        body.amount,
        body.evidence,
        body.valid_until,
    )
    signature = gateway.ledger.receivables.sign_acceptance(caller.signer, acceptance)
    done = SignedAcceptance.model_construct(acceptance=body, receiver=caller.number, signature=signature)
    return written(done, 201)


@router.post(
    "/offers/{voucher}/accept-signed",
    response_model=VoucherWritten,
    operation_id="acceptOfferBySignature",
    summary="Bring a receiver's signed acceptance of an offer",
    responses=describe_write(404),
)
def accept_by_signature(gateway: Here, caller: Caller, voucher: VoucherPath, body: CarryIn) -> Response:
    """The receiver holds the voucher as if it had accepted itself."""
    require_voucher(gateway, caller, voucher)
    sent = gateway.ledger.receivables.accept_by_signature(
        caller.signer, voucher, body.expected, body.valid_until, body.signature
    )
    return voucher_written(gateway, sent, voucher)


@router.post(
    "/vouchers/{voucher}/transfer",
    response_model=VoucherWritten,
    operation_id="transferVoucher",
    summary="Pass a whole voucher on at once, with the receiver's signed acceptance",
    responses=describe_write(404),
)
def transfer(gateway: Here, caller: Caller, voucher: VoucherPath, body: TransferIn) -> Response:
    """Offer and acceptance in one transaction."""
    require_voucher(gateway, caller, voucher)
    sent = gateway.ledger.receivables.transfer(
        caller.signer,
        voucher=voucher,
        expected=body.expected,
        to=body.to,
        evidence=body.evidence,
        valid_until=body.valid_until,
        signature=body.signature,
    )
    return voucher_written(gateway, sent, voucher)
