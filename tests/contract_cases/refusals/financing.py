"""Quotes, deals, pledges, recourse and claims: what may not be done with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chain import errors, events
from chain.deployment import DAY
from chain.ledger import only
from chain.naming import policy_key
from chain.rules.state import Encumbrance, Kind, Quote, VoucherFlag, receivable_of
from tests.chain.scenario import DOCUMENT, REASON, VALUES, Scene
from tests.contract_cases.cases import NOWHERE, Refused, case

NO_VOUCHER = NOWHERE << 48
REGISTRATION, AGREEMENT, JUSTIFICATION = (
    policy_key(f"financing.{each}") for each in ("registration", "agreement", "justification")
)


def _accept(s: Scene, quote: Quote, by: str = "bank", holder: str = "supplier") -> Callable[[], object]:
    return lambda: s.accept(quote, holder, by)


def _disburse(s: Scene, voucher: int, amount: int = 97_000, version: int = 1) -> Callable[[], object]:
    bank, reference = s.signers["settlement bank"], s.fresh()
    return lambda: s.ledger.financing.disburse(bank, voucher, version, amount, reference)


def _file(s: Scene, voucher: int, by: str = "bank", **changed: object) -> Callable[[], object]:
    filed = {"registration": s.fresh(), "agreement": s.fresh(), "registered_at": s.now()} | changed
    return lambda: s.ledger.financing.file(
        s.signers[by],
        voucher=voucher,
        expected=1,
        **filed,  # type: ignore[arg-type]
    )


# Quotes


@case
def a_quote_taken_back_by_another(s: Scene) -> Refused:
    quote = s.quote(s.confirmed())
    expected = errors.NotFinancier(quote.voucher, s.numbers["second bank"], s.numbers["bank"])
    return lambda: s.ledger.financing.cancel_quote(s.signers["second bank"], quote), expected


@case
def a_quote_that_was_taken_back(s: Scene) -> Refused:
    quote = s.quote(s.confirmed())
    s.ledger.financing.cancel_quote(s.signers["bank"], quote)
    return _accept(s, quote), errors.QuoteIsOver(s.ledger.financing.quote_digest(quote))


@case
def a_quote_accepted_twice(s: Scene) -> Refused:
    quote = s.quote(s.confirmed())
    s.accept(quote)
    return _accept(s, quote), errors.QuoteIsOver(s.ledger.financing.quote_digest(quote))


@case
def a_quote_to_oneself(s: Scene) -> Refused:
    voucher = s.financed()
    quote = s.quote(voucher, s.version(voucher))
    return _accept(s, quote, holder="bank"), errors.SameParty(s.numbers["bank"])


@case
def a_quote_that_has_expired(s: Scene) -> Refused:
    quote = s.quote(s.confirmed())
    s.wait(2 * DAY)
    return _accept(s, quote), errors.QuoteExpired(quote.voucher, quote.valid_until)


@case
def a_quote_that_another_bank_signed(s: Scene) -> Refused:
    quote = s.quote(s.confirmed())
    bank, second = s.numbers["bank"], s.numbers["second bank"]
    return _accept(s, quote, by="second bank"), errors.QuoteNotSigned(quote.voucher, bank, second)


@case
def a_quote_that_nobody_of_the_ledger_signed(s: Scene) -> Refused:
    quote, stranger = s.quote(s.confirmed()), s.signers["stranger"]
    return _accept(s, quote, by="stranger"), errors.NotParticipant(stranger.address)


@case
def a_quote_with_a_signature_of_no_account(s: Scene) -> Refused:
    quote = s.quote(s.confirmed())
    signature = s.ledger.financing.sign_quote(s.signers["bank"], quote)
    return (
        lambda: s.ledger.financing.accept_quote(s.signers["supplier"], quote, signature[:64] + b"\x05"),
        errors.ECDSAInvalidSignature(),
    )


@case
def a_quote_with_a_signature_that_has_a_twin(s: Scene) -> Refused:
    quote, high = s.quote(s.confirmed()), b"\xff" * 32
    signature = s.ledger.financing.sign_quote(s.signers["bank"], quote)
    mirrored = signature[:32] + high + signature[64:]
    return (
        lambda: s.ledger.financing.accept_quote(s.signers["supplier"], quote, mirrored),
        errors.ECDSAInvalidSignatureS(high),
    )


@case
def a_quote_for_another_version(s: Scene) -> Refused:
    quote = s.quote(s.confirmed(), version=4)
    return _accept(s, quote), errors.StaleVoucher(quote.voucher, 0, 4)


@case
def a_quote_for_more_than_is_unpaid(s: Scene) -> Refused:
    voucher = s.confirmed()
    s.pay(receivable_of(voucher), 10)
    s.redeem(voucher)
    quote = s.quote(voucher, version=1)
    return _accept(s, quote), errors.QuoteOfAnotherFace(voucher, 100_000, 99_990)


@case
def a_quote_of_nothing(s: Scene) -> Refused:
    return _accept(s, s.quote(s.confirmed(), proceeds=0)), errors.AmountZero()


@case
def more_interest_than_the_debtors_share(s: Scene) -> Refused:
    voucher = s.confirmed(interest_share=2_500)
    quote = s.quote(voucher, interest=1_000, debtor_interest=251)
    return _accept(s, quote), errors.InterestShareExceeded(voucher, 251, 250)


@case
def costs_beyond_the_face(s: Scene) -> Refused:
    voucher = s.confirmed()
    quote = s.quote(voucher, proceeds=99_000, interest=800, fees=201)
    return _accept(s, quote), errors.CostsExceedFace(voucher, 100_001, 100_000)


@case
def costs_beyond_what_is_due_back(s: Scene) -> Refused:
    voucher = s.financed(kind=Kind.RECOURSE_PURCHASE)
    due = s.ledger.financing.hop(voucher, 1).surplus
    quote = s.quote(voucher, s.version(voucher), proceeds=100_000, interest=0, fees=0, by="second bank")
    expected = errors.CostsExceedFace(voucher, 100_000, 100_000 - due)
    return _accept(s, quote, "second bank", "bank"), expected


@case
def a_loan_that_outlasts_its_pledge(s: Scene) -> Refused:
    voucher = s.confirmed()
    due_at = s.ledger.receivables.receivable(receivable_of(voucher)).due_at
    quote = replace(s.quote(voucher, kind=Kind.PLEDGE), matures_at=due_at + 1)
    return _accept(s, quote), errors.BadMaturity(voucher, due_at + 1, due_at)


@case
def a_purchase_that_falls_due(s: Scene) -> Refused:
    quote = replace(s.quote(s.confirmed()), matures_at=s.now() + DAY)
    return _accept(s, quote), errors.BadMaturity(quote.voucher, quote.matures_at, 0)


@case
def a_long_term_that_nobody_justified(s: Scene) -> Refused:
    voucher = s.confirmed(term=VALUES["term.review"] + 10 * DAY)
    return _accept(s, s.quote(voucher)), errors.JustificationMissing(voucher, JUSTIFICATION)


# Filing, disbursement, release


@case
def a_filing_by_another(s: Scene) -> Refused:
    voucher = s.locked(filed=False)
    expected = errors.NotFinancier(voucher, s.numbers["second bank"], s.numbers["bank"])
    return _file(s, voucher, by="second bank"), expected


@case
def a_filing_of_what_is_not_locked(s: Scene) -> Refused:
    voucher = s.confirmed()
    return _file(s, voucher), errors.NotLocked(voucher)


@case
def a_filing_of_nothing(s: Scene) -> Refused:
    voucher = s.locked(filed=False)
    refused = errors.DocumentEmpty()
    return _file(s, voucher, registration=bytes(32), agreement=bytes(32), registered_at=0), refused


@case
def a_registration_that_is_to_come(s: Scene) -> Refused:
    voucher, tomorrow = s.locked(filed=False), s.now() + DAY
    return _file(s, voucher, registered_at=tomorrow), errors.BadRegistrationTime(voucher, tomorrow)


@case
def a_time_without_a_registration(s: Scene) -> Refused:
    voucher, now = s.locked(filed=False), s.now()
    refused = errors.BadRegistrationTime(voucher, now)
    return _file(s, voucher, registration=bytes(32), registered_at=now), refused


@case
def a_disbursement_that_is_not_registered(s: Scene) -> Refused:
    voucher = s.locked(filed=False)
    _file(s, voucher, registration=bytes(32), registered_at=0)()
    return _disburse(s, voucher), errors.RegistrationMissing(voucher, REGISTRATION)


@case
def a_disbursement_without_a_contract(s: Scene) -> Refused:
    voucher = s.locked(filed=False)
    _file(s, voucher, agreement=bytes(32))()
    return _disburse(s, voucher), errors.AgreementMissing(voucher, AGREEMENT)


@case
def a_disbursement_of_another_amount(s: Scene) -> Refused:
    voucher = s.locked()
    return _disburse(s, voucher, 96_999), errors.WrongAmount(voucher, 96_999, 97_000)


@case
def a_disbursement_for_nothing(s: Scene) -> Refused:
    return _disburse(s, NO_VOUCHER), errors.VoucherUnknown(NO_VOUCHER)


@case
def a_disbursement_for_what_was_frozen_meanwhile(s: Scene) -> Refused:
    voucher = s.locked()
    s.ledger.receivables.freeze(s.signers["regulator"], voucher, REASON, DOCUMENT)
    return _disburse(s, voucher, version=2), errors.Held(voucher, VoucherFlag.FROZEN)


@case
def a_release_of_what_is_not_locked(s: Scene) -> Refused:
    voucher = s.confirmed()
    return (
        lambda: s.ledger.financing.release_lock(s.signers["bank"], voucher, 0),
        errors.NotLocked(voucher),
    )


@case
def a_release_by_who_does_not_hold(s: Scene) -> Refused:
    voucher = s.locked()
    expected = errors.NotHolder(voucher, s.numbers["third supplier"], s.numbers["supplier"])
    return lambda: s.ledger.financing.release_lock(s.signers["third supplier"], voucher, 1), expected


@case
def a_release_while_the_bank_may_disburse(s: Scene) -> Refused:
    voucher = s.locked()
    until = s.ledger.receivables.voucher(voucher).until
    return (
        lambda: s.ledger.financing.release_lock(s.signers["supplier"], voucher, 1),
        errors.LockHeld(voucher, until),
    )


# Pledges


@case
def a_repayment_of_another_amount(s: Scene) -> Refused:
    voucher = s.financed(kind=Kind.PLEDGE)
    owed, bank = s.ledger.financing.owed_on(voucher), s.signers["settlement bank"]
    return (
        lambda: s.ledger.financing.repay(bank, voucher, s.version(voucher), owed - 1, s.fresh()),
        errors.WrongAmount(voucher, owed - 1, owed),
    )


@case
def a_repayment_of_what_is_not_pledged(s: Scene) -> Refused:
    voucher, bank = s.locked(), s.signers["settlement bank"]
    return (
        lambda: s.ledger.financing.repay(bank, voucher, s.version(voucher), 1, s.fresh()),
        errors.NotPledged(voucher),
    )


@case
def a_pledge_given_up_by_who_still_owes(s: Scene) -> Refused:
    voucher = s.financed(kind=Kind.PLEDGE)
    expected = errors.NotFinancier(voucher, s.numbers["supplier"], s.numbers["bank"])
    version = s.version(voucher)
    return (
        lambda: s.ledger.financing.release_pledge(s.signers["supplier"], voucher, version),
        expected,
    )


@case
def a_pledge_enforced_before_the_loan_is_due(s: Scene) -> Refused:
    voucher = s.financed(kind=Kind.PLEDGE)
    held = s.ledger.receivables.voucher(voucher)
    return (
        lambda: s.ledger.financing.enforce_pledge(s.signers["bank"], voucher, held.version),
        errors.LoanNotDue(voucher, held.until),
    )


@case
def a_pledge_enforced_for_what_is_collected(s: Scene) -> Refused:
    voucher = s.financed(kind=Kind.PLEDGE)
    s.wait(25 * DAY)
    s.pay(receivable_of(voucher), 90_000)
    s.redeem(voucher)
    version = s.version(voucher)
    return (
        lambda: s.ledger.financing.enforce_pledge(s.signers["bank"], voucher, version),
        errors.NothingOwed(voucher),
    )


@case
def a_loan_closed_before_it_is_paid(s: Scene) -> Refused:
    voucher = s.financed(kind=Kind.PLEDGE)
    return lambda: s.ledger.financing.close_loan(s.signers["bank"], voucher), errors.LoanOpen(voucher)


# Recourse


@case
def a_recourse_against_nobody(s: Scene) -> Refused:
    voucher = s.financed()
    return (
        lambda: s.ledger.financing.demand_recourse(s.signers["bank"], voucher, DOCUMENT),
        errors.NoRecourse(voucher),
    )


@case
def a_recourse_before_the_due_date(s: Scene) -> Refused:
    voucher = s.financed(kind=Kind.RECOURSE_PURCHASE)
    due_at = s.ledger.receivables.receivable(receivable_of(voucher)).due_at
    return (
        lambda: s.ledger.financing.demand_recourse(s.signers["bank"], voucher, DOCUMENT),
        errors.RecourseNotDue(voucher, due_at),
    )


def _demanded(s: Scene) -> tuple[int, int]:
    """A disputed voucher whose bank has demanded that it be bought back, and when."""
    voucher = s.financed(kind=Kind.RECOURSE_PURCHASE)
    s.ledger.receivables.dispute(s.signers["anchor"], voucher, REASON, DOCUMENT)
    s.ledger.financing.demand_recourse(s.signers["bank"], voucher, DOCUMENT)
    return voucher, s.ledger.financing.hop(voucher, 1).demanded_at


@case
def a_recourse_without_a_notice(s: Scene) -> Refused:
    voucher = s.financed(kind=Kind.RECOURSE_PURCHASE)
    return (
        lambda: s.ledger.financing.demand_recourse(s.signers["bank"], voucher, bytes(32)),
        errors.DocumentEmpty(),
    )


@case
def a_second_demand(s: Scene) -> Refused:
    voucher, demanded_at = _demanded(s)
    return (
        lambda: s.ledger.financing.demand_recourse(s.signers["bank"], voucher, DOCUMENT),
        errors.AlreadyDemanded(voucher, demanded_at),
    )


@case
def a_buy_back_that_nobody_demanded(s: Scene) -> Refused:
    voucher, bank = s.financed(kind=Kind.RECOURSE_PURCHASE), s.signers["settlement bank"]
    return (
        lambda: s.ledger.financing.buy_back(bank, voucher, s.version(voucher), 1, s.fresh()),
        errors.RecourseNotDemanded(voucher),
    )


@case
def a_buy_back_at_another_price(s: Scene) -> Refused:
    (voucher, _), bank = _demanded(s), s.signers["settlement bank"]
    price = 100_000 - s.ledger.financing.hop(voucher, 1).surplus
    return (
        lambda: s.ledger.financing.buy_back(bank, voucher, s.version(voucher), price + 1, s.fresh()),
        errors.WrongAmount(voucher, price + 1, price),
    )


@case
def a_buy_back_of_what_is_frozen(s: Scene) -> Refused:
    (voucher, _), bank = _demanded(s), s.signers["settlement bank"]
    s.ledger.receivables.freeze(s.signers["regulator"], voucher, REASON, DOCUMENT)
    price = 100_000 - s.ledger.financing.hop(voucher, 1).surplus
    held = VoucherFlag.FROZEN | VoucherFlag.DISPUTED | VoucherFlag.BOUND
    return (
        lambda: s.ledger.financing.buy_back(bank, voucher, s.version(voucher), price, s.fresh()),
        errors.Held(voucher, held),
    )


@case
def a_recourse_waived_by_who_does_not_hold(s: Scene) -> Refused:
    voucher = s.financed(kind=Kind.RECOURSE_PURCHASE)
    expected = errors.NotHolder(voucher, s.numbers["supplier"], s.numbers["bank"])
    return lambda: s.ledger.financing.waive_recourse(s.signers["supplier"], voucher), expected


@case
def a_recourse_waived_while_another_finances(s: Scene) -> Refused:
    voucher = s.financed(kind=Kind.RECOURSE_PURCHASE)
    quote = s.quote(voucher, s.version(voucher), proceeds=50_000, by="second bank")
    s.accept(quote, "bank", "second bank")
    return (
        lambda: s.ledger.financing.waive_recourse(s.signers["bank"], voucher),
        errors.Encumbered(voucher, Encumbrance.LOCKED),
    )


# Claims from outside


def _claim(s: Scene, **changed: object) -> Callable[[], object]:
    claimed = {
        "receivable": receivable_of(s.confirmed()),
        "amount": 5,
        "registered_at": 0,
        "noticed_at": 0,
        "document": DOCUMENT,
    } | changed
    return lambda: s.ledger.financing.assert_claim(s.signers["bank"], **claimed)  # type: ignore[arg-type]


@case
def a_claim_on_nothing(s: Scene) -> Refused:
    return _claim(s, receivable=NOWHERE), errors.ReceivableUnknown(NOWHERE)


@case
def a_claim_of_nothing(s: Scene) -> Refused:
    return _claim(s, amount=0), errors.AmountZero()


@case
def a_claim_without_a_document(s: Scene) -> Refused:
    return _claim(s, document=bytes(32)), errors.DocumentEmpty()


@case
def a_claim_that_will_be_registered(s: Scene) -> Refused:
    tomorrow = s.now() + DAY
    return _claim(s, registered_at=tomorrow), errors.BadClaimTime(tomorrow)


@case
def a_claim_of_which_notice_will_be_given(s: Scene) -> Refused:
    tomorrow = s.now() + DAY
    return _claim(s, noticed_at=tomorrow), errors.BadClaimTime(tomorrow)


@case
def a_claim_to_withdraw_that_there_is_not(s: Scene) -> Refused:
    return (
        lambda: s.ledger.financing.withdraw_claim(s.signers["bank"], NOWHERE),
        errors.ClaimUnknown(NOWHERE),
    )


@case
def a_claim_withdrawn_by_another(s: Scene) -> Refused:
    sent = _claim(s)()
    claim = only(sent, events.ClaimAsserted).id  # type: ignore[arg-type]
    expected = errors.NotClaimant(claim, s.numbers["second bank"], s.numbers["bank"])
    return lambda: s.ledger.financing.withdraw_claim(s.signers["second bank"], claim), expected


@case
def a_claim_withdrawn_twice(s: Scene) -> Refused:
    claim = only(_claim(s)(), events.ClaimAsserted).id  # type: ignore[arg-type]
    s.ledger.financing.withdraw_claim(s.signers["bank"], claim)
    return (
        lambda: s.ledger.financing.withdraw_claim(s.signers["bank"], claim),
        errors.ClaimOver(claim),
    )


@case
def financings_own_calls_by_somebody_else(s: Scene) -> Refused:
    anchor = s.signers["anchor"]
    return (
        lambda: s.ledger.receivables._send(anchor, "setBound", 1, False),
        errors.NotFinancing(anchor.address),
    )
