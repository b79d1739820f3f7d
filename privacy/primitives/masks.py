"""Single-use masks rho^N mod N^2, made ahead of time: the only costly step of blinding a Paillier ciphertext.

A mask used twice makes the quotient of two ciphertexts show the difference of their plaintexts. A pool hands
each one out once and keeps no copy. It lives in memory only: a stored pool could be replayed from a backup.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import gmpy2

from privacy.primitives.paillier import PublicKey, random_unit
from privacy.primitives.secret import Secret


@dataclass(frozen=True, slots=True, repr=False)
class Mask(Secret):
    """A uniform unit modulo N and its N-th power modulo N^2."""

    root: int
    power: int


def fresh_mask(public: PublicKey) -> Mask:
    """Draw one mask; costs a full exponentiation modulo N^2."""
    root = random_unit(public.modulus)
    return Mask(root, int(gmpy2.powmod(root, public.modulus, public.square)))


class MaskPool(Secret):
    """Masks for one public key, filled while idle and taken once each.

    `take` never waits: an empty pool draws a fresh mask on the spot. Safe to fill and take from several
    threads.
    """

    __slots__ = ("_masks", "public")

    def __init__(self, public: PublicKey) -> None:
        self.public = public
        self._masks: deque[Mask] = deque()

    def __len__(self) -> int:
        return len(self._masks)

    def fill(self, count: int) -> None:
        """Draw `count` masks more."""
        for _ in range(count):
            self._masks.append(fresh_mask(self.public))

    def take(self) -> Mask:
        """Hand out a mask that was never handed out before."""
        try:
            return self._masks.popleft()
        except IndexError:
            return fresh_mask(self.public)
