"""A node's key: made in the member's own folder, read by its node and by nobody else.

A node is known by its key: the validator's address (the last 20 bytes of the public key's keccak, Yellow
Paper, appendix F) and the public key in its URL.
"""

from __future__ import annotations

import os
from pathlib import Path

from coincurve import PrivateKey
from eth_utils.address import to_checksum_address

from chain.hashing import keccak


def make_node_key(path: Path) -> tuple[str, str]:
    """Makes a secp256k1 key and writes it to a new file that only its owner reads.

    Returns the validator's address (EIP-55) and its public key (128 hex digits, no prefix).

    Raises:
        FileExistsError: there is a key already; a key is never written over.
    """
    key = PrivateKey()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key.to_hex().rjust(64, "0"))
    public = key.public_key.format(compressed=False)[1:]
    return address_of(public), public.hex()


def address_of(public_key: bytes) -> str:
    """The address (EIP-55) of an uncompressed public key, 64 bytes."""
    return str(to_checksum_address(keccak(public_key)[12:]))
