"""What happens to vouchers, and what is paid, from their events."""

from __future__ import annotations

from chain import events as ev
from chain.derivation.participants import Happened
from chain.rules import settlement, vouchers
from chain.rules.state import Ledger, Leg, Moment, receivable_of, start_of


def acted(ledger: Ledger, at: Moment, event: ev.Event, before: Happened) -> Happened | None:
    """What the rules log for the act behind an event; None if it is none of these.

    `before` are the events of the same call that came before this one. The log does not tell which version
    was expected, nor until when an acceptance was valid: that is taken to have been right.
    """
    match event, before:
        case ev.Split(), ():
            leg = Leg(event.to, event.length, event.evidence)
            return vouchers.split(ledger, at, event.parent, _version(ledger, event.parent), [leg])
        case ev.Accepted(), (ev.AcceptanceCarried() as carried,):
            signer = carried.signer
            return vouchers.accept_by_signature(
                ledger, at, event.voucher, _version(ledger, event.voucher), at.now, lambda _: signer
            )
        case ev.Frozen(), ():
            return vouchers.freeze(ledger, at, event.voucher, event.reason, event.document)
        case ev.Unfrozen(), ():
            return vouchers.unfreeze(ledger, at, event.voucher, event.document)
        case ev.Disputed(), ():
            return vouchers.dispute(ledger, at, event.voucher, event.reason, event.document)
        case ev.DisputeEnded(), ():
            return vouchers.end_dispute(ledger, at, event.voucher, event.document)
        case ev.PaymentRecorded(), ():
            return settlement.record_payment(ledger, at, event.receivable, event.amount, event.reference)
        case ev.CreditReturned(), ():
            return settlement.return_credit(ledger, at, event.receivable, event.amount, event.reference)
        case ev.Redeemed(), ():
            return settlement.redeem(ledger, at, receivable_of(event.voucher), [start_of(event.voucher)])
        case _, ():
            return _moved(ledger, at, event)
        case _:
            return None


def _moved(ledger: Ledger, at: Moment, event: ev.Event) -> Happened | None:
    """What happens to a whole voucher, at its version."""
    match event:
        case ev.Offered():
            version = _version(ledger, event.voucher)
            return vouchers.offer(ledger, at, event.voucher, version, event.to, event.evidence)
        case ev.Accepted():
            return vouchers.accept(ledger, at, event.voucher, _version(ledger, event.voucher))
        case ev.Transferred():
            signer = event.signer
            return vouchers.transfer(
                ledger,
                at,
                event.voucher,
                _version(ledger, event.voucher),
                event.to,
                event.evidence,
                at.now,
                lambda _: signer,
            )
        case ev.Refused():
            return vouchers.refuse(ledger, at, event.voucher, _version(ledger, event.voucher), event.reason)
        case ev.Withdrawn():
            return vouchers.withdraw(ledger, at, event.voucher, _version(ledger, event.voucher))
        case ev.WrittenOff():
            version = _version(ledger, event.voucher)
            return vouchers.write_off(ledger, at, event.voucher, version, event.document)
        case _:
            return None


def _version(ledger: Ledger, voucher: int) -> int:
    return ledger.voucher[voucher].version
