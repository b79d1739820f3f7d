"""What the routes share: bodies that take nothing unasked, paths, and answers to writes."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import Path, Response
from pydantic import BaseModel, ConfigDict

from api.http.asof import reading
from api.http.formats import Expected, HashIn, Reason, VoucherIdIn
from api.http.gateway import Gateway, Member
from api.http.replies import written
from api.http.views import (
    ReceivableView,
    TransactionView,
    VoucherView,
    receivable_view,
    transaction_view,
    voucher_view,
)
from api.http.visibility import visible_lineage, visible_voucher
from chain import errors
from chain.lineage import read_lineage
from chain.rules.state import receivable_of
from chain.sending import Sent

ReceivableNumber = Annotated[int, Path(ge=1, lt=2**32, examples=[1])]
VoucherPath = Annotated[VoucherIdIn, Path()]


class Input(BaseModel):
    """What every body has in common: nothing that is not asked for."""

    model_config = ConfigDict(extra="forbid")


class Why(Input):
    """Why."""

    reason: Reason


class DocumentIn(Input):
    """The commitment to the document that this rests on."""

    document: HashIn


class AnswerIn(Input):
    """The version of the voucher that the call was made for."""

    expected: Expected


class ReceivableWritten(BaseModel):
    """A receivable after a write."""

    transaction: TransactionView
    receivable: ReceivableView


class VoucherWritten(BaseModel):
    """A voucher after a write."""

    transaction: TransactionView
    voucher: VoucherView


class Written(BaseModel):
    """A write whose transaction says it all."""

    transaction: TransactionView


def reason_hash(reason: str) -> bytes:
    """What the ledger keeps of a reason: its SHA-256."""
    return hashlib.sha256(reason.encode()).digest()


def require_receivable(gateway: Gateway, caller: Member, number: int) -> None:
    """Refuses a participant that may not see a receivable.

    Raises:
        IssueUnknown: there is none of that number, or it may not see it.
    """
    with reading(gateway.ledger) as view:
        visible_lineage(view, caller.number, number)


def require_voucher(gateway: Gateway, caller: Member, voucher: int) -> None:
    """Refuses a participant that may not see a voucher.

    Raises:
        VoucherUnknown: there is none of that id, or it may not see it.
    """
    with reading(gateway.ledger) as view:
        visible_voucher(view, caller.number, voucher)


def show_receivable(gateway: Gateway, number: int) -> ReceivableView:
    """A receivable as it is now."""
    with reading(gateway.ledger) as view:
        lineage = read_lineage(view.ledger, number)
        return receivable_view(number, lineage.issue, lineage.receivable, view.head.time)


def show_vouchers(gateway: Gateway, *vouchers: int) -> list[VoucherView]:
    """Vouchers of one receivable as they are now."""
    with reading(gateway.ledger) as view:
        nodes = {node.id: node for node in read_lineage(view.ledger, receivable_of(vouchers[0])).nodes}
    missing = [voucher for voucher in vouchers if voucher not in nodes]
    if missing:
        raise errors.VoucherUnknown(missing[0])
    return [voucher_view(nodes[voucher]) for voucher in vouchers]


def receivable_written(gateway: Gateway, sent: Sent, number: int, status: int = 200) -> Response:
    """The response to a write on one receivable."""
    headers = {"Location": f"/v1/receivables/{number}"} if status == 201 else None
    done = ReceivableWritten(transaction=transaction_view(sent), receivable=show_receivable(gateway, number))
    return written(done, status, headers)


def voucher_written(gateway: Gateway, sent: Sent, voucher: int, status: int = 200) -> Response:
    """The response to a write on one voucher."""
    (shown,) = show_vouchers(gateway, voucher)
    return written(VoucherWritten(transaction=transaction_view(sent), voucher=shown), status)


def simply_written(sent: Sent, status: int = 200) -> Response:
    """The response to a write that nothing else is to be said of."""
    return written(Written(transaction=transaction_view(sent)), status)
