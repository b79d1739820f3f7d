"""A fault in the middle of a load, and what the chain has of the load afterwards."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from api.bench.faults.counting import Count, count
from api.bench.faults.house import House
from api.bench.faults.load import Load, Sending, genesis_of, marker, sending
from chain.network.layout import Member
from chain.network.waiting import height_of

GRACE = 3.0
"""Seconds after which what was agreed to before a fault has arrived everywhere."""


class NotWithstood(Exception):
    """A network did what it must not do under a fault; the message says what."""


@dataclass(frozen=True)
class Ground:
    """Where faults are tried out.

    Attributes:
        house: the network and its ledger.
        folder: for what loads write.
        database: makes a fresh database and gives its URL.
        rate: calls a second.
        seconds: how long a fault lasts; before and after it the load runs for half as long.
    """

    house: House
    folder: Path
    database: Callable[[], str]
    rate: float
    seconds: float
    _numbers: itertools.count[int] = field(default_factory=itertools.count, repr=False)

    @property
    def members(self) -> tuple[Member, ...]:
        """The founding members, in their order: the load asks the first node first."""
        return self.house.network.members

    @property
    def calls(self) -> int:
        """How many calls are accepted before a fault, and after it."""
        return max(10, round(self.rate * self.seconds / 2))

    def new_folder(self) -> Path:
        """A folder that was never used."""
        return self.folder / f"{time.time_ns():x}-{next(self._numbers)}"

    def load(self, nodes: Sequence[str], database: str | None = None) -> Load:
        """A load on nodes, with a database of its own."""
        url, genesis = database or self.database(), genesis_of(self.members[-1].url)
        return Load(self.new_folder(), url, tuple(nodes), self.house.manifest, genesis, self.rate)


@dataclass(frozen=True)
class Outcome:
    """A fault and what the chain had afterwards; `lasted` is all of it, in seconds."""

    fault: str
    how: str
    count: Count
    lasted: float

    @property
    def withstood(self) -> bool:
        """Whether nothing is lost, doubled or forked."""
        return not (self.count.lost or self.count.doubled or self.count.forks)

    def to_json(self) -> dict[str, Any]:
        """As data."""
        found = {"fault": self.fault, "how": self.how, **asdict(self.count), "lost": self.count.lost}
        return {**found, "lasted": round(self.lasted, 1), "withstood": self.withstood}


def under_load(
    ground: Ground,
    fault: str,
    how: str,
    happen: Callable[[Sequence[Sending]], None],
    loads: Sequence[Load] = (),
) -> Outcome:
    """Sends, lets a fault happen, sends on, waits until all of it is final, and counts on the chain.

    Args:
        ground: where.
        fault: its name.
        how: what is done, for the report.
        happen: does it, and undoes it: all nodes are there again when it returns.
        loads: what is sent; one load over all members' nodes, if there is none.

    Raises:
        NotWithstood: the fault let something happen that must not.
        LoadFailed: a load was not accepted or did not become final.
    """
    begun, since = time.monotonic(), min(map(height_of, ground.members))
    with ExitStack() as stack:
        chosen = loads or [ground.load([member.url for member in ground.members])]
        running = [stack.enter_context(sending(load)) for load in chosen]
        for one in running:
            one.wait_for_more(ground.calls // len(running))
        happen(running)
        for one in running:
            one.wait_for_more(ground.calls // len(running))
        keys = [key for one in running for key in one.finish()]
    counted = count(ground.members, [marker(key) for key in keys], since)
    return Outcome(fault, how, counted, time.monotonic() - begun)


def check_halted(members: Sequence[Member], seconds: float) -> None:
    """Checks that no node gets a block for some seconds, once what was agreed to before has arrived.

    Raises:
        NotWithstood: one does: it was agreed to without a quorum.
    """
    time.sleep(GRACE)
    before = {member.name: height_of(member) for member in members}
    time.sleep(seconds)
    for member in members:
        after = height_of(member)
        if after != before[member.name]:
            raise NotWithstood(
                f"{member.name} went from block {before[member.name]} to {after} without a quorum"
            )
