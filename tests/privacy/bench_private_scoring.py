"""Times and sizes of private scoring on this machine.

Run from the project root: python -m tests.privacy.bench_private_scoring [key bits] [features]
"""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable
from typing import TypeVar

from privacy.primitives.paillier import KEY_BITS
from privacy.proofs.factor import encode_factor_proof
from privacy.protocols import private_scoring as scoring

T = TypeVar("T")


def timed(name: str, step: Callable[[], T], runs: int = 1) -> T:
    """Run a step, report the mean wall time, return the last result."""
    start = time.perf_counter()
    for _ in range(runs):
        result = step()
    sys.stdout.write(f"{name:28}{(time.perf_counter() - start) / runs * 1e3:9.1f} ms\n")
    return result


def size(name: str, data: bytes) -> None:
    """Report a length."""
    sys.stdout.write(f"{name:28}{len(data):9} bytes\n")


def main(bits: int, features: int) -> None:
    """Run every step of the protocol once or more, keys included."""
    start = time.perf_counter()
    context = scoring.ModelContext(1337, bytes(20), 7, 1)
    key = timed("generate_key", lambda: scoring.generate_key(bits))
    ring, secret = timed("generate_ring_pedersen", lambda: scoring.generate_ring_pedersen(bits))
    ring_proof = timed("prove_ring_pedersen", lambda: scoring.prove_ring_pedersen(ring, secret, b"owner"))
    timed("verify_ring_pedersen", lambda: scoring.verify_ring_pedersen(ring, ring_proof, b"owner"))
    factor = timed("prove_no_small_factor", lambda: scoring.prove_no_small_factor(key, ring, context))
    weights = tuple(secrets.randbelow(1 << 16) - (1 << 15) for _ in range(features))
    model = scoring.IntegerModel(weights, -(10**15))
    publication, _ = timed("publish_model", lambda: scoring.publish_model(key, model, context))
    evidence = scoring.FactorEvidence(ring, factor)
    verified = timed(
        "verify_model", lambda: scoring.verify_model(publication, factor=evidence, key_bits=bits)
    )
    values = [secrets.randbelow(1 << scoring.FEATURE_BITS) for _ in range(features)]
    commitments, openings = timed("commit_features", lambda: scoring.commit_features(values))
    digest = scoring.commitments_digest(commitments)
    statement = scoring.ScoreStatement(
        bytes(32), 1337, bytes(20), 3, 7, publication.commitment, digest, commitments
    )
    scoring.answer(verified, openings, statement)  # fills the tables of the model
    timed("answer", lambda: scoring.answer(verified, openings, statement), 5)
    pool = scoring.MaskPool(key.public)
    timed("fill 2 masks", lambda: pool.fill(2), 5)
    message = timed(
        "answer, masks in the pool", lambda: scoring.answer(verified, openings, statement, pool), 5
    )
    timed("verify_score", lambda: scoring.verify_score(publication, statement, message), 5)
    score = timed("open_score", lambda: scoring.open_score(key, publication, statement, message), 5)
    if score != sum(w * x for w, x in zip(weights, values, strict=True)) + model.bias:
        raise ArithmeticError("the private score differs from the plain one")
    binding, opening = timed(
        "bind_score", lambda: scoring.bind_score(key, publication, statement, message), 5
    )
    timed(
        "verify_score_binding",
        lambda: scoring.verify_score_binding(publication, statement, message, binding),
        5,
    )
    low, high = -(1 << 63), score + 1
    band = timed(
        "prove_score_band, 64 bits", lambda: scoring.prove_score_band(binding, opening, low, high), 5
    )
    timed("verify_score_band, 64 bits", lambda: scoring.verify_score_band(binding, band), 5)
    sys.stdout.write(f"{'everything, keys included':28}{time.perf_counter() - start:9.1f} s\n")
    size("ring-Pedersen, proven", scoring.encode_ring_pedersen(ring, ring_proof))
    size("no-small-factor proof", encode_factor_proof(key.public, ring, factor))
    size("model publication", publication.to_bytes())
    size("score message", message.to_bytes())
    size("score binding", binding.to_bytes())
    size("score band, 64 bits", band.to_bytes())


if __name__ == "__main__":
    main(*(int(given) for given in [*sys.argv[1:], *(str(KEY_BITS), "10")[len(sys.argv) - 1 :]]))
