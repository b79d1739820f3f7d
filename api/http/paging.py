"""Pages of a list, with an opaque cursor to the next."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from api.http.problems import ApiProblem

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=200, description="How many items at most.")]
Cursor = Annotated[
    str | None, Query(max_length=100, description="`next_cursor` of the page before; none for the first.")
]


class Page(BaseModel, Generic[T]):
    """Some items of a list; `next_cursor` leads to more and is null on the last page."""

    items: list[T]
    next_cursor: str | None = Field(examples=["djE6Mg"])


def position(cursor: str | None) -> int:
    """The key that a cursor stands after; 0 for none.

    Raises:
        ApiProblem: the cursor was not made here.
    """
    if cursor is None:
        return 0
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        version, _, key = text.partition(":")
        if version == "v1" and key.isdecimal() and int(key) < 2**80:
            return int(key)
    except (ValueError, binascii.Error):
        pass
    raise ApiProblem("cursor-invalid", 422, "The cursor is not one that this API gave.")


def keyset(cursor: str | None, kinds: Sequence[type[int] | type[str]]) -> list[int | str] | None:
    """The values of several keys that a cursor stands after; None for none.

    Raises:
        ApiProblem: the cursor was not made here, or for another list.
    """
    if cursor is None:
        return None
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("utf-8")
        version, _, listed = text.partition(":")
        keys = json.loads(listed) if version == "v2" else None
        if isinstance(keys, list) and [type(key) for key in keys] == list(kinds) and all(map(_sound, keys)):
            return keys
    except (ValueError, binascii.Error, RecursionError):
        pass
    raise ApiProblem("cursor-invalid", 422, "The cursor is not one that this API gave.")


def _sound(key: int | str) -> bool:
    """Whether a database takes a key."""
    return 0 <= key < 2**80 if isinstance(key, int) else "\0" not in key


def next_keyset(keys: Sequence[int | str]) -> str:
    """The cursor to what comes after some values of a list's keys."""
    text = f"v2:{json.dumps(list(keys), separators=(',', ':'))}"
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def page(found: Iterable[tuple[int, T]], limit: int) -> tuple[list[T], str | None]:
    """The first items of a list of (key, item) in the order of keys, and the cursor to the rest."""
    taken = list(islice(found, limit + 1))
    if len(taken) <= limit:
        return [item for _, item in taken], None
    key = taken[limit - 1][0]
    cursor = urlsafe_b64encode(f"v1:{key}".encode()).decode().rstrip("=")
    return [item for _, item in taken[:limit]], cursor
