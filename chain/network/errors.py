"""What can be wrong with a network, each told in one sentence."""

from __future__ import annotations


class NetworkError(Exception):
    """Something is wrong with a network of this machine's; the message says what."""


class NoNodeProgram(NetworkError):
    """The node's program is not there and cannot be built; the message says what is missing."""


class BadNetwork(NetworkError):
    """A network's folder or a number given cannot be used; the message names it, and the rule."""


class NodeFailed(NetworkError):
    """A node does not start or does not come up; the message ends with the last it said."""


class NodeSilent(NetworkError):
    """A node does not answer; the message says where it was asked."""


class NodeRefused(NetworkError):
    """A node answered with an error; `code` is JSON-RPC's, the message the node's own."""

    def __init__(self, method: str, code: int, message: str) -> None:
        super().__init__(f"{method}: {message}")
        self.code = code


class VoteFailed(NetworkError):
    """A vote cannot be cast or does not carry; the message says why."""
