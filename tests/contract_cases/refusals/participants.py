"""Who may act, and what governors may decide."""

from __future__ import annotations

from collections.abc import Callable

from chain import errors, events
from chain.deployment import DAY
from chain.errors import LedgerRefusal
from chain.ledger import only
from chain.rules.participants import MAX_ACCOUNTS
from chain.rules.state import ALL_ROLES, FULL_SCOPE, NOBODY, Role, Statement
from chain.sending import Sent
from tests.chain.scenario import GOVERNORS, LAPSED, REASON, SUSPENDED, Scene, hash_of_calls, signer_of
from tests.contract_cases.cases import CASES, NOWHERE, Refused, case, newcomer

FULL, ALL = int(FULL_SCOPE), int(ALL_ROLES)


def _attest(s: Scene, by: str) -> Callable[[], Sent]:
    statement = Statement(s.fresh(), 1, s.fresh(), 1, 0)
    return lambda: s.ledger.attestations.attest(s.signers[by], statement)


# Who may act


@case
def an_account_of_nobody(s: Scene) -> Refused:
    return _attest(s, "stranger"), errors.NotParticipant(s.signers["stranger"].address)


@case
def a_suspended_participant(s: Scene) -> Refused:
    return _attest(s, "suspended"), errors.ParticipantSuspended(SUSPENDED)


@case
def a_participant_whose_validity_is_over(s: Scene) -> Refused:
    until = s.ledger.participants.participant(LAPSED).valid_until
    return _attest(s, "lapsed"), errors.ParticipantExpired(LAPSED, until)


@case
def a_participant_without_the_role(s: Scene) -> Refused:
    has = s.ledger.participants.account(s.signers["auditor"].address).roles
    return _attest(s, "auditor"), errors.RoleMissing(s.numbers["auditor"], has, Role.ATTESTER)


@case
def a_delegate_after_its_end(s: Scene) -> Refused:
    until = s.now() + DAY
    delegate = f"delegate {s.fresh().hex()}"
    signer = s.account(newcomer(s, Role.ATTESTER), delegate, int(Role.ATTESTER), until)
    s.wait(2 * DAY)
    return _attest(s, delegate), errors.AccountExpired(signer.address, until)


@case
def a_delegate_outside_its_scope(s: Scene) -> Refused:
    of = newcomer(s, Role.ATTESTER | Role.SUPPLIER)
    delegate = f"delegate {s.fresh().hex()}"
    s.account(of, delegate, int(Role.SUPPLIER))
    return _attest(s, delegate), errors.RoleMissing(s.numbers[of], Role.SUPPLIER, Role.ATTESTER)


# Accounts


def _add(
    s: Scene, by: str, account: str, scope: int = FULL, valid_until: int = 0, number: int = 0
) -> Callable[[], Sent]:
    to = number or s.numbers["supplier"]
    return lambda: s.ledger.participants.add_account(s.signers[by], to, account, scope, valid_until)


@case
def an_account_for_nobody(s: Scene) -> Refused:
    return _add(s, "supplier", NEW, number=NOWHERE), errors.ParticipantUnknown(NOWHERE)


@case
def an_account_for_somebody_else(s: Scene) -> Refused:
    bank = s.signers["bank"].address
    return _add(s, "bank", NEW), errors.NotParticipant(bank)


@case
def somebody_elses_account_to_add(s: Scene) -> Refused:
    bank = s.signers["bank"].address
    return _add(s, "supplier", bank), errors.AccountTaken(bank, s.numbers["bank"])


@case
def the_zero_address_to_add(s: Scene) -> Refused:
    return _add(s, "supplier", NOBODY), errors.AccountEmpty()


@case
def a_scope_of_nothing(s: Scene) -> Refused:
    return _add(s, "supplier", NEW, 0), errors.BadScope(0)


@case
def a_scope_that_is_none(s: Scene) -> Refused:
    return _add(s, "supplier", NEW, 1 << 31), errors.BadScope(1 << 31)


@case
def an_account_that_has_ended_already(s: Scene) -> Refused:
    return _add(s, "supplier", NEW, FULL, 1), errors.BadValidity(1)


def _delegate(s: Scene, scope: int, valid_until: int = 0) -> str:
    """Somebody of a supplier with a scope of its own; `numbers` knows it as of that supplier."""
    of, name = newcomer(s, Role.SUPPLIER), f"delegate {s.fresh().hex()}"
    s.account(of, name, scope, valid_until)
    s.numbers[name] = s.numbers[of]
    return name


@case
def an_account_by_who_does_not_administer(s: Scene) -> Refused:
    name = _delegate(s, int(Role.SUPPLIER))
    return _add(s, name, NEW, number=s.numbers[name]), errors.RoleMissing(
        s.numbers[name], Role.SUPPLIER, Role.ADMIN
    )


@case
def more_scope_than_the_giver_has(s: Scene) -> Refused:
    scope = int(Role.ADMIN | Role.SUPPLIER)
    name = _delegate(s, scope)
    return _add(s, name, NEW, FULL, number=s.numbers[name]), errors.ScopeExceeded(
        s.signers[name].address, scope, FULL
    )


@case
def more_time_than_the_giver_has(s: Scene) -> Refused:
    until = s.now() + DAY
    name = _delegate(s, FULL, until)
    return _add(s, name, NEW, number=s.numbers[name]), errors.ValidityExceeded(
        s.signers[name].address, until, 0
    )


@case
def the_place_of_who_may_do_more(s: Scene) -> Refused:
    scope = int(Role.ADMIN | Role.SUPPLIER)
    name = _delegate(s, scope)
    (greater, _) = s.ledger.participants.accounts(s.numbers[name])
    return (
        lambda: s.ledger.participants.rotate_account(s.signers[name], greater, NEW),
        errors.ScopeExceeded(s.signers[name].address, scope, FULL),
    )


@case
def one_account_too_many(s: Scene) -> Refused:
    name = newcomer(s, Role.SUPPLIER)
    number = s.numbers[name]
    calls = [
        s.ledger.participants.encoded(
            "addAccount", number, signer_of(f"{name} {n}").address, int(Role.SUPPLIER), 0
        )
        for n in range(1, MAX_ACCOUNTS)
    ]
    s.govern(*calls)
    return _add(s, name, NEW, number=number), errors.TooManyAccounts(number)


@case
def the_last_administrator_to_remove(s: Scene) -> Refused:
    carrier = s.signers["carrier"]
    return (
        lambda: s.ledger.participants.remove_account(carrier, carrier.address),
        errors.LastAdmin(s.numbers["carrier"]),
    )


@case
def the_last_administrator_to_narrow(s: Scene) -> Refused:
    carrier = s.signers["carrier"]
    return (
        lambda: s.ledger.participants.set_scope(carrier, carrier.address, int(Role.MAKER)),
        errors.LastAdmin(s.numbers["carrier"]),
    )


# Governance


@case
def a_proposal_by_no_governor(s: Scene) -> Refused:
    anchor = s.signers["anchor"]
    return lambda: s.ledger.participants.propose(anchor, []), errors.NotGovernor(anchor.address)


@case
def an_approval_of_nothing(s: Scene) -> Refused:
    return (
        lambda: s.ledger.participants.approve(GOVERNORS[1], NOWHERE),
        errors.ProposalUnknown(NOWHERE),
    )


@case
def a_second_approval_by_the_same_governor(s: Scene) -> Refused:
    made = only(s.ledger.participants.propose(GOVERNORS[0], []), events.ProposalMade)
    return (
        lambda: s.ledger.participants.approve(GOVERNORS[0], made.id),
        errors.AlreadyApproved(made.id, GOVERNORS[0].address),
    )


@case
def an_approval_to_revoke_that_was_not_given(s: Scene) -> Refused:
    made = only(s.ledger.participants.propose(GOVERNORS[0], []), events.ProposalMade)
    return (
        lambda: s.ledger.participants.revoke_approval(GOVERNORS[1], made.id),
        errors.NotApproved(made.id, GOVERNORS[1].address),
    )


@case
def a_proposal_of_another_to_cancel(s: Scene) -> Refused:
    made = only(s.ledger.participants.propose(GOVERNORS[0], []), events.ProposalMade)
    return (
        lambda: s.ledger.participants.cancel(GOVERNORS[1], made.id),
        errors.NotOwnProposal(made.id, GOVERNORS[1].address),
    )


@case
def an_execution_before_enough_have_approved(s: Scene) -> Refused:
    made = only(s.ledger.participants.propose(GOVERNORS[0], []), events.ProposalMade)
    return (
        lambda: s.ledger.participants.execute(GOVERNORS[0], made.id, []),
        errors.ApprovalsMissing(made.id, 1, 2),
    )


@case
def other_calls_than_were_proposed(s: Scene) -> Refused:
    calls = [s.ledger.participants.encoded("setThreshold", 2)]
    made = only(s.ledger.participants.propose(GOVERNORS[0], calls), events.ProposalMade)
    s.ledger.participants.approve(GOVERNORS[1], made.id)
    return (
        lambda: s.ledger.participants.execute(GOVERNORS[0], made.id, []),
        errors.ProposalChanged(made.id, hash_of_calls(calls), hash_of_calls([])),
    )


@case
def a_proposal_that_is_done(s: Scene) -> Refused:
    done = only(s.govern(), events.ProposalExecuted)
    return (
        lambda: s.ledger.participants.approve(GOVERNORS[2], done.id),
        errors.ProposalDone(done.id),
    )


@case
def a_proposal_that_was_cancelled(s: Scene) -> Refused:
    made = only(s.ledger.participants.propose(GOVERNORS[0], []), events.ProposalMade)
    s.ledger.participants.cancel(GOVERNORS[0], made.id)
    return (
        lambda: s.ledger.participants.approve(GOVERNORS[1], made.id),
        errors.ProposalDone(made.id),
    )


@case
def a_proposal_that_has_expired(s: Scene) -> Refused:
    made = only(s.ledger.participants.propose(GOVERNORS[0], []), events.ProposalMade)
    s.wait(15 * DAY)
    return (
        lambda: s.ledger.participants.approve(GOVERNORS[1], made.id),
        errors.ProposalExpired(made.id, made.expires_at),
    )


@case
def a_call_to_what_does_not_answer(s: Scene) -> Refused:
    return lambda: s.govern((s.ledger.attestations.address, b"")), errors.CallFailed(0)


@case
def a_call_to_where_there_is_no_contract(s: Scene) -> Refused:
    nobody = s.signers["anchor"].address
    threshold = s.ledger.participants.encoded("setThreshold", 2)
    return lambda: s.govern(threshold, (nobody, threshold[1])), errors.NoContract(nobody)


@case
def governance_without_a_proposal(s: Scene) -> Refused:
    anchor = s.signers["anchor"]
    return (
        lambda: s.ledger.participants._send(anchor, "suspend", 1, REASON),
        errors.NotGovernance(anchor.address),
    )


def _decided(
    name: str, expected: Callable[[Scene], LedgerRefusal], function: str, *arguments: object
) -> None:
    """A case of what governance may not decide either."""

    def build(s: Scene) -> Refused:
        return lambda: s.govern(s.ledger.participants.encoded(function, *arguments)), expected(s)

    CASES[name] = build


FOREVER = 2**40 - 1
NEW = signer_of("newcomer").address
FIRST, SECOND = GOVERNORS[0].address, GOVERNORS[1].address
_decided("a_threshold_of_one", lambda _: errors.BadThreshold(1, 3), "setThreshold", 1)
_decided("a_threshold_above_all", lambda _: errors.BadThreshold(4, 3), "setThreshold", 4)
_decided("a_governor_twice", lambda _: errors.GovernorExists(FIRST), "addGovernor", FIRST)
_decided("a_governor_who_is_none", lambda _: errors.GovernorUnknown(NEW), "removeGovernor", NEW)
_decided("a_place_of_no_governor", lambda _: errors.GovernorUnknown(NEW), "rotateGovernor", NEW, FIRST)
_decided("a_place_for_who_governs", lambda _: errors.GovernorExists(SECOND), "rotateGovernor", FIRST, SECOND)
_decided(
    "an_admission_without_identity", lambda _: errors.LegalIdEmpty(), "admit", bytes(32), 1, FOREVER, NEW
)
_decided("an_admission_without_roles", lambda _: errors.BadRoles(0), "admit", REASON, 0, FOREVER, NEW)
_decided(
    "an_admission_of_a_mere_size",
    lambda _: errors.BadRoles(Role.SMALL_FIRM),
    *("admit", REASON, int(Role.SMALL_FIRM), FOREVER, NEW),
)
_decided(
    "a_capability_as_a_role",
    lambda _: errors.BadRoles(ALL | Role.ADMIN),
    *("setRoles", 1, ALL | int(Role.ADMIN), FOREVER),
)
_decided("a_validity_in_the_past", lambda _: errors.BadValidity(1), "setRoles", 1, 1, 1)
_decided("a_reinstatement_of_the_active", lambda _: errors.NotSuspended(1), "reinstate", 1, REASON)


@case
def an_organisation_admitted_twice(s: Scene) -> Refused:
    legal_id = s.ledger.participants.legal_id(s.numbers["bank"])
    call = s.ledger.participants.encoded("admit", legal_id, ALL, FOREVER, NEW)
    return lambda: s.govern(call), errors.LegalIdTaken(legal_id, s.numbers["bank"])
