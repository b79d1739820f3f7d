"""From logged events back to state, through the rules.

Each event is turned into the call that must have caused it; the rules decide whether that call was lawful
and what it should have logged. An event that the rules refuse, or would have logged differently, ends the
derivation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chain import events as ev
from chain.derivation import evidence, participants, receivables
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
}
"""What comes next in a call of several events; governors come so only when the ledger is founded."""


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

    `executing` is the transaction in which governance may act; `checking` that in which each hand may.
    """

    ledger: Ledger
    derived: int = 0
    executing: str = ""
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
        match event:
            case ev.ThresholdSet() if not ledger.threshold:
                founders = tuple(each.account for each in before if isinstance(each, ev.GovernorAdded))
                return found(ledger, founders, event.threshold)
            case ev.PolicySet() if ledger.policy is None:
                return receivables.founded(ledger, event)
        at = self._moment(logged, now)
        happened = (
            participants.decided(ledger, at, event, before)
            or participants.acted(ledger, at, event)
            or evidence.decided(ledger, at, event)
            or evidence.acted(ledger, at, event, before)
            or receivables.decided(ledger, at, event)
            or receivables.acted(ledger, at, event)
        )
        if happened is None:
            raise Diverged(logged, "no rule tells of it")
        if isinstance(event, ev.ProposalExecuted):
            self.executing = logged.transaction
        elif isinstance(event, ev.DraftChecked):
            self.checking[ledger.hand[event.number]] = logged.transaction
        return happened

    def _moment(self, logged: LoggedEvent, now: int) -> Moment:
        """When and by which account the call was made: governance and hands act only as they were told."""
        actor = str(getattr(logged.event, "actor", self.ledger.governance))
        if actor == self.ledger.governance and self.executing != logged.transaction:
            raise Diverged(logged, "governance acted outside an executed proposal")
        if actor in self.ledger.hand.values() and self.checking.get(actor) != logged.transaction:
            raise Diverged(logged, "a hand acted outside a checked draft")
        return Moment(now, actor)
