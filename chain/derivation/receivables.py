"""What participants do with receivables, from its events."""

from __future__ import annotations

from chain import events as ev
from chain.derivation.participants import Happened
from chain.rules import receivables, settlement, vouchers
from chain.rules.participants import number_of
from chain.rules.share import share
from chain.rules.state import Ledger, Leg, Moment, Policy, Quote, number_of_voucher, receivable_of


def founded(ledger: Ledger, event: ev.PolicySet) -> Happened:
    """What the rules log for the limits that a ledger starts with."""
    return receivables.set_first_policy(ledger, _policy(event))


def decided(ledger: Ledger, at: Moment, event: ev.Event) -> Happened | None:
    """What the rules log for a decision of governance; None if the event is of none of these."""
    match event:
        case ev.PolicySet():
            return receivables.set_policy(ledger, at, _policy(event))
        case _:
            return None


def _policy(event: ev.PolicySet) -> Policy:
    """The limits that an event tells of."""
    return Policy(
        event.max_term,
        event.offer_period,
        event.disburse_period,
        event.max_tier,
        event.min_level,
        event.max_legs,
    )


def acted(ledger: Ledger, at: Moment, event: ev.Event) -> Happened | None:
    """What the rules log for the act behind an event; None if it is none of these."""
    match event:
        case ev.InvoiceRegistered():
            return receivables.register_invoice(
                ledger, at, event.nullifier, event.creditor, event.currency, event.total
            )
        case ev.Proposed():
            return receivables.propose_receivable(
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
        case ev.Confirmed():
            return receivables.confirm(ledger, at, event.receivable)
        case ev.Rejected():
            return receivables.reject(ledger, at, event.receivable, event.reason)
        case ev.Cancelled():
            return receivables.cancel(ledger, at, event.receivable, event.reason)
        case ev.Split():
            leg = Leg(event.to, event.length, event.evidence)
            return vouchers.split(ledger, at, event.parent, ledger.voucher[event.parent].version, [leg])
        case ev.QuoteAccepted():
            held = ledger.voucher[event.voucher]
            receivable = ledger.receivable[receivable_of(event.voucher)]
            signer = next((a for a in ledger.account if number_of(ledger, a) == event.financier), "")
            quote = Quote(
                voucher=event.voucher,
                version=held.version,
                financier=event.financier,
                face=held.length - share(held.start, held.length, receivable.paid, receivable.face),
                proceeds=event.proceeds,
                valid_until=at.now,
                terms=event.terms,
            )
            return vouchers.accept_quote(ledger, at, quote, signer)
        case ev.PaymentRecorded():
            return settlement.record_payment(ledger, at, event.receivable, event.amount, event.reference)
        case ev.Redeemed():
            own = receivable_of(event.voucher)
            return settlement.redeem(ledger, at, own, [number_of_voucher(event.voucher)])
        case _:
            return _moved(ledger, at, event)


def _moved(ledger: Ledger, at: Moment, event: ev.Event) -> Happened | None:
    """What happens to a whole voucher."""
    if not hasattr(event, "voucher"):
        return None
    version = ledger.voucher[event.voucher].version
    match event:
        case ev.Offered():
            return vouchers.offer(ledger, at, event.voucher, version, event.to, event.evidence)
        case ev.Accepted():
            return vouchers.accept(ledger, at, event.voucher, version)
        case ev.Refused():
            return vouchers.refuse(ledger, at, event.voucher, version, event.reason)
        case ev.Withdrawn():
            return vouchers.withdraw(ledger, at, event.voucher, version)
        case ev.Disbursed():
            return vouchers.disburse(ledger, at, event.voucher, version, event.amount, event.reference)
        case ev.LockReleased():
            return vouchers.release_lock(ledger, at, event.voucher, version)
        case _:
            return None
