"""Events of organisations whose second account checks what the first one makes."""

from __future__ import annotations

from dataclasses import dataclass

from chain.events.base import Event


@dataclass(frozen=True, slots=True)
class HandOpened(Event):
    """A participant's hand was made."""

    number: int
    hand: str
    actor: str


@dataclass(frozen=True, slots=True)
class DraftMade(Event):
    """One of a participant's people drafted a call."""

    id: int
    number: int
    target: str
    call_hash: bytes
    expires_at: int
    actor: str


@dataclass(frozen=True, slots=True)
class DraftChecked(Event):
    """Another of its people checked the draft; what the hand did follows in the same transaction."""

    id: int
    number: int
    actor: str


@dataclass(frozen=True, slots=True)
class DraftRejected(Event):
    """Another of its people turned the draft down."""

    id: int
    number: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class DraftCancelled(Event):
    """Whoever made the draft took it back."""

    id: int
    number: int
    actor: str
