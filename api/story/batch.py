"""A batch of receivables in one transaction: all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence

from api.story.issuing import NEVER, Issued, money, register_invoice, subject_of, terms_of
from api.story.papers import TradePapers
from api.story.stage import Stage, StoryBroken
from chain import events
from chain.rules.state import Statement


def issue_batch(
    stage: Stage, papers: Sequence[TradePapers], due_at: int, nullifier_key: bytes
) -> tuple[Issued, ...]:
    """The anchor proposes what it owes tier 1 for several deliveries at once; tier 1 confirms at once.

    It does not waive its defences this time. All are due at `due_at`.
    """
    anchor, supplier, tax = stage.cast["anchor"], stage.cast["tier1"], stage.cast["tax"]
    issuance = stage.ledger.issuance
    stage.ledger.attestations.attest_many(tax.signer, [_statement(stage, one) for one in papers])
    names = [register_invoice(stage, one, supplier, nullifier_key) for one in papers]
    batch = [
        terms_of(one, anchor, supplier, name, waives=False, due_at=due_at)
        for one, name in zip(papers, names, strict=True)
    ]
    stage.refused(
        "one invoice stands twice in a batch: nothing of the batch is made",
        lambda: issuance.propose_many(anchor.signer, [*batch, batch[0]]),
    )
    proposed = [
        logged.event.receivable
        for logged in issuance.propose_many(anchor.signer, batch).events
        if isinstance(logged.event, events.Proposed)
    ]
    confirmed = {
        logged.event.receivable: logged.event.voucher
        for logged in issuance.confirm_many(supplier.signer, proposed).events
        if isinstance(logged.event, events.Confirmed)
    }
    faces = ", ".join(money(terms.face) for terms in batch)
    stage.scene(str(anchor), f"proposed {len(batch)} receivables in one transaction: {faces}")
    stage.scene(str(supplier), f"confirmed them in one: vouchers {', '.join(map(str, confirmed.values()))}")
    return tuple(
        Issued(number, confirmed[number], terms.face, name, due_at)
        for number, terms, name in zip(proposed, batch, names, strict=True)
    )


def _statement(stage: Stage, papers: TradePapers) -> Statement:
    level = papers.checked.level
    if level is None:
        raise StoryBroken(f"sample documents do not stand: {papers.checked.reason}")
    schema = stage.cast.schemas.trade
    return Statement(papers.evidence.commitment, schema, subject_of(papers), level, NEVER)
