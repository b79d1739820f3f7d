"""Writing rows, many at a time, and reading the state back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from json import dumps
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, delete, insert, select, update

from chain.database import Json
from chain.readmodel.codec import from_json, hints, to_json
from chain.readmodel.recording import ABSENT, Changes, recorded
from chain.readmodel.schema import RECORDS, SCALARS, Records, ledger_values
from chain.rules.state import Ledger

Row = tuple[Any, ...]

FEW = 20
"""Rows below which COPY costs more than it saves."""


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Inserts rows, whose values are in the order of the table's columns."""
    if not rows:
        return
    if connection.dialect.name == "postgresql" and len(rows) >= FEW:
        _copy(connection, table, rows)
        return
    names = [column.name for column in table.columns]
    connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])


def _copy(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    driver: Any = connection.connection.driver_connection
    jsons = [at for at, column in enumerate(table.columns) if _is_json(column)]
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(quote(column.name) for column in table.columns)
    with driver.cursor() as cursor, cursor.copy(f"COPY {quote(table.name)} ({columns}) FROM STDIN") as copy:
        if jsons:
            for row in rows:
                given = list(row)
                for at in jsons:
                    given[at] = dumps(given[at])
                copy.write_row(given)
        else:
            for row in rows:
                copy.write_row(row)


def _is_json(column: Column[Any]) -> bool:
    return column.type is Json


def write_changes(connection: Connection, ledger: Ledger, changes: Changes) -> None:
    """Writes the entries of the ledger that changed: new ones, others, and those that are gone."""
    for name, before in changes.items():
        records = RECORDS[name]
        entries = getattr(ledger, name)
        fresh: list[Row] = []
        changed: list[Row] = []
        gone: list[Row] = []
        for key, old in before.items():
            value = entries.get(key, ABSENT)
            if value is ABSENT:
                if old is not ABSENT:
                    gone.append(records.key_row(key))
            elif old is ABSENT:
                fresh.append(records.row(key, value))
            elif value != old:
                changed.append(records.row(key, value))
        insert_rows(connection, records.table, fresh)
        _update(connection, records, changed)
        _delete(connection, records, gone)


def write_scalars(connection: Connection, values: Mapping[str, Any]) -> None:
    """Writes those of the ledger's values that are no dictionaries, and changed."""
    for name, value in values.items():
        connection.execute(delete(ledger_values).where(ledger_values.c.name == name))
        connection.execute(insert(ledger_values), {"name": name, "value": to_json(value)})


def _update(connection: Connection, records: Records, rows: Sequence[Row]) -> None:
    if not rows:
        return
    names = [column.name for column in records.table.columns]
    given = [{f"new_{name}": value for name, value in zip(names, row, strict=True)} for row in rows]
    connection.execute(_update_statement(records.table), given)


@cache
def _update_statement(table: Table) -> Any:
    statement = update(table)
    values = {}
    for column in table.columns:
        parameter = bindparam(f"new_{column.name}", type_=column.type)
        if column.primary_key:
            statement = statement.where(column == parameter)
        else:
            values[column.name] = parameter
    return statement.values(values)


def _delete(connection: Connection, records: Records, keys: Sequence[Row]) -> None:
    if not keys:
        return
    statement = delete(records.table)
    for column in records.table.primary_key.columns:
        statement = statement.where(column == bindparam(f"old_{column.name}", type_=column.type))
    names = [f"old_{name}" for name in records.keys]
    connection.execute(statement, [dict(zip(names, key, strict=True)) for key in keys])


def load(connection: Connection, empty: Ledger) -> Ledger:
    """The state as the tables have it, into an empty ledger that remembers what changes from here on."""
    for name, records in RECORDS.items():
        entries = getattr(empty, name)
        for row in connection.execute(select(records.table)):
            key, value = records.entry(tuple(row))
            entries[key] = value
    types = hints(Ledger)
    for row in connection.execute(select(ledger_values)):
        if row.name in SCALARS:
            setattr(empty, row.name, from_json(types[row.name], row.value))
    return recorded(empty)
