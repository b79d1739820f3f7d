"""Bundles that somebody has been at: each kind of change is refused, and named.

Most changes are found by a hash. The harder ones are made as a node's operator could make them who also
writes all headers anew (`resealed`): then only the rules, the calls and the state are left to show it.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from chain.bundle import Divergence, export_bundle, verify_bundle
from chain.bundle.file import BundleWriter, line_of, parsed
from chain.headers import rlp
from chain.headers.ethereum import FIELDS, read_header
from chain.headers.receipts import Log, bloom_of, read_receipt
from chain.headers.transactions import read_transaction
from chain.headers.trie import ordered_root
from tests.chain.scenario import Scene
from tests.chain.test_bundle_forge import EVENTS, forged, minimal

Lines = list[dict[str, Any]]
Change = Callable[[Lines], None]


@pytest.fixture(scope="module")
def exported(history: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundles") / "history"
    export_bundle(history.engine, history.manifest, path)
    return path


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history with several transactions in each block."""
    path = tmp_path_factory.mktemp("bundles") / "crowded"
    forged(path, 60, per_block=6)
    return path


def lines_of(path: Path) -> Lines:
    return [parsed(line) for line in gzip.decompress(path.read_bytes()).splitlines(keepends=True)][:-1]


def found(tmp_path: Path, lines: Lines, **options: Any) -> Divergence:
    """What verification finds first in these lines."""
    path = tmp_path / "tampered"
    with BundleWriter(path) as writer:
        for line in lines:
            writer.write(line)
    report = verify_bundle(path, **options)
    assert report.verdict == "differs"
    assert report.first_divergence is not None
    return report.first_divergence


def blocks(lines: Lines) -> Lines:
    return [line for line in lines if "header" in line]


def resealed(lines: Lines) -> None:
    """Every root, filter, gas count, parent and hash made anew, as whoever makes all blocks could."""
    parent = b""
    for block in blocks(lines):
        header = rlp.decode_list(bytes.fromhex(block["header"]))
        receipts = [bytes.fromhex(each) for each in block["receipts"]]
        read = [read_receipt(each) for each in receipts]
        header[0] = parent or header[0]
        header[4] = ordered_root([bytes.fromhex(each) for each in block["transactions"]])
        header[5] = ordered_root(receipts)
        header[6] = bloom_of(log for each in read for log in each.logs).to_bytes(256, "big")
        header[10] = minimal(read[-1].cumulative_gas if read else 0)
        raw = rlp.encode(header)
        parent = keccak(raw)
        block["header"], block["hash"] = raw.hex(), parent.hex()
    lines[0]["head"] = parent.hex()


def receipt(status: bool, gas: int, logs: tuple[Log, ...]) -> str:
    items: list[rlp.Item] = [[log.address, list(log.topics), log.data] for log in logs]
    bloom = bloom_of(logs).to_bytes(256, "big")
    return rlp.encode([b"\1" if status else b"", minimal(gas), bloom, items]).hex()


def with_event(lines: Lines, contract: str, name: str) -> tuple[dict[str, Any], int]:
    """A block with an event of a contract, and the event's place among its receipt's logs."""
    kinds = ",".join(argument["type"] for argument in EVENTS[name]["inputs"])
    topic = keccak(f"{name}({kinds})".encode())
    address = bytes.fromhex(lines[0]["manifest"]["addresses"][contract][2:])
    for block in blocks(lines):
        for raw in block["receipts"]:
            for at, log in enumerate(read_receipt(bytes.fromhex(raw)).logs):
                if log.address == address and log.topics[0] == topic:
                    return block, at
    raise LookupError(name)


def alter_log(block: dict[str, Any], at: int, change: Callable[[Log], Log]) -> None:
    read = read_receipt(bytes.fromhex(block["receipts"][0]))
    logs = (*read.logs[:at], change(read.logs[at]), *read.logs[at + 1 :])
    block["receipts"][0] = receipt(read.succeeded, read.cumulative_gas, logs)


def flipped(data: str, byte: int, bit: int = 0) -> str:
    raw = bytearray.fromhex(data)
    raw[byte] ^= 1 << bit
    return raw.hex()


def number_of(block: dict[str, Any]) -> int:
    return read_header(bytes.fromhex(block["header"])).number


@pytest.mark.parametrize("name", FIELDS)
def test_a_flipped_bit_in_any_field_of_a_header_is_refused_at_that_block(
    exported: Path, tmp_path: Path, name: str
) -> None:
    lines = lines_of(exported)
    block = blocks(lines)[20]
    number = number_of(block)
    items = rlp.decode_list(bytes.fromhex(block["header"]))
    value = rlp.text(items[FIELDS.index(name)]) or b"\2"
    items[FIELDS.index(name)] = bytes((value[0] ^ 64,)) + value[1:]
    block["header"] = rlp.encode(items).hex()

    divergence = found(tmp_path, lines)

    assert divergence.kind in ("header", "transactions-root", "receipts-root")
    named = {"parentHash", "sha3Uncles", "transactionsRoot", "receiptsRoot", "logsBloom", "number", "gasUsed"}
    assert divergence.field == (name if name in named else "timestamp" if name == "timestamp" else "hash")
    assert divergence.block in (number, number ^ 64, None)


def test_a_header_under_its_own_hash_is_no_parent_of_the_next(exported: Path, tmp_path: Path) -> None:
    lines = lines_of(exported)
    block = blocks(lines)[20]
    items = rlp.decode_list(bytes.fromhex(block["header"]))
    items[12] = b"extra"
    raw = rlp.encode(items)
    block["header"], block["hash"] = raw.hex(), keccak(raw).hex()

    divergence = found(tmp_path, lines)

    assert (divergence.kind, divergence.field) == ("header", "parentHash")
    assert divergence.block == number_of(block) + 1


def test_a_header_with_an_item_more_is_refused(exported: Path, tmp_path: Path) -> None:
    lines = lines_of(exported)
    block = blocks(lines)[5]
    block["header"] = rlp.encode([*rlp.decode_list(bytes.fromhex(block["header"])), b""]).hex()

    assert found(tmp_path, lines).field == "encoding"


def test_a_missing_block_is_refused(exported: Path, tmp_path: Path) -> None:
    lines = lines_of(exported)
    missing = number_of(blocks(lines)[10])
    lines.remove(blocks(lines)[10])

    divergence = found(tmp_path, lines)

    assert (divergence.kind, divergence.field, divergence.expected) == ("header", "number", str(missing))


def drop_transaction(block: dict[str, Any]) -> None:
    del block["transactions"][2], block["receipts"][2]


def drop_only_the_transaction(block: dict[str, Any]) -> None:
    del block["transactions"][2]


def duplicate_transaction(block: dict[str, Any]) -> None:
    block["transactions"].insert(2, block["transactions"][1])
    block["receipts"].insert(2, block["receipts"][1])


def reorder_transactions(block: dict[str, Any]) -> None:
    block["transactions"][1:3] = reversed(block["transactions"][1:3])


def reorder_receipts(block: dict[str, Any]) -> None:
    block["receipts"][1:3] = reversed(block["receipts"][1:3])


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (drop_transaction, {"transactions-root"}),
        (drop_only_the_transaction, {"receipt"}),
        (duplicate_transaction, {"transactions-root"}),
        (reorder_transactions, {"transactions-root"}),
        (reorder_receipts, {"receipt", "receipts-root"}),
    ],
)
def test_a_transaction_dropped_repeated_or_moved_is_refused(
    crowded: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None], kinds: set[str]
) -> None:
    lines = lines_of(crowded)
    block = blocks(lines)[4]
    change(block)

    divergence = found(tmp_path, lines)

    assert divergence.kind in kinds
    assert divergence.block == number_of(block)


@pytest.mark.parametrize("change", [drop_transaction, duplicate_transaction, reorder_transactions])
def test_the_same_under_new_headers_is_refused_by_the_rules(
    crowded: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    lines = lines_of(crowded)
    block = blocks(lines)[4]
    change(block)
    gas = 0
    for at, raw in enumerate(block["receipts"]):
        gas += 50_000
        items = rlp.decode_list(bytes.fromhex(raw)[1:])
        block["receipts"][at] = (b"\2" + rlp.encode([items[0], minimal(gas), *items[2:]])).hex()
    resealed(lines)

    assert found(tmp_path, lines).kind in ("call", "event", "state", "storage", "derivation")


def test_an_altered_receipt_is_refused(exported: Path, tmp_path: Path) -> None:
    lines = lines_of(exported)
    block, _ = with_event(lines, "Receivables", "Redeemed")
    read = read_receipt(bytes.fromhex(block["receipts"][0]))
    block["receipts"][0] = receipt(read.succeeded, read.cumulative_gas - 1, read.logs)

    divergence = found(tmp_path, lines)

    assert (divergence.kind, divergence.block) == ("receipts-root", number_of(block))


def test_a_bloom_filter_that_is_not_of_its_logs_is_refused(exported: Path, tmp_path: Path) -> None:
    lines = lines_of(exported)
    block, _ = with_event(lines, "Receivables", "Redeemed")
    items = rlp.decode_list(bytes.fromhex(block["receipts"][0]))
    items[2] = bytes(256)
    block["receipts"][0] = rlp.encode(items).hex()

    divergence = found(tmp_path, lines)

    assert (divergence.kind, divergence.field) == ("receipt", "logsBloom")
    assert divergence.transaction is not None


def test_an_altered_event_under_new_headers_is_named_by_log_and_field(exported: Path, tmp_path: Path) -> None:
    lines = lines_of(exported)
    block, at = with_event(lines, "Receivables", "Redeemed")

    def more(log: Log) -> Log:
        return Log(log.address, log.topics, log.data[:31] + bytes((log.data[31] + 1,)) + log.data[32:])

    alter_log(block, at, more)
    resealed(lines)

    divergence = found(tmp_path, lines)

    assert (divergence.kind, divergence.field) == ("event", "Redeemed.amount")
    assert int(divergence.got) == int(divergence.expected) + 1
    assert (divergence.block, divergence.log) == (number_of(block), at)


def test_a_log_entry_that_no_event_explains_is_refused(exported: Path, tmp_path: Path) -> None:
    lines = lines_of(exported)
    block, at = with_event(lines, "Receivables", "Redeemed")
    alter_log(block, at, lambda log: Log(log.address, (bytes(32), *log.topics[1:]), log.data))
    resealed(lines)

    assert found(tmp_path, lines).kind == "log"


def test_an_event_nobody_called_for_is_refused(exported: Path, tmp_path: Path) -> None:
    lines = lines_of(exported)
    source, at = with_event(lines, "Receivables", "Redeemed")
    event = read_receipt(bytes.fromhex(source["receipts"][0])).logs[at]
    ledger = {bytes.fromhex(a[2:]) for a in lines[0]["manifest"]["addresses"].values()}
    block = next(
        b
        for b in blocks(lines)
        if b["transactions"]
        and read_transaction(bytes.fromhex(b["transactions"][0])).to not in {b"", *ledger}
    )
    read = read_receipt(bytes.fromhex(block["receipts"][0]))
    kind = bytes((read.type,)) if read.type else b""
    block["receipts"][0] = kind.hex() + receipt(True, read.cumulative_gas, (event,))
    resealed(lines)

    divergence = found(tmp_path, lines)

    assert divergence.kind == "event"
    assert "goes elsewhere" in divergence.expected


def test_an_event_moved_to_another_address_is_missed(exported: Path, tmp_path: Path) -> None:
    lines = lines_of(exported)
    block, at = with_event(lines, "Receivables", "Redeemed")
    alter_log(block, at, lambda log: Log(b"\7" * 20, log.topics, log.data))
    resealed(lines)

    divergence = found(tmp_path, lines)

    assert (divergence.kind, divergence.block) == ("event", number_of(block))


def test_a_success_shown_as_a_failure_and_the_reverse_are_refused(exported: Path, tmp_path: Path) -> None:
    lines = lines_of(exported)
    block, _ = with_event(lines, "Financing", "Disbursed")
    read = read_receipt(bytes.fromhex(block["receipts"][0]))
    block["receipts"][0] = receipt(False, read.cumulative_gas, ())
    resealed(lines)

    divergence = found(tmp_path, lines)

    assert (divergence.kind, divergence.field, divergence.got) == ("call", "status", "failed")


def test_lines_are_written_one_way_only() -> None:
    line = line_of({"a": 1})

    assert parsed(line) == {"a": 1}
