"""What the acts of the story share: the ledger they play on, and how they tell what happens."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from api.story.cast import Cast
from chain.engines import Engine, now
from chain.errors import LedgerRefusal
from chain.ledger import OpenLedger
from credit.query import NotReliable
from flows.disclosure import DisclosureRefused
from flows.errors import BadDocument
from privacy.errors import PrivacyRefusal

REFUSALS = (LedgerRefusal, DisclosureRefused, NotReliable, PrivacyRefusal, BadDocument)


class StoryBroken(Exception):
    """Something in the story went otherwise than it must; the product is at fault, not its user."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing that happened: who did what, and what each party learned and did not."""

    act: str
    who: str
    did: str
    saw: str = ""
    did_not_see: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was tried and refused: by which rule, in which words."""

    act: str
    attempt: str
    rule: str
    message: str


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
        """Tries something that must be refused, and tells by which rule it was.

        Raises:
            StoryBroken: it was not refused.
        """
        try:
            trying()
        except REFUSALS as refusal:
            told = Refusal(self.act, attempt, rule_of(refusal), str(refusal))
            self.refusals.append(told)
            self.tell(told)
        else:
            raise StoryBroken(f"{attempt}: this had to be refused")


def rule_of(refusal: Exception) -> str:
    """The name of the rule behind a refusal, in kebab case."""
    if isinstance(refusal, LedgerRefusal | NotReliable):
        return refusal.rule
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", type(refusal).__name__).lower()
