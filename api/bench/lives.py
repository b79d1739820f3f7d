"""Whole lives of receivables with every kind of verb in them, for a large ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from eth_utils.crypto import keccak

from api.bench.gas import transfer
from api.story.cast import CNY, Cast, Player
from chain import events
from chain.engines import now
from chain.ledger import OpenLedger
from chain.rules.state import Acceptance, IssueTerms, Kind, Leg, Quote, Statement, receivable_of, start_of
from chain.sending import Sent

DAY = 24 * 3600
FACE = 10_000_000
LEGS = 100
ACCEPTED = 8
SIGNED_FOR = 2

_fresh = count(1)


def issued_lives(ledger: OpenLedger, cast: Cast, batch: Sequence[int]) -> Iterator[Sent]:
    """A batch of receivables, each from its issue to its last redemption."""
    tier1, anchor, tax = cast["tier1"], cast["anchor"], cast["tax"]
    statements = [Statement(_hash(), cast.schemas.trade, _hash(), 3, 0) for _ in batch]
    yield ledger.attestations.attest_many(tax.signer, statements)
    terms = [_terms(ledger, cast, statement.commitment, _hash()) for statement in statements]
    for each in terms:
        yield ledger.invoices.register(tax.signer, each.invoice, tier1.number, CNY, FACE)
    proposed = ledger.issuance.propose_many(tier1.signer, terms)
    yield proposed
    numbers = [one.event.receivable for one in proposed.events if isinstance(one.event, events.Proposed)]
    confirmed = ledger.issuance.confirm_many(anchor.signer, numbers)
    yield confirmed
    for one in confirmed.events:
        if isinstance(one.event, events.Confirmed):
            yield from _life(ledger, cast, one.event.voucher)


def _terms(ledger: OpenLedger, cast: Cast, evidence: bytes, invoice: bytes) -> IssueTerms:
    return IssueTerms(
        debtor=cast["anchor"].number,
        creditor=cast["tier1"].number,
        face=FACE,
        currency=CNY,
        delivered_at=now(ledger.engine) - DAY,
        due_at=now(ledger.engine) + 150 * DAY,
        interest_share=2_000,
        waives_defences=True,
        evidence=evidence,
        invoice=invoice,
    )


def _life(ledger: OpenLedger, cast: Cast, voucher: int) -> Iterator[Sent]:
    tier1, tier2, tier3, court = (cast[part] for part in ("tier1", "tier2", "tier3", "court"))
    receivables = ledger.receivables
    legs = [Leg(tier2.number, 10_000 + 7 * leg, _hash()) for leg in range(LEGS)]
    split = receivables.split(tier1.signer, voucher, 0, legs)
    yield split
    pieces = [one.event.child for one in split.events if isinstance(one.event, events.Split)]
    for piece in pieces[:ACCEPTED]:
        yield receivables.accept(tier2.signer, piece, 0)
    for piece in pieces[ACCEPTED : ACCEPTED + SIGNED_FOR]:
        yield _accepted_by_signature(ledger, piece, tier1, tier2)
    yield transfer(ledger, pieces[0], tier2, tier3, _hash())
    yield receivables.refuse(tier2.signer, pieces[-1], 0, _hash())
    yield receivables.withdraw(tier1.signer, pieces[-2], 0)
    yield receivables.freeze(court.signer, pieces[1], _hash(), _hash())
    yield receivables.unfreeze(court.signer, pieces[1], _hash())
    yield from _financed(ledger, cast, pieces[2], Kind.PURCHASE)
    yield from _financed(ledger, cast, pieces[3], Kind.RECOURSE_PURCHASE)
    yield from _financed(ledger, cast, pieces[4], Kind.PLEDGE)
    yield from _financed(ledger, cast, pieces[5], Kind.PLEDGE)
    owed, version = ledger.financing.owed_on(pieces[5]), receivables.voucher(pieces[5]).version
    yield ledger.financing.repay(cast["settlement"].signer, pieces[5], version, owed, _hash())
    yield from _paid(ledger, cast, receivable_of(voucher), [voucher, *pieces])


def _accepted_by_signature(ledger: OpenLedger, piece: int, giver: Player, taker: Player) -> Sent:
    receivables = ledger.receivables
    held, until = receivables.voucher(piece), now(ledger.engine) + DAY
    acceptance = Acceptance(piece, held.version, giver.number, taker.number, held.length, bytes(32), until)
    signature = receivables.sign_acceptance(taker.signer, acceptance)
    return receivables.accept_by_signature(giver.signer, piece, held.version, until, signature)


def _financed(ledger: OpenLedger, cast: Cast, piece: int, kind: Kind) -> Iterator[Sent]:
    bank, tier2, financing = cast["bank"], cast["tier2"], ledger.financing
    held = ledger.receivables.voucher(piece)
    quote = Quote(
        voucher=piece,
        version=held.version,
        financier=bank.number,
        kind=kind,
        face=held.length,
        proceeds=held.length * 9 // 10,
        interest=held.length // 50,
        debtor_interest=held.length // 500,
        fees=held.length // 200,
        matures_at=now(ledger.engine) + 60 * DAY if kind == Kind.PLEDGE else 0,
        valid_until=now(ledger.engine) + DAY,
        terms=_hash(),
    )
    yield financing.accept_quote(tier2.signer, quote, financing.sign_quote(bank.signer, quote))
    version = ledger.receivables.voucher(piece).version
    yield financing.file(
        bank.signer,
        voucher=piece,
        expected=version,
        registration=_hash(),
        agreement=_hash(),
        registered_at=now(ledger.engine),
    )
    version = ledger.receivables.voucher(piece).version
    yield financing.disburse(cast["settlement"].signer, piece, version, quote.proceeds, _hash())


def _paid(ledger: OpenLedger, cast: Cast, number: int, vouchers: Sequence[int]) -> Iterator[Sent]:
    """Two payments, the second one fen too large; everything redeemed after each."""
    bank, receivables = cast["settlement"].signer, ledger.receivables
    starts = [start_of(voucher) for voucher in vouchers]
    for amount in (FACE // 3, FACE - FACE // 3 + 1):
        yield receivables.record_payment(bank, number, amount, _hash())
        yield receivables.redeem(bank, number, starts)
    yield receivables.return_credit(bank, number, 1, _hash())


def _hash() -> bytes:
    return keccak(text=f"counterfoil/bench/{next(_fresh)}")
