"""What must hold of every state the ledger can be in (numbers as in the business rules)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from chain.rules.settlement import share
from chain.rules.state import (
    CAPABILITIES,
    NO_LOCK,
    NOBODY,
    Encumbrance,
    Ledger,
    Life,
    ReceivableState,
    Role,
    Voucher,
    number_of_voucher,
    receivable_of,
    voucher_id,
)


def intervals_tile_the_face(ledger: Ledger) -> Iterator[str]:
    """I-01: live and redeemed intervals of a receivable cover its face, without gap or overlap."""
    by_receivable: dict[int, list[Voucher]] = defaultdict(list)
    for number, voucher in ledger.voucher.items():
        by_receivable[receivable_of(number)].append(voucher)
    for number, receivable in ledger.receivable.items():
        intervals = sorted((v.start, v.length) for v in by_receivable[number])
        if receivable.state in (ReceivableState.CONFIRMED, ReceivableState.SETTLED):
            end = 0
            for start, length in intervals:
                if start != end or length <= 0:
                    yield f"receivable {number}: interval [{start}, {start + length}) after {end}"
                    break
                end = start + length
            else:
                if end != receivable.face:
                    yield f"receivable {number}: intervals end at {end}, its face at {receivable.face}"
        elif intervals:
            yield f"receivable {number} is {receivable.state.name.lower()} and has vouchers"


def lineage_is_a_forest(ledger: Ledger) -> Iterator[str]:
    """I-04: a child has a higher number than its parent, of the same receivable; the first has none."""
    for number, voucher in ledger.voucher.items():
        own = number_of_voucher(number)
        if (voucher.parent == 0) != (own == 1) or voucher.parent >= own:
            yield f"voucher {number} has parent {voucher.parent}"
        elif voucher.parent and voucher_id(receivable_of(number), voucher.parent) not in ledger.voucher:
            yield f"voucher {number} has no parent {voucher.parent} in its receivable"


def encumbrance_has_its_counterparty(ledger: Ledger) -> Iterator[str]:
    """I-06: a voucher is offered to, or locked for, exactly one other participant, or free."""
    for number, voucher in ledger.voucher.items():
        free = voucher.encumbrance == Encumbrance.FREE
        if free != (voucher.counterparty == 0) or voucher.counterparty == voucher.holder:
            yield f"voucher {number}: {voucher.encumbrance.name.lower()} for {voucher.counterparty}"
        locked = ledger.lock.get(number, NO_LOCK) != NO_LOCK
        if (voucher.encumbrance == Encumbrance.LOCKED) != locked:
            yield f"voucher {number} and its lock disagree"
        if voucher.life == Life.REDEEMED and not free:
            yield f"voucher {number} is redeemed and encumbered"


def invoices_are_not_overused(ledger: Ledger) -> Iterator[str]:
    """I-14: the receivables an invoice backs add up to what it has used, and never to more than its total."""
    used: dict[bytes, int] = defaultdict(int)
    for receivable in ledger.receivable.values():
        if receivable.state not in (ReceivableState.REJECTED, ReceivableState.CANCELLED):
            used[receivable.invoice] += receivable.face
    for nullifier, invoice in ledger.invoice.items():
        if not used[nullifier] == invoice.used <= invoice.total:
            yield f"invoice 0x{nullifier.hex()}: {used[nullifier]} backed, {invoice.used} of {invoice.total}"


def payments_add_up(ledger: Ledger) -> Iterator[str]:
    """I-26: what was paid is at most the face, and each voucher has had exactly its part of it."""
    redeemed: dict[int, int] = defaultdict(int)
    for number, voucher in ledger.voucher.items():
        own = receivable_of(number)
        receivable = ledger.receivable[own]
        paid = ledger.paid_after.get((own, voucher.payments), 0)
        redeemed[own] += share(voucher.start, voucher.length, paid, receivable.face)
        if (voucher.life == Life.REDEEMED) != (paid == receivable.face):
            yield f"voucher {number} is {voucher.life.name.lower()} after {paid} of {receivable.face}"
    for number, receivable in ledger.receivable.items():
        if not redeemed[number] == receivable.redeemed <= receivable.paid <= receivable.face:
            yield (
                f"receivable {number}: parts of {redeemed[number]}, redeemed {receivable.redeemed}, "
                f"paid {receivable.paid} of {receivable.face}"
            )
        if (receivable.state == ReceivableState.SETTLED) != (receivable.paid == receivable.face):
            yield f"receivable {number} is {receivable.state.name.lower()} with {receivable.paid} paid"


def accounts_have_one_participant(ledger: Ledger) -> Iterator[str]:
    """Every participant has the accounts it counts, at least one of them to administer it without an end."""
    accounts: dict[int, set[str]] = defaultdict(set)
    for account, known in ledger.account.items():
        if known.number:
            accounts[known.number].add(account)
    for number, participant in ledger.participant.items():
        own = {ledger.account_at.get((number, index), NOBODY) for index in range(participant.accounts)}
        if len(own) != participant.accounts or own != accounts[number]:
            yield f"participant {number} counts {participant.accounts} accounts, not {len(accounts[number])}"
        elif not any(ledger.account[a].scope & Role.ADMIN and not ledger.account[a].own_until for a in own):
            yield f"participant {number} has no administrator without an end"


def accounts_know_their_participant(ledger: Ledger) -> Iterator[str]:
    """What an account may do is what its participant may now, within its own scope and time."""
    for account, known in ledger.account.items():
        if not known.number:
            continue
        participant = ledger.participant[known.number]
        roles = participant.roles & known.scope | known.scope & int(CAPABILITIES)
        until = min(known.own_until or participant.valid_until, participant.valid_until)
        if (known.roles, known.status, known.valid_until) != (roles, participant.status, until):
            yield f"account {account} differs from participant {known.number}"


def computations_keep_their_budget(ledger: Ledger) -> Iterator[str]:
    """A consent has spent one for each of its jobs, and never more than its budget."""
    jobs: dict[int, int] = defaultdict(int)
    for job in ledger.job.values():
        jobs[job.consent] += 1
    for number, consent in ledger.consent.items():
        if not jobs[number] == consent.spent <= consent.budget:
            yield f"consent {number}: {jobs[number]} jobs, {consent.spent} of {consent.budget} spent"


def governors_can_decide(ledger: Ledger) -> Iterator[str]:
    """At least two governors decide, and there are enough of them."""
    if not 2 <= ledger.threshold <= ledger.governors.bit_count():
        yield f"threshold {ledger.threshold} of {ledger.governors.bit_count()} governors"


INVARIANTS: tuple[Callable[[Ledger], Iterator[str]], ...] = (
    intervals_tile_the_face,
    lineage_is_a_forest,
    encumbrance_has_its_counterparty,
    invoices_are_not_overused,
    payments_add_up,
    accounts_have_one_participant,
    accounts_know_their_participant,
    computations_keep_their_budget,
    governors_can_decide,
)
