"""How names and values of the contracts are written in Python."""

from __future__ import annotations

import keyword
import re
from functools import cache
from typing import Any

from eth_utils.address import to_checksum_address


@cache
def python_name(name: str) -> str:
    """The field for an ABI argument: `legalIdHash` is `legal_id_hash`, `from` is `from_`."""
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name.rstrip("_")).lower()
    return snake + "_" if keyword.iskeyword(snake) else snake


def policy_name(key: bytes) -> str:
    """A policy's name as people write it, of the 32 bytes that contracts know it by; hex if it is none."""
    name = key.rstrip(b"\0")
    known = name.isascii() and name.decode("ascii").isprintable() and bool(name)
    return name.decode("ascii") if known else "0x" + key.hex()


def policy_key(name: str) -> bytes:
    """The 32 bytes that the contracts know a policy by: its name in ASCII."""
    return name.encode("ascii").ljust(32, b"\0")


def python_value(abi_type: str, value: Any) -> Any:
    """A decoded ABI value as the records hold it: addresses with checksum, the rest as it is."""
    return to_checksum_address(value) if abi_type == "address" else value
