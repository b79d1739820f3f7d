"""Settlement: payments recorded in total, redeemed voucher by voucher; early, late or in parts, each once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chain import errors, events
from chain.rules.participants import actor_of
from chain.rules.share import share as share
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
