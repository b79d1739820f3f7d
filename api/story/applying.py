"""Whose ledger is scored, and by which model: samples of ours, or a folder of real ledgers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from api.story.scoring import Applicant
from credit.features import extract_features
from credit.portfolio import Portfolio, read_portfolio
from credit.scorecard import Scorecard
from credit.training import train_to_score
from flows.errors import BadDocument
from flows.sample_ledgers import sample_ledger, write_sample_population

SAMPLE_FIRMS = 80
LONG_RUN_DEFAULT_RATE = Decimal("0.02")
"""A practice value: labelled samples are chosen to have many defaults, portfolios do not."""


@dataclass(frozen=True, slots=True)
class Application:
    """An applicant, and a scorecard trained without it."""

    applicant: Applicant
    scorecard: Scorecard


def sample_application(folder: Path, name: str) -> Application:
    """A sample firm's ledger, and a scorecard trained on a sample population."""
    write_sample_population(folder, SAMPLE_FIRMS, seed=7)
    applicant = Applicant(name, extract_features(sample_ledger(name, quality=1.5, seed=3)))
    return _application(applicant, read_portfolio(folder), "sample population")


def real_application(folder: Path, firm: str) -> Application:
    """A firm of a folder of real ledgers, and a scorecard trained without it and its twins.

    Raises:
        BadDocument: a ledger cannot be read, or the folder has none of this firm.
        NoLabels: the folder has no outcomes to train on.
    """
    portfolio = read_portfolio(folder)
    vector = portfolio.vectors.get(firm)
    if vector is None:
        raise BadDocument(str(folder), "企业代号", f"no ledger of firm {firm} is in the folder")
    return _application(Applicant(firm, vector), portfolio, folder.name)


def _application(applicant: Applicant, portfolio: Portfolio, source: str) -> Application:
    trained = train_to_score(
        applicant.firm, portfolio.labelled, portfolio.twins, version="ledger-scorecard-1", source=source
    )
    return Application(
        applicant, trained.with_base_rate(LONG_RUN_DEFAULT_RATE, f"{trained.version}-base-2pct")
    )
