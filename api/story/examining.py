"""Documents of the user's own: cross-checked as any, and played with if they stand."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from eth_utils.crypto import keccak

from api.story.papers import TradePapers, make_papers
from api.story.stage import Stage
from chain.engines import now
from chain.rules.state import IssueTerms
from flows.checks.coherence import require_coherent
from flows.checks.cross import Level
from flows.documents import read_folder
from flows.errors import BadDocument
from flows.money import CURRENCY_NUMBERS
from flows.records import Party

QUANTITY_RULE = "X-02a"

LEAST_FACE = 10_000
"""Smallest invoice, in minor units, that the story shares out over three tiers."""

MOST_FACE = 10**12
"""Largest one: what the story lets an anchor owe stays within what one receivable can be."""

LONGEST_TERM = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Findings:
    """What the cross-check says of a folder of documents.

    `rule` is the rule that compared the quantities, `quantities` what it compared; `failures` maps each rule
    that failed to its sentence; `level` is None where no attestation is allowed.
    """

    folder: str
    documents: int
    rule: str
    detail: str
    quantities: dict[str, Decimal]
    failures: dict[str, str]
    level: str | None
    reason: str


def examine(folder: Path) -> tuple[TradePapers, Findings]:
    """Reads a folder of documents and cross-checks them.

    Raises:
        BadDocument: a document cannot be read, or the documents contradict one another.
    """
    documents = read_folder(folder)
    if not documents.with_parties:
        raise BadDocument(str(folder), "documents", "must hold at least one order, advice, invoice or note")
    require_coherent(documents)
    papers = make_papers(documents)
    checked = papers.checked
    compared = checked.result(QUANTITY_RULE)
    return papers, Findings(
        folder=folder.name,
        documents=len(documents.with_parties) + len(documents.payments),
        rule=compared.rule,
        detail=compared.detail,
        quantities=dict(compared.figures),
        failures={result.rule: result.detail for result in checked.failures},
        level=None if checked.level is None else checked.level.name,
        reason=checked.reason,
    )


def attestable(papers: TradePapers) -> bool:
    """Whether an attester may state level L3 or better of these documents."""
    level = papers.checked.level
    return level is not None and level >= Level.L3


def playable(papers: TradePapers, time: int) -> bool:
    """Whether the story can be played with these documents.

    They are attestable, with goods delivered and one invoice: in CNY as the trades down the chain, large
    enough to be shared with them and not without measure, not due yet, and due within a year.
    """
    documents = papers.documents
    if not attestable(papers) or not documents.despatches or len(documents.invoices) != 1:
        return False
    invoice = papers.invoice
    if invoice.due is None or invoice.currency != "CNY":
        return False
    in_time = papers.delivered_at <= time < papers.due_at <= time + LONGEST_TERM
    return in_time and LEAST_FACE <= papers.minor <= MOST_FACE


def parties_of(papers: TradePapers) -> dict[str, Party]:
    """Who the documents say takes the parts of anchor and tier 1."""
    return {"anchor": papers.invoice.buyer, "tier1": papers.invoice.seller}


def tell_findings(stage: Stage, papers: TradePapers, findings: Findings) -> None:
    """Tells what was found; documents that do not stand get no attestation, and no receivable."""
    tax = stage.cast["tax"]
    stage.scene(
        str(tax), f"cross-checked {findings.documents} documents of {findings.folder}: {findings.detail}"
    )
    for rule, detail in findings.failures.items():
        if rule != findings.rule:
            stage.scene(str(tax), f"{rule} fails: {detail}")
    stage.scene(str(tax), findings.reason)
    if playable(papers, now(stage.engine)):
        return
    if attestable(papers):
        stage.scene("Story", "goes on with sample documents: one invoice in CNY that is not due yet")
        return
    anchor, supplier = stage.cast["anchor"], stage.cast["tier1"]
    stage.refused(
        f"a receivable is proposed on the documents of {findings.folder}, which nobody may attest at L3",
        lambda: stage.ledger.issuance.propose(
            supplier.signer,
            IssueTerms(
                debtor=anchor.number,
                creditor=supplier.number,
                face=1,
                currency=CURRENCY_NUMBERS["CNY"],
                delivered_at=stage.now() - 3600,
                due_at=stage.now() + 3600,
                interest_share=0,
                waives_defences=False,
                evidence=papers.evidence.commitment,
                invoice=keccak(papers.evidence.root),
            ),
        ),
    )
    stage.scene("Story", "goes on with sample documents that do stand")
