"""Receivables and vouchers: what may not be done with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chain import errors
from chain.deployment import DAY
from chain.rules.state import Leg, Role
from chain.sending import Sent
from tests.chain.scenario import CNY, REASON, VALUES, Scene
from tests.contract_cases.cases import NOWHERE, Refused, case, newcomer, suspend


def _register(
    s: Scene, by: str, nullifier: bytes, total: int, creditor: int | None = None
) -> Callable[[], Sent]:
    issuer = s.numbers["supplier"] if creditor is None else creditor
    return lambda: s.ledger.receivables.register_invoice(s.signers[by], nullifier, issuer, CNY, total)


@case
def an_offer_to_nobody(s: Scene) -> Refused:
    voucher = s.confirmed()
    return (
        lambda: s.ledger.receivables.offer(s.signers["supplier"], voucher, 0, NOWHERE, s.fresh()),
        errors.ParticipantUnknown(NOWHERE),
    )


# Invoices and receivables


def _propose(s: Scene, by: str = "supplier", **changed: Any) -> Callable[[], Sent]:
    arguments: dict[str, Any] = {
        "debtor": s.numbers["anchor"],
        "creditor": s.numbers["supplier"],
        "face": 10,
        "currency": CNY,
        "due_at": s.now() + DAY,
        "evidence": s.evidence(),
        "invoice": s.invoice(10),
    } | changed
    return lambda: s.ledger.receivables.propose(s.signers[by], **arguments)


@case
def an_invoice_twice(s: Scene) -> Refused:
    invoice = s.invoice()
    return (
        _register(s, "carrier", invoice, 5),
        errors.InvoiceExists(invoice),
    )


@case
def an_invoice_without_nullifier(s: Scene) -> Refused:
    return (
        _register(s, "carrier", bytes(32), 5),
        errors.InvoiceUnknown(bytes(32)),
    )


@case
def an_invoice_over_nothing(s: Scene) -> Refused:
    return (
        _register(s, "carrier", s.fresh(), 0),
        errors.AmountZero(),
    )


@case
def an_invoice_of_nobody(s: Scene) -> Refused:
    return _register(s, "carrier", s.fresh(), 5, NOWHERE), errors.ParticipantUnknown(NOWHERE)


@case
def an_invoice_of_who_does_not_supply(s: Scene) -> Refused:
    debtor = s.numbers["anchor"]
    return (
        _register(s, "carrier", s.fresh(), 5, debtor),
        errors.RoleMissing(debtor, Role.DEBTOR, Role.SUPPLIER),
    )


@case
def a_proposal_by_a_third_party(s: Scene) -> Refused:
    n = s.numbers
    return (
        _propose(s, by="second supplier"),
        errors.NotParty(n["second supplier"], n["anchor"], n["supplier"]),
    )


@case
def a_debt_to_oneself(s: Scene) -> Refused:
    return _propose(s, debtor=s.numbers["supplier"]), errors.SameParty(s.numbers["supplier"])


@case
def a_receivable_over_nothing(s: Scene) -> Refused:
    return _propose(s, face=0), errors.AmountZero()


@case
def a_due_date_in_the_past(s: Scene) -> Refused:
    return _propose(s, due_at=1), errors.BadDueDate(1, s.now() + VALUES["term.longest"])


@case
def evidence_nobody_attested(s: Scene) -> Refused:
    unknown = s.fresh()
    return _propose(s, evidence=unknown), errors.EvidenceInvalid(unknown)


@case
def evidence_of_too_low_a_level(s: Scene) -> Refused:
    low = s.evidence(level=1)
    return _propose(s, evidence=low), errors.EvidenceLevelTooLow(low, 1, 2)


@case
def an_invoice_that_is_used_up(s: Scene) -> Refused:
    invoice = s.invoice(10)
    _propose(s, invoice=invoice, face=7)()
    return _propose(s, invoice=invoice, face=4), errors.InvoiceUsedUp(invoice, 4, 3)


@case
def an_invoice_of_another_creditor(s: Scene) -> Refused:
    invoice, issuer = s.invoice(10, creditor="second supplier"), s.numbers["second supplier"]
    return _propose(s, invoice=invoice), errors.InvoiceOfAnother(invoice, issuer, CNY)


@case
def an_invoice_in_another_currency(s: Scene) -> Refused:
    invoice = s.invoice(10, currency=978)
    return _propose(s, invoice=invoice), errors.InvoiceOfAnother(invoice, s.numbers["supplier"], 978)


@case
def a_confirmation_of_nothing(s: Scene) -> Refused:
    return (
        lambda: s.ledger.receivables.confirm(s.signers["anchor"], NOWHERE),
        errors.ReceivableUnknown(NOWHERE),
    )


@case
def a_second_confirmation(s: Scene) -> Refused:
    receivable = s.confirmed() >> 32
    return (
        lambda: s.ledger.receivables.confirm(s.signers["anchor"], receivable),
        errors.WrongReceivableState(receivable, 2),
    )


@case
def a_confirmation_of_ones_own_proposal(s: Scene) -> Refused:
    receivable = s.proposed()
    return (
        lambda: s.ledger.receivables.confirm(s.signers["supplier"], receivable),
        errors.NotConfirmer(receivable, s.numbers["supplier"], s.numbers["anchor"]),
    )


@case
def a_cancellation_by_the_other_party(s: Scene) -> Refused:
    receivable = s.proposed()
    return (
        lambda: s.ledger.receivables.cancel(s.signers["anchor"], receivable, REASON),
        errors.NotProposer(receivable, s.numbers["anchor"], s.numbers["supplier"]),
    )


@case
def a_confirmation_for_a_suspended_creditor(s: Scene) -> Refused:
    creditor = newcomer(s, Role.SUPPLIER)
    receivable = s.proposed(by=creditor, creditor=creditor)
    suspended = suspend(s, creditor)
    return lambda: s.ledger.receivables.confirm(s.signers["anchor"], receivable), suspended


@case
def a_confirmation_of_a_suspended_debtors_proposal(s: Scene) -> Refused:
    debtor = newcomer(s, Role.DEBTOR)
    receivable = s.proposed(by=debtor, debtor=debtor)
    suspended = suspend(s, debtor)
    return lambda: s.ledger.receivables.confirm(s.signers["supplier"], receivable), suspended


@case
def a_confirmation_of_a_debtor_who_is_none_any_more(s: Scene) -> Refused:
    debtor = newcomer(s, Role.DEBTOR)
    receivable, number = s.proposed(by=debtor, debtor=debtor), s.numbers[debtor]
    until = s.ledger.participants.participant(number).valid_until
    s.govern(s.ledger.participants.encoded("setRoles", number, int(Role.SUPPLIER), until))
    return (
        lambda: s.ledger.receivables.confirm(s.signers["supplier"], receivable),
        errors.RoleMissing(number, Role.SUPPLIER, Role.DEBTOR),
    )


@case
def a_confirmation_after_the_due_date(s: Scene) -> Refused:
    receivable = s.proposed(term=DAY)
    due_at = s.ledger.receivables.receivable(receivable).due_at
    s.wait(2 * DAY)
    return (
        lambda: s.ledger.receivables.confirm(s.signers["anchor"], receivable),
        errors.PastDue(receivable, due_at),
    )


# Split and transfer


def _split(s: Scene, voucher: int, *legs: Leg, expected: int = 0) -> Callable[[], Sent]:
    return lambda: s.ledger.receivables.split(s.signers["supplier"], voucher, expected, legs)


def _leg(s: Scene, length: int, to: str = "second supplier") -> Leg:
    return Leg(s.numbers[to], length, s.fresh())


@case
def a_split_into_nothing(s: Scene) -> Refused:
    return _split(s, s.confirmed()), errors.BadLegCount(0, 5)


@case
def a_split_into_too_many(s: Scene) -> Refused:
    return _split(s, s.confirmed(), *[_leg(s, 1)] * 6), errors.BadLegCount(6, 5)


@case
def a_split_of_more_than_there_is(s: Scene) -> Refused:
    voucher = s.confirmed(10)
    return _split(s, voucher, _leg(s, 6), _leg(s, 5)), errors.SplitExceedsVoucher(voucher, 11, 10)


@case
def a_split_of_the_whole(s: Scene) -> Refused:
    voucher = s.confirmed(10)
    return _split(s, voucher, _leg(s, 6), _leg(s, 4)), errors.SplitTakesWhole(voucher)


@case
def a_piece_of_nothing(s: Scene) -> Refused:
    return _split(s, s.confirmed(), _leg(s, 0)), errors.AmountZero()


@case
def a_piece_for_the_debtor(s: Scene) -> Refused:
    return _split(s, s.confirmed(), _leg(s, 1, "anchor")), errors.SameParty(s.numbers["anchor"])


@case
def a_split_sent_twice(s: Scene) -> Refused:
    voucher = s.confirmed()
    _split(s, voucher, _leg(s, 1))()
    return _split(s, voucher, _leg(s, 1)), errors.StaleVoucher(voucher, 1, 0)


@case
def an_offer_of_nothing(s: Scene) -> Refused:
    return (
        lambda: s.ledger.receivables.offer(s.signers["supplier"], NOWHERE, 0, 1, s.fresh()),
        errors.VoucherUnknown(NOWHERE),
    )


@case
def an_offer_by_who_does_not_hold(s: Scene) -> Refused:
    voucher, n = s.confirmed(), s.numbers
    return (
        lambda: s.ledger.receivables.offer(s.signers["bank"], voucher, 0, n["supplier"], s.fresh()),
        errors.NotHolder(voucher, n["bank"], n["supplier"]),
    )


@case
def an_offer_to_oneself(s: Scene) -> Refused:
    voucher, own = s.confirmed(), s.numbers["supplier"]
    return (
        lambda: s.ledger.receivables.offer(s.signers["supplier"], voucher, 0, own, s.fresh()),
        errors.SameParty(own),
    )


@case
def an_offer_without_evidence(s: Scene) -> Refused:
    voucher, to = s.confirmed(), s.numbers["bank"]
    return (
        lambda: s.ledger.receivables.offer(s.signers["supplier"], voucher, 0, to, bytes(32)),
        errors.EvidenceEmpty(),
    )


@case
def an_offer_of_what_is_offered(s: Scene) -> Refused:
    voucher, to = s.offered(), s.numbers["bank"]
    return (
        lambda: s.ledger.receivables.offer(s.signers["supplier"], voucher, 1, to, s.fresh()),
        errors.Encumbered(voucher, 1),
    )


@case
def an_offer_below_the_deepest_tier(s: Scene) -> Refused:
    receivables, chain = s.ledger.receivables, ["supplier", "second supplier", "third supplier", "supplier"]
    voucher = s.confirmed()
    for hop in range(3):
        to = s.numbers[chain[hop + 1]]
        receivables.offer(s.signers[chain[hop]], voucher, 2 * hop, to, s.fresh())
        receivables.accept(s.signers[chain[hop + 1]], voucher, 2 * hop + 1)
    return (
        lambda: receivables.offer(s.signers["supplier"], voucher, 6, s.numbers["bank"], s.fresh()),
        errors.TierTooDeep(voucher, 3, 3),
    )


@case
def an_offer_with_payments_to_redeem(s: Scene) -> Refused:
    voucher = s.confirmed()
    s.ledger.receivables.record_payment(s.signers["settlement bank"], voucher >> 32, 1, s.fresh())
    return (
        lambda: s.ledger.receivables.offer(s.signers["supplier"], voucher, 0, s.numbers["bank"], s.fresh()),
        errors.UnredeemedPayments(voucher, 0, 1),
    )


@case
def an_acceptance_of_what_is_not_offered(s: Scene) -> Refused:
    voucher = s.confirmed()
    return (
        lambda: s.ledger.receivables.accept(s.signers["second supplier"], voucher, 0),
        errors.NotOffered(voucher),
    )


@case
def an_acceptance_by_somebody_else(s: Scene) -> Refused:
    voucher, n = s.offered(), s.numbers
    return (
        lambda: s.ledger.receivables.accept(s.signers["third supplier"], voucher, 1),
        errors.NotCounterparty(voucher, n["third supplier"], n["second supplier"]),
    )


@case
def an_acceptance_from_a_suspended_holder(s: Scene) -> Refused:
    holder = newcomer(s, Role.SUPPLIER)
    voucher = s.offered(by=holder)
    suspended = suspend(s, holder)
    return lambda: s.ledger.receivables.accept(s.signers["second supplier"], voucher, 1), suspended


@case
def an_acceptance_too_late(s: Scene) -> Refused:
    voucher = s.offered()
    lapses_at = s.ledger.receivables.voucher(voucher).since + VALUES["transfer.offer-period"]
    s.wait(11 * DAY)
    return (
        lambda: s.ledger.receivables.accept(s.signers["second supplier"], voucher, 1),
        errors.OfferLapsed(voucher, lapses_at),
    )


# Financing


def _accept_quote(s: Scene, voucher: int, signer: str = "bank", **changed: Any) -> Callable[[], Sent]:
    quote = replace(s.quote(voucher), **changed)
    signature = s.ledger.receivables.sign_quote(s.signers[signer], quote)
    return lambda: s.ledger.receivables.accept_quote(s.signers["supplier"], quote, signature)


@case
def a_quote_that_has_expired(s: Scene) -> Refused:
    voucher = s.confirmed()
    return _accept_quote(s, voucher, valid_until=1), errors.QuoteExpired(voucher, 1)


@case
def a_quote_signed_by_another_bank(s: Scene) -> Refused:
    voucher, n = s.confirmed(), s.numbers
    return (
        _accept_quote(s, voucher, "second bank"),
        errors.QuoteNotSigned(voucher, n["bank"], n["second bank"]),
    )


@case
def a_quote_signed_by_nobody(s: Scene) -> Refused:
    voucher = s.confirmed()
    return _accept_quote(s, voucher, "stranger"), errors.QuoteNotSigned(voucher, s.numbers["bank"], 0)


@case
def a_quote_of_nobody(s: Scene) -> Refused:
    return _accept_quote(s, s.confirmed(), "stranger", financier=0), errors.ParticipantUnknown(0)


@case
def a_quote_of_the_debtor(s: Scene) -> Refused:
    debtor = s.numbers["anchor"]
    return _accept_quote(s, s.confirmed(), "anchor", financier=debtor), errors.SameParty(debtor)


@case
def a_quote_of_the_holder(s: Scene) -> Refused:
    holder = s.numbers["supplier"]
    return _accept_quote(s, s.confirmed(), "supplier", financier=holder), errors.SameParty(holder)


@case
def a_quote_of_who_does_not_finance(s: Scene) -> Refused:
    other = s.numbers["second supplier"]
    return (
        _accept_quote(s, s.confirmed(), "second supplier", financier=other),
        errors.RoleMissing(other, Role.SUPPLIER, Role.FINANCIER),
    )


@case
def a_quote_of_a_suspended_bank(s: Scene) -> Refused:
    bank = newcomer(s, Role.FINANCIER)
    call = _accept_quote(s, s.confirmed(), bank, financier=s.numbers[bank])
    return call, suspend(s, bank)


@case
def a_quote_for_another_face(s: Scene) -> Refused:
    voucher = s.confirmed()
    return _accept_quote(s, voucher, face=100_001), errors.QuoteOfAnotherFace(voucher, 100_001, 100_000)


def _part_paid(s: Scene) -> int:
    """A voucher of 100,000 of which 40,000 are paid; its version is 1."""
    voucher = s.confirmed()
    s.ledger.receivables.record_payment(s.signers["settlement bank"], voucher >> 32, 40_000, s.fresh())
    s.ledger.receivables.redeem(s.signers["settlement bank"], voucher >> 32, [1])
    return voucher


@case
def a_quote_for_what_is_paid_already(s: Scene) -> Refused:
    voucher = _part_paid(s)
    return _accept_quote(s, voucher, version=1), errors.QuoteOfAnotherFace(voucher, 100_000, 60_000)


@case
def a_quote_of_more_than_is_unpaid(s: Scene) -> Refused:
    voucher = _part_paid(s)
    return (
        _accept_quote(s, voucher, version=1, face=60_000, proceeds=60_001),
        errors.ProceedsExceedFace(voucher, 60_001, 60_000),
    )


@case
def a_quote_of_more_than_the_voucher(s: Scene) -> Refused:
    voucher = s.confirmed(10)
    return _accept_quote(s, voucher, face=10, proceeds=11), errors.ProceedsExceedFace(voucher, 11, 10)


@case
def a_quote_of_nothing(s: Scene) -> Refused:
    return _accept_quote(s, s.confirmed(), proceeds=0), errors.AmountZero()


def _signed_as(s: Scene, signature: bytes) -> Callable[[], Sent]:
    quote = s.quote(s.confirmed())
    return lambda: s.ledger.receivables.accept_quote(s.signers["supplier"], quote, signature)


@case
def a_signature_too_short(s: Scene) -> Refused:
    return _signed_as(s, bytes(64)), errors.ECDSAInvalidSignatureLength(64)


@case
def a_signature_of_nobody(s: Scene) -> Refused:
    return _signed_as(s, bytes(65)), errors.ECDSAInvalidSignature()


@case
def a_signature_with_the_other_s(s: Scene) -> Refused:
    high = b"\xff" * 32
    return _signed_as(s, b"\x01" * 32 + high + b"\x1b"), errors.ECDSAInvalidSignatureS(high)


@case
def a_disbursement_of_what_is_not_locked(s: Scene) -> Refused:
    voucher = s.confirmed()
    return (
        lambda: s.ledger.receivables.disburse(s.signers["settlement bank"], voucher, 0, 1, s.fresh()),
        errors.NotLocked(voucher),
    )


@case
def a_disbursement_of_another_amount(s: Scene) -> Refused:
    voucher = s.locked()
    return (
        lambda: s.ledger.receivables.disburse(s.signers["settlement bank"], voucher, 1, 96_999, s.fresh()),
        errors.WrongAmount(voucher, 96_999, 97_000),
    )


@case
def a_lock_released_too_early(s: Scene) -> Refused:
    voucher = s.locked()
    until = s.ledger.receivables.lock(voucher).disburse_by
    return (
        lambda: s.ledger.receivables.release_lock(s.signers["supplier"], voucher, 1),
        errors.LockHeld(voucher, until),
    )


@case
def a_lock_released_too_early_by_a_settlement_bank(s: Scene) -> Refused:
    voucher = s.locked()
    until = s.ledger.receivables.lock(voucher).disburse_by
    return (
        lambda: s.ledger.receivables.release_lock(s.signers["settlement bank"], voucher, 1),
        errors.LockHeld(voucher, until),
    )


@case
def a_lock_released_by_somebody_else(s: Scene) -> Refused:
    voucher, n = s.locked(), s.numbers
    s.wait(VALUES["financing.disburse-period"] + DAY)
    return (
        lambda: s.ledger.receivables.release_lock(s.signers["second bank"], voucher, 1),
        errors.NotHolder(voucher, n["second bank"], n["supplier"]),
    )


# Settlement


@case
def a_payment_of_more_than_is_owed(s: Scene) -> Refused:
    receivable = s.confirmed(10) >> 32
    return (
        lambda: s.ledger.receivables.record_payment(s.signers["settlement bank"], receivable, 11, s.fresh()),
        errors.ExceedsOutstanding(receivable, 11, 10),
    )


@case
def a_payment_counted_before(s: Scene) -> Refused:
    receivable, reference = s.confirmed() >> 32, s.fresh()
    s.ledger.receivables.record_payment(s.signers["settlement bank"], receivable, 1, reference)
    return (
        lambda: s.ledger.receivables.record_payment(s.signers["settlement bank"], receivable, 1, reference),
        errors.ReferenceUsed(reference, receivable),
    )


@case
def a_payment_without_reference(s: Scene) -> Refused:
    receivable = s.confirmed() >> 32
    return (
        lambda: s.ledger.receivables.record_payment(s.signers["settlement bank"], receivable, 1, bytes(32)),
        errors.ReferenceEmpty(),
    )


@case
def a_redemption_before_any_payment(s: Scene) -> Refused:
    voucher = s.confirmed()
    return (
        lambda: s.ledger.receivables.redeem(s.signers["supplier"], voucher >> 32, [1]),
        errors.NothingToRedeem(voucher),
    )


@case
def a_redemption_of_what_is_locked(s: Scene) -> Refused:
    voucher = s.locked()
    s.ledger.receivables.record_payment(s.signers["settlement bank"], voucher >> 32, 1, s.fresh())
    return (
        lambda: s.ledger.receivables.redeem(s.signers["settlement bank"], voucher >> 32, [1]),
        errors.Encumbered(voucher, 2),
    )


@case
def a_redemption_of_what_is_redeemed(s: Scene) -> Refused:
    voucher = s.confirmed(10)
    s.ledger.receivables.record_payment(s.signers["settlement bank"], voucher >> 32, 10, s.fresh())
    return (
        lambda: s.ledger.receivables.redeem(s.signers["supplier"], voucher >> 32, [1, 1]),
        errors.NotLive(voucher, 2),
    )
