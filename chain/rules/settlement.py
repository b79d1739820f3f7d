"""Settlement: payments recorded in total, redeemed voucher by voucher; early, late, in parts or too much.

The ledger holds no money: a settlement bank attests what it has moved, under a reference that counts once
(I-11, I-27). What is overdue stays payable (I-26). A payment falls on the face by the rule of
`chain.rules.share`; each voucher is paid its part of it, to its holder or, while it is pledged, to its
pledgee. What the debtor has paid too much is its credit until the bank attests that it went back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chain import errors, events
from chain.rules.limits import release
from chain.rules.participants import account_has_role, actor_of
from chain.rules.share import share as share
from chain.rules.state import (
    HOLDER,
    Encumbrance,
    Ledger,
    Life,
    Moment,
    Receivable,
    ReceivableState,
    Role,
    Voucher,
    receivable_of,
    start_of,
    voucher_id,
)
from chain.rules.vouchers import known, raised

MAX_PAYMENTS = 255
MOST = 2**48 - 1
"""The greatest amount there is, in minor units."""


def record_payment(
    ledger: Ledger, at: Moment, number: int, amount: int, reference: bytes
) -> tuple[events.Event, ...]:
    """A settlement bank attests a payment by the debtor; what is more than outstanding is its credit."""
    actor_of(ledger, at, Role.SETTLEMENT_BANK)
    receivable = _known(ledger, number)
    if receivable.state == ReceivableState.VOID:
        raise errors.WrongReceivableState(number, receivable.state)
    if amount == 0:
        raise errors.AmountZero()
    check_reference(ledger, reference)
    outstanding = receivable.face - receivable.paid
    taken = min(amount, outstanding)
    # The last number is kept for the payment that settles, so that there always is one.
    if 0 < taken < outstanding and receivable.payments >= MAX_PAYMENTS - 1:
        raise errors.TooManyPayments(number)
    paid, credit = receivable.paid + taken, receivable.credit + amount - taken
    if credit > MOST:
        raise errors.CreditTooLarge(number, credit)

    take_reference(ledger, reference, number)
    if taken:
        payments = receivable.payments + 1
        state = ReceivableState.SETTLED if paid == receivable.face else receivable.state
        ledger.paid_after[number, payments] = paid
        release(ledger, receivable, taken)
        receivable = replace(receivable, paid=paid, payments=payments, state=state)
    ledger.receivable[number] = replace(receivable, credit=credit)
    return (events.PaymentRecorded(number, reference, amount, paid, credit, at.sender),)


def return_credit(
    ledger: Ledger, at: Moment, number: int, amount: int, reference: bytes
) -> tuple[events.Event, ...]:
    """A settlement bank attests that the debtor got back what it had paid too much."""
    actor_of(ledger, at, Role.SETTLEMENT_BANK)
    receivable = _known(ledger, number)
    if amount == 0:
        raise errors.AmountZero()
    if amount > receivable.credit:
        raise errors.ExceedsCredit(number, amount, receivable.credit)
    check_reference(ledger, reference)
    take_reference(ledger, reference, number)
    credit = receivable.credit - amount
    ledger.receivable[number] = replace(receivable, credit=credit)
    return (events.CreditReturned(number, reference, amount, credit, at.sender),)


def redeem(ledger: Ledger, at: Moment, number: int, starts: Sequence[int]) -> tuple[events.Event, ...]:
    """Pays each voucher its part of what was recorded since it was last redeemed.

    A settlement bank redeems any, a holder or pledgee its own; neither a freeze nor the holder's suspension
    stands in the way. Vouchers locked for a financing wait: who gets the payment is open until the lock is.
    """
    actor = actor_of(ledger, at, HOLDER | Role.SETTLEMENT_BANK)
    receivable = _known(ledger, number)
    bank = account_has_role(ledger, at.sender, Role.SETTLEMENT_BANK)
    redeemed: dict[int, Voucher] = {}
    happened: list[events.Event] = []
    total = 0
    for start in starts:
        voucher = voucher_id(number, start)
        held = redeemed[voucher] if voucher in redeemed else known(ledger, voucher)
        payee = _check_redeemable(voucher, held, receivable, 0 if bank else actor)
        amount = unredeemed(ledger, voucher, held) - unpaid(ledger, voucher, held)
        held = raised(replace(held, payments=receivable.payments))
        if receivable.paid == receivable.face:
            held = replace(held, life=Life.REDEEMED, encumbrance=Encumbrance.FREE, counterparty=0, until=0)
        redeemed[voucher] = held
        total += amount
        happened.append(events.Redeemed(voucher, payee, amount, at.sender))
    ledger.voucher.update(redeemed)
    ledger.receivable[number] = replace(receivable, redeemed=receivable.redeemed + total)
    return tuple(happened)


def payee_of(held: Voucher) -> int:
    """Who is paid what falls on a voucher: its pledgee while it is pledged, its holder else."""
    return held.counterparty if held.encumbrance == Encumbrance.PLEDGED else held.holder


def unpaid(ledger: Ledger, voucher: int, held: Voucher) -> int:
    """Minor units of a voucher that no payment has covered yet."""
    receivable = ledger.receivable[receivable_of(voucher)]
    return held.length - share(start_of(voucher), held.length, receivable.paid, receivable.face)


def unredeemed(ledger: Ledger, voucher: int, held: Voucher) -> int:
    """Minor units of a voucher that it has not been redeemed for yet, whether paid or not."""
    number = receivable_of(voucher)
    paid = ledger.paid_after.get((number, held.payments), 0)
    return held.length - share(start_of(voucher), held.length, paid, ledger.receivable[number].face)


def check_reference(ledger: Ledger, reference: bytes) -> None:
    """Refuses a payment without a reference, or one that was counted before."""
    if not any(reference):
        raise errors.ReferenceEmpty()
    already = ledger.reference_used.get(reference, 0)
    if already:
        raise errors.ReferenceUsed(reference, already)


def take_reference(ledger: Ledger, reference: bytes, used_for: int) -> None:
    """A payment counts once: its reference is taken for good, by a receivable or a voucher."""
    ledger.reference_used[reference] = used_for


def _check_redeemable(voucher: int, held: Voucher, receivable: Receivable, actor: int) -> int:
    """Who is paid; `actor` is 0 for a settlement bank."""
    if held.life != Life.LIVE:
        raise errors.NotLive(voucher, held.life)
    payee = payee_of(held)
    if actor not in (0, payee, held.holder):
        raise errors.NotHolder(voucher, actor, held.holder)
    if held.encumbrance == Encumbrance.LOCKED:
        raise errors.Encumbered(voucher, held.encumbrance)
    if held.payments >= receivable.payments:
        raise errors.NothingToRedeem(voucher)
    return payee


def _known(ledger: Ledger, number: int) -> Receivable:
    receivable = ledger.receivable.get(number)
    if receivable is None:
        raise errors.ReceivableUnknown(number)
    return receivable
