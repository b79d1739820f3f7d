"""A second verifier of one score, in plain integers from the bytes on the wire, without code of the first.

It knows the document of the encodings only: field widths, labels of the transcript, curve constants. Whatever
the package and this file agree on is not an accident of gmpy2, libsecp256k1 or one set of helper functions.
"""

from __future__ import annotations

import hashlib
import math

import pytest

from privacy.protocols.private_scoring import ModelPublication, ScoreMessage, ScoreStatement

P = 2**256 - 2**32 - 977
Q = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
Affine = tuple[int, int] | None


def lift(encoding: bytes) -> Affine:
    x = int.from_bytes(encoding[1:], "big")
    y = pow(x**3 + 7, (P + 1) // 4, P)
    assert y * y % P == (x**3 + 7) % P
    return x, y if y % 2 == encoding[0] - 2 else P - y


def plus(a: Affine, b: Affine) -> Affine:
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(scalar: int, point: Affine) -> Affine:
    total: Affine = None
    for bit in bin(scalar % Q)[2:]:
        total = plus(total, total)
        if bit == "1":
            total = plus(total, point)
    return total


def compress(point: Affine) -> bytes:
    assert point is not None
    return bytes([2 + point[1] % 2]) + point[0].to_bytes(32, "big")


def second_generator() -> Affine:
    for counter in range(256):
        x = hashlib.sha256(b"counterfoil/pedersen/1/h" + counter.to_bytes(4, "big")).digest()
        value = int.from_bytes(x, "big")
        if value < P and pow(value**3 + 7, (P - 1) // 2, P) == 1:
            return lift(b"\x02" + x)
    raise AssertionError


def record(field: str, value: bytes) -> bytes:
    label = f"counterfoil/score/1/{field}".encode()
    return len(label).to_bytes(8, "big") + label + len(value).to_bytes(8, "big") + value


def records(field: str, values: list[bytes]) -> bytes:
    head = record(field + "-count", len(values).to_bytes(8, "big"))
    return head + b"".join(record(field, value) for value in values)


def accepts(publication: bytes, statement: bytes, message: bytes) -> bool:
    """Verify a score message against a publication and a statement, all three as bytes."""
    # Publication: tag, version, context of 36 bytes, modulus length, modulus, feature count, 128 rounds,
    # entries.
    size = int.from_bytes(publication[41:43], "big")
    n = int.from_bytes(publication[43 : 43 + size], "big")
    square, count = n * n, publication[43 + size]
    at = 44 + size + 5 + size + 128 * (1 + 2 * size)
    ciphertexts = []
    for index in range(count + 2):
        bits = 16 if index < count else 31
        ciphertexts.append(int.from_bytes(publication[at : at + 2 * size], "big"))
        response = (bits + 128 + 80 + 1 + 7) // 8
        at += 2 * size + 33 + (bits - 1) * 33 + bits * 96 + 16 + response + 32 + size
    assert at == len(publication)
    weights, bias = ciphertexts[:count], pow(ciphertexts[count], 2**31, square) * ciphertexts[-1] % square
    # Statement: fields of fixed width, then the commitments.
    features_at = 5 + 32 + 8 + 20 + 4 + 4 + 32 + 32 + 1
    features = [statement[at : at + 33] for at in range(features_at, len(statement), 33)]
    # Message: tag, version, job, modulus length, count, then the numbers.
    at, numbers = 40, []
    for width in (2 * size, 16, *([32] * 2 * count), size):
        numbers.append(int.from_bytes(message[at : at + width], "big"))
        at += width
    assert at == len(message)
    c, e, u = numbers[0], numbers[1], numbers[-1]
    z, t = numbers[2 : 2 + count], numbers[2 + count : 2 + 2 * count]
    if message[5:37] != statement[5:37] or math.gcd(c, n) != 1 or math.gcd(u, n) != 1:
        return False
    if not (0 < c < square and 0 < u < n and max(z) < 2**249 and max(t) < Q):
        return False
    h = second_generator()
    points = [
        plus(plus(times(z_i, G), times(t_i, h)), times(-e, lift(feature)))
        for z_i, t_i, feature in zip(z, t, features, strict=True)
    ]
    first = pow(u, n, square) * pow(c * pow(bias, -1, square), -e, square) % square
    for weight, z_i in zip(weights, z, strict=True):
        first = first * pow(weight, z_i, square) % square
    wide = 2 * size
    digest = hashlib.sha256(
        record("context", statement)
        + record("parameters", bytes([40, 128, 80]))
        + record("modulus", n.to_bytes(size, "big"))
        + records("weight", [weight.to_bytes(wide, "big") for weight in weights])
        + record("bias", bias.to_bytes(wide, "big"))
        + records("commitment", features)
        + record("ciphertext", c.to_bytes(wide, "big"))
        + records("first-point", [compress(point) for point in points])
        + record("first-ciphertext", first.to_bytes(wide, "big"))
        + record("challenge", b"")
    ).digest()
    return int.from_bytes(digest[:16], "big") == e


def test_a_second_verifier_in_plain_integers_accepts_the_same_bytes(
    publication: ModelPublication, statement: ScoreStatement, message: ScoreMessage
) -> None:
    assert accepts(publication.to_bytes(), statement.to_bytes(), message.to_bytes())


@pytest.mark.parametrize("position", [-1, -300, 60, 555, 600, 720])
def test_a_second_verifier_refuses_a_changed_byte(
    publication: ModelPublication, statement: ScoreStatement, message: ScoreMessage, position: int
) -> None:
    changed = bytearray(message.to_bytes())
    changed[position] ^= 1

    assert not accepts(publication.to_bytes(), statement.to_bytes(), bytes(changed))


def test_a_second_verifier_refuses_another_attestation(
    publication: ModelPublication, statement: ScoreStatement, message: ScoreMessage
) -> None:
    changed = bytearray(statement.to_bytes())
    changed[5 + 32 + 8 + 20 + 8 + 32] ^= 1

    assert not accepts(publication.to_bytes(), bytes(changed), message.to_bytes())
