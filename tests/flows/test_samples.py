from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from flows.checks import Level, cross_check, require_coherent
from flows.documents import read_folder
from flows.ledger import Side, read_labels, read_ledgers
from flows.sample_ledgers import (
    sample_ledger,
    sample_population,
    write_sample_ledger,
    write_sample_population,
)
from flows.samples import SampleTrade, ledger_rows, sample_party, write_sample_payment, write_sample_trade

FIRMS = [
    sample_party(name)
    for name in ("核心企业有限公司", "一级供应商有限公司", "二级供应商有限公司", "三级供应商有限公司")
]
CARRIER = sample_party("示例运输有限公司")


def test_a_chain_of_trades_down_to_tier_three_is_consistent(tmp_path: Path) -> None:
    for tier, (buyer, seller) in enumerate(pairwise(FIRMS), start=1):
        folder = tmp_path / str(tier)
        trade = write_sample_trade(
            folder,
            number=f"T{tier}",
            buyer=buyer,
            seller=seller,
            carrier=CARRIER,
            order_date=date(2024, tier, 1),
            due_date=date(2024, 6, 30),
            quantity=Decimal("333.3"),
            unit_price=Decimal("7.77"),
            vat_rate=Decimal(9),
            unit="KGM",
        )
        write_sample_payment(folder, invoice=trade.invoice, booked=date(2024, 6, 30), account="1")
        documents = read_folder(folder)
        require_coherent(documents)
        assert cross_check(documents).level is Level.L4


def test_a_due_date_before_the_invoice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"due date must be after the invoice's day 2024-01-09"):
        write_sample_trade(
            tmp_path,
            number="1",
            buyer=FIRMS[0],
            seller=FIRMS[1],
            carrier=CARRIER,
            order_date=date(2024, 1, 1),
            due_date=date(2024, 1, 9),
            quantity=Decimal(1),
            unit_price=Decimal(1),
        )


def test_a_sample_ledger_is_the_same_twice_and_holds_further_rows(tmp_path: Path, trade: SampleTrade) -> None:
    sold, _ = ledger_rows(trade.invoice)
    for folder in ("a", "b"):
        write_sample_ledger(tmp_path / folder, sold.firm, further=[sold])
    one, other = (read_ledgers(tmp_path / folder) for folder in ("a", "b"))
    assert one == other
    documents = replace(trade.documents, seller_ledger=one[sold.firm])
    assert cross_check(documents).result("X-05b").passed


def test_sample_ledgers_look_like_ledgers() -> None:
    rows = sample_ledger("S", quality=-1)
    sales = [row for row in rows if row.side is Side.SALE]
    assert 200 < len(rows) < 1500
    assert any(row.voided for row in sales)
    assert any(row.gross < 0 for row in sales)
    assert all(row.net + row.tax == row.gross for row in rows)
    assert (rows[0].issued, rows[-1].issued) >= (date(2023, 1, 1), date(2024, 10, 1))


def test_a_population_has_defaults_that_quality_explains_only_in_part(tmp_path: Path) -> None:
    population = sample_population(300, seed=1)
    good = [quality for label, quality in population.values() if not label.defaulted]
    bad = [quality for label, quality in population.values() if label.defaulted]
    assert 0.15 < len(bad) / 300 < 0.45
    assert sum(bad) / len(bad) < sum(good) / len(good)
    assert max(bad) > min(good)
    write_sample_population(tmp_path, 5, seed=1)
    labels = read_labels(tmp_path / "sample_enterprise_labels.csv")
    assert labels.keys() == read_ledgers(tmp_path, "sample").keys()
    assert all((label.rating == "D") == label.defaulted for label in labels.values())
