"""Random primes of the forms the moduli need, tested by Baillie-PSW and 40 rounds of Miller-Rabin (GMP)."""

from __future__ import annotations

import itertools
import math
import secrets

import gmpy2

from privacy.errors import KeyRefused

# GMP runs Baillie-PSW and then (this number - 24) rounds of Miller-Rabin.
_PRIMALITY_EFFORT = 64
# Small-order elements would break the extraction of integers from ring-Pedersen commitments: every odd prime
# factor of p - 1 is longer than any challenge.
_LIM_LEE_FACTOR_BITS = 256
# 14 primes give 1001 products of four and 3003 of six; about one in 355 and one in 532 yields a prime.
_LIM_LEE_POOL = 14


def is_prime(candidate: int) -> bool:
    """Tell whether an integer is prime; a prime never fails, a random composite passes below 2^-80."""
    return bool(gmpy2.is_prime(candidate, _PRIMALITY_EFFORT))


def random_blum_prime(bits: int) -> int:
    """Return a uniform prime p = 3 mod 4 of exactly `bits` bits, its two top bits set.

    The two top bits give every product of two such primes exactly twice as many bits.
    """
    while True:
        candidate = secrets.randbits(bits) | (3 << (bits - 2)) | 3
        if is_prime(candidate):
            return candidate


def random_lim_lee_prime(bits: int) -> int:
    """Return a Blum prime p of `bits` bits whose (p - 1)/2 is a product of distinct primes of about 256 bits.

    Source: Lim and Lee, "A key recovery attack on discrete log-based schemes using a prime order subgroup",
    CRYPTO 1997, section 4.2. It gives what safe primes give to ring-Pedersen parameters, a group of squares
    without small subgroups, at a fraction of their cost. The two top bits of p are set.

    Raises:
        KeyRefused: `bits` is no multiple of 256, or below 512.
    """
    if bits % _LIM_LEE_FACTOR_BITS or bits < 2 * _LIM_LEE_FACTOR_BITS:
        raise KeyRefused(
            f"a Lim-Lee prime has a multiple of {_LIM_LEE_FACTOR_BITS} bits here, asked for {bits}"
        )
    count = bits // _LIM_LEE_FACTOR_BITS
    # Factors from this interval give 3 * 2^(bits-2) <= p < 2^bits for every choice of `count` of them.
    low = int(gmpy2.iroot(gmpy2.mpz(3) << (bits - 3), count)[0]) + 1
    high = int(gmpy2.iroot(gmpy2.mpz(1) << (bits - 1), count)[0])
    while True:
        pool = sorted({_random_prime_between(low, high) for _ in range(_LIM_LEE_POOL)})
        secrets.SystemRandom().shuffle(pool)
        for factors in itertools.combinations(pool, count):
            candidate = 2 * math.prod(factors) + 1
            if is_prime(candidate):
                return candidate


def _random_prime_between(low: int, high: int) -> int:
    while True:
        candidate = (low + secrets.randbelow(high - low)) | 1
        if is_prime(candidate):
            return candidate
