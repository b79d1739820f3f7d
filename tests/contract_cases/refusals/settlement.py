"""Payments that cannot be recorded or returned, and vouchers that are not paid."""

from __future__ import annotations

from chain import errors
from chain.rules.state import Encumbrance, Life, receivable_of
from tests.chain.scenario import Scene
from tests.contract_cases.cases import NOWHERE, Refused, case

MOST = 2**48 - 1


@case
def a_payment_on_nothing(s: Scene) -> Refused:
    return lambda: s.pay(NOWHERE, 5), errors.ReceivableUnknown(NOWHERE)


@case
def a_payment_of_nothing(s: Scene) -> Refused:
    number = receivable_of(s.confirmed())
    return lambda: s.pay(number, 0), errors.AmountZero()


@case
def a_payment_without_reference(s: Scene) -> Refused:
    number, bank = receivable_of(s.confirmed()), s.signers["settlement bank"]
    return (
        lambda: s.ledger.receivables.record_payment(bank, number, 5, bytes(32)),
        errors.ReferenceEmpty(),
    )


@case
def a_payment_that_was_counted(s: Scene) -> Refused:
    number, bank, reference = receivable_of(s.confirmed()), s.signers["settlement bank"], s.fresh()
    s.ledger.receivables.record_payment(bank, number, 5, reference)
    return (
        lambda: s.ledger.receivables.record_payment(bank, number, 5, reference),
        errors.ReferenceUsed(reference, number),
    )


@case
def a_payment_that_was_a_disbursement(s: Scene) -> Refused:
    voucher, bank, reference = s.locked(), s.signers["settlement bank"], s.fresh()
    s.ledger.financing.disburse(bank, voucher, s.version(voucher), 97_000, reference)
    return (
        lambda: s.ledger.receivables.record_payment(bank, receivable_of(voucher), 5, reference),
        errors.ReferenceUsed(reference, voucher),
    )


@case
def a_payment_no_debtor_can_mean(s: Scene) -> Refused:
    number = receivable_of(s.confirmed(1_000))
    s.pay(number, MOST)
    return lambda: s.pay(number, 1_001), errors.CreditTooLarge(number, MOST + 1)


@case
def more_credit_than_there_is(s: Scene) -> Refused:
    number, bank = receivable_of(s.confirmed(1_000)), s.signers["settlement bank"]
    s.pay(number, 1_010)
    return (
        lambda: s.ledger.receivables.return_credit(bank, number, 11, s.fresh()),
        errors.ExceedsCredit(number, 11, 10),
    )


@case
def a_credit_of_nothing_to_return(s: Scene) -> Refused:
    number, bank = receivable_of(s.confirmed(1_000)), s.signers["settlement bank"]
    return (
        lambda: s.ledger.receivables.return_credit(bank, number, 0, s.fresh()),
        errors.AmountZero(),
    )


@case
def a_redemption_of_what_is_redeemed(s: Scene) -> Refused:
    voucher = s.confirmed()
    s.pay(receivable_of(voucher), 10)
    return lambda: s.redeem(voucher, voucher), errors.NothingToRedeem(voucher)


@case
def a_redemption_of_what_is_over(s: Scene) -> Refused:
    voucher = s.confirmed()
    s.pay(receivable_of(voucher), 100_000)
    return lambda: s.redeem(voucher, voucher), errors.NotLive(voucher, Life.REDEEMED)


@case
def a_redemption_of_no_voucher(s: Scene) -> Refused:
    voucher = s.confirmed()
    s.pay(receivable_of(voucher), 10)
    return lambda: s.redeem(voucher, voucher + 1), errors.VoucherUnknown(voucher + 1)


@case
def a_redemption_by_who_does_not_hold(s: Scene) -> Refused:
    voucher = s.confirmed()
    s.pay(receivable_of(voucher), 10)
    expected = errors.NotHolder(voucher, s.numbers["third supplier"], s.numbers["supplier"])
    return lambda: s.redeem(voucher, by="third supplier"), expected


@case
def a_redemption_of_what_is_locked(s: Scene) -> Refused:
    voucher = s.locked()
    s.pay(receivable_of(voucher), 10)
    return lambda: s.redeem(voucher), errors.Encumbered(voucher, Encumbrance.LOCKED)
