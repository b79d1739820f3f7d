"""Interoperation with python-paillier (phe, GPL-3.0), a reference for tests only: integers, exponent 0."""

from __future__ import annotations

import pytest

from privacy.primitives import paillier
from privacy.primitives.paillier import PrivateKey

phe_paillier = pytest.importorskip("phe.paillier", reason="phe comes with the test extra")

VALUES = (0, 1, -1, 42, -(2**63), 2**40 - 1)


def test_phe_decrypts_our_ciphertexts(key: PrivateKey) -> None:
    public = phe_paillier.PaillierPublicKey(key.public.modulus)
    private = phe_paillier.PaillierPrivateKey(public, key.p, key.q)

    for value in VALUES:
        ciphertext = paillier.encrypt(key.public, value)

        assert private.decrypt(phe_paillier.EncryptedNumber(public, ciphertext, exponent=0)) == value


def test_we_decrypt_ciphertexts_of_phe(key: PrivateKey) -> None:
    public = phe_paillier.PaillierPublicKey(key.public.modulus)

    for value in VALUES:
        encrypted = public.encrypt(value)

        assert encrypted.exponent == 0
        assert paillier.decrypt(key, int(encrypted.ciphertext())) == value


def test_each_adds_and_scales_the_ciphertexts_of_the_other(key: PrivateKey) -> None:
    public = phe_paillier.PaillierPublicKey(key.public.modulus)
    private = phe_paillier.PaillierPrivateKey(public, key.p, key.q)
    theirs = int(public.encrypt(1000).ciphertext())
    ours = paillier.encrypt(key.public, -7)

    by_us = paillier.add(key.public, paillier.multiply(key.public, theirs, -3), ours)
    by_phe = phe_paillier.EncryptedNumber(public, theirs) * -3 + phe_paillier.EncryptedNumber(public, ours)

    assert private.decrypt(phe_paillier.EncryptedNumber(public, by_us, exponent=0)) == -3007
    assert paillier.decrypt(key, int(by_phe.ciphertext())) == -3007
