"""Canonical wire encodings: a four-letter tag, a version byte, then fields of known length.

Integers are unsigned, big-endian and of fixed width; nothing is optional and nothing may follow the last
field, so a value has exactly one encoding and a reader never has to guess.
"""

from __future__ import annotations

from privacy.errors import MalformedEncoding, OutOfRange

TAG_BYTES = 4


def check_integer(value: object, what: str) -> None:
    """Refuse floats and whatever else only looks like an integer.

    Raises:
        OutOfRange: The value is no `int`.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise OutOfRange(f"{what} is a {type(value).__name__}, not an integer")


def encode_uint(value: int, length: int) -> bytes:
    """Encode an unsigned integer in exactly `length` bytes, big-endian.

    Raises:
        OutOfRange: The value is negative or needs more bytes.
    """
    if value < 0 or value.bit_length() > 8 * length:
        raise OutOfRange(f"integer does not fit {length} unsigned bytes")
    return value.to_bytes(length, "big")


def header(tag: bytes, version: int) -> bytes:
    """Return the opening bytes of a message: four-byte tag and one-byte version."""
    if len(tag) != TAG_BYTES:
        raise ValueError(f"a tag has {TAG_BYTES} bytes, got {len(tag)}")
    return tag + encode_uint(version, 1)


class Reader:
    """Reads fixed-length fields from bytes in order and refuses anything missing or left over."""

    __slots__ = ("_data", "_offset")

    def __init__(self, data: bytes) -> None:
        self._data = bytes(data)
        self._offset = 0

    def take(self, length: int) -> bytes:
        """Return the next `length` bytes.

        Raises:
            MalformedEncoding: Fewer bytes remain.
        """
        end = self._offset + length
        if length < 0 or end > len(self._data):
            raise MalformedEncoding(f"wanted {length} bytes at offset {self._offset} of {len(self._data)}")
        field = self._data[self._offset : end]
        self._offset = end
        return field

    def take_uint(self, length: int, below: int | None = None) -> int:
        """Return the next unsigned integer of `length` bytes, refused unless smaller than `below`.

        Raises:
            MalformedEncoding: Fewer bytes remain, or the integer is not smaller than `below`.
        """
        value = int.from_bytes(self.take(length), "big")
        if below is not None and value >= below:
            raise MalformedEncoding(f"the integer ending at offset {self._offset} is out of its range")
        return value

    def expect_header(self, tag: bytes, version: int) -> None:
        """Consume the tag and the version byte.

        Raises:
            MalformedEncoding: Another tag or another version stands there.
        """
        found = self.take(TAG_BYTES + 1)
        if found != header(tag, version):
            raise MalformedEncoding(f"expected {tag!r} version {version}, found {found!r}")

    def finish(self) -> None:
        """Refuse bytes after the last field.

        Raises:
            MalformedEncoding: Bytes are left over.
        """
        left = len(self._data) - self._offset
        if left:
            raise MalformedEncoding(f"{left} bytes after the last field")
