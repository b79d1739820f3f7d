"""Training the scorecard in the clear on labelled firms.

Logistic regression with a ridge penalty on standardised features, C = 0.1, that is a normal prior of standard
deviation 0.32 on each standardised coefficient. C is fixed, not searched: with about one and a half defaults
to a coefficient a search inside a fold would choose noise, and the ranking hardly depends on it (the table in
docs/credit.md).

Sign check: a feature whose coefficient contradicts its known economic direction is dropped, the strongest
contradiction first, and the model fitted again (docs/decisions/0031). Without it the small sample would pay
firms for red-letter invoices and shrinking sales, which an applicant could then produce at will.

The rating of a labelled firm never gets here: `LabelledFirm` has no field for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit.features import FEATURES, FeatureVector
from credit.scorecard import Provenance, Scorecard, build_scorecard
from credit.twins import group_of

INVERSE_PENALTY = 0.1
"""C of scikit-learn's LogisticRegression."""

RISK_DIRECTION: dict[str, int] = {
    "sales": -1,
    "sales_growth": -1,
    "sales_volatility": 1,
    "active_months": -1,
    "longest_gap": 1,
    "top_buyer_share": 1,
    "buyer_hhi": 1,
    "red_ratio": 1,
    "void_ratio": 1,
    "buyer_stability": -1,
    "purchases_to_sales": 0,
}
"""+1: more of it means more risk, -1: less, 0: either may be. From the admission rules and metric bands of
lending practice, fixed before any fit."""


@dataclass(frozen=True, slots=True)
class LabelledFirm:
    """A firm's features and whether it defaulted."""

    vector: FeatureVector
    defaulted: bool


class CannotTrain(ValueError):
    """A training sample without both outcomes."""

    def __init__(self, firms: int, defaults: int) -> None:
        self.firms = firms
        self.defaults = defaults
        super().__init__(f"{firms} firms with {defaults} defaults: training needs both outcomes")


def train_scorecard(
    firms: Sequence[LabelledFirm],
    version: str = "1",
    source: str = "unnamed",
    excluded: Iterable[str] = (),
    *,
    inverse_penalty: float = INVERSE_PENALTY,
    sign_check: bool = True,
) -> Scorecard:
    """Fit the clear model and quantise it.

    Args:
        firms: The training sample.
        version: Name of the model version.
        source: The data set, in words, for the provenance.
        excluded: Firm codes the caller left out, for the provenance.
        inverse_penalty: C of the ridge penalty, above 0; change it to measure how little it matters.
        sign_check: Whether to drop features that contradict their risk direction.

    Raises:
        CannotTrain: The sample lacks defaults or non-defaults.
        BadScorecard: The model does not fit the integer format.
    """
    defaults = sum(firm.defaulted for firm in firms)
    if defaults in (0, len(firms)):
        raise CannotTrain(len(firms), defaults)
    values = np.array([firm.vector.values for firm in firms], dtype=np.float64)
    outcome = np.array([firm.defaulted for firm in firms], dtype=np.int64)
    coefficients, intercept = _fit(values, outcome, inverse_penalty, sign_check)
    dates = [firm.vector.as_of for firm in firms]
    return build_scorecard(
        version,
        coefficients,
        intercept,
        Provenance(
            source=source,
            firms=len(firms),
            defaults=defaults,
            first_as_of=min(dates),
            last_as_of=max(dates),
            excluded=tuple(sorted(excluded)),
            method=_method(inverse_penalty, sign_check),
        ),
    )


def train_to_score(
    firm: str,
    firms: Sequence[LabelledFirm],
    twins: Sequence[frozenset[str]],
    version: str = "1",
    source: str = "unnamed",
) -> Scorecard:
    """Train a scorecard that may score `firm`: neither the firm nor a twin of it is in the sample.

    Raises:
        CannotTrain, BadScorecard: See `train_scorecard`.
    """
    group = group_of(firm, twins)
    sample = [labelled for labelled in firms if labelled.vector.firm not in group]
    return train_scorecard(sample, version, source, group)


def _fit(
    values: NDArray[np.float64], outcome: NDArray[np.int64], inverse_penalty: float, sign_check: bool
) -> tuple[list[float], float]:
    from sklearn.linear_model import LogisticRegression  # slow to import, needed only here

    mean = values.mean(axis=0)
    spread = values.std(axis=0)
    spread[spread == 0] = 1.0  # a constant feature is zero once centred, whatever divides it
    standard = (values - mean) / spread
    direction = np.array([RISK_DIRECTION[spec.name] if sign_check else 0 for spec in FEATURES])

    kept = np.arange(len(FEATURES))
    while True:
        model = LogisticRegression(C=inverse_penalty, max_iter=1_000).fit(standard[:, kept], outcome)
        contradiction = -model.coef_[0] * direction[kept]
        worst = int(np.argmax(contradiction))
        if contradiction[worst] <= 0:
            break
        kept = np.delete(kept, worst)

    standardised = np.zeros(len(FEATURES))
    standardised[kept] = model.coef_[0]
    coefficients = standardised / spread
    return coefficients.tolist(), float(model.intercept_[0] - coefficients @ mean)


def _method(inverse_penalty: float, sign_check: bool) -> str:
    from importlib.metadata import version

    signs = "sign check" if sign_check else "no sign check"
    return f"logistic regression, L2, C={inverse_penalty}, {signs}, scikit-learn {version('scikit-learn')}"
