"""From documents to a confirmed receivable: cross-checked, attested, proposed, confirmed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from eth_utils.crypto import keccak

from api.story.cast import Player
from api.story.papers import TradePapers, make_papers, timestamp
from api.story.stage import Stage, StoryBroken
from chain import events
from chain.ledger import only
from credit.query import VerifiedAttestation, query_attestation
from flows.checks.cross import Level
from flows.disclosure import disclose
from flows.documents import Documents
from flows.nullifier import invoice_nullifier

NEVER = 0


@dataclass(frozen=True, slots=True)
class Issued:
    """A confirmed receivable, its first voucher, and the name of its invoice on the ledger."""

    receivable: int
    voucher: int
    nullifier: bytes
    due_at: int


def attest_logistics(stage: Stage, papers: TradePapers) -> None:
    """The carrier attests what it saw itself: despatch and receipt."""
    carrier = stage.cast["carrier"]
    own = Documents(despatches=papers.documents.despatches, receipts=papers.documents.receipts)
    evidence = make_papers(own).evidence
    stage.ledger.attestations.attest(
        carrier.signer,
        evidence.commitment,
        stage.cast.schemas.logistics,
        subject_of(papers),
        Level.L2,
        NEVER,
    )
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
    stage.ledger.attestations.attest(
        tax.signer,
        papers.evidence.commitment,
        stage.cast.schemas.trade,
        subject_of(papers),
        checked.level,
        NEVER,
    )
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


def issue(stage: Stage, papers: TradePapers, nullifier_key: bytes) -> Issued:
    """The supplier proposes, on registered invoice and attested evidence; the anchor checks and confirms."""
    anchor, supplier, tax = stage.cast["anchor"], stage.cast["tier1"], stage.cast["tax"]
    receivables = stage.ledger.receivables
    invoice = papers.invoice
    nullifier = invoice_nullifier(nullifier_key, invoice.seller.id, invoice.id, invoice.issued)
    receivables.register_invoice(tax.signer, nullifier, supplier.number, papers.currency, papers.minor)
    stage.scene(
        str(tax),
        f"registered the invoice under its nullifier for {money(papers.minor)}",
        did_not_see="the ledger shows no invoice number: only who holds the key can name it",
    )
    if invoice.due is None:
        raise StoryBroken("the sample invoice has no due date")
    due_at = timestamp(invoice.due)
    proposed = receivables.propose(
        supplier.signer,
        debtor=anchor.number,
        creditor=supplier.number,
        face=papers.minor,
        currency=papers.currency,
        due_at=due_at,
        evidence=papers.evidence.commitment,
        invoice=nullifier,
    )
    receivable = only(proposed, events.Proposed).receivable
    stage.scene(
        str(supplier), f"proposed receivable {receivable} of {money(papers.minor)}, due {invoice.due}"
    )
    stage.refused(
        "the supplier finances the same invoice twice",
        lambda: receivables.propose(
            supplier.signer,
            debtor=anchor.number,
            creditor=supplier.number,
            face=papers.minor,
            currency=papers.currency,
            due_at=due_at,
            evidence=papers.evidence.commitment,
            invoice=nullifier,
        ),
    )
    shown = query(
        stage, supplier, papers, tuple(f"invoice/{invoice.id}/{p}" for p in ("totals/payable", "due"))
    )
    confirmed = only(receivables.confirm(anchor.signer, receivable), events.Confirmed)
    stage.scene(
        str(anchor),
        f"confirmed receivable {receivable} (确权); voucher {confirmed.voucher} covers [0, {papers.minor})",
        saw=", ".join(f"{field.path} = {field.value}" for field in shown.fields.values()),
        did_not_see=f"the other {shown.withheld} attested fields",
    )
    return Issued(receivable, confirmed.voucher, nullifier, due_at)


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
