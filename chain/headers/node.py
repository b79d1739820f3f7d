"""What a node answers by JSON-RPC, brought into the form that is hashed: nothing is taken as it is said.

Every function here takes `ask`, which sends some requests (method and parameters) and gives their results
in order: how to connect, how many to send at once, and what if nobody answers is the caller's affair.

Sources: Ethereum execution-apis; Kaia 1.0.3, `api/api_public_blockchain.go`,
`api/api_public_transaction_pool.go` and `blockchain/types/tx_internal_data_*.go` (`MakeRPCOutput`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from chain.headers.codecs import CODECS
from chain.headers.header import BadHeader, Header, shown
from chain.headers.kaia_contents import ENVELOPE
from chain.headers.kaia_contents import encoded_receipt as encoded_kaia_receipt
from chain.headers.kaia_contents import encoded_transaction as encoded_kaia_transaction
from chain.headers.receipts import encoded_receipt
from chain.headers.transactions import encoded_transaction
from chain.headers.trie import ordered_root

Ask = Callable[[list[tuple[str, list[Any]]]], list[Any]]

T = TypeVar("T")


class NodeLied(Exception):
    """A node's answer is not what its headers commit to: `method` is what was asked, the rest says where."""

    def __init__(self, method: str, block: int, field: str, expected: object, got: object) -> None:
        super().__init__(f"block {block}: {method}: {field}: {shown(got)}, not {shown(expected)}")
        self.method, self.block, self.field, self.expected, self.got = method, block, field, expected, got


@dataclass(frozen=True, slots=True)
class RawBlock:
    """A block as it is hashed: header, transactions and receipts in their encodings."""

    number: int
    hash: bytes
    timestamp: int
    header: bytes
    transactions: tuple[bytes, ...]
    receipts: tuple[bytes, ...]


def fetch_headers(codec: str, ask: Ask, numbers: Sequence[int]) -> list[bytes]:
    """Headers in their encodings, each checked to hash to what the node calls its hash.

    Raises:
        NodeLied: one does not, or has another number.
    """
    method = "kaia_getHeaderByNumber" if codec == "kaia" else "eth_getBlockByNumber"
    more: list[Any] = [] if codec == "kaia" else [False]
    answers = ask([(method, [hex(number), *more]) for number in numbers])
    return [
        _header(codec, method, number, answer)[0] for number, answer in zip(numbers, answers, strict=True)
    ]


def fetch_blocks(codec: str, ask: Ask, numbers: Sequence[int], by_block: bool = True) -> list[RawBlock]:
    """Blocks in their encodings, their contents checked against the roots in their headers.

    Args:
        codec: The engine's codec, by name.
        ask: Sends requests.
        numbers: Which blocks.
        by_block: Whether the node gives all receipts of a block at once (`eth_getBlockReceipts`).

    Raises:
        NodeLied: an answer is not what the header commits to.
    """
    if codec == "kaia":
        return _kaia_blocks(ask, numbers)
    blocks = ask([("eth_getBlockByNumber", [hex(number), True]) for number in numbers])
    method = "eth_getBlockReceipts" if by_block else "eth_getTransactionReceipt"
    if by_block:
        receipts = ask([(method, [hex(number)]) for number in numbers])
    else:
        hashes = [each["hash"] for block in blocks for each in block["transactions"]]
        answers = iter(ask([(method, [digest]) for digest in hashes]))
        receipts = [[next(answers) for _ in block["transactions"]] for block in blocks]
    found = []
    for number, block, own in zip(numbers, blocks, receipts, strict=True):
        raw, header = _header(codec, "eth_getBlockByNumber", number, block)
        encodings = _encoded("eth_getBlockByNumber", number, encoded_transaction, block["transactions"])
        hashes = [each.get("hash") for each in block["transactions"]]
        _check_transactions(codec, "eth_getBlockByNumber", header, encodings, hashes)
        _check_root("eth_getBlockByNumber", header, "transactionsRoot", header.transactions_root, encodings)
        encoded = _encoded(method, number, encoded_receipt, own)
        _check_root(method, header, "receiptsRoot", header.receipts_root, encoded)
        found.append(RawBlock(number, header.hash, header.timestamp, raw, tuple(encodings), tuple(encoded)))
    return found


def _kaia_blocks(ask: Ask, numbers: Sequence[int]) -> list[RawBlock]:
    """Blocks by two questions each: beside a receipt stands the transaction that it is of."""
    method = "kaia_getBlockReceipts"
    headers = ask([("kaia_getHeaderByNumber", [hex(number)]) for number in numbers])
    receipts = ask([(method, [hex(number)]) for number in numbers])
    found = []
    for number, given, own in zip(numbers, headers, receipts, strict=True):
        raw, header = _header("kaia", "kaia_getHeaderByNumber", number, given)
        encodings = _kaia_transactions(ask, method, number, own)
        hashes = [each.get("transactionHash") for each in own]
        _check_transactions("kaia", method, header, encodings, hashes)
        _check_root(method, header, "transactionsRoot", header.transactions_root, encodings)
        encoded = _encoded(method, number, encoded_kaia_receipt, own)
        _check_root(method, header, "receiptsRoot", header.receipts_root, encoded)
        found.append(RawBlock(number, header.hash, header.timestamp, raw, tuple(encodings), tuple(encoded)))
    return found


def _kaia_transactions(ask: Ask, method: str, number: int, own: Sequence[Any]) -> list[bytes]:
    """The transactions beside a block's receipts; those of Kaia's own types are asked for one by one."""
    encodings = _encoded(method, number, encoded_kaia_transaction, own)
    absent = [each for each, encoding in zip(own, encodings, strict=True) if encoding is None]
    by_hash = "kaia_getRawTransactionByHash"
    answers = ask([(by_hash, [each.get("transactionHash")]) for each in absent]) if absent else []
    asked = iter(_encoded(by_hash, number, unhexed, answers))
    return [next(asked) if encoding is None else encoding for encoding in encodings]


def unhexed(value: str) -> bytes:
    """Bytes from 0x-prefixed hex.

    Raises:
        ValueError: it is no such text.
    """
    if not isinstance(value, str) or not value.startswith("0x"):
        raise ValueError(f"{value!r:.80} is not 0x and hex digits")
    return bytes.fromhex(value[2:])


def _header(codec: str, method: str, number: int, given: Any) -> tuple[bytes, Header]:
    try:
        raw = CODECS[codec].encoded_header(given)
        header = CODECS[codec].read_header(raw)
        claimed = unhexed(given["hash"])
    except BadHeader as error:
        raise NodeLied(method, number, error.field, error.expected, error.got) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NodeLied(method, number, "header", "the fields of a header", repr(error)) from error
    if header.number != number:
        raise NodeLied(method, number, "number", number, header.number)
    if header.hash != claimed:
        raise NodeLied(method, number, "hash", header.hash, claimed)
    return raw, header


def _encoded(method: str, number: int, encode: Callable[[Any], T], given: Sequence[Any]) -> list[T]:
    try:
        return [encode(each) for each in given]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NodeLied(method, number, "fields", "those that are hashed", repr(error)) from error


def _check_transactions(
    codec: str, method: str, header: Header, encodings: list[bytes], hashes: Sequence[Any]
) -> None:
    for place, (raw, claimed) in enumerate(zip(encodings, hashes, strict=True)):
        # Of Kaia's own types some go by a hash of less than all of it.
        if codec == "kaia" and raw[:1] < b"\x80" and raw[:1] != bytes((ENVELOPE,)):
            continue
        digest = CODECS[codec].transaction_hash(raw)
        if shown(digest) != claimed:
            raise NodeLied(method, header.number, f"transactions[{place}].hash", digest, claimed)


def _check_root(method: str, header: Header, field: str, expected: bytes, encodings: list[bytes]) -> None:
    root = ordered_root(encodings)
    if root != expected:
        raise NodeLied(method, header.number, field, expected, root)
