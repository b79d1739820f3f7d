"""Arguments of a call, read from its calldata the way the contracts read them.

Source: Solidity ABI specification, "Formal Specification of the Encoding"; the contracts refuse calldata that
is too short, values with bits beyond their type and offsets beyond the end, and ignore what follows the
arguments. Structs come as tuples, arrays as lists, bytes as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chain.logs import word_reader


@dataclass(frozen=True, slots=True)
class Reader:
    """How a value is read: `size` bytes stand in its place, and if it is `dynamic` they say where it is.

    `read` takes the data, where offsets count from, and the value's place; it raises IndexError where the
    data are too short and `BadWord` where 32 bytes are no value of the type.
    """

    size: int
    dynamic: bool
    read: Callable[[bytes, int, int], Any]


def reader(argument: Mapping[str, Any]) -> Reader:
    """Reads values of an argument's type as an ABI has it.

    Raises:
        TypeError: no contract of the ledger takes such values.
    """
    kind = str(argument["type"])
    if kind.endswith("[]"):
        return _array(reader({**argument, "type": kind[:-2]}))
    if kind == "bytes":
        return Reader(32, True, _bytes)
    if kind == "tuple":
        return _struct([reader(part) for part in argument["components"]])
    read_word = word_reader(kind)
    return Reader(32, False, lambda data, _, at: read_word(_word(data, at)))


def reader_of_all(arguments: Sequence[Mapping[str, Any]]) -> Callable[[bytes], tuple[Any, ...]]:
    """Reads all arguments of a function from its calldata without the selector."""
    members = [reader(argument) for argument in arguments]
    return lambda data: _members(members, data, 0, 0)


def _word(data: bytes, at: int) -> bytes:
    if len(data) < at + 32:
        raise IndexError("calldata is too short")
    return data[at : at + 32]


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(_word(data, at), "big")


def _members(members: Sequence[Reader], data: bytes, base: int, at: int) -> tuple[Any, ...]:
    found = []
    for member in members:
        found.append(member.read(data, base, at))
        at += member.size
    return tuple(found)


def _struct(members: list[Reader]) -> Reader:
    if not any(member.dynamic for member in members):
        size = sum(member.size for member in members)
        return Reader(size, False, lambda data, base, at: _members(members, data, base, at))

    def read(data: bytes, base: int, at: int) -> tuple[Any, ...]:
        start = base + _number(data, at)
        return _members(members, data, start, start)

    return Reader(32, True, read)


def _array(item: Reader) -> Reader:
    def read(data: bytes, base: int, at: int) -> list[Any]:
        start, length = _tail(data, base, at, item.size)
        return [item.read(data, start, start + item.size * index) for index in range(length)]

    return Reader(32, True, read)


def _bytes(data: bytes, base: int, at: int) -> bytes:
    start, length = _tail(data, base, at, 1)
    return data[start : start + length]


def _tail(data: bytes, base: int, at: int, stride: int) -> tuple[int, int]:
    """Where the items of a dynamic value start and how many there are."""
    start = base + _number(data, at)
    length = _number(data, start)
    if start + 32 + stride * length > len(data):
        raise IndexError("calldata is too short")
    return start + 32, length
