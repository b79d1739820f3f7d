"""The ledger's parameters with every version of each, and what governors cited for it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from chain import events
from chain.engines import logs_of
from chain.ledger import OpenLedger
from chain.logs import decode_log
from chain.naming import policy_key
from chain.policies import DEFAULT_POLICIES, Citation

PAGE = 500
"""Blocks asked for at once: every engine answers that many."""


@dataclass(frozen=True, slots=True)
class CitedVersion:
    """A value from a time on, in seconds since 1970 (UTC), and what it rests on."""

    number: int
    value: int
    effective_from: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class PolicyHistory:
    """A parameter: its versions, the first one first, and the value in effect at the time asked for."""

    name: str
    value: int | None
    versions: tuple[CitedVersion, ...]


def read_policies(ledger: OpenLedger, now: int, last_block: int) -> tuple[PolicyHistory, ...]:
    """Every parameter there is, from the log up to a block; `value` is that in effect at `now`."""
    versions: dict[bytes, list[CitedVersion]] = defaultdict(list)
    for event in _log(ledger, last_block):
        if isinstance(event, events.PolicySet):
            citation = Citation(event.issuer, event.document, event.article)
            versions[event.name].append(
                CitedVersion(event.number, event.value, event.effective_from, citation)
            )
        elif isinstance(event, events.PolicyWithdrawn):
            versions[event.name].pop()
    return tuple(
        PolicyHistory(
            each.name, _at(versions[policy_key(each.name)], now), tuple(versions[policy_key(each.name)])
        )
        for each in DEFAULT_POLICIES
    )


def _at(versions: list[CitedVersion], now: int) -> int | None:
    return next((one.value for one in reversed(versions) if one.effective_from <= now), None)


def _log(ledger: OpenLedger, last_block: int) -> list[events.Event]:
    found: list[events.Event] = []
    with ledger.engine.lock:
        for first in range(ledger.manifest.block, last_block + 1, PAGE):
            final = min(first + PAGE - 1, last_block)
            logs = logs_of(ledger.engine, [ledger.policies.address], first, final)
            found += [decode_log("Policies", log).event for log in logs]
    return found
