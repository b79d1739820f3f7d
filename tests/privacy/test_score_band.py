from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.errors import MalformedEncoding, OpeningMismatch, OutOfRange, PrivacyRefusal, RangeProofRefused
from privacy.primitives.paillier import PrivateKey
from privacy.primitives.pedersen import Opening
from privacy.protocols.private_scoring import (
    ModelPublication,
    ScoreBand,
    ScoreBinding,
    ScoreMessage,
    ScoreStatement,
    bind_score,
    prove_score_band,
    verify_score_band,
)
from privacy.protocols.score_band import band_intervals

Bound = tuple[ScoreBinding, Opening]


@pytest.fixture(scope="module")
def bound(
    key: PrivateKey, publication: ModelPublication, statement: ScoreStatement, message: ScoreMessage
) -> Bound:
    return bind_score(key, publication, statement, message)


@pytest.mark.parametrize(
    ("below", "above"), [(0, 1), (1000, 1), (0, 1000), (123, 4567), (2**40, 2**39 + 1), (1, 1)]
)
def test_a_band_around_the_score_is_proven(bound: Bound, score: int, below: int, above: int) -> None:
    binding, opening = bound

    band = prove_score_band(binding, opening, score - below, score + above)

    verify_score_band(binding, band)
    assert ScoreBand.from_bytes(band.to_bytes()) == band


def test_at_least_a_threshold_is_a_band_up_to_the_top(bound: Bound, score: int) -> None:
    binding, opening = bound

    verify_score_band(binding, prove_score_band(binding, opening, score - 5, 2**63))
    verify_score_band(binding, prove_score_band(binding, opening, -(2**63), score + 1))


@pytest.mark.parametrize(("lower", "upper"), [(1, 100), (-100, 0), (-100, -50), (1, 2)])
def test_a_band_beside_the_score_has_no_proof(bound: Bound, score: int, lower: int, upper: int) -> None:
    with pytest.raises(OutOfRange):
        prove_score_band(*bound, score + lower, score + upper)


@settings(deadline=None)
@given(
    lower=st.integers(min_value=-(2**63), max_value=2**63 - 1),
    width=st.integers(min_value=1, max_value=2**64),
    value=st.integers(min_value=-(2**63), max_value=2**63 - 1),
)
def test_both_intervals_together_are_the_band(lower: int, width: int, value: int) -> None:
    upper = min(lower + width, 2**63)

    below, above = band_intervals(lower, upper)

    for number in (value, lower - 1, lower, upper - 1, upper):
        assert (number in below and number in above) == (lower <= number < upper)


def test_the_opening_of_another_score_does_not_prove(bound: Bound, score: int) -> None:
    binding, opening = bound
    with pytest.raises(OpeningMismatch):
        prove_score_band(binding, Opening(score + 5, opening.blinding), score, score + 10)


def test_a_moved_or_mixed_proof_is_refused(bound: Bound, score: int) -> None:
    binding, opening = bound
    band = prove_score_band(binding, opening, score - 10, score + 6)
    other = prove_score_band(binding, opening, score - 9, score + 7)

    for changed in (
        replace(band, lower=band.lower + 1, upper=band.upper + 1),
        replace(band, from_above=other.from_above),
        replace(band, from_below=band.from_above, from_above=band.from_below),
    ):
        with pytest.raises(RangeProofRefused):
            verify_score_band(binding, changed)


def test_a_band_of_another_binding_is_refused(
    bound: Bound,
    key: PrivateKey,
    publication: ModelPublication,
    statement: ScoreStatement,
    message: ScoreMessage,
    score: int,
) -> None:
    band = prove_score_band(*bound, score, score + 8)
    again, _ = bind_score(key, publication, statement, message)
    # The same commitment under another link proof is another binding.
    relinked = replace(bound[0], link_proof=again.link_proof)

    for other in (again, relinked):
        with pytest.raises(RangeProofRefused):
            verify_score_band(other, band)


@pytest.mark.parametrize(("lower", "upper"), [(5, 5), (6, 5), (-(2**63) - 1, 0), (0, 2**63 + 1)])
def test_an_empty_or_endless_band_is_refused(bound: Bound, lower: int, upper: int) -> None:
    with pytest.raises(OutOfRange):
        prove_score_band(*bound, lower, upper)


def test_malformed_and_changed_bytes_are_refused(bound: Bound, score: int) -> None:
    data = prove_score_band(*bound, score - 1, score + 3).to_bytes()

    for malformed in (data[:-1], data + b"\x00", b"X" + data[1:]):
        with pytest.raises(MalformedEncoding):
            ScoreBand.from_bytes(malformed)
    for position in range(5, len(data), 29):
        changed = bytearray(data)
        changed[position] ^= 1
        with pytest.raises(PrivacyRefusal):
            verify_score_band(bound[0], ScoreBand.from_bytes(bytes(changed)))
