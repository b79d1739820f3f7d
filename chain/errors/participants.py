"""Refusals about who may act, and about governance."""

from __future__ import annotations

from chain.errors.base import LedgerRefusal, Timestamp


class NotGovernance(LedgerRefusal):
    """Only an executed proposal of the governors may do this; {caller} tried."""

    caller: str


class NotGovernor(LedgerRefusal):
    """{caller} is not a governor."""

    caller: str


class BadThreshold(LedgerRefusal):
    """A threshold of {threshold} does not suit {governors} governors: at least two, at most all."""

    threshold: int
    governors: int


class GovernorExists(LedgerRefusal):
    """{account} is a governor already."""

    account: str


class GovernorUnknown(LedgerRefusal):
    """{account} is not a governor."""

    account: str


class TooManyGovernors(LedgerRefusal):
    """No more than 128 governors can ever be added."""


class ProposalUnknown(LedgerRefusal):
    """There is no proposal {id}."""

    id: int


class ProposalExpired(LedgerRefusal):
    """Proposal {id} expired at {expires_at}."""

    id: int
    expires_at: Timestamp


class ProposalDone(LedgerRefusal):
    """Proposal {id} has been executed or cancelled."""

    id: int


class ProposalChanged(LedgerRefusal):
    """The calls given are not those of proposal {id}."""

    id: int
    expected: bytes
    given: bytes


class AlreadyApproved(LedgerRefusal):
    """{governor} has approved proposal {id} before."""

    id: int
    governor: str


class NotApproved(LedgerRefusal):
    """{governor} does not approve proposal {id}."""

    id: int
    governor: str


class NotOwnProposal(LedgerRefusal):
    """{governor} did not make proposal {id}."""

    id: int
    governor: str


class ApprovalsMissing(LedgerRefusal):
    """Proposal {id} has {approvals} of the {threshold} approvals it needs."""

    id: int
    approvals: int
    threshold: int


class NoContract(LedgerRefusal):
    """There is no contract at {target}, so a call to it would do nothing."""

    target: str


class CallFailed(LedgerRefusal):
    """Call {index} of the proposal failed without a reason."""

    index: int


class ParticipantUnknown(LedgerRefusal):
    """There is no participant {number}."""

    number: int


class ParticipantSuspended(LedgerRefusal):
    """Participant {number} is suspended."""

    number: int


class ParticipantExpired(LedgerRefusal):
    """The admission of participant {number} ended at {valid_until}."""

    number: int
    valid_until: Timestamp


class NotSuspended(LedgerRefusal):
    """Participant {number} is not suspended."""

    number: int


class NotParticipant(LedgerRefusal):
    """{account} does not act for any participant that may do this."""

    account: str


class AccountExpired(LedgerRefusal):
    """{account} could act until {valid_until}."""

    account: str
    valid_until: Timestamp


class RoleMissing(LedgerRefusal):
    """Participant {number} may act here as {roles:#x} and needs one of {needed:#x}."""

    number: int
    roles: int
    needed: int


class BadRoles(LedgerRefusal):
    """Roles {roles:#x} are empty or not known."""

    roles: int


class BadValidity(LedgerRefusal):
    """Validity until {valid_until} lies in the past."""

    valid_until: Timestamp


class LegalIdTaken(LedgerRefusal):
    """The organisation is admitted already, as participant {number}."""

    legal_id_hash: bytes
    number: int


class LegalIdEmpty(LedgerRefusal):
    """An organisation needs the hash of its legal identity."""


class AccountTaken(LedgerRefusal):
    """{account} acts for participant {number} already."""

    account: str
    number: int


class AccountEmpty(LedgerRefusal):
    """The zero address cannot be an account."""


class BadScope(LedgerRefusal):
    """Scope {scope:#x} is empty or not known."""

    scope: int


class ScopeExceeded(LedgerRefusal):
    """{actor} has scope {scope:#x} and cannot give or take {given:#x}."""

    actor: str
    scope: int
    given: int


class ValidityExceeded(LedgerRefusal):
    """{actor} can act until {valid_until} and cannot give or take longer than that, as until {given}."""

    actor: str
    valid_until: Timestamp
    given: Timestamp


class TooManyAccounts(LedgerRefusal):
    """Participant {number} has 16 accounts, the most it can have."""

    number: int


class LastAdmin(LedgerRefusal):
    """Participant {number} must keep one account that administers the others without an end."""

    number: int
