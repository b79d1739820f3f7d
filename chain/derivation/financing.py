"""Quotes, deals, loans, recourse and claims, from their events."""

from __future__ import annotations

from chain import events as ev
from chain.derivation.participants import Happened
from chain.rules import financing
from chain.rules.participants import accounts_of
from chain.rules.state import NOBODY, Kind, Ledger, Moment, Quote, Role


def acted(ledger: Ledger, at: Moment, event: ev.Event, _: Happened) -> Happened | None:
    """What the rules log for the act behind an event; None if it is none of these.

    The log does not tell which version was expected: that is taken to have been right.
    """
    match event:
        case ev.QuoteCancelled():
            return financing.cancel_quote(ledger, at, _quote(at, event.financier), event.digest)
        case ev.QuoteAccepted():
            return _accepted(ledger, at, event)
        case ev.RecourseDemanded():
            return financing.demand_recourse(ledger, at, event.voucher, event.document)
        case ev.RecourseWaived():
            return financing.waive_recourse(ledger, at, event.voucher)
        case ev.LoanClosed():
            return financing.close_loan(ledger, at, event.voucher)
        case ev.ClaimAsserted():
            return financing.assert_claim(
                ledger,
                at,
                event.receivable,
                event.amount,
                event.registered_at,
                event.noticed_at,
                event.document,
            )
        case ev.ClaimWithdrawn():
            return financing.withdraw_claim(ledger, at, event.id)
        case _:
            return _moved(ledger, at, event)


def _moved(ledger: Ledger, at: Moment, event: ev.Event) -> Happened | None:
    """What happens to a voucher in the course of its financing, at its version."""
    if not hasattr(event, "voucher"):
        return None
    voucher, version = event.voucher, ledger.voucher[event.voucher].version
    match event:
        case ev.Filed():
            return financing.file(
                ledger, at, voucher, version, event.registration, event.agreement, event.registered_at
            )
        case ev.Disbursed():
            return financing.disburse(ledger, at, voucher, version, event.amount, event.reference)
        case ev.LockReleased():
            return financing.release_lock(ledger, at, voucher, version)
        case ev.LoanRepaid():
            return financing.repay(ledger, at, voucher, version, event.amount, event.reference)
        case ev.PledgeReleased():
            return financing.release_pledge(ledger, at, voucher, version)
        case ev.PledgeEnforced():
            return financing.enforce_pledge(ledger, at, voucher, version)
        case ev.BoughtBack():
            return financing.buy_back(ledger, at, voucher, version, event.amount, event.reference)
        case _:
            return None


def _accepted(ledger: Ledger, at: Moment, event: ev.QuoteAccepted) -> Happened | None:
    """The log does not tell which of the financier's accounts signed: one that could have is enough."""
    if event.kind not in set(Kind):
        return None
    able = Role.FINANCIER, Role.SIGNER
    accounts = accounts_of(ledger, event.financier)
    signer = next((a for a in accounts if all(ledger.account[a].roles & role for role in able)), NOBODY)
    quote = Quote(
        voucher=event.voucher,
        version=ledger.voucher[event.voucher].version,
        financier=event.financier,
        kind=Kind(event.kind),
        face=event.face,
        proceeds=event.proceeds,
        interest=event.interest,
        debtor_interest=event.debtor_interest,
        fees=event.fees,
        matures_at=event.matures_at,
        valid_until=at.now,
        terms=event.terms,
    )
    return financing.accept_quote(ledger, at, quote, event.digest, signer, event.justification)


def _quote(at: Moment, financier: int) -> Quote:
    """A quote of a financier of which nothing else is known."""
    return Quote(0, 0, financier, Kind.PURCHASE, 0, 0, 0, 0, 0, 0, at.now, bytes(32))
