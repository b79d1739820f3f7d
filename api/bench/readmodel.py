"""How fast the read model is made from a chain, beside the bare log in the same run."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter, process_time

from api.bench.ledger import Made, make_ledger
from chain.artifacts import CONTRACTS
from chain.database import open_database
from chain.engines import Engine
from chain.progress import Progress
from chain.readmodel import catch_up, compare, open_readmodel, rebuild
from chain.readmodel.model import PAGE
from chain.replay import replay
from chain.rpc import HttpRpc, call, head_number, rpc_of

ROUNDS = 3


class ReadModelDiffers(Exception):
    """What was measured is not what the ledger is; the message is the first difference."""


@dataclass(frozen=True, slots=True)
class ReadModelReport:
    """Rates in events a second, the best of `ROUNDS`.

    `raw` is eth_getLogs with its JSON read and nothing else done. `written` is from the node to committed
    rows: logs and headers checked, decoded, derived through the rules, written. `written_per_cpu` counts this
    process's processor time alone: node and database have their own.
    """

    database: str
    events: int
    blocks: int
    raw: float
    written: float
    written_per_cpu: float

    @property
    def ratio(self) -> float:
        """How many times slower it is than reading the bare log."""
        return self.raw / self.written


def bench_readmodel(
    engine: Engine, database_url: str, wanted: int, made: Made, progress: Progress
) -> ReadModelReport:
    """Makes a ledger of at least `wanted` events on a development node and its read model, several times.

    Raises:
        ReadModelDiffers: the read model does not equal a replay.
    """
    manifest = make_ledger(engine, wanted, made).manifest
    rpc = rpc_of(engine)
    head = head_number(rpc)
    database = open_database(database_url)
    model = open_readmodel(database, manifest, reversible=True)
    addresses = [manifest.addresses[name] for name in CONTRACTS]
    raw = written = per_cpu = 0.0
    events = 0
    for number in range(ROUNDS):
        progress("measuring", number, ROUNDS)
        started = perf_counter()
        events = 0
        for first in range(manifest.block, head + 1, PAGE):
            last = min(first + PAGE - 1, head)
            asked = {"address": addresses, "fromBlock": hex(first), "toBlock": hex(last)}
            events += len(call(rpc, "eth_getLogs", asked))
        raw = max(raw, events / (perf_counter() - started))
        rebuild(model)
        started, busy = perf_counter(), process_time()
        count = catch_up(model, rpc)
        written = max(written, count / (perf_counter() - started))
        per_cpu = max(per_cpu, count / (process_time() - busy))
    found = compare(database, replay(engine, manifest).ledger)
    database.dispose()
    if isinstance(rpc, HttpRpc):
        rpc.close()
    if found is not None:
        raise ReadModelDiffers(str(found))
    return ReadModelReport(
        database.dialect.name, events, head - manifest.block + 1, round(raw), round(written), round(per_cpu)
    )
