"""How any financing goes: signed quote, acceptance, registration and contract filed, money attested."""

from __future__ import annotations

from dataclasses import dataclass

from eth_utils.crypto import keccak

from api.story.cast import Player
from api.story.issuing import money
from api.story.stage import DAY, Stage
from chain.rules.state import Kind, Quote


@dataclass(frozen=True, slots=True)
class Price:
    """What a financier pays and takes for a voucher, in fen; `matures_at` is 0 for a purchase."""

    proceeds: int
    interest: int
    fees: int = 0
    debtor_interest: int = 0
    matures_at: int = 0


def quote_of(stage: Stage, financier: Player, voucher: int, kind: Kind, price: Price, terms: str) -> Quote:
    """What a financier offers for the whole of a voucher, for three days; `terms` is its contract."""
    return Quote(
        voucher=voucher,
        version=stage.ledger.receivables.voucher(voucher).version,
        financier=financier.number,
        kind=kind,
        face=stage.ledger.receivables.unpaid_of(voucher),
        proceeds=price.proceeds,
        interest=price.interest,
        debtor_interest=price.debtor_interest,
        fees=price.fees,
        matures_at=price.matures_at,
        valid_until=stage.now() + 3 * DAY,
        terms=keccak(text=terms),
    )


def agree(stage: Stage, quote: Quote, holder: Player, financier: Player) -> None:
    """The financier signs off chain, the holder accepts: the voucher is locked until the money is there."""
    signature = stage.ledger.financing.sign_quote(financier.signer, quote)
    stage.ledger.financing.accept_quote(holder.signer, quote, signature)


def file(stage: Stage, voucher: int, financier: Player) -> None:
    """The financier files its registration (中登网) and the signed contract."""
    stage.ledger.financing.file(
        financier.signer,
        voucher=voucher,
        expected=stage.ledger.receivables.voucher(voucher).version,
        registration=keccak(text=f"registration number and certificate, voucher {voucher}"),
        agreement=keccak(text=f"signed contract, voucher {voucher}"),
        registered_at=stage.now(),
    )


def disburse(stage: Stage, voucher: int, amount: int, reference: bytes) -> None:
    """The settlement bank attests that the financier's money reached the holder."""
    version = stage.ledger.receivables.voucher(voucher).version
    stage.ledger.financing.disburse(stage.cast["settlement"].signer, voucher, version, amount, reference)


def finance_at_once(stage: Stage, quote: Quote, holder: Player, financier: Player, words: str) -> None:
    """A whole financing: agreed, filed, paid; `words` says what the financier then has."""
    agree(stage, quote, holder, financier)
    file(stage, quote.voucher, financier)
    disburse(stage, quote.voucher, quote.proceeds, keccak(text=f"disbursed for voucher {quote.voucher}"))
    stage.scene(
        str(financier),
        f"paid {holder.label} {money(quote.proceeds)} on voucher {quote.voucher} of {money(quote.face)}, "
        f"registration and contract filed: {words}",
    )
