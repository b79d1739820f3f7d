"""What keeps a voucher from moving, or marks it: a regulator's freeze, a debtor's dispute, a write-off."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.http.authentication import Caller, Here
from api.http.formats import Expected, HashIn, Reason
from api.http.idempotency import WriteRoute
from api.http.replies import describe_write
from api.http.routes.common import (
    DocumentIn,
    Input,
    VoucherPath,
    VoucherWritten,
    reason_hash,
    require_voucher,
    voucher_written,
)

router = APIRouter(prefix="/v1/vouchers", tags=["vouchers"], route_class=WriteRoute)


class HoldIn(Input):
    """Why, and the commitment to the order or notice."""

    reason: Reason
    document: HashIn


class WriteOffIn(Input):
    """The version of the voucher, and the commitment to the decision."""

    expected: Expected
    document: HashIn


@router.post(
    "/{voucher}/freeze",
    response_model=VoucherWritten,
    operation_id="freezeVoucher",
    summary="Freeze a voucher (冻结)",
    responses=describe_write(404),
)
def freeze(gateway: Here, caller: Caller, voucher: VoucherPath, body: HoldIn) -> Response:
    """A regulator stops one voucher from moving; what is paid on it still reaches its holder."""
    require_voucher(gateway, caller, voucher)
    sent = gateway.ledger.receivables.freeze(caller.signer, voucher, reason_hash(body.reason), body.document)
    return voucher_written(gateway, sent, voucher)


@router.post(
    "/{voucher}/unfreeze",
    response_model=VoucherWritten,
    operation_id="unfreezeVoucher",
    summary="Release a frozen voucher (解冻)",
    responses=describe_write(404),
)
def unfreeze(gateway: Here, caller: Caller, voucher: VoucherPath, body: DocumentIn) -> Response:
    """A regulator lets it move again."""
    require_voucher(gateway, caller, voucher)
    sent = gateway.ledger.receivables.unfreeze(caller.signer, voucher, body.document)
    return voucher_written(gateway, sent, voucher)


@router.post(
    "/{voucher}/dispute",
    response_model=VoucherWritten,
    operation_id="disputeVoucher",
    summary="Dispute a voucher",
    responses=describe_write(404),
)
def dispute(gateway: Here, caller: Caller, voucher: VoucherPath, body: HoldIn) -> Response:
    """The debtor disputes it, unless it has waived its defences."""
    require_voucher(gateway, caller, voucher)
    sent = gateway.ledger.receivables.dispute(caller.signer, voucher, reason_hash(body.reason), body.document)
    return voucher_written(gateway, sent, voucher)


@router.post(
    "/{voucher}/end-dispute",
    response_model=VoucherWritten,
    operation_id="endDispute",
    summary="End the dispute over a voucher",
    responses=describe_write(404),
)
def end_dispute(gateway: Here, caller: Caller, voucher: VoucherPath, body: DocumentIn) -> Response:
    """The debtor gives it up, or a regulator ends it."""
    require_voucher(gateway, caller, voucher)
    sent = gateway.ledger.receivables.end_dispute(caller.signer, voucher, body.document)
    return voucher_written(gateway, sent, voucher)


@router.post(
    "/{voucher}/write-off",
    response_model=VoucherWritten,
    operation_id="writeOffVoucher",
    summary="Write an overdue voucher off (核销)",
    responses=describe_write(404),
)
def write_off(gateway: Here, caller: Caller, voucher: VoucherPath, body: WriteOffIn) -> Response:
    """In the holder's own books; the claim stays, and is paid like any."""
    require_voucher(gateway, caller, voucher)
    sent = gateway.ledger.receivables.write_off(caller.signer, voucher, body.expected, body.document)
    return voucher_written(gateway, sent, voucher)
