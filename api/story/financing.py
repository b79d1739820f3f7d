"""Financing: the bank decides, quotes, and buys; the settlement bank attests that the money went."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from eth_utils.crypto import keccak

from api.story.deals import Price, disburse, file, quote_of
from api.story.issuing import Issued, money, query
from api.story.papers import TradePapers, day
from api.story.passing import Passed
from api.story.scoring import Applicant
from api.story.stage import Stage
from chain import events
from chain.ledger import only
from chain.rules.state import Kind, Leg
from credit.decision import CreditRequest, Decision, decide
from credit.discount import CannotDiscount, DiscountOffer, offer_discount
from credit.joint_score import JointScore
from credit.scorecard import Scorecard
from flows.samples import write_sample_payment


@dataclass(frozen=True, slots=True)
class Financed:
    """What came of the application; `voucher` is what the bank bought, 0 if it declined."""

    decision: Decision
    offer: DiscountOffer | None
    voucher: int


def finance(
    stage: Stage,
    issued: Issued,
    passed: Passed,
    papers: TradePapers,
    joint: JointScore,
    scorecard: Scorecard,
    applicant: Applicant,
) -> Financed:
    """Tier 3 applies with its voucher; the bank looks at what it was granted, decides and perhaps buys."""
    bank, tier3 = stage.cast["bank"], stage.cast["tier3"]
    voucher = passed.tier3
    face = stage.ledger.receivables.voucher(voucher).length
    invoice = papers.invoice
    granted = tuple(
        f"invoice/{invoice.id}/{path}" for path in ("totals/payable", "due", "issued", "buyer/name")
    )
    shown = query(stage, tier3, papers, granted)
    stage.scene(
        str(bank),
        f"queried the attestation behind voucher {voucher}: attested by participant {shown.status.attester} "
        f"at L{shown.status.level}, verified against block {shown.block}",
        saw=", ".join(f"{field.path} = {field.value}" for field in shown.fields.values()),
        did_not_see=f"the other {shown.withheld} fields: prices, quantities, seller's account",
    )
    decision = decide(
        CreditRequest(
            firm=applicant.firm,
            as_of=applicant.vector.as_of,
            score=joint.score,
            model_commitment=joint.statement.model,
            attestation_commitment=joint.statement.attestation,
            core_receivable=face,
        ),
        scorecard,
    )
    days = (day(issued.due_at) - day(stage.now())).days
    try:
        offer = offer_discount(decision, face, days, debtor_headroom=face)
    except CannotDiscount as reason:
        stage.scene(str(bank), f"declined: grade {decision.grade}, {reason}")
        return Financed(decision, None, 0)
    stage.scene(
        str(bank),
        f"approved: grade {decision.grade}, PD {percent(decision.pd)}, limit {money(decision.limit)}, "
        f"rate {percent(decision.rate)}; pays {money(offer.proceeds)} for {money(offer.financed)}",
    )
    bought = _piece(stage, voucher, face, offer)
    _buy(stage, bought, offer, papers)
    return Financed(decision, offer, bought)


def _piece(stage: Stage, voucher: int, face: int, offer: DiscountOffer) -> int:
    """The part of the voucher that the limits allow: split off and kept until it is bought."""
    if offer.financed == face:
        return voucher
    receivables, tier3 = stage.ledger.receivables, stage.cast["tier3"]
    version = receivables.voucher(voucher).version
    leg = Leg(tier3.number, offer.financed, bytes(32))
    piece = only(receivables.split(tier3.signer, voucher, version, [leg]), events.Split).child
    stage.scene(str(tier3), f"split {money(offer.financed)} off voucher {voucher} as {piece}, to sell it")
    return piece


def _buy(stage: Stage, voucher: int, offer: DiscountOffer, papers: TradePapers) -> None:
    bank, tier3, settlement = stage.cast["bank"], stage.cast["tier3"], stage.cast["settlement"]
    receivables, financing = stage.ledger.receivables, stage.ledger.financing
    price = Price(offer.proceeds, offer.interest, offer.fees)
    terms = f"buy-out without recourse, {offer.rate} a year, {offer.days} days"
    quote = quote_of(stage, bank, voucher, Kind.PURCHASE, price, terms)
    signature = financing.sign_quote(bank.signer, quote)
    stage.scene(str(bank), f"signed a quote for voucher {voucher} off chain (EIP-712), valid three days")
    stage.refused(
        "tier 3 lowers the interest of the signed quote",
        lambda: financing.accept_quote(tier3.signer, replace(quote, interest=quote.interest - 1), signature),
    )
    financing.accept_quote(tier3.signer, quote, signature)
    stage.scene(str(tier3), f"accepted the quote: voucher {voucher} is locked until the money is there")
    locked = receivables.voucher(voucher)
    stage.refused(
        "tier 3 passes on the voucher it has sold",
        lambda: receivables.offer(
            tier3.signer, voucher, locked.version, stage.cast["tier1"].number, quote.terms
        ),
    )
    note = write_sample_payment(
        stage.folder / "disbursement",
        invoice=papers.invoice,
        booked=day(stage.now()) + timedelta(days=1),
        account="6222-tier3",
        end_to_end_id=f"CF-{voucher}",
        amount=Decimal(offer.proceeds).scaleb(-2),
        debtor=bank.party,
    )
    reference = keccak(note.read_bytes())
    stage.refused(
        "money is paid out before the assignment is registered",
        lambda: disburse(stage, voucher, offer.proceeds, reference),
    )
    file(stage, voucher, bank)
    stage.scene(str(bank), "registered the assignment (中登网) and filed its number and the signed contract")
    disburse(stage, voucher, offer.proceeds, reference)
    stage.scene(
        str(settlement),
        f"attested the disbursement of {money(offer.proceeds)}; voucher {voucher} is the bank's",
        saw="its own camt.054 notification",
        did_not_see="score, decision, the trade",
    )


def percent(rate: Decimal) -> str:
    """A share as a percentage with two decimals."""
    return f"{100 * rate:.2f}%"
