"""A client of the HTTP API, for firms that embed it: one gateway, one participant's token.

    with GatewayClient("https://gateway.example", token) as supplier:
        offer = supplier.post("/v1/offers", {"voucher": voucher, "expected": 0, "to": 3, "evidence": hash})
        offer.body["voucher"]["encumbrance"]

Every write carries an `Idempotency-Key`, so one whose answer was lost is asked again and happens once. A
refusal is an exception that names rule, policy and citation.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

import httpx

SECONDS_A_REQUEST: Final = 60.0
PATIENCE: Final = 120.0
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 2.0

TRY_AGAIN: Final = frozenset({"ledger-unreachable", "request-in-progress"})
"""Rules of problems that pass by themselves: the same request with the same key is right to be sent again."""


@dataclass(frozen=True, slots=True)
class Block:
    """The block that a read is as of."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The latest block a gateway has; `time` is aware."""

    number: int
    hash: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: its body, the block it is as of where it was a read, and its ETag.

    `replayed` says that the gateway had answered a request with the same key before.
    """

    status: int
    body: Any
    block: Block | None = None
    etag: str | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal as the API puts it (RFC 9457)."""

    rule: str
    status: int
    title: str
    detail: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    policy: str = ""
    citation: str = ""
    remedy: str = ""


class Refused(Exception):
    """The gateway refused a request; `problem` says by which rule."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.rule} ({problem.status}): {problem.detail}")
        self.problem = problem


class NoAnswer(Exception):
    """The gateway did not answer in time; whether a write had an effect is to be asked with the same key."""


class GatewayClient:
    """A participant at a gateway. Safe for threads; the token is in no message and no representation."""

    def __init__(
        self, url: str, token: str, *, language: str = "en", patience: float = PATIENCE, name: str = ""
    ) -> None:
        """Connects when first asked.

        Args:
            url: of the gateway.
            token: the participant's bearer token.
            language: of refusals, `zh` or `en`.
            patience: seconds for which a request is tried again.
            name: of the gateway, for messages; its URL if there is none.
        """
        self.name = name or url
        self._patience = patience
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}", "Accept-Language": language},
            timeout=SECONDS_A_REQUEST,
            trust_env=False,
        )

    def __repr__(self) -> str:
        return f"GatewayClient({self.name})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes its connections."""
        self._http.close()

    def get(self, path: str, **query: str) -> Answer:
        """Reads.

        Raises:
            Refused: there is no such thing, or it is not for this participant.
            NoAnswer: the gateway does not answer in time.
        """
        return self._ask("GET", path, query, None, {})

    def items(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Reads a list to its end, page after page.

        Raises:
            Refused: it is not for this participant.
            NoAnswer: the gateway does not answer in time.
        """
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, **query, **cursor).body
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, key: str | None = None) -> Answer:
        """Writes, once, however often it has to be asked.

        Args:
            path: of the resource.
            body: as JSON.
            key: the idempotency key, of up to 255 characters; a fresh one if there is none. Whoever keeps it
                can ask again after a crash of its own.

        Raises:
            Refused: a rule of the ledger or of the API says no.
            NoAnswer: the gateway does not answer in time.
        """
        return self._ask("POST", path, {}, body, {"Idempotency-Key": key or str(uuid.uuid4())})

    def head(self) -> Head:
        """The latest block that this gateway's node has.

        Raises:
            NoAnswer: the gateway does not answer in time.
        """
        told = self.get("/readyz").body["head"]
        return Head(told["block"], told["block_hash"], datetime.fromisoformat(told["time"]))

    def wait_for_block(self, number: int) -> None:
        """Waits until this gateway has a block: that of a write at another gateway, to be built upon here.

        Raises:
            NoAnswer: it does not have it in time.
        """
        deadline = time.monotonic() + self._patience
        while (had := self.head().number) < number:
            if time.monotonic() > deadline:
                raise NoAnswer(f"{self.name} is at block {had} and not at {number}")
            time.sleep(FIRST_PAUSE)

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str],
    ) -> Answer:
        deadline = time.monotonic() + self._patience
        pause = FIRST_PAUSE
        while True:
            try:
                response = self._http.request(
                    method, path, params=dict(query) or None, json=body, headers=headers
                )
            except httpx.TransportError as error:
                said = f"{self.name} does not answer: {type(error).__name__}"
            else:
                if response.is_success:
                    return _answer(response)
                problem = _problem(response)
                if problem.rule not in TRY_AGAIN:
                    raise Refused(problem)
                said = f"{self.name}: {problem.detail}"
            if time.monotonic() + pause > deadline:
                raise NoAnswer(f"{said} ({method} {path}, for {self._patience:.0f} s)")
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def _answer(response: httpx.Response) -> Answer:
    headers = response.headers
    number, digest = headers.get("ledger-block"), headers.get("ledger-block-hash")
    return Answer(
        status=response.status_code,
        body=response.json() if response.content else None,
        block=Block(int(number), digest) if number and digest else None,
        etag=headers.get("etag"),
        replayed=headers.get("idempotent-replayed") == "true",
    )


def _problem(response: httpx.Response) -> Problem:
    try:
        read = response.json()
    except ValueError:
        read = {}
    if not isinstance(read, dict) or "rule" not in read:
        # What answers is no gateway, or a proxy before it.
        status = response.status_code
        return Problem("no-problem-document", status, response.reason_phrase, f"HTTP {status}")
    return Problem(
        rule=str(read["rule"]),
        status=response.status_code,
        title=str(read.get("title", "")),
        detail=str(read.get("detail", "")),
        facts=read.get("facts") or {},
        policy=str(read.get("policy") or ""),
        citation=str(read.get("citation") or ""),
        remedy=str(read.get("remedy") or ""),
    )
