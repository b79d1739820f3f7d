"""docs/credit.md says what the code does."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from pathlib import Path

from credit.admission import AdmissionPolicy
from credit.features import FEATURE_SCHEMA_ID, FEATURES
from credit.policy import PRACTICE_GRADES, Policy

PAGE = (Path(__file__).parents[2] / "docs" / "credit.md").read_text(encoding="utf-8")
LINES = PAGE.splitlines()


def test_every_feature_stands_in_the_table_as_defined() -> None:
    wanted = [
        f"| `{spec.name}` | {spec.chinese} | {spec.formula} | {spec.scale} a {spec.unit}"
        f"{f', from {spec.offset}' if spec.offset else ''} | {spec.undefined} |"
        for spec in FEATURES
    ]
    first = LINES.index(wanted[0])
    assert LINES[first : first + len(wanted) + 1] == [*wanted, ""]
    assert FEATURE_SCHEMA_ID.hex() in PAGE


def test_every_policy_parameter_is_named_with_its_default() -> None:
    policy, admission = Policy(), AdmissionPolicy()
    for source in (policy, admission):
        for parameter in fields(source):
            default = getattr(source, parameter.name)
            if parameter.name in ("version", "grades"):
                continue
            shown = f"{default:f}" if isinstance(default, Decimal) else str(default)
            assert f"`{parameter.name}` {shown}" in PAGE, parameter.name


def test_every_grade_stands_on_the_page() -> None:
    for grade in PRACTICE_GRADES:
        assert f"| {grade.name} | {grade.maximum_pd} | {grade.limit_factor} |" in LINES
