from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

COUNTERFOIL = Path(sys.executable).parent / "counterfoil"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COUNTERFOIL, *arguments], capture_output=True, text=True, check=False)


def test_headers_a_second_are_printed_next_to_the_peer(tmp_path: Path) -> None:
    done = run("bench", "headers", "--headers", "1000", "--json", tmp_path / "headers.json")

    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "headers.json").read_text())
    assert report["validators"] == 4
    assert "eth-keys" in report["peer"]
    assert "eth-keys" in done.stdout
    for engine, recoveries in (("qbft", 3), ("kaia", 4)):
        rate = report["engines"][engine]
        assert rate["recoveries"] == recoveries
        assert rate["ratio"] == pytest.approx(rate["a_core"] / rate["peer_a_core"], rel=0.01)


@pytest.mark.parametrize("value", ["", "0x12", "ab" * 32, "0x" + "AB" * 32, "0x" + "zz" * 32])
def test_a_genesis_that_is_no_hash_is_refused(tmp_path: Path, value: str) -> None:
    done = run("replay", "--bundle", tmp_path / "b.gz", "--genesis", value)

    assert done.returncode == 2
    assert "--genesis" in done.stderr
    assert "64 lower-case hex digits" in done.stderr


def test_a_genesis_is_of_a_bundle_only(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text("{}")

    done = run(
        *("replay", "--chain", "http://127.0.0.1:9", "--manifest", tmp_path / "m.json"),
        *("--genesis", "0x" + "00" * 32),
    )

    assert done.returncode == 2
