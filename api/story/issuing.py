"""From documents to a confirmed receivable: cross-checked, attested, proposed, confirmed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from eth_utils.crypto import keccak

from api.story.cast import CNY, Player
from api.story.papers import TradePapers, make_papers
from api.story.stage import Stage, StoryBroken
from chain import events
from chain.ledger import only
from chain.rules.state import IssueTerms, ReceivableFlag, Statement
from credit.query import VerifiedAttestation, query_attestation
from flows.checks.cross import Level
from flows.disclosure import disclose
from flows.documents import Documents
from flows.nullifier import invoice_nullifier

NEVER = 0
YEAR = 365 * 24 * 3600
INTEREST_SHARE = 2_000


@dataclass(frozen=True, slots=True)
class Issued:
    """A confirmed receivable, its first voucher, its face in fen, and its invoice's name on the ledger."""

    receivable: int
    voucher: int
    face: int
    nullifier: bytes
    due_at: int


def attest_logistics(stage: Stage, papers: TradePapers) -> None:
    """The carrier attests what it saw itself: despatch and receipt."""
    carrier = stage.cast["carrier"]
    own = Documents(despatches=papers.documents.despatches, receipts=papers.documents.receipts)
    evidence = make_papers(own).evidence
    schema = stage.cast.schemas.logistics
    statement = Statement(evidence.commitment, schema, subject_of(papers), Level.L2, NEVER)
    stage.ledger.attestations.attest(carrier.signer, statement)
    despatch = papers.documents.despatches[0]
    stage.scene(
        str(carrier),
        f"attested despatch {despatch.id} and its receipt under waybill {despatch.waybill}",
        saw="its own waybill and the signed receipt",
        did_not_see="order, prices, invoice",
    )


def attest_trade(stage: Stage, papers: TradePapers) -> None:
    """The tax attester cross-checks all documents and attests them at the level they deserve."""
    tax, checked = stage.cast["tax"], papers.checked
    if checked.level is None:
        raise StoryBroken(f"sample documents do not stand: {checked.reason}")
    schema = stage.cast.schemas.trade
    statement = Statement(papers.evidence.commitment, schema, subject_of(papers), checked.level, NEVER)
    stage.ledger.attestations.attest(tax.signer, statement)
    passed = sum(result.passed for result in checked.results)
    applied = passed + len(checked.failures)
    stage.scene(
        str(tax),
        f"cross-checked order, despatch, receipt and invoice {papers.invoice.id}: {passed} of {applied} "
        f"rules pass; attested them at {checked.level.name}",
        saw="the documents, as the seller handed them over",
        did_not_see="who will finance what",
    )


def subject_of(papers: TradePapers) -> bytes:
    """What the attestations of one trade are about: 32 bytes that are the same for all its flows."""
    return keccak(papers.evidence.root)


def terms_of(
    papers: TradePapers, debtor: Player, creditor: Player, nullifier: bytes, *, waives: bool, due_at: int
) -> IssueTerms:
    """What is proposed on the papers of a trade: its whole invoice, delivered as its documents say."""
    return IssueTerms(
        debtor=debtor.number,
        creditor=creditor.number,
        face=papers.minor,
        currency=papers.currency,
        delivered_at=papers.delivered_at,
        due_at=due_at,
        interest_share=INTEREST_SHARE,
        waives_defences=waives,
        evidence=papers.evidence.commitment,
        invoice=nullifier,
    )


def register_invoice(stage: Stage, papers: TradePapers, creditor: Player, nullifier_key: bytes) -> bytes:
    """The tax attester states what the invoice may back, under a name that hides it; that name."""
    tax, invoice = stage.cast["tax"], papers.invoice
    nullifier = invoice_nullifier(nullifier_key, invoice.seller.id, invoice.id, invoice.issued)
    stage.ledger.invoices.register(tax.signer, nullifier, creditor.number, papers.currency, papers.minor)
    return nullifier


def issue(stage: Stage, papers: TradePapers, nullifier_key: bytes) -> Issued:
    """The supplier proposes, on registered invoice and attested evidence; the anchor checks and confirms."""
    anchor, supplier, tax = stage.cast["anchor"], stage.cast["tier1"], stage.cast["tax"]
    issuance, invoice = stage.ledger.issuance, papers.invoice
    nullifier = register_invoice(stage, papers, supplier, nullifier_key)
    stage.scene(
        str(tax),
        f"registered the invoice under its nullifier for {money(papers.minor)}",
        did_not_see="the ledger shows no invoice number: only who holds the key can name it",
    )
    terms = terms_of(papers, anchor, supplier, nullifier, waives=True, due_at=papers.due_at)
    stage.refused(
        "the supplier agrees to be paid after more than a year",
        lambda: issuance.propose(supplier.signer, replace(terms, due_at=stage.now() + YEAR + 3600)),
    )
    proposed = only(issuance.propose(supplier.signer, terms), events.Proposed)
    receivable = proposed.receivable
    late = ReceivableFlag(proposed.flags) & ReceivableFlag.LATE_FOR_SMALL_FIRM
    stage.scene(
        str(supplier),
        f"proposed receivable {receivable} of {money(papers.minor)}, due {invoice.due}; the anchor waives "
        "its defences"
        + (", and the ledger flags the term as late for a small firm (国务院令第802号)" if late else ""),
    )
    stage.refused(
        "the supplier finances the same invoice twice", lambda: issuance.propose(supplier.signer, terms)
    )
    shown = query(
        stage, supplier, papers, tuple(f"invoice/{invoice.id}/{p}" for p in ("totals/payable", "due"))
    )
    confirmed = only(issuance.confirm(anchor.signer, receivable), events.Confirmed)
    stage.scene(
        str(anchor),
        f"confirmed receivable {receivable} (确权); voucher {confirmed.voucher} covers [0, {papers.minor})",
        saw=", ".join(f"{field.path} = {field.value}" for field in shown.fields.values()),
        did_not_see=f"the other {shown.withheld} attested fields",
    )
    return Issued(receivable, confirmed.voucher, papers.minor, nullifier, papers.due_at)


def try_beyond_the_limit(stage: Stage, papers: TradePapers) -> IssueTerms:
    """The anchor would owe more than it may; the terms of it, their invoice registered."""
    anchor, supplier, tax = stage.cast["anchor"], stage.cast["tier1"], stage.cast["tax"]
    nullifier, face = secrets.token_bytes(32), stage.ledger.limits.limit(anchor.number, CNY).amount
    stage.ledger.invoices.register(tax.signer, nullifier, supplier.number, CNY, face)
    terms = terms_of(papers, anchor, supplier, nullifier, waives=True, due_at=papers.due_at)
    terms = replace(terms, face=face)
    stage.refused(
        "the anchor is made to owe more than its limit",
        lambda: stage.ledger.issuance.propose(supplier.signer, terms),
    )
    return terms


def query(stage: Stage, owner: Player, papers: TradePapers, paths: tuple[str, ...]) -> VerifiedAttestation:
    """Somebody queries the trade's attestation: what the owner granted, verified against the ledger."""
    disclosure = disclose(papers.evidence, paths)
    verified = query_attestation(stage.ledger, papers.evidence.commitment, disclosure)
    field = disclosure.fields[0]
    altered = replace(
        disclosure,
        fields=(replace(field, field=replace(field.field, value="999999.00")), *disclosure.fields[1:]),
    )
    attempt = f"{owner.label} alters a field after its attestation"
    if all(refusal.attempt != attempt for refusal in stage.refusals):
        stage.refused(attempt, lambda: query_attestation(stage.ledger, papers.evidence.commitment, altered))
    return verified


def nullifier_key() -> bytes:
    """The tax attester's secret for naming invoices on this ledger."""
    return secrets.token_bytes(32)


def money(minor: int, currency: str = "CNY") -> str:
    """An amount in minor units as a person reads it."""
    return f"{currency} {minor // 100:,}.{minor % 100:02d}"
