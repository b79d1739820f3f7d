"""What is counted of faults, and when their report is a failure; no validator is needed here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from api import faults_cli
from api.bench.faults import namespaces, report
from api.bench.faults.counting import Count, certified, forks
from api.bench.faults.measuring import Outcome
from api.bench.faults.namespaces import (
    PREFIX,
    Machines,
    NoNamespaces,
    all_namespaces,
    four_machines,
    missing_namespaces,
)
from api.bench.faults.report import FAULTS, Report
from api.bench.sealing import SealedChain
from api.cli import app
from chain.headers.node import NodeLied
from tests.chain.sealed import chain_of, trust

ALL_FINAL = Count(submitted=5, final=5, doubled=0, forks=0, longest_gap=1, blocks=9)


@pytest.fixture
def chain() -> SealedChain:
    return chain_of("kaia")


def test_two_sealed_blocks_of_one_height_are_a_fork(chain: SealedChain) -> None:
    trusted, shared = trust(chain), [chain.add() for _ in range(3)]
    mine = chain.seal(chain.content(), chain.sealing())
    theirs = chain.seal(chain.content(gas_used=1), chain.sealing())
    one, same, other = (
        [header for header, _ in certified(trusted, [*shared, last])] for last in (mine, mine, theirs)
    )

    assert forks([one, same]) == 0
    assert forks([one, same, other]) == 1


def test_a_block_without_a_quorum_is_not_counted(chain: SealedChain) -> None:
    trusted, first = trust(chain), chain.add()
    lonely = chain.seal(chain.content(), chain.sealing(committers=tuple(chain.validators[:2])))

    with pytest.raises(NodeLied, match="block 2"):
        certified(trusted, [first, lonely])


@pytest.mark.parametrize(
    ("count", "withstood"),
    [
        (ALL_FINAL, True),
        (Count(5, 4, 0, 0, 1, 9), False),
        (Count(5, 5, 1, 0, 1, 9), False),
        (Count(5, 5, 0, 1, 1, 9), False),
    ],
)
def test_the_command_fails_if_anything_is_lost_doubled_or_forked(
    count: Count, withstood: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Report(
        {"one": Outcome("one validator killed", "SIGKILL", count, 1.5)}, {}, {"partition": "no root"}
    )
    monkeypatch.setattr(report, "bench_faults", lambda *_: found)
    monkeypatch.setattr(faults_cli.console, "width", 200)

    done = CliRunner().invoke(app, ["bench", "faults", "--json", str(tmp_path / "f.json")])

    written = json.loads((tmp_path / "f.json").read_text())
    assert done.exit_code == (0 if withstood else 1)
    assert written["withstood"] == withstood
    assert written["faults"]["one"]["lost"] == count.submitted - count.final
    assert written["left_out"] == {"partition": "no root"}


def test_a_fault_that_comes_to_no_count_is_a_failure() -> None:
    assert not Report(
        {}, {"two": "NotWithstood: member-1 went from block 5 to 6 without a quorum"}, {}
    ).withstood


def test_the_command_knows_every_fault() -> None:
    assert tuple(faults_cli.Fault) == FAULTS


def test_without_root_no_machine_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert "root" in str(missing_namespaces())
    with pytest.raises(NoNamespaces, match="root"), four_machines():
        pass


def test_without_iproute2_no_machine_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(namespaces, "SEARCHED", "/nowhere")

    assert "iproute2" in str(missing_namespaces())


@pytest.mark.namespaces
def test_what_a_killed_process_left_is_ended_and_removed_and_nothing_else_is(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = Machines(dead.pid)
    left.make()
    command = [str(left.wrapper(tmp_path, 2, Path(sys.executable))), "-c", "import time; time.sleep(600)"]
    with subprocess.Popen(command) as process, four_machines() as ours:
        assert process.wait(30) == -signal.SIGKILL
        names = [name for name in all_namespaces() if name.startswith(f"{PREFIX}-")]
        assert not [name for name in names if f"-{dead.pid}-" in name]
        assert len([name for name in names if f"-{ours.process}-" in name]) == 5

    cables = (f"cf{ours.process}-", f"cf{dead.pid}-")
    assert not [name for name in all_namespaces() if f"-{ours.process}-" in name]
    assert not [name for name in psutil.net_if_addrs() if name.startswith(cables)]
