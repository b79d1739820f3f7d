"""secp256k1 as a group: what the proofs need of libsecp256k1 (through coincurve), identity included.

Encodings are the 33-byte compressed ones of SEC 1 section 2.3.3; the identity has none and is refused on the
wire. `coincurve` knows no identity, so it is `None` here. Multiplication by the generator is constant-time in
libsecp256k1; multiplication of any other point is not.
"""

from __future__ import annotations

from collections.abc import Iterable

from coincurve import PublicKey

from privacy.errors import PointRefused

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # SEC 2 v2, section 2.4.1: n
FIELD_PRIME = 2**256 - 2**32 - 977  # SEC 2 v2, section 2.4.1: p
SCALAR_BYTES = 32
POINT_BYTES = 33

Point = PublicKey | None  # None is the identity


def decode_point(data: bytes) -> PublicKey:
    """Parse a compressed point.

    Raises:
        PointRefused: The bytes are not 33 long, have another prefix than 2 or 3, or name no point of the
            curve.
    """
    if len(data) != POINT_BYTES:
        raise PointRefused(f"a compressed point has {POINT_BYTES} bytes, got {len(data)}")
    try:
        return PublicKey(bytes(data))
    except ValueError as error:
        raise PointRefused("the bytes name no point of secp256k1") from error


def encode_point(point: Point) -> bytes:
    """Return the 33-byte compressed encoding.

    Raises:
        PointRefused: The point is the identity, which has no encoding.
    """
    if point is None:
        raise PointRefused("the identity has no encoding")
    return point.format(compressed=True)


def multiply_generator(scalar: int) -> Point:
    """Return scalar * G, the scalar taken modulo the group order."""
    scalar %= ORDER
    if scalar == 0:
        return None
    return PublicKey.from_valid_secret(scalar.to_bytes(SCALAR_BYTES, "big"))


def multiply(point: Point, scalar: int) -> Point:
    """Return scalar * point, the scalar taken modulo the group order."""
    scalar %= ORDER
    if scalar == 0 or point is None:
        return None
    return point.multiply(scalar.to_bytes(SCALAR_BYTES, "big"))


def add(points: Iterable[Point]) -> Point:
    """Return the sum of the points."""
    terms = [point for point in points if point is not None]
    if not terms:
        return None
    if len(terms) == 1:
        return terms[0]
    try:
        return PublicKey.combine_keys(terms)
    except ValueError:
        # libsecp256k1 fails on parsed points for one reason only: their sum is the identity.
        return None
