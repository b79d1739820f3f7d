"""No key, plaintext, blinding or share in a repr, a pickle or an exception."""

from __future__ import annotations

import copy
import pickle

import pytest

from privacy.errors import OpeningMismatch
from privacy.primitives import pedersen
from privacy.primitives.masks import MaskPool, fresh_mask
from privacy.primitives.paillier import PrivateKey
from privacy.primitives.pedersen import Opening
from privacy.primitives.secret import Secret
from privacy.proofs.ring_pedersen import RingPedersenSecret
from privacy.protocols.private_scoring import (
    IntegerModel,
    ModelOpenings,
    ModelPublication,
    ScoreMessage,
    ScoreStatement,
    VerifiedModel,
)


@pytest.fixture
def secrets_held(
    publication: ModelPublication,
    key: PrivateKey,
    model: IntegerModel,
    model_openings: ModelOpenings,
    openings: tuple[Opening, ...],
    ring_secret: RingPedersenSecret,
) -> list[Secret]:
    pool = MaskPool(publication.public)
    return [
        key,
        model,
        model_openings,
        openings[0],
        fresh_mask(publication.public),
        pool,
        ring_secret,
    ]


def test_a_repr_tells_the_type_only(secrets_held: list[Secret]) -> None:
    for item in secrets_held:
        assert repr(item) == f"{type(item).__name__}(<secret>)"
        assert str([item]) == f"[{type(item).__name__}(<secret>)]"


def test_pickling_and_copying_are_refused(secrets_held: list[Secret]) -> None:
    for item in secrets_held:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError, match="never pickled"):
                pickle.dumps(item, protocol)
        with pytest.raises(TypeError, match="never pickled"):
            copy.deepcopy(item)


def test_a_refusal_does_not_tell_the_value() -> None:
    commitment, opening = pedersen.commit_value(123_456_789)

    with pytest.raises(OpeningMismatch) as refusal:
        pedersen.check_opening(commitment, Opening(987_654_321, opening.blinding))

    assert "987654321" not in str(refusal.value)
    assert str(opening.blinding) not in str(refusal.value)


def test_nothing_of_the_secrets_stands_in_the_repr_of_a_publication_or_message(
    publication: ModelPublication,
    message: ScoreMessage,
    verified: VerifiedModel,
    statement: ScoreStatement,
    key: PrivateKey,
    openings: tuple[Opening, ...],
) -> None:
    shown = repr(publication) + repr(message) + repr(verified) + repr(statement)

    hidden = [key.p, key.q, *(opening.blinding for opening in openings)]
    assert not any(str(number) in shown for number in hidden)
