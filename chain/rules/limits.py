"""Limits: how much a debtor may owe on the ledger, and when it may issue nothing.

A proposal reserves of its debtor's limit and of its group's, confirmation commits, and payment, or whatever
else ends the debt, releases (I-12, I-13). A lower limit blocks new issues and touches nothing outstanding.

A debtor that is stopped issues nothing. A stop has a cause (a bond default, bills persistently overdue, a
court's order) and is lifted by governors on evidence; an unpaid receivable stops its debtor once the days of
grace are over, which anyone may say, and no longer once it is paid (I-28; 银发〔2025〕77号 article 15).
"""

from __future__ import annotations

from dataclasses import replace

from chain import errors, events
from chain.rules.participants import actor_of, has_role, require_active, require_governance
from chain.rules.policies import LIMIT_NEEDED, OVERDUE_GRACE, policy_of
from chain.rules.state import (
    NO_LIMIT,
    Ledger,
    Limit,
    Moment,
    Receivable,
    ReceivableState,
    Role,
)

STOPPERS = Role.ATTESTER | Role.SETTLEMENT_BANK | Role.OPERATOR | Role.REGULATOR
NO_CAUSE = bytes(32)
UNLIMITED = 2**64 - 1


def set_limit(
    ledger: Ledger, at: Moment, debtor: int, currency: int, amount: int
) -> tuple[events.Event, ...]:
    """Governors set what a debtor may owe in a currency (ISO 4217 numeric) at any time."""
    require_governance(ledger, at)
    _check_debtor(ledger, at, debtor, currency)
    known = ledger.limit.get((debtor, currency), NO_LIMIT)
    ledger.limit[debtor, currency] = replace(known, amount=amount, set=True)
    return (events.LimitSet(debtor, currency, amount),)


def set_group_limit(
    ledger: Ledger, at: Moment, group: int, currency: int, amount: int
) -> tuple[events.Event, ...]:
    """Governors set what the debtors of a group may owe together; a group is known by its head."""
    require_governance(ledger, at)
    _check_debtor(ledger, at, group, currency)
    known = ledger.group_limit.get((group, currency), NO_LIMIT)
    ledger.group_limit[group, currency] = replace(known, amount=amount, set=True)
    return (events.GroupLimitSet(group, currency, amount),)


def set_group(ledger: Ledger, at: Moment, debtor: int, group: int) -> tuple[events.Event, ...]:
    """Governors put a debtor into a group, or with 0 into none, for what it issues from here on."""
    require_governance(ledger, at)
    require_active(ledger, at, debtor, Role.DEBTOR)
    if group:
        require_active(ledger, at, group, Role.DEBTOR)
    ledger.group_of[debtor] = group
    return (events.GroupSet(debtor, group),)


def lift(ledger: Ledger, at: Moment, debtor: int, document: bytes) -> tuple[events.Event, ...]:
    """Governors lift a stop, on evidence that its cause is over."""
    require_governance(ledger, at)
    if not any(ledger.stop_cause.get(debtor, NO_CAUSE)):
        raise errors.NotStopped(debtor)
    if not any(document):
        raise errors.DocumentEmpty()
    ledger.stop_cause[debtor] = NO_CAUSE
    return (events.StopLifted(debtor, document),)


def stop(ledger: Ledger, at: Moment, debtor: int, cause: bytes, document: bytes) -> tuple[events.Event, ...]:
    """One who knows of a cause stops a debtor's issues at once, on evidence."""
    actor = actor_of(ledger, at, STOPPERS)
    if not has_role(ledger, debtor, Role.DEBTOR):
        raise errors.DebtorUnknown(debtor)
    if not any(cause):
        raise errors.CauseEmpty()
    if not any(document):
        raise errors.DocumentEmpty()
    known = ledger.stop_cause.get(debtor, NO_CAUSE)
    if any(known):
        raise errors.AlreadyStopped(debtor, known)
    ledger.stop_cause[debtor] = cause
    return (events.IssueStopped(debtor, actor, cause, document, at.sender),)


def stop_overdue(ledger: Ledger, at: Moment, number: int) -> tuple[events.Event, ...]:
    """Anyone counts a receivable that is overdue against its debtor."""
    receivable = _known(ledger, number)
    if ledger.overdue_stop.get(number, False):
        raise errors.AlreadyCounted(number)
    overdue_from = receivable.due_at + policy_of(ledger, at, OVERDUE_GRACE)
    if receivable.state != ReceivableState.OPEN or at.now <= overdue_from:
        raise errors.NotOverdue(number, overdue_from, OVERDUE_GRACE)
    ledger.overdue_stop[number] = True
    ledger.overdue_count[receivable.debtor] = ledger.overdue_count.get(receivable.debtor, 0) + 1
    return (events.OverdueStopped(receivable.debtor, number, at.sender),)


def lift_overdue(ledger: Ledger, at: Moment, number: int) -> tuple[events.Event, ...]:
    """Anyone takes a receivable off again once it is paid."""
    receivable = _known(ledger, number)
    if not ledger.overdue_stop.get(number, False):
        raise errors.NotCounted(number)
    if receivable.state == ReceivableState.OPEN:
        raise errors.StillOwed(number)
    ledger.overdue_stop[number] = False
    ledger.overdue_count[receivable.debtor] -= 1
    return (events.OverdueLifted(receivable.debtor, number, at.sender),)


def check_not_stopped(ledger: Ledger, debtor: int) -> None:
    """Refuses a debtor that may issue nothing now."""
    cause, overdue = ledger.stop_cause.get(debtor, NO_CAUSE), ledger.overdue_count.get(debtor, 0)
    if any(cause) or overdue:
        raise errors.DebtorStopped(debtor, cause, overdue)


def check_limits(ledger: Ledger, at: Moment, debtor: int, currency: int, amount: int) -> int:
    """Refuses a debtor that may not owe this much more; returns the group that the amount counts for."""
    check_not_stopped(ledger, debtor)
    own = ledger.limit.get((debtor, currency), NO_LIMIT)
    if not own.set and policy_of(ledger, at, LIMIT_NEEDED):
        raise errors.LimitMissing(debtor, currency, LIMIT_NEEDED)
    if amount > _available(own):
        raise errors.LimitExceeded(debtor, amount, _available(own))
    group = ledger.group_of.get(debtor, 0)
    shared = ledger.group_limit.get((group, currency), NO_LIMIT) if group else NO_LIMIT
    if amount > _available(shared):
        raise errors.GroupLimitExceeded(group, amount, _available(shared))
    return group


def use_limits(
    ledger: Ledger, debtor: int, group: int, currency: int, reserved: int = 0, committed: int = 0
) -> None:
    """Adds to what is reserved and committed of a debtor's limit and of its group's; negative gives back."""
    own = ledger.limit.get((debtor, currency), NO_LIMIT)
    ledger.limit[debtor, currency] = _used(own, reserved, committed)
    if group:
        shared = ledger.group_limit.get((group, currency), NO_LIMIT)
        ledger.group_limit[group, currency] = _used(shared, reserved, committed)


def release(ledger: Ledger, receivable: Receivable, amount: int) -> None:
    """A confirmed debt was paid, in part or whole, or is void."""
    use_limits(ledger, receivable.debtor, receivable.group, receivable.currency, committed=-amount)


def _used(limit: Limit, reserved: int, committed: int) -> Limit:
    return replace(limit, reserved=limit.reserved + reserved, committed=limit.committed + committed)


def _available(limit: Limit) -> int:
    """What may still be owed; nothing where the limit was lowered below what is."""
    if not limit.set:
        return UNLIMITED
    return max(limit.amount - limit.reserved - limit.committed, 0)


def _check_debtor(ledger: Ledger, at: Moment, debtor: int, currency: int) -> None:
    require_active(ledger, at, debtor, Role.DEBTOR)
    if currency == 0:
        raise errors.CurrencyEmpty()


def _known(ledger: Ledger, number: int) -> Receivable:
    receivable = ledger.receivable.get(number)
    if receivable is None:
        raise errors.ReceivableUnknown(number)
    return receivable
