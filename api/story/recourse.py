"""Factoring with recourse (有追索权保理): bought, overdue, demanded, bought back."""

from __future__ import annotations

from eth_utils.crypto import keccak

from api.story.deals import Price, finance_at_once, quote_of
from api.story.issuing import Issued, money
from api.story.stage import Stage
from chain.rules.state import Kind

NOTICE = keccak(text="notice of recourse")


def sell_with_recourse(stage: Stage, issued: Issued) -> None:
    """The factor buys a voucher of tier 1 with recourse; it may take no more of it than it is owed."""
    factor, tier1 = stage.cast["factor"], stage.cast["tier1"]
    voucher, face = issued.voucher, issued.face
    price = Price(proceeds=face * 9 // 10, interest=face // 50, fees=face // 200)
    quote = quote_of(stage, factor, voucher, Kind.RECOURSE_PURCHASE, price, "factoring with recourse")
    finance_at_once(stage, quote, tier1, factor, "it holds it, and tier 1 buys it back if the anchor fails")
    hop = stage.ledger.financing.hop(voucher, 1)
    stage.scene(str(tier1), f"is due {money(hop.surplus)} back once the anchor has paid (民法典 766)")
    version = stage.ledger.receivables.voucher(voucher).version
    stage.refused(
        "the factor pays a supplier with a voucher that tier 1 may have to buy back",
        lambda: stage.ledger.receivables.offer(
            factor.signer, voucher, version, stage.cast["tier3"].number, NOTICE
        ),
    )
    stage.refused(
        "the factor demands recourse before anything is overdue",
        lambda: stage.ledger.financing.demand_recourse(factor.signer, voucher, NOTICE),
    )


def buy_back(stage: Stage, issued: Issued) -> None:
    """The anchor has not paid: the factor demands, tier 1 pays, and holds the claim against the anchor."""
    factor, tier1, settlement = stage.cast["factor"], stage.cast["tier1"], stage.cast["settlement"]
    financing, voucher = stage.ledger.financing, issued.voucher
    financing.demand_recourse(factor.signer, voucher, NOTICE)
    stage.scene(str(factor), f"demanded recourse on voucher {voucher}, overdue (追索)")
    version = stage.ledger.receivables.voucher(voucher).version
    price = issued.face - financing.hop(voucher, 1).surplus
    reference = keccak(text="tier 1 bought its voucher back")
    financing.buy_back(settlement.signer, voucher, version, price, reference)
    stage.scene(
        str(settlement),
        f"attested that {tier1.label} bought voucher {voucher} back for {money(price)} (反转让): the claim "
        "on the anchor is its own again",
    )
