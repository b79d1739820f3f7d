from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from flows.samples import SampleTrade, sample_party, write_sample_trade

BUYER = sample_party("华东重工集团有限公司")
SELLER = sample_party("杭州精工零部件有限公司")
CARRIER = sample_party("浙江顺达物流有限公司")


@pytest.fixture
def trade(tmp_path: Path) -> SampleTrade:
    return write_sample_trade(
        tmp_path / "trade",
        number="2024-001",
        buyer=BUYER,
        seller=SELLER,
        carrier=CARRIER,
        order_date=date(2024, 3, 1),
        due_date=date(2024, 6, 30),
        quantity=Decimal(1200),
        unit_price=Decimal("86.50"),
        account="6222000100012345",
    )
