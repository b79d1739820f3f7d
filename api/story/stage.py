"""What the acts of the story share: the ledger they play on, and how they tell what happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from api.story.cast import Cast
from api.story.grounds import REFUSALS, ground_of
from chain.engines import Engine, now
from chain.ledger import OpenLedger


class StoryBroken(Exception):
    """Something in the story went otherwise than it must; the product is at fault, not its user."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing that happened: who did what, where, and what each party learned and did not."""

    act: str
    who: str
    did: str
    saw: str = ""
    did_not_see: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was tried and refused: by which rule, in which words, on which policy written where."""

    act: str
    attempt: str
    rule: str
    message: str
    policy: str
    citation: str
    where: str = ""


DAY = 24 * 3600
"""Seconds."""

Tell = Callable[[Scene | Refusal], None]


@dataclass(slots=True)
class Stage:
    """The ledger, the cast and the record of what was told."""

    engine: Engine
    ledger: OpenLedger
    cast: Cast
    folder: Path
    tell: Tell
    act: str = ""
    scenes: list[Scene] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def now(self) -> int:
        """Time of the latest block, in seconds since 1970 (UTC)."""
        return now(self.engine)

    def scene(self, who: str, did: str, saw: str = "", did_not_see: str = "") -> None:
        """Tells what happened."""
        scene = Scene(self.act, who, did, saw, did_not_see)
        self.scenes.append(scene)
        self.tell(scene)

    def refused(self, attempt: str, trying: Callable[[], object]) -> None:
        """Tries something that must be refused, and tells by which rule it was and where that is written.

        Raises:
            StoryBroken: it was not refused.
        """
        try:
            trying()
        except REFUSALS as refusal:
            ground = ground_of(refusal)
            told = Refusal(self.act, attempt, ground.rule, ground.sentence, ground.policy, ground.citation)
            self.refusals.append(told)
            self.tell(told)
        else:
            raise StoryBroken(f"{attempt}: this had to be refused")
