"""A folder of ledgers as a bank's model builder needs it: feature vectors, outcomes and twins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from credit.features import FeatureVector, extract_features
from credit.training import LabelledFirm
from credit.twins import find_twins
from flows.ledger import read_labels, read_ledgers


class NoLabels(ValueError):
    """A folder without a single file of outcomes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{folder} has no *labels.csv with outcomes")


class LabelWithoutLedger(ValueError):
    """Firms with an outcome but no ledger."""

    def __init__(self, firms: tuple[str, ...]) -> None:
        self.firms = firms
        super().__init__(f"no ledger for labelled firms {', '.join(firms)}")


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What is known of the firms of a folder.

    Attributes:
        vectors: Feature vector of every firm, by code.
        labelled: The firms with a known outcome.
        twins: Sets of codes that are one firm.
    """

    vectors: dict[str, FeatureVector]
    labelled: tuple[LabelledFirm, ...]
    twins: tuple[frozenset[str], ...]


def read_portfolio(folder: Path) -> Portfolio:
    """Read every ledger and every `*labels.csv` of a folder.

    Of a label file only the outcome is taken: the rating beside it follows from the outcome.

    Raises:
        NoLabels: The folder has no file of outcomes.
        LabelWithoutLedger: An outcome has no ledger.
        BadDocument: A file cannot be read (`flows.ledger`).
    """
    outcomes = {
        firm: label.defaulted
        for path in sorted(folder.glob("*labels.csv"))
        for firm, label in read_labels(path).items()
    }
    if not outcomes:
        raise NoLabels(folder)
    ledgers = read_ledgers(folder)
    missing = tuple(sorted(outcomes.keys() - ledgers.keys()))
    if missing:
        raise LabelWithoutLedger(missing)
    vectors = {firm: extract_features(rows) for firm, rows in ledgers.items()}
    labelled = tuple(LabelledFirm(vectors[firm], defaulted) for firm, defaulted in sorted(outcomes.items()))
    return Portfolio(vectors, labelled, find_twins(ledgers))
