"""Joint computations: consent first, then a job, then its outcome.

The owner of attested inputs consents to a purpose, a protocol, a model and a number of computations, which
its counterparties share. Each job states the same terms again and spends one, whether it is completed or not:
an answer given cannot be taken back. Whoever opened a job completes or abandons it.
"""

from __future__ import annotations

from dataclasses import replace

from eth_abi.abi import encode

from chain import errors, events
from chain.hashing import keccak
from chain.rules.attestations import is_valid
from chain.rules.participants import actor_of, require_active
from chain.rules.state import ALL_ROLES, Consent, Job, JobState, Ledger, Moment, Role, Terms

MAX_COUNTERPARTIES = 8
MAX_INPUTS = 8


def hash_of_terms(terms: Terms) -> bytes:
    """What a consent stores of its terms."""
    fields = (terms.purpose, terms.protocol, terms.model, list(terms.inputs))
    return keccak(encode(["(bytes32,bytes32,bytes32,bytes32[])"], [fields]))


def packed(counterparties: tuple[int, ...]) -> int:
    """Numbers of participants as a consent stores them: 32 bits each, the first in the lowest."""
    return sum(number << 32 * index for index, number in enumerate(counterparties))


def unpacked(counterparties: int) -> tuple[int, ...]:
    """The numbers of participants that a consent stores."""
    words = ((counterparties >> 32 * index) & 0xFFFFFFFF for index in range(MAX_COUNTERPARTIES))
    return tuple(number for number in words if number)


def grant(
    ledger: Ledger,
    at: Moment,
    counterparties: tuple[int, ...],
    terms: Terms,
    budget: int,
    expires_at: int,
) -> tuple[events.Event, ...]:
    """An owner consents to computations on attested inputs with an attested model.

    Counterparties come in ascending order; any of them may open jobs up to and including `expires_at`.
    """
    owner = actor_of(ledger, at, ALL_ROLES)
    _check_counterparties(ledger, at, owner, counterparties)
    _check_terms(ledger, at, terms)
    if budget == 0:
        raise errors.BudgetEmpty()
    if expires_at <= at.now:
        raise errors.BadExpiry(expires_at)
    number = len(ledger.consent) + 1
    among, hashed = packed(counterparties), hash_of_terms(terms)
    ledger.consent[number] = Consent(owner, expires_at, budget, 0, False, among, hashed)
    ledger.terms[number] = terms
    granted = events.ConsentGranted(
        number,
        owner,
        terms.model,
        among,
        terms.purpose,
        terms.protocol,
        hashed,
        budget,
        expires_at,
        at.sender,
    )
    return (*(events.InputAllowed(number, each) for each in terms.inputs), granted)


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


def open_job(ledger: Ledger, at: Moment, number: int, terms: Terms) -> tuple[events.Event, ...]:
    """A counterparty opens a computation, while the owner may act, and spends one of the budget."""
    actor = actor_of(ledger, at, Role.FINANCIER)
    consent = _known(ledger, number)
    if actor not in unpacked(consent.counterparties):
        raise errors.NotConsentCounterparty(number, actor)
    if consent.withdrawn:
        raise errors.ConsentEnded(number)
    if at.now > consent.expires_at:
        raise errors.ConsentExpired(number, consent.expires_at)
    if consent.spent >= consent.budget:
        raise errors.BudgetSpent(number, consent.budget)
    hashed = hash_of_terms(terms)
    if hashed != consent.terms:
        raise errors.TermsChanged(number, consent.terms, hashed)
    require_active(ledger, at, consent.owner, ALL_ROLES)
    _check_terms(ledger, at, terms)
    spent = consent.spent + 1
    job = job_id(ledger.chain_id, ledger.computations, number, spent)
    ledger.consent[number] = replace(consent, spent=spent)
    ledger.job[job] = Job(number, actor, at.now, 0, JobState.OPEN, bytes(32))
    return (events.JobOpened(job, number, actor, spent, at.sender),)


def complete_job(
    ledger: Ledger, at: Moment, job: bytes, result: bytes, proof_hash: bytes, transcript: bytes
) -> tuple[events.Event, ...]:
    """Whoever opened a job commits, once, to the result and to how it came about.

    The outcome is the hash of the terms and of these three: a result stands with its inputs and its model.
    """
    opened = _open_job(ledger, at, job)
    if not (any(result) and any(proof_hash) and any(transcript)):
        raise errors.ResultEmpty()
    terms = ledger.consent[opened.consent].terms
    outcome = keccak(encode(["bytes32"] * 4, [terms, result, proof_hash, transcript]))
    ledger.job[job] = replace(opened, closed_at=at.now, state=JobState.COMPLETED, outcome=outcome)
    return (events.JobCompleted(job, result, proof_hash, transcript, at.sender),)


def abandon_job(ledger: Ledger, at: Moment, job: bytes, reason: bytes) -> tuple[events.Event, ...]:
    """Whoever opened a job says that it will have no result; what it spent stays spent."""
    opened = _open_job(ledger, at, job)
    ledger.job[job] = replace(opened, closed_at=at.now, state=JobState.ABANDONED)
    return (events.JobAbandoned(job, reason, at.sender),)


def _known(ledger: Ledger, number: int) -> Consent:
    consent = ledger.consent.get(number)
    if consent is None:
        raise errors.ConsentUnknown(number)
    return consent


def _open_job(ledger: Ledger, at: Moment, job: bytes) -> Job:
    actor = actor_of(ledger, at, Role.FINANCIER)
    opened = ledger.job.get(job)
    if opened is None:
        raise errors.JobUnknown(job)
    if opened.opener != actor:
        raise errors.NotJobOpener(job, actor, opened.opener)
    if opened.state != JobState.OPEN:
        raise errors.JobClosed(job)
    return opened


def _check_counterparties(ledger: Ledger, at: Moment, owner: int, counterparties: tuple[int, ...]) -> None:
    if not 1 <= len(counterparties) <= MAX_COUNTERPARTIES:
        raise errors.BadCounterparties(len(counterparties))
    last = 0
    for number in counterparties:
        if number <= last:
            raise errors.CounterpartiesUnordered(number)
        if number == owner:
            raise errors.SameParty(owner)
        require_active(ledger, at, number, Role.FINANCIER)
        last = number


def _check_terms(ledger: Ledger, at: Moment, terms: Terms) -> None:
    if not 1 <= len(terms.inputs) <= MAX_INPUTS:
        raise errors.BadInputs(len(terms.inputs))
    for commitment in (terms.model, *terms.inputs):
        if not is_valid(ledger, at, commitment):
            raise errors.AttestationInvalid(commitment)
