from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import gmpy2
import pytest

from privacy.errors import MalformedEncoding, ModulusProofRefused
from privacy.primitives import primes
from privacy.primitives.paillier import PrivateKey, insecure_test_key, random_unit
from privacy.primitives.wire import Reader
from privacy.proofs.modulus import (
    ModulusProof,
    _challenges,
    encode_modulus_proof,
    prove_modulus,
    read_modulus_proof,
    verify_modulus,
)

CONTEXT = b"bank 7"


@pytest.fixture(scope="module")
def small_key() -> PrivateKey:
    """A short key keeps the 128 rounds cheap; `verify_modulus` leaves the length to its caller."""
    while True:
        p, q = primes.random_blum_prime(256), primes.random_blum_prime(256)
        if p != q:
            return insecure_test_key(p, q)


@pytest.fixture(scope="module")
def proof(small_key: PrivateKey) -> ModulusProof:
    return prove_modulus(small_key, CONTEXT)


def unit_of_jacobi_minus_one(n: int) -> int:
    while True:
        w = random_unit(n)
        if gmpy2.jacobi(w, n) == -1:
            return w


def forge(factors: tuple[int, ...]) -> tuple[int, ModulusProof]:
    """What an honest prover's steps give for a modulus without the form; junk where a root is missing."""
    n = math.prod(factors)
    phi = math.prod(prime - 1 for prime in factors)
    w = unit_of_jacobi_minus_one(n)
    nth = pow(n, -1, phi) if math.gcd(n, phi) == 1 else 3
    xs, zs, signs, twists = [], [], [], []
    for y in _challenges(n, w, CONTEXT):
        choices = [(a, b, (-1) ** a * w**b * y % n) for a in (0, 1) for b in (0, 1)]
        fitting = [c for c in choices if all(gmpy2.legendre(c[2], prime) == 1 for prime in factors)]
        a, b, square = (fitting or choices)[0]
        x = 0
        for prime in factors:
            rest = n // prime
            x += int(pow(square, pow((prime + 1) // 4, 2), prime) * rest * pow(rest, -1, prime))
        xs.append(x % n)
        zs.append(pow(y, nth, n))
        signs.append(a)
        twists.append(b)
    return n, ModulusProof(w, tuple(xs), tuple(zs), tuple(signs), tuple(twists))


def test_a_paillier_blum_modulus_is_proven(key: PrivateKey) -> None:
    proof = prove_modulus(key, CONTEXT)

    data = encode_modulus_proof(key.public, proof)
    reader = Reader(data)

    assert read_modulus_proof(reader, key.public) == proof
    reader.finish()
    verify_modulus(key.public.modulus, proof, CONTEXT)


def test_the_honest_steps_pass_for_an_honest_modulus() -> None:
    n, proof = forge((primes.random_blum_prime(128), primes.random_blum_prime(129)))

    verify_modulus(n, proof, CONTEXT)


def test_another_context_or_another_modulus_is_refused(
    small_key: PrivateKey, proof: ModulusProof, key: PrivateKey
) -> None:
    with pytest.raises(ModulusProofRefused):
        verify_modulus(small_key.public.modulus, proof, b"bank 8")
    with pytest.raises(ModulusProofRefused):
        verify_modulus(key.public.modulus, proof, CONTEXT)


def test_a_prime_a_square_and_an_even_modulus_are_refused(proof: ModulusProof) -> None:
    prime = primes.random_blum_prime(256)

    with pytest.raises(ModulusProofRefused, match="prime"):
        verify_modulus(prime, proof, CONTEXT)
    with pytest.raises(ModulusProofRefused, match="power"):
        verify_modulus(prime * prime, proof, CONTEXT)
    with pytest.raises(ModulusProofRefused, match="even"):
        verify_modulus(2 * prime, proof, CONTEXT)
    with pytest.raises(ModulusProofRefused, match="not greater than one"):
        verify_modulus(1, proof, CONTEXT)


def test_three_prime_factors_are_refused() -> None:
    n, proof = forge(tuple(primes.random_blum_prime(bits) for bits in (128, 129, 130)))

    with pytest.raises(ModulusProofRefused, match="fourth root"):
        verify_modulus(n, proof, CONTEXT)


def test_a_prime_of_one_modulo_four_is_refused() -> None:
    p = int(gmpy2.next_prime(2**128))
    while p % 4 != 1:
        p = int(gmpy2.next_prime(p))
    n, proof = forge((p, primes.random_blum_prime(128)))

    with pytest.raises(ModulusProofRefused, match="fourth root"):
        verify_modulus(n, proof, CONTEXT)


def test_a_factor_shared_with_phi_is_refused() -> None:
    # q = 1 modulo p, so that N-th roots exist for one challenge in p only.
    p, q = 19, 0
    for k in range(1, 10**6):
        q = 2 * k * p + 1
        if q % 4 == 3 and q.bit_length() > 20 and primes.is_prime(q):
            break
    n, proof = forge((p, q))

    assert math.gcd(n, (p - 1) * (q - 1)) == p
    with pytest.raises(ModulusProofRefused, match=r"N-th root|unit"):
        verify_modulus(n, proof, CONTEXT)


def test_w_of_jacobi_symbol_one_is_refused(small_key: PrivateKey, proof: ModulusProof) -> None:
    square = proof.w**2 % small_key.public.modulus

    with pytest.raises(ModulusProofRefused, match="Jacobi"):
        verify_modulus(small_key.public.modulus, replace(proof, w=square), CONTEXT)


@pytest.mark.parametrize("field", ["w", "fourth_roots", "nth_roots"])
@pytest.mark.parametrize("which", ["zero", "factor", "modulus", "negative"])
def test_values_that_are_no_units_are_refused(
    small_key: PrivateKey, proof: ModulusProof, field: str, which: str
) -> None:
    n = small_key.public.modulus
    value = {"zero": 0, "factor": small_key.p, "modulus": n + 1, "negative": -1}[which]
    old = getattr(proof, field)
    changes: dict[str, Any] = {field: value if field == "w" else (*old[:-1], value)}

    with pytest.raises(ModulusProofRefused, match="unit"):
        verify_modulus(n, replace(proof, **changes), CONTEXT)


@pytest.mark.parametrize("field", ["w", "fourth_roots", "nth_roots", "signs", "twists"])
def test_a_changed_value_is_refused(small_key: PrivateKey, proof: ModulusProof, field: str) -> None:
    n, old = small_key.public.modulus, getattr(proof, field)
    value: Any
    if field == "w":
        value = unit_of_jacobi_minus_one(n)
    elif field in ("signs", "twists"):
        value = (1 - old[0], *old[1:])
    else:
        value = (old[0] * 2 % n, *old[1:])

    with pytest.raises(ModulusProofRefused):
        verify_modulus(n, replace(proof, **{field: value}), CONTEXT)


@pytest.mark.parametrize("field", ["fourth_roots", "nth_roots", "signs", "twists"])
def test_missing_rounds_are_refused(small_key: PrivateKey, proof: ModulusProof, field: str) -> None:
    shorter = replace(proof, **{field: getattr(proof, field)[:-1]})

    with pytest.raises(ModulusProofRefused, match="128 rounds"):
        verify_modulus(small_key.public.modulus, shorter, CONTEXT)


def test_flags_are_bits(small_key: PrivateKey, proof: ModulusProof) -> None:
    with pytest.raises(ModulusProofRefused, match="neither 0 nor 1"):
        verify_modulus(small_key.public.modulus, replace(proof, signs=(2, *proof.signs[1:])), CONTEXT)


def test_malformed_bytes_are_refused(small_key: PrivateKey, proof: ModulusProof) -> None:
    data = encode_modulus_proof(small_key.public, proof)
    flags = 5 + small_key.public.modulus_bytes

    for malformed in (data[:-1], b"XMOD" + data[4:], data[:flags] + b"\x04" + data[flags + 1 :]):
        with pytest.raises(MalformedEncoding):
            read_modulus_proof(Reader(malformed), small_key.public)
