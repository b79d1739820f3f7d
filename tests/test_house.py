"""The house's own rules: which room may use which, and what may stand nowhere."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

MAY_USE = {
    "chain": {"chain"},
    "flows": {"flows"},
    "privacy": {"privacy"},
    "credit": {"credit", "chain", "flows", "privacy"},
    "api": {"api", "credit", "chain", "flows", "privacy"},
}


def imported_rooms(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        yield from (name.split(".")[0] for name in names)


@pytest.mark.parametrize("room", MAY_USE)
def test_imports_run_one_way(room: str) -> None:
    forbidden = {*MAY_USE, "tests"} - MAY_USE[room]

    wrong = {
        f"{source.relative_to(ROOT)} imports {used}"
        for source in (ROOT / room).rglob("*.py")
        for used in imported_rooms(source)
        if used in forbidden
    }

    assert wrong == set()


def test_the_rules_of_the_ledger_need_no_node() -> None:
    outside = {"web3", "eth_tester", "eth", "requests", "eth_account"}

    for source in (ROOT / "chain" / "rules").glob("*.py"):
        assert outside.isdisjoint(imported_rooms(source)), source


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / line for line in listed.stdout.splitlines()]


def test_no_file_names_a_package_registry() -> None:
    hosts = re.compile("|".join((r"pypi\." + "org", r"files\.python" + "hosted", r"registry\.npm" + "js")))

    named = [path for path in tracked("*") if hosts.search(path.read_text(encoding="utf-8", errors="ignore"))]

    assert named == []


def test_every_page_the_readme_points_to_is_there() -> None:
    for page in tracked("README.md", "docs/*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} points to {target}"
