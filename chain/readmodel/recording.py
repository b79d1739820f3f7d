"""A ledger that remembers what a block changed, so that only that is written, and can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from chain.readmodel.schema import RECORDS, SCALARS
from chain.rules.state import Ledger


class Absent:
    """What stands for a value that was not there."""


ABSENT = Absent()


class Recorded(dict[Any, Any]):
    """A dictionary that keeps what its entries were before they were changed, since the last `forget`."""

    __slots__ = ("before",)

    def __init__(self, *arguments: Any) -> None:
        """The dictionary as it is; nothing of it has changed."""
        super().__init__(*arguments)
        self.before: dict[Any, Any] = {}

    def __setitem__(self, key: Any, value: Any) -> None:
        before = self.before
        if key not in before:
            before[key] = self.get(key, ABSENT)
        super().__setitem__(key, value)

    def __delitem__(self, key: Any) -> None:
        if key not in self.before:
            self.before[key] = self[key]
        super().__delitem__(key)

    def update(self, *others: Any, **named: Any) -> None:
        """As a dictionary's; entries that stay as they are do not count as changed."""
        for key, value in dict(*others, **named).items():
            if self.get(key, ABSENT) is not value:
                self[key] = value

    def pop(self, key: Any, *default: Any) -> Any:
        """As a dictionary's."""
        if key not in self:
            return super().pop(key, *default)
        value = self[key]
        del self[key]
        return value

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """As a dictionary's."""
        if key not in self:
            self[key] = default
        return self[key]

    def clear(self) -> None:
        """As a dictionary's."""
        for key in list(self):
            del self[key]

    def popitem(self) -> Any:
        """As a dictionary's."""
        key = next(reversed(self))
        return key, self.pop(key)

    def __ior__(self, other: Any) -> Recorded:  # type: ignore[misc]  # a dictionary's own says Self
        self.update(other)
        return self


Changes = dict[str, dict[Any, Any]]
"""By field of the ledger: what each changed entry was before, `ABSENT` if it was not there."""


def recorded(ledger: Ledger) -> Ledger:
    """Lets a ledger's dictionaries remember; returns the ledger."""
    for name in RECORDS:
        setattr(ledger, name, Recorded(getattr(ledger, name)))
    return ledger


def scalars(ledger: Ledger) -> dict[str, Any]:
    """The ledger's values that are no dictionaries."""
    return {name: getattr(ledger, name) for name in SCALARS}


def taken(ledger: Ledger) -> Changes:
    """What has changed since it was last taken; from here on changes count anew.

    Raises:
        TypeError: a rule put another dictionary in the place of one.
    """
    changes: Changes = {}
    for name, entries in _dictionaries(ledger):
        if entries.before:
            changes[name] = entries.before
            entries.before = {}
    return changes


def undo(ledger: Ledger, before: dict[str, Any]) -> None:
    """Takes back what has changed since it was last taken; `before` are the scalars of then."""
    for _, entries in _dictionaries(ledger):
        for key, value in entries.before.items():
            if value is ABSENT:
                dict.pop(entries, key, None)
            else:
                dict.__setitem__(entries, key, value)
        entries.before = {}
    for name, value in before.items():
        setattr(ledger, name, value)


def merge(earlier: Changes, later: Changes) -> None:
    """Adds later changes to earlier ones: what an entry was before the first of them counts."""
    for name, entries in later.items():
        known = earlier.setdefault(name, {})
        for key, value in entries.items():
            known.setdefault(key, value)


def _dictionaries(ledger: Ledger) -> Iterator[tuple[str, Recorded]]:
    for each in fields(ledger):
        if each.name in RECORDS:
            entries = getattr(ledger, each.name)
            if not isinstance(entries, Recorded):
                raise TypeError(f"ledger.{each.name} was replaced, so what changed in it is unknown")
            yield each.name, entries
