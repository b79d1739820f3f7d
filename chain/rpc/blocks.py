"""Headers by raw JSON-RPC: as much of a block as following a chain needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chain.rpc.port import Rpc, RpcError, call


class MissingBlock(Exception):
    """A node does not have a block that it should; it may be behind, or have lost it."""

    def __init__(self, node: str, number: int) -> None:
        super().__init__(f"{node} does not have block {number}")
        self.number = number


@dataclass(frozen=True, slots=True)
class Header:
    """A block's header, as the node gives it: hashes of 32 bytes, `time` in seconds since 1970 (UTC).

    `transactions` are the hashes of the block's transactions in their order, `base_fee` in wei a gas (None
    where the engine has none), `bloom` the 256 bytes of its logs' filter.
    """

    number: int
    hash: bytes
    parent_hash: bytes
    time: int
    bloom: bytes
    base_fee: int | None
    transactions: tuple[bytes, ...]


def head_number(rpc: Rpc) -> int:
    """Number of the node's latest block.

    Raises:
        NodeUnreachable: there is no answer.
    """
    return int(call(rpc, "eth_blockNumber"), 16)


def read_header(rpc: Rpc, number: int) -> Header:
    """One header.

    Raises:
        MissingBlock: the node does not have the block.
        NodeUnreachable: there is no answer.
    """
    return read_headers(rpc, [number])[0]


def read_headers(rpc: Rpc, numbers: Iterable[int]) -> list[Header]:
    """Headers by number, in the order asked for.

    Raises:
        MissingBlock: the node does not have one of the blocks.
        NodeUnreachable: there is no answer.
    """
    wanted = list(numbers)
    answers = rpc.batch([("eth_getBlockByNumber", [hex(number), False]) for number in wanted])
    headers = []
    for number, block in zip(wanted, answers, strict=True):
        if block is None or isinstance(block, RpcError):
            raise MissingBlock(rpc.name, number)
        headers.append(_header(block))
    return headers


def _header(block: dict[str, Any]) -> Header:
    base_fee = block.get("baseFeePerGas")
    return Header(
        number=int(block["number"], 16),
        hash=bytes.fromhex(block["hash"][2:]),
        parent_hash=bytes.fromhex(block["parentHash"][2:]),
        time=int(block["timestamp"], 16),
        bloom=bytes.fromhex(block["logsBloom"][2:]),
        base_fee=int(base_fee, 16) if base_fee is not None else None,
        transactions=tuple(bytes.fromhex(each[2:]) for each in block["transactions"]),
    )
