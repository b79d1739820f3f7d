"""Blocks with the ledger's events, from a node: complete, of one chain, in order.

Logs come by range, which is fast, and are held against the headers: each is of its block by hash, and a block
whose bloom filter (Yellow Paper, 4.3.1) may hold a log of the ledger though none came is asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from chain.hashing import keccak
from chain.logs import LoggedEvent, UnknownLog, decode_event
from chain.rpc import Header, Rpc, RpcError, call, read_headers


class Unsettled(Exception):
    """Headers and logs do not fit: the chain moved between two questions. Ask again."""


class LogsMissing(Exception):
    """A node gives fewer logs of a block than the block has."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block and the ledger's events in it, in order."""

    header: Header
    events: tuple[LoggedEvent, ...]


def read_blocks(rpc: Rpc, contract_of: Mapping[str, str], first: int, last: int) -> list[Block]:
    """The blocks from `first` to `last` with the events of the contracts.

    Args:
        rpc: the node; all of it comes from one, for another may be on another head.
        contract_of: names of the contracts by their addresses, with checksum.
        first: number of the first block.
        last: of the last.

    Raises:
        Unsettled: the chain moved in between.
        LogsMissing: the node does not give all logs of a block.
        MissingBlock: the node does not have one of the blocks.
        UnknownLog: one of the contracts logged what is none of its events.
        NodeUnreachable: there is no answer.
    """
    by_address = {address.lower(): name for address, name in contract_of.items()}
    logs = _logs(rpc, list(by_address), first, last)
    headers = read_headers(rpc, range(first, last + 1))
    by_block: dict[int, list[dict[str, Any]]] = {}
    for log in logs:
        by_block.setdefault(int(log["blockNumber"], 16), []).append(log)
    blocks = []
    parent: Header | None = None
    for header in headers:
        if parent is not None and header.parent_hash != parent.hash:
            raise Unsettled(f"block {header.number} is no child of block {parent.number}")
        parent = header
        own = by_block.pop(header.number, [])
        if not own and may_hold(header.bloom, by_address):
            own = _asked_again(rpc, header, by_address)
        blocks.append(Block(header, tuple(_decoded(header, own, by_address))))
    if by_block:
        raise Unsettled(f"logs of blocks that were not asked for: {sorted(by_block)[:3]}")
    return blocks


def _logs(rpc: Rpc, addresses: Sequence[str], first: int, last: int) -> list[dict[str, Any]]:
    """The logs of a range, in two halves if the node finds it too large."""
    asked = {"address": addresses, "fromBlock": hex(first), "toBlock": hex(last)}
    try:
        found: list[dict[str, Any]] = call(rpc, "eth_getLogs", asked)
    except RpcError:
        if first == last:
            raise
        middle = (first + last) // 2
        return _logs(rpc, addresses, first, middle) + _logs(rpc, addresses, middle + 1, last)
    return found


def _decoded(
    header: Header, logs: Sequence[dict[str, Any]], by_address: Mapping[str, str]
) -> Iterable[LoggedEvent]:
    place = -1
    block_hash = f"0x{header.hash.hex()}"
    for log in logs:
        if log["blockHash"] != block_hash or log.get("removed"):
            raise Unsettled(f"a log of block {header.number} is of another block of that number")
        at = int(log["logIndex"], 16)
        if at <= place:
            raise Unsettled(f"the logs of block {header.number} are not in order")
        place = at
        contract = by_address.get(log["address"].lower())
        if contract is None:
            raise Unsettled(f"a log of {log['address']}, which was not asked for")
        try:
            event = decode_event(
                contract,
                [bytes.fromhex(topic[2:]) for topic in log["topics"]],
                bytes.fromhex(log["data"][2:]),
            )
        except UnknownLog as error:
            raise UnknownLog(f"{contract} at block {header.number}, log {at}: {error}") from error
        yield LoggedEvent(event, contract, header.number, log["transactionHash"][2:], at)


def _asked_again(rpc: Rpc, header: Header, by_address: Mapping[str, str]) -> list[dict[str, Any]]:
    """The logs of one block by its receipts; a bloom filter may also say yes for nothing."""
    (receipts,) = rpc.batch([("eth_getBlockReceipts", [hex(header.number)])])
    if isinstance(receipts, RpcError):  # not every engine has them (ganache has none)
        receipts = rpc.batch(
            [("eth_getTransactionReceipt", [f"0x{each.hex()}"]) for each in header.transactions]
        )
    found: list[dict[str, Any]] = []
    for receipt in receipts or ():
        if not isinstance(receipt, dict):
            raise LogsMissing(f"{rpc.name}: block {header.number}: a receipt is missing")
        found += [log for log in receipt["logs"] if log["address"].lower() in by_address]
    if found:
        again = _logs(rpc, list(by_address), header.number, header.number)
        if len(again) != len(found):
            raise LogsMissing(
                f"{rpc.name}: block {header.number} has {len(found)} logs of the ledger, "
                f"and {len(again)} were given"
            )
        return again
    return []


def may_hold(bloom: bytes, addresses: Iterable[str]) -> bool:
    """Whether a bloom filter may hold a log of one of the addresses; no is certain."""
    if not any(bloom):
        return False
    bits = int.from_bytes(bloom, "big")
    return any(bits & mask == mask for mask in map(_mask, addresses))


@cache
def _mask(address: str) -> int:
    """The three bits that an address sets in a bloom filter of 2048."""
    digest = keccak(bytes.fromhex(address.removeprefix("0x")))
    mask = 0
    for at in (0, 2, 4):
        mask |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return mask
