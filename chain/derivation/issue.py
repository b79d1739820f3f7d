"""Parameters, invoices, limits, and how receivables come to be, from their events."""

from __future__ import annotations

from chain import events as ev
from chain.derivation.participants import Happened
from chain.rules import invoices, issuance, limits, policies, red_letters
from chain.rules.state import IssueTerms, Ledger, Moment, ReceivableFlag


def decided(ledger: Ledger, at: Moment, event: ev.Event, _: Happened) -> Happened | None:
    """What the rules log for a decision of governance; None if the event is of none of these."""
    match event:
        case ev.PolicySet():
            return policies.set_policy(
                ledger,
                at,
                event.name,
                event.value,
                event.effective_from,
                event.issuer,
                event.document,
                event.article,
            )
        case ev.PolicyWithdrawn():
            return policies.withdraw_policy(ledger, at, event.name)
        case ev.LimitSet():
            return limits.set_limit(ledger, at, event.debtor, event.currency, event.amount)
        case ev.GroupLimitSet():
            return limits.set_group_limit(ledger, at, event.group, event.currency, event.amount)
        case ev.GroupSet():
            return limits.set_group(ledger, at, event.debtor, event.group)
        case ev.StopLifted():
            return limits.lift(ledger, at, event.debtor, event.document)
        case _:
            return None


def acted(ledger: Ledger, at: Moment, event: ev.Event, _: Happened) -> Happened | None:
    """What the rules log for the act behind an event; None if it is none of these.

    A batch is derived one by one: it must equal its parts. So must a red-letter note with what it flags.
    """
    match event:
        case ev.InvoiceRegistered():
            return invoices.register_invoice(
                ledger, at, event.nullifier, event.creditor, event.currency, event.total
            )
        case ev.InvoiceCredited():
            amount = event.credited - ledger.invoice[event.nullifier].credited
            return red_letters.credit_invoice(ledger, at, event.nullifier, amount, event.document, ())
        case ev.InvoiceCorrected():
            return invoices.correct_invoice(ledger, at, event.nullifier, event.total, event.document)
        case ev.IssueStopped():
            return limits.stop(ledger, at, event.debtor, event.cause, event.document)
        case ev.OverdueStopped():
            return limits.stop_overdue(ledger, at, event.receivable)
        case ev.OverdueLifted():
            return limits.lift_overdue(ledger, at, event.receivable)
        case ev.Proposed():
            return issuance.propose_receivable(ledger, at, _terms(event))
        case ev.Confirmed():
            return issuance.confirm(ledger, at, event.receivable)
        case ev.Rejected():
            return issuance.reject(ledger, at, event.receivable, event.reason)
        case ev.Cancelled():
            return issuance.cancel(ledger, at, event.receivable, event.reason)
        case ev.VoidAsked() | ev.Voided():
            return issuance.void_issue(ledger, at, event.receivable, event.reason)
        case ev.RedLettered():
            return red_letters.flag_red_letter(ledger, at, event.receivable)
        case ev.Reaffirmed():
            return red_letters.reaffirm(ledger, at, event.receivable, event.document)
        case _:
            return None


def _terms(event: ev.Proposed) -> IssueTerms:
    return IssueTerms(
        debtor=event.debtor,
        creditor=event.creditor,
        face=event.face,
        currency=event.currency,
        delivered_at=event.delivered_at,
        due_at=event.due_at,
        interest_share=event.interest_share,
        waives_defences=bool(event.flags & ReceivableFlag.WAIVED),
        evidence=event.evidence,
        invoice=event.invoice,
    )
