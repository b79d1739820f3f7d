"""Revert data of the contracts as the ledger's refusals."""

from __future__ import annotations

from functools import cache
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from chain.artifacts import CONTRACTS, HAND, artifact
from chain.errors import BY_NAME, LedgerRefusal
from chain.hashing import keccak
from chain.naming import python_value


class CallReverted(Exception):
    """A call reverted with data that is no refusal of the ledger's; `data` is that data."""

    def __init__(self, data: bytes) -> None:
        super().__init__(f"call reverted with 0x{data.hex()}" if data else "call reverted without a reason")
        self.data = data


@cache
def _errors_by_selector() -> dict[bytes, tuple[type[LedgerRefusal], tuple[str, ...]]]:
    found: dict[bytes, tuple[type[LedgerRefusal], tuple[str, ...]]] = {}
    for name in (*CONTRACTS, HAND):
        for entry in artifact(name).abi:
            if entry["type"] == "error" and entry["name"] in BY_NAME:
                types = tuple(argument["type"] for argument in entry["inputs"])
                selector = keccak(f"{entry['name']}({','.join(types)})".encode())[:4]
                found[selector] = (BY_NAME[entry["name"]], types)
    return found


def refusal_of(data: bytes) -> Exception:
    """The exception that revert data stand for: a `LedgerRefusal`, or `CallReverted` for anything else."""
    known = _errors_by_selector().get(data[:4])
    if known is None:
        return CallReverted(data)
    cls, types = known
    try:
        values: tuple[Any, ...] = decode(types, data[4:])
    except DecodingError:
        return CallReverted(data)
    return cls(*(python_value(t, v) for t, v in zip(types, values, strict=True)))
