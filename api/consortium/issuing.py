"""Evidence and confirmation: attested by the tax attester, proposed by one party, confirmed by the other."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from api.consortium.stage import Json, Stage, together, when
from api.http.formats import hex_of
from api.story.cast import LIMIT
from api.story.issuing import INTEREST_SHARE, money, subject_of
from api.story.papers import TradePapers, day, make_papers, sample_trade
from api.story.stage import StoryBroken
from flows.checks.cross import Level
from flows.documents import Documents
from flows.nullifier import invoice_nullifier

CENT = Decimal("0.01")
VAT = Decimal("0.13")
YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Trades:
    """The story's trades: `first` is passed down by `second` and `third`; two more are financed whole."""

    first: TradePapers
    second: TradePapers
    third: TradePapers
    recourse: TradePapers
    pledge: TradePapers

    @property
    def owed(self) -> tuple[TradePapers, ...]:
        """Those that the anchor owes."""
        return self.first, self.recourse, self.pledge


@dataclass(frozen=True, slots=True)
class Issued:
    """A confirmed receivable, its first voucher, its face in fen, when it is due (seconds since 1970)."""

    receivable: int
    voucher: str
    face: int
    due_at: int


def trade(stage: Stage) -> Trades:
    """The story's documents, written, read back and cross-checked by the firms themselves."""
    today = day(stage.now())

    def made(number: str, buyer: str, seller: str, quantity: int, price: Decimal) -> TradePapers:
        parties = (stage[buyer].party, stage[seller].party, stage["carrier"].party)
        return sample_trade(stage.folder / number, number, *parties, today, quantity, price)

    first = made("2026-0001", "anchor", "tier1", 2_000, Decimal(500))
    net = Decimal(first.minor).scaleb(-2) / (1 + VAT)
    return Trades(
        first=first,
        second=made("2026-0002", "tier1", "tier2", 10, (net * Decimal("0.04")).quantize(CENT)),
        third=made("2026-0003", "tier2", "tier3", 10, (net * Decimal("0.015")).quantize(CENT)),
        recourse=made("2026-0011", "anchor", "tier1", 400, Decimal(100)),
        pledge=made("2026-0012", "anchor", "tier1", 300, Decimal(100)),
    )


def attest(stage: Stage, trades: Trades) -> tuple[str, ...]:
    """Carrier and tax attester state what they checked; the nullifiers of the invoices the anchor owes."""
    key = secrets.token_bytes(32)
    first, all_of_them = trades.first, (trades.first, trades.second, trades.third, *trades.owed[1:])
    despatched = Documents(despatches=first.documents.despatches, receipts=first.documents.receipts)
    logistics = _statement(2, make_papers(despatched).evidence.commitment, first, Level.L2)
    statements = [_statement(1, one.evidence.commitment, one, one.checked.level) for one in all_of_them]
    nullifiers = tuple(hex_of(_nullifier(key, one)) for one in trades.owed)
    beyond = {**_invoice(stage, "0x" + secrets.token_hex(32), first), "total": str(LIMIT)}
    together(
        lambda: stage.post("carrier", "/v1/attestations", logistics),
        *(lambda one=one: stage.post("tax", "/v1/attestations", one) for one in statements),
        *(
            lambda name=name, one=one: stage.post("tax", "/v1/invoices", _invoice(stage, name, one))
            for name, one in zip(nullifiers, trades.owed, strict=True)
        ),
        lambda: stage.post("tax", "/v1/invoices", beyond),
    )
    waybill = first.documents.despatches[0].waybill
    stage.scene(
        "carrier",
        f"attested a despatch and its receipt under waybill {waybill}",
        saw="its own waybill and the signed receipt",
        did_not_see="order, prices, invoice",
    )
    checked = first.checked
    passed = sum(result.passed for result in checked.results)
    stage.scene(
        "tax",
        f"cross-checked {len(all_of_them)} trades ({passed} rules pass on invoice {first.invoice.id}), "
        f"attested them at {checked.level.name if checked.level else '-'} and registered the invoices",
        saw="the documents, as the sellers handed them over",
        did_not_see="who will finance what",
    )
    return (*nullifiers, str(beyond["nullifier"]))


def issue(stage: Stage, trades: Trades, nullifiers: Sequence[str], term: int) -> Issued:
    """The receivable that is passed down the chain, due in `term` seconds: proposed by the supplier."""
    due_at = stage.now() + term
    terms = _terms(stage, trades.first, nullifiers[0], due_at, waives=True)
    late = {**terms, "due_at": when(due_at + 2 * YEAR)}
    attempt = "the supplier agrees to be paid after more than a year"
    stage.refused(attempt, "tier1", "/v1/receivables", late, "bad-due-date")
    proposed = stage.post("tier1", "/v1/receivables", terms)["receivable"]
    number, face = proposed["number"], int(proposed["face"])
    stage.scene(
        "tier1",
        f"proposed receivable {number} of {money(face)}, due {when(due_at)}; the anchor waives its defences",
    )
    again = "the supplier finances the same invoice twice"
    stage.refused(again, "tier1", "/v1/receivables", terms, "invoice-used-up")
    beyond = {**terms, "invoice": nullifiers[-1], "face": str(LIMIT)}
    attempt = "the anchor is made to owe more than its limit"
    stage.refused(attempt, "tier1", "/v1/receivables", beyond, "limit-exceeded")
    stage.post("anchor", f"/v1/receivables/{number}/confirm")
    stage.scene("anchor", f"confirmed receivable {number} (确权)", saw="order, receipt, invoice: its own")
    return Issued(number, str(number << 48), face, due_at)


def issue_batch(stage: Stage, trades: Trades, nullifiers: Sequence[str], term: int) -> tuple[Issued, ...]:
    """Two more, due in `term` seconds: proposed by the anchor in one transaction, confirmed in one."""
    due_at = stage.now() + term
    batch = [
        _terms(stage, one, name, due_at, waives=False)
        for one, name in zip(trades.owed[1:], nullifiers[1:], strict=False)
    ]
    made = stage.post("anchor", "/v1/receivables/batches", {"receivables": batch})["receivables"]
    numbers = [one["number"] for one in made]
    stage.scene("anchor", f"proposed receivables {numbers[0]} and {numbers[1]} in one transaction (批量开立)")
    stage.post("tier1", "/v1/receivables/confirmations", {"receivables": numbers})
    stage.scene("tier1", "confirmed both in one transaction (批量确权)")
    return tuple(Issued(one["number"], str(one["number"] << 48), int(one["face"]), due_at) for one in made)


def propose_another(stage: Stage, trades: Trades, nullifier: str, term: int) -> Json:
    """The terms of one more receivable."""
    return {**_terms(stage, trades.first, nullifier, stage.now() + term, waives=False), "face": "100"}


def _terms(stage: Stage, papers: TradePapers, nullifier: str, due_at: int, *, waives: bool) -> Json:
    return {
        "debtor": stage.number("anchor"),
        "creditor": stage.number("tier1"),
        "face": str(papers.minor),
        "currency": "CNY",
        "delivered_at": when(papers.delivered_at),
        "due_at": when(due_at),
        "interest_share": INTEREST_SHARE,
        "waives_defences": waives,
        "evidence": hex_of(papers.evidence.commitment),
        "invoice": nullifier,
    }


def _statement(schema: int, commitment: bytes, papers: TradePapers, level: Level | None) -> Json:
    if level is None:
        raise StoryBroken(f"sample documents do not stand: {papers.checked.reason}")
    return {
        "commitment": hex_of(commitment),
        "schema": schema,
        "subject": hex_of(subject_of(papers)),
        "level": int(level),
    }


def _invoice(stage: Stage, nullifier: str, papers: TradePapers) -> Json:
    return {
        "nullifier": nullifier,
        "creditor": stage.number("tier1"),
        "currency": "CNY",
        "total": str(papers.minor),
    }


def _nullifier(key: bytes, papers: TradePapers) -> bytes:
    invoice = papers.invoice
    return invoice_nullifier(key, invoice.seller.id, invoice.id, invoice.issued)
