"""Four validators in a folder of their own, running for as long as they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from api.consortium.interruption import undisturbed
from chain.network.building import node_program
from chain.network.founding import found
from chain.network.layout import Member, Network
from chain.network.running import alone, kill, start
from chain.network.waiting import wait_for_answers, wait_for_height

MEMBERS = 4
CHAIN_ID = 2026
PATIENCE = 180.0


ProgramOf = Callable[[Network, Member], Path]
"""Which program runs a member's node."""


@contextmanager
def running_network(
    path: Path,
    hosts: Sequence[str] = (),
    rpc_hosts: Sequence[str] = (),
    program_of: ProgramOf = lambda *_: node_program(),
) -> Iterator[Network]:
    """Founds a network and starts its nodes; they are ended whatever happens. No block is waited for.

    Args:
        path: of the network's folder.
        hosts: addresses of the members' machines, and with `rpc_hosts` those of their JSON-RPC (`found`).
        rpc_hosts: as there.
        program_of: the program that runs each node.

    Raises:
        NoNodeProgram: the node's program is not there and cannot be built.
        BadNetwork: the folder cannot be a network's.
        NodeFailed: a node does not start.
    """
    node_program()
    network = found(path, MEMBERS, CHAIN_ID, hosts, rpc_hosts)
    try:
        for member in network.members:
            with undisturbed(), alone(network):
                start(network, member, program_of(network, member))
            # A node that dials another before that one listens tries again only half a minute later.
            wait_for_answers(network, [member], PATIENCE)
        yield network
    finally:
        # Their chain goes with the folder: there is nothing that they would have to save first.
        with undisturbed():
            kill(network, network.members)


def wait_for_blocks(network: Network) -> None:
    """Waits until every node has a block that the network finalised.

    Raises:
        NodeFailed: a node ended, or has none in time.
    """
    wait_for_height(network.members, 1, PATIENCE)
