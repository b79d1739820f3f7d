"""Requests to a node, many at once."""

from __future__ import annotations

from typing import Any

from web3 import Web3
from web3.types import RPCEndpoint

from chain.headers.node import Ask

BATCH = 100
"""Requests sent at once: the strictest of the engines takes that many."""


class NoAnswer(Exception):
    """A node answers a request with an error or with nothing; the message has both."""


def asker(w3: Web3) -> Ask:
    """Sends requests to the node of a connection."""
    return lambda requests: ask(w3, requests)


def ask(w3: Web3, requests: list[tuple[str, list[Any]]]) -> list[Any]:
    """The results of some requests, in order.

    Raises:
        NoAnswer: one has none.
    """
    found: list[Any] = []
    for start in range(0, len(requests), BATCH):
        batch = [(RPCEndpoint(method), params) for method, params in requests[start : start + BATCH]]
        if len(batch) == 1:
            answers: Any = [w3.provider.make_request(*batch[0])]
        else:
            provider: Any = w3.provider
            answers = provider.make_batch_request(batch)
        for (method, params), answer in zip(batch, answers, strict=True):
            if answer.get("result") is None:
                raise NoAnswer(f"{method} {params}: {answer.get('error', 'nothing')}")
            found.append(answer["result"])
    return found
