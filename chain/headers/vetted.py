"""A node that is believed only as far as it can be checked: a liar is named, and is asked no more.

    node = VettedRpc(HttpRpc(url), trusted)                 # trusted: `kaia.genesis`, or a later set
    outbox = open_outbox(database, manifest, [node, another], signers)

What it answers about blocks and receipts is held against headers that enough validators sealed. To whoever
asks, a liar is like a node that does not answer, so that another takes its place. Its word alone counts for
what no header commits to: whether it took a transaction, how many transactions an account has made, and which
block is its newest. Whoever sends again over other nodes, and compares heights, is not fooled by those.

Sources: Ethereum execution-apis, `eth_getBlockByNumber`, `eth_getBlockReceipts`, `eth_getTransactionReceipt`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from chain.headers.check import Block, check_next, follow_node
from chain.headers.header import shown
from chain.headers.node import NodeLied
from chain.headers.validators import ValidatorSet
from chain.rpc import Call, NodeUnreachable, Rpc, RpcError

KEPT = 600
"""Blocks that are kept after they were checked."""

log = logging.getLogger(__name__)


class NodeDistrusted(NodeUnreachable):
    """A node lied, and is asked no more; the message says what about."""


class VettedRpc:
    """A node behind checks. Safe for threads."""

    def __init__(self, rpc: Rpc, trusted: ValidatorSet) -> None:
        """Asks nothing yet; `trusted` comes from somewhere that is not the node."""
        self._rpc = rpc
        self._start = self._trusted = trusted
        self._blocks: dict[int, Block] = {}
        self._lock = Lock()
        self.lie: NodeLied | None = None

    @property
    def name(self) -> str:
        """The node's."""
        return self._rpc.name

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The result of each call in its place; an `RpcError` stands where the node refused one.

        Raises:
            NodeDistrusted: the node lied, now or before.
            NodeUnreachable: there is no answer to all of them.
        """
        if self.lie is None:
            answers = self._rpc.batch(calls)
            try:
                for (method, arguments), answer in zip(calls, answers, strict=True):
                    self._checked(method, arguments, answer)
            except NodeLied as lie:
                self.lie = lie
                log.critical("%s lied and is asked no more: %s", self.name, lie)
            else:
                return answers
        raise NodeDistrusted(f"{self.name} lied: {self.lie}")

    def _checked(self, method: str, arguments: Sequence[Any], answer: Any) -> None:
        try:
            self._check(method, arguments, answer)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise NodeLied(method, 0, "answer", "the fields of its kind", repr(error)) from error

    def _check(self, method: str, arguments: Sequence[Any], answer: Any) -> None:
        if answer is None or isinstance(answer, RpcError):
            return
        if method == "eth_getBlockByNumber":
            self._check_block(arguments[0], answer)
        elif method == "eth_getBlockReceipts":
            self._check_receipts(int(arguments[0], 16), answer)
        elif method == "eth_getTransactionReceipt":
            number = int(answer["blockNumber"], 16)
            place = int(answer["transactionIndex"], 16)
            _compare_receipt(method, self._block(number), place, answer)

    def _check_block(self, asked: str, answer: Mapping[str, Any]) -> None:
        method, number = "eth_getBlockByNumber", int(answer["number"], 16)
        if asked.startswith("0x") and number != int(asked, 16):
            raise NodeLied(method, int(asked, 16), "number", asked, number)
        if not number:
            return
        block = self._block(number)
        listed = [each["hash"] if isinstance(each, dict) else each for each in answer["transactions"]]
        expected = {
            "hash": shown(block.header.hash),
            "parentHash": shown(block.header.parent),
            "timestamp": hex(block.header.timestamp),
        }
        for field, value in expected.items():
            if answer.get(field) != value:
                raise NodeLied(method, number, field, value, answer.get(field))
        own = [shown(each.hash) for each in block.transactions]
        if len(listed) != len(own):
            raise NodeLied(method, number, "transactions", len(own), len(listed))
        for place, (digest, claimed) in enumerate(zip(own, listed, strict=True)):
            if digest != claimed:
                raise NodeLied(method, number, f"transactions[{place}]", digest, claimed)

    def _check_receipts(self, number: int, answers: Sequence[Mapping[str, Any]]) -> None:
        method, block = "eth_getBlockReceipts", self._block(number)
        if len(answers) != len(block.receipts):
            raise NodeLied(method, number, "receipts", len(block.receipts), len(answers))
        for place, answer in enumerate(answers):
            _compare_receipt(method, block, place, answer)

    def _block(self, number: int) -> Block:
        """A checked block; the checks go on from the newest one, or begin anew for an older one."""
        with self._lock:
            known = self._blocks.get(number)
            if known is not None:
                return known
            trusted = self._trusted if number > self._trusted.block else self._start
            trusted = follow_node(self._ask, trusted, number - 1)
            block, trusted = check_next(self._ask, trusted)
            if trusted.block > self._trusted.block:
                self._trusted = trusted
            self._blocks[number] = block
            while len(self._blocks) > KEPT:
                del self._blocks[min(self._blocks)]
            return block

    def _ask(self, requests: list[tuple[str, list[Any]]]) -> list[Any]:
        answers = self._rpc.batch(requests)
        for (method, _), answer in zip(requests, answers, strict=True):
            if answer is None or isinstance(answer, RpcError):
                raise NodeUnreachable(f"{self.name}: {method}: {answer or 'nothing'}")
        return answers


def _compare_receipt(method: str, block: Block, place: int, answer: Mapping[str, Any]) -> None:
    number = block.header.number
    if place >= len(block.receipts):
        raise NodeLied(method, number, "transactionIndex", f"below {len(block.receipts)}", place)
    receipt = block.receipts[place]
    before = block.receipts[place - 1].cumulative_gas if place else 0
    expected = {
        "blockHash": shown(block.header.hash),
        "transactionHash": shown(block.transactions[place].hash),
        "status": hex(receipt.succeeded),
        "gasUsed": hex(receipt.cumulative_gas - before),
    }
    for field, value in expected.items():
        if answer.get(field) != value:
            raise NodeLied(method, number, f"receipts[{place}].{field}", value, answer.get(field))
