from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.errors import KeyRefused, MalformedEncoding, NotAUnit, OutOfRange
from privacy.primitives import paillier, primes
from privacy.primitives.masks import MaskPool, fresh_mask
from privacy.primitives.multiexp import multi_power, power_tables
from privacy.primitives.paillier import PrivateKey, PublicKey

TOY_P, TOY_Q = 293, 433
plaintexts = st.integers(min_value=-(2**200), max_value=2**200)


def test_a_generated_key_is_a_blum_key_of_its_length(key: PrivateKey) -> None:
    n, phi = key.public.modulus, (key.p - 1) * (key.q - 1)

    assert n.bit_length() == 2048
    assert (key.p % 4, key.q % 4) == (3, 3)
    assert math.gcd(n, phi) == 1


@pytest.mark.parametrize("bits", [1024, 2047, 3071, 4096])
def test_other_lengths_are_refused(bits: int) -> None:
    with pytest.raises(KeyRefused):
        paillier.generate_key(bits)
    with pytest.raises(KeyRefused):
        PublicKey((1 << (bits - 1)) + 1)


def test_a_toy_key_needs_the_insecure_constructor() -> None:
    with pytest.raises(KeyRefused):
        PublicKey(TOY_P * TOY_Q)

    toy = paillier.insecure_test_key(TOY_P, TOY_Q)

    assert [paillier.decrypt(toy, paillier.encrypt(toy.public, m)) for m in (-5, 0, 7)] == [-5, 0, 7]


@pytest.mark.parametrize(("p", "q"), [(7, 7), (7, 29), (15, 7), (1, 7)])
def test_primes_that_make_no_paillier_key_are_refused(p: int, q: int) -> None:
    with pytest.raises(KeyRefused):
        paillier.insecure_test_key(p, q)


@settings(max_examples=30, deadline=None)
@given(m=plaintexts)
def test_decryption_undoes_encryption(key: PrivateKey, m: int) -> None:
    assert paillier.decrypt(key, paillier.encrypt_as_owner(key, m)) == m


def test_owner_and_public_encryption_agree_and_the_root_comes_back(key: PrivateKey) -> None:
    bound = key.public.plaintext_bound
    for m in (0, 1, -1, bound, -bound):
        root = paillier.random_unit(key.public.modulus)

        ciphertext = paillier.encrypt(key.public, m, root)

        assert paillier.encrypt_as_owner(key, m, root) == ciphertext
        assert paillier.extract_root(key, ciphertext) == root
        assert paillier.decrypt(key, ciphertext) == m


@settings(max_examples=30, deadline=None)
@given(a=plaintexts, b=plaintexts, k=st.integers(min_value=-(2**60), max_value=2**60))
def test_ciphertexts_add_and_scale(key: PrivateKey, a: int, b: int, k: int) -> None:
    public = key.public
    first, second = paillier.encrypt_as_owner(key, a), paillier.encrypt_as_owner(key, b)

    combined = paillier.add(public, paillier.multiply(public, first, k), second)

    assert paillier.decrypt(key, combined) == k * a + b
    assert paillier.decrypt(key, paillier.add_plain(public, first, b)) == a + b


def test_rerandomising_changes_the_ciphertext_only(key: PrivateKey) -> None:
    ciphertext = paillier.encrypt(key.public, -77)

    fresh = paillier.rerandomise(key.public, ciphertext)

    assert fresh != ciphertext
    assert paillier.decrypt(key, fresh) == -77


def test_a_plaintext_beyond_half_the_modulus_or_a_float_is_refused(key: PrivateKey) -> None:
    for m in (key.public.plaintext_bound + 1, -key.public.plaintext_bound - 1):
        with pytest.raises(OutOfRange):
            paillier.encrypt(key.public, m)
    with pytest.raises(OutOfRange, match="float"):
        paillier.encrypt(key.public, 1.5)  # type: ignore[arg-type]


def test_randomness_that_is_no_unit_is_refused(key: PrivateKey) -> None:
    for root in (0, key.p, key.public.modulus, -1):
        with pytest.raises(NotAUnit):
            paillier.encrypt(key.public, 1, root)


def test_a_ciphertext_has_one_encoding(key: PrivateKey) -> None:
    ciphertext = paillier.encrypt(key.public, 5)

    data = paillier.encode_ciphertext(key.public, ciphertext)

    assert len(data) == 512
    assert paillier.decode_ciphertext(key.public, data) == ciphertext
    for malformed in (data[:-1], data + b"\x00", b"\x00" + data):
        with pytest.raises(MalformedEncoding):
            paillier.decode_ciphertext(key.public, malformed)


def test_what_is_no_unit_is_no_ciphertext(key: PrivateKey) -> None:
    n = key.public.modulus
    for value in (0, n, key.p, key.q * 12345, n * n, n * n + 1, -1):
        with pytest.raises(NotAUnit):
            paillier.encode_ciphertext(key.public, value)
        with pytest.raises(NotAUnit):
            paillier.decrypt(key, value)
    with pytest.raises(NotAUnit):
        paillier.decode_ciphertext(key.public, b"\xff" * 512)


def test_an_exported_key_comes_back(key: PrivateKey) -> None:
    data = paillier.export_key(key)

    assert paillier.import_key(data) == key
    for malformed in (data[:-1], data + b"\x00", b"XXXX" + data[4:], data[:5] + b"\x00\x01" + data[7:]):
        with pytest.raises(MalformedEncoding):
            paillier.import_key(malformed)
    with pytest.raises(KeyRefused):
        paillier.import_key(data[:-1] + bytes([data[-1] ^ 2]))


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(min_value=0, max_value=10**9), st.integers(min_value=0, max_value=2**130)),
        max_size=6,
    ),
    st.integers(min_value=2, max_value=10**12),
)
def test_a_product_of_powers_is_that_product(pairs: list[tuple[int, int]], modulus: int) -> None:
    bases, exponents = [base for base, _ in pairs], [exponent for _, exponent in pairs]

    product = multi_power(power_tables(bases, modulus), exponents, modulus)

    assert product == math.prod(pow(base, exponent, modulus) for base, exponent in pairs) % modulus


def test_negative_exponents_and_uneven_lists_are_refused() -> None:
    with pytest.raises(OutOfRange):
        multi_power(power_tables([2], 7), [-1], 7)
    with pytest.raises(OutOfRange):
        multi_power(power_tables([2], 7), [1, 2], 7)


def test_a_pool_hands_out_each_mask_once(key: PrivateKey) -> None:
    pool = MaskPool(key.public)
    pool.fill(3)

    masks = [pool.take() for _ in range(4)]

    assert len(pool) == 0
    assert len({mask.root for mask in masks}) == 4
    assert all(mask.power == paillier.power_of_root(key, mask.root) for mask in masks)
    assert fresh_mask(key.public).root not in {mask.root for mask in masks}


def test_a_lim_lee_prime_has_no_small_subgroup_of_squares() -> None:
    p = primes.random_lim_lee_prime(1024)

    assert p.bit_length() == 1024
    assert p % 4 == 3
    assert primes.is_prime(p)
    assert all((p - 1) // 2 % divisor for divisor in range(2, 1 << 14))
    with pytest.raises(KeyRefused):
        primes.random_lim_lee_prime(1000)
