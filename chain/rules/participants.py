"""Who may act, and how governors decide.

Governors change anything about admission only together: one proposes a list of calls, enough others approve
within fourteen days, one executes. A participant acts through its accounts; suspension stops all of them at
once. An account may do what its participant may and its own scope allows; those that administer accounts give
no more than they have, and one of them never ends.
"""

from __future__ import annotations

from dataclasses import replace

from chain import errors, events
from chain.rules.state import (
    ALL_ROLES,
    ATTRIBUTES,
    CAPABILITIES,
    FULL_SCOPE,
    NO_ACCOUNT,
    NOBODY,
    Account,
    Ledger,
    Moment,
    Participant,
    Proposal,
    ProposalState,
    Role,
    Status,
)

PROPOSAL_PERIOD = 14 * 24 * 3600
MAX_GOVERNORS = 128
MAX_ACCOUNTS = 16


def actor_of(ledger: Ledger, at: Moment, roles: int) -> int:
    """The participant that the sender acts for, if it may act in one of `roles` now."""
    account = ledger.account.get(at.sender, NO_ACCOUNT)
    if not account.number:
        raise errors.NotParticipant(at.sender)
    if account.status != Status.ACTIVE:
        raise errors.ParticipantSuspended(account.number)
    if at.now > account.valid_until:
        if account.valid_until == account.own_until:
            raise errors.AccountExpired(at.sender, account.valid_until)
        raise errors.ParticipantExpired(account.number, account.valid_until)
    if not account.roles & roles:
        raise errors.RoleMissing(account.number, account.roles, int(roles))
    return account.number


def signer_of(ledger: Ledger, at: Moment, signer: str, roles: int) -> int:
    """`actor_of` for an account whose signature stands in for its transaction."""
    number = actor_of(ledger, Moment(at.now, signer), roles)
    given = ledger.account[signer].roles
    if not given & Role.SIGNER:
        raise errors.RoleMissing(number, given, int(Role.SIGNER))
    return number


def number_of(ledger: Ledger, account: str) -> int:
    """The participant of an account, whatever its status; 0 for nobody's."""
    return ledger.account.get(account, NO_ACCOUNT).number


def has_role(ledger: Ledger, number: int, roles: int) -> bool:
    """Whether a participant has one of `roles`, whatever its status."""
    participant = ledger.participant.get(number)
    return participant is not None and bool(participant.roles & roles)


def account_has_role(ledger: Ledger, account: str, roles: int) -> bool:
    """Whether an account may act in one of `roles` by its own scope, whatever its status."""
    return bool(ledger.account.get(account, NO_ACCOUNT).roles & roles)


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
    proposer = ledger.governor[at.sender]
    ledger.proposal[number] = Proposal(expires_at, ProposalState.OPEN, proposer, bit, calls_hash)
    return (events.ProposalMade(number, at.sender, calls_hash, expires_at),)


def approve(ledger: Ledger, at: Moment, number: int) -> tuple[events.Event, ...]:
    """Another governor approves, once."""
    bit = _governor_bit(ledger, at)
    proposal = _open_proposal(ledger, at, number)
    if proposal.approvals & bit:
        raise errors.AlreadyApproved(number, at.sender)
    ledger.proposal[number] = replace(proposal, approvals=proposal.approvals | bit)
    return (events.ProposalApproved(number, at.sender),)


def revoke_approval(ledger: Ledger, at: Moment, number: int) -> tuple[events.Event, ...]:
    """A governor takes an approval back while the proposal is open."""
    bit = _governor_bit(ledger, at)
    proposal = _open_proposal(ledger, at, number)
    if not proposal.approvals & bit:
        raise errors.NotApproved(number, at.sender)
    ledger.proposal[number] = replace(proposal, approvals=proposal.approvals & ~bit)
    return (events.ApprovalRevoked(number, at.sender),)


def cancel(ledger: Ledger, at: Moment, number: int) -> tuple[events.Event, ...]:
    """The governor who proposed takes the proposal back."""
    _governor_bit(ledger, at)
    proposal = _open_proposal(ledger, at, number)
    if proposal.proposer != ledger.governor[at.sender]:
        raise errors.NotOwnProposal(number, at.sender)
    ledger.proposal[number] = replace(proposal, state=ProposalState.CANCELLED)
    return (events.ProposalCancelled(number, at.sender),)


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
    ledger.proposal[number] = replace(proposal, state=ProposalState.EXECUTED)
    return (events.ProposalExecuted(number, at.sender),)


def add_governor(ledger: Ledger, at: Moment, account: str) -> tuple[events.Event, ...]:
    """Governance lets another account govern."""
    require_governance(ledger, at)
    return (_add_governor(ledger, account),)


def remove_governor(ledger: Ledger, at: Moment, account: str) -> tuple[events.Event, ...]:
    """Governance removes a governor, as long as enough are left to decide."""
    require_governance(ledger, at)
    left = ledger.governors & ~_bit_of(ledger, account)
    if ledger.threshold > left.bit_count():
        raise errors.BadThreshold(ledger.threshold, left.bit_count())
    ledger.governor[account] = 0
    ledger.governors = left
    return (events.GovernorRemoved(account),)


def rotate_governor(ledger: Ledger, at: Moment, old: str, account: str) -> tuple[events.Event, ...]:
    """Governance puts another account in a governor's place; what the old one approved counts no more."""
    require_governance(ledger, at)
    bit = _bit_of(ledger, old)
    # The old account has left when the new one comes: an account may even take its own place.
    _check_governor(ledger, account, but=old)
    ledger.governor[old] = 0
    ledger.governors &= ~bit
    _give_governor_bit(ledger, account)
    return (events.GovernorRotated(old, account),)


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
    _check_free(ledger, account)
    number = len(ledger.participant) + 1
    ledger.participant[number] = Participant(roles, Status.ACTIVE, valid_until, 0)
    ledger.legal_id[number] = legal_id_hash
    ledger.number_of_legal_id[legal_id_hash] = number
    admitted = events.Admitted(number, legal_id_hash, roles, valid_until)
    return (admitted, _add_account(ledger, at, number, account, int(FULL_SCOPE), 0))


def set_roles(
    ledger: Ledger, at: Moment, number: int, roles: int, valid_until: int
) -> tuple[events.Event, ...]:
    """Governance changes what a participant may do, and until when."""
    require_governance(ledger, at)
    participant = _known(ledger, number)
    _check_roles(at, roles, valid_until)
    ledger.participant[number] = replace(participant, roles=roles, valid_until=valid_until)
    _refresh_accounts(ledger, number)
    return (events.RolesSet(number, roles, valid_until),)


def suspend(ledger: Ledger, at: Moment, number: int, reason: bytes) -> tuple[events.Event, ...]:
    """Governance stops a participant: from now on its accounts are refused everywhere."""
    require_governance(ledger, at)
    participant = _known(ledger, number)
    if participant.status != Status.ACTIVE:
        raise errors.ParticipantSuspended(number)
    ledger.participant[number] = replace(participant, status=Status.SUSPENDED)
    _refresh_accounts(ledger, number)
    return (events.Suspended(number, reason),)


def reinstate(ledger: Ledger, at: Moment, number: int, reason: bytes) -> tuple[events.Event, ...]:
    """Governance lets a suspended participant act again."""
    require_governance(ledger, at)
    participant = _known(ledger, number)
    if participant.status != Status.SUSPENDED:
        raise errors.NotSuspended(number)
    ledger.participant[number] = replace(participant, status=Status.ACTIVE)
    _refresh_accounts(ledger, number)
    return (events.Reinstated(number, reason),)


def add_account(
    ledger: Ledger, at: Moment, number: int, account: str, scope: int, valid_until: int
) -> tuple[events.Event, ...]:
    """A participant adds an account of its own; governance may for anyone, to recover it.

    `valid_until` 0 is as long as the participant.
    """
    _check_scope(at, scope, valid_until)
    _check_giver(ledger, at, number, scope, valid_until)
    _check_free(ledger, account)
    if ledger.participant[number].accounts >= MAX_ACCOUNTS:
        raise errors.TooManyAccounts(number)
    return (_add_account(ledger, at, number, account, scope, valid_until),)


def set_scope(
    ledger: Ledger, at: Moment, account: str, scope: int, valid_until: int
) -> tuple[events.Event, ...]:
    """A participant, or governance, changes what an account may do and for how long."""
    known = _account(ledger, account)
    _check_scope(at, scope, valid_until)
    _check_giver(ledger, at, known.number, known.scope, known.own_until)
    _check_giver(ledger, at, known.number, scope, valid_until)
    changed = _account_of(ledger, known.number, scope, valid_until)
    if not _stays_for_good(changed):
        _check_other_admin(ledger, known.number, account)
    ledger.account[account] = changed
    return (events.ScopeSet(known.number, account, scope, valid_until, at.sender),)


def rotate_account(ledger: Ledger, at: Moment, old: str, account: str) -> tuple[events.Event, ...]:
    """A participant, or governance, puts an account in the place of an old one, same scope and end."""
    known = _account(ledger, old)
    _check_giver(ledger, at, known.number, known.scope, known.own_until)
    _check_free(ledger, account)
    ledger.account_at[known.number, _index_of(ledger, known.number, old)] = account
    ledger.account[old] = NO_ACCOUNT
    ledger.account[account] = known
    return (events.AccountRotated(known.number, old, account, at.sender),)


def remove_account(ledger: Ledger, at: Moment, account: str) -> tuple[events.Event, ...]:
    """A participant, or governance, removes an account, but never the last administrator without an end."""
    known = _account(ledger, account)
    number = known.number
    _check_giver(ledger, at, number, known.scope, known.own_until)
    _check_other_admin(ledger, number, account)
    last = ledger.participant[number].accounts - 1
    # The last account fills the gap.
    ledger.account_at[number, _index_of(ledger, number, account)] = ledger.account_at[number, last]
    ledger.account_at[number, last] = NOBODY
    ledger.account[account] = NO_ACCOUNT
    ledger.participant[number] = replace(ledger.participant[number], accounts=last)
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
    if proposal.state != ProposalState.OPEN:
        raise errors.ProposalDone(number)
    if at.now > proposal.expires_at:
        raise errors.ProposalExpired(number, proposal.expires_at)
    return proposal


def _bit_of(ledger: Ledger, governor: str) -> int:
    bit_plus_one = ledger.governor.get(governor, 0)
    if not bit_plus_one:
        raise errors.GovernorUnknown(governor)
    return 1 << (bit_plus_one - 1)


def _check_governor(ledger: Ledger, account: str, but: str = "") -> None:
    """Whether an account may be given the next bit; `but` is about to leave."""
    if account == NOBODY:
        raise errors.AccountEmpty()
    if account != but and ledger.governor.get(account, 0):
        raise errors.GovernorExists(account)
    if ledger.governors_ever >= MAX_GOVERNORS:
        raise errors.TooManyGovernors()


def _give_governor_bit(ledger: Ledger, account: str) -> None:
    ledger.governors |= 1 << ledger.governors_ever
    ledger.governors_ever += 1
    ledger.governor[account] = ledger.governors_ever


def _add_governor(ledger: Ledger, account: str) -> events.Event:
    _check_governor(ledger, account)
    _give_governor_bit(ledger, account)
    return events.GovernorAdded(account)


def _set_threshold(ledger: Ledger, approvals: int) -> events.Event:
    count = ledger.governors.bit_count()
    if not 2 <= approvals <= count:
        raise errors.BadThreshold(approvals, count)
    ledger.threshold = approvals
    return events.ThresholdSet(approvals)


def _account(ledger: Ledger, account: str) -> Account:
    known = ledger.account.get(account, NO_ACCOUNT)
    if not known.number:
        raise errors.NotParticipant(account)
    return known


def _account_of(ledger: Ledger, number: int, scope: int, own_until: int) -> Account:
    """What an account of a participant may do with a scope and an end of its own."""
    participant = ledger.participant[number]
    return Account(
        number=number,
        scope=scope,
        roles=participant.roles & scope | scope & int(CAPABILITIES),
        status=participant.status,
        valid_until=min(own_until or participant.valid_until, participant.valid_until),
        own_until=own_until,
    )


def _add_account(
    ledger: Ledger, at: Moment, number: int, account: str, scope: int, own_until: int
) -> events.Event:
    participant = ledger.participant[number]
    ledger.account_at[number, participant.accounts] = account
    ledger.participant[number] = replace(participant, accounts=participant.accounts + 1)
    ledger.account[account] = _account_of(ledger, number, scope, own_until)
    return events.AccountAdded(number, account, scope, own_until, at.sender)


def accounts_of(ledger: Ledger, number: int) -> list[str]:
    """The accounts of a participant, in the order of their places."""
    return [ledger.account_at[number, index] for index in range(ledger.participant[number].accounts)]


def _refresh_accounts(ledger: Ledger, number: int) -> None:
    """What changed for a participant is written to each of its accounts."""
    for account in accounts_of(ledger, number):
        known = ledger.account[account]
        ledger.account[account] = _account_of(ledger, number, known.scope, known.own_until)


def _index_of(ledger: Ledger, number: int, account: str) -> int:
    return accounts_of(ledger, number).index(account)


def _check_free(ledger: Ledger, account: str) -> None:
    if account == NOBODY:
        raise errors.AccountEmpty()
    taken = number_of(ledger, account)
    if taken:
        raise errors.AccountTaken(account, taken)


def _check_scope(at: Moment, scope: int, valid_until: int) -> None:
    if scope == 0 or scope & ~int(ALL_ROLES | ATTRIBUTES | CAPABILITIES):
        raise errors.BadScope(scope)
    if valid_until and valid_until <= at.now:
        raise errors.BadValidity(valid_until)


def _check_giver(ledger: Ledger, at: Moment, number: int, scope: int, valid_until: int) -> None:
    """Governance may give anything; an administrator what lies within its own scope and time.

    One with every role may also give the two sides of a desk, which can do no more than it. What an account
    has can be taken from it only by one who could have given it.
    """
    _known(ledger, number)
    if at.sender == ledger.governance:
        return
    giver = ledger.account.get(at.sender, NO_ACCOUNT)
    if giver.number != number:
        raise errors.NotParticipant(at.sender)
    actor_of(ledger, at, Role.ADMIN)
    given = giver.scope
    if given & ALL_ROLES == ALL_ROLES:
        given |= Role.MAKER | Role.CHECKER
    if scope & ~given:
        raise errors.ScopeExceeded(at.sender, giver.scope, scope)
    if giver.own_until and not 0 < valid_until <= giver.own_until:
        raise errors.ValidityExceeded(at.sender, giver.own_until, valid_until)


def _stays_for_good(account: Account) -> bool:
    return bool(account.scope & Role.ADMIN) and account.own_until == 0


def _check_other_admin(ledger: Ledger, number: int, account: str) -> None:
    others = (other for other in accounts_of(ledger, number) if other != account)
    if not any(_stays_for_good(ledger.account[other]) for other in others):
        raise errors.LastAdmin(number)


def _known(ledger: Ledger, number: int) -> Participant:
    participant = ledger.participant.get(number)
    if participant is None:
        raise errors.ParticipantUnknown(number)
    return participant


def _check_roles(at: Moment, roles: int, valid_until: int) -> None:
    if not roles & ALL_ROLES or roles & ~int(ALL_ROLES | ATTRIBUTES):
        raise errors.BadRoles(roles)
    if valid_until <= at.now:
        raise errors.BadValidity(valid_until)
