"""Refusals about consents and joint computations."""

from __future__ import annotations

from chain.errors.base import LedgerRefusal


class AttestationInvalid(LedgerRefusal):
    """{commitment} is not attested, or its attestation is revoked or expired."""

    commitment: bytes


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
    """Consent {consent} was granted to participant {counterparty}, not to {actor}."""

    consent: int
    actor: int
    counterparty: int


class ConsentEnded(LedgerRefusal):
    """Consent {consent} was withdrawn."""

    consent: int


class ConsentExpired(LedgerRefusal):
    """Consent {consent} expired at {expires_at}."""

    consent: int
    expires_at: int


class BudgetSpent(LedgerRefusal):
    """Consent {consent} allowed {budget} computations, all of them spent."""

    consent: int
    budget: int


class JobUnknown(LedgerRefusal):
    """There is no computation {job}."""

    job: bytes


class JobClosed(LedgerRefusal):
    """Computation {job} has been completed."""

    job: bytes


class ResultEmpty(LedgerRefusal):
    """A result needs its commitment, the hash of its proof and of its transcript."""
