"""One honest run. Keys are costly: drawn once a session, at the benchmark length of 2048 bits."""

from __future__ import annotations

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
from privacy.protocols.private_scoring import (
    FactorEvidence,
    IntegerModel,
    ModelContext,
    ModelOpenings,
    ModelPublication,
    ScoreMessage,
    ScoreStatement,
    VerifiedModel,
    answer,
    commit_features,
    commitments_digest,
    prove_no_small_factor,
    publish_model,
    verify_model,
)

LEDGER = bytes.fromhex("11" * 20)


@pytest.fixture(scope="session")
def key() -> PrivateKey:
    return generate_key(BENCHMARK_KEY_BITS)


@pytest.fixture(scope="session")
def other_key() -> PrivateKey:
    return generate_key(BENCHMARK_KEY_BITS)


@pytest.fixture(scope="session")
def ring() -> tuple[RingPedersen, RingPedersenSecret]:
    return generate_ring_pedersen(BENCHMARK_KEY_BITS)


@pytest.fixture(scope="session")
def ring_parameters(ring: tuple[RingPedersen, RingPedersenSecret]) -> RingPedersen:
    return ring[0]


@pytest.fixture(scope="session")
def ring_secret(ring: tuple[RingPedersen, RingPedersenSecret]) -> RingPedersenSecret:
    return ring[1]


@pytest.fixture(scope="session")
def ring_context() -> bytes:
    return b"owner 3"


@pytest.fixture(scope="session")
def ring_proof(
    ring_parameters: RingPedersen, ring_secret: RingPedersenSecret, ring_context: bytes
) -> RingPedersenProof:
    return prove_ring_pedersen(ring_parameters, ring_secret, ring_context)


@pytest.fixture(scope="session")
def context() -> ModelContext:
    return ModelContext(chain_id=1337, ledger=LEDGER, bank=7, version=1)


@pytest.fixture(scope="session")
def model() -> IntegerModel:
    return IntegerModel(weights=(-1200, 350, 32767, -32768), bias=-987_654_321_012)


@pytest.fixture(scope="session")
def published(
    key: PrivateKey, model: IntegerModel, context: ModelContext
) -> tuple[ModelPublication, ModelOpenings]:
    return publish_model(key, model, context)


@pytest.fixture(scope="session")
def publication(published: tuple[ModelPublication, ModelOpenings]) -> ModelPublication:
    return published[0]


@pytest.fixture(scope="session")
def model_openings(published: tuple[ModelPublication, ModelOpenings]) -> ModelOpenings:
    return published[1]


@pytest.fixture(scope="session")
def factor_proof(key: PrivateKey, ring_parameters: RingPedersen, context: ModelContext) -> FactorProof:
    return prove_no_small_factor(key, ring_parameters, context)


@pytest.fixture(scope="session")
def verified(
    publication: ModelPublication, ring_parameters: RingPedersen, factor_proof: FactorProof
) -> VerifiedModel:
    evidence = FactorEvidence(ring_parameters, factor_proof)
    return verify_model(publication, factor=evidence, key_bits=BENCHMARK_KEY_BITS)


@pytest.fixture(scope="session")
def values() -> tuple[int, ...]:
    return (1_250_000_00, 37, 0, (1 << 40) - 1)


@pytest.fixture(scope="session")
def committed(values: tuple[int, ...]) -> tuple[tuple[bytes, ...], tuple[Opening, ...]]:
    return commit_features(values)


@pytest.fixture(scope="session")
def openings(committed: tuple[tuple[bytes, ...], tuple[Opening, ...]]) -> tuple[Opening, ...]:
    return committed[1]


@pytest.fixture(scope="session")
def statement(
    publication: ModelPublication, committed: tuple[tuple[bytes, ...], tuple[Opening, ...]]
) -> ScoreStatement:
    return ScoreStatement(
        job=bytes.fromhex("a1" * 32),
        chain_id=1337,
        ledger=LEDGER,
        owner=3,
        bank=7,
        model=publication.commitment,
        attestation=commitments_digest(committed[0]),
        features=committed[0],
    )


@pytest.fixture(scope="session")
def message(
    verified: VerifiedModel, openings: tuple[Opening, ...], statement: ScoreStatement
) -> ScoreMessage:
    return answer(verified, openings, statement)


@pytest.fixture(scope="session")
def score(model: IntegerModel, values: tuple[int, ...]) -> int:
    """The score in the clear."""
    return sum(w * x for w, x in zip(model.weights, values, strict=True)) + model.bias
