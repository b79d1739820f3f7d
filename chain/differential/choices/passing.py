"""Vouchers split, offered, passed on; frozen, disputed, written off; paid."""

from __future__ import annotations

from chain.deployment import DAY
from chain.differential.choosing import NONE, Chooser
from chain.differential.steps import Step
from chain.rules.state import (
    HOLDER,
    Acceptance,
    Encumbrance,
    Ledger,
    Leg,
    Life,
    ReceivableFlag,
    ReceivableState,
    Role,
    Voucher,
    VoucherFlag,
    receivable_of,
    start_of,
)
from chain.rules.vouchers import HELD


def free(c: Chooser, ledger: Ledger, now: int, bound: bool = False) -> int | None:
    """A voucher that its holder may move now, seldom one that it may not."""

    def wanted(number: int, held: Voucher) -> bool:
        if held.life != Life.LIVE or held.encumbrance != Encumbrance.FREE:
            return False
        if c.random.random() < 0.03:
            return True
        receivable = ledger.receivable[receivable_of(number)]
        return (
            receivable.due_at > now
            and receivable.payments == held.payments
            and not held.flags & HELD
            and not receivable.flags & ReceivableFlag.RED_LETTERED
            and (bound or not held.flags & VoucherFlag.BOUND)
        )

    found: int | None = c.find(ledger, "voucher", wanted)
    return found


def split(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    """The holder cuts pieces off, some for others."""
    number = free(c, ledger, now)
    if number is None:
        return None
    held = ledger.voucher[number]
    legs: list[Leg] = []
    left = held.length
    for _ in range(c.random.choice([1, 1, 2, 3])):
        length = c.random.choice([1, *[max(1, left // n) for n in (4, 3, 3, 2)]])
        to = c.random.choice([held.holder, *[c.anyone(ledger, Role.SUPPLIER, held.holder)] * 3])
        legs.append(Leg(to, length, c.fresh()))
        left -= length
        if left <= 0:
            break
    sender = c.account(ledger, held.holder, HOLDER)
    return Step("Receivables", "split", sender, (number, held.version, legs))


def offer(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    """The holder offers the whole, or passes it on at once with the receiver's signature."""
    number = free(c, ledger, now)
    if number is None:
        return None
    held = ledger.voucher[number]
    to, sender = c.anyone(ledger, HOLDER, held.holder), c.account(ledger, held.holder, HOLDER)
    evidence = c.fresh()
    if c.random.random() < 0.6:
        return Step("Receivables", "offer", sender, (number, held.version, to, evidence))
    until = now + c.random.choice([DAY, DAY, DAY, 0, -1])
    signature = _signed(c, ledger, number, to, evidence, until)
    return Step("Receivables", "transfer", sender, (number, held.version, to, evidence, until, *signature))


def _signed(
    c: Chooser, ledger: Ledger, number: int, to: int, evidence: bytes, until: int
) -> tuple[bytes, bytes]:
    """The receiver's signature of what the voucher is now, seldom somebody else's."""
    held = ledger.voucher[number]
    acceptance = Acceptance(number, held.version, held.holder, to, held.length, evidence, until)
    receiver = to if c.random.random() < 0.93 else c.anyone(ledger, HOLDER)
    by = c.account(ledger, receiver, Role.SIGNER)
    return c.world.sign_acceptance(by, acceptance)


def take(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    """The receiver accepts or refuses, or somebody brings its signature; the holder takes the offer back."""
    number = c.find(ledger, "voucher", lambda _, v: v.encumbrance == Encumbrance.OFFERED)
    if number is None:
        return None
    held = ledger.voucher[number]
    receiver = c.account(ledger, held.counterparty, HOLDER)
    draw = c.random.random()
    if draw < 0.65:
        return Step("Receivables", "accept", receiver, (number, held.version))
    if draw < 0.8:
        until = now + c.random.choice([DAY, DAY, DAY, 0, -1])
        signature = _signed(c, ledger, number, held.counterparty, NONE, until)
        carrier = c.random.choice(c.accounts)
        return Step("Receivables", "acceptBySignature", carrier, (number, held.version, until, *signature))
    if draw < 0.9:
        return Step("Receivables", "refuse", receiver, (number, held.version, c.fresh()))
    holder = c.account(ledger, held.holder, HOLDER)
    return Step("Receivables", "withdraw", holder, (number, held.version))


def hold(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    """A regulator freezes, a debtor disputes, a holder writes off; or what was so is ended."""
    draw = c.random.random()
    held = c.find(ledger, "voucher", lambda _, v: v.life == Life.LIVE and v.flags & HELD)
    if held is not None and draw < 0.6:
        return _let_go(c, ledger, held)
    if draw < 0.75:
        return _write_off(c, ledger, now)
    encumbered = c.random.random() < 0.4
    number = c.find(
        ledger,
        "voucher",
        lambda _, v: (
            (v.life == Life.LIVE and (v.encumbrance != Encumbrance.FREE) == encumbered)
            or c.random.random() < 0.02
        ),
    )
    if number is None:
        return None
    if draw < 0.87:
        sender = c.sender(ledger, Role.REGULATOR)
        return Step("Receivables", "freeze", sender, (number, c.fresh(), c.fresh()))
    sender = c.account(ledger, ledger.receivable[receivable_of(number)].debtor, Role.DEBTOR)
    return Step("Receivables", "dispute", sender, (number, c.fresh(), c.fresh()))


def _let_go(c: Chooser, ledger: Ledger, number: int) -> Step:
    debtor = ledger.receivable[receivable_of(number)].debtor
    if ledger.voucher[number].flags & VoucherFlag.FROZEN:
        return Step("Receivables", "unfreeze", c.sender(ledger, Role.REGULATOR), (number, c.fresh()))
    sender = c.random.choice([c.account(ledger, debtor, Role.DEBTOR), c.sender(ledger, Role.REGULATOR)])
    return Step("Receivables", "endDispute", sender, (number, c.fresh()))


def _write_off(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    number = c.find(
        ledger,
        "voucher",
        lambda n, v: (
            v.life == Life.LIVE
            and (ledger.receivable[receivable_of(n)].due_at <= now or c.random.random() < 0.02)
        ),
    )
    if number is None:
        return None
    held = ledger.voucher[number]
    sender = c.account(ledger, held.holder, HOLDER)
    return Step("Receivables", "writeOff", sender, (number, held.version, c.fresh()))


def pay(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    """A settlement bank attests a payment, now and then too much, or that the credit went back."""
    bank = c.sender(ledger, Role.SETTLEMENT_BANK)
    if c.random.random() < 0.15:
        owing = c.find(ledger, "receivable", lambda _, r: r.credit or c.random.random() < 0.02)
        if owing is not None:
            amount = c.amount(ledger.receivable[owing].credit)
            return Step("Receivables", "returnCredit", bank, (owing, amount, c.reference(ledger)))
    number = c.find(
        ledger,
        "receivable",
        lambda _, r: r.state == ReceivableState.OPEN and (r.due_at < now or c.random.random() < 0.15),
    )
    if number is None:
        number = c.some(ledger, "receivable")
    if number is None:
        return None
    receivable = ledger.receivable[number]
    amount = c.amount(receivable.face - receivable.paid)
    return Step("Receivables", "recordPayment", bank, (number, amount, c.reference(ledger)))


def redeem(c: Chooser, ledger: Ledger, _now: int) -> Step | None:
    """Vouchers of one receivable are paid their part, by a settlement bank or for whom it is."""

    def due(number: int, held: Voucher) -> bool:
        recorded = ledger.receivable[receivable_of(number)].payments
        return held.life == Life.LIVE and held.payments < recorded

    number = c.find(ledger, "voucher", due)
    if number is None:
        return None
    receivable, held = receivable_of(number), ledger.voucher[number]
    others = [n for n in c.recent(ledger, "voucher") if receivable_of(n) == receivable and n != number]
    same = [n for n in (number, *others) if due(n, ledger.voucher[n])]
    ready = [
        n for n in same if ledger.voucher[n].encumbrance != Encumbrance.LOCKED or c.random.random() < 0.1
    ]
    if c.random.random() < 0.5:
        sender = c.sender(ledger, Role.SETTLEMENT_BANK)
        return Step("Receivables", "redeem", sender, (receivable, list(map(start_of, ready))))
    own = [start_of(n) for n in ready if ledger.voucher[n].holder == held.holder]
    pledged = held.encumbrance == Encumbrance.PLEDGED
    if pledged:
        own = [start_of(number)]
    payee = c.random.choice([held.holder, held.counterparty]) if pledged else held.holder
    return Step("Receivables", "redeem", c.account(ledger, payee, HOLDER), (receivable, own))
