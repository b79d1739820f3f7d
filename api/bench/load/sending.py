"""Three ways of sending the same splits: straight to the nodes, in batches through the API, one by one.

All are held to as many transactions on their way, so that what is measured is a rate and not a queue.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from api.bench.load.founding import Ground, Supplier
from api.bench.load.pouring import GAS
from api.bench.load.watching import Watch, ask
from api.bench.load.wire import Wire

EVIDENCE: Final = bytes.fromhex("7b" * 32)
ARRAY: Final = 100
"""Raw transactions of one request to a node."""

EVERY: Final = 5.0
"""Seconds after which a supplier asks the gateway again what has become of its splits."""


@dataclass
class Run:
    """One measurement under way.

    `place` is which of a supplier's vouchers is split, `each` how often, `most` how many transactions may be
    on their way, `pace` how many are submitted a second at most (0: as many as may be). `submitted` is when
    each was, by its hash.
    """

    ground: Ground
    gateway: str
    place: int
    each: int
    most: int
    watch: Watch
    pace: float = 0.0
    submitted: dict[str, float] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    _given: int = 0

    async def room(self, wanted: int) -> None:
        """Waits until so many more may be submitted."""
        self._given += wanted
        place = self._given
        if self.pace:
            await asyncio.sleep(max(0.0, self.began + (place - wanted) / self.pace - time.monotonic()))
        while place - len(self.watch.seen) > self.most:
            self.watch.news.clear()
            await self.watch.news.wait()

    def body(self, supplier: Supplier, at: int) -> bytes:
        """The JSON of a supplier's split: one minor unit cut off, for itself."""
        return b'{"expected":%d,"legs":[{"to":%d,"amount":"1","evidence":"0x%s"}]}' % (
            at % 256,
            supplier.number,
            EVIDENCE.hex().encode(),
        )

    def operation(self, supplier: Supplier, at: int) -> bytes:
        """The same as an operation of a batch."""
        voucher = supplier.vouchers[self.place]
        body = self.body(supplier, at)
        return b'{"key":"%d-%d","operation":"splitVoucher","voucher":"%d","body":%s}' % (
            *(self.place, at, voucher),
            body,
        )

    def signed(self, supplier: Supplier, at: int, nonce: int) -> str:
        """The same as a raw transaction, signed now: the API signs as well."""
        ledger = self.ground.ledger
        legs = [(supplier.number, 1, EVIDENCE)]
        to, data = ledger.receivables.encoded("split", supplier.vouchers[self.place], at % 256, legs)
        fields = {"chainId": self.ground.manifest.chain_id, "nonce": nonce, "gasPrice": 0, "gas": GAS}
        return supplier.signer.sign_transaction({**fields, "to": to, "value": 0, "data": data}).hex()


Way = Callable[[Run], Awaitable[None]]


async def raw(run: Run) -> None:
    """A plain client: signs, and gives each node arrays of its suppliers' splits, in the order of nonces."""
    nodes = run.ground.nodes
    lots = [run.ground.plain[at :: len(nodes)] for at in range(len(nodes))]
    await asyncio.gather(*(_raw(run, node, lot) for node, lot in zip(nodes, lots, strict=True) if lot))


async def _raw(run: Run, node: str, suppliers: Sequence[Supplier]) -> None:
    async with Wire(node) as wire:
        nonces = [
            int(await ask(wire, "eth_getTransactionCount", each.signer.address, "latest"), 16)
            for each in suppliers
        ]
        plan = [(who, at) for at in range(run.each) for who in range(len(suppliers))]
        for first in range(0, len(plan), ARRAY):
            some = plan[first : first + ARRAY]
            await run.room(len(some))
            began = time.monotonic()
            signed = [run.signed(suppliers[who], at, nonces[who] + at) for who, at in some]
            body = ",".join(
                f'{{"jsonrpc":"2.0","id":{n},"method":"eth_sendRawTransaction","params":["0x{each}"]}}'
                for n, each in enumerate(signed)
            )
            for answer in json.loads(await wire.post("/", f"[{body}]".encode(), 200)):
                run.submitted[answer["result"]] = began


async def api_batch(run: Run) -> None:
    """Each supplier sends batches of operations to the gateway, one after another."""
    size = max(1, min(run.each, run.most // len(run.ground.suppliers)))
    await asyncio.gather(*(_batches(run, each, size) for each in run.ground.suppliers))


async def _batches(run: Run, supplier: Supplier, size: int) -> None:
    async with Wire(run.gateway, supplier.token) as wire:
        for first in range(0, run.each, size):
            some = range(first, min(first + size, run.each))
            await run.room(len(some))
            began = time.monotonic()
            body = b'{"operations":[%s]}' % b",".join(run.operation(supplier, at) for at in some)
            answer = json.loads(await wire.post("/v1/transactions", body, 202))
            for each in answer["transactions"]:
                run.submitted[each["hash"]] = began


async def api_single(run: Run) -> None:
    """Each operation is a request to its own route that does not wait; a kept connection each supplier."""
    await asyncio.gather(*(_singles(run, each) for each in run.ground.suppliers))


async def _singles(run: Run, supplier: Supplier) -> None:
    path = f"/v1/vouchers/{supplier.vouchers[run.place]}/split"
    async with Wire(run.gateway, supplier.token) as wire:
        for at in range(run.each):
            await run.room(1)
            began = time.monotonic()
            headers = f"Prefer: respond-async\r\nIdempotency-Key: {run.place}-{at}\r\n"
            answer = json.loads(await wire.post(path, run.body(supplier, at), 202, headers))
            run.submitted[answer["hash"]] = began


class Outcomes:
    """What the gateway says has become of a run's transactions: each supplier asks for what ended since."""

    def __init__(self, run: Run) -> None:
        """Nothing is known yet."""
        self._run = run
        self._after = dict.fromkeys((each.number for each in run.ground.suppliers), 0)
        self.final: set[str] = set()

    async def ask_all(self) -> None:
        """Asks once for every supplier, to the end of what there is."""
        for supplier in self._run.ground.suppliers:
            async with Wire(self._run.gateway, supplier.token) as wire:
                while await self._ask(wire, supplier):
                    pass

    async def keep_asking(self) -> None:
        """Asks for each supplier again and again, until it is cancelled."""
        await asyncio.gather(*(self._keep_asking(each) for each in self._run.ground.suppliers))

    async def _keep_asking(self, supplier: Supplier) -> None:
        async with Wire(self._run.gateway, supplier.token) as wire:
            while True:
                await asyncio.sleep(EVERY)
                await self._ask(wire, supplier)

    async def _ask(self, wire: Wire, supplier: Supplier) -> bool:
        where = f"/v1/transactions?state=final&limit=500&after={self._after[supplier.number]}"
        items = json.loads(await wire.get(where))["items"]
        self.final.update(each["hash"] for each in items)
        if items:
            self._after[supplier.number] = items[-1]["id"]
        return len(items) == 500
