"""From logged events back to state, through the rules.

Each event is turned into the call that must have caused it; the rules decide whether that call was lawful
and what it should have logged. An event that the rules refuse, or would have logged differently, ends the
derivation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chain import events as ev
from chain.derivation import evidence, financing, issue, participants, vouchers
from chain.derivation.participants import Happened
from chain.errors import LedgerRefusal
from chain.logs import LoggedEvent
from chain.rules.participants import found
from chain.rules.state import Ledger, Moment

_FOLLOWED_BY: Mapping[type[ev.Event], tuple[type[ev.Event], ...]] = {
    ev.GovernorAdded: (ev.GovernorAdded, ev.ThresholdSet),
    ev.Admitted: (ev.AccountAdded,),
    ev.AttestationSuperseded: (ev.Attested,),
    ev.InputAllowed: (ev.InputAllowed, ev.ConsentGranted),
    ev.AcceptanceCarried: (ev.Accepted,),
}
"""What comes next in a call of several events; governors come so only when the ledger is founded."""

Teller = Callable[[Ledger, Moment, ev.Event, Happened], Happened | None]
"""What the rules log for the call behind an event and those before it in the call; None if it cannot tell."""

_TELLERS: Mapping[str, tuple[Teller, ...]] = {
    "Participants": (participants.decided, participants.acted),
    "Desk": (participants.acted,),
    "Policies": (issue.decided,),
    "Attestations": (evidence.acted, evidence.decided),
    "Computations": (evidence.acted,),
    "Receivables": (vouchers.acted,),
    "Limits": (issue.acted, issue.decided),
    "Invoices": (issue.acted,),
    "Issuance": (issue.acted,),
    "Financing": (financing.acted,),
}
"""Who tells of the events of each contract."""


class Diverged(Exception):
    """The log cannot be what the rules would have written; `at` is the first entry that shows it."""

    def __init__(self, at: LoggedEvent, why: str) -> None:
        super().__init__(
            f"block {at.block}, transaction 0x{at.transaction}, log {at.log_index} "
            f"({at.contract}.{type(at.event).__name__}): {why}"
        )
        self.at = at
        self.why = why


@dataclass(slots=True)
class Derivation:
    """A ledger that grows event by event.

    `executing` is the transaction in which governance may act, `crediting` that in which the contract of
    invoices may; `checking` is by hand.
    """

    ledger: Ledger
    derived: int = 0
    executing: str = ""
    crediting: str = ""
    checking: dict[str, str] = field(default_factory=dict)
    _before: list[ev.Event] = field(default_factory=list)

    def take(self, logged: LoggedEvent, now: int) -> None:
        """Derives one event; they come in the order of the log.

        Raises:
            Diverged: the rules refuse the event or would have logged another.
        """
        event, before = logged.event, tuple(self._before)
        if before and not isinstance(event, _FOLLOWED_BY[type(before[-1])]):
            raise Diverged(logged, f"{type(before[-1]).__name__} must be followed by the rest of its call")
        if self._begins(event):
            self._before.append(event)
        else:
            self._before = []
            self._end(logged, now, before)
        self.derived += 1

    def _begins(self, event: ev.Event) -> bool:
        """Whether more of the call is to come after this event."""
        if isinstance(event, ev.GovernorAdded):
            return not self.ledger.threshold
        return type(event) in _FOLLOWED_BY

    def _end(self, logged: LoggedEvent, now: int, before: Happened) -> None:
        """Derives a call from its last event and those before it."""
        try:
            happened = self._happened(logged, now, before)
        except LedgerRefusal as refusal:
            raise Diverged(logged, f"refused by {refusal.rule}: {refusal}") from refusal
        except KeyError as missing:
            raise Diverged(logged, f"speaks of {missing.args[0]!r}, which does not exist") from missing
        for lawful, told in zip(happened, (*before, logged.event), strict=True):
            if lawful != told:
                raise Diverged(logged, f"the rules would have logged {lawful}, not {told}")

    def _happened(self, logged: LoggedEvent, now: int, before: Happened) -> Happened:
        """The events that the rules log for the call behind this one."""
        ledger, event = self.ledger, logged.event
        if isinstance(event, ev.ThresholdSet) and not ledger.threshold:
            founders = tuple(each.account for each in before if isinstance(each, ev.GovernorAdded))
            return found(ledger, founders, event.threshold)
        at = self._moment(logged, now)
        told = (tell(ledger, at, event, before) for tell in _TELLERS[logged.contract])
        happened = next((each for each in told if each is not None), None)
        if happened is None:
            raise Diverged(logged, "no rule tells of it")
        match event:
            case ev.ProposalExecuted():
                self.executing = logged.transaction
            case ev.InvoiceCredited():
                self.crediting = logged.transaction
            case ev.HandOpened():
                self.checking[event.hand] = ""
            case ev.DraftChecked():
                self.checking[ledger.hand[event.number]] = logged.transaction
        return happened

    def _moment(self, logged: LoggedEvent, now: int) -> Moment:
        """When and by which account the call was made: some act only in the course of another call."""
        actor = str(getattr(logged.event, "actor", self.ledger.governance))
        if actor == self.ledger.governance and self.executing != logged.transaction:
            raise Diverged(logged, "governance acted outside an executed proposal")
        if actor == self.ledger.invoices and self.crediting != logged.transaction:
            raise Diverged(logged, "the contract of invoices acted without a red-letter note")
        if self.checking.get(actor, logged.transaction) != logged.transaction:
            raise Diverged(logged, "a hand acted outside a checked draft")
        return Moment(now, actor)
