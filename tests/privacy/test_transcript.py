from __future__ import annotations

import hashlib

import pytest

from privacy.primitives.transcript import Transcript


def test_a_record_is_label_and_value_each_with_its_length() -> None:
    transcript = Transcript("demo", 1)
    transcript.append("field", b"value")

    digest = transcript.digest("use")

    expected = hashlib.sha256()
    for label, value in ((b"counterfoil/demo/1/field", b"value"), (b"counterfoil/demo/1/use", b"")):
        expected.update(len(label).to_bytes(8, "big") + label + len(value).to_bytes(8, "big") + value)
    assert digest == expected.digest()


def test_the_same_bytes_cut_elsewhere_give_another_challenge() -> None:
    first, second = Transcript("demo", 1), Transcript("demo", 1)
    first.append_all("item", [b"ab", b"c"])
    second.append_all("item", [b"a", b"bc"])

    assert first.challenge("e", 128) != second.challenge("e", 128)


@pytest.mark.parametrize(
    ("protocol", "version", "field"), [("demo2", 1, "x"), ("demo", 2, "x"), ("demo", 1, "y")]
)
def test_protocol_version_and_field_separate_domains(protocol: str, version: int, field: str) -> None:
    reference, other = Transcript("demo", 1), Transcript(protocol, version)
    reference.append("x", b"value")
    other.append(field, b"value")

    assert reference.digest("e") != other.digest("e")


def test_a_challenge_keeps_to_its_length_and_leaves_the_transcript_unchanged() -> None:
    transcript = Transcript("demo", 1)

    challenges = {transcript.challenge("e", 128) for _ in range(3)}

    assert len(challenges) == 1
    assert challenges.pop().bit_length() <= 128
    with pytest.raises(ValueError, match="1 to 256 bits"):
        transcript.challenge("e", 257)


def test_residues_are_below_the_modulus_and_differ() -> None:
    residues = Transcript("demo", 1).residues("y", 10**40 + 7, 50)

    assert all(0 <= residue < 10**40 + 7 for residue in residues)
    assert len(set(residues)) == 50
