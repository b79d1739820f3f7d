from __future__ import annotations

import secrets
from dataclasses import fields, replace

import pytest

from privacy.errors import FactorProofRefused, KeyRefused, MalformedEncoding, RingPedersenProofRefused
from privacy.primitives import primes
from privacy.primitives.paillier import PrivateKey, insecure_test_key
from privacy.proofs.factor import (
    FactorProof,
    _Bounds,
    _challenge,
    decode_factor_proof,
    encode_factor_proof,
    prove_factor,
    verify_factor,
)
from privacy.proofs.modulus import prove_modulus, verify_modulus
from privacy.proofs.ring_pedersen import (
    RingPedersen,
    RingPedersenProof,
    RingPedersenSecret,
    decode_ring_pedersen,
    encode_ring_pedersen,
    generate_ring_pedersen,
    prove_ring_pedersen,
    verify_ring_pedersen,
)

CONTEXT = b"bank 7"


@pytest.fixture(scope="module")
def proof(key: PrivateKey, ring_parameters: RingPedersen) -> FactorProof:
    return prove_factor(key, ring_parameters, CONTEXT)


def test_ring_pedersen_parameters_are_proven(
    ring_parameters: RingPedersen, ring_proof: RingPedersenProof, ring_context: bytes
) -> None:
    data = encode_ring_pedersen(ring_parameters, ring_proof)

    parameters, proof = decode_ring_pedersen(data)

    assert (parameters, proof) == (ring_parameters, ring_proof)
    verify_ring_pedersen(parameters, proof, ring_context)


def test_s_outside_the_group_of_t_is_refused(
    ring_parameters: RingPedersen,
    ring_proof: RingPedersenProof,
    ring_context: bytes,
    ring_secret: RingPedersenSecret,
) -> None:
    outside = replace(ring_parameters, s=ring_parameters.modulus - ring_parameters.s)

    with pytest.raises(RingPedersenProofRefused):
        verify_ring_pedersen(outside, ring_proof, ring_context)
    # Its own best proof fails as well: -s is no power of the square t.
    with pytest.raises(RingPedersenProofRefused):
        verify_ring_pedersen(outside, prove_ring_pedersen(outside, ring_secret, ring_context), ring_context)


def test_swapped_bases_another_context_and_changed_responses_are_refused(
    ring_parameters: RingPedersen, ring_proof: RingPedersenProof, ring_context: bytes
) -> None:
    parameters, proof = ring_parameters, ring_proof
    cases = [
        (replace(parameters, s=parameters.t, t=parameters.s), proof, ring_context),
        (parameters, proof, b"owner 4"),
        (parameters, replace(proof, challenge=proof.challenge ^ 1), ring_context),
        (parameters, replace(proof, challenge=1 << 128), ring_context),
        (parameters, replace(proof, responses=proof.responses[1:]), ring_context),
        (parameters, replace(proof, responses=(proof.responses[0] + 1, *proof.responses[1:])), ring_context),
        (parameters, replace(proof, responses=(parameters.modulus, *proof.responses[1:])), ring_context),
    ]
    for changed_parameters, changed_proof, context in cases:
        with pytest.raises(RingPedersenProofRefused):
            verify_ring_pedersen(changed_parameters, changed_proof, context)


def test_impossible_parameters_are_refused(ring_parameters: RingPedersen) -> None:
    n, s, t = ring_parameters.modulus, ring_parameters.s, ring_parameters.t
    for modulus, first, second in [
        (n + 1, s, t),
        (n >> 8 | 1, 2, 3),
        (n, 0, t),
        (n, s, n),
        (n, 1, t),
        (n, s, 1),
    ]:
        with pytest.raises(KeyRefused):
            RingPedersen(modulus, first, second)
    with pytest.raises(KeyRefused):
        generate_ring_pedersen(1024)


def test_malformed_ring_pedersen_bytes_are_refused(
    ring_parameters: RingPedersen, ring_proof: RingPedersenProof
) -> None:
    data = encode_ring_pedersen(ring_parameters, ring_proof)

    for malformed in (data[:-1], data + b"\x00", b"X" + data[1:], data[:5] + b"\xff\xff" + data[7:]):
        with pytest.raises(MalformedEncoding):
            decode_ring_pedersen(malformed)


def test_a_balanced_modulus_is_proven(
    key: PrivateKey, ring_parameters: RingPedersen, proof: FactorProof
) -> None:
    data = encode_factor_proof(key.public, ring_parameters, proof)

    assert decode_factor_proof(key.public, ring_parameters, data) == proof
    verify_factor(key.public.modulus, ring_parameters, proof, CONTEXT)
    for malformed in (data[:-1], data + b"\x00", b"X" + data[1:]):
        with pytest.raises(MalformedEncoding):
            decode_factor_proof(key.public, ring_parameters, malformed)


def test_another_modulus_ring_or_context_is_refused(
    key: PrivateKey, other_key: PrivateKey, ring_parameters: RingPedersen, proof: FactorProof
) -> None:
    swapped = replace(ring_parameters, s=ring_parameters.t, t=ring_parameters.s)
    for modulus, parameters, context in [
        (other_key.public.modulus, ring_parameters, CONTEXT),
        (key.public.modulus, swapped, CONTEXT),
        (key.public.modulus, ring_parameters, b"bank 8"),
    ]:
        with pytest.raises(FactorProofRefused):
            verify_factor(modulus, parameters, proof, context)


@pytest.mark.parametrize("name", [field.name for field in fields(FactorProof)])
def test_a_changed_value_is_refused(
    key: PrivateKey, ring_parameters: RingPedersen, proof: FactorProof, name: str
) -> None:
    for value in (getattr(proof, name) + 1, getattr(proof, name) ^ 1 << 40, 0, -1, 1 << 7000):
        with pytest.raises(FactorProofRefused):
            verify_factor(key.public.modulus, ring_parameters, replace(proof, **{name: value}), CONTEXT)


def test_a_sixteen_bit_factor_passes_the_modulus_proof_but_has_no_factor_proof(
    ring_parameters: RingPedersen,
) -> None:
    small = 65519  # prime, 3 modulo 4
    unbalanced = insecure_test_key(small, primes.random_blum_prime(2048 - 16))

    verify_modulus(unbalanced.public.modulus, prove_modulus(unbalanced, CONTEXT), CONTEXT)

    with pytest.raises(KeyRefused):
        prove_factor(unbalanced, ring_parameters, CONTEXT)


def prove_without_bounds(p: int, q: int, parameters: RingPedersen) -> FactorProof:
    """The prover's steps for any two factors, without the prover's own check of their lengths."""
    n, bounds = p * q, _Bounds.of(p * q, parameters)
    alpha, beta = secrets.randbelow(bounds.response >> 1), secrets.randbelow(bounds.response >> 1)
    m, k, sigma = secrets.randbelow(bounds.blinding), secrets.randbelow(bounds.blinding), bounds.sigma - 1
    x, y = secrets.randbelow(bounds.blinding), secrets.randbelow(bounds.blinding)
    r = bounds.product_response >> 1
    commitment_p, commitment_q = parameters.commit(p, m), parameters.commit(q, k)
    product = pow(commitment_q, alpha, parameters.modulus) * pow(parameters.t, r, parameters.modulus)
    messages = [parameters.commit(alpha, x), parameters.commit(beta, y), product % parameters.modulus]
    e = _challenge(n, parameters, (commitment_p, commitment_q, sigma), messages, CONTEXT)
    return FactorProof(
        commitment_p=commitment_p,
        commitment_q=commitment_q,
        sigma=sigma,
        challenge=e,
        response_p=alpha + e * p,
        response_q=beta + e * q,
        blinding_response_p=x + e * m,
        blinding_response_q=y + e * k,
        product_response=r + e * (sigma - k * p),
    )


def test_only_the_bound_of_the_responses_refuses_a_small_factor(
    key: PrivateKey, ring_parameters: RingPedersen
) -> None:
    verify_factor(
        key.public.modulus, ring_parameters, prove_without_bounds(key.p, key.q, ring_parameters), CONTEXT
    )

    for small in (65519, 2**127 - 1):
        long = primes.random_blum_prime(2048 - small.bit_length())
        for p, q in ((small, long), (long, small)):
            proof = prove_without_bounds(p, q, ring_parameters)
            with pytest.raises(FactorProofRefused, match="out of range"):
                verify_factor(p * q, ring_parameters, proof, CONTEXT)


def test_the_trivial_factorisation_is_out_of_range(key: PrivateKey, ring_parameters: RingPedersen) -> None:
    trivial = insecure_test_key(key.p, key.q)
    object.__setattr__(trivial, "p", 1)
    object.__setattr__(trivial, "q", key.public.modulus)

    with pytest.raises(KeyRefused):
        prove_factor(trivial, ring_parameters, CONTEXT)
