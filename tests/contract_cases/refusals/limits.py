"""Debtors that may owe no more, or issue nothing; and stops that there cannot be."""

from __future__ import annotations

from chain import errors
from chain.deployment import DAY
from chain.naming import policy_key
from chain.rules.state import Role, receivable_of
from tests.chain.scenario import CNY, DOCUMENT, LIMIT, REASON, Scene
from tests.contract_cases.cases import NOWHERE, Refused, case, newcomer

NEEDED, GRACE = policy_key("limit.needed"), policy_key("issue.overdue-grace")


def _debtor(s: Scene, limit: int = LIMIT) -> str:
    """A debtor of its own for a case, with a limit."""
    name = newcomer(s, Role.DEBTOR)
    s.govern(s.ledger.limits.encoded("setLimit", s.numbers[name], CNY, limit))
    return name


def _propose(s: Scene, debtor: str, face: int = 100) -> object:
    return s.ledger.issuance.propose(s.signers["supplier"], s.terms(face, debtor=debtor))


def _govern(s: Scene, function: str, *arguments: object) -> object:
    return s.govern(s.ledger.limits.encoded(function, *arguments))


def _late(s: Scene, *, grace_over: bool = True) -> int:
    """A receivable that was due a moment ago, of a debtor of its own; or so long ago that it stops it."""
    debtor = _debtor(s)
    terms = s.terms(1_000, term=DAY, debtor=debtor)
    s.ledger.issuance.propose(s.signers["supplier"], terms)
    number = s.ledger.issuance.count()
    s.ledger.issuance.confirm(s.signers[debtor], number)
    s.wait(terms.due_at - s.now() + (2 * DAY if grace_over else 60))
    return number


@case
def a_limit_without_a_proposal(s: Scene) -> Refused:
    anchor = s.signers["anchor"]
    return (
        lambda: s.ledger.limits._send(anchor, "setLimit", s.numbers["anchor"], CNY, 1),
        errors.NotGovernance(anchor.address),
    )


@case
def a_limit_of_who_is_no_debtor(s: Scene) -> Refused:
    bank = s.numbers["bank"]
    expected = errors.RoleMissing(bank, Role.FINANCIER, Role.DEBTOR)
    return lambda: _govern(s, "setLimit", bank, CNY, 1), expected


@case
def a_limit_in_no_currency(s: Scene) -> Refused:
    return lambda: _govern(s, "setGroupLimit", s.numbers["anchor"], 0, 1), errors.CurrencyEmpty()


@case
def a_debtor_without_a_limit(s: Scene) -> Refused:
    name = newcomer(s, Role.DEBTOR)
    return lambda: _propose(s, name), errors.LimitMissing(s.numbers[name], CNY, NEEDED)


@case
def a_debt_beyond_the_limit(s: Scene) -> Refused:
    name = _debtor(s, 250)
    _propose(s, name, 100)
    return lambda: _propose(s, name, 151), errors.LimitExceeded(s.numbers[name], 151, 150)


@case
def a_debt_beyond_a_lowered_limit(s: Scene) -> Refused:
    name = _debtor(s, 250)
    _propose(s, name, 100)
    _govern(s, "setLimit", s.numbers[name], CNY, 50)
    return lambda: _propose(s, name, 1), errors.LimitExceeded(s.numbers[name], 1, 0)


@case
def a_debt_beyond_the_groups_limit(s: Scene) -> Refused:
    name, head = _debtor(s), newcomer(s, Role.DEBTOR)
    group = s.numbers[head]
    _govern(s, "setGroupLimit", group, CNY, 70)
    _govern(s, "setGroup", s.numbers[name], group)
    return lambda: _propose(s, name, 71), errors.GroupLimitExceeded(group, 71, 70)


@case
def an_issue_of_who_is_stopped(s: Scene) -> Refused:
    name = _debtor(s)
    s.ledger.limits.stop(s.signers["regulator"], s.numbers[name], REASON, DOCUMENT)
    return lambda: _propose(s, name), errors.DebtorStopped(s.numbers[name], REASON, 0)


@case
def a_confirmation_by_who_was_stopped_meanwhile(s: Scene) -> Refused:
    name = _debtor(s)
    _propose(s, name)
    number = s.ledger.issuance.count()
    s.ledger.limits.stop(s.signers["operator"], s.numbers[name], REASON, DOCUMENT)
    return (
        lambda: s.ledger.issuance.confirm(s.signers[name], number),
        errors.DebtorStopped(s.numbers[name], REASON, 0),
    )


@case
def a_stop_of_who_is_no_debtor(s: Scene) -> Refused:
    return (
        lambda: s.ledger.limits.stop(s.signers["regulator"], NOWHERE, REASON, DOCUMENT),
        errors.DebtorUnknown(NOWHERE),
    )


@case
def a_stop_without_a_cause(s: Scene) -> Refused:
    number = s.numbers["second anchor"]
    return (
        lambda: s.ledger.limits.stop(s.signers["regulator"], number, bytes(32), DOCUMENT),
        errors.CauseEmpty(),
    )


@case
def a_stop_without_evidence(s: Scene) -> Refused:
    number = s.numbers["second anchor"]
    return (
        lambda: s.ledger.limits.stop(s.signers["regulator"], number, REASON, bytes(32)),
        errors.DocumentEmpty(),
    )


@case
def a_second_stop(s: Scene) -> Refused:
    number = s.numbers[_debtor(s)]
    s.ledger.limits.stop(s.signers["regulator"], number, REASON, DOCUMENT)
    return (
        lambda: s.ledger.limits.stop(s.signers["operator"], number, DOCUMENT, DOCUMENT),
        errors.AlreadyStopped(number, REASON),
    )


@case
def a_stop_to_lift_that_there_is_not(s: Scene) -> Refused:
    number = s.numbers["second anchor"]
    return lambda: _govern(s, "lift", number, DOCUMENT), errors.NotStopped(number)


@case
def a_stop_lifted_without_evidence(s: Scene) -> Refused:
    number = s.numbers[_debtor(s)]
    s.ledger.limits.stop(s.signers["regulator"], number, REASON, DOCUMENT)
    return lambda: _govern(s, "lift", number, bytes(32)), errors.DocumentEmpty()


@case
def an_overdue_stop_within_the_days_of_grace(s: Scene) -> Refused:
    number = _late(s, grace_over=False)
    due_at = s.ledger.receivables.receivable(number).due_at
    return (
        lambda: s.ledger.limits.stop_overdue(s.signers["stranger"], number),
        errors.NotOverdue(number, due_at + DAY, GRACE),
    )


@case
def an_overdue_stop_of_nothing(s: Scene) -> Refused:
    return (
        lambda: s.ledger.limits.stop_overdue(s.signers["stranger"], NOWHERE),
        errors.ReceivableUnknown(NOWHERE),
    )


@case
def a_second_overdue_stop(s: Scene) -> Refused:
    number = _late(s)
    s.ledger.limits.stop_overdue(s.signers["stranger"], number)
    return (
        lambda: s.ledger.limits.stop_overdue(s.signers["stranger"], number),
        errors.AlreadyCounted(number),
    )


@case
def an_overdue_stop_to_lift_that_there_is_not(s: Scene) -> Refused:
    number = receivable_of(s.confirmed())
    return (
        lambda: s.ledger.limits.lift_overdue(s.signers["stranger"], number),
        errors.NotCounted(number),
    )


@case
def an_overdue_stop_lifted_before_it_is_paid(s: Scene) -> Refused:
    number = _late(s)
    s.ledger.limits.stop_overdue(s.signers["stranger"], number)
    s.pay(number, 999)
    return (
        lambda: s.ledger.limits.lift_overdue(s.signers["stranger"], number),
        errors.StillOwed(number),
    )
