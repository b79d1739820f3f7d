"""Quotes: signed by a financier off the ledger, accepted by the holder on it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BeforeValidator, Field, PlainSerializer

from api.http.asof import reading
from api.http.authentication import Caller, Here
from api.http.formats import AmountIn, Expected, HashIn, Number, SignatureHex, TimeIn, VoucherIdIn
from api.http.idempotency import WriteRoute
from api.http.replies import describe_write, written
from api.http.routes.common import (
    Input,
    VoucherWritten,
    Written,
    require_voucher,
    simply_written,
    voucher_written,
)
from api.http.visibility import require_role
from chain.rules.state import Kind, Quote, Role

router = APIRouter(prefix="/v1/quotes", tags=["financing"], route_class=WriteRoute)

_KINDS = {kind.name.lower().replace("_", "-"): kind for kind in Kind}


def parse_kind(value: object) -> Kind:
    """A kind of financing from its name."""
    if isinstance(value, Kind):
        return value
    if not isinstance(value, str) or value not in _KINDS:
        raise ValueError(f"must be one of {', '.join(_KINDS)}")
    return _KINDS[value]


def kind_name(kind: Kind) -> str:
    """A kind of financing as the API names it."""
    return kind.name.lower().replace("_", "-")


def _enum(schema: dict[str, Any]) -> None:
    schema.clear()
    schema.update({"type": "string", "enum": list(_KINDS), "examples": ["purchase"]})


KindIn = Annotated[
    Kind,
    BeforeValidator(parse_kind),
    PlainSerializer(kind_name),
    Field(
        description="Bought without recourse, bought with it, or lent against a pledge.",
        json_schema_extra=_enum,
    ),
]


class QuoteIn(Input):
    """What the caller offers for a voucher of a face at a version.

    `face` is what is unpaid of it. The holder is paid `proceeds`; of `interest` the debtor bears
    `debtor_interest`. `matures_at` is when a loan is due, absent for a purchase; `terms` the contract's hash.
    """

    voucher: VoucherIdIn
    version: Expected
    kind: KindIn = Kind.PURCHASE
    face: AmountIn
    proceeds: AmountIn
    interest: AmountIn = 0
    debtor_interest: AmountIn = 0
    fees: AmountIn = 0
    matures_at: TimeIn | None = None
    valid_until: TimeIn
    terms: HashIn

    def quote(self, financier: int) -> Quote:
        """As the ledger takes it."""
        return Quote(
            voucher=self.voucher,
            version=self.version,
            financier=financier,
            kind=self.kind,
            face=self.face,
            proceeds=self.proceeds,
            interest=self.interest,
            debtor_interest=self.debtor_interest,
            fees=self.fees,
            matures_at=self.matures_at or 0,
            valid_until=self.valid_until,
            terms=self.terms,
        )


class QuoteView(QuoteIn):
    """A quote and the financier who makes it."""

    financier: Number


class SignedQuote(Input):
    """A quote with its financier's EIP-712 signature; the holder accepts it as it is."""

    quote: QuoteView
    signature: SignatureHex


class AcceptQuoteIn(SignedQuote):
    """A signed quote, and the commitment to why the term is longer than usual, where it is."""

    justification: HashIn = bytes(32)


@router.post(
    "",
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
    signature = gateway.ledger.financing.sign_quote(caller.signer, body.quote(caller.number))
    shown = QuoteView.model_construct(**dict(body), financier=caller.number)
    return written(SignedQuote.model_construct(quote=shown, signature=signature), 201)


@router.post(
    "/accept",
    response_model=VoucherWritten,
    operation_id="acceptQuote",
    summary="Accept a signed quote",
    responses=describe_write(404),
)
def accept_quote(gateway: Here, caller: Caller, body: AcceptQuoteIn) -> Response:
    """The holder accepts; the voucher is locked until the money is there or the time for it is over."""
    require_voucher(gateway, caller, body.quote.voucher)
    sent = gateway.ledger.financing.accept_quote(
        caller.signer, body.quote.quote(body.quote.financier), body.signature, body.justification
    )
    return voucher_written(gateway, sent, body.quote.voucher)


@router.post(
    "/cancel",
    response_model=Written,
    operation_id="cancelQuote",
    summary="Take a signed quote back",
    responses=describe_write(404),
)
def cancel_quote(gateway: Here, caller: Caller, body: QuoteIn) -> Response:
    """The financier takes back what nobody has accepted."""
    return simply_written(gateway.ledger.financing.cancel_quote(caller.signer, body.quote(caller.number)))
