"""Contracts against rules over a long random history, on a development node of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from api.bench.consortium import found_consortium
from api.bench.node import own_anvil
from chain.bundle.execution import Execution
from chain.deployment import empty_ledger
from chain.derivation import Derivation
from chain.differential.choices import KINDS
from chain.differential.choosing import Chooser, chance
from chain.differential.running import Disagreement, Result, Run, on_chain, one_block
from chain.differential.steps import Step, World
from chain.engines import Engine, now
from chain.events import Event
from chain.ledger import OpenLedger
from chain.logs import decode_event
from chain.replay import read_events
from chain.revert import refusal_of
from chain.rules.invariants import INVARIANTS
from chain.rules.state import Ledger
from chain.storage import expected_words

GAS = hex(10_000_000)
NODE_OPTIONS = (
    *("--auto-impersonate", "--order", "fifo", "--prune-history"),
    *("--block-base-fee-per-gas", "0", "--gas-price", "0", "--gas-limit", str(10**12)),
)
BLOCK = 100
"""Operations in a block: the node computes the root of its whole state for each."""

HASTE = 0.5
WORDS = 500
"""Storage words asked for at once."""

CHECKED_EVERY = 5_000
"""Operations between two looks at the invariants."""

Made = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class DifferentialReport:
    """What a run came to; `disagreement` is empty if there is none, and names the first one otherwise.

    `succeeded` counts by contract and function, `refused` by rule, `events` by name; `words` is how many
    storage words were compared at the end.
    """

    seed: int
    operations: int
    seconds: float
    succeeded: dict[str, int]
    refused: dict[str, int]
    events: dict[str, int]
    words: int
    disagreement: str

    @property
    def per_second(self) -> float:
        """Operations a second."""
        return self.operations / self.seconds

    @property
    def refused_share(self) -> float:
        """Share of the operations that were refused."""
        return sum(self.refused.values()) / self.operations if self.operations else 0.0


def bench_differential(operations: int, seed: int, made: Made) -> DifferentialReport:
    """Takes random operations on anvil and by the rules, and stops with the first that they disagree on.

    Raises:
        NoDevelopmentNode: anvil is not installed.
    """
    with own_anvil(*NODE_OPTIONS) as engine:
        ledger, world = found_consortium(engine)
        state = _derived(engine, ledger)
        chooser = Chooser(chance(seed), world, KINDS, haste=HASTE)
        execution = Execution(state, world.contract_of, world.domains, set(world.addresses))
        run, words, disagreement = Run(seed), 0, ""
        started = perf_counter()
        done = 0
        with raw_node(engine, world) as chain:
            try:
                while done < operations:
                    size = min(BLOCK, operations - done)
                    one_block(chain, chooser, execution, run, done + 1, size)
                    done += size
                    if done % CHECKED_EVERY < size or done == operations:
                        _check_invariants(seed, done, state)
                        made(done)
                words = _compare_words(chain, state)
            except (Disagreement, _Breach) as found:
                disagreement = str(found)
        seconds = perf_counter() - started
    return DifferentialReport(
        seed=seed,
        operations=done,
        seconds=seconds,
        succeeded=dict(run.succeeded.most_common()),
        refused=dict(run.refused.most_common()),
        events=dict(run.happened.most_common()),
        words=words,
        disagreement=disagreement,
    )


class _Breach(Exception):
    """The rules' state breaks an invariant, or is not what the contracts have stored."""


@dataclass
class RawNode:
    """Anvil by plain JSON-RPC; accounts need no signature, and blocks are made when they are told to be."""

    connection: HTTPConnection
    addresses: dict[str, str]
    latest: int
    _names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._names = {address.lower(): name for name, address in self.addresses.items()}

    def now(self) -> int:
        """Time of the latest block."""
        return self.latest

    def take(self, steps: Sequence[Step], at: int) -> tuple[list[Result], int]:
        """Takes steps in one block, in their order; what is refused is included, and its reason asked for."""
        sent = [self.request("eth_sendTransaction", self._call(step)) for step in steps]
        self.request("evm_setNextBlockTimestamp", at)
        self.request("evm_mine")
        receipts = self.request("eth_getBlockReceipts", "latest")
        if [receipt["transactionHash"] for receipt in receipts] != sent:
            raise RuntimeError(f"a block of {len(receipts)} transactions, {len(sent)} were sent")
        self.latest = receipts[0]["blockTimestamp"]
        return [self._result(receipt) for receipt in receipts], self.latest

    def words(self, places: Sequence[tuple[str, int]]) -> list[int]:
        """Storage words, by contract and slot."""
        read = [("eth_getStorageAt", (self.addresses[name], hex(slot), "latest")) for name, slot in places]
        return [int(word, 16) for word in self.requests(read)]

    def _call(self, step: Step) -> dict[str, str]:
        to, data = self.addresses[step.contract], "0x" + step.data.hex()
        return {"from": step.sender, "to": to, "data": data, "gas": GAS, "gasPrice": "0x0"}

    def _result(self, receipt: dict[str, Any]) -> Result:
        if receipt["status"] == "0x1":
            return tuple(self._event(log) for log in receipt["logs"])
        data = self.request("ots_getTransactionError", receipt["transactionHash"])
        return on_chain(refusal_of(bytes.fromhex(data[2:])))

    def _event(self, log: dict[str, Any]) -> Event:
        topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
        return decode_event(self._names[log["address"].lower()], topics, bytes.fromhex(log["data"][2:]))

    def request(self, method: str, *parameters: Any) -> Any:
        """One JSON-RPC request."""
        return self.requests([(method, parameters)])[0]

    def requests(self, wanted: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """JSON-RPC requests together, which the node may answer in any order."""
        body = [
            {"jsonrpc": "2.0", "id": n, "method": method, "params": parameters}
            for n, (method, parameters) in enumerate(wanted)
        ]
        self.connection.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
        answers = sorted(json.loads(self.connection.getresponse().read()), key=lambda each: int(each["id"]))
        for (method, _), answer in zip(wanted, answers, strict=True):
            if "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
        return [answer["result"] for answer in answers]


@contextmanager
def raw_node(engine: Engine, world: World) -> Iterator[RawNode]:
    """The node of an engine, spoken to without any library between."""
    url = urlsplit(str(engine.w3.provider.endpoint_uri))  # type: ignore[attr-defined]
    connection = HTTPConnection(str(url.hostname), url.port, timeout=300)
    try:
        node = RawNode(connection, dict(world.addresses), now(engine))
        node.request("evm_setAutomine", False)
        yield node
    finally:
        connection.close()


def _derived(engine: Engine, ledger: OpenLedger) -> Ledger:
    """The state of a ledger, by the rules, from its log."""
    derivation = Derivation(empty_ledger(ledger.manifest))
    for logged in read_events(engine, ledger.manifest):
        derivation.take(logged, int(engine.w3.eth.get_block(logged.block)["timestamp"]))
    return derivation.ledger


def _check_invariants(seed: int, index: int, state: Ledger) -> None:
    for invariant in INVARIANTS:
        for breach in invariant(state):
            raise _Breach(f"seed {seed}, operation {index}: {invariant.__name__}: {breach}")


def _compare_words(chain: RawNode, state: Ledger) -> int:
    """Compares every word that the rules expect with the contracts' storage; returns how many."""
    expected = list(expected_words(state))
    for first in range(0, len(expected), WORDS):
        words = expected[first : first + WORDS]
        stored = chain.words([(word.contract, word.slot) for word in words])
        for word, found in zip(words, stored, strict=True):
            if found != word.value:
                raise _Breach(f"{word.contract}.{word.path} is {found:#x}, by the rules {word.value:#x}")
    return len(expected)
