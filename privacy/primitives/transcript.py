"""Fiat-Shamir transcripts: every value is hashed under a label that names protocol, version and field.

The transcript is SHA-256 over a sequence of records `len(label) || label || len(value) || value` with 64-bit
lengths, label = `counterfoil/<protocol>/<version>/<field>`. Lengths make the sequence injective; labels
separate domains. A proof must absorb its whole statement before its first message ("strong" Fiat-Shamir:
Bernhard, Pereira, Warinschi, ASIACRYPT 2012), or it can be replayed or forged for another statement.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from privacy.primitives.wire import encode_uint

DIGEST_BYTES = 32
# Bits drawn beyond the bound before a reduction: the bias of the residue is below 2^-128.
_REDUCTION_SLACK_BITS = 128


class Transcript:
    """A running hash of one proof's statement and first message."""

    __slots__ = ("_hash", "_prefix")

    def __init__(self, protocol: str, version: int) -> None:
        self._prefix = f"counterfoil/{protocol}/{version}/"
        self._hash = hashlib.sha256()

    def _record(self, field: str, value: bytes) -> bytes:
        label = (self._prefix + field).encode("ascii")
        return encode_uint(len(label), 8) + label + encode_uint(len(value), 8) + value

    def append(self, field: str, value: bytes) -> None:
        """Absorb one labelled byte string."""
        self._hash.update(self._record(field, value))

    def append_uint(self, field: str, value: int, length: int) -> None:
        """Absorb one labelled unsigned integer in a fixed width of `length` bytes.

        Raises:
            OutOfRange: The integer does not fit.
        """
        self.append(field, encode_uint(value, length))

    def append_all(self, field: str, values: Iterable[bytes]) -> None:
        """Absorb a list: its length, then each item under the same label."""
        items = list(values)
        self.append_uint(field + "-count", len(items), 8)
        for item in items:
            self.append(field, item)

    def digest(self, field: str) -> bytes:
        """Return the 32-byte hash of everything absorbed, for the named use."""
        snapshot = self._hash.copy()
        snapshot.update(self._record(field, b""))
        return snapshot.digest()

    def challenge(self, field: str, bits: int) -> int:
        """Return a challenge of `bits` bits, 1 to 256, without changing the transcript."""
        if not 1 <= bits <= 8 * DIGEST_BYTES:
            raise ValueError(f"a challenge has 1 to {8 * DIGEST_BYTES} bits, asked for {bits}")
        return int.from_bytes(self.digest(field), "big") >> (8 * DIGEST_BYTES - bits)

    def residues(self, field: str, modulus: int, count: int) -> tuple[int, ...]:
        """Return `count` challenges, each within 2^-128 of uniform in [0, modulus).

        SHA-256 in counter mode over the transcript digest, reduced after 128 surplus bits.
        """
        seed = self.digest(field)
        length = (modulus.bit_length() + _REDUCTION_SLACK_BITS + 7) // 8
        blocks = -(-length // DIGEST_BYTES)
        residues = []
        for index in range(count):
            stream = b"".join(
                hashlib.sha256(seed + encode_uint(index, 8) + encode_uint(block, 8)).digest()
                for block in range(blocks)
            )
            residues.append(int.from_bytes(stream[:length], "big") % modulus)
        return tuple(residues)
