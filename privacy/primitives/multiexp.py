"""Products of powers with shared squarings: Straus's interleaving with fixed four-bit windows.

Source: Straus, "Addition chains of vectors", American Mathematical Monthly (1964); Menezes, van Oorschot,
Vanstone, Handbook of Applied Cryptography, algorithm 14.88. For k bases and b-bit exponents it costs b
squarings and about k*b/4 multiplications in place of k*b squarings. Table look-ups depend on the exponents:
not constant-time.
"""

from __future__ import annotations

from collections.abc import Sequence

from gmpy2 import mpz

from privacy.errors import OutOfRange

_WINDOW_BITS = 4
_WINDOW_MASK = (1 << _WINDOW_BITS) - 1

PowerTable = tuple[mpz, ...]


def power_tables(bases: Sequence[int], modulus: int) -> tuple[PowerTable, ...]:
    """Return for each base its powers 0 to 15 modulo `modulus`; public values, to be kept and used again."""
    m = mpz(modulus)
    tables = []
    for base in bases:
        powers = [mpz(1), mpz(base) % m]
        while len(powers) <= _WINDOW_MASK:
            powers.append(powers[-1] * powers[1] % m)
        tables.append(tuple(powers))
    return tuple(tables)


def multi_power(tables: Sequence[PowerTable], exponents: Sequence[int], modulus: int) -> int:
    """Return the product of base_i ^ exponent_i modulo `modulus`.

    Args:
        tables: From `power_tables` with the same modulus.
        exponents: One for each table, not negative.
        modulus: Greater than one.

    Raises:
        OutOfRange: An exponent is negative or the counts differ.
    """
    if len(tables) != len(exponents):
        raise OutOfRange(f"{len(tables)} bases and {len(exponents)} exponents")
    if any(exponent < 0 for exponent in exponents):
        raise OutOfRange("exponents are not negative")
    m = mpz(modulus)
    width = max((exponent.bit_length() for exponent in exponents), default=0)
    windows = -(-width // _WINDOW_BITS)
    product = mpz(1)
    for window in range(windows - 1, -1, -1):
        for _ in range(_WINDOW_BITS):
            product = product * product % m
        offset = window * _WINDOW_BITS
        for table, exponent in zip(tables, exponents, strict=True):
            digit = (exponent >> offset) & _WINDOW_MASK
            if digit:
                product = product * table[digit] % m
    return int(product % m)
