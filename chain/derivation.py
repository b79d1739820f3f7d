"""From logged events back to state, through the rules.

Each event is turned into the call that must have caused it; the rules decide whether that call was lawful
and what it should have logged. An event that the rules refuse, or would have logged differently, ends the
derivation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from chain import events as ev
from chain.errors import LedgerRefusal
from chain.logs import LoggedEvent
from chain.rules import attestations, computations, participants, receivables, settlement, vouchers
from chain.rules.share import share
from chain.rules.state import Ledger, Leg, Moment, Policy, Quote, number_of_voucher, receivable_of

E = TypeVar("E", bound=ev.Event)


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
    """A ledger that grows event by event."""

    ledger: Ledger
    derived: int = 0
    executing: str = ""
    _founders: list[ev.GovernorAdded] = field(default_factory=list)
    _admitted: ev.Admitted | None = None

    def take(self, logged: LoggedEvent, now: int) -> None:
        """Derives one event; they come in the order of the log.

        Raises:
            Diverged: the rules refuse the event or would have logged another.
        """
        try:
            lawful = self._call(logged, now)
        except LedgerRefusal as refusal:
            raise Diverged(logged, f"refused by {refusal.rule}: {refusal}") from refusal
        except KeyError as missing:
            raise Diverged(logged, f"speaks of {missing.args[0]!r}, which does not exist") from missing
        if lawful is not None and logged.event != lawful:
            raise Diverged(logged, f"the rules would have logged {lawful}, not {logged.event}")
        self.derived += 1

    def _governed(self, logged: LoggedEvent, now: int) -> Moment:
        if self.executing != logged.transaction:
            raise Diverged(logged, "governance acted outside an executed proposal")
        return Moment(now, self.ledger.governance)

    def _moment(self, logged: LoggedEvent, now: int) -> Moment:
        """When and by which account the call was made; governance acts by executed proposals only."""
        actor = str(getattr(logged.event, "actor", ""))
        return self._governed(logged, now) if actor == self.ledger.governance else Moment(now, actor)

    def _call(self, logged: LoggedEvent, now: int) -> ev.Event | None:
        """The event the rules log for the call behind this one; None while more of the call is to come."""
        ledger, event = self.ledger, logged.event
        if self._admitted is not None and not isinstance(event, ev.AccountAdded):
            raise Diverged(logged, "an admission must be followed by its first account")
        match event:
            case ev.GovernorAdded() if not ledger.threshold:
                self._founders.append(event)
                return None
            case ev.ThresholdSet() if not ledger.threshold:
                founders = tuple(f.account for f in self._founders)
                return last(participants.found(ledger, founders, event.threshold))
            case ev.PolicySet() if ledger.policy is None:
                return last(receivables.set_first_policy(ledger, _policy(event)))
            case ev.ProposalMade():
                return last(participants.propose(ledger, Moment(now, event.actor), event.calls_hash))
            case ev.ProposalApproved():
                return last(participants.approve(ledger, Moment(now, event.actor), event.id))
            case ev.ProposalExecuted():
                calls_hash = ledger.proposal[event.id].calls_hash
                self.executing = logged.transaction
                return last(participants.execute(ledger, Moment(now, event.actor), event.id, calls_hash))
            case ev.Admitted():
                self._governed(logged, now)
                self._admitted = event
                return None
            case ev.AccountAdded() if self._admitted is not None:
                admitted, self._admitted = self._admitted, None
                happened = participants.admit(
                    ledger,
                    self._governed(logged, now),
                    admitted.legal_id_hash,
                    admitted.roles,
                    admitted.valid_until,
                    event.account,
                )
                if happened[0] != admitted:
                    raise Diverged(logged, f"the rules would have logged {happened[0]}, not {admitted}")
                return last(happened)
            case ev.AccountAdded():
                at = self._moment(logged, now)
                return last(participants.add_account(ledger, at, event.number, event.account))
            case ev.AccountRemoved():
                return last(participants.remove_account(ledger, self._moment(logged, now), event.account))
            case (
                ev.GovernorAdded()
                | ev.GovernorRemoved()
                | ev.ThresholdSet()
                | ev.RolesSet()
                | ev.Suspended()
                | ev.Reinstated()
                | ev.SchemaRegistered()
                | ev.PolicySet()
            ):
                return _decided(ledger, self._governed(logged, now), event)
            case _:
                return _acted(ledger, self._moment(logged, now), event)


def last(happened: Sequence[ev.Event]) -> ev.Event:
    """The event that ends a call."""
    return happened[-1]


def _policy(event: ev.PolicySet) -> Policy:
    return Policy(
        event.max_term,
        event.offer_period,
        event.disburse_period,
        event.max_tier,
        event.min_level,
        event.max_legs,
    )


def _decided(ledger: Ledger, at: Moment, event: ev.Event) -> ev.Event:
    """What governance does through an executed proposal."""
    match event:
        case ev.GovernorAdded():
            return last(participants.add_governor(ledger, at, event.account))
        case ev.GovernorRemoved():
            return last(participants.remove_governor(ledger, at, event.account))
        case ev.ThresholdSet():
            return last(participants.set_threshold(ledger, at, event.threshold))
        case ev.RolesSet():
            return last(participants.set_roles(ledger, at, event.number, event.roles, event.valid_until))
        case ev.Suspended():
            return last(participants.suspend(ledger, at, event.number, event.reason))
        case ev.Reinstated():
            return last(participants.reinstate(ledger, at, event.number, event.reason))
        case ev.SchemaRegistered():
            return last(
                attestations.register_schema(ledger, at, event.flows, event.revocable, event.definition)
            )
        case ev.PolicySet():
            return last(receivables.set_policy(ledger, at, _policy(event)))
        case _:
            raise TypeError(f"{type(event).__name__} is not an act of governance")


def _acted(ledger: Ledger, at: Moment, event: ev.Event) -> ev.Event:
    """What participants do."""
    match event:
        case ev.Attested():
            return last(
                attestations.attest(
                    ledger, at, event.commitment, event.schema, event.subject, event.level, event.expires_at
                )
            )
        case ev.Anchored():
            return last(
                attestations.anchor(
                    ledger, at, event.root, event.schema, event.count, event.expires_at, event.manifest
                )
            )
        case ev.AttestationRevoked():
            return last(attestations.revoke(ledger, at, event.commitment, event.reason))
        case ev.LeafRevoked():
            return last(attestations.revoke_leaf(ledger, at, event.root, event.index, event.reason))
        case ev.InvoiceRegistered():
            return last(
                receivables.register_invoice(
                    ledger, at, event.nullifier, event.creditor, event.currency, event.total
                )
            )
        case ev.Proposed():
            return last(
                receivables.propose_receivable(
                    ledger,
                    at,
                    event.debtor,
                    event.creditor,
                    event.face,
                    event.currency,
                    event.due_at,
                    event.evidence,
                    event.invoice,
                )
            )
        case ev.Confirmed():
            return last(receivables.confirm(ledger, at, event.receivable))
        case ev.Rejected():
            return last(receivables.reject(ledger, at, event.receivable, event.reason))
        case ev.Cancelled():
            return last(receivables.cancel(ledger, at, event.receivable, event.reason))
        case ev.Split():
            leg = Leg(event.to, event.length, event.evidence)
            return last(vouchers.split(ledger, at, event.parent, ledger.voucher[event.parent].version, [leg]))
        case ev.QuoteAccepted():
            held = ledger.voucher[event.voucher]
            receivable = ledger.receivable[receivable_of(event.voucher)]
            signer = next((a for a, n in ledger.number_of.items() if n == event.financier), "")
            quote = Quote(
                voucher=event.voucher,
                version=held.version,
                financier=event.financier,
                face=held.length - share(held.start, held.length, receivable.paid, receivable.face),
                proceeds=event.proceeds,
                valid_until=at.now,
                terms=event.terms,
            )
            return last(vouchers.accept_quote(ledger, at, quote, signer))
        case ev.PaymentRecorded():
            return last(
                settlement.record_payment(ledger, at, event.receivable, event.amount, event.reference)
            )
        case ev.Redeemed():
            own = receivable_of(event.voucher)
            return last(settlement.redeem(ledger, at, own, [number_of_voucher(event.voucher)]))
        case ev.ConsentGranted():
            return last(
                computations.grant(
                    ledger,
                    at,
                    event.counterparty,
                    event.purpose,
                    event.protocol,
                    event.input,
                    event.model,
                    event.budget,
                    event.expires_at,
                )
            )
        case ev.ConsentWithdrawn():
            return last(computations.withdraw_consent(ledger, at, event.id))
        case ev.JobOpened():
            return last(computations.open_job(ledger, at, event.consent))
        case ev.JobCompleted():
            return last(
                computations.complete_job(
                    ledger, at, event.id, event.result, event.proof_hash, event.transcript
                )
            )
        case _:
            return _moved(ledger, at, event)


def _moved(ledger: Ledger, at: Moment, event: ev.Event) -> ev.Event:
    """What happens to a whole voucher."""
    version = ledger.voucher[getattr(event, "voucher", 0)].version
    match event:
        case ev.Offered():
            return last(vouchers.offer(ledger, at, event.voucher, version, event.to, event.evidence))
        case ev.Accepted():
            return last(vouchers.accept(ledger, at, event.voucher, version))
        case ev.Refused():
            return last(vouchers.refuse(ledger, at, event.voucher, version, event.reason))
        case ev.Withdrawn():
            return last(vouchers.withdraw(ledger, at, event.voucher, version))
        case ev.Disbursed():
            return last(vouchers.disburse(ledger, at, event.voucher, version, event.amount, event.reference))
        case ev.LockReleased():
            return last(vouchers.release_lock(ledger, at, event.voucher, version))
        case _:
            raise TypeError(f"no rule tells of {type(event).__name__}")
