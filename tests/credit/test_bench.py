"""The scorecard bench on a small made-up folder of ledgers."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from credit.bench import ScorecardReport, bench_scorecard
from credit.portfolio import LabelWithoutLedger, NoLabels, read_portfolio
from flows.ledger import Label, LedgerInvoice, Side, write_labels, write_ledgers
from flows.sample_ledgers import write_sample_population

FIRMS = 24


def ledger(firm: str, size: int, months: int) -> list[LedgerInvoice]:
    """A firm that sells `size` yuan to three buyers in each of the first `months` months of 2019."""
    return [
        LedgerInvoice(
            firm,
            Side.SALE,
            f"{size}{month:02}{line}",
            date(2019, month, 10 + line),
            f"B{line % 3}",
            Decimal(size),
            Decimal(0),
            Decimal(size),
            False,
        )
        for month in [*range(1, months), 12]
        for line in range(3)
    ]


def write_folder(folder: Path) -> Path:
    """Two dozen firms, every fourth small, patchy and in default; E90 is a second code of E1."""
    rows: list[LedgerInvoice] = []
    labels: list[Label] = []
    for number in range(FIRMS):
        bad = number % 4 == 0
        rows += ledger(f"E{number}", (100 if bad else 10_000) + number, 4 if bad else 12)
        labels.append(Label(f"E{number}", "***", "D" if bad else "A", bad))
    rows += ledger("E90", 10_001, 12)
    write_ledgers(folder, "set", rows)
    write_labels(folder / "set_labels.csv", labels)
    return folder


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> ScorecardReport:
    return bench_scorecard(write_folder(tmp_path_factory.mktemp("ledgers")), folds=3, repeats=2)


def test_the_report_counts_firms_defaults_and_twins(report: ScorecardReport) -> None:
    assert (report.validation.firms, report.validation.defaults) == (FIRMS, FIRMS // 4)
    assert report.scored_firms == FIRMS + 1
    assert report.twins == (("E1", "E90"),)


def test_integer_and_clear_scores_agree_on_every_firm(report: ScorecardReport) -> None:
    assert report.quantisation_gap <= report.quantisation_bound < 0.01


def test_the_json_has_the_figures_a_reader_looks_for(report: ScorecardReport) -> None:
    found = json.loads(report.to_json())
    for name in (
        "auc",
        "auc_low",
        "auc_high",
        "ks",
        "firms",
        "defaults",
        "folds",
        "quantisation_gap",
        "seconds",
    ):
        assert isinstance(found[name], int | float)
    assert found["auc"] > 0.9


def test_the_model_of_the_report_carries_its_figures_and_origin(report: ScorecardReport) -> None:
    assert report.scorecard.metrics["auc"] == report.validation.auc
    assert report.scorecard.provenance.firms == FIRMS
    assert report.scorecard.provenance.last_as_of == date(2019, 12, 12)


def test_the_bench_runs_on_the_sample_population(tmp_path: Path) -> None:
    write_sample_population(tmp_path, firms=40, months=24)
    found = bench_scorecard(tmp_path, folds=3, repeats=2)
    assert found.validation.firms == found.scored_firms == 40
    assert found.twins == ()
    assert found.validation.auc > 0.6


def test_a_folder_without_outcomes_is_refused(tmp_path: Path) -> None:
    write_ledgers(tmp_path, "set", ledger("E1", 5, 12))
    with pytest.raises(NoLabels):
        read_portfolio(tmp_path)


def test_an_outcome_without_a_ledger_is_refused_by_name(tmp_path: Path) -> None:
    write_ledgers(tmp_path, "set", ledger("E1", 5, 12))
    write_labels(tmp_path / "labels.csv", [Label("E7", "***", "A", False)])
    with pytest.raises(LabelWithoutLedger, match="E7"):
        read_portfolio(tmp_path)


def test_importing_the_bench_does_not_import_scikit_learn() -> None:
    program = "import sys, credit.bench, credit.discount; sys.exit('sklearn' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[2])
