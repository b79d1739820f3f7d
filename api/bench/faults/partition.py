"""The network falls into two halves and heals: nothing is final meanwhile, everything is afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from api.bench.faults.house import SENDERS, found_house
from api.bench.faults.load import Sending
from api.bench.faults.measuring import Ground, Outcome, check_halted, under_load
from api.bench.faults.namespaces import Machines, four_machines
from api.consortium.network import running_network, wait_for_blocks
from chain.network.building import node_program
from chain.network.layout import Member, Network
from chain.network.waiting import height_of, wait_for_height

HALVES = (tuple(range(0, SENDERS, 2)), tuple(range(1, SENDERS, 2)))
"""Who sends at which side."""

PATIENCE = 300.0
"""Seconds for blocks to go on: connections that broke are tried again each half minute, rounds get longer."""


@contextmanager
def parted_network(path: Path) -> Iterator[tuple[Network, Machines]]:
    """A network of four validators, each on a machine of its own; all of it is removed whatever happens.

    Raises:
        NoNamespaces: this machine makes no network namespaces.
    """
    with four_machines() as machines:
        program = node_program()
        programs = [machines.wrapper(path.parent, number, program) for number in range(1, 5)]

        def program_of(network: Network, member: Member) -> Path:
            return programs[network.members.index(member)]

        with running_network(path, machines.hosts, machines.rpc_hosts, program_of) as network:
            wait_for_blocks(network)
            yield network, machines


def partition(folder: Path, database: Callable[[], str], rate: float, seconds: float) -> Outcome:
    """Two and two are parted and joined again, while each half is sent a load of its own."""
    with parted_network(folder / "net") as (network, machines):
        ground = Ground(found_house(network), folder / "loads", database, rate, seconds)

        def happen(running: Sequence[Sending]) -> None:
            machines.cut()
            try:
                check_halted(ground.members, seconds)
                for one in running:
                    one.wait_for_more(1)
                halted = max(map(height_of, ground.members))
            finally:
                machines.mend()
            wait_for_height(ground.members, halted + 2, PATIENCE)

        halves = [ground.members[:2], ground.members[2:]]
        loads = [
            replace(
                ground.load([member.url for member in half]),
                senders=each,
                rate=rate / 2,
            )
            for half, each in zip(halves, HALVES, strict=True)
        ]
        how = f"the line between two and two cut for {seconds:.0f} s, mended"
        return under_load(ground, "a partition, two and two", how, happen, loads)
