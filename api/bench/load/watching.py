"""When a transaction is final: one watcher for every way of sending, at a node of its own."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from typing import Any, Final

from api.bench.load.wire import Wire

PAUSE: Final = 0.05


class Watch:
    """Notes, of every transaction, when the block that has it was there. On a BFT network that is final."""

    def __init__(self, node: str) -> None:
        """Of a node; nothing is asked of it yet."""
        self._node = node
        self._first = self._next = 0
        self.seen: dict[str, float] = {}
        self.news = asyncio.Event()

    async def begin(self) -> None:
        """Notes the head: what is sent from now on is in later blocks."""
        async with Wire(self._node) as wire:
            self._first = self._next = int(await ask(wire, "eth_blockNumber"), 16) + 1

    async def run(self) -> None:
        """Follows the chain from where it began until it is cancelled."""
        async with Wire(self._node) as wire:
            while True:
                head = int(await ask(wire, "eth_blockNumber"), 16)
                while self._next <= head:
                    block = await ask(wire, "eth_getBlockByNumber", hex(self._next), False)
                    at = time.monotonic()
                    self.seen.update(dict.fromkeys(block["transactions"], at))
                    self._next += 1
                    self.news.set()
                await asyncio.sleep(PAUSE)

    async def reverted(self) -> set[str]:
        """What is final and did not succeed: asked when nothing is measured, for it costs the node."""
        async with Wire(self._node) as wire:
            return {
                receipt["transactionHash"]
                for number in range(self._first, self._next)
                for receipt in await ask(wire, "eth_getBlockReceipts", hex(number))
                if receipt["status"] != "0x1"
            }

    async def until(self, hashes: set[str], patience: float) -> set[str]:
        """Waits until all of these are final; what is not, in time."""
        deadline = time.monotonic() + patience
        while left := hashes - self.seen.keys():
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return left
            self.news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.news.wait(), remaining)
        return set()


async def ask(wire: Wire, method: str, *arguments: Any) -> Any:
    """One call of JSON-RPC."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": arguments}
    answer = json.loads(await wire.post("/", json.dumps(body).encode(), 200))
    if answer.get("error") is not None:
        raise RuntimeError(f"{method}: {answer['error']}")
    return answer["result"]
