"""Receivables that cannot be proposed, confirmed, taken back or made void."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chain import errors
from chain.deployment import DAY
from chain.naming import policy_key
from chain.rules.state import IssueState, Role, receivable_of
from tests.chain.scenario import CNY, DOCUMENT, LIMIT, REASON, VALUES, Scene
from tests.contract_cases.cases import NOWHERE, Refused, case, newcomer, suspend

LONGEST, SMALL_FIRM = policy_key("term.longest"), policy_key("term.small-firm")


def _propose(s: Scene, by: str = "supplier", **changed: Any) -> Callable[[], object]:
    terms = replace(s.terms(10), **changed)
    return lambda: s.ledger.issuance.propose(s.signers[by], terms)


@case
def a_proposal_by_neither_party(s: Scene) -> Refused:
    expected = errors.NotParty(s.numbers["second supplier"], s.numbers["anchor"], s.numbers["supplier"])
    return _propose(s, by="second supplier"), expected


@case
def a_debt_to_oneself(s: Scene) -> Refused:
    number = s.numbers["anchor"]
    return _propose(s, by="anchor", creditor=number), errors.SameParty(number)


@case
def a_debtor_who_is_none(s: Scene) -> Refused:
    supplier = s.numbers["second supplier"]
    return _propose(s, debtor=supplier), errors.RoleMissing(supplier, Role.SUPPLIER, Role.DEBTOR)


@case
def a_creditor_who_is_suspended(s: Scene) -> Refused:
    name = newcomer(s, Role.SUPPLIER)
    refused = suspend(s, name)
    return _propose(s, by="anchor", creditor=s.numbers[name]), refused


@case
def a_debt_of_nothing(s: Scene) -> Refused:
    return _propose(s, face=0), errors.AmountZero()


@case
def more_than_all_of_the_interest(s: Scene) -> Refused:
    return _propose(s, interest_share=10_001), errors.BadInterestShare(10_001)


@case
def a_prepayment(s: Scene) -> Refused:
    tomorrow = s.now() + DAY
    return _propose(s, delivered_at=tomorrow), errors.NotDelivered(tomorrow)


@case
def a_delivery_at_no_time(s: Scene) -> Refused:
    return _propose(s, delivered_at=0), errors.NotDelivered(0)


@case
def a_due_date_beyond_the_longest_term(s: Scene) -> Refused:
    longest = VALUES["term.longest"]
    due_at = s.now() + longest + DAY
    expected = errors.BadDueDate(due_at, s.now() + longest, LONGEST)
    return _propose(s, due_at=due_at), expected


@case
def a_due_date_in_the_past(s: Scene) -> Refused:
    due_at = s.now() - 1
    expected = errors.BadDueDate(due_at, s.now() + VALUES["term.longest"], LONGEST)
    return _propose(s, due_at=due_at), expected


@case
def a_long_term_for_a_small_firm_where_that_is_refused(s: Scene) -> Refused:
    terms = s.terms(10, term=40 * DAY, creditor="small firm")

    def strictly() -> object:
        _refuse_small_firms(s, 1)
        try:
            return s.ledger.issuance.propose(s.signers["anchor"], terms)
        finally:
            # Two versions cannot take effect in the same second.
            s.wait(2)
            _refuse_small_firms(s, 0)

    latest = terms.delivered_at + VALUES["term.small-firm"]
    expected = errors.TermTooLongForSmallFirm(terms.creditor, terms.due_at, latest, SMALL_FIRM)
    return strictly, expected


def _refuse_small_firms(s: Scene, value: int) -> None:
    name, rule = policy_key("term.small-firm.refused"), ("an issuer", "a document", "an article")
    s.govern(s.ledger.policies.encoded("set", name, value, 0, *rule))


@case
def evidence_that_nobody_attested(s: Scene) -> Refused:
    unknown = s.fresh()
    return _propose(s, evidence=unknown), errors.EvidenceInvalid(unknown)


@case
def evidence_that_was_revoked(s: Scene) -> Refused:
    evidence = s.evidence()
    s.ledger.attestations.revoke(s.signers["tax attester"], evidence, REASON)
    return _propose(s, evidence=evidence), errors.EvidenceInvalid(evidence)


@case
def evidence_of_too_low_a_level(s: Scene) -> Refused:
    evidence, needed = s.evidence(level=1), VALUES["evidence.level"]
    expected = errors.EvidenceLevelTooLow(evidence, 1, needed, policy_key("evidence.level"))
    return _propose(s, evidence=evidence), expected


@case
def an_invoice_that_nobody_registered(s: Scene) -> Refused:
    unknown = s.fresh()
    return _propose(s, invoice=unknown), errors.InvoiceUnknown(unknown)


@case
def an_invoice_of_another_supplier(s: Scene) -> Refused:
    invoice = s.invoice(creditor="second supplier")
    expected = errors.InvoiceOfAnother(invoice, s.numbers["second supplier"], CNY)
    return _propose(s, invoice=invoice), expected


@case
def an_invoice_in_another_currency(s: Scene) -> Refused:
    invoice = s.invoice(currency=978)
    return _propose(s, invoice=invoice), errors.InvoiceOfAnother(invoice, s.numbers["supplier"], 978)


@case
def an_invoice_that_backs_something_else(s: Scene) -> Refused:
    invoice = s.invoice(100)
    s.ledger.issuance.propose(s.signers["supplier"], s.terms(60, invoice=invoice))
    return _propose(s, face=41, invoice=invoice), errors.InvoiceUsedUp(invoice, 41, 40)


@case
def a_batch_with_one_beyond_its_invoice(s: Scene) -> Refused:
    invoice = s.invoice(100)
    batch = [s.terms(60, invoice=invoice), s.terms(41, invoice=invoice)]
    return (
        lambda: s.ledger.issuance.propose_many(s.signers["anchor"], batch),
        errors.InvoiceUsedUp(invoice, 41, 40),
    )


@case
def a_confirmation_of_nothing(s: Scene) -> Refused:
    return (
        lambda: s.ledger.issuance.confirm(s.signers["anchor"], NOWHERE),
        errors.IssueUnknown(NOWHERE),
    )


@case
def a_confirmation_by_who_proposed(s: Scene) -> Refused:
    number = s.proposed()
    supplier, anchor = s.numbers["supplier"], s.numbers["anchor"]
    return (
        lambda: s.ledger.issuance.confirm(s.signers["supplier"], number),
        errors.NotConfirmer(number, supplier, anchor),
    )


@case
def a_confirmation_after_the_due_date(s: Scene) -> Refused:
    number = s.proposed(term=DAY)
    s.wait(2 * DAY)
    due_at = s.ledger.issuance.issue(number).due_at
    return lambda: s.ledger.issuance.confirm(s.signers["anchor"], number), errors.PastDue(number, due_at)


@case
def a_second_confirmation(s: Scene) -> Refused:
    number = receivable_of(s.confirmed())
    return (
        lambda: s.ledger.issuance.confirm_many(s.signers["anchor"], [number]),
        errors.WrongIssueState(number, IssueState.CONFIRMED),
    )


@case
def a_confirmation_while_the_creditor_is_suspended(s: Scene) -> Refused:
    name = newcomer(s, Role.SUPPLIER)
    number = s.proposed(by=name, creditor=name)
    refused = suspend(s, name)
    return lambda: s.ledger.issuance.confirm(s.signers["anchor"], number), refused


@case
def a_confirmation_of_what_the_debtor_may_not_owe_any_more(s: Scene) -> Refused:
    name = newcomer(s, Role.DEBTOR)
    s.govern(s.ledger.limits.encoded("setLimit", s.numbers[name], CNY, LIMIT))
    number = s.proposed(by=name, debtor=name)
    refused = suspend(s, name)
    return lambda: s.ledger.issuance.confirm(s.signers["supplier"], number), refused


@case
def a_proposal_taken_back_by_the_other(s: Scene) -> Refused:
    number = s.proposed(by="anchor")
    expected = errors.NotProposedBy(number, s.numbers["supplier"], s.numbers["anchor"])
    return lambda: s.ledger.issuance.cancel(s.signers["supplier"], number, REASON), expected


@case
def a_rejection_of_what_is_confirmed(s: Scene) -> Refused:
    number = receivable_of(s.confirmed())
    return (
        lambda: s.ledger.issuance.reject(s.signers["anchor"], number, REASON),
        errors.WrongIssueState(number, IssueState.CONFIRMED),
    )


@case
def a_void_of_what_is_only_proposed(s: Scene) -> Refused:
    number = s.proposed()
    return (
        lambda: s.ledger.issuance.void_issue(s.signers["anchor"], number, REASON),
        errors.WrongIssueState(number, IssueState.PROPOSED),
    )


@case
def a_void_by_neither_party(s: Scene) -> Refused:
    number = receivable_of(s.confirmed())
    expected = errors.NotParty(s.numbers["second supplier"], s.numbers["anchor"], s.numbers["supplier"])
    return lambda: s.ledger.issuance.void_issue(s.signers["second supplier"], number, REASON), expected


@case
def a_void_asked_for_twice_by_the_same(s: Scene) -> Refused:
    number = receivable_of(s.confirmed())
    s.ledger.issuance.void_issue(s.signers["anchor"], number, REASON)
    return (
        lambda: s.ledger.issuance.void_issue(s.signers["anchor"], number, REASON),
        errors.AlreadyAsked(number, s.numbers["anchor"]),
    )


@case
def a_void_of_what_was_split(s: Scene) -> Refused:
    voucher = s.confirmed()
    s.split(voucher, "supplier", ("supplier", 10))
    number = receivable_of(voucher)
    return (
        lambda: s.ledger.issuance.void_issue(s.signers["anchor"], number, REASON),
        errors.Touched(number),
    )


@case
def a_payment_on_what_is_void(s: Scene) -> Refused:
    number = receivable_of(s.confirmed())
    for party in ("anchor", "supplier"):
        s.ledger.issuance.void_issue(s.signers[party], number, DOCUMENT)
    return lambda: s.pay(number, 5), errors.WrongReceivableState(number, 3)


@case
def issuances_own_calls_by_somebody_else(s: Scene) -> Refused:
    anchor = s.signers["anchor"]
    return (
        lambda: s.ledger.receivables._send(anchor, "voidUntouched", 1),
        errors.NotIssuance(anchor.address),
    )


@case
def the_ledgers_own_calls_by_somebody_else(s: Scene) -> Refused:
    anchor = s.signers["anchor"]
    return (
        lambda: s.ledger.limits._send(anchor, "release", 1, 0, CNY, 1),
        errors.NotLedger(anchor.address),
    )
