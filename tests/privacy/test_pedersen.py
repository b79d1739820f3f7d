from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.errors import OpeningMismatch, OutOfRange, PointRefused
from privacy.primitives import curve, pedersen
from privacy.primitives.pedersen import Opening

# SEC 2 v2, section 2.4.1.
G = bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
scalars = st.integers(min_value=0, max_value=curve.ORDER - 1)


def test_h_is_the_first_hash_that_is_an_x_coordinate() -> None:
    p = curve.FIELD_PRIME
    for counter in range(256):
        digest = hashlib.sha256(b"counterfoil/pedersen/1/h" + counter.to_bytes(4, "big")).digest()
        x = int.from_bytes(digest, "big")
        square = (x**3 + 7) % p
        if x < p and pow(square, (p - 1) // 2, p) == 1:
            break

    assert curve.encode_point(pedersen.H) == b"\x02" + digest


def test_commitments_are_known_for_known_openings() -> None:
    assert curve.encode_point(curve.multiply_generator(1)) == G
    assert pedersen.commit(Opening(0, 1)) == curve.encode_point(pedersen.H)
    assert pedersen.commit(Opening(1, 1)) == curve.encode_point(
        curve.add((curve.decode_point(G), pedersen.H))
    )


@settings(deadline=None)
@given(st.lists(st.tuples(scalars, scalars.filter(bool)), min_size=1, max_size=5))
def test_commitments_add_up(pairs: list[tuple[int, int]]) -> None:
    openings = [Opening(value, blinding) for value, blinding in pairs]

    total = pedersen.add_commitments([pedersen.commit(opening) for opening in openings])

    pedersen.check_opening(total, pedersen.add_openings(openings))


def test_another_value_or_blinding_does_not_open() -> None:
    commitment, opening = pedersen.commit_value(41)

    pedersen.check_opening(commitment, opening)
    with pytest.raises(OpeningMismatch):
        pedersen.check_opening(commitment, Opening(42, opening.blinding))
    with pytest.raises(OpeningMismatch):
        pedersen.check_opening(commitment, Opening(41, opening.blinding % (curve.ORDER - 1) + 1))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        G[:-1],
        G + b"\x00",
        b"\x04" + G[1:],
        b"\x00" * 33,
        b"\x02" + (5).to_bytes(32, "big"),  # 5^3 + 7 is no square
        b"\x02" + curve.FIELD_PRIME.to_bytes(32, "big"),
        curve.decode_point(G).format(compressed=False),  # a point, in an encoding that is not ours
    ],
)
def test_bytes_that_name_no_point_are_refused(data: bytes) -> None:
    with pytest.raises(PointRefused):
        curve.decode_point(data)


def test_the_identity_has_no_encoding() -> None:
    point = curve.multiply_generator(5)
    opposite = curve.multiply_generator(-5)

    assert curve.add((point, opposite)) is None
    assert curve.multiply(point, 0) is None
    assert curve.add(()) is None
    with pytest.raises(PointRefused):
        curve.encode_point(None)


@pytest.mark.parametrize("blinding", [0, curve.ORDER, -1])
def test_a_blinding_out_of_range_is_refused(blinding: int) -> None:
    with pytest.raises(OutOfRange):
        Opening(1, blinding)


def test_a_float_is_no_value() -> None:
    with pytest.raises(OutOfRange, match="float"):
        Opening(1.0, 1)  # type: ignore[arg-type]
