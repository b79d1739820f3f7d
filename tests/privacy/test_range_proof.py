from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.errors import BitProofRefused, MalformedEncoding, OutOfRange, RangeProofRefused
from privacy.primitives import curve, pedersen
from privacy.primitives.pedersen import Opening
from privacy.primitives.wire import Reader
from privacy.proofs.bit import BitProof, prove_bit, verify_bit
from privacy.proofs.range import (
    Interval,
    encode_range_proof,
    prove_range,
    read_range_proof,
    signed_interval,
    verify_range,
)

CONTEXT = b"statement"
WEIGHT = signed_interval(16)


@pytest.mark.parametrize("bit", [0, 1])
def test_a_bit_is_proven(bit: int) -> None:
    commitment, opening = pedersen.commit_value(bit)
    point = curve.decode_point(commitment)

    proof = prove_bit(point, opening, CONTEXT)

    verify_bit(point, proof, CONTEXT)
    with pytest.raises(BitProofRefused):
        verify_bit(point, proof, b"another statement")


@pytest.mark.parametrize("value", [2, -1, curve.ORDER + 1])
def test_what_is_no_bit_is_not_proven(value: int) -> None:
    commitment, opening = pedersen.commit_value(value)
    with pytest.raises(OutOfRange):
        prove_bit(curve.decode_point(commitment), opening, CONTEXT)


def test_a_proof_moved_to_another_commitment_is_refused() -> None:
    commitment, opening = pedersen.commit_value(1)
    proof = prove_bit(curve.decode_point(commitment), opening, CONTEXT)
    two = pedersen.combine(2, opening.blinding)

    with pytest.raises(BitProofRefused):
        verify_bit(two, proof, CONTEXT)
    with pytest.raises(BitProofRefused, match="identity"):
        verify_bit(None, proof, CONTEXT)


def test_every_number_of_a_bit_proof_counts() -> None:
    commitment, opening = pedersen.commit_value(0)
    point = curve.decode_point(commitment)
    proof = prove_bit(point, opening, CONTEXT)
    (e0, e1), (z0, z1) = proof.challenges, proof.responses

    for changed in (
        BitProof((e0 ^ 1, e1), (z0, z1)),
        BitProof((e0, e1 ^ 1), (z0, z1)),
        BitProof((e1, e0), (z1, z0)),
        BitProof((e0, e1), ((z0 + 1) % curve.ORDER, z1)),
        BitProof((e0, e1), (z0, (z1 + 1) % curve.ORDER)),
        BitProof((e0 + (1 << 128), e1), (z0, z1)),
        BitProof((e0, e1), (z0 + curve.ORDER, z1)),
        BitProof((e0, e1), (-1, z1)),
    ):
        with pytest.raises(BitProofRefused):
            verify_bit(point, changed, CONTEXT)


@settings(max_examples=30, deadline=None)
@given(value=st.integers(min_value=-(2**15), max_value=2**15 - 1))
def test_every_value_inside_is_proven(value: int) -> None:
    commitment, opening = pedersen.commit_value(value)

    verify_range(commitment, prove_range(commitment, opening, WEIGHT, CONTEXT), WEIGHT, CONTEXT)


@pytest.mark.parametrize(
    ("value", "interval"),
    [
        (-(2**15), WEIGHT),
        (2**15 - 1, WEIGHT),
        (0, Interval(0, 1)),
        (2**128 - 1, Interval(0, 128)),
        (600, Interval(600, 7)),
    ],
)
def test_the_ends_of_an_interval_are_inside(value: int, interval: Interval) -> None:
    commitment, opening = pedersen.commit_value(value)

    verify_range(commitment, prove_range(commitment, opening, interval, CONTEXT), interval, CONTEXT)


@pytest.mark.parametrize("value", [2**15, -(2**15) - 1, 2**20, curve.ORDER - 1])
def test_a_value_outside_has_no_proof(value: int) -> None:
    commitment, opening = pedersen.commit_value(value)
    with pytest.raises(OutOfRange):
        prove_range(commitment, opening, WEIGHT, CONTEXT)


@pytest.mark.parametrize("packed", [2**20, 2**40, 5 * pow(2, -1, curve.ORDER)])
def test_the_steps_of_an_honest_prover_do_not_prove_a_packed_weight_or_a_half_integer(packed: int) -> None:
    blinding = pedersen.random_scalar()
    commitment = pedersen.commit(Opening(packed, blinding))
    pretended = Opening(packed % 2**15, blinding)

    proof = prove_range(commitment, pretended, WEIGHT, CONTEXT)

    with pytest.raises(RangeProofRefused):
        verify_range(commitment, proof, WEIGHT, CONTEXT)


def test_another_interval_or_context_is_refused() -> None:
    commitment, opening = pedersen.commit_value(5)
    proof = prove_range(commitment, opening, WEIGHT, CONTEXT)

    for interval, context in [(Interval(0, 16), CONTEXT), (signed_interval(17), CONTEXT), (WEIGHT, b"other")]:
        with pytest.raises(RangeProofRefused):
            verify_range(commitment, proof, interval, context)


def test_a_changed_proof_is_refused() -> None:
    commitment, opening = pedersen.commit_value(-300)
    proof = prove_range(commitment, opening, WEIGHT, CONTEXT)
    swapped = (proof.bit_commitments[1], proof.bit_commitments[0], *proof.bit_commitments[2:])

    for changed in (
        replace(proof, bit_commitments=swapped),
        replace(proof, bit_commitments=(commitment, *proof.bit_commitments[1:])),
        replace(proof, bit_commitments=proof.bit_commitments[:-1]),
        replace(proof, bit_commitments=(b"\x05" + b"\x00" * 32, *proof.bit_commitments[1:])),
        replace(proof, bit_proofs=proof.bit_proofs[:-1]),
        replace(proof, bit_proofs=(proof.bit_proofs[1], proof.bit_proofs[0], *proof.bit_proofs[2:])),
    ):
        with pytest.raises(RangeProofRefused):
            verify_range(commitment, changed, WEIGHT, CONTEXT)


def test_bytes_come_back_and_malformed_ones_are_refused() -> None:
    commitment, opening = pedersen.commit_value(77)
    proof = prove_range(commitment, opening, Interval(0, 8), CONTEXT)
    data = encode_range_proof(proof)

    assert len(data) == 7 * 33 + 8 * 96
    assert read_range_proof(Reader(data), 8) == proof
    with pytest.raises(MalformedEncoding):
        read_range_proof(Reader(data[:-1]), 8)
    with pytest.raises(MalformedEncoding):
        read_range_proof(Reader(data[:-32] + b"\xff" * 32), 8)


@pytest.mark.parametrize("bits", [0, 129])
def test_an_interval_has_one_to_128_bits(bits: int) -> None:
    with pytest.raises(OutOfRange):
        Interval(0, bits)
