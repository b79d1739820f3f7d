"""Keccak-256 is Ethereum's, whichever library computes it."""

from __future__ import annotations

from eth_hash.auto import keccak as of_the_other_library
from hypothesis import given
from hypothesis import strategies as st

from chain.hashing import keccak


def test_the_empty_string_has_the_hash_that_empty_code_has_on_every_chain() -> None:
    expected = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"

    assert keccak(b"").hex() == expected


@given(st.binary(max_size=300))
def test_both_libraries_agree(data: bytes) -> None:
    assert keccak(data) == of_the_other_library(data)
