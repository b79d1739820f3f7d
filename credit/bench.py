"""Measuring the scorecard on a folder of ledgers: `counterfoil bench scorecard --ledger DIR --json FILE`."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path

from credit.portfolio import Portfolio, read_portfolio
from credit.scorecard import Scorecard
from credit.training import train_scorecard
from credit.validation import Validation, validate

MODEL_VERSION = "ledger-scorecard-1"


@dataclass(frozen=True, slots=True)
class ScorecardReport:
    """What a scorecard is worth on a set of ledgers.

    Attributes:
        validation: Cross-validated figures on the labelled firms.
        scorecard: The model trained on all labelled firms, with its figures as metrics.
        scored_firms: Firms scored both ways, labelled or not.
        quantisation_gap: Largest |integer score / scale - clear log-odds| among them.
        quantisation_bound: What that can be at most, for any firm.
        twins: Sets of codes found to be one firm.
        seconds: Wall-clock time of the whole run, reading included.
    """

    validation: Validation
    scorecard: Scorecard
    scored_firms: int
    quantisation_gap: float
    quantisation_bound: float
    twins: tuple[tuple[str, ...], ...]
    seconds: float

    def to_dict(self) -> dict[str, object]:
        """A flat mapping for JSON: the validation figures by name, then the rest."""
        return {
            **asdict(self.validation),
            "scored_firms": self.scored_firms,
            "quantisation_gap": self.quantisation_gap,
            "quantisation_bound": self.quantisation_bound,
            "twins": [list(group) for group in self.twins],
            "model_version": self.scorecard.version,
            "model_digest": self.scorecard.digest().hex(),
            "feature_schema_id": self.scorecard.feature_schema_id.hex(),
            "weights": dict(zip(self.scorecard.feature_names, self.scorecard.weights, strict=True)),
            "seconds": self.seconds,
        }

    def to_json(self) -> str:
        """`to_dict` as indented JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2)


def bench_scorecard(ledger_folder: Path, folds: int = 5, repeats: int = 20, seed: int = 1) -> ScorecardReport:
    """Read a folder of ledgers and outcomes, cross-validate, train on all labelled firms, score every firm.

    Raises:
        NoLabels, LabelWithoutLedger, BadDocument: See `credit.portfolio.read_portfolio`.
        TooFewDefaults: See `credit.validation.validate`.
    """
    started = time.perf_counter()
    portfolio = read_portfolio(ledger_folder)
    validation = validate(portfolio.labelled, portfolio.twins, folds, repeats, seed)
    trained = train_scorecard(portfolio.labelled, MODEL_VERSION, source=ledger_folder.name)
    scorecard = replace(
        trained,
        metrics={
            name: getattr(validation, name)
            for name in ("auc", "auc_low", "auc_high", "ks", "ks_low", "ks_high")
        },
    )
    return ScorecardReport(
        validation=validation,
        scorecard=scorecard,
        scored_firms=len(portfolio.vectors),
        quantisation_gap=largest_gap(scorecard, portfolio),
        quantisation_bound=float(scorecard.gap_bound),
        twins=tuple(tuple(sorted(group)) for group in portfolio.twins),
        seconds=time.perf_counter() - started,
    )


def largest_gap(scorecard: Scorecard, portfolio: Portfolio) -> float:
    """Largest |integer score / scale - clear log-odds| over all firms of a portfolio."""
    return float(
        max(
            abs(
                Fraction(scorecard.integer_score(vector), scorecard.scale)
                - Fraction(scorecard.clear_score(vector))
            )
            for vector in portfolio.vectors.values()
        )
    )
