"""Who may act, and how governors decide.

Governors change anything about admission only together: one proposes a list of calls, enough others approve
within fourteen days, one executes. A participant acts through its accounts; suspension stops all of them at
once.
"""

from __future__ import annotations

from dataclasses import replace

from chain import errors, events
from chain.rules.state import ALL_ROLES, Ledger, Moment, Participant, Proposal, Status

PROPOSAL_PERIOD = 14 * 24 * 3600
MAX_GOVERNORS = 128
ZERO_ADDRESS = "0x" + "00" * 20


def actor_of(ledger: Ledger, at: Moment, roles: int) -> int:
    """The participant that the sender acts for, if it may act in one of `roles` now."""
    number = ledger.number_of.get(at.sender, 0)
    if not number:
        raise errors.NotParticipant(at.sender)
    require_active(ledger, at, number, roles)
    return number


def require_active(ledger: Ledger, at: Moment, number: int, roles: int) -> None:
    """Refuses a participant that is unknown, suspended, expired or has none of `roles`."""
    participant = ledger.participant.get(number)
    if participant is None:
        raise errors.ParticipantUnknown(number)
    if participant.status != Status.ACTIVE:
        raise errors.ParticipantSuspended(number)
    if at.now > participant.valid_until:
        raise errors.ParticipantExpired(number, participant.valid_until)
    if not participant.roles & roles:
        raise errors.RoleMissing(number, participant.roles, int(roles))


def require_governance(ledger: Ledger, at: Moment) -> None:
    """Refuses everybody but an executed proposal."""
    if at.sender != ledger.governance:
        raise errors.NotGovernance(at.sender)


def found(ledger: Ledger, governors: tuple[str, ...], threshold: int) -> tuple[events.Event, ...]:
    """The ledger starts with its first governors and the number of approvals that decides."""
    added = tuple(_add_governor(ledger, account) for account in governors)
    return (*added, _set_threshold(ledger, threshold))


def propose(ledger: Ledger, at: Moment, calls_hash: bytes) -> tuple[events.Event, ...]:
    """A governor proposes calls, and by that approves them."""
    bit = _governor_bit(ledger, at)
    number = len(ledger.proposal) + 1
    expires_at = at.now + PROPOSAL_PERIOD
    ledger.proposal[number] = Proposal(expires_at, False, bit, calls_hash)
    return (events.ProposalMade(number, at.sender, calls_hash, expires_at),)


def approve(ledger: Ledger, at: Moment, number: int) -> tuple[events.Event, ...]:
    """Another governor approves, once."""
    bit = _governor_bit(ledger, at)
    proposal = _open_proposal(ledger, at, number)
    if proposal.approvals & bit:
        raise errors.AlreadyApproved(number, at.sender)
    ledger.proposal[number] = replace(proposal, approvals=proposal.approvals | bit)
    return (events.ProposalApproved(number, at.sender),)


def execute(ledger: Ledger, at: Moment, number: int, calls_hash: bytes) -> tuple[events.Event, ...]:
    """Opens the way for the proposed calls; the calls themselves follow as governance's own acts.

    Only the approvals of those who are governors now count.
    """
    _governor_bit(ledger, at)
    proposal = _open_proposal(ledger, at, number)
    if calls_hash != proposal.calls_hash:
        raise errors.ProposalChanged(number, proposal.calls_hash, calls_hash)
    approvals = (proposal.approvals & ledger.governors).bit_count()
    if approvals < ledger.threshold:
        raise errors.ApprovalsMissing(number, approvals, ledger.threshold)
    ledger.proposal[number] = replace(proposal, executed=True)
    return (events.ProposalExecuted(number, at.sender),)


def add_governor(ledger: Ledger, at: Moment, account: str) -> tuple[events.Event, ...]:
    """Governance lets another account govern."""
    require_governance(ledger, at)
    return (_add_governor(ledger, account),)


def remove_governor(ledger: Ledger, at: Moment, account: str) -> tuple[events.Event, ...]:
    """Governance removes a governor, as long as enough are left to decide."""
    require_governance(ledger, at)
    bit_plus_one = ledger.governor.get(account, 0)
    if not bit_plus_one:
        raise errors.GovernorUnknown(account)
    left = ledger.governors & ~(1 << (bit_plus_one - 1))
    if ledger.threshold > left.bit_count():
        raise errors.BadThreshold(ledger.threshold, left.bit_count())
    ledger.governor[account] = 0
    ledger.governors = left
    return (events.GovernorRemoved(account),)


def set_threshold(ledger: Ledger, at: Moment, approvals: int) -> tuple[events.Event, ...]:
    """Governance changes how many approvals decide: at least two."""
    require_governance(ledger, at)
    return (_set_threshold(ledger, approvals),)


def admit(
    ledger: Ledger, at: Moment, legal_id_hash: bytes, roles: int, valid_until: int, account: str
) -> tuple[events.Event, ...]:
    """Governance admits an organisation, once, with its first account."""
    require_governance(ledger, at)
    if not any(legal_id_hash):
        raise errors.LegalIdEmpty()
    taken = ledger.number_of_legal_id.get(legal_id_hash, 0)
    if taken:
        raise errors.LegalIdTaken(legal_id_hash, taken)
    _check_roles(at, roles, valid_until)
    _check_account(ledger, account)
    number = len(ledger.participant) + 1
    ledger.participant[number] = Participant(roles, Status.ACTIVE, valid_until, 0)
    ledger.legal_id[number] = legal_id_hash
    ledger.number_of_legal_id[legal_id_hash] = number
    admitted = events.Admitted(number, legal_id_hash, roles, valid_until)
    return (admitted, _add_account(ledger, at, number, account))


def set_roles(
    ledger: Ledger, at: Moment, number: int, roles: int, valid_until: int
) -> tuple[events.Event, ...]:
    """Governance changes what a participant may do, and until when."""
    require_governance(ledger, at)
    participant = _known(ledger, number)
    _check_roles(at, roles, valid_until)
    ledger.participant[number] = replace(participant, roles=roles, valid_until=valid_until)
    return (events.RolesSet(number, roles, valid_until),)


def suspend(ledger: Ledger, at: Moment, number: int, reason: bytes) -> tuple[events.Event, ...]:
    """Governance stops a participant: from now on its accounts are refused everywhere."""
    require_governance(ledger, at)
    participant = _known(ledger, number)
    if participant.status != Status.ACTIVE:
        raise errors.ParticipantSuspended(number)
    ledger.participant[number] = replace(participant, status=Status.SUSPENDED)
    return (events.Suspended(number, reason),)


def reinstate(ledger: Ledger, at: Moment, number: int, reason: bytes) -> tuple[events.Event, ...]:
    """Governance lets a suspended participant act again."""
    require_governance(ledger, at)
    participant = _known(ledger, number)
    if participant.status != Status.SUSPENDED:
        raise errors.NotSuspended(number)
    ledger.participant[number] = replace(participant, status=Status.ACTIVE)
    return (events.Reinstated(number, reason),)


def add_account(ledger: Ledger, at: Moment, number: int, account: str) -> tuple[events.Event, ...]:
    """A participant adds an account of its own; governance may for anyone, to recover it."""
    _check_account_right(ledger, at, number)
    _check_account(ledger, account)
    return (_add_account(ledger, at, number, account),)


def remove_account(ledger: Ledger, at: Moment, account: str) -> tuple[events.Event, ...]:
    """A participant, or governance, removes an account, but never the last."""
    number = ledger.number_of.get(account, 0)
    if not number:
        raise errors.NotParticipant(account)
    _check_account_right(ledger, at, number)
    participant = ledger.participant[number]
    if participant.accounts <= 1:
        raise errors.LastAccount(number)
    ledger.number_of[account] = 0
    ledger.participant[number] = replace(participant, accounts=participant.accounts - 1)
    return (events.AccountRemoved(number, account, at.sender),)


def _governor_bit(ledger: Ledger, at: Moment) -> int:
    bit_plus_one = ledger.governor.get(at.sender, 0)
    if not bit_plus_one:
        raise errors.NotGovernor(at.sender)
    return 1 << (bit_plus_one - 1)


def _open_proposal(ledger: Ledger, at: Moment, number: int) -> Proposal:
    proposal = ledger.proposal.get(number)
    if proposal is None:
        raise errors.ProposalUnknown(number)
    if proposal.executed:
        raise errors.ProposalDone(number)
    if at.now > proposal.expires_at:
        raise errors.ProposalExpired(number, proposal.expires_at)
    return proposal


def _add_governor(ledger: Ledger, account: str) -> events.Event:
    if account == ZERO_ADDRESS:
        raise errors.AccountEmpty()
    if ledger.governor.get(account, 0):
        raise errors.GovernorExists(account)
    if ledger.governors_ever >= MAX_GOVERNORS:
        raise errors.TooManyGovernors()
    ledger.governors |= 1 << ledger.governors_ever
    ledger.governors_ever += 1
    ledger.governor[account] = ledger.governors_ever
    return events.GovernorAdded(account)


def _set_threshold(ledger: Ledger, approvals: int) -> events.Event:
    count = ledger.governors.bit_count()
    if not 2 <= approvals <= count:
        raise errors.BadThreshold(approvals, count)
    ledger.threshold = approvals
    return events.ThresholdSet(approvals)


def _check_account(ledger: Ledger, account: str) -> None:
    if account == ZERO_ADDRESS:
        raise errors.AccountEmpty()
    taken = ledger.number_of.get(account, 0)
    if taken:
        raise errors.AccountTaken(account, taken)


def _add_account(ledger: Ledger, at: Moment, number: int, account: str) -> events.Event:
    participant = ledger.participant[number]
    ledger.number_of[account] = number
    ledger.participant[number] = replace(participant, accounts=participant.accounts + 1)
    return events.AccountAdded(number, account, at.sender)


def _check_account_right(ledger: Ledger, at: Moment, number: int) -> None:
    _known(ledger, number)
    if at.sender == ledger.governance:
        return
    if ledger.number_of.get(at.sender, 0) != number:
        raise errors.NotParticipant(at.sender)
    require_active(ledger, at, number, ALL_ROLES)


def _known(ledger: Ledger, number: int) -> Participant:
    participant = ledger.participant.get(number)
    if participant is None:
        raise errors.ParticipantUnknown(number)
    return participant


def _check_roles(at: Moment, roles: int, valid_until: int) -> None:
    if roles == 0 or roles & ~int(ALL_ROLES):
        raise errors.BadRoles(roles)
    if valid_until <= at.now:
        raise errors.BadValidity(valid_until)
