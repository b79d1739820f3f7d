"""To the second: what the rules allow at a moment, and refuse one second earlier or later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chain import errors
from chain.deployment import DAY
from chain.errors import LedgerRefusal
from chain.naming import policy_key
from chain.rules import financing, issuance, limits, settlement, vouchers
from chain.rules.policies import policy_at
from chain.rules.state import IssueTerms, Kind, Receivable, Voucher, receivable_of
from tests.chain.ruled import NUMBERS, Ruled, ruled
from tests.chain.scenario import VALUES, signer_of

Act = Callable[[], object]


def receivable_under(history: Ruled, voucher: int) -> Receivable:
    return history.ledger.receivable[receivable_of(voucher)]


def held(history: Ruled, voucher: int) -> Voucher:
    return history.ledger.voucher[voucher]


def offer(history: Ruled, voucher: int, version: int = 0) -> object:
    to = NUMBERS["second supplier"]
    return vouchers.offer(history.ledger, history.at("supplier"), voucher, version, to, b"\1" * 32)


def propose(history: Ruled, terms: IssueTerms) -> object:
    return issuance.propose_receivable(history.ledger, history.at("supplier"), terms)


def lock(history: Ruled, voucher: int, kind: Kind = Kind.PURCHASE) -> None:
    quote = history.quote(voucher, face=1000, proceeds=800, kind=kind)
    history.accept(replace(quote, matures_at=history.now + 9 * DAY if kind == Kind.PLEDGE else 0))


def disburse(history: Ruled, voucher: int) -> None:
    ledger, version = history.ledger, held(history, voucher).version
    financing.file(ledger, history.at("bank"), voucher, version, b"\1" * 32, b"\2" * 32, history.now)
    bank = history.at("settlement bank")
    financing.disburse(ledger, bank, voucher, version, 800, history.chooser.fresh())


def allowed_up_to(history: Ruled, last: int, act: Act, refusal: type[LedgerRefusal]) -> None:
    history.now = last + 1
    with pytest.raises(refusal):
        act()
    history.now = last
    act()


def allowed_from(history: Ruled, first: int, act: Act, refusal: type[LedgerRefusal]) -> None:
    history.now = first - 1
    with pytest.raises(refusal):
        act()
    history.now = first
    act()


def test_a_due_date_may_be_as_late_as_the_longest_term() -> None:
    history = ruled()
    terms, latest = history.terms(1000), history.now + VALUES["term.longest"]

    with pytest.raises(errors.BadDueDate):
        propose(history, replace(terms, due_at=latest + 1))
    propose(history, replace(terms, due_at=latest))


def test_a_due_date_lies_ahead() -> None:
    history = ruled()
    terms = history.terms(1000)

    with pytest.raises(errors.BadDueDate):
        issuance.propose_receivable(
            history.ledger, history.at("supplier"), replace(terms, due_at=history.now)
        )
    issuance.propose_receivable(
        history.ledger, history.at("supplier"), replace(terms, due_at=history.now + 1)
    )


@pytest.mark.parametrize(("later", "extended"), [(0, False), (1, True)])
def test_a_term_is_extended_beyond_the_review_term(later: int, extended: bool) -> None:
    history = ruled()

    voucher = history.confirmed(1000, term=VALUES["term.review"] + later)

    assert bool(receivable_under(history, voucher).flags) == extended


def test_what_is_delivered_this_second_can_be_proposed() -> None:
    history = ruled()
    terms = history.terms(1000)
    tomorrow = replace(terms, delivered_at=history.now + 1)

    with pytest.raises(errors.NotDelivered):
        propose(history, tomorrow)
    propose(history, terms)


def test_a_receivable_is_confirmed_before_it_is_due() -> None:
    history = ruled()
    propose(history, history.terms(1000))
    due_at = history.ledger.issue[1].due_at

    allowed_up_to(
        history,
        due_at - 1,
        lambda: issuance.confirm(history.ledger, history.at("anchor"), 1),
        errors.PastDue,
    )


def test_a_voucher_moves_until_it_is_due() -> None:
    history = ruled()
    voucher = history.confirmed(1000)
    due_at = receivable_under(history, voucher).due_at

    allowed_up_to(history, due_at - 1, lambda: offer(history, voucher), errors.PastDue)


def test_an_offer_can_be_accepted_up_to_its_last_second() -> None:
    history = ruled()
    voucher = history.confirmed(1000)
    offer(history, voucher)

    allowed_up_to(
        history,
        history.now + VALUES["transfer.offer-period"],
        lambda: vouchers.accept(history.ledger, history.at("second supplier"), voucher, 1),
        errors.OfferLapsed,
    )


def test_a_signed_acceptance_serves_up_to_its_last_second() -> None:
    history = ruled()
    voucher, until = history.confirmed(1000), history.now + DAY
    to, signer = NUMBERS["second supplier"], signer_of("second supplier").address

    def transfer() -> object:
        supplier = history.at("supplier")
        return vouchers.transfer(
            *(history.ledger, supplier, voucher, 0, to, b"\1" * 32, until),
            lambda _: signer,
        )

    allowed_up_to(history, until, transfer, errors.AcceptanceExpired)


def test_a_signed_acceptance_is_of_its_receiver() -> None:
    history = ruled()
    voucher, until = history.confirmed(1000), history.now + DAY
    to, other = NUMBERS["second supplier"], signer_of("third supplier").address

    with pytest.raises(errors.AcceptanceOfAnother):
        vouchers.transfer(
            *(history.ledger, history.at("supplier"), voucher, 0, to, b"\1" * 32, until),
            lambda _: other,
        )


def test_what_is_due_this_second_can_be_written_off() -> None:
    history = ruled()
    voucher = history.confirmed(1000)
    due_at = receivable_under(history, voucher).due_at

    allowed_from(
        history,
        due_at,
        lambda: vouchers.write_off(history.ledger, history.at("supplier"), voucher, 0, b"\1" * 32),
        errors.NotDue,
    )


def test_an_overdue_receivable_counts_after_the_days_of_grace() -> None:
    history = ruled()
    voucher = history.confirmed(1000)
    grace = policy_at(history.ledger, policy_key("issue.overdue-grace"), history.now)

    allowed_from(
        history,
        receivable_under(history, voucher).due_at + grace + 1,
        lambda: limits.stop_overdue(history.ledger, history.at("stranger"), receivable_of(voucher)),
        errors.NotOverdue,
    )


def test_a_quote_serves_up_to_its_last_second() -> None:
    history = ruled()
    voucher = history.confirmed(1000)
    quote = history.quote(voucher, face=1000, proceeds=800)

    allowed_up_to(history, quote.valid_until, lambda: history.accept(quote), errors.QuoteExpired)


def test_a_holder_releases_the_lock_once_the_time_to_disburse_is_over() -> None:
    history = ruled()
    voucher = history.confirmed(1000)
    lock(history, voucher)

    allowed_from(
        history,
        history.now + VALUES["financing.disburse-period"] + 1,
        lambda: financing.release_lock(history.ledger, history.at("supplier"), voucher, 1),
        errors.LockHeld,
    )


def test_a_loan_is_due_ahead_and_no_later_than_its_pledge() -> None:
    history = ruled()
    voucher = history.confirmed(1000)
    due_at = receivable_under(history, voucher).due_at
    quote = history.quote(voucher, face=1000, proceeds=800, kind=Kind.PLEDGE)

    for matures_at in (history.now, due_at + 1):
        with pytest.raises(errors.BadMaturity):
            history.accept(replace(quote, matures_at=matures_at))
    history.accept(replace(quote, matures_at=due_at))


def test_a_pledge_is_enforced_after_the_loan_was_due() -> None:
    history = ruled()
    voucher = history.confirmed(1000)
    lock(history, voucher, Kind.PLEDGE)
    disburse(history, voucher)

    allowed_from(
        history,
        held(history, voucher).until + 1,
        lambda: financing.enforce_pledge(
            history.ledger, history.at("bank"), voucher, held(history, voucher).version
        ),
        errors.LoanNotDue,
    )


def test_recourse_is_demanded_from_the_due_date_on() -> None:
    history = ruled()
    voucher = history.confirmed(1000)
    lock(history, voucher, Kind.RECOURSE_PURCHASE)
    disburse(history, voucher)

    allowed_from(
        history,
        receivable_under(history, voucher).due_at,
        lambda: financing.demand_recourse(history.ledger, history.at("bank"), voucher, b"\1" * 32),
        errors.RecourseNotDue,
    )


def test_a_registration_has_a_time_that_has_come() -> None:
    history = ruled()
    voucher = history.confirmed(1000)
    lock(history, voucher)
    now = history.now

    allowed_from(
        history,
        now,
        lambda: financing.file(history.ledger, history.at("bank"), voucher, 1, b"\1" * 32, b"\2" * 32, now),
        errors.BadRegistrationTime,
    )


def test_what_is_owed_to_all_before_is_due_back_once() -> None:
    """Face 1000: S sells to A, owed 800; A sells to B, owed 600. B's price to A leaves both surpluses out."""
    history = ruled()
    voucher, ledger = history.confirmed(1000), history.ledger
    lock(history, voucher, Kind.RECOURSE_PURCHASE)
    disburse(history, voucher)
    second = signer_of("second bank").address
    too_much = replace(
        history.quote(voucher, face=1000, proceeds=801, kind=Kind.RECOURSE_PURCHASE),
        financier=NUMBERS["second bank"],
    )
    quote = replace(too_much, proceeds=600)

    with pytest.raises(errors.CostsExceedFace) as found:
        financing.accept_quote(ledger, history.at("bank"), too_much, b"\1" * 32, second, bytes(32))
    financing.accept_quote(ledger, history.at("bank"), quote, b"\2" * 32, second, bytes(32))
    version = held(history, voucher).version
    financing.file(ledger, history.at("second bank"), voucher, version, b"\1" * 32, b"\2" * 32, history.now)
    financing.disburse(ledger, history.at("settlement bank"), voucher, version, 600, b"\3" * 32)
    history.now = receivable_under(history, voucher).due_at
    financing.demand_recourse(ledger, history.at("second bank"), voucher, b"\4" * 32)
    version = held(history, voucher).version
    financing.buy_back(ledger, history.at("settlement bank"), voucher, version, 600, b"\5" * 32)

    assert found.value == errors.CostsExceedFace(voucher, 801, 800)
    assert held(history, voucher).holder == NUMBERS["bank"]
    assert [ledger.hop[voucher, n].surplus for n in (1, 2)] == [200, 0]
    assert ledger.hops[voucher] == 1


def test_a_financier_files_for_its_own_deal() -> None:
    """What the bank before it filed, when it bought the voucher, does not stand in."""
    history = ruled()
    voucher, ledger = history.confirmed(1000), history.ledger
    lock(history, voucher)
    disburse(history, voucher)
    second = signer_of("second bank").address
    quote = replace(history.quote(voucher, face=1000, proceeds=600), financier=NUMBERS["second bank"])
    financing.accept_quote(ledger, history.at("bank"), quote, b"\1" * 32, second, bytes(32))
    version = held(history, voucher).version

    with pytest.raises(errors.RegistrationMissing):
        financing.disburse(ledger, history.at("settlement bank"), voucher, version, 600, b"\3" * 32)


def test_what_was_paid_too_much_is_returned_once() -> None:
    history = ruled()
    voucher, ledger, bank = history.confirmed(1000), history.ledger, history.at("settlement bank")
    number = receivable_of(voucher)
    settlement.record_payment(ledger, bank, number, 1_300, b"\1" * 32)

    settlement.return_credit(ledger, bank, number, 200, b"\2" * 32)
    left = receivable_under(history, voucher).credit
    with pytest.raises(errors.ExceedsCredit) as refused:
        settlement.return_credit(ledger, bank, number, 101, b"\3" * 32)
    settlement.return_credit(ledger, bank, number, 100, b"\4" * 32)

    assert left == 100
    assert refused.value == errors.ExceedsCredit(number, 101, 100)
    assert receivable_under(history, voucher).credit == 0


def test_a_receivable_is_void_only_when_both_have_said_so() -> None:
    history = ruled()
    voucher = history.confirmed(1000)
    number, ledger = receivable_of(voucher), history.ledger

    asked = issuance.void_issue(ledger, history.at("supplier"), number, b"\1" * 32)
    meanwhile = settlement.unpaid(ledger, voucher, held(history, voucher))
    voided = issuance.void_issue(ledger, history.at("anchor"), number, b"\1" * 32)

    assert [type(event).__name__ for event in (*asked, *voided)] == ["VoidAsked", "Voided"]
    assert meanwhile == 1000
