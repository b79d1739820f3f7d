"""Refusals about hands and drafts."""

from __future__ import annotations

from chain.errors.base import LedgerRefusal, Timestamp


class NotDesk(LedgerRefusal):
    """A hand does only what its desk tells it to; {caller} tried."""

    caller: str


class TargetFailed(LedgerRefusal):
    """The call to {target} failed without a reason."""

    target: str


class HandExists(LedgerRefusal):
    """Participant {number} has its hand already."""

    number: int


class HandMissing(LedgerRefusal):
    """Participant {number} has no hand yet."""

    number: int


class DeskItself(LedgerRefusal):
    """A draft cannot call the desk."""


class DraftUnknown(LedgerRefusal):
    """There is no draft {id}."""

    id: int


class DraftDone(LedgerRefusal):
    """Draft {id} has been checked, rejected or cancelled."""

    id: int


class DraftExpired(LedgerRefusal):
    """Draft {id} expired at {expires_at}."""

    id: int
    expires_at: Timestamp


class DraftChanged(LedgerRefusal):
    """The call given is not that of draft {id}."""

    id: int
    expected: bytes
    given: bytes


class NotDraftOwner(LedgerRefusal):
    """Draft {id} is of participant {number}, not of {actor}."""

    id: int
    actor: int
    number: int


class NotMaker(LedgerRefusal):
    """{account} did not make draft {id}."""

    id: int
    account: str


class SameAccount(LedgerRefusal):
    """{account} made draft {id} and cannot check it."""

    id: int
    account: str
