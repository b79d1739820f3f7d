"""Joint computations: consent first, then a job, then its outcome.

The owner of attested inputs consents to one counterparty, one model and a number of computations. Each job
spends one, whether it is completed or not: an answer given cannot be taken back.
"""

from __future__ import annotations

from dataclasses import replace

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from chain import errors, events
from chain.rules.attestations import is_valid
from chain.rules.participants import actor_of, require_active
from chain.rules.state import ALL_ROLES, Consent, Job, Ledger, Moment, Role


def grant(
    ledger: Ledger,
    at: Moment,
    counterparty: int,
    purpose: bytes,
    protocol: bytes,
    input_: bytes,
    model: bytes,
    budget: int,
    expires_at: int,
) -> tuple[events.Event, ...]:
    """An owner consents to computations on attested inputs with an attested model."""
    owner = actor_of(ledger, at, ALL_ROLES)
    require_active(ledger, at, counterparty, Role.FINANCIER)
    if owner == counterparty:
        raise errors.SameParty(owner)
    _check_valid(ledger, at, input_)
    _check_valid(ledger, at, model)
    if budget == 0:
        raise errors.BudgetEmpty()
    if expires_at <= at.now:
        raise errors.BadExpiry(expires_at)
    number = len(ledger.consent) + 1
    ledger.consent[number] = Consent(owner, counterparty, expires_at, budget, 0, False, input_, model)
    return (
        events.ConsentGranted(
            number, owner, counterparty, purpose, protocol, input_, model, budget, expires_at, at.sender
        ),
    )


def withdraw_consent(ledger: Ledger, at: Moment, number: int) -> tuple[events.Event, ...]:
    """The owner ends a consent; jobs that are open may still be completed."""
    actor = actor_of(ledger, at, ALL_ROLES)
    consent = _known(ledger, number)
    if consent.owner != actor:
        raise errors.NotConsentOwner(number, actor, consent.owner)
    if consent.withdrawn:
        raise errors.ConsentEnded(number)
    ledger.consent[number] = replace(consent, withdrawn=True)
    return (events.ConsentWithdrawn(number, actor, at.sender),)


def job_id(chain_id: int, computations: str, consent: int, spent: int) -> bytes:
    """What a computation's proof is bound to: no two jobs of any ledger share it."""
    return keccak(
        encode(["uint256", "address", "uint64", "uint16"], [chain_id, computations, consent, spent])
    )


def open_job(ledger: Ledger, at: Moment, number: int) -> tuple[events.Event, ...]:
    """The counterparty opens a computation, while the owner may act, and spends one of the budget."""
    actor = actor_of(ledger, at, Role.FINANCIER)
    consent = _known(ledger, number)
    if consent.counterparty != actor:
        raise errors.NotConsentCounterparty(number, actor, consent.counterparty)
    if consent.withdrawn:
        raise errors.ConsentEnded(number)
    if at.now > consent.expires_at:
        raise errors.ConsentExpired(number, consent.expires_at)
    if consent.spent >= consent.budget:
        raise errors.BudgetSpent(number, consent.budget)
    require_active(ledger, at, consent.owner, ALL_ROLES)
    _check_valid(ledger, at, consent.input)
    _check_valid(ledger, at, consent.model)
    spent = consent.spent + 1
    job = job_id(ledger.chain_id, ledger.computations, number, spent)
    ledger.consent[number] = replace(consent, spent=spent)
    ledger.job[job] = Job(number, at.now, 0, bytes(32))
    return (events.JobOpened(job, number, spent, at.sender),)


def complete_job(
    ledger: Ledger, at: Moment, job: bytes, result: bytes, proof_hash: bytes, transcript: bytes
) -> tuple[events.Event, ...]:
    """The counterparty commits, once, to the result and to how it came about."""
    actor = actor_of(ledger, at, Role.FINANCIER)
    opened = ledger.job.get(job)
    if opened is None:
        raise errors.JobUnknown(job)
    counterparty = ledger.consent[opened.consent].counterparty
    if counterparty != actor:
        raise errors.NotConsentCounterparty(opened.consent, actor, counterparty)
    if opened.completed_at:
        raise errors.JobClosed(job)
    if not (any(result) and any(proof_hash) and any(transcript)):
        raise errors.ResultEmpty()
    outcome = keccak(encode(["bytes32", "bytes32", "bytes32"], [result, proof_hash, transcript]))
    ledger.job[job] = replace(opened, completed_at=at.now, outcome=outcome)
    return (events.JobCompleted(job, result, proof_hash, transcript, at.sender),)


def _known(ledger: Ledger, number: int) -> Consent:
    consent = ledger.consent.get(number)
    if consent is None:
        raise errors.ConsentUnknown(number)
    return consent


def _check_valid(ledger: Ledger, at: Moment, commitment: bytes) -> None:
    if not is_valid(ledger, at, commitment):
        raise errors.AttestationInvalid(commitment)
