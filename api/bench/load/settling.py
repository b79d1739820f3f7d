"""A network as it is after a while, not as it is in its first minute."""

from __future__ import annotations

from typing import Final

from api.bench.load.founding import Doing
from api.consortium.interruption import undisturbed
from chain.network.building import node_program
from chain.network.layout import Network
from chain.network.running import alone, start, stop
from chain.network.waiting import height_of, wait_for_height

PATIENCE: Final = 180.0
MISSED: Final = 2
"""Blocks that a node is to miss: it has something to fetch when it comes back."""


def settle(network: Network, doing: Doing) -> None:
    """Lets every node fall behind and catch up once, one after another.

    Kaia's node leaves the consensus while it fetches blocks for the first time since it started, and only
    then (`work.Miner.update`, v1.0.3): it looks every ten seconds whether another node is ahead. A node that
    was never behind would do so at some moment under load, and cost the network a round of ten seconds or
    several. It is measured without that.

    Raises:
        NodeFailed: a node does not come back, or the others stand still without it.
    """
    for member in network.members:
        doing(f"{member.name} falls behind and catches up")
        others = [each for each in network.members if each != member]
        with undisturbed(), alone(network):
            stop(network, [member])
        wait_for_height(others, max(map(height_of, others)) + MISSED, PATIENCE)
        with undisturbed(), alone(network):
            start(network, member, node_program())
        wait_for_height([member], max(map(height_of, others)) + MISSED, PATIENCE)
