"""Asking for many values and writing many rows at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Table, any_, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.dml import ReturningInsert

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


def insert_many(table: Table, dialect: str, rows: Sequence[Mapping[str, Any]]) -> ReturningInsert[Any]:
    """A statement that writes rows with the same columns and returns them as they stand, in any order.

    Args:
        table: where to.
        dialect: of the database; PostgreSQL gets each column as one array, for the reason above.
        rows: at least one.
    """
    if dialect != "postgresql":
        return insert(table).values(list(rows)).returning(table)
    names = list(rows[0])
    arrays = [bindparam(None, [row[name] for row in rows], type_=ARRAY(table.c[name].type)) for name in names]
    given = func.unnest(*arrays).table_valued(*names).render_derived()
    return insert(table).from_select(names, select(*given.c)).returning(table)


def batched(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Values in parts that one statement takes."""
    return (values[first : first + AT_ONCE] for first in range(0, len(values), AT_ONCE))
