from __future__ import annotations

from dataclasses import replace

import pytest

from privacy.errors import (
    LinkProofRefused,
    MalformedEncoding,
    PrivacyRefusal,
    ScoreProofRefused,
    StatementMismatch,
)
from privacy.primitives import paillier, pedersen
from privacy.primitives.paillier import PrivateKey
from privacy.primitives.pedersen import Opening
from privacy.proofs.range import Interval, prove_range, verify_range
from privacy.protocols.private_scoring import (
    ModelPublication,
    ScoreBinding,
    ScoreMessage,
    ScoreStatement,
    VerifiedModel,
    answer,
    bind_score,
    verify_score_binding,
)
from privacy.protocols.score_binding import commit_to_score


@pytest.fixture(scope="module")
def bound(
    key: PrivateKey, publication: ModelPublication, statement: ScoreStatement, message: ScoreMessage
) -> tuple[ScoreBinding, Opening]:
    return bind_score(key, publication, statement, message)


@pytest.fixture(scope="module")
def binding(bound: tuple[ScoreBinding, Opening]) -> ScoreBinding:
    return bound[0]


def test_the_binding_commits_to_the_score_and_verifies(
    publication: ModelPublication,
    statement: ScoreStatement,
    message: ScoreMessage,
    bound: tuple[ScoreBinding, Opening],
    score: int,
) -> None:
    binding, opening = bound

    verify_score_binding(publication, statement, message, binding)
    pedersen.check_opening(binding.commitment, opening)
    assert opening.value == score


def test_the_opening_shows_a_band_of_the_score(bound: tuple[ScoreBinding, Opening], score: int) -> None:
    binding, opening = bound
    band = Interval(score - 1000, 12)

    proof = prove_range(binding.commitment, opening, band, b"band")

    verify_range(binding.commitment, proof, band, b"band")


@pytest.mark.parametrize("difference", [1, -1, 1000])
def test_a_bank_that_commits_to_another_score_is_refused(
    key: PrivateKey,
    publication: ModelPublication,
    statement: ScoreStatement,
    message: ScoreMessage,
    score: int,
    difference: int,
) -> None:
    lie, _ = commit_to_score(key, statement, message, score + difference)

    with pytest.raises(LinkProofRefused):
        verify_score_binding(publication, statement, message, lie)


def test_a_binding_of_another_answer_is_refused(
    publication: ModelPublication,
    verified: VerifiedModel,
    statement: ScoreStatement,
    openings: tuple[Opening, ...],
    binding: ScoreBinding,
) -> None:
    again = answer(verified, openings, statement)

    with pytest.raises(LinkProofRefused):
        verify_score_binding(publication, statement, again, binding)


def test_a_binding_does_not_excuse_a_false_score_message(
    key: PrivateKey,
    publication: ModelPublication,
    statement: ScoreStatement,
    message: ScoreMessage,
    score: int,
) -> None:
    raised = replace(message, ciphertext=paillier.add_plain(key.public, message.ciphertext, 5))
    binding, _ = commit_to_score(key, statement, raised, score + 5)

    with pytest.raises(ScoreProofRefused):
        verify_score_binding(publication, statement, raised, binding)
    with pytest.raises(ScoreProofRefused):
        bind_score(key, publication, statement, raised)


def test_bytes_come_back_and_malformed_ones_are_refused(binding: ScoreBinding) -> None:
    data = binding.to_bytes()

    assert ScoreBinding.from_bytes(data) == binding
    for malformed in (data[:-1], data + b"\x00", b"X" + data[1:], data[:5] + b"\x00\x10" + data[7:]):
        with pytest.raises(MalformedEncoding):
            ScoreBinding.from_bytes(malformed)


def test_one_changed_byte_anywhere_is_refused(
    publication: ModelPublication, statement: ScoreStatement, message: ScoreMessage, binding: ScoreBinding
) -> None:
    data = binding.to_bytes()

    for position in (*range(0, len(data), 13), len(data) - 1):
        changed = bytearray(data)
        changed[position] ^= 1
        with pytest.raises(PrivacyRefusal):
            verify_score_binding(publication, statement, message, ScoreBinding.from_bytes(bytes(changed)))


def test_a_binding_for_a_modulus_of_another_length_is_refused(
    publication: ModelPublication, statement: ScoreStatement, message: ScoreMessage, binding: ScoreBinding
) -> None:
    with pytest.raises(StatementMismatch):
        verify_score_binding(publication, statement, message, replace(binding, modulus_bytes=384))
