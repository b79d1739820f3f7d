"""Pedersen commitments on secp256k1: C = x*G + r*H (Pedersen, CRYPTO 1991).

Hiding is perfect for a uniform r; binding rests on the discrete logarithm of H to the base G. Nobody knows
it: H is hashed to the curve. For counter = 0, 1, ... take the x-coordinate SHA-256(`counterfoil/pedersen/1/h`
|| counter as four bytes big-endian); the first that is below the field prime and lies on the curve gives H,
with even y. Anyone can recompute it. The input is public, so the variable number of tries tells nothing.

Commitments travel as 33 bytes and add up: the sum of commitments commits to the sum of values under the sum
of blindings. Values are taken modulo the group order, therefore a commitment alone says nothing about the
size of an integer; a range must be vouched for by an attester or proven (`privacy.proofs.range`).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from coincurve import PublicKey

from privacy.errors import OpeningMismatch, OutOfRange, PointRefused
from privacy.primitives import curve
from privacy.primitives.secret import Secret
from privacy.primitives.wire import check_integer, encode_uint

_H_LABEL = b"counterfoil/pedersen/1/h"


def _hash_to_curve(label: bytes) -> PublicKey:
    for counter in range(256):
        x = hashlib.sha256(label + encode_uint(counter, 4)).digest()
        try:
            return curve.decode_point(b"\x02" + x)
        except PointRefused:
            continue
    raise PointRefused("no point of secp256k1 in 256 tries")


H = _hash_to_curve(_H_LABEL)


@dataclass(frozen=True, slots=True, repr=False)
class Opening(Secret):
    """The secret of a commitment.

    Attributes:
        value: The committed integer; its representative modulo the group order is what counts.
        blinding: Uniform in [1, group order).

    Raises:
        OutOfRange: The blinding is out of range, or a number is no integer.
    """

    value: int
    blinding: int

    def __post_init__(self) -> None:
        check_integer(self.value, "a committed value")
        check_integer(self.blinding, "a blinding")
        if not 0 < self.blinding < curve.ORDER:
            raise OutOfRange("a blinding lies in [1, group order)")


def random_scalar() -> int:
    """Return a uniform scalar of [1, group order)."""
    return 1 + secrets.randbelow(curve.ORDER - 1)


def combine(value: int, blinding: int) -> curve.Point:
    """Return value*G + blinding*H, the identity included."""
    return curve.add((curve.multiply_generator(value), curve.multiply(H, blinding)))


def commit(opening: Opening) -> bytes:
    """Return the 33-byte commitment to an opening.

    Raises:
        PointRefused: The commitment is the identity (with a uniform blinding: never in practice).
    """
    return curve.encode_point(combine(opening.value, opening.blinding))


def commit_value(value: int) -> tuple[bytes, Opening]:
    """Commit to an integer under a fresh blinding; return the commitment and its opening."""
    opening = Opening(value, random_scalar())
    return commit(opening), opening


def check_opening(commitment: bytes, opening: Opening) -> None:
    """Check that an opening belongs to a commitment.

    Raises:
        PointRefused: The commitment is no point.
        OpeningMismatch: It commits to something else.
    """
    curve.decode_point(commitment)
    if commit(opening) != commitment:
        raise OpeningMismatch("value and blinding do not open the commitment")


def add_commitments(commitments: Iterable[bytes]) -> bytes:
    """Return the commitment to the sum of the committed values.

    Raises:
        PointRefused: One is no point, or the sum is the identity.
    """
    return curve.encode_point(curve.add([curve.decode_point(item) for item in commitments]))


def add_openings(openings: Iterable[Opening]) -> Opening:
    """Return the opening of the sum of the commitments.

    Raises:
        OutOfRange: The blindings sum to zero.
    """
    items = list(openings)
    return Opening(sum(item.value for item in items), sum(item.blinding for item in items) % curve.ORDER)


def shift(commitment: bytes, offset: int) -> curve.Point:
    """Return the point committing to value + offset under the same blinding.

    Raises:
        PointRefused: The commitment is no point.
    """
    return curve.add((curve.decode_point(commitment), curve.multiply_generator(offset)))
