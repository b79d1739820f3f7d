"""Holding the read model against a replay: the first thing it says that the ledger does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, is_dataclass
from itertools import zip_longest
from typing import Any

from sqlalchemy import Engine, select

from chain.database import reading
from chain.logs import LoggedEvent
from chain.readmodel.codec import from_json, hints
from chain.readmodel.logbook import stored_events
from chain.readmodel.schema import JOURNALS, RECORDS, SCALARS, Records, ledger_values
from chain.rules.state import Ledger


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the read model and the ledger differ: table, row and column, and what each says."""

    where: str
    stored: str
    replayed: str

    def __str__(self) -> str:
        return f"{self.where}: the read model says {self.stored}, the replay {self.replayed}"


def compare(database: Engine, ledger: Ledger) -> Difference | None:
    """The first difference between the tables and a ledger replayed to the same block; None if equal.

    Every table of the ledger's records is compared, with its derived columns, and its plain values.
    """
    return next(differences(database, ledger), None)


def differences(database: Engine, ledger: Ledger) -> Iterator[Difference]:
    """Every difference between the tables and a ledger, table by table."""
    with reading(database) as connection:
        for name, records in RECORDS.items():
            rows = connection.execute(select(records.table)).all()
            yield from _of_table(records, {_key_of(records, row): tuple(row) for row in rows}, ledger, name)
        types = hints(Ledger)
        stored = {row.name: row.value for row in connection.execute(select(ledger_values))}
        for name in SCALARS:
            expected = getattr(ledger, name)
            given = from_json(types[name], stored[name]) if name in stored else None
            if given != expected:
                yield Difference(f"ledger_values[{name}]", _shown(given), _shown(expected))


def compare_log(database: Engine, log: Iterable[LoggedEvent]) -> Difference | None:
    """The first difference between the stored events and the ledger's log; None if equal."""
    with reading(database) as connection:
        for stored, logged in zip_longest((each for each, _ in stored_events(connection)), log):
            if stored != logged:
                at = logged or stored
                return Difference(
                    f"events[block {at.block}, log {at.log_index}]", _shown(stored), _shown(logged)
                )
    return None


def compare_journals(database: Engine, log: Iterable[tuple[LoggedEvent, int]]) -> Difference | None:
    """The first difference between the tables made of events of one kind and a log with its times.

    The columns that are the event's own are compared; those that follow from the state are not.
    """
    expected: dict[type[Any], dict[tuple[int, int], tuple[Any, ...]]] = {kind: {} for kind in JOURNALS}
    for logged, time in log:
        kind = type(logged.event)
        if kind in JOURNALS:
            values = tuple(getattr(logged.event, name) for name in hints(kind))
            expected[kind][(logged.block, logged.log_index)] = (time, *values)
    with reading(database) as connection:
        for kind, journal in JOURNALS.items():
            width = 3 + len(hints(kind))
            stored = {
                (row[0], row[1]): _plain(tuple(row[2:width]))
                for row in connection.execute(select(journal.table))
            }
            for place in sorted(stored.keys() | expected[kind].keys()):
                if stored.get(place) != expected[kind].get(place):
                    return Difference(
                        f"{journal.table.name}[block {place[0]}, log {place[1]}]",
                        _shown(stored.get(place)),
                        _shown(expected[kind].get(place)),
                    )
    return None


def _of_table(
    records: Records, stored: dict[Any, tuple[Any, ...]], ledger: Ledger, name: str
) -> Iterator[Difference]:
    entries: dict[Any, Any] = getattr(ledger, name)
    columns = [column.name for column in records.table.columns]
    table = records.table.name
    for key, value in entries.items():
        row = stored.pop(key, None)
        if row is None:
            yield Difference(f"{table}[{_shown(key)}]", "nothing", _shown(value))
            continue
        expected = records.row(key, value)
        for column, given, wanted in zip(columns, _plain(row), expected, strict=True):
            if given != wanted:
                yield Difference(f"{table}[{_shown(key)}].{column}", _shown(given), _shown(wanted))
    for key, row in stored.items():
        yield Difference(f"{table}[{_shown(key)}]", _shown(row), "nothing")


def _key_of(records: Records, row: Any) -> Any:
    try:
        return records.entry(tuple(row))[0]
    except ValueError:  # a value that no record can have: the key alone is readable
        width = len(records.key_cells)
        return _plain(tuple(row[:width]))[0] if width == 1 else _plain(tuple(row[:width]))


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(bytes(each) if isinstance(each, memoryview | bytearray) else each for each in row)


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_shown, value)) + ")"
    return str(value) if is_dataclass(value) else repr(value)
