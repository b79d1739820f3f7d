"""What becomes of an accepted quote: filed, paid, repaid or enforced; demanded and bought back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api.http.asof import reading
from api.http.authentication import Caller, Here
from api.http.formats import Amount, AmountIn, Expected, Hash, HashIn, Time, TimeIn, VoucherIdIn
from api.http.idempotency import WriteRoute
from api.http.replies import describe_read, describe_write, read
from api.http.routes.common import (
    AnswerIn,
    DocumentIn,
    Input,
    VoucherPath,
    VoucherWritten,
    require_voucher,
    voucher_written,
)
from api.http.routes.quotes import kind_name
from api.http.visibility import visible_voucher
from chain.rules.state import NO_FILING, Encumbrance

router = APIRouter(prefix="/v1/vouchers", tags=["financing"])
writes = APIRouter(prefix="/v1", tags=["financing"], route_class=WriteRoute)


class FilingIn(Input):
    """What the register and the contract say of a deal: hashes, and when it was registered."""

    expected: Expected
    registration: HashIn = bytes(32)
    agreement: HashIn = bytes(32)
    registered_at: TimeIn | None = None


class DisbursementIn(Input):
    """The proceeds that a settlement bank saw paid for a locked voucher, and the payment's reference."""

    voucher: VoucherIdIn
    expected: Expected
    amount: AmountIn
    reference: HashIn


class PaidIn(Input):
    """What a settlement bank saw paid on a voucher at a version, and the payment's reference."""

    expected: Expected
    amount: AmountIn
    reference: HashIn


class FilingView(BaseModel):
    """What was filed of a deal; a zero hash is nothing."""

    registration: Hash
    agreement: Hash
    registered_at: Time | None


class HopView(BaseModel):
    """Somebody the voucher was financed from, numbered from the first."""

    number: int = Field(examples=[1])
    transferor: int = Field(examples=[2])
    surplus: Amount = Field(description="Due back to it once the voucher is paid.")
    recourse: bool = Field(description="Whether it may be made to buy the voucher back.")
    demanded_at: Time | None


Kind = Annotated[
    str, Field(json_schema_extra={"enum": ["purchase", "recourse-purchase", "pledge"]}, examples=["pledge"])
]


class DealView(BaseModel):
    """The financing that is open on a voucher, and those it was financed from before.

    `kind` and what follows is null where no financing is open; `owed` is what a borrower owes still.
    """

    kind: Kind | None
    financier: int | None
    face: Amount | None
    proceeds: Amount | None
    owed: Amount | None
    matures_at: Time | None
    filing: FilingView | None
    hops: list[HopView]


@router.get(
    "/{voucher}/deal",
    response_model=DealView,
    operation_id="getDeal",
    summary="The financing of a voucher, what is filed of it, and who may come back on it",
    responses=describe_read(404),
)
def get_deal(request: Request, gateway: Here, caller: Caller, voucher: VoucherPath) -> Response:
    """Whoever sees the voucher sees how it is financed."""
    with reading(gateway.ledger) as view:
        node, financing = visible_voucher(view, caller.number, voucher), view.ledger.financing
        facts: dict[str, Any] = dict.fromkeys(
            ("kind", "financier", "face", "proceeds", "owed", "matures_at", "filing")
        )
        if node.voucher.encumbrance in (Encumbrance.LOCKED, Encumbrance.PLEDGED):
            deal, filed = financing.deal(voucher), financing.filing(voucher)
            pledged = node.voucher.encumbrance == Encumbrance.PLEDGED
            facts = {
                "kind": kind_name(deal.kind),
                "financier": deal.financier,
                "face": deal.face,
                "proceeds": deal.proceeds,
                "owed": financing.owed_on(voucher) if pledged else deal.owed,
                "matures_at": deal.matures_at or None,
                "filing": None
                if filed == NO_FILING
                else FilingView(
                    registration=filed.registration,
                    agreement=filed.agreement,
                    registered_at=filed.registered_at or None,
                ),
            }
        hops = [(n, financing.hop(voucher, n)) for n in range(1, financing.hops(voucher) + 1)]
        shown = [
            HopView(
                number=n,
                transferor=hop.transferor,
                surplus=hop.surplus,
                recourse=hop.recourse,
                demanded_at=hop.demanded_at or None,
            )
            for n, hop in hops
        ]
        return read(request, view.head, DealView(**facts, hops=shown))


@writes.post(
    "/vouchers/{voucher}/file",
    response_model=VoucherWritten,
    operation_id="fileDeal",
    summary="File registration (中登网) and contract of a financing",
    responses=describe_write(404),
)
def file(gateway: Here, caller: Caller, voucher: VoucherPath, body: FilingIn) -> Response:
    """The financier files, before the money is paid."""
    require_voucher(gateway, caller, voucher)
    sent = gateway.ledger.financing.file(
        caller.signer,
        voucher=voucher,
        expected=body.expected,
        registration=body.registration,
        agreement=body.agreement,
        registered_at=body.registered_at or 0,
    )
    return voucher_written(gateway, sent, voucher)


@writes.post(
    "/disbursements",
    status_code=201,
    response_model=VoucherWritten,
    operation_id="attestDisbursement",
    summary="Attest that a financing's proceeds were paid (放款)",
    responses=describe_write(404),
)
def disburse(gateway: Here, caller: Caller, body: DisbursementIn) -> Response:
    """A settlement bank attests; the financier holds the voucher, or has it as its pledge."""
    sent = gateway.ledger.financing.disburse(
        caller.signer, body.voucher, body.expected, body.amount, body.reference
    )
    return voucher_written(gateway, sent, body.voucher, 201)


@writes.post(
    "/vouchers/{voucher}/release",
    response_model=VoucherWritten,
    operation_id="releaseLock",
    summary="Free a voucher whose financing came to nothing",
    responses=describe_write(404),
)
def release_lock(gateway: Here, caller: Caller, voucher: VoucherPath, body: AnswerIn) -> Response:
    """The financier at any time; the holder or a settlement bank once the time to disburse is over."""
    require_voucher(gateway, caller, voucher)
    sent = gateway.ledger.financing.release_lock(caller.signer, voucher, body.expected)
    return voucher_written(gateway, sent, voucher)


@writes.post(
    "/vouchers/{voucher}/repay",
    response_model=VoucherWritten,
    operation_id="repayLoan",
    summary="Attest that a loan on a pledged voucher was repaid",
    responses=describe_write(404),
)
def repay(gateway: Here, caller: Caller, voucher: VoucherPath, body: PaidIn) -> Response:
    """A settlement bank attests exactly what is owed; the pledge is over."""
    sent = gateway.ledger.financing.repay(caller.signer, voucher, body.expected, body.amount, body.reference)
    return voucher_written(gateway, sent, voucher)


@writes.post(
    "/vouchers/{voucher}/release-pledge",
    response_model=VoucherWritten,
    operation_id="releasePledge",
    summary="Give a pledge up (解押)",
    responses=describe_write(404),
)
def release_pledge(gateway: Here, caller: Caller, voucher: VoucherPath, body: AnswerIn) -> Response:
    """The lender at any time, or the holder once nothing is owed."""
    require_voucher(gateway, caller, voucher)
    sent = gateway.ledger.financing.release_pledge(caller.signer, voucher, body.expected)
    return voucher_written(gateway, sent, voucher)


@writes.post(
    "/vouchers/{voucher}/enforce-pledge",
    response_model=VoucherWritten,
    operation_id="enforcePledge",
    summary="Take a pledged voucher for a loan that is due",
    responses=describe_write(404),
)
def enforce_pledge(gateway: Here, caller: Caller, voucher: VoucherPath, body: AnswerIn) -> Response:
    """The lender takes it; what is left over is the borrower's once the voucher is paid."""
    require_voucher(gateway, caller, voucher)
    sent = gateway.ledger.financing.enforce_pledge(caller.signer, voucher, body.expected)
    return voucher_written(gateway, sent, voucher)


@writes.post(
    "/vouchers/{voucher}/close-loan",
    response_model=VoucherWritten,
    operation_id="closeLoan",
    summary="Close a loan whose voucher was paid in full",
    responses=describe_write(404),
)
def close_loan(gateway: Here, caller: Caller, voucher: VoucherPath) -> Response:
    """Anyone who sees the voucher may."""
    require_voucher(gateway, caller, voucher)
    return voucher_written(gateway, gateway.ledger.financing.close_loan(caller.signer, voucher), voucher)


@writes.post(
    "/vouchers/{voucher}/demand-recourse",
    response_model=VoucherWritten,
    operation_id="demandRecourse",
    summary="Demand that whoever sold a voucher buys it back (追索)",
    responses=describe_write(404),
)
def demand_recourse(gateway: Here, caller: Caller, voucher: VoucherPath, body: DocumentIn) -> Response:
    """The holder demands, of what is overdue, in dispute or red-lettered."""
    require_voucher(gateway, caller, voucher)
    sent = gateway.ledger.financing.demand_recourse(caller.signer, voucher, body.document)
    return voucher_written(gateway, sent, voucher)


@writes.post(
    "/vouchers/{voucher}/buy-back",
    response_model=VoucherWritten,
    operation_id="buyBack",
    summary="Attest that a voucher was bought back (反转让)",
    responses=describe_write(404),
)
def buy_back(gateway: Here, caller: Caller, voucher: VoucherPath, body: PaidIn) -> Response:
    """A settlement bank attests what is unpaid less what is due back; the transferor holds it again."""
    sent = gateway.ledger.financing.buy_back(
        caller.signer, voucher, body.expected, body.amount, body.reference
    )
    return voucher_written(gateway, sent, voucher)


@writes.post(
    "/vouchers/{voucher}/waive-recourse",
    response_model=VoucherWritten,
    operation_id="waiveRecourse",
    summary="Give recourse up",
    responses=describe_write(404),
)
def waive_recourse(gateway: Here, caller: Caller, voucher: VoucherPath) -> Response:
    """The holder gives it up; with nothing due back either, the voucher is its own entirely."""
    require_voucher(gateway, caller, voucher)
    sent = gateway.ledger.financing.waive_recourse(caller.signer, voucher)
    return voucher_written(gateway, sent, voucher)
