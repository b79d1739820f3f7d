"""RLP, strictly: one encoding for each value, anything else is refused.

Source: Ethereum Yellow Paper, appendix B. Items are bytes and lists of items; integers are big-endian bytes
without leading zeros.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Item: TypeAlias = "bytes | list[Item]"


class NotCanonical(ValueError):
    """Bytes are not the one RLP encoding of anything; the message says why."""


def encode(item: Item) -> bytes:
    """The encoding of bytes or of a list of items."""
    return encode_bytes(item) if isinstance(item, bytes) else encode_list(map(encode, item))


def encode_bytes(value: bytes) -> bytes:
    """The encoding of bytes."""
    length = len(value)
    if length == 1 and value[0] < 0x80:
        return value
    if length < 56:
        return bytes((0x80 + length,)) + value
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((0xB7 + len(size),)) + size + value


def encode_int(value: int) -> bytes:
    """The encoding of an integer of at least zero."""
    return encode_bytes(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def encode_list(encoded: Iterable[bytes]) -> bytes:
    """The encoding of a list from the encodings of its items."""
    payload = b"".join(encoded)
    length = len(payload)
    if length < 56:
        return bytes((0xC0 + length,)) + payload
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((0xF7 + len(size),)) + size + payload


def decode(data: bytes) -> Item:
    """The item that the bytes encode, all of them.

    Raises:
        NotCanonical: the bytes are not one item's only encoding.
    """
    item, end = _decode(data, 0, len(data), 0)
    if end != len(data):
        raise NotCanonical(f"{len(data) - end} bytes after the item")
    return item


def decode_list(data: bytes) -> list[Item]:
    """The list that the bytes encode.

    Raises:
        NotCanonical: the bytes are not one list's only encoding.
    """
    item = decode(data)
    if isinstance(item, bytes):
        raise NotCanonical("a list was expected")
    return item


def around(raw: bytes, items: list[Item], place: int) -> tuple[bytes, bytes]:
    """What stands before and after one item in the encoding of a list, without the list's own length.

    Args:
        raw: The list's encoding.
        items: Its items, as `decode_list` gives them.
        place: Which item.
    """
    after = b"".join(map(encode, items[place + 1 :]))
    start = 1 if raw[0] < 0xF8 else raw[0] - 0xF6
    return raw[start : len(raw) - len(after) - len(encode(items[place]))], after


def text(item: Item, length: int | None = None) -> bytes:
    """The item as bytes, of a length if one is given.

    Raises:
        NotCanonical: it is a list or has another length.
    """
    if not isinstance(item, bytes):
        raise NotCanonical("bytes were expected, not a list")
    if length is not None and len(item) != length:
        raise NotCanonical(f"{len(item)} bytes, {length} were expected")
    return item


def integer(item: Item) -> int:
    """The item as an integer.

    Raises:
        NotCanonical: it is a list or starts with a zero byte.
    """
    if not isinstance(item, bytes):
        raise NotCanonical("an integer was expected, not a list")
    if item[:1] == b"\0":
        raise NotCanonical("an integer with a leading zero")
    return int.from_bytes(item, "big")


MAX_DEPTH = 16
"""Lists within lists: the deepest anyone has here is an access list, at four."""


def _decode(data: bytes, at: int, end: int, depth: int) -> tuple[Item, int]:
    """The item that starts at a place and where it ends, within `end`."""
    if at >= end:
        raise NotCanonical("it ends too early")
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    if first < 0xB8:
        start, stop = at + 1, at + 1 + first - 0x80
        if stop > end:
            raise NotCanonical("it ends too early")
        if stop - start == 1 and data[start] < 0x80:
            raise NotCanonical("a small byte with a length")
        return data[start:stop], stop
    if first < 0xC0:
        start, stop = _long(data, at, end, first - 0xB7)
        return data[start:stop], stop
    if first < 0xF8:
        start, stop = at + 1, at + 1 + first - 0xC0
        if stop > end:
            raise NotCanonical("it ends too early")
    else:
        start, stop = _long(data, at, end, first - 0xF7)
    if depth == MAX_DEPTH:
        raise NotCanonical("lists too deep within lists")
    items: list[Item] = []
    while start < stop:
        item, start = _decode(data, start, stop, depth + 1)
        items.append(item)
    return items, stop


def _long(data: bytes, at: int, end: int, of_size: int) -> tuple[int, int]:
    """Where the payload of a long item starts and ends."""
    start = at + 1 + of_size
    size = data[at + 1 : min(start, end)]
    if len(size) != of_size:
        raise NotCanonical("it ends too early")
    length = int.from_bytes(size, "big")
    if size[0] == 0 or length < 56:
        raise NotCanonical("a length in more bytes than it needs")
    if start + length > end:
        raise NotCanonical("it ends too early")
    return start, start + length
