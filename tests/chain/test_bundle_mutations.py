"""One bit, byte or item of a bundle is another: it is refused, and what was found is named.

Each is tried twice: as it is, where a hash shows it, and under headers made anew, where only signatures,
rules, calls and state are left to show it. Headers, order of transactions, accounts and storage have their
own tests (`test_bundle_tampering`, `test_bundle_state`), as has what a transaction asks
(`test_bundle_tampered_calls`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chain.bundle import Divergence
from chain.headers import rlp
from chain.headers.receipts import Log, Receipt, bloom_of, read_receipt
from tests.chain.test_bundle_forge import forged, minimal
from tests.chain.test_bundle_tampering import (
    Lines,
    blocks,
    found,
    lines_of,
    number_of,
    resealed,
    with_event,
)

MEMBERS = (
    *("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value", "input"),
    *("accessList", "v", "r", "s"),
)
"""Of a transaction of type 2 (EIP-1559)."""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few trades, a transaction a block, all of type 2."""
    path = tmp_path_factory.mktemp("bundles") / "forged"
    forged(path, 60, per_block=1)
    return path


def unwrapped(raw: str) -> list[rlp.Item]:
    """The items of a transaction or receipt of type 2."""
    return rlp.decode_list(bytes.fromhex(raw)[1:])


def wrapped(items: list[rlp.Item]) -> str:
    return (b"\2" + rlp.encode(items)).hex()


def flipped(data: bytes) -> bytes:
    """The lowest bit of the last byte is another."""
    return data[:-1] + bytes((data[-1] ^ 1,)) if data else b"\1"


def with_field(block: dict[str, Any], name: str) -> None:
    """One bit of a field of a block's transaction is another; of an empty list, one item is there."""
    items = unwrapped(block["transactions"][0])
    at = MEMBERS.index(name)
    items[at] = [[b"\7" * 20, []]] if name == "accessList" else flipped(rlp.text(items[at]))
    block["transactions"][0] = wrapped(items)


def with_receipt(block: dict[str, Any], change: Callable[[Receipt], Receipt]) -> None:
    """The receipt of a block's transaction is another, its filter that of its logs."""
    read = change(read_receipt(bytes.fromhex(block["receipts"][0])))
    logs: list[rlp.Item] = [[log.address, list(log.topics), log.data] for log in read.logs]
    bloom = bloom_of(read.logs).to_bytes(256, "big")
    status = b"\1" if read.succeeded else b""
    block["receipts"][0] = wrapped([status, minimal(read.cumulative_gas), bloom, logs])


def with_log(change: Callable[[Log], tuple[Log, ...]]) -> Callable[[dict[str, Any], int], None]:
    """A log entry of a block's receipt is another, or several, or none."""

    def changed(block: dict[str, Any], at: int) -> None:
        with_receipt(
            block,
            lambda read: replace(read, logs=(*read.logs[:at], *change(read.logs[at]), *read.logs[at + 1 :])),
        )

    return changed


def agreed(divergence: Divergence, *kinds: str) -> None:
    assert divergence.kind in kinds, divergence
    assert divergence.field
    assert divergence.expected != divergence.got


@pytest.mark.parametrize("name", MEMBERS)
def test_a_bit_in_a_field_of_a_transaction_is_found_by_its_root(
    bundle: Path, tmp_path: Path, name: str
) -> None:
    lines = lines_of(bundle)
    block, _ = with_event(lines, "Receivables", "Transferred")
    with_field(block, name)

    divergence = found(tmp_path, lines)

    agreed(divergence, "transaction", "transactions-root")
    assert divergence.block == number_of(block)


@pytest.mark.parametrize("name", MEMBERS)
def test_the_same_under_new_headers_is_not_what_its_sender_signed(
    bundle: Path, tmp_path: Path, name: str
) -> None:
    lines = lines_of(bundle)
    block, _ = with_event(lines, "Receivables", "Transferred")
    with_field(block, name)
    resealed(lines)

    divergence = found(tmp_path, lines)

    # The signature is somebody else's then, or nobody's, or of another chain, or the call goes elsewhere.
    agreed(divergence, "transaction", "call", "event", "receipt")
    assert divergence.block == number_of(block)


def other_status(block: dict[str, Any], _: int) -> None:
    with_receipt(block, lambda read: replace(read, succeeded=not read.succeeded, logs=()))


def other_gas(block: dict[str, Any], _: int) -> None:
    with_receipt(block, lambda read: replace(read, cumulative_gas=read.cumulative_gas ^ 1 << 40))


RECEIPTS: dict[str, tuple[Callable[[dict[str, Any], int], None], str]] = {
    "status": (other_status, "call"),
    "gas": (other_gas, "receipt"),
    "address": (with_log(lambda log: (replace(log, address=flipped(log.address)),)), "event"),
    "kind": (with_log(lambda log: (replace(log, topics=(flipped(log.topics[0]), *log.topics[1:])),)), "log"),
    "indexed argument": (
        with_log(
            lambda log: (replace(log, topics=(log.topics[0], flipped(log.topics[1]), *log.topics[2:])),)
        ),
        "event",
    ),
    "argument": (with_log(lambda log: (replace(log, data=flipped(log.data)),)), "event"),
    "longer": (with_log(lambda log: (replace(log, data=log.data + bytes(32)),)), "log"),
    "shorter": (with_log(lambda log: (replace(log, data=log.data[:-1]),)), "log"),
    "none": (with_log(lambda _: ()), "event"),
    "twice": (with_log(lambda log: (log, log)), "event"),
}


@pytest.mark.parametrize("what", RECEIPTS)
@pytest.mark.parametrize(
    ("contract", "event"), [("Issuance", "Confirmed"), ("Financing", "Filed"), ("Policies", "PolicySet")]
)
def test_a_receipt_is_found_by_its_root_and_under_new_headers_by_what_was_called(
    bundle: Path, tmp_path: Path, contract: str, event: str, what: str
) -> None:
    change, kind = RECEIPTS[what]
    lines = lines_of(bundle)
    block, at = with_event(lines, contract, event)
    change(block, at)

    as_it_is = found(tmp_path, lines)
    resealed(lines)
    under_new_headers = found(tmp_path, lines)

    agreed(as_it_is, "receipts-root", "receipt")
    # Text whose last byte is not zero is not encoded as contracts encode it.
    agreed(under_new_headers, kind, "log" if event == "PolicySet" else kind)
    assert as_it_is.block == under_new_headers.block == number_of(block)


def more_in_header(lines: Lines) -> None:
    block = blocks(lines)[7]
    block["header"] += "00"


def more_in_transaction(lines: Lines) -> None:
    block, _ = with_event(lines, "Receivables", "Transferred")
    block["transactions"][0] += "00"


def more_in_receipt(lines: Lines) -> None:
    block, _ = with_event(lines, "Receivables", "Transferred")
    block["receipts"][0] += "00"


def more_in_a_node(lines: Lines) -> None:
    nodes = next(line for line in lines if line.get("account") == "Issuance")["proof"]
    nodes[-1] += "00"


@pytest.mark.parametrize(
    ("change", "kind", "field"),
    [
        (more_in_header, "header", "encoding"),
        (more_in_transaction, "transaction", "0.encoding"),
        (more_in_receipt, "receipt", "encoding"),
        (more_in_a_node, "account-proof", "Issuance"),
    ],
)
def test_bytes_after_the_end_of_an_item_are_refused(
    bundle: Path, tmp_path: Path, change: Callable[[Lines], None], kind: str, field: str
) -> None:
    lines = lines_of(bundle)
    change(lines)

    divergence = found(tmp_path, lines)

    assert (divergence.kind, divergence.field) == (kind, field)


def padded_gas_of_receipt(lines: Lines) -> None:
    block, _ = with_event(lines, "Receivables", "Transferred")
    items = unwrapped(block["receipts"][0])
    items[1] = b"\0" + rlp.text(items[1])
    block["receipts"][0] = wrapped(items)


def padded_number_of_header(lines: Lines) -> None:
    block = blocks(lines)[7]
    items = rlp.decode_list(bytes.fromhex(block["header"]))
    items[8] = b"\0" + rlp.text(items[8])
    block["header"] = rlp.encode(items).hex()


def status_of_two(lines: Lines) -> None:
    block, _ = with_event(lines, "Receivables", "Transferred")
    items = unwrapped(block["receipts"][0])
    items[0] = b"\2"
    block["receipts"][0] = wrapped(items)


@pytest.mark.parametrize(
    ("change", "kind", "field"),
    [
        (padded_gas_of_receipt, "receipt", "encoding"),
        (padded_number_of_header, "header", "number"),
        (status_of_two, "receipt", "status"),
    ],
)
def test_integers_that_are_not_canonical_are_refused(
    bundle: Path, tmp_path: Path, change: Callable[[Lines], None], kind: str, field: str
) -> None:
    lines = lines_of(bundle)
    change(lines)

    divergence = found(tmp_path, lines)

    assert (divergence.kind, divergence.field) == (kind, field)


def test_a_receipt_without_a_transaction_is_refused(bundle: Path, tmp_path: Path) -> None:
    lines = lines_of(bundle)
    block, _ = with_event(lines, "Issuance", "Confirmed")
    del block["transactions"][0]

    divergence = found(tmp_path, lines)

    assert (divergence.kind, divergence.block) == ("receipt", number_of(block))
