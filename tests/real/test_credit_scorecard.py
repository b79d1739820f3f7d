"""The scorecard on real VAT ledgers of 384 small firms, 82 of them with a known outcome."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest

from credit.bench import bench_scorecard, largest_gap
from credit.features import FEATURES
from credit.portfolio import Portfolio, read_portfolio
from credit.training import INVERSE_PENALTY, train_scorecard, train_to_score
from credit.validation import Validation, validate

_DATA = Path(os.environ.get("COUNTERFOIL_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
FOLDER = (_DATA / "sme-invoices").resolve()

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not (FOLDER / "att1_enterprise_labels.csv").is_file(),
        reason=f"no ledgers in {FOLDER}: set COUNTERFOIL_DATA",
    ),
]

KNOWN_TWINS = {
    frozenset(pair)
    for pair in (
        ("E124", "E125"),
        ("E133", "E240"),
        ("E138", "E155"),
        ("E159", "E187"),
        ("E205", "E217"),
        ("E255", "E264"),
        ("E14", "E131"),
    )
}


@pytest.fixture(scope="module")
def portfolio() -> Portfolio:
    return read_portfolio(FOLDER)


@pytest.fixture(scope="module")
def validation(portfolio: Portfolio) -> Validation:
    return validate(portfolio.labelled, portfolio.twins, repeats=10)


def test_every_firm_has_features_within_their_bounds(portfolio: Portfolio) -> None:
    assert len(portfolio.vectors) == 384
    for vector in portfolio.vectors.values():
        for spec, value in zip(FEATURES, vector.values, strict=True):
            assert 0 <= value <= spec.maximum


def test_the_twins_are_exactly_the_known_ones(portfolio: Portfolio) -> None:
    assert set(portfolio.twins) == KNOWN_TWINS


def test_out_of_fold_discrimination_is_real_and_not_too_good_to_be_true(validation: Validation) -> None:
    assert (validation.firms, validation.defaults) == (82, 16)
    assert 0.65 < validation.auc < 0.99
    assert validation.auc_low > 0.5
    assert 0.2 < validation.ks < 0.95


def test_the_scorecard_does_not_claim_more_than_sales_alone_can_show(validation: Validation) -> None:
    """The honest finding on this sample: the interval of the scorecard holds the AUC of sales alone."""
    assert validation.auc_low < validation.sales_auc < validation.auc_high


def test_the_integer_score_equals_the_clear_score_on_every_firm(portfolio: Portfolio) -> None:
    card = train_scorecard(portfolio.labelled)
    for vector in portfolio.vectors.values():
        gap = abs(Fraction(card.integer_score(vector), card.scale) - Fraction(card.clear_score(vector)))
        assert gap <= card.gap_bound
    assert largest_gap(card, portfolio) <= card.gap_bound < Fraction(1, 100)


def test_a_model_that_scores_a_twin_has_not_seen_the_other(portfolio: Portfolio) -> None:
    card = train_to_score("E131", portfolio.labelled, portfolio.twins)
    assert card.provenance.excluded == ("E131", "E14")
    assert card.provenance.firms == 81


def test_shuffled_outcomes_cannot_be_predicted(portfolio: Portfolio) -> None:
    """A leak of outcomes into features or folds would survive the shuffle of firms."""
    outcomes = [firm.defaulted for firm in portfolio.labelled]
    shifted = [
        type(firm)(firm.vector, outcomes[(position * 37 + 11) % len(outcomes)])
        for position, firm in enumerate(portfolio.labelled)
    ]
    assert sum(firm.defaulted for firm in shifted) == 16
    assert validate(shifted, portfolio.twins, repeats=5).auc < 0.7


def test_the_report_covers_the_folder() -> None:
    report = bench_scorecard(FOLDER, repeats=2)
    found = report.to_dict()
    assert (found["firms"], found["scored_firms"]) == (82, 384)
    assert report.quantisation_gap <= report.quantisation_bound
    assert f"C={INVERSE_PENALTY}" in report.scorecard.provenance.method
