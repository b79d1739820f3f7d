"""Faults of validators: killed, two at once, without their chain, and slow."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psutil

from api.bench.faults.measuring import Ground, NotWithstood, Outcome, check_halted, under_load
from chain.network.building import node_program
from chain.network.layout import Member, Network
from chain.network.running import forget_chain, kill, process_of, start
from chain.network.waiting import height_of, wait_for_answers, wait_for_height

PATIENCE = 240.0
STOPPED, RUNNING = 1.5, 0.5
"""Seconds of a slow node's rhythm."""


def one_killed(ground: Ground) -> Outcome:
    """The node that the load asks first is killed; blocks go on, and the load over the others."""
    first, *others = ground.members

    def happen(_: object) -> None:
        with _down(ground, [first]):
            height = max(map(height_of, others))
            wait_for_height(others, height + max(2, round(ground.seconds / 3)), PATIENCE)

    return under_load(ground, "one validator killed", "SIGKILL, then started again", happen)


def two_killed(ground: Ground) -> Outcome:
    """Two nodes are killed, one of them the one the load asks first: nothing is final until they return."""
    *others, third, fourth = ground.members[1], ground.members[2], ground.members[0], ground.members[3]

    def happen(_: object) -> None:
        with _down(ground, [third, fourth]):
            check_halted(others, ground.seconds)
            halted = max(map(height_of, others))
        wait_for_height(ground.members, halted + 2, PATIENCE)

    how = f"SIGKILL; no block for {ground.seconds:.0f} s; both started again"
    return under_load(ground, "two validators killed", how, happen)


def wiped(ground: Ground) -> Outcome:
    """The node that the load asks first loses its chain and fetches it again, while the load goes on."""
    first, *others = ground.members

    def happen(_: object) -> None:
        with _down(ground, [first]):
            forget_chain(ground.house.network, first)
        wait_for_height([first], max(map(height_of, others)), PATIENCE)

    return under_load(ground, "a validator's chain deleted", "SIGKILL, data deleted, fetched again", happen)


def slow(ground: Ground) -> Outcome:
    """The node that the load asks first is stopped and continued in a rhythm: messages and answers late."""
    first = ground.members[0]

    def happen(_: object) -> None:
        process = process_of(ground.house.network, first)
        if process is None:
            raise NotWithstood(f"{first.name} does not run")
        _in_rhythm(process, ground.seconds)

    how = f"SIGSTOP for {STOPPED} s, SIGCONT for {RUNNING} s, again and again"
    return under_load(ground, "a slow validator", how, happen)


@contextmanager
def _down(ground: Ground, members: Sequence[Member]) -> Iterator[None]:
    network: Network = ground.house.network
    kill(network, members)
    try:
        yield
    finally:
        for member in members:
            start(network, member, node_program())
        wait_for_answers(network, members, PATIENCE)


def _in_rhythm(process: psutil.Process, seconds: float) -> None:
    ends = time.monotonic() + seconds
    try:
        while time.monotonic() < ends:
            process.suspend()
            time.sleep(STOPPED)
            process.resume()
            time.sleep(RUNNING)
    finally:
        process.resume()
