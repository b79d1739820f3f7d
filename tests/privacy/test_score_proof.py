"""What the score proof refuses, and the two cheats it leaves to others: both need the attester's range."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest

from privacy.errors import OutOfRange, RangeProofRefused, ScoreOutOfBounds, ScoreProofRefused
from privacy.primitives import curve, paillier, pedersen
from privacy.primitives.masks import Mask, fresh_mask
from privacy.primitives.paillier import PrivateKey
from privacy.primitives.pedersen import Opening
from privacy.proofs.parameters import FEATURE_BITS, mask_bits, response_bits
from privacy.proofs.range import Interval, prove_range, verify_range
from privacy.proofs.score import (
    EncryptedForm,
    ScoreProof,
    _challenge,
    evaluate,
    prove_score,
    verify_score_proof,
)
from privacy.protocols.private_scoring import (
    IntegerModel,
    ModelContext,
    ModelPublication,
    ScoreMessage,
    ScoreStatement,
    commitments_digest,
    open_score,
    publish_model,
    verify_score,
)

CONTEXT = b"statement"


def prove(
    form: EncryptedForm,
    openings: tuple[Opening, ...],
    values: tuple[int, ...],
    commitments: tuple[bytes, ...],
) -> tuple[int, ScoreProof]:
    """Run the prover's steps on freely chosen openings, as a dishonest owner may."""
    mask, fresh = fresh_mask(form.public), fresh_mask(form.public)
    ciphertext = evaluate(form, values, mask)
    return ciphertext, prove_score(form, commitments, openings, ciphertext, mask, fresh, CONTEXT)


def test_the_honest_steps_pass(
    publication: ModelPublication,
    openings: tuple[Opening, ...],
    values: tuple[int, ...],
    statement: ScoreStatement,
) -> None:
    ciphertext, proof = prove(publication.form, openings, values, statement.features)

    verify_score_proof(publication.form, statement.features, ciphertext, proof, CONTEXT)


def test_a_wrong_value_under_a_right_commitment_is_refused(
    values: tuple[int, ...],
    openings: tuple[Opening, ...],
    publication: ModelPublication,
    statement: ScoreStatement,
) -> None:
    wrong = (values[0] + 1, *values[1:])
    openings = (Opening(wrong[0], openings[0].blinding), *openings[1:])

    ciphertext, proof = prove(publication.form, openings, wrong, statement.features)

    with pytest.raises(ScoreProofRefused):
        verify_score_proof(publication.form, statement.features, ciphertext, proof, CONTEXT)


def test_a_ciphertext_of_other_values_than_proven_is_refused(
    values: tuple[int, ...],
    publication: ModelPublication,
    openings: tuple[Opening, ...],
    statement: ScoreStatement,
) -> None:
    wrong = (values[0] + 1, *values[1:])

    ciphertext, proof = prove(publication.form, openings, wrong, statement.features)

    with pytest.raises(ScoreProofRefused):
        verify_score_proof(publication.form, statement.features, ciphertext, proof, CONTEXT)


def test_features_scored_in_another_order_are_refused(
    openings: tuple[Opening, ...], publication: ModelPublication, statement: ScoreStatement
) -> None:
    swapped = (openings[1], openings[0], *openings[2:])
    values = tuple(opening.value for opening in swapped)

    ciphertext, proof = prove(publication.form, swapped, values, statement.features)

    with pytest.raises(ScoreProofRefused):
        verify_score_proof(publication.form, statement.features, ciphertext, proof, CONTEXT)


def test_a_value_out_of_range_is_not_scored(
    publication: ModelPublication,
    values: tuple[int, ...],
    openings: tuple[Opening, ...],
    statement: ScoreStatement,
) -> None:
    form = publication.form
    for value in (-1, 1 << FEATURE_BITS):
        values = (value, *values[1:])
        with pytest.raises(OutOfRange):
            evaluate(form, values, fresh_mask(form.public))
        with pytest.raises(OutOfRange):
            prove(publication.form, (Opening(value, 1), *openings[1:]), values, statement.features)


def test_an_added_plaintext_is_refused(
    publication: ModelPublication,
    openings: tuple[Opening, ...],
    values: tuple[int, ...],
    statement: ScoreStatement,
) -> None:
    ciphertext, proof = prove(publication.form, openings, values, statement.features)
    raised = paillier.add_plain(publication.public, ciphertext, 1000)

    with pytest.raises(ScoreProofRefused):
        verify_score_proof(publication.form, statement.features, raised, proof, CONTEXT)


def test_responses_are_bounded_before_arithmetic(
    publication: ModelPublication,
    openings: tuple[Opening, ...],
    values: tuple[int, ...],
    statement: ScoreStatement,
) -> None:
    ciphertext, proof = prove(publication.form, openings, values, statement.features)
    limit = 1 << response_bits(FEATURE_BITS)
    last = replace(proof, responses=(*proof.responses[:-1], limit - 1))
    over = replace(proof, responses=(*proof.responses[:-1], limit))
    form, features = publication.form, statement.features

    # Zero is no unit: the first step of arithmetic would say so, the bound speaks before.
    with pytest.raises(ScoreProofRefused, match="feature 3 is out of range"):
        verify_score_proof(form, features, 0, over, CONTEXT)
    with pytest.raises(ScoreProofRefused, match="not a unit"):
        verify_score_proof(form, features, 0, last, CONTEXT)
    with pytest.raises(ScoreProofRefused, match="challenge again"):
        verify_score_proof(form, features, ciphertext, last, CONTEXT)


def test_responses_equal_modulo_the_group_order_are_refused(
    publication: ModelPublication,
    openings: tuple[Opening, ...],
    values: tuple[int, ...],
    statement: ScoreStatement,
) -> None:
    ciphertext, proof = prove(publication.form, openings, values, statement.features)
    shifted = replace(proof, responses=(proof.responses[0] + curve.ORDER, *proof.responses[1:]))

    with pytest.raises(ScoreProofRefused, match="out of range"):
        verify_score_proof(publication.form, statement.features, ciphertext, shifted, CONTEXT)


def test_a_commitment_without_a_point_or_a_missing_one_is_refused(
    publication: ModelPublication,
    openings: tuple[Opening, ...],
    values: tuple[int, ...],
    statement: ScoreStatement,
) -> None:
    ciphertext, proof = prove(publication.form, openings, values, statement.features)
    form, features = publication.form, statement.features

    for changed in ((b"\x02" + b"\xff" * 32, *features[1:]), features[:-1], (*features, features[0])):
        with pytest.raises(ScoreProofRefused):
            verify_score_proof(form, changed, ciphertext, proof, CONTEXT)


def half_integer_cheat(
    form: EncryptedForm, commitment: bytes, blinding: int, context: bytes
) -> tuple[int, ScoreProof]:
    """Claim x = 5/2: committed modulo the group order, encrypted modulo N, ground to an even challenge.

    c = W^(5*(N+1)/2) * B * rho^N, so that c^e = W^(5e/2) * (W^(5e/2) * rho^e)^N for an even e.
    """
    public = form.public
    n, square = public.modulus, public.square
    weight, mask = form.weights[0], fresh_mask(public)
    half = pow(weight, 5 * (n + 1) // 2, square)
    ciphertext = half * form.bias % square * mask.power % square
    while True:
        fresh = fresh_mask(public)
        a, b = secrets.randbits(mask_bits(FEATURE_BITS)), pedersen.random_scalar()
        first = pow(weight, a, square) * fresh.power % square
        e = _challenge(form, (commitment,), ciphertext, [pedersen.combine(a, b)], first, context)
        if e % 2 == 0:
            break
    root = fresh.root * pow(weight, 5 * e // 2, n) * pow(mask.root, e, n) % n
    response = (b + e * blinding) % curve.ORDER
    return ciphertext, ScoreProof(e, (a + 5 * e // 2,), (response,), root)


def test_a_half_integer_passes_the_bare_proof_but_no_range_proof(key: PrivateKey) -> None:
    # The stated limit of the score proof: x_i < 2^40 is the attester's word, or a range proof's.
    five_halves = 5 * pow(2, -1, curve.ORDER) % curve.ORDER
    opening = Opening(five_halves, pedersen.random_scalar())
    commitment = pedersen.commit(opening)
    form = EncryptedForm(
        key.public, (paillier.encrypt_as_owner(key, 6),), paillier.encrypt_as_owner(key, 100)
    )

    ciphertext, proof = half_integer_cheat(form, commitment, opening.blinding, CONTEXT)

    verify_score_proof(form, (commitment,), ciphertext, proof, CONTEXT)
    assert paillier.decrypt(key, ciphertext) == 15 + 100
    feature = Interval(0, FEATURE_BITS)
    with pytest.raises(OutOfRange):
        prove_range(commitment, opening, feature, CONTEXT)
    for pretended in (2, 3):
        forged = prove_range(commitment, Opening(pretended, opening.blinding), feature, CONTEXT)
        with pytest.raises(RangeProofRefused):
            verify_range(commitment, forged, feature, CONTEXT)


def test_a_half_integer_under_an_odd_weight_is_refused_by_the_bound_of_the_score(key: PrivateKey) -> None:
    blinding = pedersen.random_scalar()
    commitment = pedersen.commit(Opening(5 * pow(2, -1, curve.ORDER) % curve.ORDER, blinding))
    publication, _ = publish_model(key, IntegerModel((7,), 100), ModelContext(1, bytes(20), 1, 1))
    digest = commitments_digest((commitment,))
    statement = ScoreStatement(bytes(32), 1, bytes(20), 2, 1, publication.commitment, digest, (commitment,))

    ciphertext, proof = half_integer_cheat(publication.form, commitment, blinding, statement.to_bytes())
    message = ScoreMessage(statement.job, key.public.modulus_bytes, ciphertext, proof)

    verify_score(publication, statement, message)
    with pytest.raises(ScoreOutOfBounds):
        open_score(key, publication, statement, message)


def test_a_used_mask_shows_the_difference_of_two_scores(
    publication: ModelPublication, values: tuple[int, ...]
) -> None:
    # Why masks are handed out once: the quotient of two answers under one mask decrypts without any key.
    form = publication.form
    once = fresh_mask(form.public)
    again = Mask(once.root, once.power)
    other = (values[0] + 1, *values[1:])

    first, second = evaluate(form, values, once), evaluate(form, other, again)

    quotient = second * pow(first, -1, form.public.square) % form.public.square
    assert quotient == form.weights[0]
