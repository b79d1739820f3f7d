"""What the acts share: a client for each participant at its gateway, and the record of what was told.

A write at one gateway is in a block that the other's node may not have yet. Whoever builds upon it there
waits for that block first, as any firm would that was told of it by its partner.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from eth_utils.crypto import keccak

from api.client import GatewayClient, Refused
from api.consortium.founding import Founded
from api.consortium.members import Player
from api.consortium.waiting import wait_until
from api.http.formats import hex_of, time_of
from api.story.grounds import REFUSALS, ground_of
from api.story.stage import Refusal, Scene, StoryBroken, Tell

T = TypeVar("T")
Json = dict[str, Any]

AT_ONCE: Final = 8
"""Requests that the story has open at the same time."""


@dataclass(slots=True)
class Stage:
    """Participants at their gateways, and what was told."""

    players: Mapping[str, Player]
    clients: Mapping[str, GatewayClient]
    founded: Founded
    folder: Path
    tell: Tell
    act: str = ""
    scenes: list[Scene] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)
    _height: int = 0
    _had: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __getitem__(self, part: str) -> Player:
        return self.players[part]

    def number(self, part: str) -> int:
        """A participant's number on the ledger."""
        return self.players[part].number

    def now(self, part: str = "anchor") -> int:
        """Time of the latest block at a participant's gateway, in seconds since 1970 (UTC)."""
        return int(self.clients[part].head().time.timestamp())

    def get(self, part: str, path: str, **query: str) -> Json:
        """What a participant reads at its gateway."""
        self._catch_up(part)
        read: Json = self.clients[part].get(path, **query).body
        return read

    def post(self, part: str, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """What a participant writes at its gateway; the answer."""
        self._catch_up(part)
        started = time.monotonic()
        answer = self.clients[part].post(path, body, key=f"story {path} {secrets.token_hex(8)}")
        done: Json = answer.body
        if "transaction" in done:
            with self._lock:
                self.writes.append(time.monotonic() - started)
                self._height = max(self._height, done["transaction"]["block"])
        return done

    def version(self, part: str, voucher: str) -> int:
        """The version of a voucher, which a write on it must expect."""
        return int(self.get(part, f"/v1/vouchers/{voucher}")["version"])

    def scene(self, part: str, did: str, saw: str = "", did_not_see: str = "") -> None:
        """Tells what a participant did, and at which gateway."""
        player = self.players[part]
        self._tell(Scene(self.act, str(player), did, saw, did_not_see, player.member))

    def aside(self, who: str, did: str, where: str = "") -> None:
        """Tells what was done otherwise than by a participant at its gateway."""
        self._tell(Scene(self.act, who, did, where=where))

    def refused(
        self, attempt: str, part: str, path: str, body: Mapping[str, Any] | None, rule: str
    ) -> Mapping[str, Any]:
        """Tries what must be refused by a rule, and tells by which it was; the refusal's facts.

        Raises:
            StoryBroken: it was not refused, by another rule, or without policy and citation.
        """
        try:
            self.post(part, path, body)
        except Refused as refused:
            problem = refused.problem
        else:
            raise StoryBroken(f"{attempt}: this had to be refused")
        if problem.rule != rule:
            raise StoryBroken(f"{attempt}: refused by {problem.rule} and not by {rule}: {problem.detail}")
        told = Refusal(
            self.act,
            attempt,
            problem.rule,
            problem.detail,
            problem.policy,
            problem.citation,
            self.players[part].member,
        )
        self.refusals.append(told)
        self.tell(told)
        return problem.facts

    def refused_here(self, attempt: str, part: str, trying: Callable[[], object]) -> None:
        """Tries what a participant's own software must refuse, before anything reaches the ledger.

        Raises:
            StoryBroken: it was not refused.
        """
        try:
            trying()
        except REFUSALS as refusal:
            ground = ground_of(refusal)
        else:
            raise StoryBroken(f"{attempt}: this had to be refused")
        where = self.players[part].member
        told = Refusal(self.act, attempt, ground.rule, ground.sentence, ground.policy, ground.citation, where)
        self.refusals.append(told)
        self.tell(told)

    def wait_for_time(self, at: int, what: str, patience: float = 300.0) -> None:
        """Waits until the ledger's time is past one in seconds since 1970: a real chain's is not moved."""
        wait_until(what, lambda: self.now() > at, patience)

    def _catch_up(self, part: str) -> None:
        member, wanted = self.players[part].member, self._height
        if self._had.get(member, 0) < wanted:
            self.clients[part].wait_for_block(wanted)
            with self._lock:
                self._had[member] = max(self._had.get(member, 0), wanted)

    def _tell(self, scene: Scene) -> None:
        self.scenes.append(scene)
        self.tell(scene)


def together(*jobs: Callable[[], T]) -> list[T]:
    """Does things at the same time that do not wait for one another; their results in order.

    Raises:
        Exception: what the first of them raised; the others are waited for.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = [pool.submit(copy_context().run, job) for job in jobs]
    return [future.result() for future in futures]


def digest(text: str) -> str:
    """A hash that stands for a document or a payment's reference."""
    return hex_of(keccak(text=text))


def when(seconds: int) -> str:
    """A time as the API takes it."""
    return time_of(seconds)


def ids(vouchers: Sequence[Mapping[str, Any]]) -> list[str]:
    """The vouchers' ids."""
    return [str(one["id"]) for one in vouchers]
