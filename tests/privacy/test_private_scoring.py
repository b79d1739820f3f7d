from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.errors import (
    MalformedEncoding,
    OpeningMismatch,
    OutOfRange,
    PointRefused,
    PrivacyRefusal,
    ScoreProofRefused,
    StatementMismatch,
)
from privacy.primitives import paillier, pedersen
from privacy.primitives.paillier import KEY_BITS, PrivateKey
from privacy.primitives.pedersen import Opening
from privacy.proofs.parameters import FEATURE_BITS, response_bits
from privacy.proofs.score import ScoreProof
from privacy.protocols import private_scoring as scoring
from privacy.protocols.private_scoring import (
    IntegerModel,
    MaskPool,
    ModelContext,
    ModelPublication,
    ScoreMessage,
    ScoreStatement,
    VerifiedModel,
)

feature = st.integers(min_value=0, max_value=2**FEATURE_BITS - 1)


def test_the_bank_opens_the_score_and_anyone_verifies_it(
    key: PrivateKey,
    publication: ModelPublication,
    statement: ScoreStatement,
    message: ScoreMessage,
    score: int,
) -> None:
    scoring.verify_score(publication, statement, message)

    assert scoring.open_score(key, publication, statement, message) == score


@settings(max_examples=25, deadline=None)
@given(values=st.tuples(feature, feature, feature, feature))
def test_the_private_score_is_the_plain_integer_score(
    key: PrivateKey,
    model: IntegerModel,
    verified: VerifiedModel,
    statement: ScoreStatement,
    values: tuple[int, ...],
) -> None:
    commitments, openings = scoring.commit_features(values)
    asked = replace(statement, features=commitments, attestation=scoring.commitments_digest(commitments))

    message = scoring.answer(verified, openings, asked)

    expected = sum(w * x for w, x in zip(model.weights, values, strict=True)) + model.bias
    assert scoring.open_score(key, verified.publication, asked, message) == expected


@pytest.mark.parametrize("weight", [-(2**15), 2**15 - 1])
def test_extreme_models_and_features_stay_inside_the_bound(key: PrivateKey, weight: int) -> None:
    bias = (1 << 60) * (1 if weight > 0 else -1)
    publication, _ = scoring.publish_model(
        key, IntegerModel((weight,), bias), ModelContext(1, bytes(20), 1, 1)
    )
    commitments, openings = scoring.commit_features([2**FEATURE_BITS - 1])
    digest = scoring.commitments_digest(commitments)
    statement = ScoreStatement(bytes(32), 1, bytes(20), 2, 1, publication.commitment, digest, commitments)

    message = scoring.answer(VerifiedModel(publication), openings, statement)

    expected = weight * (2**FEATURE_BITS - 1) + bias
    assert scoring.open_score(key, publication, statement, message) == expected
    assert abs(expected) <= publication.score_bound < 2**63


def test_a_full_run_at_production_length() -> None:
    context = ModelContext(chain_id=8217, ledger=bytes.fromhex("22" * 20), bank=1, version=1)
    parameters, secret = scoring.generate_ring_pedersen()
    ring_proof = scoring.prove_ring_pedersen(parameters, secret, b"owner")
    key = scoring.generate_key()
    model = IntegerModel((5, -3), 17)
    publication, _ = scoring.publish_model(key, model, context)
    scoring.verify_ring_pedersen(parameters, ring_proof, b"owner")
    evidence = scoring.FactorEvidence(parameters, scoring.prove_no_small_factor(key, parameters, context))
    received = ModelPublication.from_bytes(publication.to_bytes())
    verified = scoring.verify_model(received, factor=evidence)
    commitments, openings = scoring.commit_features([1_000_000, 365])
    digest = scoring.commitments_digest(commitments)
    statement = ScoreStatement(
        bytes(32), 8217, context.ledger, 2, 1, publication.commitment, digest, commitments
    )

    sent = scoring.answer(verified, openings, statement).to_bytes()
    message = ScoreMessage.from_bytes(sent)

    assert key.public.modulus.bit_length() == KEY_BITS
    assert len(sent) == 40 + 768 + 16 + 2 * 64 + 384
    assert scoring.open_score(key, publication, statement, message) == 5_000_000 - 1095 + 17
    binding, _ = scoring.bind_score(key, publication, statement, message)
    scoring.verify_score_binding(publication, statement, message, binding)


STATEMENT_CHANGES: dict[str, Callable[[ScoreStatement], ScoreStatement]] = {
    "job": lambda s: replace(s, job=bytes.fromhex("a2" * 32)),
    "chain id": lambda s: replace(s, chain_id=1338),
    "contract": lambda s: replace(s, ledger=bytes.fromhex("12" * 20)),
    "owner": lambda s: replace(s, owner=4),
    "bank": lambda s: replace(s, bank=8),
    "model commitment": lambda s: replace(s, model=bytes(32)),
    "attestation commitment": lambda s: replace(s, attestation=bytes(32)),
    "feature commitments swapped": lambda s: replace(
        s, features=(s.features[1], s.features[0], *s.features[2:])
    ),
    "feature commitment replaced": lambda s: replace(
        s, features=(scoring.commit_features([0])[0][0], *s.features[1:])
    ),
    "feature commitment missing": lambda s: replace(s, features=s.features[:-1]),
    "feature commitment added": lambda s: replace(s, features=(*s.features, s.features[0])),
}


@pytest.mark.parametrize("what", STATEMENT_CHANGES)
def test_a_message_moved_to_another_statement_is_refused(
    key: PrivateKey,
    publication: ModelPublication,
    statement: ScoreStatement,
    message: ScoreMessage,
    what: str,
) -> None:
    changed = STATEMENT_CHANGES[what](statement)
    # The job stands in the message too: change it along, so that the proof itself has to refuse.
    moved = replace(message, job=changed.job)

    for sent in (message, moved):
        with pytest.raises((StatementMismatch, ScoreProofRefused)):
            scoring.verify_score(publication, changed, sent)
        with pytest.raises((StatementMismatch, ScoreProofRefused)):
            scoring.open_score(key, publication, changed, sent)


@pytest.mark.parametrize("what", ["job", "owner", "attestation commitment", "feature commitments swapped"])
def test_what_the_publication_does_not_name_is_held_by_the_proof(
    publication: ModelPublication, statement: ScoreStatement, message: ScoreMessage, what: str
) -> None:
    changed = STATEMENT_CHANGES[what](statement)

    with pytest.raises(ScoreProofRefused, match="challenge again"):
        scoring.verify_score(publication, changed, replace(message, job=changed.job))


def _proof(message: ScoreMessage, **changes: int | tuple[int, ...]) -> ScoreMessage:
    proof = {field.name: getattr(message.proof, field.name) for field in fields(ScoreProof)}
    return replace(message, proof=ScoreProof(**{**proof, **changes}))


MESSAGE_CHANGES: dict[str, Callable[[ScoreMessage, int], ScoreMessage]] = {
    "job": lambda m, _: replace(m, job=bytes(32)),
    "modulus length": lambda m, _: replace(m, modulus_bytes=384),
    "ciphertext": lambda m, _: replace(m, ciphertext=m.ciphertext ^ 2),
    "ciphertext plus one": lambda m, n: replace(m, ciphertext=m.ciphertext * (1 + n) % (n * n)),
    "ciphertext negated": lambda m, n: replace(m, ciphertext=n * n - m.ciphertext),
    "ciphertext zero": lambda m, _: replace(m, ciphertext=0),
    "ciphertext no unit": lambda m, n: replace(m, ciphertext=n),
    "ciphertext not reduced": lambda m, n: replace(m, ciphertext=m.ciphertext + n * n),
    "challenge": lambda m, _: _proof(m, challenge=m.proof.challenge ^ 1),
    "challenge zero": lambda m, _: _proof(m, challenge=0),
    "challenge too long": lambda m, _: _proof(m, challenge=m.proof.challenge + (1 << 128)),
    "response": lambda m, _: _proof(m, responses=(m.proof.responses[0] ^ 1, *m.proof.responses[1:])),
    "response negative": lambda m, _: _proof(m, responses=(-1, *m.proof.responses[1:])),
    "response out of range": lambda m, _: _proof(m, responses=(1 << 249, *m.proof.responses[1:])),
    "responses swapped": lambda m, _: _proof(m, responses=m.proof.responses[::-1]),
    "response missing": lambda m, _: _proof(m, responses=m.proof.responses[1:]),
    "blinding response": lambda m, _: _proof(
        m, blinding_responses=(m.proof.blinding_responses[0] ^ 1, *m.proof.blinding_responses[1:])
    ),
    "blinding response missing": lambda m, _: _proof(m, blinding_responses=m.proof.blinding_responses[1:]),
    "blinding response not reduced": lambda m, _: _proof(
        m, blinding_responses=(m.proof.blinding_responses[0] + 2**256, *m.proof.blinding_responses[1:])
    ),
    "root": lambda m, _: _proof(m, root_response=m.proof.root_response ^ 1),
    "root negated": lambda m, n: _proof(m, root_response=n - m.proof.root_response),
    "root not reduced": lambda m, n: _proof(m, root_response=m.proof.root_response + n),
    "root zero": lambda m, _: _proof(m, root_response=0),
}


@pytest.mark.parametrize("what", MESSAGE_CHANGES)
def test_a_changed_message_is_refused_before_it_is_opened(
    key: PrivateKey,
    publication: ModelPublication,
    statement: ScoreStatement,
    message: ScoreMessage,
    what: str,
) -> None:
    changed = MESSAGE_CHANGES[what](message, key.public.modulus)

    with pytest.raises((StatementMismatch, ScoreProofRefused)):
        scoring.open_score(key, publication, statement, changed)


def test_one_changed_byte_anywhere_in_a_message_is_refused(
    publication: ModelPublication, statement: ScoreStatement, message: ScoreMessage
) -> None:
    data = message.to_bytes()
    header_and_counts = range(40)
    starts = [40 + 512 * part // 8 for part in range(8)] + list(range(552, len(data), 37)) + [len(data) - 1]

    for position in (*header_and_counts, *starts):
        changed = bytearray(data)
        changed[position] ^= 1
        with pytest.raises(PrivacyRefusal):
            scoring.verify_score(publication, statement, ScoreMessage.from_bytes(bytes(changed)))


def test_truncated_and_extended_bytes_are_refused(message: ScoreMessage, statement: ScoreStatement) -> None:
    data = message.to_bytes()
    assert ScoreMessage.from_bytes(data) == message
    assert ScoreStatement.from_bytes(statement.to_bytes()) == statement

    for length in (0, 4, 5, 36, 39, 40, 100, len(data) - 1):
        with pytest.raises(MalformedEncoding):
            ScoreMessage.from_bytes(data[:length])
    with pytest.raises(MalformedEncoding):
        ScoreMessage.from_bytes(data + b"\x00")
    for malformed in (statement.to_bytes()[:-1], statement.to_bytes() + b"\x00"):
        with pytest.raises(MalformedEncoding):
            ScoreStatement.from_bytes(malformed)


def test_responses_out_of_range_are_refused_when_read(message: ScoreMessage) -> None:
    data = message.to_bytes()
    responses_at = 40 + 512 + 16
    limit = 1 << response_bits(FEATURE_BITS)

    highest = data[:responses_at] + (limit - 1).to_bytes(32, "big") + data[responses_at + 32 :]
    assert ScoreMessage.from_bytes(highest).proof.responses[0] == limit - 1
    for value in (limit, (1 << 256) - 1):
        over = data[:responses_at] + value.to_bytes(32, "big") + data[responses_at + 32 :]
        with pytest.raises(MalformedEncoding):
            ScoreMessage.from_bytes(over)
    blinding_at = responses_at + 4 * 32
    with pytest.raises(MalformedEncoding):
        ScoreMessage.from_bytes(data[:blinding_at] + b"\xff" * 32 + data[blinding_at + 32 :])


def test_an_owner_does_not_answer_what_does_not_fit(
    verified: VerifiedModel, openings: tuple[Opening, ...], statement: ScoreStatement, other_key: PrivateKey
) -> None:
    for changed in ("chain id", "contract", "bank", "model commitment", "feature commitment missing"):
        with pytest.raises(StatementMismatch):
            scoring.answer(verified, openings, STATEMENT_CHANGES[changed](statement))
    with pytest.raises(OpeningMismatch):
        scoring.answer(verified, openings[::-1], statement)
    with pytest.raises(OpeningMismatch):
        scoring.answer(verified, openings[1:], statement)
    with pytest.raises(StatementMismatch, match="masks"):
        scoring.answer(verified, openings, statement, MaskPool(other_key.public))


def test_an_owner_does_not_answer_for_a_feature_out_of_range(
    verified: VerifiedModel, openings: tuple[Opening, ...], statement: ScoreStatement
) -> None:
    large = Opening(1 << FEATURE_BITS, 5)
    asked = replace(statement, features=(pedersen.commit(large), *statement.features[1:]))

    with pytest.raises(OutOfRange):
        scoring.answer(verified, (large, *openings[1:]), asked)


def test_answers_take_two_masks_from_a_pool_and_differ(
    key: PrivateKey, verified: VerifiedModel, openings: tuple[Opening, ...], statement: ScoreStatement
) -> None:
    pool = MaskPool(key.public)
    pool.fill(3)

    first = scoring.answer(verified, openings, statement, pool)
    second = scoring.answer(verified, openings, statement, pool)

    assert len(pool) == 0
    assert first.ciphertext != second.ciphertext
    assert scoring.proof_hash(first) != scoring.proof_hash(second)


def test_another_key_does_not_open(
    other_key: PrivateKey, publication: ModelPublication, statement: ScoreStatement, message: ScoreMessage
) -> None:
    with pytest.raises(StatementMismatch, match="key"):
        scoring.open_score(other_key, publication, statement, message)


@pytest.mark.parametrize("values", [[], [0] * 65, [-1], [1 << 40], [1, 2**64]])
def test_an_attester_does_not_commit_out_of_range(values: list[int]) -> None:
    with pytest.raises(OutOfRange):
        scoring.commit_features(values)


def test_an_attester_does_not_commit_to_floats() -> None:
    with pytest.raises(OutOfRange, match="float"):
        scoring.commit_features([1.0])  # type: ignore[list-item]


def test_the_digest_depends_on_order_count_and_every_commitment(statement: ScoreStatement) -> None:
    features = statement.features
    vectors = [features, features[::-1], features[:-1], (*features, features[0])]

    digests = {scoring.commitments_digest(vector) for vector in vectors}

    assert len(digests) == 4
    assert all(len(digest) == 32 for digest in digests)
    with pytest.raises(OutOfRange):
        scoring.commitments_digest([])
    with pytest.raises(PointRefused):
        scoring.commitments_digest([bytes(33)])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("job", bytes(31)),
        ("ledger", bytes(21)),
        ("model", b""),
        ("attestation", bytes(33)),
        ("chain_id", 1 << 64),
        ("owner", 1 << 32),
        ("bank", -1),
        ("features", ()),
        ("features", (bytes(33),)),
    ],
)
def test_a_malformed_statement_is_refused(statement: ScoreStatement, field: str, value: object) -> None:
    with pytest.raises((MalformedEncoding, OutOfRange, PointRefused)):
        replace(statement, **{field: value})  # type: ignore[arg-type]


def test_hashes_name_the_message_and_its_statement(statement: ScoreStatement, message: ScoreMessage) -> None:
    other = replace(statement, owner=9)
    changed = _proof(message, challenge=message.proof.challenge ^ 1)

    assert len(scoring.proof_hash(message)) == 32
    assert scoring.proof_hash(message) != scoring.proof_hash(changed)
    assert scoring.transcript_hash(statement, message) != scoring.transcript_hash(other, message)
    assert scoring.transcript_hash(statement, message) != scoring.transcript_hash(statement, changed)


def test_a_score_ciphertext_decrypts_with_the_key_alone_to_the_score(
    key: PrivateKey, message: ScoreMessage, score: int
) -> None:
    assert paillier.decrypt(key, message.ciphertext) == score
