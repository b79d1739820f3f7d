"""Proof that N is a Paillier-Blum modulus: N = p*q, p = q = 3 mod 4, gcd(N, phi(N)) = 1.

Source: Canetti, Gennaro, Goldfeder, Makriyannis, Peled, "UC non-interactive, proactive, threshold ECDSA"
(ePrint 2021/060), Pi_mod, figure 16 of the 2021 text (figure 12 of the revision of 2024-10-21).
Non-interactive by Fiat-Shamir with 128 rounds, soundness error 2^-128; honest-verifier zero-knowledge. The
verifier learns that N has the form and nothing of p and q. Adversary: a malicious key owner.

Together with the proof of no small factor it rules out the crafted moduli of CVE-2023-33241. The two
omissions found in published implementations are checked here: the Jacobi symbol of w, and that every value is
a unit.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import gmpy2

from privacy.errors import KeyRefused, ModulusProofRefused, NotAUnit
from privacy.primitives import paillier, primes
from privacy.primitives.paillier import PrivateKey, PublicKey, check_unit
from privacy.primitives.transcript import Transcript
from privacy.primitives.wire import Reader, encode_uint, header

ROUNDS = 128
_TAG, _VERSION = b"PMOD", 1


@dataclass(frozen=True, slots=True)
class ModulusProof:
    """One root of each kind for every round.

    Attributes:
        w: A unit of Jacobi symbol -1, fixed before the challenges.
        fourth_roots: x_i with x_i^4 = (-1)^a_i * w^b_i * y_i mod N.
        nth_roots: z_i with z_i^N = y_i mod N.
        signs: a_i, 0 or 1.
        twists: b_i, 0 or 1.
    """

    w: int
    fourth_roots: tuple[int, ...]
    nth_roots: tuple[int, ...]
    signs: tuple[int, ...]
    twists: tuple[int, ...]


def _challenges(modulus: int, w: int, context: bytes) -> tuple[int, ...]:
    length = (modulus.bit_length() + 7) // 8
    transcript = Transcript("modulus", _VERSION)
    transcript.append("context", context)
    transcript.append_uint("modulus", modulus, length)
    transcript.append_uint("w", w, length)
    return transcript.residues("challenge", modulus, ROUNDS)


def prove_modulus(key: PrivateKey, context: bytes) -> ModulusProof:
    """Prove that the key's modulus is a Paillier-Blum modulus; `context` binds owner and use."""
    n, p, q = key.public.modulus, key.p, key.q
    w = 1 + secrets.randbelow(n - 1)
    while gmpy2.jacobi(w, n) != -1:
        w = 1 + secrets.randbelow(n - 1)
    fourth_roots, nth_roots, signs, twists = [], [], [], []
    # The principal square root y^((p+1)/4) is a square again, so its own principal root is the fourth root.
    root_exponents = [pow((prime + 1) // 4, 2, prime - 1) for prime in (p, q)]
    for y in _challenges(n, w, context):
        sign, twist, square = _make_square(y, w, key)
        residues = [
            int(gmpy2.powmod_sec(square % prime, exponent, prime))
            for prime, exponent in zip((p, q), root_exponents, strict=True)
        ]
        fourth_roots.append(paillier.recombine(key, residues[0], residues[1]))
        nth_roots.append(paillier.nth_root(key, y))
        signs.append(sign)
        twists.append(twist)
    return ModulusProof(w, tuple(fourth_roots), tuple(nth_roots), tuple(signs), tuple(twists))


def _make_square(y: int, w: int, key: PrivateKey) -> tuple[int, int, int]:
    """Return the one (a, b) for which (-1)^a * w^b * y is a square modulo both primes, and that square.

    -1 is a non-residue modulo both primes and w modulo exactly one, so exactly one choice fits a unit y.
    """
    for twist in (0, 1):
        for sign in (0, 1):
            candidate = (-1) ** sign * pow(w, twist) * y % key.public.modulus
            if gmpy2.legendre(candidate, key.p) == 1 and gmpy2.legendre(candidate, key.q) == 1:
                return sign, twist, candidate
    # Only a challenge that shares a factor with N ends here, which would have factored N.
    raise KeyRefused("a challenge is no unit of the modulus")


def verify_modulus(modulus: int, proof: ModulusProof, context: bytes) -> None:
    """Check the proof for an odd modulus.

    Args:
        modulus: N; its length is the caller's rule (`PublicKey`).
        proof: From the key owner.
        context: The bytes the owner bound.

    Raises:
        ModulusProofRefused: N is even, prime or a perfect power, a value is malformed, or an equation fails.
    """
    if modulus % 2 == 0 or modulus <= 1:
        raise ModulusProofRefused("the modulus is even or not greater than one")
    if primes.is_prime(modulus):
        raise ModulusProofRefused("the modulus is prime")
    if gmpy2.is_power(modulus):
        raise ModulusProofRefused("the modulus is a perfect power")
    lists = (proof.fourth_roots, proof.nth_roots, proof.signs, proof.twists)
    if any(len(values) != ROUNDS for values in lists):
        raise ModulusProofRefused(f"the proof has not {ROUNDS} rounds")
    if any(flag not in (0, 1) for flag in proof.signs + proof.twists):
        raise ModulusProofRefused("a sign or a twist is neither 0 nor 1")
    try:
        for value in (proof.w, *proof.fourth_roots, *proof.nth_roots):
            check_unit(value, modulus, "a value of the modulus proof")
    except NotAUnit as error:
        raise ModulusProofRefused(str(error)) from error
    if gmpy2.jacobi(proof.w, modulus) != -1:
        raise ModulusProofRefused("the Jacobi symbol of w is not -1")
    for index, y in enumerate(_challenges(modulus, proof.w, context)):
        expected = (-1) ** proof.signs[index] * pow(proof.w, proof.twists[index]) * y % modulus
        if gmpy2.powmod(proof.fourth_roots[index], 4, modulus) != expected:
            raise ModulusProofRefused(f"the fourth root of round {index} is wrong")
        if gmpy2.powmod(proof.nth_roots[index], modulus, modulus) != y:
            raise ModulusProofRefused(f"the N-th root of round {index} is wrong")


def encode_modulus_proof(public: PublicKey, proof: ModulusProof) -> bytes:
    """Return the canonical bytes: header, w, then for each round flags (a + 2b), fourth root, N-th root."""
    size = public.modulus_bytes
    rounds = zip(proof.signs, proof.twists, proof.fourth_roots, proof.nth_roots, strict=True)
    return (
        header(_TAG, _VERSION)
        + encode_uint(proof.w, size)
        + b"".join(
            encode_uint(sign + 2 * twist, 1) + encode_uint(x, size) + encode_uint(z, size)
            for sign, twist, x, z in rounds
        )
    )


def read_modulus_proof(reader: Reader, public: PublicKey) -> ModulusProof:
    """Read a proof from a message.

    Raises:
        MalformedEncoding: The bytes are no canonical encoding of one.
    """
    reader.expect_header(_TAG, _VERSION)
    size, n = public.modulus_bytes, public.modulus
    w = reader.take_uint(size, below=n)
    rounds = [
        (reader.take_uint(1, below=4), reader.take_uint(size, below=n), reader.take_uint(size, below=n))
        for _ in range(ROUNDS)
    ]
    return ModulusProof(
        w,
        tuple(x for _, x, _ in rounds),
        tuple(z for _, _, z in rounds),
        tuple(flags & 1 for flags, _, _ in rounds),
        tuple(flags >> 1 for flags, _, _ in rounds),
    )
