"""Invoices that cannot be registered, credited or corrected, or that back nothing more."""

from __future__ import annotations

from collections.abc import Callable

from chain import errors, events
from chain.ledger import only
from chain.rules.state import Role
from tests.chain.scenario import CNY, DOCUMENT, Scene
from tests.contract_cases.cases import NOWHERE, Refused, case, newcomer, suspend


def _register(s: Scene, nullifier: bytes, total: int, creditor: int | None = None) -> Callable[[], object]:
    issuer = s.numbers["supplier"] if creditor is None else creditor
    return lambda: s.ledger.invoices.register(s.signers["carrier"], nullifier, issuer, CNY, total)


def _used(s: Scene, total: int, face: int) -> tuple[bytes, int]:
    """An invoice, and the number of a receivable of a face that is confirmed on it."""
    nullifier = s.invoice(total)
    sent = s.ledger.issuance.propose(s.signers["supplier"], s.terms(face, invoice=nullifier))
    number = only(sent, events.Proposed).receivable
    s.ledger.issuance.confirm(s.signers["anchor"], number)
    return nullifier, number


def _credit(s: Scene, nullifier: bytes, amount: int, *receivables: int) -> object:
    return s.ledger.invoices.credit(s.signers["tax attester"], nullifier, amount, DOCUMENT, receivables)


@case
def an_invoice_twice(s: Scene) -> Refused:
    nullifier = s.invoice()
    return _register(s, nullifier, 5), errors.InvoiceExists(nullifier)


@case
def an_invoice_without_nullifier(s: Scene) -> Refused:
    return _register(s, bytes(32), 5), errors.NullifierEmpty()


@case
def an_invoice_over_nothing(s: Scene) -> Refused:
    return _register(s, s.fresh(), 0), errors.AmountZero()


@case
def an_invoice_of_nobody(s: Scene) -> Refused:
    return _register(s, s.fresh(), 5, NOWHERE), errors.ParticipantUnknown(NOWHERE)


@case
def an_invoice_of_who_does_not_supply(s: Scene) -> Refused:
    bank = s.numbers["bank"]
    expected = errors.RoleMissing(bank, Role.FINANCIER, Role.SUPPLIER)
    return _register(s, s.fresh(), 5, bank), expected


@case
def an_invoice_of_who_is_suspended(s: Scene) -> Refused:
    name = newcomer(s, Role.SUPPLIER)
    refused = suspend(s, name)
    return _register(s, s.fresh(), 5, s.numbers[name]), refused


@case
def a_red_letter_by_another_attester(s: Scene) -> Refused:
    nullifier, carrier = s.invoice(), s.numbers["carrier"]
    return (
        lambda: s.ledger.invoices.credit(s.signers["carrier"], nullifier, 5, DOCUMENT),
        errors.NotInvoiceAttester(nullifier, carrier, s.numbers["tax attester"]),
    )


@case
def a_red_letter_of_no_invoice(s: Scene) -> Refused:
    unknown = s.fresh()
    return lambda: _credit(s, unknown, 5), errors.InvoiceUnknown(unknown)


@case
def a_red_letter_without_a_document(s: Scene) -> Refused:
    nullifier = s.invoice()
    return (
        lambda: s.ledger.invoices.credit(s.signers["tax attester"], nullifier, 5, bytes(32)),
        errors.DocumentEmpty(),
    )


@case
def a_red_letter_of_nothing(s: Scene) -> Refused:
    nullifier = s.invoice()
    return lambda: _credit(s, nullifier, 0), errors.AmountZero()


@case
def red_letters_beyond_the_invoice(s: Scene) -> Refused:
    nullifier = s.invoice(100)
    _credit(s, nullifier, 60)
    return lambda: _credit(s, nullifier, 41), errors.CreditExceedsInvoice(nullifier, 101, 100)


@case
def a_red_letter_that_flags_what_is_not_confirmed(s: Scene) -> Refused:
    nullifier = s.invoice(100)
    return lambda: _credit(s, nullifier, 5, NOWHERE), errors.IssueUnknown(NOWHERE)


@case
def a_red_letter_that_flags_what_rests_on_another_invoice(s: Scene) -> Refused:
    nullifier, (_, other) = s.invoice(100), _used(s, 100, 50)
    return lambda: _credit(s, nullifier, 5, other), errors.NotRedLettered(other)


@case
def a_total_beneath_what_is_credited(s: Scene) -> Refused:
    nullifier = s.invoice(100)
    _credit(s, nullifier, 60)
    return (
        lambda: s.ledger.invoices.correct(s.signers["tax attester"], nullifier, 59, DOCUMENT),
        errors.CreditExceedsInvoice(nullifier, 60, 59),
    )


@case
def a_total_of_what_is_used(s: Scene) -> Refused:
    nullifier, _ = _used(s, 100, 50)
    return (
        lambda: s.ledger.invoices.correct(s.signers["tax attester"], nullifier, 200, DOCUMENT),
        errors.InvoiceInUse(nullifier, 50),
    )


@case
def a_flag_without_a_note(s: Scene) -> Refused:
    _, number = _used(s, 100, 50)
    return (
        lambda: s.ledger.issuance.flag_red_letter(s.signers["stranger"], number),
        errors.NotRedLettered(number),
    )


@case
def a_second_flag_after_the_debtor_has_spoken(s: Scene) -> Refused:
    nullifier, number = _used(s, 100, 50)
    _credit(s, nullifier, 20, number)
    s.ledger.issuance.reaffirm(s.signers["anchor"], number, DOCUMENT)
    return (
        lambda: s.ledger.issuance.flag_red_letter(s.signers["stranger"], number),
        errors.NotRedLettered(number),
    )


@case
def a_debtor_who_stands_by_what_is_not_covered(s: Scene) -> Refused:
    nullifier, number = _used(s, 100, 50)
    _credit(s, nullifier, 60, number)
    return (
        lambda: s.ledger.issuance.reaffirm(s.signers["anchor"], number, DOCUMENT),
        errors.InvoiceUsedUp(nullifier, 50, 40),
    )


@case
def another_debtor_who_stands_by_it(s: Scene) -> Refused:
    nullifier, number = _used(s, 100, 50)
    _credit(s, nullifier, 20, number)
    expected = errors.NotParty(s.numbers["second anchor"], s.numbers["anchor"], s.numbers["supplier"])
    return lambda: s.ledger.issuance.reaffirm(s.signers["second anchor"], number, DOCUMENT), expected


@case
def a_debtor_who_stands_by_it_without_a_statement(s: Scene) -> Refused:
    nullifier, number = _used(s, 100, 50)
    _credit(s, nullifier, 20, number)
    return (
        lambda: s.ledger.issuance.reaffirm(s.signers["anchor"], number, bytes(32)),
        errors.DocumentEmpty(),
    )


@case
def a_red_lettered_receivable_to_pass_on(s: Scene) -> Refused:
    nullifier, number = _used(s, 100, 50)
    _credit(s, nullifier, 20, number)
    return (
        lambda: s.ledger.receivables.offer(
            s.signers["supplier"], number << 48, 0, s.numbers["second supplier"], s.fresh()
        ),
        errors.RedLettered(number),
    )


@case
def a_proposal_on_an_invoice_credited_since(s: Scene) -> Refused:
    nullifier = s.invoice(100)
    sent = s.ledger.issuance.propose(s.signers["supplier"], s.terms(80, invoice=nullifier))
    number = only(sent, events.Proposed).receivable
    _credit(s, nullifier, 30)
    return (
        lambda: s.ledger.issuance.confirm(s.signers["anchor"], number),
        errors.InvoiceUsedUp(nullifier, 80, 70),
    )
