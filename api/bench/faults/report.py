"""All faults, one after the other, on networks of their own, and what the chain had after each."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from api.bench.faults import services, validators
from api.bench.faults.clients import Unexpected
from api.bench.faults.gateway import gateway_killed
from api.bench.faults.house import found_house
from api.bench.faults.load import LoadFailed
from api.bench.faults.measuring import Ground, NotWithstood, Outcome
from api.bench.faults.namespaces import missing_namespaces
from api.bench.faults.partition import partition
from api.bench.postgres import PostgresServer, own_postgres
from api.consortium.gateways import GatewayFailed
from api.consortium.network import running_network, wait_for_blocks
from api.consortium.waiting import TookTooLong
from chain.headers.asking import NoAnswer
from chain.headers.node import NodeLied
from chain.network.errors import NetworkError
from chain.rpc import NodeUnreachable

FAULTS = ("one", "two", "partition", "wiped", "gateway", "database", "slow", "lying")
"""By their short names, in the order of the report."""

PARTITION = "partition"
NOT_WITHSTOOD = (
    *(NotWithstood, LoadFailed, Unexpected, GatewayFailed, NodeLied, NoAnswer),
    *(NodeUnreachable, NetworkError, TookTooLong),
)
"""What a fault that was not withstood ends in, where it does not come to a count."""

Fault = Callable[[Ground], Outcome]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Report:
    """What came of each fault by its short name: a count, or why there is none."""

    outcomes: Mapping[str, Outcome]
    failures: Mapping[str, str]
    left_out: Mapping[str, str]

    @property
    def withstood(self) -> bool:
        """Whether nothing is lost, doubled or forked, and every fault that was tried came to a count."""
        return not self.failures and all(outcome.withstood for outcome in self.outcomes.values())

    def to_json(self) -> dict[str, Any]:
        """As data."""
        return {
            "withstood": self.withstood,
            "faults": {name: outcome.to_json() for name, outcome in self.outcomes.items()},
            "failures": dict(self.failures),
            "left_out": dict(self.left_out),
        }


def bench_faults(
    rate: float,
    seconds: float,
    kills: int,
    only: Collection[str] = FAULTS,
    progress: Progress = lambda _: None,
) -> Report:
    """Tries faults on a network of four validators each with a real node, database and gateway.

    Args:
        rate: calls a second of the load.
        seconds: how long a fault lasts; the load runs for half as long before and after it.
        kills: how often the gateway is killed.
        only: the faults' short names.
        progress: told what is being done.

    Raises:
        NoNodeProgram: there is no node's program.
        NoPostgres: PostgreSQL is not installed.
    """
    outcomes: dict[str, Outcome] = {}
    failures: dict[str, str] = {}
    left_out: dict[str, str] = {}

    def note(name: str, tried: Callable[[], Outcome]) -> None:
        progress(f"{name}: under load")
        try:
            outcomes[name] = tried()
        except NOT_WITHSTOOD as error:
            failures[name] = f"{type(error).__name__}: {error}"

    # A node's socket has a path that must be short.
    with tempfile.TemporaryDirectory(prefix="cf-") as temporary, own_postgres() as server:
        folder = Path(temporary)
        missing = missing_namespaces()
        if PARTITION in only and missing:
            left_out[PARTITION] = missing
        elif PARTITION in only:
            parted = folder / "parted"
            parted.mkdir()
            note(PARTITION, lambda: partition(parted, server.new_database, rate, seconds))
        others = _on_one_machine(server, kills, progress)
        if set(only) - {PARTITION}:
            progress("starting four validators")
            with running_network(folder / "net") as network:
                wait_for_blocks(network)
                house = found_house(network)
                ground = Ground(house, folder / "loads", server.new_database, rate, seconds)
                for name in (name for name in FAULTS if name in only and name != PARTITION):
                    note(name, partial(others[name], ground))
    return Report({name: outcomes[name] for name in FAULTS if name in outcomes}, failures, left_out)


def _on_one_machine(server: PostgresServer, kills: int, progress: Progress) -> Mapping[str, Fault]:
    def killed(ground: Ground) -> Outcome:
        return gateway_killed(
            ground, kills, progress=lambda number: progress(f"gateway: killed {number} of {kills} times")
        )

    return {
        "one": validators.one_killed,
        "two": validators.two_killed,
        "wiped": validators.wiped,
        "gateway": killed,
        "database": lambda ground: services.database_restarted(ground, server),
        "slow": validators.slow,
        "lying": services.lying,
    }
