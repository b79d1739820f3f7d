"""The integer scorecard agrees with the clear one, and refuses what would break that."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.features import FEATURE_MAXIMUM, FEATURE_SCHEMA_ID, FEATURES, FeatureVector
from credit.scorecard import (
    SCORE_BITS,
    WEIGHT_BITS,
    BadScorecard,
    Provenance,
    SchemaMismatch,
    Scorecard,
    build_scorecard,
    quantise,
)

DAY = date(2019, 12, 31)
ORIGIN = Provenance("a made-up sample", 100, 20, DAY, DAY, (), "by hand")

coefficients = st.lists(st.floats(-0.1, 0.1, allow_nan=False), min_size=len(FEATURES), max_size=len(FEATURES))
intercepts = st.floats(-50, 50, allow_nan=False)
values = st.lists(st.integers(0, FEATURE_MAXIMUM), min_size=len(FEATURES), max_size=len(FEATURES))


def vector(numbers: list[int]) -> FeatureVector:
    return FeatureVector("E1", DAY, tuple(numbers))


def scorecard() -> Scorecard:
    return build_scorecard("t1", [0.0001 * (i - 5) for i in range(len(FEATURES))], -1.5, ORIGIN)


@given(betas=coefficients, intercept=intercepts, x=values)
def test_the_integer_score_equals_the_clear_score_within_the_stated_bound(
    betas: list[float], intercept: float, x: list[int]
) -> None:
    card = build_scorecard("t1", betas, intercept, ORIGIN)
    exact = Fraction(intercept) + sum(Fraction(beta) * value for beta, value in zip(betas, x, strict=True))
    gap = abs(Fraction(card.integer_score(vector(x)), card.scale) - exact)
    assert gap <= card.gap_bound
    assert abs(exact - Fraction(card.clear_score(vector(x)))) < Fraction(1, 10**9)


@given(betas=coefficients, intercept=intercepts)
def test_weights_fit_sixteen_bits_and_every_score_fits_its_bits(betas: list[float], intercept: float) -> None:
    card = build_scorecard("t1", betas, intercept, ORIGIN)
    assert all(abs(weight) < 1 << WEIGHT_BITS for weight in card.weights)
    assert abs(card.bias) + FEATURE_MAXIMUM * sum(map(abs, card.weights)) < 1 << SCORE_BITS


@given(betas=coefficients)
def test_the_scale_is_the_largest_that_fits(betas: list[float]) -> None:
    weights, _, scale = quantise(betas, 0.0)
    largest = max(map(abs, betas))
    assert scale == 1 << 30 or round(Fraction(largest) * scale * 2) >= 1 << WEIGHT_BITS
    assert all(
        abs(w - Fraction(beta) * scale) <= Fraction(1, 2) for w, beta in zip(weights, betas, strict=True)
    )


def test_a_higher_score_means_a_higher_probability_of_default() -> None:
    card = scorecard()
    found = [card.default_probability(score) for score in range(-5 * card.scale, 5 * card.scale, card.scale)]
    assert found == sorted(found)
    assert card.default_probability(0) == Decimal("0.500000")
    assert float(card.default_probability(-card.scale)) == pytest.approx(1 / (1 + exp(1)), abs=1e-6)


def test_probabilities_of_extreme_scores_stay_probabilities() -> None:
    assert scorecard().default_probability(-(10**30)) == 0
    assert scorecard().default_probability(10**30) == 1


def test_json_brings_back_the_same_scorecard_and_the_same_digest() -> None:
    card = replace(scorecard(), metrics={"auc": 0.8})
    assert Scorecard.from_json(card.to_json()) == card
    assert Scorecard.from_json(card.to_json()).digest() == card.digest()
    assert len(card.digest()) == 32


def test_another_weight_is_another_digest() -> None:
    betas = list(scorecard().coefficients)
    betas[0] *= 1.01
    assert build_scorecard("t1", betas, -1.5, ORIGIN).digest() != scorecard().digest()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weights", [1 << WEIGHT_BITS] * len(FEATURES)),
        ("weights", [0] * len(FEATURES)),
        ("weights", [1.5] * len(FEATURES)),
        ("weights", [1]),
        ("bias", True),
        ("bias", 1 << 50),
        ("scale", 3),
        ("scale", 0),
        ("intercept", "nan"),
        ("feature_schema_id", "00"),
        ("feature_schema_id", "zz"),
        ("version", ""),
        ("metrics", {"auc": "high"}),
        ("metrics", None),
        ("provenance", {}),
        (
            "provenance",
            {**asdict(ORIGIN), "first_as_of": "2019-12-31", "last_as_of": "2019-12-31", "defaults": 0},
        ),
        ("surprise", 1),
    ],
)
def test_a_scorecard_that_breaks_its_rules_is_refused(field: str, value: object) -> None:
    fields = json.loads(scorecard().to_json())
    fields[field] = value
    with pytest.raises(BadScorecard):
        Scorecard.from_json(json.dumps(fields))


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", "nonsense"])
def test_text_that_is_not_a_scorecard_is_refused(text: str) -> None:
    with pytest.raises(BadScorecard):
        Scorecard.from_json(text)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e6])
def test_a_model_that_does_not_fit_is_refused(bad: float) -> None:
    with pytest.raises(BadScorecard):
        build_scorecard("t1", [bad] * len(FEATURES), 0.0, ORIGIN)


def test_one_coefficient_for_each_feature_is_needed() -> None:
    with pytest.raises(BadScorecard, match="2 coefficients"):
        build_scorecard("t1", [0.1, 0.2], 0.0, ORIGIN)


def test_features_of_another_definition_are_not_scored() -> None:
    other = replace(vector([0] * len(FEATURES)), schema_id=bytes(32))
    with pytest.raises(SchemaMismatch):
        scorecard().integer_score(other)
    with pytest.raises(SchemaMismatch):
        scorecard().clear_score(other)


def test_the_bound_is_not_claimed_for_features_of_another_definition() -> None:
    assert replace(scorecard(), feature_schema_id=FEATURE_SCHEMA_ID).gap_bound > 0
    with pytest.raises(SchemaMismatch):
        _ = replace(scorecard(), feature_schema_id=bytes(32)).gap_bound


def test_a_new_base_rate_moves_every_firm_alike_and_changes_the_level() -> None:
    card = scorecard()
    moved = card.with_base_rate(Decimal("0.03"), "t1-portfolio")
    one, two = vector([0] * len(FEATURES)), vector([FEATURE_MAXIMUM] * len(FEATURES))
    shift = moved.integer_score(one) - card.integer_score(one)
    assert shift < 0
    assert moved.integer_score(two) - card.integer_score(two) == shift
    assert "base rate 0.03" in moved.provenance.method


def test_the_base_rate_of_the_sample_changes_nothing() -> None:
    assert scorecard().with_base_rate(Decimal("0.2"), "t2").bias == scorecard().bias


@pytest.mark.parametrize("rate", ["0", "1", "-0.1"])
def test_a_base_rate_outside_the_unit_interval_is_refused(rate: str) -> None:
    with pytest.raises(BadScorecard):
        scorecard().with_base_rate(Decimal(rate), "t2")
