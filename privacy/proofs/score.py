"""Proof that a ciphertext is an encrypted linear form applied to committed integers.

Statement: for public ciphertexts W_1..W_n and B under N, and commitments C_i = x_i*G + r_i*H whose x_i an
attester vouches to lie in [0, 2^L), the ciphertext c is W_1^x_1 * ... * W_n^x_n * B * rho^N mod N^2 for some
unit rho. Then c decrypts to w_1*x_1 + ... + w_n*x_n + b, and to nothing else. With L = 40, E = 128, S = 80:

    a_i in [0, 2^(L+E+S)), b_i in Z_q, sigma a unit mod N
    A_i = a_i*G + b_i*H,  D = prod W_i^a_i * sigma^N mod N^2
    e = hash of the whole statement and of A_1..A_n, D
    z_i = a_i + e*x_i over the integers,  t_i = b_i + e*r_i mod q,  u = sigma * rho^e mod N
    verify z_i < 2^(L+E+S+1), t_i < q, u a unit, and that the hash over A'_i = z_i*G + t_i*H - e*C_i and
    D' = prod W_i^z_i * u^N * (c/B)^-e gives e again.

Soundness. Two accepting transcripts with the same first message give De*x_i = Dz_i (mod q). Both sides are
shorter than q because x_i < 2^L and L + E + S + 2 < 255, so equality holds over the integers; then
(c / (B * prod W_i^x_i))^De is an N-th residue, and gcd(De, N) = 1 (no prime factor of N below 2^128) makes
the base one. No ring-Pedersen set-up is needed. Without the attester's range a commitment to 5/2 passes: the
range belongs to the statement. Statistical zero-knowledge with distance n * 2^-80 because c is blinded by a
full uniform rho^N. Prover: the owner of x, possibly malicious. Verifier: the key owner or anyone; learns
nothing beyond c.
Family: Chase, Orru, Perrin, Zaverucha (ePrint 2022/1593); the argument above is ours and has had no outside
review.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import gmpy2

from privacy.errors import NotAUnit, OutOfRange, PointRefused, ScoreProofRefused
from privacy.primitives import curve, paillier, pedersen
from privacy.primitives.masks import Mask
from privacy.primitives.multiexp import PowerTable, multi_power, power_tables
from privacy.primitives.paillier import PublicKey
from privacy.primitives.pedersen import Opening
from privacy.primitives.transcript import Transcript
from privacy.primitives.wire import Reader, encode_uint
from privacy.proofs.parameters import (
    CHALLENGE_BITS,
    CHALLENGE_BYTES,
    FEATURE_BITS,
    STATISTICAL_BITS,
    mask_bits,
    response_bits,
)

RESPONSE_BYTES = (response_bits(FEATURE_BITS) + 7) // 8
_VERSION = 1


@dataclass(frozen=True, slots=True)
class EncryptedForm:
    """A linear form under encryption: W_i = Enc(w_i), B = Enc(b)."""

    public: PublicKey
    weights: tuple[int, ...]
    bias: int


@dataclass(frozen=True, slots=True)
class ScoreProof:
    """Challenge and responses.

    Attributes:
        challenge: e, below 2^128.
        responses: z_i, below 2^249, one for each feature.
        blinding_responses: t_i, below the group order, one for each feature.
        root_response: u, a unit modulo N.
    """

    challenge: int
    responses: tuple[int, ...]
    blinding_responses: tuple[int, ...]
    root_response: int


@lru_cache(maxsize=8)
def _tables(form: EncryptedForm) -> tuple[PowerTable, ...]:
    # Public values of a published model: kept because a model scores many times.
    return power_tables(form.weights, form.public.square)


def evaluate(form: EncryptedForm, values: Sequence[int], mask: Mask) -> int:
    """Return c = prod W_i^x_i * B * rho^N mod N^2.

    Args:
        form: The encrypted model.
        values: x_i in [0, 2^40), one for each weight.
        mask: rho and rho^N, never used before nor again.

    Raises:
        OutOfRange: A value is out of range, or there are more or fewer values than weights.
    """
    if any(not 0 <= value < 1 << FEATURE_BITS for value in values):
        raise OutOfRange(f"a feature lies outside [0, 2^{FEATURE_BITS})")
    product = multi_power(_tables(form), values, form.public.square)
    return paillier.add(form.public, paillier.add(form.public, product, form.bias), mask.power)


def _challenge(
    form: EncryptedForm,
    commitments: tuple[bytes, ...],
    ciphertext: int,
    points: Sequence[curve.Point],
    first_ciphertext: int,
    context: bytes,
) -> int:
    public = form.public
    transcript = Transcript("score", _VERSION)
    transcript.append("context", context)
    transcript.append("parameters", bytes((FEATURE_BITS, CHALLENGE_BITS, STATISTICAL_BITS)))
    transcript.append_uint("modulus", public.modulus, public.modulus_bytes)
    transcript.append_all("weight", [encode_uint(item, public.ciphertext_bytes) for item in form.weights])
    transcript.append_uint("bias", form.bias, public.ciphertext_bytes)
    transcript.append_all("commitment", commitments)
    transcript.append_uint("ciphertext", ciphertext, public.ciphertext_bytes)
    transcript.append_all("first-point", [curve.encode_point(point) for point in points])
    transcript.append_uint("first-ciphertext", first_ciphertext, public.ciphertext_bytes)
    return transcript.challenge("challenge", CHALLENGE_BITS)


def prove_score(
    form: EncryptedForm,
    commitments: tuple[bytes, ...],
    openings: Sequence[Opening],
    ciphertext: int,
    mask: Mask,
    fresh: Mask,
    context: bytes,
) -> ScoreProof:
    """Prove that `ciphertext` is the form applied to the committed values.

    Args:
        form: The encrypted model.
        commitments: C_i, one for each weight.
        openings: Open the commitments, values in [0, 2^40).
        ciphertext: From `evaluate` on the same values and `mask`.
        mask: rho of the ciphertext.
        fresh: sigma, another mask, never used before nor again.
        context: Binds the enclosing statement.

    Raises:
        OutOfRange: A value is out of range or the counts differ.
    """
    if any(not 0 <= opening.value < 1 << FEATURE_BITS for opening in openings):
        raise OutOfRange(f"a feature lies outside [0, 2^{FEATURE_BITS})")
    public = form.public
    masks = [secrets.randbits(mask_bits(FEATURE_BITS)) for _ in openings]
    blindings = [pedersen.random_scalar() for _ in openings]
    points = [pedersen.combine(a, b) for a, b in zip(masks, blindings, strict=True)]
    first = paillier.add(public, multi_power(_tables(form), masks, public.square), fresh.power)
    e = _challenge(form, commitments, ciphertext, points, first, context)
    root = fresh.root * gmpy2.powmod(mask.root, e, public.modulus) % public.modulus
    return ScoreProof(
        challenge=e,
        responses=tuple(a + e * opening.value for a, opening in zip(masks, openings, strict=True)),
        blinding_responses=tuple(
            (b + e * opening.blinding) % curve.ORDER for b, opening in zip(blindings, openings, strict=True)
        ),
        root_response=int(root),
    )


def check_score_shape(proof: ScoreProof, features: int) -> None:
    """Refuse counts and numbers out of range, before any arithmetic.

    Raises:
        ScoreProofRefused: One is.
    """
    if len(proof.responses) != features or len(proof.blinding_responses) != features:
        raise ScoreProofRefused(f"the proof is not about {features} features")
    if not 0 <= proof.challenge < 1 << CHALLENGE_BITS:
        raise ScoreProofRefused("the challenge is out of range")
    for index, response in enumerate(proof.responses):
        if not 0 <= response < 1 << response_bits(FEATURE_BITS):
            raise ScoreProofRefused(f"the integer response of feature {index} is out of range")
    for index, response in enumerate(proof.blinding_responses):
        if not 0 <= response < curve.ORDER:
            raise ScoreProofRefused(f"the blinding response of feature {index} is out of range")


def verify_score_proof(
    form: EncryptedForm, commitments: tuple[bytes, ...], ciphertext: int, proof: ScoreProof, context: bytes
) -> None:
    """Check that `ciphertext` is the form applied to the committed values.

    The caller has the attester's word that each committed value lies in [0, 2^40), and has verified the
    model.

    Raises:
        ScoreProofRefused: A count, range or unit is wrong, a point is malformed, or the hash differs.
    """
    public = form.public
    if len(commitments) != len(form.weights):
        raise ScoreProofRefused(f"{len(commitments)} commitments for {len(form.weights)} weights")
    check_score_shape(proof, len(commitments))
    try:
        paillier.check_ciphertext(public, ciphertext)
        paillier.check_unit(proof.root_response, public.modulus, "the root response")
        features = [curve.decode_point(item) for item in commitments]
    except (NotAUnit, PointRefused) as error:
        raise ScoreProofRefused(str(error)) from error
    e = proof.challenge
    points = [
        curve.add((pedersen.combine(z, t), curve.multiply(feature, -e)))
        for z, t, feature in zip(proof.responses, proof.blinding_responses, features, strict=True)
    ]
    square = public.square
    linear = paillier.add(public, ciphertext, int(gmpy2.invert(form.bias, square)))
    opened = multi_power(_tables(form), proof.responses, square)
    root_power = int(gmpy2.powmod(proof.root_response, public.modulus, square))
    first = paillier.add(
        public, paillier.add(public, opened, root_power), paillier.multiply(public, linear, -e)
    )
    try:
        expected = _challenge(form, commitments, ciphertext, points, first, context)
    except PointRefused as error:
        raise ScoreProofRefused("a first message is the identity") from error
    if expected != e:
        raise ScoreProofRefused("the responses do not give the challenge again")


def encode_score_proof(proof: ScoreProof, modulus_bytes: int) -> bytes:
    """Return the bytes of a proof, a fragment of a versioned message: e, all z_i, all t_i, u."""
    return (
        encode_uint(proof.challenge, CHALLENGE_BYTES)
        + b"".join(encode_uint(item, RESPONSE_BYTES) for item in proof.responses)
        + b"".join(encode_uint(item, curve.SCALAR_BYTES) for item in proof.blinding_responses)
        + encode_uint(proof.root_response, modulus_bytes)
    )


def read_score_proof(reader: Reader, features: int, modulus_bytes: int) -> ScoreProof:
    """Read a proof from a message; the unit modulo N is checked by `verify_score_proof`.

    Raises:
        MalformedEncoding: The bytes are no canonical encoding of one, or a response is out of range.
    """
    limit = 1 << response_bits(FEATURE_BITS)
    return ScoreProof(
        challenge=reader.take_uint(CHALLENGE_BYTES),
        responses=tuple(reader.take_uint(RESPONSE_BYTES, below=limit) for _ in range(features)),
        blinding_responses=tuple(
            reader.take_uint(curve.SCALAR_BYTES, below=curve.ORDER) for _ in range(features)
        ),
        root_response=reader.take_uint(modulus_bytes),
    )
