"""JSON-RPC 2.0 over HTTP, calls in arrays (jsonrpc.org/specification, section 6 "Batch")."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx

from chain.rpc.port import Call, NodeUnreachable, RpcError

MOST_CALLS = 200
"""In one array: engines refuse more, or take longer over them than a client waits."""

LONGEST_BODY = 400_000
"""Bytes of one request: Kaia refuses more than 512 KB."""


class HttpRpc:
    """A node by its URL. Safe for threads."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        """Connects when first asked; `timeout` is in seconds, for each request."""
        parts = urlsplit(url)
        self._url = url
        self._name = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
        # A node is where its operator says: no proxy of the environment comes between.
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout, connect=min(timeout, 5.0)), trust_env=False
        )

    @property
    def name(self) -> str:
        """Host and port; a URL may hold a password."""
        return self._name

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The result of each call in its place; an `RpcError` stands where the node refused one.

        Raises:
            NodeUnreachable: there is no answer to all of them.
        """
        results: list[Any] = []
        for part, body in _parts(calls):
            results += self._ask(part, body)
        return results

    def close(self) -> None:
        """Closes its connections."""
        self._client.close()

    def _ask(self, calls: Sequence[Call], body: str) -> list[Any]:
        try:
            answer = self._client.post(self._url, content=body, headers={"Content-Type": "application/json"})
            read = json.loads(answer.content)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NodeUnreachable(f"{self._name}: {type(error).__name__}") from error
        except (ValueError, RecursionError) as error:
            raise NodeUnreachable(f"{self._name}: HTTP {answer.status_code} and no JSON") from error
        if not isinstance(read, list):
            message = read.get("error") if isinstance(read, dict) else read
            raise NodeUnreachable(f"{self._name}: HTTP {answer.status_code}: {str(message)[:200]}")
        results: list[Any] = [None] * len(calls)
        answered = set()
        for each in read:
            at = each.get("id") if isinstance(each, dict) else None
            if not isinstance(at, int) or not 0 <= at < len(calls):
                raise NodeUnreachable(f"{self._name}: an answer to no question of ours")
            answered.add(at)
            results[at] = _result(calls[at][0], each)
        if len(answered) != len(calls):
            raise NodeUnreachable(f"{self._name}: {len(answered)} answers to {len(calls)} questions")
        return results


def _result(method: str, answer: dict[str, Any]) -> Any:
    error = answer.get("error")
    if error is None:
        return answer.get("result")
    if not isinstance(error, dict):
        return RpcError(method, 0, str(error))
    code = error.get("code")
    return RpcError(
        method, code if isinstance(code, int) else 0, str(error.get("message")), error.get("data")
    )


def _parts(calls: Sequence[Call]) -> Iterator[tuple[Sequence[Call], str]]:
    """The calls in arrays that a node takes, each as JSON; a call's id is its place in the array."""
    part: list[Call] = []
    bodies: list[str] = []
    size = 0
    for method, arguments in calls:
        given = json.dumps(arguments, separators=(",", ":"))
        if part and (len(part) == MOST_CALLS or size + len(given) > LONGEST_BODY):
            yield part, f"[{','.join(bodies)}]"
            part, bodies, size = [], [], 0
        bodies.append(f'{{"jsonrpc":"2.0","id":{len(part)},"method":"{method}","params":{given}}}')
        part.append((method, arguments))
        size += len(given) + 80
    if part:
        yield part, f"[{','.join(bodies)}]"
