"""A sandbox: a fresh ledger, with the demo's organisations and one trade behind one receivable."""

from __future__ import annotations

import secrets
import tempfile
from decimal import Decimal
from pathlib import Path

from api.http.gateway import Gateway, Member, hash_token, new_token
from api.http.vault import Vault
from api.story.cast import Cast, admit, found_ledger
from api.story.issuing import subject_of, terms_of
from api.story.papers import TradePapers, day, sample_trade
from chain import events
from chain.engines import Engine, embedded, now
from chain.ledger import OpenLedger, only
from chain.rules.state import Statement
from flows.nullifier import invoice_nullifier

NEVER = 0


def sandbox(engine: Engine | None = None) -> tuple[Gateway, dict[str, str]]:
    """A gateway to a fresh ledger, and each member's bearer token by its alias.

    The ledger is in memory, or on a development engine.

    The tax attester's word stands behind one trade between the anchor and its first supplier, who keeps the
    evidence and has granted some of its fields to the bank; the anchor has confirmed the receivable, so that
    a voucher over its whole face exists.
    """
    ledger, _, governors = found_ledger(engine or embedded())
    cast, _ = admit(ledger, governors)
    papers = _trade(cast, now(ledger.engine))
    _make_receivable(ledger, cast, papers)
    vault = Vault()
    vault.keep(cast["tier1"].number, papers.evidence)
    invoice = f"invoice/{papers.invoice.id}"
    granted = (f"{invoice}/totals/payable", f"{invoice}/issued", f"{invoice}/buyer/name", "check/level")
    vault.grant(cast["tier1"].number, papers.evidence.commitment, cast["bank"].number, granted)
    tokens = {alias: new_token() for alias in cast.players}
    members = tuple(
        Member(
            number=player.number,
            alias=alias,
            name=player.party.name,
            signer=player.signer,
            token_sha256=hash_token(tokens[alias]),
            legal_id=player.party.id,
        )
        for alias, player in cast.players.items()
    )
    return Gateway(ledger, members, vault), tokens


def _trade(cast: Cast, at: int) -> TradePapers:
    """One trade's documents, written, read back, cross-checked, and committed to."""
    with tempfile.TemporaryDirectory(prefix="counterfoil-") as folder:
        return sample_trade(
            Path(folder),
            number="2026-001",
            buyer=cast["anchor"].party,
            seller=cast["tier1"].party,
            carrier=cast["carrier"].party,
            today=day(at),
            quantity=4000,
            unit_price=Decimal(250),
        )


def _make_receivable(ledger: OpenLedger, cast: Cast, papers: TradePapers) -> None:
    """Attested, its invoice registered, proposed by the supplier and confirmed by the anchor."""
    anchor, supplier, tax = cast["anchor"], cast["tier1"], cast["tax"]
    invoice, evidence, level = papers.invoice, papers.evidence, papers.evidence.level
    if level is None or invoice.due is None:
        raise ValueError("the sample trade must pass its cross-check and have a due date")
    nullifier = invoice_nullifier(secrets.token_bytes(32), invoice.seller.id, invoice.id, invoice.issued)
    statement = Statement(evidence.commitment, cast.schemas.trade, subject_of(papers), level, NEVER)
    ledger.attestations.attest(tax.signer, statement)
    ledger.invoices.register(tax.signer, nullifier, supplier.number, papers.currency, papers.minor)
    terms = terms_of(papers, anchor, supplier, nullifier, waives=True, due_at=papers.due_at)
    proposed = ledger.issuance.propose(supplier.signer, terms)
    ledger.issuance.confirm(anchor.signer, only(proposed, events.Proposed).receivable)
