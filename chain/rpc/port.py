"""What a node is to whoever speaks JSON-RPC with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

Call = tuple[str, list[Any]]
"""A method and its arguments, in JSON's types."""


class NodeUnreachable(Exception):
    """No node answered, or what answered is no node; whether it heard the question is unknown."""


class RpcError(Exception):
    """The node understood a call and refused it; `code` and `data` are as it gave them."""

    def __init__(self, method: str, code: int, message: str, data: Any = None) -> None:
        super().__init__(f"{method}: {message} ({code})")
        self.method, self.code, self.message, self.data = method, code, message, data


class Rpc(Protocol):
    """A node, asked many things at once."""

    @property
    def name(self) -> str:
        """Which node it is, for a person; never a secret of its URL."""
        ...

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The result of each call in its place; an `RpcError` stands where the node refused one.

        Raises:
            NodeUnreachable: there is no answer to all of them.
        """
        ...


def call(rpc: Rpc, method: str, *arguments: Any) -> Any:
    """The result of one call.

    Raises:
        RpcError: the node refuses it.
        NodeUnreachable: there is no answer.
    """
    (result,) = rpc.batch([(method, list(arguments))])
    if isinstance(result, RpcError):
        raise result
    return result
