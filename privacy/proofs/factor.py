"""Proof that a modulus has no small factor.

Source: Canetti et al., ePrint 2021/060, Pi_fac, figure 28 of the 2021 text (figure 26 of the revision of
2024-10-21), with our lengths: slack l = 80, epsilon = E + S = 208 bits, challenge of 128 bits, one-sided
masks. The prover commits to p and q in the verifier's ring-Pedersen parameters (M, s, t) and shows that the
committed integers are below 2^(l+epsilon) * sqrt(N) and multiply to N:

    P = s^p * t^m,  Q = s^q * t^n,  A = s^a * t^x,  B = s^b * t^y,  T = Q^a * t^r,  sigma,  R = s^N * t^sigma
    z1 = a + e*p,  z2 = b + e*q,  w1 = x + e*m,  w2 = y + e*n,  v = r + e*(sigma - n*p)
    verify s^z1 * t^w1 = A * P^e,  s^z2 * t^w2 = B * Q^e,  Q^z1 * t^v = T * R^e,  z1 and z2 in range

A, B and T are not sent: the verifier computes them from the rest and compares the hash. N is then a product
of two integers of at least log2(N)/2 - 288 bits each; with the modulus proof (N has exactly two prime
factors), both primes exceed 2^1247 for 3072 bits and 2^735 for 2048. The verifier learns nothing of p and q
(statistical, 2^-80), given that s is a power of t (`privacy.proofs.ring_pedersen`). Sound under strong RSA
against a malicious key owner who does not know the factors of M: the proof convinces whoever drew the
parameters, and those who trust that party.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import gmpy2

from privacy.errors import FactorProofRefused, KeyRefused, NotAUnit
from privacy.primitives.paillier import PrivateKey, PublicKey, check_unit
from privacy.primitives.transcript import Transcript
from privacy.primitives.wire import Reader, encode_uint, header
from privacy.proofs.parameters import CHALLENGE_BITS, CHALLENGE_BYTES, STATISTICAL_BITS
from privacy.proofs.ring_pedersen import RingPedersen

SLACK_BITS = STATISTICAL_BITS
MASK_BITS = CHALLENGE_BITS + STATISTICAL_BITS
_TAG, _VERSION = b"PFAC", 1


@dataclass(frozen=True, slots=True)
class FactorProof:
    """Commitments to the factors, the challenge and the responses; all integers are not negative.

    Attributes:
        commitment_p: P.
        commitment_q: Q.
        sigma: The blinding of R.
        challenge: e, below 2^128.
        response_p: z1.
        response_q: z2.
        blinding_response_p: w1.
        blinding_response_q: w2.
        product_response: v.
    """

    commitment_p: int
    commitment_q: int
    sigma: int
    challenge: int
    response_p: int
    response_q: int
    blinding_response_p: int
    blinding_response_q: int
    product_response: int


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Exclusive upper ends: of the factor responses (the one that matters) and of the other integers."""

    response: int
    sigma: int
    blinding: int
    blinding_response: int
    product_response: int

    @staticmethod
    def of(modulus: int, parameters: RingPedersen) -> _Bounds:
        root = int(gmpy2.isqrt(modulus)) + 1
        sigma = parameters.modulus * modulus << SLACK_BITS
        blinding = parameters.modulus << SLACK_BITS
        return _Bounds(
            response=root << (SLACK_BITS + MASK_BITS),
            sigma=sigma,
            blinding=blinding,
            blinding_response=blinding << (MASK_BITS + 1),
            product_response=sigma << (MASK_BITS + 1),
        )


def _challenge(
    modulus: int,
    parameters: RingPedersen,
    proof_head: tuple[int, int, int],
    messages: list[int],
    context: bytes,
) -> int:
    size = parameters.modulus_bytes
    length = (modulus.bit_length() + 7) // 8
    commitment_p, commitment_q, sigma = proof_head
    transcript = Transcript("factor", _VERSION)
    transcript.append("context", context)
    transcript.append_uint("modulus", modulus, length)
    transcript.append_uint("ring-modulus", parameters.modulus, size)
    transcript.append_uint("s", parameters.s, size)
    transcript.append_uint("t", parameters.t, size)
    transcript.append_uint("commitment-p", commitment_p, size)
    transcript.append_uint("commitment-q", commitment_q, size)
    transcript.append_uint("sigma", sigma, _length(_Bounds.of(modulus, parameters).sigma))
    transcript.append_all("first-message", [encode_uint(message, size) for message in messages])
    return transcript.challenge("challenge", CHALLENGE_BITS)


def _length(bound: int) -> int:
    return ((bound - 1).bit_length() + 7) // 8


def prove_factor(key: PrivateKey, parameters: RingPedersen, context: bytes) -> FactorProof:
    """Prove toward the owner of `parameters` that the key's modulus has no small factor.

    The prover has verified that s is a power of t. `context` binds owner and use.

    Raises:
        KeyRefused: One factor is much longer than the other, so that no proof exists.
    """
    n, p, q = key.public.modulus, key.p, key.q
    bounds = _Bounds.of(n, parameters)
    if max(p, q) << MASK_BITS >= bounds.response:
        raise KeyRefused("the factors of the modulus differ too much in length")
    while True:
        alpha, beta = secrets.randbelow(bounds.response), secrets.randbelow(bounds.response)
        blinding_p, blinding_q = secrets.randbelow(bounds.blinding), secrets.randbelow(bounds.blinding)
        sigma = secrets.randbelow(bounds.sigma)
        mask_p = secrets.randbelow(bounds.blinding << MASK_BITS)
        mask_q = secrets.randbelow(bounds.blinding << MASK_BITS)
        mask_product = secrets.randbelow(bounds.sigma << MASK_BITS)
        commitment_p = parameters.commit(p, blinding_p)
        commitment_q = parameters.commit(q, blinding_q)
        messages = [
            parameters.commit(alpha, mask_p),
            parameters.commit(beta, mask_q),
            _power_pair(parameters, commitment_q, alpha, mask_product),
        ]
        e = _challenge(n, parameters, (commitment_p, commitment_q, sigma), messages, context)
        proof = FactorProof(
            commitment_p=commitment_p,
            commitment_q=commitment_q,
            sigma=sigma,
            challenge=e,
            response_p=alpha + e * p,
            response_q=beta + e * q,
            blinding_response_p=mask_p + e * blinding_p,
            blinding_response_q=mask_q + e * blinding_q,
            product_response=mask_product + e * (sigma - blinding_q * p),
        )
        # A response leaves its interval with probability 2^-80; sending it would tell something about p.
        if proof.product_response >= 0 and max(proof.response_p, proof.response_q) < bounds.response:
            return proof


def _power_pair(parameters: RingPedersen, base: int, exponent: int, blinding: int) -> int:
    m = parameters.modulus
    return int(gmpy2.powmod(base, exponent, m) * gmpy2.powmod(parameters.t, blinding, m) % m)


def verify_factor(modulus: int, parameters: RingPedersen, proof: FactorProof, context: bytes) -> None:
    """Check that `modulus` has no small factor, as the owner of `parameters` or one who trusts that party.

    Raises:
        FactorProofRefused: A number is out of range or no unit, or the hash differs.
    """
    bounds, m = _Bounds.of(modulus, parameters), parameters.modulus
    ranges = (
        (proof.sigma, bounds.sigma),
        (proof.challenge, 1 << CHALLENGE_BITS),
        (proof.response_p, bounds.response),
        (proof.response_q, bounds.response),
        (proof.blinding_response_p, bounds.blinding_response),
        (proof.blinding_response_q, bounds.blinding_response),
        (proof.product_response, bounds.product_response),
    )
    if any(not 0 <= value < bound for value, bound in ranges):
        raise FactorProofRefused("a number of the proof is out of range")
    try:
        check_unit(proof.commitment_p, m, "P")
        check_unit(proof.commitment_q, m, "Q")
    except NotAUnit as error:
        raise FactorProofRefused(str(error)) from error
    e = proof.challenge
    product = parameters.commit(modulus, proof.sigma)
    messages = [
        _unmask(parameters.commit(proof.response_p, proof.blinding_response_p), proof.commitment_p, e, m),
        _unmask(parameters.commit(proof.response_q, proof.blinding_response_q), proof.commitment_q, e, m),
        _unmask(
            _power_pair(parameters, proof.commitment_q, proof.response_p, proof.product_response),
            product,
            e,
            m,
        ),
    ]
    head = (proof.commitment_p, proof.commitment_q, proof.sigma)
    if _challenge(modulus, parameters, head, messages, context) != e:
        raise FactorProofRefused("the responses do not give the challenge again")


def _unmask(opened: int, commitment: int, challenge: int, modulus: int) -> int:
    return int(opened * gmpy2.powmod(commitment, -challenge, modulus) % modulus)


def _fields(bounds: _Bounds, parameters: RingPedersen) -> tuple[int, ...]:
    size = parameters.modulus_bytes
    return (
        size,
        size,
        _length(bounds.sigma),
        CHALLENGE_BYTES,
        _length(bounds.response),
        _length(bounds.response),
        _length(bounds.blinding_response),
        _length(bounds.blinding_response),
        _length(bounds.product_response),
    )


def encode_factor_proof(public: PublicKey, parameters: RingPedersen, proof: FactorProof) -> bytes:
    """Return the canonical bytes of a proof about `public` toward the owner of `parameters`."""
    values = (
        proof.commitment_p,
        proof.commitment_q,
        proof.sigma,
        proof.challenge,
        proof.response_p,
        proof.response_q,
        proof.blinding_response_p,
        proof.blinding_response_q,
        proof.product_response,
    )
    lengths = _fields(_Bounds.of(public.modulus, parameters), parameters)
    return header(_TAG, _VERSION) + b"".join(
        encode_uint(value, length) for value, length in zip(values, lengths, strict=True)
    )


def decode_factor_proof(public: PublicKey, parameters: RingPedersen, data: bytes) -> FactorProof:
    """Read a proof about `public` toward the owner of `parameters`; ranges are checked by `verify_factor`.

    Raises:
        MalformedEncoding: The bytes are no canonical encoding of one.
    """
    reader = Reader(data)
    reader.expect_header(_TAG, _VERSION)
    lengths = _fields(_Bounds.of(public.modulus, parameters), parameters)
    values = [reader.take_uint(length) for length in lengths]
    reader.finish()
    return FactorProof(*values)
