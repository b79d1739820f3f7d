"""The ledgers of 384 small firms load whole, and show what their source says of them."""

from __future__ import annotations

import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from flows.ledger import LedgerInvoice, Side, read_labels, read_ledgers

DATA = Path(
    os.environ.get("COUNTERFOIL_DATA", Path(__file__).parents[2] / ".." / "shared" / "data")
).resolve()
FOLDER = DATA / "sme-invoices"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no ledgers in {FOLDER}: set COUNTERFOIL_DATA"),
]


@pytest.fixture(scope="module")
def ledgers() -> dict[str, tuple[LedgerInvoice, ...]]:
    return read_ledgers(FOLDER)


def test_every_row_of_every_firm_loads(ledgers: dict[str, tuple[LedgerInvoice, ...]]) -> None:
    sides = Counter(row.side for rows in ledgers.values() for row in rows)
    assert len(ledgers) == 384
    assert sides == {Side.PURCHASE: 161_457 + 395_175, Side.SALE: 99_397 + 330_835}


def test_voided_rows_are_kept_and_marked(ledgers: dict[str, tuple[LedgerInvoice, ...]]) -> None:
    voided = sum(row.voided for rows in ledgers.values() for row in rows)
    assert voided == 5_617 + (7_881 + 47) + 17_236 + (27_507 + 48)


def test_all_but_a_handful_of_rows_add_up(ledgers: dict[str, tuple[LedgerInvoice, ...]]) -> None:
    rows = [row for firm in ledgers.values() for row in firm]
    odd = [row for row in rows if abs(row.net + row.tax - row.gross) > Decimal("0.01")]
    assert len(odd) < 20
    assert any(row.gross < 0 for row in rows)


def test_labels_keep_default_and_rating_apart(ledgers: dict[str, tuple[LedgerInvoice, ...]]) -> None:
    labels = read_labels(FOLDER / "att1_enterprise_labels.csv")
    assert len(labels) == 82
    assert labels.keys() <= ledgers.keys()
    assert sum(label.defaulted for label in labels.values()) == 16
    assert all(label.defaulted for label in labels.values() if label.rating == "D")
