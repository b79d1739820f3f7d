"""Values of the ledger's records as columns: exact, whatever their size, in SQLite and PostgreSQL alike.

The contracts' words have up to 256 bits, so every integer is NUMERIC in PostgreSQL. SQLite's integers have 64
bits; larger ones are stored as 32 big-endian bytes, which it sorts after every integer and in their order.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from sqlalchemy import BigInteger, Boolean, Dialect, LargeBinary, Text
from sqlalchemy.types import TypeEngine, UserDefinedType

from chain.database import Json

_SQLITE_LARGEST = 2**63 - 1


class Word(UserDefinedType[int]):
    """An integer of at most 256 bits, not negative."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The column's type; its affinity in SQLite keeps integers and bytes as they are."""
        return "NUMERIC(78, 0)"

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """To the database."""
        return word_to_sqlite if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """From the database."""
        del coltype
        return _word_from_sqlite if dialect.name == "sqlite" else _word_from_postgresql


def word_to_sqlite(value: int | None) -> int | bytes | None:
    """An integer as SQLite keeps it."""
    return value if value is None or value <= _SQLITE_LARGEST else value.to_bytes(32, "big")


def _word_from_sqlite(value: int | bytes | None) -> int | None:
    return int.from_bytes(value, "big") if isinstance(value, bytes) else value


def _word_from_postgresql(value: Any) -> int | None:
    return None if value is None else int(value)


def column_type(of: Any) -> tuple[TypeEngine[Any], bool]:
    """The column for values of a Python type, and whether it may be NULL."""
    of, optional = _required(of)
    if isinstance(of, type):
        if issubclass(of, bool):
            return Boolean(), optional
        if issubclass(of, Enum):
            return BigInteger(), optional
        if issubclass(of, int):
            return Word(), optional
        if issubclass(of, bytes):
            return LargeBinary(), optional
        if issubclass(of, str):
            return Text(), optional
    return Json, optional


@cache
def packer(of: Any) -> Callable[[Any], Any] | None:
    """From a value of a type to its column's; None where they are the same."""
    of, optional = _required(of)
    if isinstance(of, type) and issubclass(of, bool | bytes):
        return None
    if isinstance(of, type) and issubclass(of, Enum):
        return _enum_number if not optional else lambda value: None if value is None else int(value.value)
    if isinstance(of, type) and issubclass(of, int):
        return None
    if isinstance(of, type) and issubclass(of, str):
        return escaped
    return lambda value: None if value is None else to_json(value)


@cache
def unpacker(of: Any) -> Callable[[Any], Any] | None:
    """From a column's value to one of the type; None where they are the same."""
    of, optional = _required(of)
    if isinstance(of, type) and issubclass(of, bool):
        return None
    if isinstance(of, type) and issubclass(of, Enum):
        return of if not optional else lambda value: None if value is None else of(value)
    if isinstance(of, type) and issubclass(of, int):
        return None
    if isinstance(of, type) and issubclass(of, bytes):
        return lambda value: None if value is None else bytes(value)
    if isinstance(of, type) and issubclass(of, str):
        return unescaped
    return lambda value: None if value is None else from_json(of, value)


def to_json(value: Any) -> Any:
    """A value in JSON's types: bytes as 0x-prefixed hex, records as objects, sequences as lists."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return int(value.value)
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if is_dataclass(value):
        return {each.name: to_json(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Sequence):
        return [to_json(each) for each in value]
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def from_json(of: Any, value: Any) -> Any:
    """The value of a type from what `to_json` made of it."""
    of, _ = _required(of)
    if value is None:
        return None
    if isinstance(of, type) and is_dataclass(of):
        return of(**{name: from_json(kind, value[name]) for name, kind in hints(of).items()})
    if isinstance(of, type) and issubclass(of, bytes):
        return bytes.fromhex(value[2:])
    if isinstance(of, type) and issubclass(of, str):
        return unescaped(value)
    if isinstance(of, type) and issubclass(of, bool):
        return value
    if isinstance(of, type) and issubclass(of, int):
        return of(value)
    if get_origin(of) is tuple:
        return tuple(from_json(get_args(of)[0], each) for each in value)
    raise TypeError(f"{of} is not read from JSON")


def hints(record: Any) -> dict[str, Any]:
    """The fields of a record's class with their types, in their order."""
    return _hints(record)


@cache
def _hints(record: Any) -> dict[str, Any]:
    found = get_type_hints(record)
    return {each.name: found[each.name] for each in fields(record)}


def escaped(text: str) -> str:
    r"""Text that a database takes: NUL and bytes that are no UTF-8 (PEP 383) as `\xHH`, `\` as `\\`."""
    if text.isascii() and "\\" not in text and "\0" not in text:
        return text
    out = []
    for each in text:
        if each == "\\":
            out.append("\\\\")
        elif each == "\0" or "\udc80" <= each <= "\udcff":
            out.append(f"\\x{ord(each) & 0xFF:02x}")
        else:
            out.append(each)
    return "".join(out)


def unescaped(text: str) -> str:
    """What was escaped."""
    if "\\" not in text:
        return text
    out = []
    at = 0
    while at < len(text):
        if text[at] != "\\":
            out.append(text[at])
            at += 1
        elif text[at + 1] == "\\":
            out.append("\\")
            at += 2
        else:
            byte = int(text[at + 2 : at + 4], 16)
            out.append(chr(byte) if byte == 0 else chr(0xDC00 + byte))
            at += 4
    return "".join(out)


def _enum_number(value: Any) -> int:
    return int(value.value)


def _required(of: Any) -> tuple[Any, bool]:
    """The type without None, and whether None was allowed."""
    if get_origin(of) in (Union, types.UnionType):
        rest = [each for each in get_args(of) if each is not type(None)]
        if len(rest) == 1:
            return rest[0], True
    return of, False
