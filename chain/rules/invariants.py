"""What must hold of every state the ledger can be in (numbers as in the business rules)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise

from chain.naming import policy_name
from chain.rules.financing import surpluses
from chain.rules.policies import RANGES
from chain.rules.settlement import unredeemed
from chain.rules.share import share
from chain.rules.state import (
    CAPABILITIES,
    NO_DEAL,
    NO_FILING,
    NO_HOP,
    NO_VERSION,
    NOBODY,
    Encumbrance,
    IssueState,
    Kind,
    Ledger,
    Life,
    Limit,
    Receivable,
    ReceivableFlag,
    ReceivableState,
    Role,
    Voucher,
    VoucherFlag,
    receivable_of,
    start_of,
    voucher_id,
)


def policies_increase(ledger: Ledger) -> Iterator[str]:
    """Each version of a parameter lies in its range and takes effect later than the one before."""
    for name, count in ledger.policy_versions.items():
        least, most = RANGES[name]
        last = -1
        for number in range(1, count + 1):
            version = ledger.policy_version[name, number]
            if not least <= version.value <= most or version.effective_from <= last:
                yield f"version {number} of policy {policy_name(name)}: {version}"
            last = version.effective_from
    for (name, number), version in ledger.policy_version.items():
        if number > ledger.policy_versions.get(name, 0) and version != NO_VERSION:
            yield f"version {number} of policy {policy_name(name)} is withdrawn and has {version}"


def invoices_are_not_overused(ledger: Ledger) -> Iterator[str]:
    """I-14: the issues an invoice backs add up to what it has used, and never to more than its total."""
    used: Counter[bytes] = Counter()
    for issue in ledger.issue.values():
        if issue.state in (IssueState.PROPOSED, IssueState.CONFIRMED):
            used[issue.invoice] += issue.face
    for nullifier, invoice in ledger.invoice.items():
        if not used[nullifier] == invoice.used <= invoice.total or invoice.credited > invoice.total:
            yield f"invoice 0x{nullifier.hex()}: {used[nullifier]} backed, {invoice}"
        if (invoice.notes == 0) != (invoice.credited == 0):
            yield f"invoice 0x{nullifier.hex()}: {invoice.notes} notes of {invoice.credited}"


def red_letters_have_their_note(ledger: Ledger) -> Iterator[str]:
    """I-17: a receivable is red-lettered only by a note that its debtor has not spoken of."""
    for number, receivable in ledger.receivable.items():
        issue = ledger.issue[number]
        notes = ledger.invoice[issue.invoice].notes
        flagged = bool(receivable.flags & ReceivableFlag.RED_LETTERED)
        if issue.notes_seen > notes or (flagged and issue.notes_seen == notes):
            yield f"receivable {number}: {issue.notes_seen} of {notes} notes seen, red-lettered: {flagged}"


def limits_add_up(ledger: Ledger) -> Iterator[str]:
    """I-12, I-13: what is proposed is reserved, what is owed is committed, for debtors and for groups."""
    own: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    shared: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for number, issue in ledger.issue.items():
        if issue.state == IssueState.PROPOSED:
            part, amount = 0, issue.face
        elif issue.state == IssueState.CONFIRMED:
            part, amount = 1, issue.face - ledger.receivable[number].paid
        else:
            continue
        own[issue.debtor, issue.currency][part] += amount
        if issue.group:
            shared[issue.group, issue.currency][part] += amount
    yield from _sums("debtor", ledger.limit, own)
    yield from _sums("group", ledger.group_limit, shared)


def _sums(
    of: str, limits: dict[tuple[int, int], Limit], sums: dict[tuple[int, int], list[int]]
) -> Iterator[str]:
    for key in limits.keys() | sums.keys():
        limit = limits.get(key)
        if limit is None or [limit.reserved, limit.committed] != sums[key]:
            yield f"{of} {key[0]} in currency {key[1]}: {sums[key]} reserved and committed, not {limit}"
        elif limit.amount and not limit.set:
            yield f"{of} {key[0]} in currency {key[1]} has {limit.amount} of no limit"


def overdue_counts_agree(ledger: Ledger) -> Iterator[str]:
    """I-28: as many receivables stop a debtor as are counted, and only confirmed ones."""
    counted: Counter[int] = Counter()
    for number, stops in ledger.overdue_stop.items():
        if stops and number not in ledger.receivable:
            yield f"receivable {number} stops its debtor and does not exist"
        elif stops:
            counted[ledger.receivable[number].debtor] += 1
    for debtor in ledger.overdue_count.keys() | counted.keys():
        if ledger.overdue_count.get(debtor, 0) != counted[debtor]:
            yield f"debtor {debtor}: {counted[debtor]} overdue, {ledger.overdue_count.get(debtor, 0)} counted"


_RECEIVABLE_OF_ISSUE = {
    IssueState.CONFIRMED: (ReceivableState.OPEN, ReceivableState.SETTLED),
    IssueState.VOID: (ReceivableState.VOID,),
}


def receivables_are_as_proposed(ledger: Ledger) -> Iterator[str]:
    """I-10: a receivable exists from confirmation on, with the terms that were proposed."""
    for number, issue in ledger.issue.items():
        receivable = ledger.receivable.get(number)
        states = _RECEIVABLE_OF_ISSUE.get(issue.state, (None,))
        if (receivable.state if receivable else None) not in states:
            yield f"issue {number} is {issue.state.name.lower()}, its receivable {receivable}"
        if issue.void_asked not in (0, issue.debtor, issue.creditor):
            yield f"issue {number}: {issue.void_asked} asked for it to be void"
        if receivable is None:
            continue
        for field in ("debtor", "creditor", "face", "currency", "due_at", "interest_share", "group"):
            if getattr(issue, field) != getattr(receivable, field):
                yield f"receivable {number}: {field} is not as proposed"
        if receivable.flags & ~ReceivableFlag.RED_LETTERED != issue.flags:
            yield f"receivable {number}: flags {receivable.flags!r}, proposed with {issue.flags!r}"
    for number in ledger.receivable.keys() - ledger.issue.keys():
        yield f"receivable {number} was never proposed"


def intervals_tile_the_face(ledger: Ledger) -> Iterator[str]:
    """I-01, I-05: the intervals of a receivable cover its face, without gap or overlap."""
    intervals: dict[int, list[tuple[int, Voucher]]] = defaultdict(list)
    for number in sorted(ledger.voucher):
        intervals[receivable_of(number)].append((start_of(number), ledger.voucher[number]))
    for number, receivable in ledger.receivable.items():
        end = 0
        for start, voucher in intervals.pop(number, []):
            if start != end or voucher.length <= 0:
                yield f"receivable {number}: interval [{start}, {start + voucher.length}) after {end}"
                break
            if voucher.life not in _LIVES[receivable.state]:
                yield f"receivable {number} is {receivable.state.name.lower()}, a voucher {voucher.life.name}"
            end = start + voucher.length
        else:
            if end != receivable.face:
                yield f"receivable {number}: intervals end at {end}, its face at {receivable.face}"
    for number in intervals:
        yield f"receivable {number} does not exist and has vouchers"


_LIVES = {
    ReceivableState.NONE: (),
    ReceivableState.OPEN: (Life.LIVE,),
    ReceivableState.SETTLED: (Life.LIVE, Life.REDEEMED),
    ReceivableState.VOID: (Life.VOID,),
}


def lineage_is_a_forest(ledger: Ledger) -> Iterator[str]:
    """I-02, I-04: a voucher begins after the one it was cut from, of the same receivable; the first at 0."""
    for number, voucher in ledger.voucher.items():
        start = start_of(number)
        if voucher.parent >= start if start else voucher.parent:
            yield f"voucher {number} begins at {start}, cut from the one at {voucher.parent}"
        elif voucher_id(receivable_of(number), voucher.parent) not in ledger.voucher:
            yield f"voucher {number} was cut from one at {voucher.parent} that does not exist"


def encumbrance_has_its_counterparty(ledger: Ledger) -> Iterator[str]:
    """I-06: a voucher is offered to, locked or pledged for exactly one other participant, or free."""
    for number, voucher in ledger.voucher.items():
        free = voucher.encumbrance == Encumbrance.FREE
        if free != (voucher.counterparty == 0) or free != (voucher.until == 0):
            yield f"voucher {number}: {voucher.encumbrance.name.lower()} for {voucher.counterparty}"
        if voucher.counterparty == voucher.holder or (voucher.life != Life.LIVE and not free):
            yield f"voucher {number} is {voucher.life.name.lower()}, encumbered for {voucher.counterparty}"
        if voucher.encumbrance == Encumbrance.OFFERED and voucher.flags & VoucherFlag.BOUND:
            yield f"voucher {number} is bound and offered"
        waived = ledger.receivable[receivable_of(number)].flags & ReceivableFlag.WAIVED
        if voucher.flags & VoucherFlag.DISPUTED and waived:
            yield f"voucher {number} is disputed, its debtor's defences waived"


def deals_have_their_voucher(ledger: Ledger) -> Iterator[str]:
    """I-22, I-24: a voucher is locked or pledged under one deal, for no more than is to be had of it."""
    for number, voucher in ledger.voucher.items():
        deal = ledger.deal.get(number, NO_DEAL)
        pledged = voucher.encumbrance == Encumbrance.PLEDGED
        encumbered = pledged or voucher.encumbrance == Encumbrance.LOCKED
        if deal == NO_DEAL:
            if encumbered:
                yield f"voucher {number} is {voucher.encumbrance.name.lower()} without a deal"
            continue
        loan_is_over = voucher.life == Life.REDEEMED and deal.kind == Kind.PLEDGE
        if not encumbered and not loan_is_over:
            yield f"voucher {number} is {voucher.encumbrance.name.lower()} with a deal"
            continue
        if encumbered and deal.financier != voucher.counterparty:
            yield f"voucher {number} is encumbered for {voucher.counterparty}, its deal with {deal.financier}"
        if pledged and (deal.kind != Kind.PLEDGE or deal.matures_at != voucher.until):
            yield f"voucher {number} is pledged until {voucher.until} under {deal}"
        if (deal.kind == Kind.PLEDGE) != (deal.matures_at != 0):
            yield f"voucher {number}: {deal}"
        left = unredeemed(ledger, number, voucher)
        if left > deal.face or (not pledged and not loan_is_over and left != deal.face):
            yield f"voucher {number}: {left} not redeemed, its deal over {deal.face}"
        if not 0 < deal.proceeds <= deal.owed <= deal.face - surpluses(ledger, number):
            yield f"voucher {number}: {deal} takes more than is to be had"
    for number in (ledger.deal.keys() | ledger.filing.keys()) - ledger.voucher.keys():
        yield f"voucher {number} does not exist and has a deal"


def filings_are_dated(ledger: Ledger) -> Iterator[str]:
    """I-23: what is registered has its time, and nothing else has."""
    for number, filing in ledger.filing.items():
        if any(filing.registration) != (filing.registered_at != 0):
            yield f"voucher {number}: registration 0x{filing.registration.hex()} at {filing.registered_at}"
        if filing != NO_FILING and not any(filing.registration) and not any(filing.agreement):
            yield f"voucher {number}: filed {filing}"


def bound_vouchers_have_their_hops(ledger: Ledger) -> Iterator[str]:
    """A voucher is bound while there is a hop, and each has something to come back for."""
    for number, voucher in ledger.voucher.items():
        hops = ledger.hops.get(number, 0)
        if bool(voucher.flags & VoucherFlag.BOUND) != (hops > 0):
            yield f"voucher {number} has {hops} hops and flags {voucher.flags!r}"
        if surpluses(ledger, number) > voucher.length:
            yield f"voucher {number}: {surpluses(ledger, number)} due back of {voucher.length}"
    for (number, at), hop in ledger.hop.items():
        if at > ledger.hops.get(number, 0):
            if hop != NO_HOP:
                yield f"voucher {number}: hop {at} is over and has {hop}"
        elif hop.transferor == 0 or not (hop.recourse or hop.surplus) or hop.surplus < 0:
            yield f"voucher {number}: hop {at} is {hop}"
        elif hop.demanded_at and not hop.recourse:
            yield f"voucher {number}: hop {at} is demanded without recourse"
    for number, hops in ledger.hops.items():
        if any((number, at) not in ledger.hop for at in range(1, hops + 1)):
            yield f"voucher {number} lacks one of its {hops} hops"


def payments_add_up(ledger: Ledger) -> Iterator[str]:
    """I-26: what was paid is at most the face, each voucher has had its part, and the rest is credit."""
    redeemed: Counter[int] = Counter()
    for number, voucher in ledger.voucher.items():
        own = receivable_of(number)
        receivable = ledger.receivable[own]
        paid = ledger.paid_after.get((own, voucher.payments), 0)
        redeemed[own] += share(start_of(number), voucher.length, paid, receivable.face)
        if (voucher.life == Life.REDEEMED) != (paid == receivable.face):
            yield f"voucher {number} is {voucher.life.name.lower()} after {paid} of {receivable.face}"
    for number, receivable in ledger.receivable.items():
        if not redeemed[number] == receivable.redeemed <= receivable.paid <= receivable.face:
            yield (
                f"receivable {number}: parts of {redeemed[number]}, redeemed {receivable.redeemed}, "
                f"paid {receivable.paid} of {receivable.face}"
            )
        settled = receivable.state == ReceivableState.SETTLED
        if settled != (receivable.paid == receivable.face):
            yield f"receivable {number} is {receivable.state.name.lower()} with {receivable.paid} paid"
        if receivable.credit < 0 or (receivable.credit and not settled):
            yield f"receivable {number} has a credit of {receivable.credit}"
        yield from _payments_rise(ledger, number, receivable)


def _payments_rise(ledger: Ledger, number: int, receivable: Receivable) -> Iterator[str]:
    paid = [0, *(ledger.paid_after.get((number, n), 0) for n in range(1, receivable.payments + 1))]
    if paid[-1] != receivable.paid or any(later <= earlier for earlier, later in pairwise(paid)):
        yield f"receivable {number}: {receivable.paid} paid, in steps of {paid}"


def references_are_of_something(ledger: Ledger) -> Iterator[str]:
    """A payment's reference was used for a receivable or a voucher that exists."""
    for reference, used_for in ledger.reference_used.items():
        if used_for not in ledger.receivable and used_for not in ledger.voucher:
            yield f"reference 0x{reference.hex()} was used for {used_for}, which does not exist"


def claims_are_on_receivables(ledger: Ledger) -> Iterator[str]:
    """A claim from outside is of somebody, for an amount, on a confirmed receivable."""
    for number, claim in ledger.claim.items():
        if claim.receivable not in ledger.receivable or not claim.claimant or claim.amount <= 0:
            yield f"claim {number}: {claim}"


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
    policies_increase,
    invoices_are_not_overused,
    red_letters_have_their_note,
    limits_add_up,
    overdue_counts_agree,
    receivables_are_as_proposed,
    intervals_tile_the_face,
    lineage_is_a_forest,
    encumbrance_has_its_counterparty,
    deals_have_their_voucher,
    filings_are_dated,
    bound_vouchers_have_their_hops,
    payments_add_up,
    references_are_of_something,
    claims_are_on_receivables,
    accounts_have_one_participant,
    accounts_know_their_participant,
    computations_keep_their_budget,
    governors_can_decide,
)
