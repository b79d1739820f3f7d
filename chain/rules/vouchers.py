"""Vouchers: split, offered on, financed.

Only the holder moves a voucher, and only while it is live, free, not past due and redeemed up to date. A
receiver must accept (签收) before anything changes hands. A split cuts pieces off the end; the parent keeps
the rest. Every write names the version it expects, so that a call sent twice acts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chain import errors, events
from chain.rules.participants import actor_of, number_of, require_active
from chain.rules.receivables import policy_of
from chain.rules.share import share
from chain.rules.state import (
    HOLDER,
    NO_LOCK,
    Encumbrance,
    Ledger,
    Leg,
    Life,
    Lock,
    Moment,
    Quote,
    Role,
    Voucher,
    number_of_voucher,
    receivable_of,
    voucher_id,
)

MAX_TIER = 255


def next_version(version: int, writes: int = 1) -> int:
    """A version only has to differ from the last one: it is a byte and wraps."""
    return (version + writes) % 256


def split(
    ledger: Ledger, at: Moment, voucher: int, expected: int, legs: Sequence[Leg]
) -> tuple[events.Event, ...]:
    """The holder cuts pieces off the end, each kept or offered on; something always remains."""
    actor = actor_of(ledger, at, HOLDER)
    parent = _movable(ledger, at, voucher, actor, expected)
    most = policy_of(ledger).max_legs
    if not 1 <= len(legs) <= most:
        raise errors.BadLegCount(len(legs), most)
    receivable = ledger.receivable[receivable_of(voucher)]
    rest, number, requested = parent.length, receivable.vouchers, 0
    children: dict[int, Voucher] = {}
    happened: list[events.Event] = []
    for leg in legs:
        requested += leg.length
        if requested > parent.length:
            raise errors.SplitExceedsVoucher(voucher, requested, parent.length)
        if requested == parent.length:
            raise errors.SplitTakesWhole(voucher)
        if leg.length == 0:
            raise errors.AmountZero()
        kept = leg.to == actor
        if not kept:
            _check_receiver(ledger, at, voucher, parent.tier, leg.to, leg.evidence)
        rest -= leg.length
        number += 1
        child = voucher_id(receivable_of(voucher), number)
        children[child] = Voucher(
            holder=actor,
            parent=number_of_voucher(voucher),
            counterparty=0 if kept else leg.to,
            start=parent.start + rest,
            length=leg.length,
            since=at.now,
            tier=parent.tier,
            life=Life.LIVE,
            encumbrance=Encumbrance.FREE if kept else Encumbrance.OFFERED,
            payments=parent.payments,
            version=0,
        )
        happened.append(events.Split(child, voucher, leg.to, leg.length, leg.evidence, at.sender))
    ledger.voucher.update(children)
    ledger.voucher[voucher] = replace(parent, length=rest, version=next_version(parent.version, len(legs)))
    ledger.receivable[receivable_of(voucher)] = replace(receivable, vouchers=number)
    return tuple(happened)


def offer(
    ledger: Ledger, at: Moment, voucher: int, expected: int, to: int, evidence: bytes
) -> tuple[events.Event, ...]:
    """The holder offers the whole voucher, with the evidence of the trade it pays for."""
    actor = actor_of(ledger, at, HOLDER)
    held = _movable(ledger, at, voucher, actor, expected)
    if to == actor:
        raise errors.SameParty(actor)
    _check_receiver(ledger, at, voucher, held.tier, to, evidence)
    _encumber(ledger, at, voucher, held, Encumbrance.OFFERED, to)
    return (events.Offered(voucher, actor, to, evidence, at.sender),)


def accept(ledger: Ledger, at: Moment, voucher: int, expected: int) -> tuple[events.Event, ...]:
    """The receiver accepts in time, while the holder may act, and holds the voucher one tier further down."""
    actor = actor_of(ledger, at, HOLDER)
    offered = _offered(ledger, voucher, expected)
    if offered.counterparty != actor:
        raise errors.NotCounterparty(voucher, actor, offered.counterparty)
    lapses_at = offered.since + policy_of(ledger).offer_period
    if at.now > lapses_at:
        raise errors.OfferLapsed(voucher, lapses_at)
    _check_not_due(ledger, at, voucher)
    _check_redeemed(ledger, voucher, offered)
    require_active(ledger, at, offered.holder, HOLDER)
    moved = replace(offered, holder=actor, tier=offered.tier + 1)
    _encumber(ledger, at, voucher, moved, Encumbrance.FREE, 0)
    return (events.Accepted(voucher, offered.holder, actor, at.sender),)


def refuse(
    ledger: Ledger, at: Moment, voucher: int, expected: int, reason: bytes
) -> tuple[events.Event, ...]:
    """The receiver refuses; the voucher is its holder's as before."""
    actor = actor_of(ledger, at, HOLDER)
    offered = _offered(ledger, voucher, expected)
    if offered.counterparty != actor:
        raise errors.NotCounterparty(voucher, actor, offered.counterparty)
    _encumber(ledger, at, voucher, offered, Encumbrance.FREE, 0)
    return (events.Refused(voucher, offered.holder, actor, reason, at.sender),)


def withdraw(ledger: Ledger, at: Moment, voucher: int, expected: int) -> tuple[events.Event, ...]:
    """The holder takes back an offer that is not accepted yet, lapsed or not."""
    actor = actor_of(ledger, at, HOLDER)
    offered = _offered(ledger, voucher, expected)
    if offered.holder != actor:
        raise errors.NotHolder(voucher, actor, offered.holder)
    _encumber(ledger, at, voucher, offered, Encumbrance.FREE, 0)
    return (events.Withdrawn(voucher, actor, at.sender),)


def accept_quote(ledger: Ledger, at: Moment, quote: Quote, signer: str) -> tuple[events.Event, ...]:
    """The holder accepts a quote that the financier signed; the voucher is locked for the money to come.

    Args:
        ledger: The state.
        at: When, and the holder's account.
        quote: What was quoted.
        signer: The account recovered from the quote's EIP-712 signature.
    """
    actor = actor_of(ledger, at, HOLDER)
    voucher = quote.voucher
    held = _movable(ledger, at, voucher, actor, quote.version)
    if quote.financier in (actor, ledger.receivable[receivable_of(voucher)].debtor):
        raise errors.SameParty(quote.financier)
    if at.now > quote.valid_until:
        raise errors.QuoteExpired(voucher, quote.valid_until)
    receivable = ledger.receivable[receivable_of(voucher)]
    unpaid = held.length - share(held.start, held.length, receivable.paid, receivable.face)
    if quote.face != unpaid:
        raise errors.QuoteOfAnotherFace(voucher, quote.face, unpaid)
    if quote.proceeds == 0:
        raise errors.AmountZero()
    if quote.proceeds > unpaid:
        raise errors.ProceedsExceedFace(voucher, quote.proceeds, unpaid)
    signed_by = number_of(ledger, signer)
    if signed_by != quote.financier:
        raise errors.QuoteNotSigned(voucher, quote.financier, signed_by)
    require_active(ledger, at, signed_by, Role.FINANCIER)
    ledger.lock[voucher] = Lock(quote.proceeds, at.now + policy_of(ledger).disburse_period)
    _encumber(ledger, at, voucher, held, Encumbrance.LOCKED, quote.financier)
    return (events.QuoteAccepted(voucher, actor, quote.financier, quote.proceeds, quote.terms, at.sender),)


def disburse(
    ledger: Ledger, at: Moment, voucher: int, expected: int, amount: int, reference: bytes
) -> tuple[events.Event, ...]:
    """A settlement bank attests the proceeds; the financier holds the voucher."""
    actor_of(ledger, at, Role.SETTLEMENT_BANK)
    locked = _locked(ledger, voucher, expected)
    proceeds = ledger.lock[voucher].proceeds
    if amount != proceeds:
        raise errors.WrongAmount(voucher, amount, proceeds)
    use_reference(ledger, reference, voucher)
    ledger.lock[voucher] = NO_LOCK
    financier = locked.counterparty
    moved = replace(locked, holder=financier, tier=min(locked.tier + 1, MAX_TIER))
    _encumber(ledger, at, voucher, moved, Encumbrance.FREE, 0)
    return (events.Disbursed(voucher, locked.holder, financier, amount, reference, at.sender),)


def release_lock(ledger: Ledger, at: Moment, voucher: int, expected: int) -> tuple[events.Event, ...]:
    """The financier lets go at any time, the holder once the time to disburse is over.

    A settlement bank may do it for a holder that cannot act, so that no lock outlasts a settlement.
    """
    actor = actor_of(ledger, at, HOLDER | Role.SETTLEMENT_BANK)
    locked = _locked(ledger, voucher, expected)
    if actor != locked.counterparty:
        bank = ledger.participant[actor].roles & Role.SETTLEMENT_BANK
        if actor != locked.holder and not bank:
            raise errors.NotHolder(voucher, actor, locked.holder)
        disburse_by = ledger.lock[voucher].disburse_by
        if at.now <= disburse_by:
            raise errors.LockHeld(voucher, disburse_by)
    ledger.lock[voucher] = NO_LOCK
    _encumber(ledger, at, voucher, locked, Encumbrance.FREE, 0)
    return (events.LockReleased(voucher, locked.holder, at.sender),)


def use_reference(ledger: Ledger, reference: bytes, used_for: int) -> None:
    """A payment counts once: its reference is taken for good."""
    if not any(reference):
        raise errors.ReferenceEmpty()
    already = ledger.reference_used.get(reference, 0)
    if already:
        raise errors.ReferenceUsed(reference, already)
    ledger.reference_used[reference] = used_for


def _known(ledger: Ledger, voucher: int) -> Voucher:
    known = ledger.voucher.get(voucher)
    if known is None:
        raise errors.VoucherUnknown(voucher)
    return known


def _movable(ledger: Ledger, at: Moment, voucher: int, actor: int, expected: int) -> Voucher:
    held = _known(ledger, voucher)
    if held.holder != actor:
        raise errors.NotHolder(voucher, actor, held.holder)
    if held.life != Life.LIVE:
        raise errors.NotLive(voucher, held.life)
    if held.encumbrance != Encumbrance.FREE:
        raise errors.Encumbered(voucher, held.encumbrance)
    if held.version != expected:
        raise errors.StaleVoucher(voucher, held.version, expected)
    _check_not_due(ledger, at, voucher)
    _check_redeemed(ledger, voucher, held)
    return held


def _offered(ledger: Ledger, voucher: int, expected: int) -> Voucher:
    offered = _known(ledger, voucher)
    if offered.encumbrance != Encumbrance.OFFERED:
        raise errors.NotOffered(voucher)
    if offered.version != expected:
        raise errors.StaleVoucher(voucher, offered.version, expected)
    return offered


def _locked(ledger: Ledger, voucher: int, expected: int) -> Voucher:
    locked = _known(ledger, voucher)
    if locked.encumbrance != Encumbrance.LOCKED:
        raise errors.NotLocked(voucher)
    if locked.version != expected:
        raise errors.StaleVoucher(voucher, locked.version, expected)
    return locked


def _check_not_due(ledger: Ledger, at: Moment, voucher: int) -> None:
    number = receivable_of(voucher)
    due_at = ledger.receivable[number].due_at
    if at.now >= due_at:
        raise errors.PastDue(number, due_at)


def _check_redeemed(ledger: Ledger, voucher: int, held: Voucher) -> None:
    recorded = ledger.receivable[receivable_of(voucher)].payments
    if held.payments != recorded:
        raise errors.UnredeemedPayments(voucher, held.payments, recorded)


def _check_receiver(ledger: Ledger, at: Moment, voucher: int, tier: int, to: int, evidence: bytes) -> None:
    if to == ledger.receivable[receivable_of(voucher)].debtor:
        raise errors.SameParty(to)
    if not any(evidence):
        raise errors.EvidenceEmpty()
    most = policy_of(ledger).max_tier
    if tier >= most:
        raise errors.TierTooDeep(voucher, tier, most)
    require_active(ledger, at, to, HOLDER)


def _encumber(
    ledger: Ledger,
    at: Moment,
    voucher: int,
    held: Voucher,
    encumbrance: Encumbrance,
    counterparty: int,
) -> None:
    ledger.voucher[voucher] = replace(
        held,
        encumbrance=encumbrance,
        counterparty=counterparty,
        since=at.now,
        version=next_version(held.version),
    )
