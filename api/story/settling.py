"""Settlement: overdue, stopped, paid late and in parts; every voucher is redeemed to the last 分."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from eth_utils.crypto import keccak

from api.story.clearing import Carried, carry_out, work_out
from api.story.issuing import Issued, money
from api.story.papers import TradePapers, day
from api.story.recourse import buy_back
from api.story.stage import DAY, Stage, StoryBroken
from chain import events
from chain.clearing import ClearingList
from chain.rules.state import IssueTerms, receivable_of, start_of
from flows.samples import write_sample_payment


@dataclass(frozen=True, slots=True)
class Payout:
    """What one voucher was paid in all, in minor units, and to whom at the end."""

    voucher: int
    holder: int
    amount: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What each voucher of the story's receivable was paid, and the clearing lists that were carried out."""

    payouts: tuple[Payout, ...]
    carried: tuple[Carried, ...]


def settle(
    stage: Stage, issued: Issued, batch: Sequence[Issued], papers: TradePapers, another: IssueTerms
) -> Settled:
    """Past the due date nothing moves any more, and everything is still paid.

    Args:
        stage: the stage.
        issued: the story's receivable, paid late and in parts.
        batch: others of the same debtor, each paid whole; the second was sold with recourse.
        papers: the trade of `issued`.
        another: what the anchor would issue while it is overdue.
    """
    _fall_due(stage, issued, papers)
    _stop(stage, issued, another)
    buy_back(stage, batch[1])
    paid: dict[int, Payout] = {}
    part = issued.face * 2 // 5 + 1
    _pay(stage, issued, papers, part, "a part, late")
    cleared = work_out(stage, (issued.receivable,))
    first = carry_out(stage, cleared, first_try_fails=True)
    _redeem(stage, cleared, paid)

    _pay(stage, issued, papers, issued.face - part + 1, "the rest, and one 分 too much")
    for each in batch:
        reference = keccak(text=f"the anchor paid receivable {each.receivable}")
        stage.ledger.receivables.record_payment(
            stage.cast["settlement"].signer, each.receivable, each.face, reference
        )
    whole = sum(each.face for each in batch)
    stage.scene(str(stage.cast["anchor"]), f"paid the {len(batch)} receivables of the batch: {money(whole)}")
    cleared = work_out(stage, (issued.receivable, *(each.receivable for each in batch)))
    second = carry_out(stage, cleared)
    _redeem(stage, cleared, paid)
    _return_credit(stage, issued)
    own = tuple(payout for payout in paid.values() if receivable_of(payout.voucher) == issued.receivable)
    if sum(payout.amount for payout in own) != issued.face:
        raise StoryBroken("the vouchers were not paid what the anchor paid")
    stage.scene(
        str(stage.cast["settlement"]),
        f"redeemed {len(paid)} vouchers for {money(sum(payout.amount for payout in paid.values()))} in all, "
        "to the last 分",
    )
    stage.ledger.limits.lift_overdue(stage.cast["auditor"].signer, issued.receivable)
    stage.scene(str(stage.cast["auditor"]), "took the stop off: the overdue receivable is paid, anyone may")
    return Settled(own, (first, second))


def _fall_due(stage: Stage, issued: Issued, papers: TradePapers) -> None:
    controls = stage.engine.controls
    if controls is None:
        raise StoryBroken("this engine cannot be moved to the due date")
    controls.advance_to(issued.due_at + DAY // 2)
    stage.scene("Time", f"the due date {day(issued.due_at)} passes without a payment: overdue")
    tier1, receivables = stage.cast["tier1"], stage.ledger.receivables
    version = receivables.voucher(issued.voucher).version
    stage.refused(
        "a holder passes on an overdue voucher",
        lambda: receivables.offer(
            tier1.signer, issued.voucher, version, stage.cast["tier2"].number, papers.evidence.commitment
        ),
    )
    stage.refused(
        "the debtor is stopped before its day of grace is over",
        lambda: stage.ledger.limits.stop_overdue(stage.cast["auditor"].signer, issued.receivable),
    )
    controls.advance_to(issued.due_at + 3 * DAY)


def _stop(stage: Stage, issued: Issued, another: IssueTerms) -> None:
    """Anyone may count an overdue receivable against its debtor; it issues nothing until it has paid."""
    auditor = stage.cast["auditor"]
    stage.ledger.limits.stop_overdue(auditor.signer, issued.receivable)
    stage.scene(str(auditor), f"counted receivable {issued.receivable} as overdue: the anchor's issues stop")
    terms = IssueTerms(
        debtor=another.debtor,
        creditor=another.creditor,
        face=1,
        currency=another.currency,
        delivered_at=another.delivered_at,
        due_at=stage.now() + 30 * DAY,
        interest_share=0,
        waives_defences=False,
        evidence=another.evidence,
        invoice=another.invoice,
    )
    stage.refused(
        "an anchor that is overdue issues a new receivable",
        lambda: stage.ledger.issuance.propose(stage.cast["anchor"].signer, terms),
    )


def _pay(stage: Stage, issued: Issued, papers: TradePapers, amount: int, words: str) -> None:
    settlement, receivables = stage.cast["settlement"], stage.ledger.receivables
    note = write_sample_payment(
        stage.folder / f"payment-{amount}",
        invoice=papers.invoice,
        booked=day(stage.now()) + timedelta(days=1),
        account=papers.invoice.payee_account or "6222-tier1",
        end_to_end_id=f"CF-R{issued.receivable}-{amount}",
        amount=Decimal(amount).scaleb(-2),
    )
    reference = keccak(note.read_bytes())
    receivables.record_payment(settlement.signer, issued.receivable, amount, reference)
    stage.scene(str(stage.cast["anchor"]), f"paid {money(amount)}: {words}")
    if receivables.receivable(issued.receivable).paid == amount:
        stage.refused(
            "the same payment is counted twice",
            lambda: receivables.record_payment(settlement.signer, issued.receivable, amount, reference),
        )


def _redeem(stage: Stage, cleared: ClearingList, paid: dict[int, Payout]) -> None:
    """Every voucher of the list, for what the list says."""
    settlement, receivables = stage.cast["settlement"], stage.ledger.receivables
    for receivable in cleared.receivables:
        lines = [line for line in cleared.payable if line.receivable == receivable.receivable]
        starts = sorted({start_of(line.voucher) for line in lines if line.voucher})
        sent = receivables.redeem(settlement.signer, receivable.receivable, starts)
        for logged in sent.events:
            if isinstance(logged.event, events.Redeemed):
                one = logged.event
                before = paid[one.voucher].amount if one.voucher in paid else 0
                paid[one.voucher] = Payout(one.voucher, one.payee, before + one.amount)
                if one.amount != sum(line.amount for line in lines if line.voucher == one.voucher):
                    raise StoryBroken(f"voucher {one.voucher} was redeemed for another amount than cleared")
    stage.scene(str(settlement), "redeemed on the ledger what it has paid out: the very amounts of the list")


def _return_credit(stage: Stage, issued: Issued) -> None:
    settlement, receivables = stage.cast["settlement"], stage.ledger.receivables
    credit = receivables.receivable(issued.receivable).credit
    reference = keccak(text="credit returned to the anchor")
    stage.refused(
        "the anchor gets back more than it has paid too much",
        lambda: receivables.return_credit(settlement.signer, issued.receivable, credit + 1, reference),
    )
    receivables.return_credit(settlement.signer, issued.receivable, credit, reference)
    stage.scene(str(settlement), f"gave {money(credit)} back to the anchor, which had paid it too much")
