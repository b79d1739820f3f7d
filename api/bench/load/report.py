"""`counterfoil bench consortium`: the same splits straight to the nodes and through the API, in one run.

Everything is on this machine: four validators, gateway, database, and the clients that measure.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Final

from api.bench.load.counting import count_splits
from api.bench.load.founding import Doing, Ground, populate
from api.bench.load.sending import Outcomes, Run, Way, api_batch, api_single, raw
from api.bench.load.settling import settle
from api.bench.load.watching import Watch
from api.bench.postgres import NoPostgres, free_port, own_postgres
from api.consortium.gateways import RunningGateway, stop_gateways, wait_until_ready
from api.consortium.network import running_network, wait_for_blocks

PATIENCE: Final = 180.0
WARM_UP: Final = 4
"""Splits of each supplier that are sent before anything is measured."""

VOUCHERS: Final = 7
"""Each measurement splits a voucher of its own."""

GOALS: Final[Mapping[str, float]] = {"raw": 600, "api_batch": 0.8, "api_single": 0.5, "half_load_p95": 3.0}
"""Finalised splits a second; ratios to that in the same run; seconds."""


class SplitsMissing(Exception):
    """A split is not on the chain, or twice; the message says how many."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One way of sending: splits finalised a second, seconds from submission to finality, how many.

    Measured more than once, it is of all of it together.
    """

    per_second: float
    p50: float
    p95: float
    p99: float
    count: int


@dataclass(frozen=True, slots=True)
class _Measurement:
    """One time of sending: seconds it took, and of each split from submission to finality."""

    took: float
    latencies: list[float]


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What was measured; `ratios` are to `raw`. `on_chain` is what the chain has of all the splits sent."""

    raw: Rate
    api_batch: Rate
    api_single: Rate
    half_load: Rate
    ratios: Mapping[str, float]
    goals: Mapping[str, float]
    suppliers: int
    on_their_way: int
    database: str
    raw_signs: str
    gas: int
    sent: int
    on_chain: int
    lost: int
    doubled: int


def bench_consortium(suppliers: int, each: int, most: int, doing: Doing) -> LoadReport:
    """Founds a network in a temporary folder, populates a ledger, measures, counts, and ends all of it.

    Args:
        suppliers: accounts that sign.
        each: splits of each of them, each time a way of sending is measured.
        most: transactions on their way at most.
        doing: told what takes a moment, before it does.

    Raises:
        NetworkError: the node cannot be built, or the network does not run.
        GatewayFailed: the gateway does not come up.
        SplitsMissing: the chain does not have each split once.
    """
    with TemporaryDirectory(prefix="cf-") as scratch:
        folder = Path(scratch)
        doing("four validators are starting")
        with _database(folder) as (database, kind), running_network(folder / "net") as network:
            wait_for_blocks(network)
            settle(network, doing)
            nodes = [member.url for member in network.members]
            ground = populate(nodes, folder, suppliers, VOUCHERS, doing)
            with _gateway(ground, database) as url:
                return asyncio.run(_measured(ground, url, each, most, kind, doing))


async def _measured(
    ground: Ground, gateway: str, each: int, most: int, kind: str, doing: Doing
) -> LoadReport:
    runs: list[tuple[Run, Way]] = []

    async def measure(name: str, way: Way, times: int, pace: float = 0.0) -> _Measurement:
        doing(f"measuring {name}")
        run = Run(ground, gateway, len(runs), times, most, Watch(ground.nodes[-1]), pace)
        runs.append((run, way))
        return await _run(run, way)

    # Nodes, gateway and database have seen the ways once before they are measured.
    await measure("nothing yet: warming up", api_batch, WARM_UP)
    # A machine's speed drifts: what is compared is measured in turns, so that both have the same of it.
    straight = [await measure("raw", raw, each)]
    batches = [await measure("api_batch", api_batch, each), await measure("api_batch again", api_batch, each)]
    straight.append(await measure("raw again", raw, each))
    rates = {"raw": _rate(straight), "api_batch": _rate(batches)}
    rates["api_single"] = _rate([await measure("api_single", api_single, each)])
    half = rates["api_batch"].per_second / 2
    rates["half_load"] = _rate([await measure("half load", api_batch, max(1, each // 2), half)])
    doing("counting on the chain")
    counted = await asyncio.to_thread(count_splits, ground)
    expected = {
        supplier.vouchers[run.place]: run.each
        for run, way in runs
        for supplier in (ground.plain if way is raw else ground.suppliers)
    }
    lost = sum(max(0, times - counted.splits.get(voucher, 0)) for voucher, times in expected.items())
    doubled = sum(max(0, times - expected.get(voucher, 0)) for voucher, times in counted.splits.items())
    report = LoadReport(
        **rates,
        ratios={
            name: round(rates[name].per_second / rates["raw"].per_second, 3)
            for name in ("api_batch", "api_single")
        },
        goals=GOALS,
        suppliers=len(ground.suppliers),
        on_their_way=most,
        database=kind,
        raw_signs="in the loop, as the gateway does",
        gas=counted.gas,
        sent=sum(expected.values()),
        on_chain=sum(counted.splits.values()),
        lost=lost,
        doubled=doubled,
    )
    if lost or doubled:
        raise SplitsMissing(
            f"of {report.sent:,} splits {lost:,} are not on the chain and {doubled:,} are twice"
        )
    return report


async def _run(run: Run, way: Way) -> _Measurement:
    outcomes = Outcomes(run)
    through_the_api = way is not raw
    await run.watch.begin()
    beside = [asyncio.create_task(run.watch.run())]
    if through_the_api:
        beside.append(asyncio.create_task(outcomes.keep_asking()))
    run.began = time.monotonic()
    sending = asyncio.create_task(_sent(run, way))
    try:
        # What goes on beside ends only by a failure.
        await asyncio.wait([sending, *beside], return_when=asyncio.FIRST_COMPLETED)
        for each in beside:
            if each.done():
                each.result()
        left = await sending
    finally:
        for task in (sending, *beside):
            task.cancel()
        await asyncio.gather(sending, *beside, return_exceptions=True)
    reverted = await run.watch.reverted()
    if left or reverted:
        raise SplitsMissing(f"{len(left):,} splits are not final in time, {len(reverted):,} reverted")
    if through_the_api:
        await _told(run, outcomes)
    seen = run.watch.seen
    return _Measurement(
        max(seen[each] for each in run.submitted) - run.began,
        [seen[each] - at for each, at in run.submitted.items()],
    )


def _rate(measurements: Sequence[_Measurement]) -> Rate:
    latencies = [one for each in measurements for one in each.latencies]
    cuts = quantiles(latencies, n=100) if len(latencies) > 1 else latencies * 99
    return Rate(
        per_second=round(len(latencies) / sum(each.took for each in measurements), 1),
        p50=round(cuts[49], 2),
        p95=round(cuts[94], 2),
        p99=round(cuts[98], 2),
        count=len(latencies),
    )


async def _sent(run: Run, way: Way) -> set[str]:
    """Sends all and waits until it is final; what is not, in time."""
    await way(run)
    return await run.watch.until(set(run.submitted), PATIENCE)


async def _told(run: Run, outcomes: Outcomes) -> None:
    """The gateway must come to say of every split that it is final."""
    deadline = time.monotonic() + PATIENCE
    while not run.submitted.keys() <= outcomes.final:
        if time.monotonic() > deadline:
            raise SplitsMissing("the gateway does not say of every split that it is final")
        await outcomes.ask_all()
        await asyncio.sleep(0.2)


@contextmanager
def _database(folder: Path) -> Iterator[tuple[str, str]]:
    """A database's URL and its kind: PostgreSQL where there is one, else SQLite."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(own_postgres())
        except NoPostgres:
            yield f"sqlite:///{folder / 'gateway.db'}", "SQLite"
            return
        yield server.new_database(), "PostgreSQL"


@contextmanager
def _gateway(ground: Ground, database: str) -> Iterator[str]:
    """`counterfoil serve`, on the first node, sending to all of them."""
    port, log = free_port(), ground.folder / "gateway.log"
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--chain", ground.nodes[0]]
    command += ["--manifest", str(ground.folder / "manifest.json")]
    command += ["--accounts", str(ground.folder / "accounts.json")]
    for node in ground.nodes[1:]:
        command += ["--node", node]
    secret = {"COUNTERFOIL_KEYSTORE_PASSWORD": ground.password, "COUNTERFOIL_DATABASE": database}
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 - this program, once more
            command,
            env={**os.environ, **secret},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    gateway = RunningGateway("the bench", f"http://127.0.0.1:{port}", log, process)
    try:
        wait_until_ready(gateway)
        yield gateway.url
    finally:
        stop_gateways([gateway])
