"""Events of what attesters state, one by one or anchored in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from chain.events.base import Event


@dataclass(frozen=True, slots=True)
class Anchored(Event):
    """A batch of statements was anchored by its Merkle root."""

    root: bytes
    attester: int
    schema: int
    count: int
    expires_at: int
    manifest: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class AttestationRevoked(Event):
    """An attester took back a statement or a batch."""

    commitment: bytes
    attester: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class AttestationSuperseded(Event):
    """A statement counts no more; its successor follows in the same call."""

    commitment: bytes
    attester: int
    successor: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Attested(Event):
    """An attester made a statement about a commitment; `actor` sent or signed it."""

    commitment: bytes
    attester: int
    subject: bytes
    schema: int
    level: int
    expires_at: int
    actor: str


@dataclass(frozen=True, slots=True)
class LeafRevoked(Event):
    """An attester took back one statement of a batch."""

    root: bytes
    attester: int
    index: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class SchemaRegistered(Event):
    """Governors defined what a kind of statement means."""

    id: int
    flows: int
    revocable: bool
    by_subject: bool
    definition: bytes
