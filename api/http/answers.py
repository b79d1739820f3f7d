"""Answers kept for the idempotency keys of writes, in this process's memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.http.problems import ApiProblem

MOST_ANSWERS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as it was given."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class _Entry:
    fingerprint: bytes
    answer: Answer | None


class Answers:
    """What was answered to each account's keys. Safe for threads."""

    def __init__(self, most: int = MOST_ANSWERS) -> None:
        self._lock = threading.Lock()
        self._most = most
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()

    def begin(self, account: str, key: str, fingerprint: bytes) -> Answer | None:
        """The answer given before, or None after noting that the request is being worked on.

        Raises:
            ApiProblem: the key was used for another request, or its request is still being worked on.
        """
        with self._lock:
            entry = self._entries.get((account, key))
            if entry is None:
                self._entries[(account, key)] = _Entry(fingerprint, None)
                return None
            if entry.fingerprint != fingerprint:
                raise ApiProblem("idempotency-key-reused", 422, "The key was used for another request.")
            if entry.answer is None:
                raise ApiProblem("request-in-progress", 409, "The request with this key is being worked on.")
            return entry.answer

    def finish(self, account: str, key: str, answer: Answer | None) -> None:
        """Keeps the answer; without one, the key is free again."""
        with self._lock:
            entry = self._entries.pop((account, key), None)
            if entry is None or answer is None:
                return
            entry.answer = answer
            self._entries[(account, key)] = entry
            done = [each for each, kept in self._entries.items() if kept.answer is not None]
            for each in done[: max(0, len(self._entries) - self._most)]:
                del self._entries[each]
