"""The ledger's log as the read model has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from chain import events as ev
from chain.logs import LoggedEvent
from chain.readmodel import schema
from chain.readmodel.codec import from_json

_FAR = 2**62
"""No log has so many entries; a larger number is none that a database takes."""


def stored_events(connection: Connection, until: int | None = None) -> Iterator[tuple[LoggedEvent, int]]:
    """The log up to a block in its order, each entry with its block's time in seconds since 1970 (UTC).

    Raises:
        LookupError: an event is of a kind that the ledger does not have.
    """
    statement = _log()
    if until is not None:
        statement = statement.where(schema.events.c.block_number <= until)
    return map(_entry, connection.execute(statement))


def events_of(connection: Connection, receivable: int, after: int, most: int) -> list[LoggedEvent]:
    """The entries that tell of a receivable or of its vouchers: `most` of them, after the first `after`.

    Raises:
        LookupError: an event is of a kind that the ledger does not have.
    """
    statement = _log().where(schema.events.c.receivable == receivable).offset(min(after, _FAR)).limit(most)
    return [logged for logged, _ in map(_entry, connection.execute(statement))]


def _log() -> Select[Any]:
    columns = schema.events.c
    return (
        select(schema.events, schema.blocks.c.time)
        .join(schema.blocks, schema.blocks.c.number == columns.block_number)
        .order_by(columns.block_number, columns.log_index)
    )


def _entry(row: Row[Any]) -> tuple[LoggedEvent, int]:
    kind = getattr(ev, row.name, None)
    if kind is None:
        raise LookupError(f"the read model has an event {row.name}, which the ledger does not")
    event = from_json(kind, row.fields)
    transaction = bytes(row.transaction).hex()
    return LoggedEvent(event, row.contract, row.block_number, transaction, row.log_index), row.time
