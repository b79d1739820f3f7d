"""The page for operators: its commands run as they stand, from top to bottom, on a network of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chain.network.building import node_program
from chain.network.layout import read_network
from chain.network.running import process_of, stop
from chain.network.status import quorum
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
LONGEST = 900


@pytest.fixture
def folder(network_folder: Path) -> Iterator[Path]:
    """Where the commands run; what they leave running is ended."""
    yield network_folder
    if (network_folder / "net" / "network.json").exists():
        network = read_network(network_folder / "net")
        stop(network, network.members)


@pytest.mark.consortium
def test_the_commands_of_the_page_run_in_order(folder: Path) -> None:
    node_program()
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))

    done = subprocess.run(
        ["/bin/bash", "-euxc", commands],
        cwd=folder,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    network = read_network(folder / "net")
    assert [member.name for member in network.members] == ["member-1", "member-2", "member-4", "member-3b"]
    assert [process_of(network, member) for member in network.members] == [None] * 4
    seen = json.loads((folder / "status.json").read_text())
    assert (seen["well"], seen["agree"], seen["validators_up"]) == (True, True, 4)
    assert "votes were cast; 3 are needed" in done.stdout
    assert (network.path / "members" / "newcomer" / "nodekey").exists()


def test_the_table_of_validators_is_the_engines() -> None:
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)

    assert len(rows) == 4
    for validators, sign, lost in rows:
        assert quorum(int(validators)) == int(sign) == int(validators) - int(lost)
