from __future__ import annotations

import pytest

from privacy.errors import MalformedEncoding, OutOfRange
from privacy.primitives.wire import Reader, encode_uint, header


def test_an_unsigned_integer_fills_its_width() -> None:
    assert encode_uint(258, 4) == b"\x00\x00\x01\x02"


@pytest.mark.parametrize(("value", "length"), [(-1, 4), (256, 1), (1 << 32, 4)])
def test_an_integer_that_does_not_fit_is_refused(value: int, length: int) -> None:
    with pytest.raises(OutOfRange):
        encode_uint(value, length)


def test_a_reader_returns_fields_in_order_and_ends() -> None:
    reader = Reader(header(b"TEST", 1) + b"\x05" + b"abc")

    reader.expect_header(b"TEST", 1)

    assert reader.take_uint(1, below=6) == 5
    assert reader.take(3) == b"abc"
    reader.finish()


@pytest.mark.parametrize("opening", [b"TEST\x02", b"TSET\x01", b"TEST"])
def test_another_tag_version_or_length_is_refused(opening: bytes) -> None:
    with pytest.raises(MalformedEncoding):
        Reader(opening).expect_header(b"TEST", 1)


def test_missing_bytes_bytes_left_over_and_integers_out_of_range_are_refused() -> None:
    with pytest.raises(MalformedEncoding):
        Reader(b"ab").take(3)
    with pytest.raises(MalformedEncoding):
        Reader(b"ab").take(-1)
    with pytest.raises(MalformedEncoding):
        Reader(b"ab").finish()
    with pytest.raises(MalformedEncoding):
        Reader(b"\x06").take_uint(1, below=6)
