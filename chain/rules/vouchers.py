"""Vouchers: split, offered, passed on; frozen, disputed, written off.

Only the holder moves a voucher, and only while it is live, free, neither frozen nor in dispute, not past due
and redeemed up to date. A receiver must accept (签收, I-08), in its own transaction or by signature; nobody
but the holder can take an offer back before that, and nobody after it (I-09). Each hop names the evidence of
the trade it pays for (银发〔2025〕77号 article 10, I-18). A split cuts pieces off the end; the parent keeps
the rest, and every piece keeps debtor, due date, currency and receivable (I-01 to I-05). Every write names
the version it expects, so that a call sent twice acts once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from chain import errors, events
from chain.rules.participants import account_has_role, actor_of, require_active, signer_of
from chain.rules.policies import MAX_LEGS, MAX_TIER, MIN_LENGTH
from chain.rules.state import (
    HOLDER,
    Acceptance,
    Encumbrance,
    Ledger,
    Leg,
    Life,
    Moment,
    Receivable,
    ReceivableFlag,
    Role,
    Voucher,
    VoucherFlag,
    receivable_of,
    start_of,
)

DEEPEST_TIER = 255
HELD = VoucherFlag.FROZEN | VoucherFlag.DISPUTED

Signed = Callable[[Acceptance], str]
"""The account that signed an acceptance, the zero address for none; signatures are recovered elsewhere."""


def split(
    ledger: Ledger, at: Moment, voucher: int, expected: int, legs: Sequence[Leg]
) -> tuple[events.Event, ...]:
    """The holder cuts pieces off the end, each kept or offered on; something always remains."""
    actor = actor_of(ledger, at, HOLDER)
    parent = movable(ledger, at, voucher, actor, expected)
    receivable = ledger.receivable[receivable_of(voucher)]
    if not 1 <= len(legs) <= receivable.max_legs:
        raise errors.BadLegCount(len(legs), receivable.max_legs, MAX_LEGS)
    _check_unbound(voucher, parent)
    rest = parent.length
    children: dict[int, Voucher] = {}
    happened: list[events.Event] = []
    for leg in legs:
        child = _cut(ledger, at, voucher, parent, rest, leg)
        rest -= leg.length
        children[voucher + rest] = child
        happened.append(events.Split(voucher + rest, voucher, leg.to, leg.length, leg.evidence, at.sender))
    ledger.voucher.update(children)
    ledger.voucher[voucher] = raised(replace(parent, length=rest), len(legs))
    return tuple(happened)


def offer(
    ledger: Ledger, at: Moment, voucher: int, expected: int, to: int, evidence: bytes
) -> tuple[events.Event, ...]:
    """The holder offers the whole voucher, for some days; nothing moves until the receiver accepts."""
    actor = actor_of(ledger, at, HOLDER)
    require_active(ledger, at, to, HOLDER)
    held = _offerable(ledger, at, voucher, actor, expected, to, evidence)
    lapses_at = at.now + ledger.receivable[receivable_of(voucher)].offer_period
    encumber(ledger, voucher, held, Encumbrance.OFFERED, to, lapses_at)
    return (events.Offered(voucher, actor, to, evidence, at.sender),)


def transfer(
    ledger: Ledger,
    at: Moment,
    voucher: int,
    expected: int,
    to: int,
    evidence: bytes,
    valid_until: int,
    signed: Signed,
) -> tuple[events.Event, ...]:
    """The holder passes the whole voucher on at once, with the receiver's signed acceptance of this hop."""
    known = ledger.voucher.get(voucher, NO_VOUCHER)
    signer = signed(_acceptance(voucher, known, to, evidence, valid_until))
    actor = actor_of(ledger, at, HOLDER)
    signed_for = signer_of(ledger, at, signer, HOLDER)
    held = _offerable(ledger, at, voucher, actor, expected, to, evidence)
    _check_acceptance(at, voucher, signed_for, to, valid_until)
    pass_on(ledger, voucher, held, to)
    return (events.Transferred(voucher, actor, to, evidence, signer, at.sender),)


def accept(ledger: Ledger, at: Moment, voucher: int, expected: int) -> tuple[events.Event, ...]:
    """The receiver accepts in time, while the holder may act, and holds the voucher one tier further down."""
    offered = _offered(ledger, voucher, expected)
    actor = actor_of(ledger, at, HOLDER)
    require_active(ledger, at, offered.holder, HOLDER)
    if offered.counterparty != actor:
        raise errors.NotCounterparty(voucher, actor, offered.counterparty)
    return (_accept(ledger, at, voucher, offered),)


def accept_by_signature(
    ledger: Ledger, at: Moment, voucher: int, expected: int, valid_until: int, signed: Signed
) -> tuple[events.Event, ...]:
    """Anybody brings the signature by which the receiver accepts an offer.

    What is signed has no evidence: the offer named it.
    """
    offered = _offered(ledger, voucher, expected)
    to = offered.counterparty
    signer = signed(_acceptance(voucher, offered, to, bytes(32), valid_until))
    signed_for = signer_of(ledger, at, signer, HOLDER)
    require_active(ledger, at, offered.holder, HOLDER)
    _check_acceptance(at, voucher, signed_for, to, valid_until)
    accepted = _accept(ledger, at, voucher, offered)
    return (events.AcceptanceCarried(voucher, signer), accepted)


def refuse(
    ledger: Ledger, at: Moment, voucher: int, expected: int, reason: bytes
) -> tuple[events.Event, ...]:
    """The receiver refuses (拒收); the voucher is its holder's as before."""
    actor = actor_of(ledger, at, HOLDER)
    offered = _offered(ledger, voucher, expected)
    if offered.counterparty != actor:
        raise errors.NotCounterparty(voucher, actor, offered.counterparty)
    free(ledger, voucher, offered)
    return (events.Refused(voucher, offered.holder, actor, reason, at.sender),)


def withdraw(ledger: Ledger, at: Moment, voucher: int, expected: int) -> tuple[events.Event, ...]:
    """The holder takes back an offer that is not accepted yet, lapsed or not."""
    actor = actor_of(ledger, at, HOLDER)
    offered = _offered(ledger, voucher, expected)
    if offered.holder != actor:
        raise errors.NotHolder(voucher, actor, offered.holder)
    free(ledger, voucher, offered)
    return (events.Withdrawn(voucher, actor, at.sender),)


def freeze(
    ledger: Ledger, at: Moment, voucher: int, reason: bytes, document: bytes
) -> tuple[events.Event, ...]:
    """A court or supervisor stops one voucher from moving (I-29); what is paid on it reaches its holder."""
    actor = actor_of(ledger, at, Role.REGULATOR)
    _raise_flag(ledger, voucher, VoucherFlag.FROZEN, document)
    return (events.Frozen(voucher, actor, reason, document, at.sender),)


def unfreeze(ledger: Ledger, at: Moment, voucher: int, document: bytes) -> tuple[events.Event, ...]:
    """A court or supervisor lets it move again."""
    actor = actor_of(ledger, at, Role.REGULATOR)
    _lower_flag(ledger, voucher, VoucherFlag.FROZEN, document)
    return (events.Unfrozen(voucher, actor, document, at.sender),)


def dispute(
    ledger: Ledger, at: Moment, voucher: int, reason: bytes, document: bytes
) -> tuple[events.Event, ...]:
    """The debtor disputes one voucher, unless it has waived its defences (Civil Code, article 548)."""
    actor = actor_of(ledger, at, Role.DEBTOR)
    number, receivable = _debt(ledger, voucher)
    debtor = receivable.debtor if receivable else 0
    if actor != debtor:
        raise errors.NotDebtor(number, actor, debtor)
    if receivable and receivable.flags & ReceivableFlag.WAIVED:
        raise errors.DefencesWaived(number)
    _raise_flag(ledger, voucher, VoucherFlag.DISPUTED, document)
    return (events.Disputed(voucher, actor, reason, document, at.sender),)


def end_dispute(ledger: Ledger, at: Moment, voucher: int, document: bytes) -> tuple[events.Event, ...]:
    """The debtor gives its dispute up, or a court ends it."""
    actor = actor_of(ledger, at, Role.DEBTOR | Role.REGULATOR)
    number, receivable = _debt(ledger, voucher)
    debtor = receivable.debtor if receivable else 0
    if actor != debtor and not account_has_role(ledger, at.sender, Role.REGULATOR):
        raise errors.NotDebtor(number, actor, debtor)
    _lower_flag(ledger, voucher, VoucherFlag.DISPUTED, document)
    return (events.DisputeEnded(voucher, actor, document, at.sender),)


def write_off(
    ledger: Ledger, at: Moment, voucher: int, expected: int, document: bytes
) -> tuple[events.Event, ...]:
    """The holder writes off what is overdue (核销) in its own books; the claim stays."""
    actor = actor_of(ledger, at, HOLDER)
    held = live(ledger, voucher)
    if held.holder != actor:
        raise errors.NotHolder(voucher, actor, held.holder)
    check_version(voucher, held, expected)
    number, due_at = receivable_of(voucher), ledger.receivable[receivable_of(voucher)].due_at
    if at.now < due_at:
        raise errors.NotDue(number, due_at)
    _raise_flag(ledger, voucher, VoucherFlag.WRITTEN_OFF, document)
    return (events.WrittenOff(voucher, actor, document, at.sender),)


NO_VOUCHER = Voucher(0, 0, 0, 0, 0, 0, Life.NONE, Encumbrance.FREE, VoucherFlag(0), 0, 0)
"""Where there is no voucher."""


def known(ledger: Ledger, voucher: int) -> Voucher:
    """A voucher, at whatever point of its life."""
    found = ledger.voucher.get(voucher)
    if found is None:
        raise errors.VoucherUnknown(voucher)
    return found


def live(ledger: Ledger, voucher: int) -> Voucher:
    """A live voucher."""
    found = known(ledger, voucher)
    if found.life != Life.LIVE:
        raise errors.NotLive(voucher, found.life)
    return found


def movable(ledger: Ledger, at: Moment, voucher: int, actor: int, expected: int) -> Voucher:
    """A voucher that its holder may split, offer or finance now (I-06)."""
    held = live(ledger, voucher)
    if held.holder != actor:
        raise errors.NotHolder(voucher, actor, held.holder)
    if held.encumbrance != Encumbrance.FREE:
        raise errors.Encumbered(voucher, held.encumbrance)
    check_version(voucher, held, expected)
    _check_passable(ledger, at, voucher, held)
    return held


def check_version(voucher: int, held: Voucher, expected: int) -> None:
    """Refuses who has not seen the voucher as it is."""
    if held.version != expected:
        raise errors.StaleVoucher(voucher, held.version, expected)


def check_not_held(voucher: int, held: Voucher) -> None:
    """Refuses a voucher that is frozen or in dispute."""
    if held.flags & HELD:
        raise errors.Held(voucher, held.flags)


def raised(voucher: Voucher, writes: int = 1) -> Voucher:
    """A voucher after so many writes: a version only has to differ from the last, it is a byte."""
    return replace(voucher, version=(voucher.version + writes) % 256)


def encumber(
    ledger: Ledger, voucher: int, held: Voucher, encumbrance: Encumbrance, counterparty: int, until: int
) -> None:
    """Offers, locks or pledges a voucher to somebody, until then."""
    ledger.voucher[voucher] = raised(
        replace(held, encumbrance=encumbrance, counterparty=counterparty, until=until)
    )


def free(ledger: Ledger, voucher: int, held: Voucher) -> None:
    """Nothing keeps the holder from moving the voucher."""
    encumber(ledger, voucher, held, Encumbrance.FREE, 0, 0)


def pass_on(ledger: Ledger, voucher: int, held: Voucher, to: int) -> None:
    """One hop further, free in the new holder's hands; the deepest tier stays what it is."""
    free(ledger, voucher, replace(held, holder=to, tier=min(held.tier + 1, DEEPEST_TIER)))


def _offerable(
    ledger: Ledger, at: Moment, voucher: int, actor: int, expected: int, to: int, evidence: bytes
) -> Voucher:
    """A voucher that its holder may pass on to somebody as a whole now."""
    held = movable(ledger, at, voucher, actor, expected)
    _check_unbound(voucher, held)
    if to in (actor, ledger.receivable[receivable_of(voucher)].debtor):
        raise errors.SameParty(to)
    if not any(evidence):
        raise errors.EvidenceEmpty()
    _check_tier(ledger, voucher, held)
    return held


def _offered(ledger: Ledger, voucher: int, expected: int) -> Voucher:
    offered = known(ledger, voucher)
    if offered.encumbrance != Encumbrance.OFFERED:
        raise errors.NotOffered(voucher)
    check_version(voucher, offered, expected)
    return offered


def _cut(ledger: Ledger, at: Moment, voucher: int, parent: Voucher, rest: int, leg: Leg) -> Voucher:
    """The piece that a leg takes off the end of what is left of its parent."""
    receivable = ledger.receivable[receivable_of(voucher)]
    if leg.length < receivable.min_length:
        raise errors.LegTooShort(voucher, leg.length, receivable.min_length, MIN_LENGTH)
    if leg.length > rest:
        raise errors.SplitExceedsVoucher(voucher, leg.length, rest)
    if leg.length == rest:
        raise errors.SplitTakesWhole(voucher)
    child = replace(
        parent, parent=start_of(voucher), length=leg.length, flags=VoucherFlag(0), until=0, version=0
    )
    if leg.to == parent.holder:
        return child
    if leg.to == receivable.debtor:
        raise errors.SameParty(leg.to)
    if not any(leg.evidence):
        raise errors.EvidenceEmpty()
    _check_tier(ledger, voucher, parent)
    require_active(ledger, at, leg.to, HOLDER)
    lapses_at = at.now + receivable.offer_period
    return replace(child, encumbrance=Encumbrance.OFFERED, counterparty=leg.to, until=lapses_at)


def _acceptance(voucher: int, held: Voucher, to: int, evidence: bytes, valid_until: int) -> Acceptance:
    return Acceptance(voucher, held.version, held.holder, to, held.length, evidence, valid_until)


def _check_acceptance(at: Moment, voucher: int, signed_for: int, to: int, valid_until: int) -> None:
    if at.now > valid_until:
        raise errors.AcceptanceExpired(voucher, valid_until)
    if signed_for != to:
        raise errors.AcceptanceOfAnother(voucher, signed_for, to)


def _accept(ledger: Ledger, at: Moment, voucher: int, offered: Voucher) -> events.Event:
    if at.now > offered.until:
        raise errors.OfferLapsed(voucher, offered.until)
    _check_passable(ledger, at, voucher, offered)
    pass_on(ledger, voucher, offered, offered.counterparty)
    return events.Accepted(voucher, offered.holder, offered.counterparty, at.sender)


def _check_passable(ledger: Ledger, at: Moment, voucher: int, held: Voucher) -> None:
    """What must hold of a voucher whenever it changes hands before maturity."""
    check_not_held(voucher, held)
    number = receivable_of(voucher)
    receivable = ledger.receivable[number]
    if receivable.flags & ReceivableFlag.RED_LETTERED:
        raise errors.RedLettered(number)
    if at.now >= receivable.due_at:
        raise errors.PastDue(number, receivable.due_at)
    if held.payments != receivable.payments:
        raise errors.UnredeemedPayments(voucher, held.payments, receivable.payments)


def _check_unbound(voucher: int, held: Voucher) -> None:
    if held.flags & VoucherFlag.BOUND:
        raise errors.BoundVoucher(voucher)


def _check_tier(ledger: Ledger, voucher: int, held: Voucher) -> None:
    most = ledger.receivable[receivable_of(voucher)].max_tier
    if held.tier >= most:
        raise errors.TierTooDeep(voucher, held.tier, most, MAX_TIER)


def _debt(ledger: Ledger, voucher: int) -> tuple[int, Receivable | None]:
    number = receivable_of(voucher)
    return number, ledger.receivable.get(number)


def _raise_flag(ledger: Ledger, voucher: int, flag: VoucherFlag, document: bytes) -> None:
    held = live(ledger, voucher)
    if not any(document):
        raise errors.DocumentEmpty()
    if held.flags & flag:
        raise errors.AlreadyFlagged(voucher, held.flags)
    ledger.voucher[voucher] = raised(replace(held, flags=held.flags | flag))


def _lower_flag(ledger: Ledger, voucher: int, flag: VoucherFlag, document: bytes) -> None:
    held = live(ledger, voucher)
    if not any(document):
        raise errors.DocumentEmpty()
    if not held.flags & flag:
        raise errors.NotFlagged(voucher, held.flags)
    ledger.voucher[voucher] = raised(replace(held, flags=held.flags & ~flag))
