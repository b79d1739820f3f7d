from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

COUNTERFOIL = Path(sys.executable).parent / "counterfoil"

pytestmark = pytest.mark.contracts


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COUNTERFOIL, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of a ledger of a few hundred events, made on an anvil node that has ended since."""
    folder = tmp_path_factory.mktemp("bundle")
    made = run(
        "bench", "ledger", "--events", "300", "--bundle", folder / "b.gz", "--manifest", folder / "m.json"
    )
    assert made.returncode == 0, made.stderr
    assert "events in" in made.stdout
    return folder / "b.gz"


def test_a_bundle_agrees_with_no_node_running(bundle: Path, tmp_path: Path) -> None:
    done = run("replay", "--bundle", bundle, "--json", tmp_path / "report.json")

    assert done.returncode == 0, done.stderr
    assert "The bundle agrees." in done.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["verdict"] == "agrees"
    assert report["events"] > 300
    assert report["divergences"] == []


def test_a_bundle_of_another_ledger_than_the_auditors_manifest_is_refused(
    bundle: Path, tmp_path: Path
) -> None:
    manifest = json.loads((bundle.parent / "m.json").read_text())
    other = tmp_path / "m.json"
    other.write_text(json.dumps({**manifest, "chain_id": 7}))

    done = run("replay", "--bundle", bundle, "--manifest", other)

    assert done.returncode == 1
    assert "The bundle differs." in done.stdout


def test_a_bundle_with_one_altered_byte_is_refused_and_the_place_named(bundle: Path, tmp_path: Path) -> None:
    lines = gzip.decompress(bundle.read_bytes()).splitlines(keepends=True)
    block = json.loads(lines[5])
    header = bytearray.fromhex(block["header"])
    header[40] ^= 1
    lines[5] = lines[5].replace(block["header"].encode(), bytes(header).hex().encode())
    altered = tmp_path / "altered.gz"
    altered.write_bytes(gzip.compress(b"".join(lines)))

    done = run("replay", "--bundle", altered, "--json", tmp_path / "report.json")

    assert done.returncode == 1
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["verdict"] == "differs"
    assert report["divergences"]


@pytest.mark.parametrize(
    "arguments",
    [(), ("--chain", "http://127.0.0.1:9"), ("--bundle", "b.gz", "--chain", "http://127.0.0.1:9")],
)
def test_a_replay_of_nothing_or_of_two_things_is_refused(arguments: tuple[str, ...]) -> None:
    done = run("replay", *arguments)

    assert done.returncode == 2
    assert "--chain with --manifest, or --bundle" in done.stderr


def test_gas_is_printed_next_to_the_nearest_implementations(tmp_path: Path) -> None:
    done = run("bench", "gas", "--json", tmp_path / "gas.json")

    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "gas.json").read_text())
    assert figures["split"] < figures["peers"]["ERC-3525 split to a new owner"]
    assert figures["transfer"] < figures["signed_transfer"] < figures["offer_accept"]
    assert figures["redeem"] < figures["redeem_part"]
    assert figures["anchored_leaf"] < figures["goals"]["anchored_leaf"]
    assert figures["attest"] < figures["peers"]["EAS attestation, one of a hundred"]
    assert "ERC-3525" in done.stdout
