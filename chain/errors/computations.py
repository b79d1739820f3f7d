"""Refusals about consents and joint computations."""

from __future__ import annotations

from chain.errors.base import LedgerRefusal, Timestamp


class AttestationInvalid(LedgerRefusal):
    """{commitment} is not attested, or its attestation is revoked or expired."""

    commitment: bytes


class BadCounterparties(LedgerRefusal):
    """A consent names one to eight counterparties, not {count}."""

    count: int


class CounterpartiesUnordered(LedgerRefusal):
    """Counterparties come in ascending order, each once; {number} does not."""

    number: int


class BadInputs(LedgerRefusal):
    """A consent names one to eight inputs, not {count}."""

    count: int


class BudgetEmpty(LedgerRefusal):
    """A consent allows at least one computation."""


class ConsentUnknown(LedgerRefusal):
    """There is no consent {consent}."""

    consent: int


class NotConsentOwner(LedgerRefusal):
    """Consent {consent} was granted by participant {owner}, not by {actor}."""

    consent: int
    actor: int
    owner: int


class NotConsentCounterparty(LedgerRefusal):
    """Consent {consent} was not granted to participant {actor}."""

    consent: int
    actor: int


class ConsentEnded(LedgerRefusal):
    """Consent {consent} was withdrawn."""

    consent: int


class ConsentExpired(LedgerRefusal):
    """Consent {consent} expired at {expires_at}."""

    consent: int
    expires_at: Timestamp


class BudgetSpent(LedgerRefusal):
    """Consent {consent} allowed {budget} computations, all of them spent."""

    consent: int
    budget: int


class TermsChanged(LedgerRefusal):
    """The terms given are not those of consent {consent}."""

    consent: int
    expected: bytes
    given: bytes


class JobUnknown(LedgerRefusal):
    """There is no computation {job}."""

    job: bytes


class JobClosed(LedgerRefusal):
    """Computation {job} has been completed or abandoned."""

    job: bytes


class NotJobOpener(LedgerRefusal):
    """Computation {job} was opened by participant {opener}, not by {actor}."""

    job: bytes
    actor: int
    opener: int


class ResultEmpty(LedgerRefusal):
    """A result needs its commitment, the hash of its proof and of its transcript."""
