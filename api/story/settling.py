"""Settlement: the anchor pays late and in parts; every voucher is redeemed to the last 分."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from eth_utils.crypto import keccak

from api.story.issuing import Issued, money
from api.story.papers import TradePapers, day
from api.story.stage import Stage, StoryBroken
from chain import events
from chain.rules.state import number_of_voucher
from flows.samples import write_sample_payment

DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Payout:
    """What one voucher was paid in all, in minor units."""

    voucher: int
    holder: int
    amount: int


def settle(stage: Stage, issued: Issued, papers: TradePapers) -> tuple[Payout, ...]:
    """Past the due date nothing moves any more, and everything is still paid."""
    controls = stage.engine.controls
    if controls is None:
        raise StoryBroken("this engine cannot be moved to the due date")
    controls.advance_to(issued.due_at + DAY)
    stage.scene("Time", f"the due date {day(issued.due_at)} passes without a payment: overdue")
    tier1 = stage.cast["tier1"]
    receivables = stage.ledger.receivables
    version = receivables.voucher(issued.voucher).version
    stage.refused(
        "a holder passes on an overdue voucher",
        lambda: receivables.offer(
            tier1.signer, issued.voucher, version, stage.cast["tier2"].number, papers.evidence.commitment
        ),
    )
    controls.advance_to(issued.due_at + 3 * DAY)
    part = papers.minor * 2 // 5 + 1
    paid: dict[int, Payout] = {}
    for amount, words in ((part, "a part, three days late"), (papers.minor - part, "the rest")):
        _pay(stage, issued, papers, amount, words)
        for payout in _redeem(stage, issued):
            before = paid.get(payout.voucher)
            total = payout.amount + (before.amount if before else 0)
            paid[payout.voucher] = Payout(payout.voucher, payout.holder, total)
    if sum(payout.amount for payout in paid.values()) != papers.minor:
        raise StoryBroken("the vouchers were not paid what the anchor paid")
    stage.scene(
        str(stage.cast["settlement"]),
        f"redeemed {len(paid)} vouchers for {money(papers.minor)} in all, to the last 分",
    )
    return tuple(paid.values())


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


def _redeem(stage: Stage, issued: Issued) -> list[Payout]:
    receivables = stage.ledger.receivables
    count = receivables.receivable(issued.receivable).vouchers
    sent = receivables.redeem(stage.cast["settlement"].signer, issued.receivable, range(1, count + 1))
    payouts = [
        Payout(logged.event.voucher, logged.event.holder, logged.event.amount)
        for logged in sent.events
        if isinstance(logged.event, events.Redeemed)
    ]
    names = {player.number: player.label for player in stage.cast.players.values()}
    paid = ", ".join(
        f"{names[p.holder]} {money(p.amount)} (voucher {number_of_voucher(p.voucher)})" for p in payouts
    )
    stage.scene(str(stage.cast["settlement"]), f"paid out: {paid}")
    return payouts
