"""Vouchers that do not move, and pieces that cannot be cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chain import errors
from chain.deployment import DAY
from chain.naming import policy_key
from chain.rules.state import Encumbrance, Kind, Leg, Life, Role, VoucherFlag, receivable_of
from tests.chain.scenario import DOCUMENT, REASON, VALUES, Scene
from tests.contract_cases.cases import NOWHERE, Refused, case, newcomer, suspend

NO_VOUCHER = NOWHERE << 48
LEGS, LEAST, TIERS = (policy_key(f"transfer.{each}") for each in ("legs", "least", "tiers"))


def _offer(
    s: Scene, voucher: int, version: int = 0, to: str = "second supplier", by: str = "supplier"
) -> Callable[[], object]:
    evidence = s.fresh()
    return lambda: s.ledger.receivables.offer(s.signers[by], voucher, version, s.numbers[to], evidence)


def _split(s: Scene, voucher: int, *legs: Leg) -> Callable[[], object]:
    return lambda: s.ledger.receivables.split(s.signers["supplier"], voucher, 0, legs)


def _leg(s: Scene, length: int, to: str = "supplier") -> Leg:
    return Leg(s.numbers[to], length, s.fresh())


# Offer and transfer


@case
def an_offer_of_nothing(s: Scene) -> Refused:
    return _offer(s, NO_VOUCHER), errors.VoucherUnknown(NO_VOUCHER)


@case
def an_offer_by_who_does_not_hold(s: Scene) -> Refused:
    voucher = s.confirmed()
    expected = errors.NotHolder(voucher, s.numbers["third supplier"], s.numbers["supplier"])
    return _offer(s, voucher, by="third supplier"), expected


@case
def an_offer_to_nobody(s: Scene) -> Refused:
    voucher = s.confirmed()
    return (
        lambda: s.ledger.receivables.offer(s.signers["supplier"], voucher, 0, NOWHERE, s.fresh()),
        errors.ParticipantUnknown(NOWHERE),
    )


@case
def an_offer_of_what_is_offered(s: Scene) -> Refused:
    voucher = s.offered()
    return _offer(s, voucher, 1), errors.Encumbered(voucher, Encumbrance.OFFERED)


@case
def an_offer_of_what_has_changed(s: Scene) -> Refused:
    voucher = s.confirmed()
    return _offer(s, voucher, 7), errors.StaleVoucher(voucher, 0, 7)


@case
def an_offer_of_what_is_paid(s: Scene) -> Refused:
    voucher = s.confirmed()
    s.pay(receivable_of(voucher), 100_000)
    s.redeem(voucher)
    return _offer(s, voucher, 1), errors.NotLive(voucher, Life.REDEEMED)


@case
def an_offer_of_what_is_frozen(s: Scene) -> Refused:
    voucher = s.confirmed()
    s.ledger.receivables.freeze(s.signers["regulator"], voucher, REASON, DOCUMENT)
    return _offer(s, voucher, 1), errors.Held(voucher, VoucherFlag.FROZEN)


@case
def an_offer_of_what_is_disputed(s: Scene) -> Refused:
    voucher = s.confirmed()
    s.ledger.receivables.dispute(s.signers["anchor"], voucher, REASON, DOCUMENT)
    return _offer(s, voucher, 1), errors.Held(voucher, VoucherFlag.DISPUTED)


@case
def an_offer_of_what_is_due(s: Scene) -> Refused:
    voucher = s.confirmed(term=DAY)
    s.wait(2 * DAY)
    number = receivable_of(voucher)
    due_at = s.ledger.receivables.receivable(number).due_at
    return _offer(s, voucher), errors.PastDue(number, due_at)


@case
def an_offer_before_what_was_paid_is_redeemed(s: Scene) -> Refused:
    voucher = s.confirmed()
    s.pay(receivable_of(voucher), 10)
    return _offer(s, voucher), errors.UnredeemedPayments(voucher, 0, 1)


@case
def an_offer_of_what_others_may_come_back_on(s: Scene) -> Refused:
    voucher = s.financed(kind=Kind.RECOURSE_PURCHASE)
    return _offer(s, voucher, s.version(voucher), by="bank"), errors.BoundVoucher(voucher)


@case
def an_offer_to_oneself(s: Scene) -> Refused:
    voucher = s.confirmed()
    return _offer(s, voucher, to="supplier"), errors.SameParty(s.numbers["supplier"])


@case
def an_offer_to_the_debtor(s: Scene) -> Refused:
    name = newcomer(s, Role.DEBTOR | Role.SUPPLIER)
    number = s.numbers[name]
    s.govern(s.ledger.limits.encoded("setLimit", number, 156, 10**9))
    proposed = s.proposed(debtor=name)
    s.ledger.issuance.confirm(s.signers[name], proposed)
    return _offer(s, proposed << 48, to=name), errors.SameParty(number)


@case
def an_offer_without_evidence(s: Scene) -> Refused:
    voucher, to = s.confirmed(), s.numbers["second supplier"]
    return (
        lambda: s.ledger.receivables.offer(s.signers["supplier"], voucher, 0, to, bytes(32)),
        errors.EvidenceEmpty(),
    )


@case
def one_tier_too_many(s: Scene) -> Refused:
    voucher, holders = s.confirmed(), ("supplier", "second supplier", "third supplier", "supplier")
    for n in range(3):
        _offer(s, voucher, 2 * n, holders[n + 1], holders[n])()
        s.ledger.receivables.accept(s.signers[holders[n + 1]], voucher, 2 * n + 1)
    most = VALUES["transfer.tiers"]
    return _offer(s, voucher, 6), errors.TierTooDeep(voucher, 3, most, TIERS)


@case
def a_transfer_that_somebody_else_accepted(s: Scene) -> Refused:
    voucher, evidence = s.confirmed(), s.fresh()
    acceptance, _ = s.acceptance(voucher, "second supplier", evidence)
    signature = s.ledger.receivables.sign_acceptance(s.signers["third supplier"], acceptance)
    third, second = s.numbers["third supplier"], s.numbers["second supplier"]
    return (
        lambda: s.ledger.receivables.transfer(
            s.signers["supplier"],
            voucher=voucher,
            expected=0,
            to=second,
            evidence=evidence,
            valid_until=acceptance.valid_until,
            signature=signature,
        ),
        errors.AcceptanceOfAnother(voucher, third, second),
    )


@case
def a_transfer_with_an_acceptance_that_is_over(s: Scene) -> Refused:
    voucher, evidence = s.confirmed(), s.fresh()
    acceptance, signature = s.acceptance(voucher, "second supplier", evidence)
    s.wait(2 * DAY)
    return (
        lambda: s.ledger.receivables.transfer(
            s.signers["supplier"],
            voucher=voucher,
            expected=0,
            to=acceptance.to,
            evidence=evidence,
            valid_until=acceptance.valid_until,
            signature=signature,
        ),
        errors.AcceptanceExpired(voucher, acceptance.valid_until),
    )


@case
def a_transfer_signed_by_an_account_that_cannot_sign(s: Scene) -> Refused:
    name = f"clerk {s.fresh().hex()}"
    clerk = s.account("second supplier", name, int(Role.SUPPLIER))
    voucher, evidence = s.confirmed(), s.fresh()
    acceptance, _ = s.acceptance(voucher, "second supplier", evidence)
    signature = s.ledger.receivables.sign_acceptance(clerk, acceptance)
    return (
        lambda: s.ledger.receivables.transfer(
            s.signers["supplier"],
            voucher=voucher,
            expected=0,
            to=acceptance.to,
            evidence=evidence,
            valid_until=acceptance.valid_until,
            signature=signature,
        ),
        errors.RoleMissing(acceptance.to, Role.SUPPLIER, Role.SIGNER),
    )


# Acceptance


@case
def an_acceptance_of_what_is_not_offered(s: Scene) -> Refused:
    voucher = s.confirmed()
    return (
        lambda: s.ledger.receivables.accept(s.signers["second supplier"], voucher, 0),
        errors.NotOffered(voucher),
    )


@case
def an_acceptance_by_somebody_else(s: Scene) -> Refused:
    voucher = s.offered()
    third, second = s.numbers["third supplier"], s.numbers["second supplier"]
    return (
        lambda: s.ledger.receivables.accept(s.signers["third supplier"], voucher, 1),
        errors.NotCounterparty(voucher, third, second),
    )


@case
def a_refusal_by_somebody_else(s: Scene) -> Refused:
    voucher = s.offered()
    third, second = s.numbers["third supplier"], s.numbers["second supplier"]
    return (
        lambda: s.ledger.receivables.refuse(s.signers["third supplier"], voucher, 1, REASON),
        errors.NotCounterparty(voucher, third, second),
    )


@case
def an_acceptance_after_the_offer_lapsed(s: Scene) -> Refused:
    voucher = s.offered()
    until = s.ledger.receivables.voucher(voucher).until
    s.wait(VALUES["transfer.offer-period"] + DAY)
    return (
        lambda: s.ledger.receivables.accept(s.signers["second supplier"], voucher, 1),
        errors.OfferLapsed(voucher, until),
    )


@case
def an_acceptance_from_who_is_suspended(s: Scene) -> Refused:
    name = newcomer(s, Role.SUPPLIER)
    voucher = s.offered(by=name)
    refused = suspend(s, name)
    return lambda: s.ledger.receivables.accept(s.signers["second supplier"], voucher, 1), refused


@case
def a_signature_for_another_version_of_the_offer(s: Scene) -> Refused:
    voucher = s.offered()
    acceptance, signature = s.acceptance(voucher, "second supplier")
    return (
        lambda: s.ledger.receivables.accept_by_signature(
            s.signers["stranger"], voucher, 2, acceptance.valid_until, signature
        ),
        errors.StaleVoucher(voucher, 1, 2),
    )


@case
def a_withdrawal_by_who_does_not_hold(s: Scene) -> Refused:
    voucher = s.offered()
    second, supplier = s.numbers["second supplier"], s.numbers["supplier"]
    return (
        lambda: s.ledger.receivables.withdraw(s.signers["second supplier"], voucher, 1),
        errors.NotHolder(voucher, second, supplier),
    )


# Split


@case
def a_split_into_nothing(s: Scene) -> Refused:
    return _split(s, s.confirmed()), errors.BadLegCount(0, VALUES["transfer.legs"], LEGS)


@case
def a_split_into_too_many(s: Scene) -> Refused:
    voucher, most = s.confirmed(), VALUES["transfer.legs"]
    return _split(s, voucher, *[_leg(s, 2)] * (most + 1)), errors.BadLegCount(most + 1, most, LEGS)


@case
def a_piece_that_is_too_small(s: Scene) -> Refused:
    voucher, least = s.confirmed(), VALUES["transfer.least"]
    return _split(s, voucher, _leg(s, least - 1)), errors.LegTooShort(voucher, least - 1, least, LEAST)


@case
def more_than_there_is_to_split(s: Scene) -> Refused:
    voucher = s.confirmed(100)
    legs = (_leg(s, 60), _leg(s, 41))
    return _split(s, voucher, *legs), errors.SplitExceedsVoucher(voucher, 41, 40)


@case
def a_split_that_leaves_nothing(s: Scene) -> Refused:
    voucher = s.confirmed(100)
    return _split(s, voucher, _leg(s, 60), _leg(s, 40)), errors.SplitTakesWhole(voucher)


@case
def a_split_for_who_is_suspended(s: Scene) -> Refused:
    name, voucher = newcomer(s, Role.SUPPLIER), s.confirmed(100)
    refused = suspend(s, name)
    return _split(s, voucher, _leg(s, 60, name)), refused


@case
def a_piece_without_evidence(s: Scene) -> Refused:
    leg = replace(_leg(s, 60, "second supplier"), evidence=bytes(32))
    return _split(s, s.confirmed(100), leg), errors.EvidenceEmpty()


# Freeze, dispute, write-off


@case
def a_freeze_without_an_order(s: Scene) -> Refused:
    voucher = s.confirmed()
    return (
        lambda: s.ledger.receivables.freeze(s.signers["regulator"], voucher, REASON, bytes(32)),
        errors.DocumentEmpty(),
    )


@case
def a_freeze_by_who_may_not(s: Scene) -> Refused:
    voucher, operator = s.confirmed(), s.numbers["operator"]
    return (
        lambda: s.ledger.receivables.freeze(s.signers["operator"], voucher, REASON, DOCUMENT),
        errors.RoleMissing(operator, Role.OPERATOR | Role.ADMIN | Role.SIGNER, Role.REGULATOR),
    )


@case
def a_second_freeze(s: Scene) -> Refused:
    voucher = s.confirmed()
    s.ledger.receivables.freeze(s.signers["regulator"], voucher, REASON, DOCUMENT)
    return (
        lambda: s.ledger.receivables.freeze(s.signers["regulator"], voucher, REASON, DOCUMENT),
        errors.AlreadyFlagged(voucher, VoucherFlag.FROZEN),
    )


@case
def a_thaw_of_what_is_not_frozen(s: Scene) -> Refused:
    voucher = s.confirmed()
    return (
        lambda: s.ledger.receivables.unfreeze(s.signers["regulator"], voucher, DOCUMENT),
        errors.NotFlagged(voucher, 0),
    )


@case
def a_dispute_by_another_debtor(s: Scene) -> Refused:
    voucher = s.confirmed()
    expected = errors.NotDebtor(receivable_of(voucher), s.numbers["second anchor"], s.numbers["anchor"])
    return (
        lambda: s.ledger.receivables.dispute(s.signers["second anchor"], voucher, REASON, DOCUMENT),
        expected,
    )


@case
def a_dispute_after_waiving_defences(s: Scene) -> Refused:
    voucher = s.confirmed(waives=True)
    return (
        lambda: s.ledger.receivables.dispute(s.signers["anchor"], voucher, REASON, DOCUMENT),
        errors.DefencesWaived(receivable_of(voucher)),
    )


@case
def a_dispute_ended_by_another_debtor(s: Scene) -> Refused:
    voucher = s.confirmed()
    s.ledger.receivables.dispute(s.signers["anchor"], voucher, REASON, DOCUMENT)
    expected = errors.NotDebtor(receivable_of(voucher), s.numbers["second anchor"], s.numbers["anchor"])
    return (
        lambda: s.ledger.receivables.end_dispute(s.signers["second anchor"], voucher, DOCUMENT),
        expected,
    )


@case
def a_write_off_before_the_due_date(s: Scene) -> Refused:
    voucher = s.confirmed()
    number = receivable_of(voucher)
    due_at = s.ledger.receivables.receivable(number).due_at
    return (
        lambda: s.ledger.receivables.write_off(s.signers["supplier"], voucher, 0, DOCUMENT),
        errors.NotDue(number, due_at),
    )
