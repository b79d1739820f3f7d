"""Bundles of BFT networks: their certificates are followed from the genesis, and each false one is named."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.bench.sealing import SealedChain, Validator
from chain.bundle import (
    BundleReport,
    Divergence,
    Diverges,
    export_bundle,
    prove_voucher,
    report_page,
    verify_bundle,
)
from chain.bundle.file import parsed
from chain.headers import rlp
from chain.headers.kaia import ADD, REMOVE
from chain.headers.receipts import Log, read_receipt
from tests.chain.scenario import Scene
from tests.chain.sealed import ENGINES, chain_of, validators, with_seals
from tests.chain.sealed_bundle import Lines, sealed_lines, written

NEW = Validator("newcomer")


@pytest.fixture(scope="module")
def plain(history: Scene, tmp_path_factory: pytest.TempPathFactory) -> Lines:
    """The lines of a development engine's bundle."""
    path = tmp_path_factory.mktemp("bundles") / "history"
    export_bundle(history.engine, history.manifest, path)
    return [parsed(line) for line in gzip.decompress(path.read_bytes()).splitlines(keepends=True)][:-1]


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def bundle(plain: Lines, engine: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("bundles") / engine, sealed_lines(plain, engine))


@pytest.fixture
def lines(bundle: Path) -> Lines:
    return [parsed(line) for line in gzip.decompress(bundle.read_bytes()).splitlines(keepends=True)][:-1]


def blocks(lines: Lines) -> Lines:
    return [line for line in lines if "header" in line]


def found(tmp_path: Path, lines: Lines, **options: Any) -> Divergence:
    """What verification finds first."""
    divergence = verify_bundle(written(tmp_path / "tampered", lines), **options).first_divergence
    assert divergence is not None
    return divergence


def test_a_ledger_on_a_bft_network_is_verified_with_its_certificates(bundle: Path, engine: str) -> None:
    genesis = chain_of(engine).hash

    report = verify_bundle(bundle, genesis=genesis)

    assert report.divergences == ()
    assert report.proven
    assert set(report.bound.values()) == {"whole"}
    assert report.finality is not None
    assert report.finality.engine == engine
    assert (report.finality.genesis, report.finality.pinned) == ("0x" + genesis.hex(), True)
    assert report.finality.certificates == report.last_block
    assert report.finality.validators == tuple("0x" + each.hex() for each in chain_of(engine).listed)
    assert sum(report.finality.committers.values()) == 3 * report.last_block
    assert sum(report.finality.proposers.values()) == report.last_block
    assert not any("seal" in note and "not checked" in note for note in report.notes)


def test_the_same_bundle_is_read_by_several_processes(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chain.bundle.verification.CHUNK", 20_000)

    assert verify_bundle(bundle, processes=2).agrees


def test_a_genesis_that_nobody_named_is_believed_and_the_report_says_so(bundle: Path) -> None:
    report = verify_bundle(bundle)

    assert report.agrees
    assert report.finality is not None
    assert not report.finality.pinned
    assert any("genesis header is believed" in note for note in report.notes)


def test_a_bundle_of_another_genesis_is_refused(bundle: Path) -> None:
    divergence = verify_bundle(bundle, genesis=bytes(32)).first_divergence

    assert divergence is not None
    assert (divergence.kind, divergence.field, divergence.block) == ("genesis", "hash", 0)


def test_a_bundle_without_certificates_is_not_taken_for_one_of_the_network(
    plain: Lines, tmp_path: Path
) -> None:
    divergence = found(tmp_path, plain, genesis=bytes(32))

    assert divergence.kind == "genesis"
    assert "no certificates" in divergence.got


def test_certificates_left_out_are_missed(lines: Lines, tmp_path: Path) -> None:
    del lines[0]["consensus"]
    lines = [line for line in lines if "headers" not in line]

    assert found(tmp_path, lines).kind in ("header", "file")


def test_the_report_names_committers_and_changes_for_people_and_programs(
    plain: Lines, engine: str, tmp_path: Path
) -> None:
    chain = chain_of(engine)

    def vote(chain: SealedChain) -> Any:
        """Three votes for a newcomer, then three of the others against it, while blocks go on."""
        number = chain.number + 1
        adds = number <= 3
        if number == 4:
            chain.validators.append(NEW)
        if number == 10:
            chain.validators.remove(NEW)
        if not adds and number not in (7, 8, 9):
            return None
        if engine == "qbft":
            return NEW.address, adds
        return chain.turn().address, ADD if adds else REMOVE, NEW.address

    report = verify_bundle(written(tmp_path / "bundle", sealed_lines(plain, engine, chain, vote)))

    assert report.divergences == ()
    assert report.finality is not None
    new = "0x" + NEW.address.hex()
    assert [(c.block, c.added, c.removed) for c in report.finality.changes] == [
        (3, (new,), ()),
        (9, (), (new,)),
    ]
    told = json.loads(json.dumps(report.to_json()))
    assert told["finality"]["changes"][0] == {"block": 3, "added": [new], "removed": []}
    page = report_page(report)
    assert f"From block 4 on</th><td>+ {new}" in page
    assert f"From block 10 on</th><td>− {new}" in page
    for each in validators():
        assert "0x" + each.address.hex() in page


def test_two_of_four_seals_are_refused_and_the_block_named(lines: Lines, engine: str, tmp_path: Path) -> None:
    block = blocks(lines)[5]
    raw = with_seals(engine, bytes.fromhex(block["header"]), lambda seals: seals[:2])
    block["header"] = raw.hex()

    divergence = found(tmp_path, lines)

    assert (divergence.kind, divergence.field, divergence.got) == ("certificate", "seals", "2")
    assert divergence.block == lines[0]["first"] + 5


def test_false_seals_among_the_headers_before_the_ledger_are_refused(
    lines: Lines, engine: str, tmp_path: Path
) -> None:
    page = next(line for line in lines if "headers" in line)
    raw = with_seals(engine, bytes.fromhex(page["headers"][1]), lambda seals: [*seals[:2], seals[0]])
    page["headers"][1] = raw.hex()

    divergence = found(tmp_path, lines)

    assert (divergence.kind, divergence.field, divergence.block) == ("certificate", "seals[2]", 2)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda page: page["headers"].pop(1), "header"),
        (lambda page: page["headers"].pop(), "file"),
        (lambda page: page["headers"].append(page["headers"][-1]), "header"),
        (lambda page: page["headers"].clear(), "file"),
        (lambda page: page["headers"].insert(0, "00"), "header"),
        (lambda page: page.update(headers="00"), "file"),
    ],
)
def test_headers_left_out_added_or_malformed_are_refused(
    lines: Lines, tmp_path: Path, change: Callable[[dict[str, Any]], Any], kind: str
) -> None:
    change(next(line for line in lines if "headers" in line))

    assert found(tmp_path, lines).kind == kind


def test_a_chain_that_strangers_sealed_is_refused(plain: Lines, engine: str, tmp_path: Path) -> None:
    """The whole ledger, consistent in itself, under another network's validators."""
    strangers = SealedChain(engine, [Validator(f"stranger {number}") for number in range(4)])
    lines = sealed_lines(plain, engine, strangers)

    divergence = found(tmp_path, lines, genesis=chain_of(engine).hash)

    assert divergence.kind == "genesis"


@pytest.mark.parametrize(
    "consensus",
    [
        None,
        {"engine": "clique", "epoch": 1, "genesis": ""},
        {"engine": "qbft"},
        {"engine": "qbft", "epoch": 0, "genesis": ""},
        {"engine": "qbft", "epoch": True, "genesis": ""},
        {"engine": "kaia", "epoch": 1, "genesis": "zz"},
        {"engine": "kaia", "epoch": 1, "genesis": "c0"},
    ],
)
def test_an_opening_with_another_form_of_consensus_is_refused(
    lines: Lines, tmp_path: Path, consensus: Any
) -> None:
    lines[0]["consensus"] = consensus

    assert found(tmp_path, lines).kind in ("file", "genesis")


FOREIGN = "31" + rlp.encode([b"\1", b"\2"]).hex()
"""A transaction of one of Kaia's own kinds (a fee-delegated call of a contract)."""


def test_a_transaction_of_kaias_own_kinds_does_no_harm(plain: Lines, tmp_path: Path) -> None:
    elsewhere = Log(b"\7" * 20, (b"\1" * 32,), b"")
    lines = sealed_lines(plain, "kaia", foreign=(FOREIGN, (elsewhere,)))

    report = verify_bundle(written(tmp_path / "bundle", lines))

    assert report.divergences == ()
    assert report.transactions == sum(len(block["transactions"]) for block in blocks(lines))


def test_an_event_of_the_ledger_from_a_transaction_of_kaias_own_kinds_is_reported(
    plain: Lines, tmp_path: Path
) -> None:
    address = bytes.fromhex(plain[0]["manifest"]["addresses"]["Receivables"][2:])
    receipts = (read_receipt(bytes.fromhex(raw)) for block in blocks(plain) for raw in block["receipts"])
    event = next(log for receipt in receipts for log in receipt.logs if log.address == address)

    divergence = found(tmp_path, sealed_lines(plain, "kaia", foreign=(FOREIGN, (event,))))

    assert divergence.kind == "event"
    assert "goes elsewhere" in divergence.expected


def test_a_voucher_is_proved_out_of_it_with_every_certificate(
    bundle: Path, lines: Lines, engine: str, tmp_path: Path
) -> None:
    voucher = 1 << 48

    assert prove_voucher(bundle, voucher).bound == "whole"

    block = blocks(lines)[3]
    raw = with_seals(engine, bytes.fromhex(block["header"]), lambda seals: seals[1:])
    block["header"] = raw.hex()
    with pytest.raises(Diverges, match="certificate"):
        prove_voucher(written(tmp_path / "tampered", lines), voucher)


def test_a_report_of_a_development_engine_has_no_finality(plain: Lines, tmp_path: Path) -> None:
    report: BundleReport = verify_bundle(written(tmp_path / "plain", plain))

    assert report.finality is None
    assert "Finality" not in report_page(report)
