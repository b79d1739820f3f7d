from __future__ import annotations

import re
from pathlib import Path

from flows.checks import CATALOGUE, Level

PAGE = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")


def test_the_page_lists_every_rule_as_the_catalogue_has_it() -> None:
    rows = re.findall(r"^\| ([XI]-\w+) \| (.+) \| (yes|no) \| (\d+) \|$", PAGE, re.MULTILINE)
    assert rows == [
        (rule.id, rule.title, "yes" if rule.hard else "no", str(rule.weight)) for rule in CATALOGUE
    ]


def test_the_page_lists_every_level() -> None:
    assert re.findall(r"^\| (L\d) \|", PAGE, re.MULTILINE) == [level.name for level in Level]


def test_rule_ids_are_unique() -> None:
    assert len({rule.id for rule in CATALOGUE}) == len(CATALOGUE) >= 12
