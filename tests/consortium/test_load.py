"""The benchmark of sending, small: what it counts, not how fast it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chain.network.building import missing_tools

pytestmark = pytest.mark.consortium

SUPPLIERS, EACH = 8, 12


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path is short enough for a node's socket."""
    folder = Path("/tmp") / f"cfl-{os.getpid()}"  # noqa: S108 - a socket's path has 104 bytes at most
    folder.mkdir(mode=0o700)
    yield folder
    subprocess.run(["/bin/rm", "-rf", str(folder)], check=True)


def test_every_split_is_on_the_chain_once_whichever_way_it_was_sent(short: Path) -> None:
    if (missing := missing_tools()) is not None:
        pytest.skip(f"no validators can be run: {missing}")
    file = short / "load.json"
    command = [sys.executable, "-m", "api.cli", "bench", "consortium", "--json", str(file)]
    command += ["--suppliers", str(SUPPLIERS), "--each", str(EACH), "--most", "100"]

    done = subprocess.run(
        command,
        env={**os.environ, "TMPDIR": str(short)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(file.read_text(encoding="utf-8"))
    for way, times in (("raw", 2), ("api_batch", 2), ("api_single", 1)):
        measured = report[way]
        assert measured["count"] == times * SUPPLIERS * EACH
        assert 0 < measured["p50"] <= measured["p95"] <= measured["p99"]
        assert measured["per_second"] > 0
        assert way in done.stdout
    assert report["half_load"]["count"] == SUPPLIERS * (EACH // 2)
    assert report["sent"] == report["on_chain"] > 5 * SUPPLIERS * EACH
    assert (report["lost"], report["doubled"]) == (0, 0)
    assert report["ratios"]["api_batch"] > 0
    assert not [path for path in short.iterdir() if path != file], "something was left behind"
