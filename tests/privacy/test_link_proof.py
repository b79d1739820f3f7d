from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.errors import LinkProofRefused, MalformedEncoding, OutOfRange
from privacy.primitives import curve, paillier, pedersen
from privacy.primitives.paillier import PrivateKey
from privacy.primitives.pedersen import Opening
from privacy.primitives.wire import Reader
from privacy.proofs.link import (
    Bounded,
    Link,
    LinkProof,
    encode_link_proof,
    prove_link,
    read_link_proof,
    verify_link,
)
from privacy.proofs.parameters import response_bits
from privacy.proofs.range import Interval, signed_interval

CONTEXT = b"statement"
WEIGHT = signed_interval(16)


@dataclass(frozen=True)
class LinkCase:
    link: Link
    opening: Opening
    root: int


def linked(
    key: PrivateKey, value: int, interval: Interval, bounded: Bounded = Bounded.COMMITMENT
) -> LinkCase:
    commitment, opening = pedersen.commit_value(value)
    root = paillier.random_unit(key.public.modulus)
    ciphertext = paillier.encrypt_as_owner(key, value, root)
    return LinkCase(Link(key.public, ciphertext, commitment, interval, bounded), opening, root)


@pytest.fixture(scope="module")
def honest(key: PrivateKey) -> LinkCase:
    return linked(key, -1234, WEIGHT)


@pytest.fixture(scope="module")
def proof(key: PrivateKey, honest: LinkCase) -> LinkProof:
    return prove_link(honest.link, honest.opening, honest.root, CONTEXT, key)


@settings(max_examples=30, deadline=None)
@given(value=st.integers(min_value=-(2**15), max_value=2**15 - 1))
def test_every_value_of_the_interval_is_linked(key: PrivateKey, value: int) -> None:
    case = linked(key, value, WEIGHT)

    proof = prove_link(case.link, case.opening, case.root, CONTEXT, key)

    verify_link(case.link, proof, CONTEXT)


def test_a_prover_without_the_key_proves_the_same(honest: LinkCase) -> None:
    verify_link(honest.link, prove_link(honest.link, honest.opening, honest.root, CONTEXT), CONTEXT)


@pytest.mark.parametrize("value", [-(2**63), 2**63 - 1, 0])
def test_a_bounded_plaintext_may_be_long(key: PrivateKey, value: int) -> None:
    case = linked(key, value, signed_interval(64), Bounded.PLAINTEXT)

    verify_link(case.link, prove_link(case.link, case.opening, case.root, CONTEXT, key), CONTEXT)


def test_an_interval_too_long_for_the_curve_or_the_modulus_is_refused(honest: LinkCase) -> None:
    replace(honest.link, interval=signed_interval(44))
    with pytest.raises(OutOfRange):
        replace(honest.link, interval=signed_interval(45))
    toy = paillier.insecure_test_key(293, 433)
    with pytest.raises(OutOfRange):
        Link(toy.public, 1, honest.link.commitment, WEIGHT, Bounded.PLAINTEXT)


def test_a_value_outside_has_no_proof(key: PrivateKey) -> None:
    case = linked(key, 2**15, WEIGHT)
    with pytest.raises(OutOfRange):
        prove_link(case.link, case.opening, case.root, CONTEXT, key)


@pytest.mark.parametrize("difference", [1, -1, curve.ORDER])
def test_a_ciphertext_of_another_value_is_refused(key: PrivateKey, difference: int) -> None:
    case = linked(key, 100, WEIGHT)
    other = replace(case.link, ciphertext=paillier.add_plain(key.public, case.link.ciphertext, difference))

    with pytest.raises(LinkProofRefused):
        verify_link(other, prove_link(other, case.opening, case.root, CONTEXT, key), CONTEXT)


def test_a_proof_for_another_statement_is_refused(
    key: PrivateKey, other_key: PrivateKey, honest: LinkCase, proof: LinkProof
) -> None:
    commitment, _ = pedersen.commit_value(-1234)
    link = honest.link
    for changed in (
        replace(link, ciphertext=paillier.rerandomise(key.public, link.ciphertext)),
        replace(link, commitment=commitment),
        replace(link, interval=signed_interval(17)),
        replace(link, interval=Interval(0, 16)),
        replace(link, bounded=Bounded.PLAINTEXT),
        replace(link, public=other_key.public),
        replace(link, ciphertext=key.public.modulus),
        replace(link, ciphertext=0),
        replace(link, commitment=b"\x02" + b"\xff" * 32),
    ):
        with pytest.raises(LinkProofRefused):
            verify_link(changed, proof, CONTEXT)
    with pytest.raises(LinkProofRefused):
        verify_link(link, proof, b"another statement")


@pytest.mark.parametrize("field", ["challenge", "response", "blinding_response", "root_response"])
def test_a_changed_number_is_refused(honest: LinkCase, proof: LinkProof, field: str) -> None:
    for value in (getattr(proof, field) ^ 1, -1, 0, 1 << 4096):
        with pytest.raises(LinkProofRefused):
            verify_link(honest.link, replace(proof, **{field: value}), CONTEXT)


def test_the_integer_response_is_bounded_before_arithmetic(honest: LinkCase, proof: LinkProof) -> None:
    limit = 1 << response_bits(16)
    # A ciphertext that is no unit would be found by the first arithmetic step.
    broken = replace(honest.link, ciphertext=0)

    with pytest.raises(LinkProofRefused, match="out of range"):
        verify_link(broken, replace(proof, response=limit), CONTEXT)
    with pytest.raises(LinkProofRefused, match="not a unit"):
        verify_link(broken, replace(proof, response=limit - 1), CONTEXT)


def test_a_response_shifted_by_the_group_order_is_refused(honest: LinkCase, proof: LinkProof) -> None:
    with pytest.raises(LinkProofRefused, match="out of range"):
        verify_link(honest.link, replace(proof, response=proof.response + curve.ORDER), CONTEXT)


def test_bytes_come_back_and_malformed_ones_are_refused(honest: LinkCase, proof: LinkProof) -> None:
    data = encode_link_proof(WEIGHT, proof, honest.link.public.modulus_bytes)

    assert read_link_proof(Reader(data), WEIGHT, honest.link.public.modulus_bytes) == proof
    with pytest.raises(MalformedEncoding):
        read_link_proof(Reader(data[:-1]), WEIGHT, honest.link.public.modulus_bytes)
    with pytest.raises(MalformedEncoding):
        read_link_proof(Reader(data[:16] + b"\xff" + data[17:]), WEIGHT, honest.link.public.modulus_bytes)
