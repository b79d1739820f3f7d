"""Waiting for nodes: until they answer, until they have the next blocks."""

from __future__ import annotations

import time
from collections.abc import Sequence

from chain.network.asking import ask
from chain.network.errors import NodeFailed, NodeSilent
from chain.network.layout import Member, Network
from chain.network.running import last_words, process_of

PAUSE = 0.2


def wait_for_answers(network: Network, members: Sequence[Member], seconds: float) -> None:
    """Waits until every node answers.

    Raises:
        NodeFailed: a node ended, or does not answer in time.
    """
    deadline = time.monotonic() + seconds
    for member in members:
        while not _answers(member):
            if process_of(network, member) is None:
                raise NodeFailed(f"{member.name} ended:\n{last_words(network, member)}")
            if time.monotonic() > deadline:
                said = last_words(network, member)
                raise NodeFailed(f"{member.name} is silent after {seconds:.0f} s:\n{said}")
            time.sleep(PAUSE)


def height_of(member: Member) -> int:
    """The number of the latest block a node has.

    Raises:
        NodeSilent: it does not answer.
    """
    return int(ask(member.url, "eth_blockNumber"), 16)


def wait_for_height(members: Sequence[Member], height: int, seconds: float) -> None:
    """Waits until every node has the block of a height.

    Raises:
        NodeFailed: one has not in time.
        NodeSilent: one does not answer when the time is up.
    """
    deadline = time.monotonic() + seconds
    for member in members:
        while True:
            late = time.monotonic() > deadline
            try:
                reached = height_of(member)
            except NodeSilent:
                if late:
                    raise
                reached = -1
            if reached >= height:
                break
            if late:
                raise NodeFailed(
                    f"{member.name} is at block {reached} and not at {height} after {seconds:.0f} s"
                )
            time.sleep(PAUSE)


def _answers(member: Member) -> bool:
    try:
        ask(member.url, "web3_clientVersion")
    except NodeSilent:
        return False
    return True
