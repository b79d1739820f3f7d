"""Events of the parameters that governors set."""

from __future__ import annotations

from dataclasses import dataclass

from chain.events.base import Event


@dataclass(frozen=True, slots=True)
class PolicySet(Event):
    """Governors set a version of a parameter, with the rule that it rests on."""

    name: bytes
    number: int
    value: int
    effective_from: int
    issuer: str
    document: str
    article: str


@dataclass(frozen=True, slots=True)
class PolicyWithdrawn(Event):
    """Governors took a version back that was not in effect yet."""

    name: bytes
    number: int
