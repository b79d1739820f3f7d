"""Clients of a gateway over HTTP: each request has a key, and is sent again under it until it is answered."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from api.bench.faults.load import marker

PAUSE = 0.5
"""Seconds after which a request that was not answered is sent again."""

LONGER_PAUSE = 3.0
"""The same where the gateway still holds the request for one of a process that was killed."""

MOST_UNANSWERED = 18
"""Requests on their way at which nobody begins another one, without those held for a killed process."""

TIMEOUT = 40.0
TOTAL = "100000"


class Unexpected(Exception):
    """A gateway answered what no client can make sense of; the message has request and answer."""


@dataclass
class Clients:
    """Some clients of a gateway that register invoices, each request one of its own.

    `submitted` are the keys of all requests that were ever sent, `answered` those that were answered "done".
    """

    url: str
    token: str = field(repr=False)
    creditor: int
    name: str
    submitted: list[str] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    retries: int = 0
    failure: Exception | None = None
    _held: set[str] = field(default_factory=set)
    _again: deque[tuple[float, str]] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _draining: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def unanswered(self) -> int:
        """How many requests were sent and have no answer yet."""
        return len(self.submitted) - len(self.answered)

    def drain(self, patience: float, held: bool) -> None:
        """Sends nothing new, and waits until every request is answered.

        Args:
            patience: seconds that takes at most.
            held: whether to wait also for those that a gateway holds for a process that was killed.

        Raises:
            Unexpected: one is not in time, or is answered as none should be.
        """
        self._draining.set()
        deadline = time.monotonic() + patience
        while self.unanswered > (0 if held else len(self._held)) and self.failure is None:
            if time.monotonic() > deadline:
                raise Unexpected(f"{self.unanswered} requests were never answered")
            time.sleep(0.1)
        self.check()

    def check(self) -> None:
        """Raises what a client failed of, if one did."""
        if self.failure is not None:
            raise self.failure

    def work(self) -> None:
        """One client's life."""
        with httpx.Client(base_url=self.url, timeout=TIMEOUT, trust_env=False) as http:
            http.headers["Authorization"] = f"Bearer {self.token}"
            try:
                while not self._stop.is_set():
                    key = self._next()
                    if key is None:
                        self._stop.wait(0.05)
                    else:
                        self._send(http, key)
            except Exception as error:
                self.failure = error
                raise

    def _next(self) -> str | None:
        with self._lock:
            if self._again and self._again[0][0] <= time.monotonic():
                self.retries += 1
                return self._again.popleft()[1]
            if self._draining.is_set() or self.unanswered - len(self._held) >= MOST_UNANSWERED:
                return None
            self.submitted.append(f"{self.name}, invoice {len(self.submitted)}")
            return self.submitted[-1]

    def _send(self, http: httpx.Client, key: str) -> None:
        nullifier = f"0x{marker(key).hex()}"
        asked = {"nullifier": nullifier, "creditor": self.creditor, "currency": "CNY", "total": TOTAL}
        try:
            answer = http.post("/v1/invoices", json=asked, headers={"Idempotency-Key": key})
            held = answer.status_code == 409 and answer.json()["rule"] == "request-in-progress"
            if answer.status_code == 201 or (held and http.get(f"/v1/invoices/{nullifier}").is_success):
                self.answered.add(key)
                self._held.discard(key)
                return
        except httpx.TransportError:
            self._later(key, PAUSE)
            return
        if not held and answer.json().get("rule") != "not-yet-included":
            raise Unexpected(f"{key}: {answer.status_code} {answer.text[:500]}")
        if held:
            self._held.add(key)
        self._later(key, LONGER_PAUSE if held else PAUSE)

    def _later(self, key: str, pause: float) -> None:
        with self._lock:
            self._again.append((time.monotonic() + pause, key))

    @contextmanager
    def working(self, count: int) -> Iterator[None]:
        """So many clients at work; they end with the context."""
        threads = [threading.Thread(target=self._quietly, daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(TIMEOUT + 5)

    def _quietly(self) -> None:
        try:
            self.work()
        except Exception:
            return  # it is in `failure`, for whoever asks
