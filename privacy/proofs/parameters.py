"""Bit lengths shared by the proofs.

Two inequalities carry the soundness of every proof that ties an integer to a commitment on secp256k1:
`value bits + CHALLENGE_BITS + STATISTICAL_BITS + 2 < 255`, so that nothing wraps modulo the group order, and
`CHALLENGE_BITS` below the length of the smallest prime factor of any Paillier modulus.
"""

from __future__ import annotations

FEATURE_BITS = 40  # L: an attested feature lies in [0, 2^40)
CHALLENGE_BITS = 128  # E: soundness error 2^-128 of one run
STATISTICAL_BITS = 80  # S: statistical distance 2^-80 of a response from a simulated one
CHALLENGE_BYTES = CHALLENGE_BITS // 8

# The largest value a commitment may hold for its responses to stay below the group order of secp256k1.
COMMITTED_BITS_LIMIT = 254 - 2 - CHALLENGE_BITS - STATISTICAL_BITS


def mask_bits(value_bits: int) -> int:
    """Return the length of a mask that hides challenge * value statistically."""
    return value_bits + CHALLENGE_BITS + STATISTICAL_BITS


def response_bits(value_bits: int) -> int:
    """Return the length every response must keep: mask + challenge * value never exceeds it."""
    return mask_bits(value_bits) + 1
