from __future__ import annotations

import json
from pathlib import Path

import pytest

from chain import events as ev
from chain.bundle import Diverges, export_bundle, prove_voucher
from chain.bundle.file import BundleWriter
from chain.engines import embedded
from chain.lineage import read_lineage
from chain.rules.state import Life, voucher_id
from tests.chain.history import rich_history
from tests.chain.scenario import Scene, founded
from tests.chain.test_bundle_forge import NUMBERS, forged
from tests.chain.test_bundle_tampering import Lines, blocks, lines_of, number_of

FINANCED = voucher_id(2, 600_001)
"""The voucher of the forged history's second trade that was split off, passed on and financed."""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundles") / "bundle"
    forged(path, 60, per_block=2)
    return path


def written(path: Path, lines: Lines) -> Path:
    with BundleWriter(path) as writer:
        for line in lines:
            writer.write(line)
    return path


def test_a_vouchers_lineage_is_every_step_that_made_it(bundle: Path) -> None:
    proof = prove_voucher(bundle, FINANCED)

    assert [type(step.event) for step in proof.steps] == [
        *(ev.Attested, ev.InvoiceRegistered, ev.Proposed, ev.Confirmed, ev.Split, ev.Accepted),
        *(ev.Transferred, ev.QuoteAccepted, ev.Filed, ev.Disbursed, ev.PaymentRecorded, ev.Redeemed),
    ]
    assert proof.stored.holder == NUMBERS["bank"]
    assert proof.stored.life == Life.REDEEMED
    assert (proof.stored.length, proof.stored.tier) == (300_000, 3)
    assert proof.bound == "whole"
    assert json.loads(json.dumps(proof.to_json()))["steps"][3]["event"] == "Confirmed"


@pytest.mark.parametrize("engine", ["embedded", pytest.param("anvil", marks=pytest.mark.contracts)])
def test_every_voucher_of_a_rich_history_is_proved(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    scene: Scene = rich_history(
        founded(embedded() if engine == "embedded" else request.getfixturevalue("anvil"))
    )
    path = tmp_path / "bundle"
    export_bundle(scene.engine, scene.manifest, path)

    trees = [read_lineage(scene.ledger, n) for n in range(1, scene.ledger.issuance.count() + 1)]
    proofs = [(node, prove_voucher(path, node.id)) for tree in trees[::3] for node in tree.nodes]
    assert len(proofs) > 10
    for node, proof in proofs:
        assert proof.stored == node.voucher
        assert proof.bound == ("whole" if engine == "embedded" else "each word")


def test_a_voucher_nobody_made_has_no_proof(bundle: Path) -> None:
    for voucher in (FINANCED + 9, voucher_id(99, 0)):
        with pytest.raises(LookupError):
            prove_voucher(bundle, voucher)


def test_a_block_that_tells_of_the_voucher_is_verified_whole(bundle: Path, tmp_path: Path) -> None:
    lines = lines_of(bundle)
    step = next(s for s in prove_voucher(bundle, FINANCED).steps if isinstance(s.event, ev.Disbursed))
    block = next(b for b in blocks(lines) if number_of(b) == step.block)
    block["receipts"].reverse()

    with pytest.raises(Diverges) as found:
        prove_voucher(written(tmp_path / "altered", lines), FINANCED)

    assert found.value.divergence.block == step.block


def test_other_blocks_are_linked_to_the_last(bundle: Path, tmp_path: Path) -> None:
    lines = lines_of(bundle)
    del lines[2]

    with pytest.raises(Diverges):
        prove_voucher(written(tmp_path / "altered", lines), FINANCED)


def test_a_stored_word_that_is_another_is_refused(bundle: Path, tmp_path: Path) -> None:
    lines = lines_of(bundle)
    words = next(line for line in lines if line.get("storage") == "Receivables")["words"]
    words[-1][1] = "11" * 32

    with pytest.raises(Diverges) as found:
        prove_voucher(written(tmp_path / "altered", lines), FINANCED)

    assert found.value.divergence.kind == "storage-root"
