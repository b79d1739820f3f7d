"""Events of consents to joint computations, and of their results."""

from __future__ import annotations

from dataclasses import dataclass

from chain.events.base import Event


@dataclass(frozen=True, slots=True)
class InputAllowed(Event):
    """One of the inputs of the consent that is granted next."""

    consent: int
    input: bytes


@dataclass(frozen=True, slots=True)
class ConsentGranted(Event):
    """An owner allowed computations on attested inputs with an attested model; `terms` is their hash."""

    id: int
    owner: int
    model: bytes
    counterparties: int
    purpose: bytes
    protocol: bytes
    terms: bytes
    budget: int
    expires_at: int
    actor: str


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(Event):
    """An owner allows no further computation."""

    id: int
    owner: int
    actor: str


@dataclass(frozen=True, slots=True)
class JobAbandoned(Event):
    """A computation will have no result."""

    id: bytes
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class JobCompleted(Event):
    """A computation's result, proof and transcript were committed to."""

    id: bytes
    result: bytes
    proof_hash: bytes
    transcript: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class JobOpened(Event):
    """A computation was opened and its consent spent by one."""

    id: bytes
    consent: int
    opener: int
    spent: int
    actor: str
