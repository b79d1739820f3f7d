"""Arguments of a call, read from its calldata the way the contracts read them.

Sources: Solidity ABI specification, "Formal Specification of the Encoding"; the decoders that the compiler
writes. The contracts refuse calldata that is too short, values with bits beyond their type and offsets beyond
the end, and ignore what follows the arguments. What lies within a dynamic struct or an array of such is found
by signed offsets, which may lead back; beyond the end of calldata there are zeros. Structs come as tuples,
arrays as lists, bytes as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chain.logs import text_of, word_reader

SELECTOR = 4
"""Bytes of calldata before the arguments."""

_WORD = 32
_MOST = 2**64
"""Offsets of arguments and lengths of everything are below this."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How a value is read: `size` bytes stand in its place, and if it is `dynamic` they say where it is.

    `read` takes the calldata and where the value is, which of a dynamic value is where its offset has led. It
    raises IndexError where the data are too short and `BadWord` where 32 bytes are no value of the type.
    `least` is how many bytes there must be where an offset leads.
    """

    size: int
    dynamic: bool
    least: int
    read: Callable[[bytes, int], Any]


def reader(argument: Mapping[str, Any]) -> Reader:
    """Reads values of an argument's type as an ABI has it.

    Raises:
        TypeError: no contract of the ledger takes such values.
    """
    kind = str(argument["type"])
    if kind.endswith("[]"):
        return _array(reader({**argument, "type": kind[:-2]}))
    if kind == "bytes":
        return Reader(_WORD, True, _WORD, _bytes)
    if kind == "string":
        return Reader(_WORD, True, _WORD, lambda data, at: text_of(_bytes(data, at)))
    if kind == "tuple":
        return _struct([reader(part) for part in argument["components"]])
    read_word = word_reader(kind)
    return Reader(_WORD, False, _WORD, lambda data, at: read_word(_word(data, at)))


def reader_of_all(arguments: Sequence[Mapping[str, Any]]) -> Callable[[bytes], tuple[Any, ...]]:
    """Reads all arguments of a function from its calldata, selector and all."""
    members = [reader(argument) for argument in arguments]
    size = sum(member.size for member in members)

    def read(data: bytes) -> tuple[Any, ...]:
        if len(data) < SELECTOR + size:
            raise IndexError("calldata is too short")
        return _members(members, data, SELECTOR, _offset_of_argument)

    return read


def _word(data: bytes, at: int) -> bytes:
    """32 bytes of calldata; zeros where there are none."""
    start = at % 2**256
    return data[start : start + _WORD].ljust(_WORD, b"\0") if start < len(data) else bytes(_WORD)


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(_word(data, at), "big")


def _offset_of_argument(data: bytes, at: int, least: int, base: int) -> int:
    """Where the offset of an argument leads."""
    offset = _number(data, at)
    if offset >= _MOST or base + offset + least > len(data):
        raise IndexError("an argument is beyond the end of calldata")
    return base + offset


def _offset_within(data: bytes, at: int, least: int, base: int) -> int:
    """Where an offset within a dynamic value leads."""
    offset = _signed(_number(data, at))
    if offset >= _signed(len(data) - base - (least - 1)):
        raise IndexError("a part is beyond the end of calldata")
    return _signed(base + offset)


def _signed(value: int) -> int:
    """The number that the machine takes these 256 bits for where it compares with signs."""
    value %= 2**256
    return value - 2**256 if value >> 255 else value


def _members(
    members: Sequence[Reader], data: bytes, base: int, offset: Callable[[bytes, int, int, int], int]
) -> tuple[Any, ...]:
    """Values one after another from a place on, from which offsets count."""
    found, at = [], base
    for member in members:
        place = offset(data, at, member.least, base) if member.dynamic else at
        found.append(member.read(data, place))
        at += member.size
    return tuple(found)


def _struct(members: list[Reader]) -> Reader:
    size = sum(member.size for member in members)
    dynamic = any(member.dynamic for member in members)

    def read(data: bytes, at: int) -> tuple[Any, ...]:
        return _members(members, data, at, _offset_within)

    return Reader(_WORD if dynamic else size, dynamic, size, read)


def _array(item: Reader) -> Reader:
    def read(data: bytes, at: int) -> list[Any]:
        start, length = _items(data, at, item.size)
        places = range(start, start + item.size * length, item.size)
        if item.dynamic:
            return [item.read(data, _offset_within(data, each, item.least, start)) for each in places]
        return [item.read(data, each) for each in places]

    return Reader(_WORD, True, _WORD, read)


def _bytes(data: bytes, at: int) -> bytes:
    start, length = _items(data, at, 1)
    return data[start : start + length] if length else b""


def _items(data: bytes, at: int, stride: int) -> tuple[int, int]:
    """Where the items of a dynamic value start and how many there are."""
    length = _number(data, at)
    start = _signed(at + _WORD)
    if length >= _MOST or start > len(data) - stride * length:
        raise IndexError("a value is longer than calldata")
    return start, length
