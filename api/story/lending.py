"""A loan against a pledge (应收账款质押): lent, kept from moving, repaid."""

from __future__ import annotations

from eth_utils.crypto import keccak

from api.story.deals import Price, finance_at_once, quote_of
from api.story.issuing import Issued, money
from api.story.stage import DAY, Stage
from chain.rules.state import Kind


def pledge_and_repay(stage: Stage, issued: Issued) -> None:
    """The factor lends tier 1 seven tenths of a voucher for a month; tier 1 repays, and is free again."""
    factor, tier1, settlement = stage.cast["factor"], stage.cast["tier1"], stage.cast["settlement"]
    financing, receivables, voucher = stage.ledger.financing, stage.ledger.receivables, issued.voucher
    interest = issued.face // 100
    price = Price(
        proceeds=issued.face * 7 // 10,
        interest=interest,
        debtor_interest=interest // 5,
        matures_at=stage.now() + 30 * DAY,
    )
    quote = quote_of(stage, factor, voucher, Kind.PLEDGE, price, "loan against a pledge, 30 days")
    finance_at_once(stage, quote, tier1, factor, "it is pledged; the anchor bears a fifth of the interest")
    version, owed = receivables.voucher(voucher).version, financing.owed_on(voucher)
    stage.refused(
        "tier 1 passes on the voucher it has pledged",
        lambda: receivables.offer(
            tier1.signer, voucher, version, stage.cast["tier2"].number, keccak(text="a trade")
        ),
    )
    stage.refused(
        "the lender takes its pledge before the loan is due",
        lambda: financing.enforce_pledge(factor.signer, voucher, version),
    )
    reference = keccak(text="tier 1 repaid its loan")
    stage.refused(
        "the loan is said to be repaid by less than is owed",
        lambda: financing.repay(settlement.signer, voucher, version, owed - 1, reference),
    )
    financing.repay(settlement.signer, voucher, version, owed, reference)
    stage.scene(str(settlement), f"attested that tier 1 repaid {money(owed)}; voucher {voucher} is free")
