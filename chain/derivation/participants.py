"""What governors and participants do about who may act, from its events."""

from __future__ import annotations

from chain import events as ev
from chain.rules import desk, participants
from chain.rules.state import Ledger, Moment

Happened = tuple[ev.Event, ...]


def decided(ledger: Ledger, at: Moment, event: ev.Event, before: Happened) -> Happened | None:
    """What the rules log for a decision of governance; None if the event is of none of these.

    `before` are the events of the same call that came before this one.
    """
    match event, before:
        case ev.GovernorAdded(), ():
            return participants.add_governor(ledger, at, event.account)
        case ev.GovernorRemoved(), ():
            return participants.remove_governor(ledger, at, event.account)
        case ev.GovernorRotated(), ():
            return participants.rotate_governor(ledger, at, event.old, event.account)
        case ev.ThresholdSet(), ():
            return participants.set_threshold(ledger, at, event.threshold)
        case ev.RolesSet(), ():
            return participants.set_roles(ledger, at, event.number, event.roles, event.valid_until)
        case ev.Suspended(), ():
            return participants.suspend(ledger, at, event.number, event.reason)
        case ev.Reinstated(), ():
            return participants.reinstate(ledger, at, event.number, event.reason)
        case ev.AccountAdded(), (ev.Admitted() as admitted,):
            return participants.admit(
                ledger,
                at,
                admitted.legal_id_hash,
                admitted.roles,
                admitted.valid_until,
                event.account,
            )
        case _:
            return None


def acted(ledger: Ledger, at: Moment, event: ev.Event, _: Happened) -> Happened | None:
    """What the rules log for the act behind an event; None if it is none of these."""
    match event:
        case ev.ProposalMade():
            return participants.propose(ledger, at, event.calls_hash)
        case ev.ProposalApproved():
            return participants.approve(ledger, at, event.id)
        case ev.ApprovalRevoked():
            return participants.revoke_approval(ledger, at, event.id)
        case ev.ProposalCancelled():
            return participants.cancel(ledger, at, event.id)
        case ev.ProposalExecuted():
            return participants.execute(ledger, at, event.id, ledger.proposal[event.id].calls_hash)
        case ev.AccountAdded():
            return participants.add_account(
                ledger, at, event.number, event.account, event.scope, event.valid_until
            )
        case ev.ScopeSet():
            return participants.set_scope(ledger, at, event.account, event.scope, event.valid_until)
        case ev.AccountRotated():
            return participants.rotate_account(ledger, at, event.old, event.account)
        case ev.AccountRemoved():
            return participants.remove_account(ledger, at, event.account)
        case ev.HandOpened():
            return desk.open_hand(ledger, at)
        case ev.DraftMade():
            return desk.make(ledger, at, event.target, event.call_hash)
        case ev.DraftChecked():
            return desk.check(ledger, at, event.id, ledger.draft[event.id].call_hash)
        case ev.DraftRejected():
            return desk.reject(ledger, at, event.id, event.reason)
        case ev.DraftCancelled():
            return desk.cancel(ledger, at, event.id)
        case _:
            return None
