from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.identifiers import (
    LEI,
    USCC,
    BadIdentifier,
    Identifier,
    check_lei,
    check_uscc,
    identifier,
    sample_uscc,
)


def test_the_standards_own_example_is_refused_and_its_right_digit_named() -> None:
    assert check_uscc("91350100M000100Y43") == "91350100M000100Y43"
    with pytest.raises(BadIdentifier, match="USCC: check digit must be 3"):
        check_uscc("91350100M000100Y4Z"[:17] + "4")


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("", "must have 18 characters"),
        ("9135010", "must have 18 characters"),
        ("91350100M000100I43", "without I, O, S, V, Z"),
        ("X1350100M000100Y43", "must be eight digits"),
    ],
)
def test_a_malformed_uscc_says_what_is_wrong(value: str, rule: str) -> None:
    with pytest.raises(BadIdentifier) as refused:
        check_uscc(value)
    assert rule in refused.value.rule
    assert refused.value.scheme == USCC


def test_a_lei_with_wrong_check_digits_is_refused() -> None:
    assert check_lei("5493001KJTIIGC8Y1R12") == "5493001KJTIIGC8Y1R12"
    with pytest.raises(BadIdentifier, match="LEI: check digits must satisfy MOD 97-10"):
        check_lei("5493001KJTIIGC8Y1R13")
    with pytest.raises(BadIdentifier, match="20 letters and digits"):
        check_lei("5493001KJTIIGC8Y1R1")


def test_schemes_are_known_by_their_common_names() -> None:
    assert identifier("uscc", "91350100M000100Y43").scheme == USCC
    assert identifier("0199", "5493001KJTIIGC8Y1R12").scheme == LEI
    assert identifier("GLN", "1234567890128") == Identifier("GLN", "1234567890128")


@given(st.text(max_size=20))
def test_any_text_is_accepted_or_refused(value: str) -> None:
    for check in (check_uscc, check_lei):
        with suppress(BadIdentifier):
            assert check(value)


@given(st.text())
def test_sample_codes_are_well_formed_and_change_with_any_digit(name: str) -> None:
    code = sample_uscc(name)
    assert check_uscc(code) == code
    assert sample_uscc(name) == code
    for place in range(8):
        other = code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :]
        with pytest.raises(BadIdentifier):
            check_uscc(other)
