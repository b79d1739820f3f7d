from __future__ import annotations

from pathlib import Path

import pytest

from api.bench.readmodel import bench_readmodel
from chain.engines import Engine


@pytest.mark.contracts
def test_what_is_measured_is_the_whole_ledger(anvil: Engine, tmp_path: Path) -> None:
    made: list[int] = []

    report = bench_readmodel(anvil, f"sqlite:///{tmp_path / 'bench.db'}", 300, made.append, lambda *_: None)

    assert report.events >= made[-1] >= 300
    assert report.raw > report.written > 0
