"""Strong Fiat-Shamir: every part of a statement and of a first message moves the challenge.

A part left out can be chosen after the challenge, which forges a proof. Most parts also stand in a
verification equation, where the tests of the proofs cannot tell that it is missing here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from privacy.primitives import curve
from privacy.primitives.paillier import PrivateKey
from privacy.proofs import bit, factor, link, modulus, ring_pedersen, score
from privacy.proofs import range as range_proof
from privacy.proofs.range import Interval
from privacy.proofs.ring_pedersen import RingPedersen

POINTS = [curve.multiply_generator(scalar) for scalar in (2, 3, 4, 5)]
ENCODED = tuple(curve.encode_point(point) for point in POINTS)
CONTEXT = b"context"


def assert_every_change_moves(
    challenge: Callable[..., Any], arguments: tuple[Any, ...], changes: list[tuple[int, Any]]
) -> None:
    outputs = [challenge(*arguments)]
    for index, value in changes:
        changed = [*arguments]
        changed[index] = value
        outputs.append(challenge(*changed))
    assert len({repr(output) for output in outputs}) == len(outputs)
    assert {index for index, _ in changes} == set(range(len(arguments)))


def test_of_the_modulus_proof(key: PrivateKey) -> None:
    n = key.public.modulus

    assert_every_change_moves(modulus._challenges, (n, 5, CONTEXT), [(0, n - 2), (1, 6), (2, b"other")])


def test_of_the_bit_proof() -> None:
    messages = (POINTS[1], POINTS[2])

    assert_every_change_moves(
        bit._challenge,
        (POINTS[0], messages, CONTEXT),
        [(0, POINTS[3]), (1, messages[::-1]), (1, (POINTS[1], POINTS[3])), (2, b"other")],
    )


def test_of_the_range_proof() -> None:
    interval = Interval(-8, 4)

    assert_every_change_moves(
        lambda *arguments: range_proof._bit_contexts(*arguments)[0],
        (ENCODED[0], interval, ENCODED[1:], CONTEXT),
        [
            (0, ENCODED[1]),
            (1, Interval(-7, 4)),
            (1, Interval(8, 4)),
            (1, Interval(-8, 5)),
            (2, ENCODED[:0:-1]),
            (2, ENCODED[1:3]),
            (3, b"other"),
        ],
    )
    assert len(set(range_proof._bit_contexts(ENCODED[0], interval, ENCODED[1:], CONTEXT))) == 4


def test_of_the_link_proof(key: PrivateKey, other_key: PrivateKey) -> None:
    statement = link.Link(key.public, 12, ENCODED[0], Interval(-8, 4), link.Bounded.COMMITMENT)

    assert_every_change_moves(
        link._challenge,
        (statement, POINTS[1], 77, CONTEXT),
        [
            (0, replace(statement, public=other_key.public)),
            (0, replace(statement, ciphertext=13)),
            (0, replace(statement, commitment=ENCODED[1])),
            (0, replace(statement, interval=Interval(-7, 4))),
            (0, replace(statement, interval=Interval(-8, 5))),
            (0, replace(statement, bounded=link.Bounded.PLAINTEXT)),
            (1, POINTS[2]),
            (2, 78),
            (3, b"other"),
        ],
    )


def test_of_the_score_proof(key: PrivateKey, other_key: PrivateKey) -> None:
    form = score.EncryptedForm(key.public, (21, 22), 23)

    assert_every_change_moves(
        score._challenge,
        (form, ENCODED[:2], 99, POINTS[2:], 88, CONTEXT),
        [
            (0, replace(form, public=other_key.public)),
            (0, replace(form, weights=(22, 21))),
            (0, replace(form, weights=(21, 22, 23))),
            (0, replace(form, bias=24)),
            (1, ENCODED[1::-1]),
            (1, ENCODED[:3]),
            (2, 98),
            (3, POINTS[3:1:-1]),
            (4, 87),
            (5, b"other"),
        ],
    )


def test_of_the_ring_pedersen_proof(ring_parameters: RingPedersen, key: PrivateKey) -> None:
    assert_every_change_moves(
        ring_pedersen._challenge,
        (ring_parameters, [1, 2], CONTEXT),
        [
            (0, replace(ring_parameters, s=7)),
            (0, replace(ring_parameters, t=7)),
            (0, replace(ring_parameters, modulus=key.public.modulus, s=7, t=7)),
            (1, [2, 1]),
            (1, [1, 2, 3]),
            (2, b"other"),
        ],
    )


def test_of_the_factor_proof(ring_parameters: RingPedersen, key: PrivateKey) -> None:
    n = key.public.modulus

    assert_every_change_moves(
        factor._challenge,
        (n, ring_parameters, (3, 4, 5), [6, 7, 8], CONTEXT),
        [
            (0, n - 2),
            (1, replace(ring_parameters, s=7)),
            (1, replace(ring_parameters, t=7)),
            (2, (9, 4, 5)),
            (2, (3, 9, 5)),
            (2, (3, 4, 9)),
            (3, [6, 7, 9]),
            (3, [7, 6, 8]),
            (4, b"other"),
        ],
    )
