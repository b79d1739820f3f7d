"""Events of who may act, and of who governs."""

from __future__ import annotations

from dataclasses import dataclass

from chain.events.base import Event


@dataclass(frozen=True, slots=True)
class AccountAdded(Event):
    """An account may act for a participant from here on; `valid_until` 0 is as long as the participant."""

    number: int
    account: str
    scope: int
    valid_until: int
    actor: str


@dataclass(frozen=True, slots=True)
class AccountRemoved(Event):
    """An account no longer acts for a participant."""

    number: int
    account: str
    actor: str


@dataclass(frozen=True, slots=True)
class AccountRotated(Event):
    """An account took the place of an old one."""

    number: int
    old: str
    account: str
    actor: str


@dataclass(frozen=True, slots=True)
class ScopeSet(Event):
    """What an account may do, or until when, changed."""

    number: int
    account: str
    scope: int
    valid_until: int
    actor: str


@dataclass(frozen=True, slots=True)
class Admitted(Event):
    """An organisation became a participant."""

    number: int
    legal_id_hash: bytes
    roles: int
    valid_until: int


@dataclass(frozen=True, slots=True)
class GovernorAdded(Event):
    """An account governs from here on."""

    account: str


@dataclass(frozen=True, slots=True)
class GovernorRemoved(Event):
    """An account no longer governs."""

    account: str


@dataclass(frozen=True, slots=True)
class GovernorRotated(Event):
    """An account took a governor's place."""

    old: str
    account: str


@dataclass(frozen=True, slots=True)
class ApprovalRevoked(Event):
    """A governor no longer approves a proposal."""

    id: int
    actor: str


@dataclass(frozen=True, slots=True)
class ProposalCancelled(Event):
    """The governor who proposed took the proposal back."""

    id: int
    actor: str


@dataclass(frozen=True, slots=True)
class ProposalApproved(Event):
    """A governor approved a proposal."""

    id: int
    actor: str


@dataclass(frozen=True, slots=True)
class ProposalExecuted(Event):
    """A proposal's calls follow in the same transaction."""

    id: int
    actor: str


@dataclass(frozen=True, slots=True)
class ProposalMade(Event):
    """A governor proposed calls and approved them."""

    id: int
    actor: str
    calls_hash: bytes
    expires_at: int


@dataclass(frozen=True, slots=True)
class Reinstated(Event):
    """A suspended participant may act again."""

    number: int
    reason: bytes


@dataclass(frozen=True, slots=True)
class RolesSet(Event):
    """A participant's roles and validity changed."""

    number: int
    roles: int
    valid_until: int


@dataclass(frozen=True, slots=True)
class Suspended(Event):
    """A participant may not act until reinstated."""

    number: int
    reason: bytes


@dataclass(frozen=True, slots=True)
class ThresholdSet(Event):
    """How many approvals execute a proposal."""

    threshold: int
