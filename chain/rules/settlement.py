"""Settlement: payments recorded in total, redeemed voucher by voucher.

Early, late or in parts, a payment counts once. What is paid falls on the face evenly, by halves: the lower
half gets its part rounded to the nearest 分, the upper half the rest, and so on down. So the parts of
intervals that tile the face add up to what was paid, to the last 分, and no part ever shrinks when more is
paid: once a 分 of the face is paid, it stays paid. (The difference of the rounded-down parts of an interval's
two ends adds up as well, but can shrink.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chain import errors, events
from chain.rules.participants import actor_of
from chain.rules.state import (
    HOLDER,
    Encumbrance,
    Ledger,
    Life,
    Moment,
    ReceivableState,
    Role,
    Voucher,
    voucher_id,
)
from chain.rules.vouchers import next_version, use_reference

MAX_PAYMENTS = 255


def share(start: int, length: int, paid: int, face: int) -> int:
    """The part of `paid` that falls on the interval `[start, start + length)` of `face`."""
    return _paid_below(start + length, paid, face) - _paid_below(start, paid, face)


def _paid_below(end: int, paid: int, face: int) -> int:
    """The part of `paid` that falls on the first `end` units of `face`.

    The lower half of the face gets its part rounded to nearest, the upper half the rest, and so on down. To
    round `end * paid / face` down would not do: the difference of two such parts can shrink.
    """
    if end == 0 or paid == 0:
        return 0
    if end >= face:
        return paid
    if paid >= face:
        return end
    half = face // 2
    lower = (2 * half * paid + face) // (2 * face)
    if end < half:
        return _paid_below(end, lower, half)
    return lower + _paid_below(end - half, paid - lower, face - half)


def record_payment(
    ledger: Ledger, at: Moment, number: int, amount: int, reference: bytes
) -> tuple[events.Event, ...]:
    """A settlement bank attests a payment by the debtor; the last one settles the receivable."""
    actor_of(ledger, at, Role.SETTLEMENT_BANK)
    receivable = ledger.receivable.get(number)
    if receivable is None:
        raise errors.ReceivableUnknown(number)
    if receivable.state != ReceivableState.CONFIRMED:
        raise errors.WrongReceivableState(number, receivable.state)
    if amount == 0:
        raise errors.AmountZero()
    outstanding = receivable.face - receivable.paid
    if amount > outstanding:
        raise errors.ExceedsOutstanding(number, amount, outstanding)
    # The last number is kept for the payment that settles, so that there always is one.
    most = MAX_PAYMENTS if amount == outstanding else MAX_PAYMENTS - 1
    if receivable.payments >= most:
        raise errors.TooManyPayments(number)
    use_reference(ledger, reference, number)
    paid, payments = receivable.paid + amount, receivable.payments + 1
    state = ReceivableState.SETTLED if paid == receivable.face else receivable.state
    ledger.paid_after[(number, payments)] = paid
    ledger.receivable[number] = replace(receivable, paid=paid, payments=payments, state=state)
    return (events.PaymentRecorded(number, reference, amount, paid, at.sender),)


def redeem(ledger: Ledger, at: Moment, number: int, vouchers: Sequence[int]) -> tuple[events.Event, ...]:
    """Pays each voucher its part of what was recorded since it was last redeemed.

    A settlement bank redeems any, a holder its own. Vouchers locked for a financing wait: who gets the
    payment is open until the lock is.
    """
    actor = actor_of(ledger, at, HOLDER | Role.SETTLEMENT_BANK)
    receivable = ledger.receivable.get(number)
    if receivable is None:
        raise errors.ReceivableUnknown(number)
    paid = ledger.paid_after.get((number, receivable.payments), 0)
    bank = bool(ledger.participant[actor].roles & Role.SETTLEMENT_BANK)
    redeemed: dict[int, Voucher] = {}
    happened: list[events.Event] = []
    total = 0
    for each in vouchers:
        voucher = voucher_id(number, each)
        held = redeemed.get(voucher) or ledger.voucher.get(voucher)
        if held is None:
            raise errors.VoucherUnknown(voucher)
        if held.life != Life.LIVE:
            raise errors.NotLive(voucher, held.life)
        if not bank and held.holder != actor:
            raise errors.NotHolder(voucher, actor, held.holder)
        if held.encumbrance == Encumbrance.LOCKED:
            raise errors.Encumbered(voucher, held.encumbrance)
        if held.payments >= receivable.payments:
            raise errors.NothingToRedeem(voucher)
        before = ledger.paid_after.get((number, held.payments), 0)
        amount = share(held.start, held.length, paid, receivable.face) - share(
            held.start, held.length, before, receivable.face
        )
        total += amount
        held = replace(held, payments=receivable.payments, version=next_version(held.version))
        if paid == receivable.face:
            held = replace(held, life=Life.REDEEMED, encumbrance=Encumbrance.FREE, counterparty=0)
        redeemed[voucher] = held
        happened.append(events.Redeemed(voucher, held.holder, amount, at.sender))
    ledger.voucher.update(redeemed)
    ledger.receivable[number] = replace(receivable, redeemed=receivable.redeemed + total)
    return tuple(happened)
