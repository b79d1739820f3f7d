"""How much the measured discrimination owes to choices of ours: the second table of docs/credit.md."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from credit.features import extract_features
from credit.figures import ledger_end
from credit.training import LabelledFirm, train_scorecard
from credit.validation import Trainer, Validation, validate
from flows.ledger import LedgerInvoice, read_labels, read_ledgers

_DATA = Path(os.environ.get("COUNTERFOIL_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
FOLDER = (_DATA / "sme-invoices").resolve()
LABELS = FOLDER / "att1_enterprise_labels.csv"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not LABELS.is_file(), reason=f"no ledgers in {FOLDER}: set COUNTERFOIL_DATA"),
]

Ledgers = dict[str, tuple[LedgerInvoice, ...]]


@pytest.fixture(scope="module")
def ledgers() -> Ledgers:
    return read_ledgers(FOLDER, "att1")


@pytest.fixture(scope="module")
def firms(ledgers: Ledgers) -> list[LabelledFirm]:
    return firms_before_the_end(ledgers, 0)


@pytest.fixture(scope="module")
def chosen(firms: list[LabelledFirm]) -> Validation:
    return validate(firms)


def firms_before_the_end(ledgers: Ledgers, days: int) -> list[LabelledFirm]:
    """Every labelled firm as its ledger stood `days` before its end."""
    return [
        LabelledFirm(
            extract_features(ledgers[firm], ledger_end(ledgers[firm]) - timedelta(days)), label.defaulted
        )
        for firm, label in sorted(read_labels(LABELS).items())
    ]


def trainer(inverse_penalty: float, sign_check: bool) -> Trainer:
    def train(sample: Sequence[LabelledFirm]) -> Callable[[LabelledFirm], int]:
        card = train_scorecard(sample, inverse_penalty=inverse_penalty, sign_check=sign_check)
        return lambda firm: card.integer_score(firm.vector)

    return train


@pytest.mark.parametrize(
    ("inverse_penalty", "sign_check", "auc"),
    [
        (0.01, True, 0.895),
        (0.1, True, 0.876),
        (1.0, True, 0.879),
        (10.0, True, 0.894),
        (0.1, False, 0.891),
        (1.0, False, 0.913),
    ],
)
def test_penalty_and_sign_check_move_the_auc_by_less_than_its_uncertainty(
    firms: list[LabelledFirm], chosen: Validation, inverse_penalty: float, sign_check: bool, auc: float
) -> None:
    other = validate(firms, trainer=trainer(inverse_penalty, sign_check))
    assert other.auc == pytest.approx(auc, abs=0.01)
    assert chosen.auc_low < other.auc < chosen.auc_high


@pytest.mark.parametrize(
    ("days", "auc", "sales"), [(92, 0.883, 0.885), (183, 0.904, 0.917), (365, 0.720, 0.870)]
)
def test_what_remains_when_the_last_months_are_hidden(
    ledgers: Ledgers, days: int, auc: float, sales: float
) -> None:
    """A firm that falls silent after its default would give itself away in the last months only."""
    found = validate(firms_before_the_end(ledgers, days))
    assert found.auc == pytest.approx(auc, abs=0.01)
    assert found.sales_auc == pytest.approx(sales, abs=0.001)
