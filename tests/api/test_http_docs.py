"""The page for developers: its commands run as they stand, and its tables name what there is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from api.http.gateway import Gateway
from api.http.refusals import STATUS
from api.http.sandbox import sandbox

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
CURL = shutil.which("curl")


@pytest.mark.skipif(CURL is None, reason="curl is not installed")
def test_the_commands_of_the_story_run(serve: Callable[[Gateway], AbstractContextManager[str]]) -> None:
    gateway, tokens = sandbox()
    evidence = "0x" + gateway.ledger.issuance.issue(1).evidence.hex()
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    with serve(gateway) as url:
        said = ""
        for command in blocks:
            env = {"URL": url, "EVIDENCE": evidence, "PATH": str(Path(str(CURL)).parent)}
            env |= {name: tokens[name.lower()] for name in ("TIER1", "TIER2", "BANK")}
            command = command.replace("curl -sS", "curl -sS --fail --noproxy '*' -w '\\n'")
            run = subprocess.run(
                ["/bin/sh", "-ec", command], env=env, capture_output=True, text=True, timeout=30, check=False
            )
            assert run.returncode == 0, run.stderr + run.stdout
            said += run.stdout
    split, offers, accepted, tree, disclosed = (json.loads(line) for line in said.splitlines())
    assert split["pieces"][0]["id"] == offers["items"][0]["voucher"]["id"] == accepted["voucher"]["id"]
    assert [one["amount"] for one in tree["holdings"]] == ["73000000", "40000000"]
    assert tree["receivable"]["evidence"] == disclosed["commitment"] == evidence


def test_every_path_is_named_and_nothing_else(served: Callable[[str], httpx.Client]) -> None:
    table = PAGE.split("## What there is")[1].split("**Who sees")[0]
    cells = re.findall(r"`([^`]+)`", table)
    for path in served("").get("/openapi.json").json()["paths"]:
        last = re.sub(r"\{[^}]+\}", "{}", path.split("/")[-1])
        shown = [re.sub(r"\{[^}]+\}", "{}", cell) for cell in cells]
        assert any(cell.split("?")[0].split(" ")[-1].endswith(f"/{last}") for cell in shown), path


def test_the_rules_named_have_the_status_given() -> None:
    table = PAGE.split("| status | means |")[1].split("After a 500")[0]
    status_of = {kind.rule: str(int(status)) for kind, status in STATUS.items()}
    named = 0
    for line in table.splitlines():
        status = line.split("|")[1].strip() if line.startswith("| 4") else ""
        for rule in re.findall(r"`([a-z-]+)`", line):
            if rule in status_of:
                assert status_of[rule] == status, rule
                named += 1
    assert named >= 8
