"""Receipts as blocks commit to them, and the bloom filters of their logs.

Sources: Ethereum Yellow Paper, section 4.3.1 (receipts, bloom); EIP-658 (status), EIP-2718 (types).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from chain.hashing import keccak
from chain.headers import rlp


class BadReceipt(ValueError):
    """A receipt is not well formed; `field` names what is wrong, `expected` and `got` say how."""

    def __init__(self, field: str, expected: object, got: object) -> None:
        super().__init__(f"{field}: {got}, not {expected}")
        self.field, self.expected, self.got = field, expected, got


@dataclass(frozen=True, slots=True)
class Log:
    """A log entry: the contract that made it, up to four topics, data."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a transaction came to; `cumulative_gas` is the block's gas up to and with it.

    `type` is the transaction's, None where the engine's receipts have none. `exhausted` says that the receipt
    itself names a limit of the machine as what the transaction failed of.
    """

    type: int | None
    succeeded: bool
    cumulative_gas: int
    bloom: int
    logs: tuple[Log, ...]
    exhausted: bool = False


def read_receipt(raw: bytes) -> Receipt:
    """Reads a receipt from its EIP-2718 encoding and checks its bloom filter against its logs.

    Raises:
        BadReceipt: its form is not as the sources have it, or its bloom filter is not that of its logs.
    """
    kind = raw[0] if raw and raw[0] < 0x80 else 0
    try:
        items = rlp.decode_list(raw[1:] if kind else raw)
        if len(items) != 4:
            raise BadReceipt("encoding", "4 items", len(items))
        status = rlp.text(items[0])
        if status not in (b"", b"\1"):
            raise BadReceipt("status", "0 or 1", status.hex())
        gas = rlp.integer(items[1])
        bloom, logs = read_logs(items[2], items[3])
    except rlp.NotCanonical as error:
        raise BadReceipt("encoding", "canonical RLP", error) from error
    return Receipt(kind, status == b"\1", gas, bloom, logs)


def read_logs(bloom_item: rlp.Item, log_items: rlp.Item) -> tuple[int, tuple[Log, ...]]:
    """The last two items of a receipt: its bloom filter, checked against its logs, and these.

    Raises:
        BadReceipt: the filter is not that of the logs.
        NotCanonical: an item is of another form.
    """
    bloom = int.from_bytes(rlp.text(bloom_item, 256), "big")
    if isinstance(log_items, bytes):
        raise BadReceipt("logs", "a list", "bytes")
    logs = tuple(map(_log, log_items))
    expected = bloom_of(logs)
    if bloom != expected:
        raise BadReceipt("logsBloom", f"0x{expected:0512x}", f"0x{bloom:0512x}")
    return bloom, logs


def bloom_of(logs: Iterable[Log]) -> int:
    """The bloom filter, 2,048 bits, of log entries: of each address and each topic."""
    bloom = 0
    for log in logs:
        bloom |= _bits(log.address)
        for topic in log.topics:
            bloom |= _bits(topic)
    return bloom


def encoded_receipt(fields: Mapping[str, Any]) -> bytes:
    """The EIP-2718 encoding of a receipt from its JSON form (execution-apis, `ReceiptInfo`).

    Raises:
        KeyError: a field is not there.
    """
    kind = int(fields.get("type") or "0x0", 16)
    status, gas = int(fields["status"], 16), int(fields["cumulativeGasUsed"], 16)
    return (bytes((kind,)) if kind else b"") + encoded_outcome(int(status > 0), gas, fields)


def encoded_outcome(status: int, gas: int, fields: Mapping[str, Any]) -> bytes:
    """The RLP of a receipt's four items: status, gas, and bloom filter and logs from the JSON form.

    Raises:
        KeyError: a field is not there.
    """
    logs: list[rlp.Item] = [
        [_hex(log["address"]), [_hex(topic) for topic in log["topics"]], _hex(log["data"])]
        for log in fields["logs"]
    ]
    numbers: list[rlp.Item] = [n.to_bytes((n.bit_length() + 7) // 8, "big") for n in (status, gas)]
    return rlp.encode([*numbers, _hex(fields["logsBloom"]), logs])


def _log(item: rlp.Item) -> Log:
    if isinstance(item, bytes) or len(item) != 3:
        raise rlp.NotCanonical("a log entry of 3 items was expected")
    topics = item[1]
    if isinstance(topics, bytes) or len(topics) > 4:
        raise rlp.NotCanonical("a list of up to 4 topics was expected")
    return Log(rlp.text(item[0], 20), tuple(rlp.text(each, 32) for each in topics), rlp.text(item[2]))


@lru_cache(maxsize=16384)
def _bits(value: bytes) -> int:
    """The three bits of a value: the low 11 bits of each of the first three pairs of its hash's bytes."""
    digest = keccak(value)
    return (
        1 << (int.from_bytes(digest[0:2], "big") & 2047)
        | 1 << (int.from_bytes(digest[2:4], "big") & 2047)
        | 1 << (int.from_bytes(digest[4:6], "big") & 2047)
    )


def _hex(value: str) -> bytes:
    return bytes.fromhex(value[2:])
