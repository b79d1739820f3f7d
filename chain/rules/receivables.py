"""Receivables: proposed by one party, confirmed or rejected by the other.

A receivable rests on attested evidence of its trade and on an invoice that still backs the amount. The
debtor's word (确权), given as proposal or as confirmation, makes the debt; the first voucher covers its whole
face.
"""

from __future__ import annotations

from dataclasses import astuple, replace

from chain import errors, events
from chain.rules.attestations import MAX_LEVEL, is_valid
from chain.rules.participants import actor_of, require_active, require_governance
from chain.rules.state import (
    ALL_ROLES,
    Encumbrance,
    Invoice,
    Ledger,
    Life,
    Moment,
    Policy,
    Receivable,
    ReceivableState,
    Role,
    Voucher,
    voucher_id,
)


def policy_of(ledger: Ledger) -> Policy:
    """The limits in force; every ledger has some from its deployment on."""
    if ledger.policy is None:
        raise errors.BadPolicy()
    return ledger.policy


def set_first_policy(ledger: Ledger, policy: Policy) -> tuple[events.Event, ...]:
    """The ledger starts with limits."""
    return (_set_policy(ledger, policy),)


def set_policy(ledger: Ledger, at: Moment, policy: Policy) -> tuple[events.Event, ...]:
    """Governance changes the limits, for what comes after."""
    require_governance(ledger, at)
    return (_set_policy(ledger, policy),)


def register_invoice(
    ledger: Ledger, at: Moment, nullifier: bytes, creditor: int, currency: int, total: int
) -> tuple[events.Event, ...]:
    """A tax attester states, once, whose an invoice is and what it may back: its total less credit notes."""
    actor = actor_of(ledger, at, Role.ATTESTER)
    if not any(nullifier):
        raise errors.InvoiceUnknown(nullifier)
    if total == 0:
        raise errors.AmountZero()
    if nullifier in ledger.invoice:
        raise errors.InvoiceExists(nullifier)
    require_active(ledger, at, creditor, Role.SUPPLIER)
    ledger.invoice[nullifier] = Invoice(actor, creditor, currency, total, 0)
    return (events.InvoiceRegistered(nullifier, actor, creditor, currency, total, at.sender),)


def propose_receivable(
    ledger: Ledger,
    at: Moment,
    debtor: int,
    creditor: int,
    face: int,
    currency: int,
    due_at: int,
    evidence: bytes,
    invoice: bytes,
) -> tuple[events.Event, ...]:
    """Debtor or creditor proposes; the invoice's amount is taken, so that no other receivable has it."""
    actor = actor_of(ledger, at, Role.DEBTOR | Role.SUPPLIER)
    if actor not in (debtor, creditor):
        raise errors.NotParty(actor, debtor, creditor)
    if debtor == creditor:
        raise errors.SameParty(debtor)
    require_active(ledger, at, debtor, Role.DEBTOR)
    require_active(ledger, at, creditor, Role.SUPPLIER)
    if face == 0:
        raise errors.AmountZero()
    policy = policy_of(ledger)
    latest = at.now + policy.max_term
    if not at.now < due_at <= latest:
        raise errors.BadDueDate(due_at, latest)
    _check_evidence(ledger, at, evidence, policy.min_level)
    known = ledger.invoice.get(invoice)
    if known is None:
        raise errors.InvoiceUnknown(invoice)
    if (known.creditor, known.currency) != (creditor, currency):
        raise errors.InvoiceOfAnother(invoice, known.creditor, known.currency)
    if face > known.total - known.used:
        raise errors.InvoiceUsedUp(invoice, face, known.total - known.used)
    ledger.invoice[invoice] = replace(known, used=known.used + face)
    number = len(ledger.receivable) + 1
    ledger.receivable[number] = Receivable(
        debtor=debtor,
        creditor=creditor,
        due_at=due_at,
        vouchers=0,
        payments=0,
        state=ReceivableState.PROPOSED,
        proposed_by_debtor=actor == debtor,
        currency=currency,
        paid=0,
        face=face,
        redeemed=0,
        evidence=evidence,
        invoice=invoice,
    )
    return (events.Proposed(number, debtor, creditor, face, currency, due_at, evidence, invoice, at.sender),)


def confirm(ledger: Ledger, at: Moment, number: int) -> tuple[events.Event, ...]:
    """The other party confirms, while both may act and the evidence stands: the first voucher exists."""
    receivable = _proposed(ledger, number)
    _check_confirmer(ledger, at, number, receivable)
    require_active(ledger, at, receivable.debtor, Role.DEBTOR)
    require_active(ledger, at, receivable.creditor, Role.SUPPLIER)
    if at.now >= receivable.due_at:
        raise errors.PastDue(number, receivable.due_at)
    _check_evidence(ledger, at, receivable.evidence, policy_of(ledger).min_level)
    first = voucher_id(number, 1)
    ledger.receivable[number] = replace(receivable, state=ReceivableState.CONFIRMED, vouchers=1)
    ledger.voucher[first] = Voucher(
        holder=receivable.creditor,
        parent=0,
        counterparty=0,
        start=0,
        length=receivable.face,
        since=at.now,
        tier=0,
        life=Life.LIVE,
        encumbrance=Encumbrance.FREE,
        payments=0,
        version=0,
    )
    return (events.Confirmed(number, first, receivable.creditor, at.sender),)


def reject(ledger: Ledger, at: Moment, number: int, reason: bytes) -> tuple[events.Event, ...]:
    """The other party rejects; the invoice may back something else."""
    receivable = _proposed(ledger, number)
    _check_confirmer(ledger, at, number, receivable)
    _end_proposal(ledger, number, receivable, ReceivableState.REJECTED)
    return (events.Rejected(number, reason, at.sender),)


def cancel(ledger: Ledger, at: Moment, number: int, reason: bytes) -> tuple[events.Event, ...]:
    """The proposer takes back what nobody has confirmed."""
    receivable = _proposed(ledger, number)
    actor = actor_of(ledger, at, ALL_ROLES)
    proposer = receivable.debtor if receivable.proposed_by_debtor else receivable.creditor
    if actor != proposer:
        raise errors.NotProposer(number, actor, proposer)
    _end_proposal(ledger, number, receivable, ReceivableState.CANCELLED)
    return (events.Cancelled(number, reason, at.sender),)


def _set_policy(ledger: Ledger, policy: Policy) -> events.Event:
    positive = (
        policy.max_term,
        policy.offer_period,
        policy.disburse_period,
        policy.max_tier,
        policy.max_legs,
    )
    if not all(positive) or policy.max_tier == 255 or policy.max_legs > 255 or policy.min_level > MAX_LEVEL:
        raise errors.BadPolicy()
    ledger.policy = policy
    return events.PolicySet(*astuple(policy))


def _proposed(ledger: Ledger, number: int) -> Receivable:
    receivable = ledger.receivable.get(number)
    if receivable is None:
        raise errors.ReceivableUnknown(number)
    if receivable.state != ReceivableState.PROPOSED:
        raise errors.WrongReceivableState(number, receivable.state)
    return receivable


def _check_confirmer(ledger: Ledger, at: Moment, number: int, receivable: Receivable) -> None:
    actor = actor_of(ledger, at, Role.DEBTOR | Role.SUPPLIER)
    confirmer = receivable.creditor if receivable.proposed_by_debtor else receivable.debtor
    if actor != confirmer:
        raise errors.NotConfirmer(number, actor, confirmer)


def _check_evidence(ledger: Ledger, at: Moment, evidence: bytes, needed: int) -> None:
    if not is_valid(ledger, at, evidence):
        raise errors.EvidenceInvalid(evidence)
    level = ledger.attestation[evidence].level
    if level < needed:
        raise errors.EvidenceLevelTooLow(evidence, level, needed)


def _end_proposal(ledger: Ledger, number: int, receivable: Receivable, state: ReceivableState) -> None:
    invoice = ledger.invoice[receivable.invoice]
    ledger.invoice[receivable.invoice] = replace(invoice, used=invoice.used - receivable.face)
    ledger.receivable[number] = replace(receivable, state=state)
