"""Issue: how a receivable comes to be.

One party proposes, the other confirms (确权) or rejects; the proposer may take back what nobody has
confirmed. A receivable rests on a delivery, never on a prepayment (银发〔2025〕77号 article 10, I-16), on
attested evidence of its trade, and on an invoice that backs it; it fits the terms in force (article 11, I-19;
for small firms 国务院令第802号) and its debtor's limit. Its terms stand as they are proposed (I-10): to
change them is to reject and propose anew. The debtor's word, given as proposal or as confirmation, makes the
debt: one voucher over the whole face, held by the creditor. While that voucher is untouched the two of them
may void it together.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace

from chain import errors, events
from chain.rules.attestations import is_valid
from chain.rules.invoices import check_covered, check_usable, use_invoice
from chain.rules.limits import check_limits, check_not_stopped, release, use_limits
from chain.rules.participants import actor_of, has_role, require_active
from chain.rules.policies import (
    EVIDENCE_LEVEL,
    LONGEST_TERM,
    MAX_LEGS,
    MAX_TIER,
    MIN_LENGTH,
    OFFER_PERIOD,
    REVIEW_TERM,
    SMALL_FIRM_REFUSED,
    SMALL_FIRM_TERM,
    policy_of,
)
from chain.rules.state import (
    ALL_ROLES,
    Encumbrance,
    Issue,
    IssueState,
    IssueTerms,
    Ledger,
    Life,
    Moment,
    Receivable,
    ReceivableFlag,
    ReceivableState,
    Role,
    Voucher,
    VoucherFlag,
    voucher_id,
)

WHOLE = 10_000
"""All of the interest, in hundredths of a percent."""

_CHANGED = ("invoice", "limit", "group_limit", "issue", "receivable", "voucher")
"""What of a ledger an issue changes."""


def propose_receivable(ledger: Ledger, at: Moment, terms: IssueTerms) -> tuple[events.Event, ...]:
    """Debtor or creditor proposes: the invoice's amount is taken, the debtor's limit reserved."""
    actor = actor_of(ledger, at, Role.DEBTOR | Role.SUPPLIER)
    if actor not in (terms.debtor, terms.creditor):
        raise errors.NotParty(actor, terms.debtor, terms.creditor)
    if terms.debtor == terms.creditor:
        raise errors.SameParty(terms.debtor)
    require_active(ledger, at, terms.debtor, Role.DEBTOR)
    require_active(ledger, at, terms.creditor, Role.SUPPLIER)
    if terms.face == 0:
        raise errors.AmountZero()
    if terms.interest_share > WHOLE:
        raise errors.BadInterestShare(terms.interest_share)
    flags = _check_term(ledger, at, terms)
    if terms.waives_defences:
        flags |= ReceivableFlag.WAIVED
    _check_evidence(ledger, at, terms.evidence)
    check_usable(ledger, terms.invoice, terms.creditor, terms.currency, terms.face)
    group = check_limits(ledger, at, terms.debtor, terms.currency, terms.face)

    use_invoice(ledger, terms.invoice, terms.face)
    use_limits(ledger, terms.debtor, group, terms.currency, reserved=terms.face)
    number = len(ledger.issue) + 1
    ledger.issue[number] = Issue(
        debtor=terms.debtor,
        creditor=terms.creditor,
        face=terms.face,
        currency=terms.currency,
        due_at=terms.due_at,
        interest_share=terms.interest_share,
        state=IssueState.PROPOSED,
        flags=flags,
        proposed_by_debtor=actor == terms.debtor,
        group=group,
        delivered_at=terms.delivered_at,
        notes_seen=0,
        void_asked=0,
        evidence=terms.evidence,
        invoice=terms.invoice,
    )
    proposed = events.Proposed(
        receivable=number,
        debtor=terms.debtor,
        creditor=terms.creditor,
        face=terms.face,
        currency=terms.currency,
        delivered_at=terms.delivered_at,
        due_at=terms.due_at,
        interest_share=terms.interest_share,
        flags=int(flags),
        evidence=terms.evidence,
        invoice=terms.invoice,
        actor=at.sender,
    )
    return (proposed,)


def propose_many(ledger: Ledger, at: Moment, batch: Sequence[IssueTerms]) -> tuple[events.Event, ...]:
    """Proposes a batch; all of it or nothing."""
    return _all_or_nothing(ledger, lambda tried: [propose_receivable(tried, at, terms) for terms in batch])


def confirm(ledger: Ledger, at: Moment, number: int) -> tuple[events.Event, ...]:
    """The other party confirms, while both may act, the evidence stands and the debtor is not stopped.

    The policies of transfer in force now stay with the receivable.
    """
    issue = _proposed(ledger, number)
    _check_confirmer(ledger, at, number, issue)
    require_active(ledger, at, issue.debtor, Role.DEBTOR)
    require_active(ledger, at, issue.creditor, Role.SUPPLIER)
    if at.now >= issue.due_at:
        raise errors.PastDue(number, issue.due_at)
    _check_evidence(ledger, at, issue.evidence)
    notes_seen = check_covered(ledger, issue.invoice)
    check_not_stopped(ledger, issue.debtor)
    receivable = Receivable(
        debtor=issue.debtor,
        due_at=issue.due_at,
        payments=0,
        state=ReceivableState.OPEN,
        flags=issue.flags,
        max_tier=policy_of(ledger, at, MAX_TIER),
        max_legs=policy_of(ledger, at, MAX_LEGS),
        min_length=policy_of(ledger, at, MIN_LENGTH),
        offer_period=policy_of(ledger, at, OFFER_PERIOD),
        paid=0,
        currency=issue.currency,
        face=issue.face,
        redeemed=0,
        credit=0,
        creditor=issue.creditor,
        group=issue.group,
        interest_share=issue.interest_share,
    )

    use_limits(ledger, issue.debtor, issue.group, issue.currency, reserved=-issue.face, committed=issue.face)
    ledger.issue[number] = replace(issue, state=IssueState.CONFIRMED, notes_seen=notes_seen)
    ledger.receivable[number] = receivable
    first = voucher_id(number, 0)
    ledger.voucher[first] = Voucher(
        holder=issue.creditor,
        parent=0,
        counterparty=0,
        length=issue.face,
        until=0,
        tier=0,
        life=Life.LIVE,
        encumbrance=Encumbrance.FREE,
        flags=VoucherFlag(0),
        payments=0,
        version=0,
    )
    return (events.Confirmed(number, first, issue.creditor, at.sender),)


def confirm_many(ledger: Ledger, at: Moment, numbers: Sequence[int]) -> tuple[events.Event, ...]:
    """Confirms a batch; all of it or nothing."""
    return _all_or_nothing(ledger, lambda tried: [confirm(tried, at, number) for number in numbers])


def reject(ledger: Ledger, at: Moment, number: int, reason: bytes) -> tuple[events.Event, ...]:
    """The other party rejects."""
    issue = _proposed(ledger, number)
    _check_confirmer(ledger, at, number, issue)
    _end(ledger, number, issue, IssueState.REJECTED)
    return (events.Rejected(number, reason, at.sender),)


def cancel(ledger: Ledger, at: Moment, number: int, reason: bytes) -> tuple[events.Event, ...]:
    """The proposer takes back what nobody has confirmed."""
    issue = _proposed(ledger, number)
    actor = actor_of(ledger, at, ALL_ROLES)
    proposer = issue.debtor if issue.proposed_by_debtor else issue.creditor
    if actor != proposer:
        raise errors.NotProposedBy(number, actor, proposer)
    _end(ledger, number, issue, IssueState.CANCELLED)
    return (events.Cancelled(number, reason, at.sender),)


def void_issue(ledger: Ledger, at: Moment, number: int, reason: bytes) -> tuple[events.Event, ...]:
    """Debtor or creditor asks for a receivable to be void (作废); the other's call voids it (I-10).

    Only while its first voucher is the creditor's still: whole, free, unpaid and without a flag.
    """
    issue = confirmed(ledger, number)
    actor = actor_of(ledger, at, Role.DEBTOR | Role.SUPPLIER)
    if actor not in (issue.debtor, issue.creditor):
        raise errors.NotParty(actor, issue.debtor, issue.creditor)
    if not _untouched(ledger, number, issue.creditor):
        raise errors.Touched(number)
    if issue.void_asked == actor:
        raise errors.AlreadyAsked(number, actor)
    if not issue.void_asked:
        ledger.issue[number] = replace(issue, void_asked=actor)
        return (events.VoidAsked(number, actor, reason, at.sender),)
    first = voucher_id(number, 0)
    voucher, receivable = ledger.voucher[first], ledger.receivable[number]
    use_invoice(ledger, issue.invoice, -issue.face)
    release(ledger, receivable, receivable.face)
    ledger.issue[number] = replace(issue, state=IssueState.VOID)
    ledger.receivable[number] = replace(receivable, state=ReceivableState.VOID)
    ledger.voucher[first] = replace(voucher, life=Life.VOID, version=(voucher.version + 1) % 256)
    return (events.Voided(number, first, reason, at.sender),)


def confirmed(ledger: Ledger, number: int) -> Issue:
    """An issue that is confirmed and not void."""
    issue = _known(ledger, number)
    if issue.state != IssueState.CONFIRMED:
        raise errors.WrongIssueState(number, issue.state)
    return issue


def _check_term(ledger: Ledger, at: Moment, terms: IssueTerms) -> ReceivableFlag:
    """The due date against the terms in force; the flags that it earns."""
    if not 0 < terms.delivered_at <= at.now:
        raise errors.NotDelivered(terms.delivered_at)
    latest = at.now + policy_of(ledger, at, LONGEST_TERM)
    if not at.now < terms.due_at <= latest:
        raise errors.BadDueDate(terms.due_at, latest, LONGEST_TERM)
    flags = ReceivableFlag(0)
    if terms.due_at > at.now + policy_of(ledger, at, REVIEW_TERM):
        flags |= ReceivableFlag.EXTENDED
    if has_role(ledger, terms.creditor, Role.SMALL_FIRM) and has_role(ledger, terms.debtor, Role.LARGE_FIRM):
        latest = terms.delivered_at + policy_of(ledger, at, SMALL_FIRM_TERM)
        if terms.due_at > latest:
            if policy_of(ledger, at, SMALL_FIRM_REFUSED):
                raise errors.TermTooLongForSmallFirm(terms.creditor, terms.due_at, latest, SMALL_FIRM_TERM)
            flags |= ReceivableFlag.LATE_FOR_SMALL_FIRM
    return flags


def _check_evidence(ledger: Ledger, at: Moment, evidence: bytes) -> None:
    if not is_valid(ledger, at, evidence):
        raise errors.EvidenceInvalid(evidence)
    level, needed = ledger.attestation[evidence].level, policy_of(ledger, at, EVIDENCE_LEVEL)
    if level < needed:
        raise errors.EvidenceLevelTooLow(evidence, level, needed, EVIDENCE_LEVEL)


def _untouched(ledger: Ledger, number: int, creditor: int) -> bool:
    receivable, voucher = ledger.receivable[number], ledger.voucher[voucher_id(number, 0)]
    return (
        receivable.state == ReceivableState.OPEN
        and receivable.payments == 0
        and voucher.holder == creditor
        and voucher.length == receivable.face
        and voucher.tier == 0
        and voucher.encumbrance == Encumbrance.FREE
        and not voucher.flags
    )


def _known(ledger: Ledger, number: int) -> Issue:
    issue = ledger.issue.get(number)
    if issue is None:
        raise errors.IssueUnknown(number)
    return issue


def _proposed(ledger: Ledger, number: int) -> Issue:
    issue = _known(ledger, number)
    if issue.state != IssueState.PROPOSED:
        raise errors.WrongIssueState(number, issue.state)
    return issue


def _check_confirmer(ledger: Ledger, at: Moment, number: int, issue: Issue) -> None:
    actor = actor_of(ledger, at, Role.DEBTOR | Role.SUPPLIER)
    confirmer = issue.creditor if issue.proposed_by_debtor else issue.debtor
    if actor != confirmer:
        raise errors.NotConfirmer(number, actor, confirmer)


def _end(ledger: Ledger, number: int, issue: Issue, state: IssueState) -> None:
    """A proposal came to nothing: what it had taken is given back."""
    ledger.issue[number] = replace(issue, state=state)
    use_invoice(ledger, issue.invoice, -issue.face)
    use_limits(ledger, issue.debtor, issue.group, issue.currency, reserved=-issue.face)


def _all_or_nothing(
    ledger: Ledger, steps: Callable[[Ledger], list[tuple[events.Event, ...]]]
) -> tuple[events.Event, ...]:
    """Tries the steps on a layer over what an issue changes: a refusal leaves everything as it was."""
    tried = copy(ledger)
    for name in _CHANGED:
        setattr(tried, name, ChainMap({}, getattr(ledger, name)))
    happened = steps(tried)
    for name in _CHANGED:
        getattr(ledger, name).update(getattr(tried, name).maps[0])
    return tuple(event for each in happened for event in each)
