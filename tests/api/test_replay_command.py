from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from web3 import HTTPProvider

from api.bench.node import own_anvil
from chain.deployment import read_manifest
from chain.engines import connect
from chain.replay import replay
from chain.storage import expected_words

COUNTERFOIL = Path(sys.executable).parent / "counterfoil"

pytestmark = pytest.mark.contracts


@pytest.fixture(scope="module")
def node() -> Iterator[str]:
    """The URL of an anvil node of this test's own."""
    with own_anvil() as engine:
        assert isinstance(engine.w3.provider, HTTPProvider)
        yield str(engine.w3.provider.endpoint_uri)


@pytest.fixture(scope="module")
def manifest(node: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("node") / "manifest.json"
    subprocess.run(
        [COUNTERFOIL, "demo", "--chain", node, "--manifest", path], check=True, capture_output=True
    )
    return path


def run_replay(node: str, manifest: Path, report: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COUNTERFOIL, "replay", "--chain", node, "--manifest", manifest, "--json", report],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_replay_of_the_demos_ledger_agrees(node: str, manifest: Path, tmp_path: Path) -> None:
    done = run_replay(node, manifest, tmp_path / "report.json")

    assert done.returncode == 0
    assert "The replay agrees." in done.stdout
    assert json.loads((tmp_path / "report.json").read_text())["verdict"] == "agrees"


def test_a_vouchers_slot_changed_behind_the_ledgers_back_is_named(
    node: str, manifest: Path, tmp_path: Path
) -> None:
    engine, deployed = connect(node), read_manifest(manifest)
    assert engine.controls is not None
    words = expected_words(replay(engine, deployed).ledger)
    word = next(word for word in words if word.path == "voucher[281474976710656]")
    address = deployed.addresses["Receivables"]
    engine.controls.set_storage(address, word.slot, word.value ^ 1)

    done = run_replay(node, manifest, tmp_path / "report.json")
    engine.controls.set_storage(address, word.slot, word.value)

    assert done.returncode == 1
    assert "Receivables.voucher[281474976710656].holder: the chain says 3, the replay 2" in " ".join(
        done.stdout.split()
    )
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["verdict"] == "differs"
    assert report["differences"][0]["where"] == "Receivables.voucher[281474976710656].holder"


def test_a_manifest_of_another_chain_is_refused(node: str, manifest: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**json.loads(manifest.read_text()), "chain_id": 7}))

    done = run_replay(node, other, tmp_path / "report.json")

    assert done.returncode == 2
    assert "chain id is 31337, the manifest says 7" in done.stderr
    assert not (tmp_path / "report.json").exists()
