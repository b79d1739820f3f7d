"""Grade, limit and rate from a score: formulas to the fen, and every refusal named."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import ROUND_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.admission import Admission, Outcome, RuleResult
from credit.decision import BadRequest, CreditRequest, annual_rate, decide
from credit.discount import CannotDiscount, discount_interest, offer_discount
from credit.features import FEATURES
from credit.policy import PRACTICE_GRADES, BadPolicy, Grade, Policy
from credit.scorecard import Provenance, build_scorecard

DAY = date(2019, 12, 31)
CARD = build_scorecard(
    "t1", [0.0] * len(FEATURES), 0.0, Provenance("made up", 100, 20, DAY, DAY, (), "by hand")
)
PD_1_8_PERCENT = -4 * CARD.scale  # logistic(-4) = 0.017986


def request(score: int = PD_1_8_PERCENT, **changes: object) -> CreditRequest:
    plain = CreditRequest("E1", DAY, score, bytes([1]) * 32, bytes([2]) * 32, sales=1_000_000_00)
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_the_limit_is_a_share_of_sales_times_the_grades_factor() -> None:
    decision = decide(request(), CARD)
    assert decision.approved
    assert (decision.pd, decision.grade) == (Decimal("0.017986"), "2")
    assert decision.limit == 80_000_00  # 10 % of 1,000,000.00 x 0.8
    assert decision.reasons[0].code == "limit_base"


def test_the_smallest_known_base_sets_the_limit() -> None:
    decision = decide(request(monthly_receipts=40_000_00, core_receivable=90_000_00), CARD)
    assert decision.limit == 48_000_00  # receipts: 40,000.00 x 50 % x 3 months = 60,000.00, x 0.8
    assert "monthly_receipts" in decision.reasons[0].text
    assert decide(request(core_receivable=50_000_00), CARD).limit == 32_000_00


def test_existing_exposure_is_taken_off_after_the_factor() -> None:
    assert decide(request(existing_exposure=30_000_00), CARD).limit == 50_000_00


def test_a_limit_is_rounded_down_to_the_fen() -> None:
    assert decide(request(sales=1_99), CARD).limit == 15  # 19.9 fen x 0.8 = 15.92


def test_the_rate_adds_funding_expected_loss_cost_capital_and_margin() -> None:
    # 0.02 + 0.017986 x 0.45 + 0.008 + 0.08 x 0.10 + 0.005 = 0.0490937
    assert decide(request(), CARD).rate == Decimal("0.049094")
    assert annual_rate(Decimal(0)) == Decimal("0.041000")


@given(st.integers(-20, 20), st.integers(-20, 20))
def test_more_risk_never_means_a_lower_rate_or_a_higher_limit(one: int, two: int) -> None:
    low, high = sorted((one, two))
    better = decide(request(low * CARD.scale // 4), CARD)
    worse = decide(request(high * CARD.scale // 4), CARD)
    assert better.rate <= worse.rate
    assert better.limit >= worse.limit
    assert int(better.grade) <= int(worse.grade)


def test_equal_inputs_give_an_equal_decision_that_names_model_and_evidence() -> None:
    decision = decide(request(), CARD)
    assert decision == decide(request(), CARD)
    assert decision.request.model_commitment == bytes([1]) * 32
    assert decision.request.attestation_commitment == bytes([2]) * 32
    assert (decision.model_version, decision.policy_version) == ("t1", "practice-1")


def test_a_decision_does_not_depend_on_the_callers_decimal_context() -> None:
    decision = decide(request(), CARD)
    with localcontext() as context:
        context.prec = 2
        context.rounding = ROUND_UP
        assert decide(request(), CARD) == decision


def test_the_record_of_a_decision_is_canonical_json() -> None:
    passed = RuleResult("red_ratio", Outcome.PASS, Decimal("0.1000"), Decimal("0.15"))
    decision = decide(request(admission=Admission("E1", DAY, (passed,))), CARD)
    found = json.loads(decision.to_json())
    assert found["rate"] == "0.049094"
    assert found["limit"] == 80_000_00
    assert found["request"]["model_commitment"] == "01" * 32
    assert found["request"]["as_of"] == "2019-12-31"
    assert found["request"]["admission"]["results"][0]["outcome"] == "pass"


def codes(asked: CreditRequest, policy: Policy | None = None) -> list[str]:
    decision = decide(asked, CARD, policy or Policy())
    assert not decision.approved
    assert decision.limit == 0
    return [reason.code for reason in decision.reasons]


def test_the_last_grade_is_declined() -> None:
    assert codes(request(score=0)) == ["grade", "price"]


def test_without_any_base_there_is_no_limit() -> None:
    assert codes(request(sales=None)) == ["no_limit_base"]


def test_a_used_up_limit_is_declined() -> None:
    assert codes(request(existing_exposure=80_000_00)) == ["exposure"]
    assert codes(request(sales=-5)) == ["exposure"]


def test_a_price_above_the_banks_highest_rate_is_declined() -> None:
    assert codes(request(), Policy(maximum_rate=Decimal("0.045"))) == ["price"]


def test_a_failed_admission_rule_declines_with_its_figure() -> None:
    failed = RuleResult("red_ratio", Outcome.FAIL, Decimal("0.2000"), Decimal("0.15"))
    asked = request(admission=Admission("E1", DAY, (failed,)))
    assert codes(asked) == ["admission.red_ratio"]
    assert "0.2000" in decide(asked, CARD).reasons[0].text


@pytest.mark.parametrize(
    "changes",
    [
        {"model_commitment": b""},
        {"attestation_commitment": bytes(31)},
        {"existing_exposure": -1},
        {"admission": Admission("E2", DAY, ())},
    ],
)
def test_a_request_outside_its_ranges_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BadRequest):
        replace(request(), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"grades": ()},
        {"grades": PRACTICE_GRADES[:-1]},
        {"grades": PRACTICE_GRADES[::-1]},
        {"grades": (Grade("1", Decimal(1), Decimal(2)),)},
        {"sales_share": Decimal("1.1")},
        {"margin": Decimal("-0.01")},
        {"receipts_months": 0},
        {"year_days": 364},
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BadPolicy):
        replace(Policy(), **changes)  # type: ignore[arg-type]


def test_discount_interest_of_the_published_vector() -> None:
    assert discount_interest(1_000_000_00, Decimal("0.0385"), 87) == 9_304_17


def test_half_a_fen_of_interest_is_rounded_up() -> None:
    assert discount_interest(100, Decimal("0.05"), 36) == 1  # exactly 0.5 fen
    assert discount_interest(99, Decimal("0.05"), 36) == 0


@given(st.integers(0, 10**15), st.integers(0, 10**6), st.integers(0, 366), st.sampled_from([360, 365]))
def test_interest_is_within_half_a_fen_of_the_exact_figure(
    face: int, rate: int, days: int, year: int
) -> None:
    exact = Fraction(face * rate * days, 10**6 * year)
    assert abs(discount_interest(face, Decimal(rate).scaleb(-6), days, year) - exact) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("face", "rate", "days"), [(-1, "0.03", 1), (1, "-0.03", 1), (1, "0.03", -1), (1, "NaN", 1)]
)
def test_interest_on_negative_figures_is_refused(face: int, rate: str, days: int) -> None:
    with pytest.raises(CannotDiscount):
        discount_interest(face, Decimal(rate), days)


def test_an_offer_deducts_interest_and_fees_at_once() -> None:
    offer = offer_discount(decide(request(), CARD), 50_000_00, 90, debtor_headroom=10**12, fees=20_00)
    assert offer.financed == 50_000_00
    assert offer.interest == 613_68  # 50,000.00 x 4.9094 % x 90 / 360 = 613.675
    assert offer.proceeds == 50_000_00 - 613_68 - 20_00


@given(
    face=st.integers(1, 10**12),
    headroom=st.integers(-(10**6), 10**12),
    days=st.integers(0, 365),
    fees=st.integers(0, 10**6),
)
def test_an_offer_stays_within_voucher_firm_and_debtor_limits(
    face: int, headroom: int, days: int, fees: int
) -> None:
    decision = decide(request(), CARD)
    try:
        offer = offer_discount(decision, face, days, headroom, fees)
    except CannotDiscount:
        return
    assert 0 < offer.financed <= min(face, decision.limit, headroom)
    assert offer.proceeds + offer.interest + offer.fees == offer.financed
    assert 0 < offer.proceeds <= offer.financed


def test_no_offer_to_a_declined_firm() -> None:
    with pytest.raises(CannotDiscount, match="declined"):
        offer_discount(decide(request(score=0), CARD), 100, 1, 100)


@pytest.mark.parametrize(
    ("face", "headroom", "fees"), [(0, 100, 0), (100, 0, 0), (100, -5, 0), (100, 100, -1), (100, 100, 100)]
)
def test_an_offer_without_room_or_without_proceeds_is_refused(face: int, headroom: int, fees: int) -> None:
    with pytest.raises(CannotDiscount):
        offer_discount(decide(request(), CARD), face, 10, headroom, fees)
