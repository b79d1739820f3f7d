"""Down the chain: the voucher is split and passed on, tier by tier, each hop offered and accepted.

Tier 2 accepts by a transaction of its own; tier 3 has no node and signs, and tier 2 carries its signature.
"""

from __future__ import annotations

from dataclasses import dataclass

from eth_utils.crypto import keccak

from api.story.cast import Player
from api.story.issuing import Issued, attest_trade, money
from api.story.papers import TradePapers
from api.story.stage import DAY, Stage
from chain import events
from chain.engines import fund
from chain.ledger import decide, only
from chain.rules.state import Acceptance, Leg, start_of
from chain.signing import new_signer


@dataclass(frozen=True, slots=True)
class Passed:
    """The vouchers of tier 2 and tier 3, by id."""

    tier2: int
    tier3: int


def pass_down(stage: Stage, issued: Issued, second: TradePapers, third: TradePapers) -> Passed:
    """Tier 1 pays tier 2 with a piece, tier 2 pays tier 3 with a piece of that."""
    _try_what_is_not_theirs(stage, issued)
    tier2 = _hop(stage, issued.voucher, stage.cast["tier1"], stage.cast["tier2"], second)
    tier3 = _hop(stage, tier2, stage.cast["tier2"], stage.cast["tier3"], third)
    _suspend_and_reinstate(stage, tier2)
    return Passed(tier2, tier3)


def _hop(stage: Stage, voucher: int, giver: Player, taker: Player, papers: TradePapers) -> int:
    """One hop: a piece is cut off and offered with the evidence of its own trade, then accepted."""
    attest_trade(stage, papers)
    receivables = stage.ledger.receivables
    version = receivables.voucher(voucher).version
    leg = Leg(taker.number, papers.minor, papers.evidence.commitment)
    child = only(receivables.split(giver.signer, voucher, version, [leg]), events.Split).child
    stage.scene(
        str(giver),
        f"split {money(papers.minor)} off voucher {voucher} as {child} and offered it to {taker.label}",
    )
    if giver is stage.cast["tier1"]:
        stage.refused(
            "somebody else accepts an offered voucher",
            lambda: receivables.accept(stage.cast["tier3"].signer, child, 0),
        )
    if taker is stage.cast["tier3"]:
        _accept_by_signature(stage, child, giver, taker)
    else:
        receivables.accept(taker.signer, child, receivables.voucher(child).version)
    accepted, start = receivables.voucher(child), start_of(child)
    stage.scene(
        str(taker),
        f"accepted voucher {child} (签收): [{start}, {start + accepted.length}), "
        f"tier {accepted.tier}, owed by {stage.cast['anchor'].party.name}",
        saw="debtor, due date, face and this hop's evidence",
        did_not_see=f"what else {giver.label} holds it for, or at what price",
    )
    return child


def _accept_by_signature(stage: Stage, voucher: int, giver: Player, taker: Player) -> None:
    """The receiver signs (EIP-712); the giver brings the signature to the ledger."""
    receivables = stage.ledger.receivables
    held, until = receivables.voucher(voucher), stage.now() + DAY
    acceptance = Acceptance(voucher, held.version, giver.number, taker.number, held.length, bytes(32), until)
    forged = receivables.sign_acceptance(giver.signer, acceptance)
    stage.refused(
        f"{giver.label} signs in the place of {taker.label}",
        lambda: receivables.accept_by_signature(giver.signer, voucher, held.version, until, forged),
    )
    signature = receivables.sign_acceptance(taker.signer, acceptance)
    receivables.accept_by_signature(giver.signer, voucher, held.version, until, signature)
    stage.scene(
        str(giver), f"brought the acceptance that {taker.label} signed off chain: no node, no fee, no wait"
    )


def _try_what_is_not_theirs(stage: Stage, issued: Issued) -> None:
    receivables, voucher = stage.ledger.receivables, issued.voucher
    held = receivables.voucher(voucher)
    tier1, tier2 = stage.cast["tier1"], stage.cast["tier2"]
    stranger = new_signer()
    fund(stage.engine, stranger.address)
    evidence = keccak(text="no trade at all")
    stage.refused(
        "the holder splits more than it holds",
        lambda: receivables.split(
            tier1.signer, voucher, held.version, [Leg(tier2.number, held.length + 1, evidence)]
        ),
    )
    stage.refused(
        "a stranger transfers the voucher",
        lambda: receivables.offer(stranger, voucher, held.version, tier2.number, evidence),
    )
    stage.refused(
        "another supplier transfers a voucher it does not hold",
        lambda: receivables.offer(tier2.signer, voucher, held.version, stage.cast["tier3"].number, evidence),
    )


def _suspend_and_reinstate(stage: Stage, voucher: int) -> None:
    """Governors stop tier 2 for a moment; nothing of it moves until they let it go on."""
    ledger, tier2 = stage.ledger, stage.cast["tier2"]
    reason = keccak(text="licence under review")
    decide(ledger, stage.cast.governors, [ledger.participants.encoded("suspend", tier2.number, reason)])
    stage.scene("Governors (2 of 3)", f"suspended {tier2}")
    version = ledger.receivables.voucher(voucher).version
    stage.refused(
        "a suspended participant passes its voucher on",
        lambda: ledger.receivables.offer(tier2.signer, voucher, version, stage.cast["tier3"].number, reason),
    )
    decide(ledger, stage.cast.governors, [ledger.participants.encoded("reinstate", tier2.number, reason)])
    stage.scene("Governors (2 of 3)", f"reinstated {tier2}")
