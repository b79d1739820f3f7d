"""Contracts against rules over random histories on anvil, from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from api.bench.differential import bench_differential
from chain.rules import policies, vouchers
from chain.rules.state import Ledger, Voucher

COUNTERFOIL = Path(sys.executable).parent / "counterfoil"

pytestmark = pytest.mark.contracts


def test_a_history_on_which_all_agree(tmp_path: Path) -> None:
    report = tmp_path / "report.json"

    done = subprocess.run(
        [COUNTERFOIL, "bench", "differential", "--operations", "3000", "--seed", "7", "--json", report],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "Contracts and rules agree on every operation." in done.stdout
    told = json.loads(report.read_text())
    assert told["operations"] == 3_000 == sum(told["succeeded"].values()) + sum(told["refused"].values())
    assert len(told["succeeded"]) >= 50
    assert len(told["refused"]) >= 80
    assert told["words"] > 2_000
    assert told["disagreement"] == ""


def test_a_rule_that_differs_is_found_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def passed_to_nobody_else(ledger: Ledger, number: int, held: Voucher, _to: int) -> None:
        vouchers.free(ledger, number, held)

    monkeypatch.setattr(vouchers, "pass_on", passed_to_nobody_else)

    report = bench_differential(3_000, 7, lambda _: None)

    assert report.disagreement.startswith("seed 7, operation ")
    assert "the contracts" in report.disagreement
    assert "the rules" in report.disagreement
    assert report.operations < 3_000


def test_storage_that_no_event_tells_of_is_compared_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "citation_of", lambda *_: bytes(32))

    report = bench_differential(20, 7, lambda _: None)

    assert report.operations == 20
    assert report.disagreement.startswith("Policies.version[")
