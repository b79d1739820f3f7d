from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from api.story.examining import attestable, examine, playable
from flows.keeping import evidence_from_json
from flows.samples import sample_party, write_sample_payment, write_sample_trade

COUNTERFOIL = Path(sys.executable).parent / "counterfoil"
TODAY = datetime.now(UTC).date()
NOW = int(datetime.now(UTC).timestamp())


def write_trade(folder: Path, *, price: str = "99.90", currency: str = "CNY", days_to_due: int = 60) -> Path:
    trade = write_sample_trade(
        folder,
        number="9",
        buyer=sample_party("买方示例有限公司"),
        seller=sample_party("卖方示例有限公司"),
        carrier=sample_party("承运示例有限公司"),
        order_date=TODAY - timedelta(days=30),
        due_date=TODAY + timedelta(days=days_to_due),
        quantity=Decimal(10),
        unit_price=Decimal(price),
        currency=currency,
        account="6222-9",
    )
    return trade.paths[3]


def test_the_story_is_played_with_documents_that_stand(tmp_path: Path) -> None:
    write_trade(tmp_path / "own")
    report = tmp_path / "out.json"

    done = subprocess.run(
        [COUNTERFOIL, "demo", "--documents", tmp_path / "own", "--json", report],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    outcome: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    assert outcome["findings"]["level"] == "L3"
    assert outcome["receivable"]["face"] == 112_887
    assert "买方示例有限公司" in outcome["participants"]["1"]
    assert "卖方示例有限公司" in outcome["participants"]["2"]
    assert sum(payout["amount"] for payout in outcome["payouts"]) == 112_887
    assert outcome["replay"]["verdict"] == "agrees"


@pytest.mark.parametrize(
    "arguments",
    [{"price": "1.00"}, {"currency": "EUR"}, {"days_to_due": -1}],
    ids=["too small to share out", "in another currency", "due already"],
)
def test_sound_documents_the_story_cannot_be_played_with_are_still_attestable(
    tmp_path: Path, arguments: dict[str, Any]
) -> None:
    write_trade(tmp_path, **arguments)

    papers, findings = examine(tmp_path)

    assert findings.level == "L3"
    assert attestable(papers)
    assert not playable(papers, NOW)


def test_documents_with_the_cash_confirmed_reach_l4(tmp_path: Path) -> None:
    write_trade(tmp_path)
    papers, _ = examine(tmp_path)
    write_sample_payment(tmp_path, invoice=papers.invoice, booked=TODAY, account="6222-9")

    _, findings = examine(tmp_path)

    assert findings.level == "L4"


def run_evidence(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COUNTERFOIL, "evidence", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_documents_become_evidence_that_only_their_owner_can_read(tmp_path: Path) -> None:
    write_trade(tmp_path / "own")
    kept, found = tmp_path / "evidence.json", tmp_path / "found.json"

    done = run_evidence(tmp_path / "own", "--keep", kept, "--json", found)
    again = run_evidence(tmp_path / "own", "--keep", kept)

    assert done.returncode == 0, done.stderr
    assert kept.stat().st_mode & 0o777 == 0o600
    evidence = evidence_from_json(kept.read_text(encoding="utf-8"))
    findings: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
    assert (findings["level"], findings["fields"]) == ("L3", len(evidence.fields))
    assert findings["commitment"] == f"0x{evidence.commitment.hex()}"
    assert findings["commitment"] in done.stdout
    assert again.returncode == 2
    assert "is there already" in again.stderr
    assert evidence_from_json(kept.read_text(encoding="utf-8")).commitment == evidence.commitment


def test_documents_that_do_not_stand_leave_no_evidence(tmp_path: Path) -> None:
    invoice = write_trade(tmp_path / "own")
    text = invoice.read_text(encoding="utf-8")
    invoice.write_text(re.sub(r"(PayableAmount[^>]*>)[0-9.]+", r"\g<1>999.00", text), encoding="utf-8")
    kept = tmp_path / "evidence.json"

    done = run_evidence(tmp_path / "own", "--keep", kept)

    assert done.returncode == 1, done.stderr
    assert "X-03a" in done.stdout
    assert not kept.exists()


def test_a_folder_without_documents_is_refused_in_a_sentence(tmp_path: Path) -> None:
    done = run_evidence(tmp_path, "--keep", tmp_path / "evidence.json")

    assert done.returncode == 2
    assert "folder has no .xml file" in done.stderr
