"""Where a participant's hand is: the address that the desk's CREATE2 gives it."""

from __future__ import annotations

from functools import cache

from chain.artifacts import HAND, artifact
from chain.hashing import keccak
from chain.logs import checksummed


def hand_of(desk: str, number: int) -> str:
    """Address of the hand that a desk makes for a participant (EIP-1014), with checksum."""
    salt = number.to_bytes(32, "big")
    return checksummed(keccak(b"\xff" + bytes.fromhex(desk[2:]) + salt + _code_hash())[12:])


@cache
def _code_hash() -> bytes:
    return keccak(artifact(HAND).bytecode)
