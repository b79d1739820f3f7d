"""Asking for many values at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY

T = TypeVar("T")

AT_ONCE = 500
"""Values of one statement: SQLite takes a limited number of parameters."""


def among(connection: Connection, column: Column[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """Whether a column has one of some values, of the kind that the column holds.

    To PostgreSQL they go as one array: parsing a statement with hundreds of parameters costs more than
    carrying it out.
    """
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, list(values), type_=ARRAY(column.type)))
    return column.in_(list(values))


def batched(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Values in parts that one statement takes."""
    return (values[first : first + AT_ONCE] for first in range(0, len(values), AT_ONCE))
