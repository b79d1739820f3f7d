"""Keccak-256, the hash of the ledger: most of what a replay does is to hash.

Source: the Keccak submission as Ethereum uses it (padding 0x01, not SHA-3's 0x06).
"""

from __future__ import annotations

from collections.abc import Callable

keccak: Callable[[bytes], bytes]
"""Keccak-256 of some bytes; 32 bytes."""

try:
    # In C, ten times as fast; there are wheels of it for Linux alone.
    from sha3 import keccak_256
except ImportError:
    from eth_hash.auto import keccak
else:

    def keccak(data: bytes) -> bytes:
        """Keccak-256 of some bytes; 32 bytes."""
        digest: bytes = keccak_256(data).digest()
        return digest
