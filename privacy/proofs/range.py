"""Exact range proof on a Pedersen commitment: the committed integer lies in [lower, lower + 2^bits).

The prover commits to the bits of x - lower, proves each a bit (`privacy.proofs.bit`), and chooses the
blindings so that the weighted sum of the bit commitments is the commitment itself; the commitment to the
lowest bit is therefore computed, not sent. Exact means without slack: no value outside the interval passes,
and none inside fails. Source: bit decomposition as in Mao, "Guaranteed correct sharing of integer
factorization with off-line shareholders", PKC 1998. The verifier learns the interval only. Adversary: a
malicious prover. Sound while 2^bits is far below the group order.
"""

from __future__ import annotations

from dataclasses import dataclass

from privacy.errors import BitProofRefused, OutOfRange, PointRefused, RangeProofRefused
from privacy.primitives import curve, pedersen
from privacy.primitives.pedersen import Opening
from privacy.primitives.transcript import Transcript
from privacy.primitives.wire import Reader, encode_uint
from privacy.proofs.bit import (
    BitProof,
    encode_bit_proof,
    prove_bit,
    read_bit_proof,
    verify_bit,
)

MAX_BITS = 128
_VERSION = 1
_OFFSET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Interval:
    """The integers lower <= x < lower + 2^bits.

    Raises:
        OutOfRange: `bits` is not in [1, 128] or `lower` has more than 128 bits.
    """

    lower: int
    bits: int

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= MAX_BITS or self.lower.bit_length() > MAX_BITS:
            raise OutOfRange(f"an interval has 1 to {MAX_BITS} bits, got {self.bits}")

    def __contains__(self, value: int) -> bool:
        return self.lower <= value < self.lower + (1 << self.bits)


def signed_interval(bits: int) -> Interval:
    """Return the two's-complement interval [-2^(bits-1), 2^(bits-1))."""
    return Interval(-(1 << (bits - 1)), bits)


@dataclass(frozen=True, slots=True)
class RangeProof:
    """Commitments to all bits but the lowest, lowest first, and one bit proof for each bit, lowest first."""

    bit_commitments: tuple[bytes, ...]
    bit_proofs: tuple[BitProof, ...]


def _bit_contexts(
    commitment: bytes, interval: Interval, upper: tuple[bytes, ...], context: bytes
) -> list[bytes]:
    transcript = Transcript("range", _VERSION)
    transcript.append("context", context)
    transcript.append("commitment", commitment)
    # Two's complement keeps a negative lower end canonical.
    transcript.append("lower", (interval.lower % (1 << 8 * _OFFSET_BYTES)).to_bytes(_OFFSET_BYTES, "big"))
    transcript.append_uint("bits", interval.bits, 1)
    transcript.append_all("bit-commitment", upper)
    digest = transcript.digest("bits")
    return [digest + encode_uint(index, 1) for index in range(interval.bits)]


def prove_range(commitment: bytes, opening: Opening, interval: Interval, context: bytes) -> RangeProof:
    """Prove that `commitment`, which `opening` opens, holds an integer of `interval`.

    Raises:
        OutOfRange: It does not.
        PointRefused: The commitment is no point.
    """
    if opening.value not in interval:
        raise OutOfRange(f"the committed value lies outside {interval}")
    offset = opening.value - interval.lower
    upper = [Opening((offset >> index) & 1, pedersen.random_scalar()) for index in range(1, interval.bits)]
    weighted = sum(bit.blinding << index for index, bit in enumerate(upper, start=1))
    lowest = Opening(offset & 1, (opening.blinding - weighted) % curve.ORDER)
    commitments = tuple(pedersen.commit(bit) for bit in upper)
    contexts = _bit_contexts(commitment, interval, commitments, context)
    return RangeProof(
        commitments,
        tuple(
            prove_bit(pedersen.combine(bit.value, bit.blinding), bit, bit_context)
            for bit, bit_context in zip((lowest, *upper), contexts, strict=True)
        ),
    )


def verify_range(commitment: bytes, proof: RangeProof, interval: Interval, context: bytes) -> None:
    """Check that `commitment` holds an integer of `interval`.

    Raises:
        RangeProofRefused: A count is wrong, a point is malformed, or a bit proof fails.
    """
    if len(proof.bit_commitments) != interval.bits - 1 or len(proof.bit_proofs) != interval.bits:
        raise RangeProofRefused(f"the proof is not about {interval.bits} bits")
    try:
        shifted = pedersen.shift(commitment, -interval.lower)
        upper = [curve.decode_point(item) for item in proof.bit_commitments]
    except PointRefused as error:
        raise RangeProofRefused("a commitment is no point") from error
    weighted = [curve.multiply(point, -(1 << index)) for index, point in enumerate(upper, start=1)]
    lowest = curve.add((shifted, *weighted))
    contexts = _bit_contexts(commitment, interval, proof.bit_commitments, context)
    for index, (point, bit_proof) in enumerate(zip((lowest, *upper), proof.bit_proofs, strict=True)):
        try:
            verify_bit(point, bit_proof, contexts[index])
        except BitProofRefused as error:
            raise RangeProofRefused(f"bit {index} of {interval.bits} is not proven") from error


def encode_range_proof(proof: RangeProof) -> bytes:
    """Return the bytes of a proof, a fragment of a versioned message."""
    return b"".join(proof.bit_commitments) + b"".join(encode_bit_proof(item) for item in proof.bit_proofs)


def read_range_proof(reader: Reader, bits: int) -> RangeProof:
    """Read a proof about `bits` bits from a message; points are checked by `verify_range`.

    Raises:
        MalformedEncoding: The bytes are no canonical encoding of one.
    """
    commitments = tuple(reader.take(curve.POINT_BYTES) for _ in range(bits - 1))
    return RangeProof(commitments, tuple(read_bit_proof(reader) for _ in range(bits)))
