from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

from flows.checks import CATALOGUE, Level
from flows.samples import sample_party, write_sample_trade

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")


def test_the_page_lists_every_rule_as_the_catalogue_has_it() -> None:
    rows = re.findall(r"^\| ([XI]-\w+) \| (.+) \| (yes|no) \| (\d+) \|$", PAGE, re.MULTILINE)
    assert rows == [
        (rule.id, rule.title, "yes" if rule.hard else "no", str(rule.weight)) for rule in CATALOGUE
    ]


def test_the_page_lists_every_level() -> None:
    assert re.findall(r"^\| (L\d) \|", PAGE, re.MULTILINE) == [level.name for level in Level]


def test_rule_ids_are_unique() -> None:
    assert len({rule.id for rule in CATALOGUE}) == len(CATALOGUE) >= 12


def test_the_pages_example_runs_as_it_stands(tmp_path: Path) -> None:
    write_sample_trade(
        tmp_path / "trade",
        number="1",
        buyer=sample_party("买方有限公司"),
        seller=sample_party("卖方有限公司"),
        carrier=sample_party("承运有限公司"),
        order_date=date(2024, 1, 1),
        due_date=date(2024, 4, 1),
        quantity=Decimal(10),
        unit_price=Decimal(100),
    )
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    run = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "L3: 3 flows match; funds has no document. 1130.00\n"
    (command,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    program = Path(sys.executable).parent / "counterfoil"
    run = subprocess.run(
        [program, *command.split()[1:]], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[0] == "L3: 3 flows match; funds has no document."
    assert (tmp_path / "evidence.json").exists()
