"""How good a scorecard is on firms it has not seen, with the uncertainty of a small sample.

Repeated stratified group k-fold: in each repeat the firms are dealt into k folds, twins always into the same
one, defaults evenly; every firm is scored by the integer scorecard trained on the other folds; AUC and KS are
taken over the pooled out-of-fold scores. The figures reported are means over repeats: averaging a firm's
scores over repeats first would be an ensemble that no bank runs.

The AUC interval is DeLong, DeLong and Clarke-Pearson (1988), plus the variance between repeats. The KS
interval is a stratified percentile bootstrap over firms; a maximum over noise, KS and its interval lean high.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from credit.features import FEATURES
from credit.training import LabelledFirm, train_scorecard
from credit.twins import group_of

_NORMAL_975 = 1.959963984540054
_BOOTSTRAPS = 500

Scores = NDArray[np.float64]
Outcomes = NDArray[np.bool_]
Trainer = Callable[[Sequence[LabelledFirm]], Callable[[LabelledFirm], int]]


class TooFewDefaults(ValueError):
    """Fewer groups of one outcome than folds: some fold could not be tested or trained."""

    def __init__(self, groups: int, folds: int) -> None:
        self.groups = groups
        self.folds = folds
        super().__init__(f"{groups} groups of the rarer outcome cannot fill {folds} folds")


@dataclass(frozen=True, slots=True)
class Validation:
    """Cross-validated discrimination of a scorecard.

    Attributes:
        firms: Labelled firms.
        defaults: How many defaulted.
        groups: Sets of twins and single firms that were dealt as one.
        folds: Folds a repeat.
        repeats: How often the firms were dealt.
        auc: Mean over repeats of the pooled out-of-fold AUC.
        auc_low: Lower end of its 95 % interval.
        auc_high: Upper end.
        ks: Mean over repeats of the pooled out-of-fold KS.
        ks_low: Lower end of its 95 % interval.
        ks_high: Upper end.
        sales_auc: AUC of yearly sales alone, nothing fitted: what the scorecard has to beat.
    """

    firms: int
    defaults: int
    groups: int
    folds: int
    repeats: int
    auc: float
    auc_low: float
    auc_high: float
    ks: float
    ks_low: float
    ks_high: float
    sales_auc: float


def validate(
    firms: Sequence[LabelledFirm],
    twins: Sequence[frozenset[str]] = (),
    folds: int = 5,
    repeats: int = 20,
    seed: int = 1,
    trainer: Trainer | None = None,
) -> Validation:
    """Cross-validate a way of training on labelled firms.

    Args:
        firms: The sample, one entry a firm.
        twins: Sets of firm codes that are one firm.
        folds: Folds a repeat, at least 2.
        repeats: How often to deal the firms anew.
        seed: Makes dealing and bootstrap repeatable.
        trainer: From a training sample to a scoring function; the integer scorecard when absent.

    Raises:
        TooFewDefaults: A fold would lack one of the outcomes.
    """
    train = trainer or _integer_scorecard
    outcomes: Outcomes = np.array([firm.defaulted for firm in firms], dtype=np.bool_)
    groups = [min(group_of(firm.vector.firm, twins)) for firm in firms]
    scores = np.empty((repeats, len(firms)))
    for repeat in range(repeats):
        fold_of = assign_folds(groups, outcomes.tolist(), folds, seed + repeat)
        for fold in range(folds):
            score = train([firms[i] for i in range(len(firms)) if fold_of[i] != fold])
            for i, firm in enumerate(firms):
                if fold_of[i] == fold:
                    scores[repeat, i] = score(firm)

    aucs = np.array([auc(row, outcomes) for row in scores])
    variance = float(np.mean([delong_variance(row, outcomes) for row in scores]) + aucs.var())
    reach = _NORMAL_975 * sqrt(variance)
    ks_low, ks_high = _ks_interval(scores, outcomes, seed)
    sales = [spec.name for spec in FEATURES].index("sales")
    return Validation(
        firms=len(firms),
        defaults=int(outcomes.sum()),
        groups=len(set(groups)),
        folds=folds,
        repeats=repeats,
        auc=float(aucs.mean()),
        auc_low=max(0.0, float(aucs.mean()) - reach),
        auc_high=min(1.0, float(aucs.mean()) + reach),
        ks=float(np.mean([ks(row, outcomes) for row in scores])),
        ks_low=ks_low,
        ks_high=ks_high,
        sales_auc=auc(np.array([-float(firm.vector.values[sales]) for firm in firms]), outcomes),
    )


def assign_folds(groups: Sequence[str], defaulted: Sequence[bool], folds: int, seed: int) -> list[int]:
    """Deal firms into folds: a group stays whole, and each fold gets its share of defaults and others.

    Groups are shuffled, then dealt, defaulting ones first, each to the fold with the fewest firms of its
    kind. A group counts as defaulting when any member did.

    Args:
        groups: Group of each firm.
        defaulted: Outcome of each firm.
        folds: Number of folds, at least 2.
        seed: Seed of the shuffle.

    Returns:
        The fold of each firm, 0 to folds - 1.

    Raises:
        TooFewDefaults: One outcome has fewer groups than there are folds.
    """
    members: defaultdict[str, list[int]] = defaultdict(list)
    for position, group in enumerate(groups):
        members[group].append(position)
    names = sorted(members)
    bad = {name: any(defaulted[i] for i in members[name]) for name in names}
    rarer = min(sum(bad.values()), len(names) - sum(bad.values()))
    if folds < 2 or rarer < folds:
        raise TooFewDefaults(rarer, folds)

    shuffled = [names[i] for i in np.random.default_rng(seed).permutation(len(names))]
    fold_of = [0] * len(groups)
    filled = {True: [0] * folds, False: [0] * folds}
    total = [0] * folds
    for name in sorted(shuffled, key=lambda name: (not bad[name], -len(members[name]))):
        kind = filled[bad[name]]
        fold = min(range(folds), key=lambda f: (kind[f], total[f]))
        kind[fold] += len(members[name])
        total[fold] += len(members[name])
        for position in members[name]:
            fold_of[position] = fold
    return fold_of


def auc(scores: Scores, outcomes: Outcomes) -> float:
    """Probability that a default outscores a non-default, ties counting one half (Mann-Whitney)."""
    return float(_wins(scores, outcomes).mean())


def delong_variance(scores: Scores, outcomes: Outcomes) -> float:
    """Variance of the AUC by DeLong, DeLong and Clarke-Pearson (1988); needs two firms of each outcome."""
    wins = _wins(scores, outcomes)
    per_default, per_other = wins.mean(axis=1), wins.mean(axis=0)
    return float(per_default.var(ddof=1) / per_default.size + per_other.var(ddof=1) / per_other.size)


def ks(scores: Scores, outcomes: Outcomes) -> float:
    """Kolmogorov-Smirnov distance: largest |F_default - F_other| over all cut-offs."""
    bad, good = np.sort(scores[outcomes]), np.sort(scores[~outcomes])
    cuts = np.concatenate((bad, good))
    below_bad = np.searchsorted(bad, cuts, side="right") / bad.size
    below_good = np.searchsorted(good, cuts, side="right") / good.size
    return float(np.abs(below_bad - below_good).max())


def _wins(scores: Scores, outcomes: Outcomes) -> NDArray[np.float64]:
    """One row a default, one column a non-default: 1 when the default scores higher, 1/2 at a tie."""
    difference = scores[outcomes][:, None] - scores[~outcomes][None, :]
    return (np.sign(difference) + 1) / 2


def _ks_interval(scores: Scores, outcomes: Outcomes, seed: int) -> tuple[float, float]:
    random = np.random.default_rng(seed)
    bad, good = np.flatnonzero(outcomes), np.flatnonzero(~outcomes)
    drawn = []
    for _ in range(_BOOTSTRAPS):
        firms = np.concatenate((random.choice(bad, bad.size), random.choice(good, good.size)))
        drawn.append(np.mean([ks(row, outcomes[firms]) for row in scores[:, firms]]))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def _integer_scorecard(sample: Sequence[LabelledFirm]) -> Callable[[LabelledFirm], int]:
    scorecard = train_scorecard(sample)
    return lambda firm: scorecard.integer_score(firm.vector)
