"""Operations that are taken on record without waiting: how each is asked for, and the call it stands for.

An operation is named as its single route is (`operationId`) and has that route's body. What may be done is
not asked beforehand: the ledger decides when a block takes the transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple
from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter

from api.http.formats import (
    AmountIn,
    Expected,
    HashIn,
    Number,
    Reason,
    SignatureHex,
    TimeIn,
    VoucherIdIn,
)
from api.http.routes.common import AnswerIn, Input, reason_hash
from chain.clients.base import compact
from chain.ledger import OpenLedger
from chain.rules.state import Leg

Call = tuple[str, bytes]
"""A contract's address and the data of a call of it."""


class LegIn(Input):
    """A piece to cut off: for the caller itself, or offered to `to` on the evidence of their trade."""

    to: Number
    amount: AmountIn
    evidence: HashIn


class SplitIn(Input):
    """Pieces to cut off the end of a voucher; something of it remains."""

    expected: Expected
    legs: list[LegIn] = Field(min_length=1, max_length=1000)


class OfferIn(Input):
    """A whole voucher to offer, on the evidence of the trade that it pays for."""

    voucher: VoucherIdIn
    expected: Expected
    to: Number
    evidence: HashIn


class RefuseIn(AnswerIn):
    """Why the voucher is not taken."""

    reason: Reason


class CarryIn(Input):
    """A receiver's signature, brought to the ledger by anyone who sees the voucher."""

    expected: Expected
    valid_until: TimeIn
    signature: SignatureHex


class TransferIn(CarryIn):
    """A whole voucher passed on at once, with the receiver's signature and the evidence of this hop."""

    to: Number
    evidence: HashIn


class _Operation(Input):
    """What every operation has: the key that names it, as `Idempotency-Key` does of a single request."""

    key: Annotated[
        str,
        Field(
            min_length=1,
            max_length=255,
            examples=["order-4711/1"],
            description="As an Idempotency-Key: chosen by the caller, a new one for each new operation.",
        ),
    ]


class SplitOperation(_Operation):
    """`POST /v1/vouchers/{voucher}/split`."""

    operation: Literal["splitVoucher"]
    voucher: VoucherIdIn
    body: SplitIn

    def call(self, ledger: OpenLedger) -> Call:
        """As the ledger takes it."""
        legs = [astuple(Leg(leg.to, leg.amount, leg.evidence)) for leg in self.body.legs]
        return ledger.receivables.encoded("split", self.voucher, self.body.expected, legs)


class OfferOperation(_Operation):
    """`POST /v1/offers`."""

    operation: Literal["makeOffer"]
    body: OfferIn

    def call(self, ledger: OpenLedger) -> Call:
        """As the ledger takes it."""
        body = self.body
        return ledger.receivables.encoded("offer", body.voucher, body.expected, body.to, body.evidence)


class AcceptOperation(_Operation):
    """`POST /v1/offers/{voucher}/accept`."""

    operation: Literal["acceptOffer"]
    voucher: VoucherIdIn
    body: AnswerIn

    def call(self, ledger: OpenLedger) -> Call:
        """As the ledger takes it."""
        return ledger.receivables.encoded("accept", self.voucher, self.body.expected)


class RefuseOperation(_Operation):
    """`POST /v1/offers/{voucher}/refuse`."""

    operation: Literal["refuseOffer"]
    voucher: VoucherIdIn
    body: RefuseIn

    def call(self, ledger: OpenLedger) -> Call:
        """As the ledger takes it."""
        reason = reason_hash(self.body.reason)
        return ledger.receivables.encoded("refuse", self.voucher, self.body.expected, reason)


class WithdrawOperation(_Operation):
    """`POST /v1/offers/{voucher}/withdraw`."""

    operation: Literal["withdrawOffer"]
    voucher: VoucherIdIn
    body: AnswerIn

    def call(self, ledger: OpenLedger) -> Call:
        """As the ledger takes it."""
        return ledger.receivables.encoded("withdraw", self.voucher, self.body.expected)


class SignedAcceptOperation(_Operation):
    """`POST /v1/offers/{voucher}/accept-signed`."""

    operation: Literal["acceptOfferBySignature"]
    voucher: VoucherIdIn
    body: CarryIn

    def call(self, ledger: OpenLedger) -> Call:
        """As the ledger takes it."""
        body, signature = self.body, compact(self.body.signature)
        return ledger.receivables.encoded(
            "acceptBySignature", self.voucher, body.expected, body.valid_until, *signature
        )


class TransferOperation(_Operation):
    """`POST /v1/vouchers/{voucher}/transfer`."""

    operation: Literal["transferVoucher"]
    voucher: VoucherIdIn
    body: TransferIn

    def call(self, ledger: OpenLedger) -> Call:
        """As the ledger takes it."""
        body, signature = self.body, compact(self.body.signature)
        return ledger.receivables.encoded(
            *("transfer", self.voucher, body.expected, body.to, body.evidence, body.valid_until), *signature
        )


Operation = Annotated[
    SplitOperation
    | OfferOperation
    | AcceptOperation
    | RefuseOperation
    | WithdrawOperation
    | SignedAcceptOperation
    | TransferOperation,
    Field(discriminator="operation"),
]
"""Any of them, told apart by `operation`."""

_ANY: Final[TypeAdapter[Operation]] = TypeAdapter(Operation)

NAMES: Final = frozenset(
    {
        *("splitVoucher", "makeOffer", "acceptOffer", "refuseOffer", "withdrawOffer"),
        *("acceptOfferBySignature", "transferVoucher"),
    }
)
"""The single routes whose operations these are, by `operationId`."""


def single(name: str, key: str, path: Mapping[str, str], body: Any) -> Operation:
    """The operation that a request to its single route stands for.

    Raises:
        pydantic.ValidationError: the request is not of the form described.
    """
    return _ANY.validate_python({"operation": name, "key": key, **path, "body": body})
