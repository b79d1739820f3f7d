"""Showing the decision band of a bound score, and nothing finer.

Parties: the bank, which knows the opening of a `ScoreBinding`, and anyone who verified that binding. The
reader learns that lower <= score < upper. For a band of width w <= 2^k two exact range proofs say it:
score - lower and score - (upper - 2^k) both lie in [0, 2^k) (`privacy.proofs.range`). Adversary: a bank that
claims another band than its score falls in.
"""

from __future__ import annotations

from dataclasses import dataclass

from privacy.errors import OutOfRange
from privacy.primitives.pedersen import Opening, check_opening
from privacy.primitives.wire import Reader, encode_uint, header
from privacy.proofs.range import (
    Interval,
    RangeProof,
    encode_range_proof,
    prove_range,
    read_range_proof,
    verify_range,
)
from privacy.protocols.score_binding import SCORE_INTERVAL, ScoreBinding

_TAG, _VERSION = b"SBAN", 1
_END_BYTES = 9
_END_OFFSET = 1 << 64


@dataclass(frozen=True, slots=True)
class ScoreBand:
    """The claim lower <= score < upper, with its two proofs.

    Raises:
        OutOfRange: The band is empty or reaches beyond [-2^63, 2^63].
    """

    lower: int
    upper: int
    from_below: RangeProof
    from_above: RangeProof

    def __post_init__(self) -> None:
        band_intervals(self.lower, self.upper)

    def to_bytes(self) -> bytes:
        """Return the canonical encoding: header, both ends raised by 2^64, both proofs."""
        ends = (encode_uint(end + _END_OFFSET, _END_BYTES) for end in (self.lower, self.upper))
        proofs = (encode_range_proof(proof) for proof in (self.from_below, self.from_above))
        return b"".join((header(_TAG, _VERSION), *ends, *proofs))

    @staticmethod
    def from_bytes(data: bytes) -> ScoreBand:
        """Read a band from its canonical encoding; it is not verified.

        Raises:
            MalformedEncoding: The bytes are no such encoding.
            OutOfRange: The band is empty or reaches beyond [-2^63, 2^63].
        """
        reader = Reader(data)
        reader.expect_header(_TAG, _VERSION)
        lower, upper = (reader.take_uint(_END_BYTES) - _END_OFFSET for _ in range(2))
        below, above = band_intervals(lower, upper)
        band = ScoreBand(
            lower, upper, read_range_proof(reader, below.bits), read_range_proof(reader, above.bits)
        )
        reader.finish()
        return band


def band_intervals(lower: int, upper: int) -> tuple[Interval, Interval]:
    """Return the two intervals whose intersection is [lower, upper).

    Raises:
        OutOfRange: The band is empty or reaches beyond [-2^63, 2^63].
    """
    if not SCORE_INTERVAL.lower <= lower < upper <= -SCORE_INTERVAL.lower:
        raise OutOfRange(f"[{lower}, {upper}) is no band of scores")
    bits = max(1, (upper - lower - 1).bit_length())
    return Interval(lower, bits), Interval(upper - (1 << bits), bits)


def _contexts(binding: ScoreBinding, lower: int, upper: int) -> tuple[bytes, bytes]:
    ends = b"".join(encode_uint(end + _END_OFFSET, _END_BYTES) for end in (lower, upper))
    statement = b"counterfoil/score-band/1/" + binding.to_bytes() + ends
    return statement + b"\x00", statement + b"\x01"


def prove_score_band(binding: ScoreBinding, opening: Opening, lower: int, upper: int) -> ScoreBand:
    """Prove, as the bank, that the bound score lies in [lower, upper).

    Raises:
        OpeningMismatch: The opening is not that of the binding.
        OutOfRange: The score lies elsewhere, or the band is no band.
    """
    check_opening(binding.commitment, opening)
    proofs = [
        prove_range(binding.commitment, opening, interval, context)
        for interval, context in zip(
            band_intervals(lower, upper), _contexts(binding, lower, upper), strict=True
        )
    ]
    return ScoreBand(lower, upper, proofs[0], proofs[1])


def verify_score_band(binding: ScoreBinding, band: ScoreBand) -> None:
    """Check a band against a binding that `verify_score_binding` accepted.

    Raises:
        RangeProofRefused: The score was not shown to lie in the band.
    """
    below, above = band_intervals(band.lower, band.upper)
    contexts = _contexts(binding, band.lower, band.upper)
    verify_range(binding.commitment, band.from_below, below, contexts[0])
    verify_range(binding.commitment, band.from_above, above, contexts[1])
