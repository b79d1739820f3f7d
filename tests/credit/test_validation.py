"""Validation: exact statistics, no twin on both sides of a fold, and nothing learnt from noise."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from credit.features import FEATURES, FeatureVector
from credit.training import (
    RISK_DIRECTION,
    CannotTrain,
    LabelledFirm,
    train_scorecard,
    train_to_score,
)
from credit.validation import TooFewDefaults, assign_folds, auc, delong_variance, ks, validate

DAY = date(2019, 12, 31)


def sample(firms: int = 60, signal: float = 0.6, seed: int = 1) -> list[LabelledFirm]:
    """Firms of which every fourth defaults; `signal` moves their features in the direction of risk."""
    draw = random.Random(seed)  # noqa: S311 - test data
    made = []
    for number in range(firms):
        bad = number % 4 == 0
        values = []
        for spec in FEATURES:
            push = signal * RISK_DIRECTION[spec.name] * (1 if bad else -1)
            values.append(min(max(int(draw.gauss(5_000 + 1_000 * push, 1_000)), 0), spec.maximum))
        made.append(LabelledFirm(FeatureVector(f"E{number}", DAY, tuple(values)), bad))
    return made


outcomes_and_scores = st.integers(2, 30).flatmap(
    lambda size: st.tuples(
        st.lists(st.booleans(), min_size=size, max_size=size).filter(lambda bad: 1 < sum(bad) < len(bad) - 1),
        st.lists(st.integers(-5, 5), min_size=size, max_size=size),
    )
)


@given(outcomes_and_scores)
def test_auc_agrees_with_scikit_learn_ties_included(drawn: tuple[list[bool], list[int]]) -> None:
    bad, scores = drawn
    assert auc(np.array(scores, float), np.array(bad)) == pytest.approx(roc_auc_score(bad, scores))


@given(outcomes_and_scores)
def test_ks_is_the_largest_distance_over_all_cut_offs(drawn: tuple[list[bool], list[int]]) -> None:
    bad, scores = drawn
    defaults = [s for s, b in zip(scores, bad, strict=True) if b]
    others = [s for s, b in zip(scores, bad, strict=True) if not b]
    distances = [
        abs(sum(s <= cut for s in defaults) / len(defaults) - sum(s <= cut for s in others) / len(others))
        for cut in range(-5, 6)
    ]
    assert ks(np.array(scores, float), np.array(bad)) == pytest.approx(max(distances))


def test_delong_variance_of_a_worked_example() -> None:
    """Defaults 3, 1; others 2, 0: placements (1, 1/2) and (1/2, 1), so 1/8 / 2 + 1/8 / 2."""
    scores, bad = np.array([3.0, 1.0, 2.0, 0.0]), np.array([True, True, False, False])
    assert auc(scores, bad) == 0.75
    assert delong_variance(scores, bad) == pytest.approx(0.125)


@given(
    sizes=st.lists(st.integers(1, 4), min_size=12, max_size=40),
    bad=st.randoms(use_true_random=False),
    seed=st.integers(0, 99),
)
def test_a_group_never_straddles_folds_and_every_fold_has_both_outcomes(
    sizes: list[int], bad: random.Random, seed: int
) -> None:
    groups = [f"G{g}" for g, size in enumerate(sizes) for _ in range(size)]
    outcome = [int(group[1:]) % 4 == 0 for group in groups]
    order = list(range(len(groups)))
    bad.shuffle(order)
    groups, outcome = [groups[i] for i in order], [outcome[i] for i in order]
    fold_of = assign_folds(groups, outcome, 3, seed)
    for group in set(groups):
        assert len({fold for fold, of in zip(fold_of, groups, strict=True) if of == group}) == 1
    for fold in range(3):
        assert {o for o, f in zip(outcome, fold_of, strict=True) if f == fold} == {True, False}


def test_folds_share_the_defaults_evenly() -> None:
    outcome = [number < 16 for number in range(82)]
    fold_of = assign_folds([str(n) for n in range(82)], outcome, 5, seed=3)
    defaults = [sum(o for o, f in zip(outcome, fold_of, strict=True) if f == fold) for fold in range(5)]
    firms = [fold_of.count(fold) for fold in range(5)]
    assert max(defaults) - min(defaults) <= 1
    assert max(firms) - min(firms) <= 1


def test_dealing_is_repeatable_and_another_seed_deals_anew() -> None:
    groups, outcome = [str(n) for n in range(40)], [n % 4 == 0 for n in range(40)]
    assert assign_folds(groups, outcome, 5, 1) == assign_folds(groups, outcome, 5, 1)
    assert assign_folds(groups, outcome, 5, 1) != assign_folds(groups, outcome, 5, 2)


@pytest.mark.parametrize(("outcome", "folds"), [([True, False, False, False], 2), ([True, False] * 5, 1)])
def test_too_few_defaults_or_folds_are_refused(outcome: list[bool], folds: int) -> None:
    with pytest.raises(TooFewDefaults):
        assign_folds([str(n) for n in range(len(outcome))], outcome, folds, 1)


def test_no_firm_is_scored_by_a_model_that_saw_it_or_its_twin() -> None:
    firms = sample()
    twins = (frozenset({"E0", "E1"}), frozenset({"E4", "E8", "E9"}))
    mates = {firm: group for group in twins for firm in group}
    asked: list[str] = []

    def trainer(seen: Sequence[LabelledFirm]) -> Callable[[LabelledFirm], int]:
        known = {labelled.vector.firm for labelled in seen}

        def score(firm: LabelledFirm) -> int:
            name = firm.vector.firm
            assert not known & mates.get(name, {name})
            asked.append(name)
            return 0

        return score

    report = validate(firms, twins, folds=5, repeats=3, trainer=trainer)
    assert sorted(asked) == sorted([firm.vector.firm for firm in firms] * 3)
    assert report.groups == len(firms) - 3


def test_a_model_that_knows_nothing_has_an_auc_of_one_half() -> None:
    report = validate(sample(), repeats=2, trainer=lambda _: lambda _: 7)
    assert (report.auc, report.ks) == (0.5, 0.0)


def test_a_memory_of_twins_would_show_if_they_straddled_folds() -> None:
    """A trainer that remembers outcomes by feature vector: perfect when twins leak, worthless when not."""
    noise = sample(40, signal=0.0)
    doubled = noise + [
        LabelledFirm(FeatureVector(f"T{firm.vector.firm}", DAY, firm.vector.values), firm.defaulted)
        for firm in noise
    ]

    def memory(seen: Sequence[LabelledFirm]) -> Callable[[LabelledFirm], int]:
        known = {labelled.vector.values: int(labelled.defaulted) for labelled in seen}
        return lambda firm: known.get(firm.vector.values, 0)

    twins = tuple(frozenset({firm.vector.firm, f"T{firm.vector.firm}"}) for firm in noise)
    assert validate(doubled, (), repeats=3, trainer=memory).auc > 0.8
    assert validate(doubled, twins, repeats=3, trainer=memory).auc == 0.5


def test_signal_is_found_and_noise_is_not() -> None:
    found = validate(sample(), repeats=2)
    assert found.auc > 0.9
    assert found.auc_low < found.auc <= found.auc_high <= 1
    assert found.ks_low <= found.ks_high
    assert (found.firms, found.defaults) == (60, 15)
    nothing = validate(sample(signal=0.0), repeats=2)
    assert nothing.auc_low < 0.5


def test_no_weight_contradicts_its_risk_direction() -> None:
    for seed in range(5):
        card = train_scorecard(sample(signal=0.0, seed=seed))
        for name, weight in zip(card.feature_names, card.weights, strict=True):
            assert weight * RISK_DIRECTION[name] >= 0


def test_a_contradicting_feature_is_dropped_and_the_rest_is_kept() -> None:
    flipped = [
        LabelledFirm(
            FeatureVector(
                firm.vector.firm,
                DAY,
                tuple(
                    spec.maximum - value if spec.name == "red_ratio" else value
                    for spec, value in zip(FEATURES, firm.vector.values, strict=True)
                ),
            ),
            firm.defaulted,
        )
        for firm in sample(signal=1.0)
    ]
    weights = dict(zip((spec.name for spec in FEATURES), train_scorecard(flipped).weights, strict=True))
    assert weights["red_ratio"] == 0
    assert weights["sales"] < 0


def test_a_constant_feature_gets_no_weight() -> None:
    constant = [
        LabelledFirm(FeatureVector(firm.vector.firm, DAY, (5_000, *firm.vector.values[1:])), firm.defaulted)
        for firm in sample()
    ]
    assert train_scorecard(constant).weights[0] == 0


def test_every_feature_has_a_risk_direction() -> None:
    assert list(RISK_DIRECTION) == [spec.name for spec in FEATURES]


def test_the_rating_cannot_reach_training() -> None:
    assert [field.name for field in fields(LabelledFirm)] == ["vector", "defaulted"]
    assert [field.name for field in fields(FeatureVector)] == ["firm", "as_of", "values", "schema_id"]


def test_a_firm_and_its_twins_are_left_out_of_the_model_that_scores_it() -> None:
    firms = sample()
    card = train_to_score("E4", firms, (frozenset({"E4", "E5"}),), version="for-E4", source="test")
    assert card.provenance.excluded == ("E4", "E5")
    assert (card.provenance.firms, card.provenance.defaults) == (58, 14)
    kept = [firm for firm in firms if firm.vector.firm not in ("E4", "E5")]
    assert card.weights == train_scorecard(kept).weights


@pytest.mark.parametrize("outcome", [True, False])
def test_one_outcome_alone_cannot_train(outcome: bool) -> None:
    firms = [firm for firm in sample() if firm.defaulted is outcome]
    with pytest.raises(CannotTrain):
        train_scorecard(firms)
