"""Keys are costly: drawn once a session, at the benchmark length of 2048 bits unless a test says otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from privacy.primitives.paillier import BENCHMARK_KEY_BITS, PrivateKey, generate_key
from privacy.primitives.pedersen import Opening
from privacy.proofs.factor import FactorProof
from privacy.proofs.ring_pedersen import (
    RingPedersen,
    RingPedersenProof,
    RingPedersenSecret,
    generate_ring_pedersen,
    prove_ring_pedersen,
)
from privacy.protocols import private_scoring as scoring


@dataclass(frozen=True)
class RingPedersenCase:
    """Parameters of a verifier, with the proof about them."""

    parameters: RingPedersen
    secret: RingPedersenSecret
    proof: RingPedersenProof
    context: bytes


@dataclass(frozen=True)
class ScoringCase:
    """One honest run, from model to message."""

    key: PrivateKey
    model: scoring.IntegerModel
    model_openings: scoring.ModelOpenings
    publication: scoring.ModelPublication
    verified: scoring.VerifiedModel
    factor_proof: FactorProof
    values: tuple[int, ...]
    openings: tuple[Opening, ...]
    statement: scoring.ScoreStatement
    message: scoring.ScoreMessage
    score: int


@pytest.fixture(scope="session")
def key() -> PrivateKey:
    return generate_key(BENCHMARK_KEY_BITS)


@pytest.fixture(scope="session")
def other_key() -> PrivateKey:
    return generate_key(BENCHMARK_KEY_BITS)


@pytest.fixture(scope="session")
def ring() -> RingPedersenCase:
    parameters, secret = generate_ring_pedersen(BENCHMARK_KEY_BITS)
    context = b"owner 3"
    return RingPedersenCase(parameters, secret, prove_ring_pedersen(parameters, secret, context), context)


@pytest.fixture(scope="session")
def case(key: PrivateKey, ring: RingPedersenCase) -> ScoringCase:
    context = scoring.ModelContext(chain_id=1337, ledger=bytes.fromhex("11" * 20), bank=7, version=1)
    model = scoring.IntegerModel(weights=(-1200, 350, 32767, -32768), bias=-987_654_321_012)
    publication, model_openings = scoring.publish_model(key, model, context)
    factor_proof = scoring.prove_no_small_factor(key, ring.parameters, context)
    evidence = scoring.FactorEvidence(ring.parameters, factor_proof)
    verified = scoring.verify_model(publication, factor=evidence, key_bits=BENCHMARK_KEY_BITS)
    values = (1_250_000_00, 37, 0, (1 << 40) - 1)
    commitments, openings = scoring.commit_features(values)
    statement = scoring.ScoreStatement(
        job=bytes.fromhex("a1" * 32),
        chain_id=1337,
        ledger=bytes.fromhex("11" * 20),
        owner=3,
        bank=7,
        model=publication.commitment,
        attestation=scoring.commitments_digest(commitments),
        features=commitments,
    )
    message = scoring.answer(verified, openings, statement)
    score = sum(w * x for w, x in zip(model.weights, values, strict=True)) + model.bias
    return ScoringCase(
        key,
        model,
        model_openings,
        publication,
        verified,
        factor_proof,
        values,
        openings,
        statement,
        message,
        score,
    )
