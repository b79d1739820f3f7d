"""Transactions of the outbox as records, and reading them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, Text, func, insert, literal, select

from chain.database import among, batched, now_utc, reading
from chain.outbox import tables


class State(StrEnum):
    """Where a transaction stands. `FINAL`, `REVERTED` and `EXPIRED` are ends."""

    QUEUED = "queued"
    """Signed and on record; no node has taken it yet."""
    SUBMITTED = "submitted"
    """A node has taken it, or says that its nonce is used."""
    INCLUDED = "included"
    """It is in a block that is not final yet."""
    FINAL = "final"
    """It is in a final block and did what it was to do."""
    REVERTED = "reverted"
    """It is in a final block and the contract refused it."""
    EXPIRED = "expired"
    """Its nonce is used by another transaction: it will never be included."""

    @property
    def ended(self) -> bool:
        """Whether it stays as it is."""
        return self in (State.FINAL, State.REVERTED, State.EXPIRED)


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction of the outbox.

    `own` says that a signer of ours signed it, `owner` on which account's behalf it was taken; `problem` is
    what a node last said against it; `succeeded` is there once it is in a block.
    """

    id: int
    key: str
    signer: str
    nonce: int
    own: bool
    owner: str | None
    to: str
    hash: bytes
    raw: bytes = field(repr=False)
    fingerprint: bytes = field(repr=False)
    state: State
    queued_at: datetime
    deadline: datetime
    sent_at: datetime | None
    sends: int
    problem: str | None
    filler_hash: bytes | None
    filler_raw: bytes | None = field(repr=False)
    block: int | None
    block_hash: bytes | None
    included_hash: bytes | None
    succeeded: bool | None
    gas_used: int | None


@dataclass(frozen=True, slots=True)
class Moment:
    """A change in the life of a transaction."""

    at: datetime
    state: State
    detail: str


class UnknownEntry(LookupError):
    """The outbox has no such transaction."""


def entry_of(database: Engine, which: int | str) -> Entry:
    """A transaction by its id or by its idempotency key.

    Raises:
        UnknownEntry: there is none.
    """
    columns = tables.transaction.c
    with reading(database) as connection:
        row = connection.execute(
            select(tables.transaction).where(
                columns.id == which if isinstance(which, int) else columns.key == which
            )
        ).first()
    if row is None:
        raise UnknownEntry(f"the outbox has no transaction {which!r}")
    return entry(row)


def entries_of(database: Engine, owner: str, ids: Sequence[int]) -> list[Entry]:
    """An account's transactions among these ids, in the order of ids; what is not its own is left out."""
    columns = tables.transaction.c
    with reading(database) as connection:
        rows = connection.execute(
            select(tables.transaction)
            .where(among(connection, columns.id, ids), columns.owner == owner)
            .order_by(columns.id)
        ).all()
    return [entry(row) for row in rows]


def owned_by(
    database: Engine, owner: str, after: int, limit: int, states: Collection[State] = ()
) -> list[Entry]:
    """An account's transactions with ids above `after`, oldest first, of all states or only of some."""
    columns = tables.transaction.c
    asked = select(tables.transaction).where(columns.owner == owner, columns.id > after)
    if states:
        asked = asked.where(columns.state.in_([state.value for state in states]))
    with reading(database) as connection:
        rows = connection.execute(asked.order_by(columns.id).limit(limit)).all()
    return [entry(row) for row in rows]


def history_of(database: Engine, id_: int) -> list[Moment]:
    """What happened to a transaction, in order."""
    with reading(database) as connection:
        rows = connection.execute(
            select(tables.history).where(tables.history.c.transaction_id == id_).order_by(tables.history.c.id)
        ).all()
    return [Moment(row.at, State(row.state), row.detail) for row in rows]


def pending_of(database: Engine, limit: int = 100) -> list[Entry]:
    """The oldest transactions that have not ended."""
    ended = [state for state in State if state.ended]
    with reading(database) as connection:
        rows = connection.execute(
            select(tables.transaction)
            .where(tables.transaction.c.state.not_in(ended))
            .order_by(tables.transaction.c.id)
            .limit(limit)
        ).all()
    return [entry(row) for row in rows]


def live_count(database: Engine) -> dict[State, int]:
    """How many transactions are in each state."""
    column = tables.transaction.c.state
    with reading(database) as connection:
        rows = connection.execute(select(column, func.count()).group_by(column)).all()
    return {State(state): count for state, count in rows}


def entry(row: Row[Any]) -> Entry:
    """A row of the table as a record."""
    return Entry(
        id=row.id,
        key=row.key,
        signer=row.signer,
        nonce=row.nonce,
        own=row.own,
        owner=row.owner,
        to=row.destination,
        hash=row.hash,
        raw=row.raw,
        fingerprint=row.fingerprint,
        state=State(row.state),
        queued_at=row.queued_at,
        deadline=row.deadline,
        sent_at=row.sent_at,
        sends=row.sends,
        problem=row.problem,
        filler_hash=row.filler_hash,
        filler_raw=row.filler_raw,
        block=row.block_number,
        block_hash=row.block_hash,
        included_hash=row.included_hash,
        succeeded=row.succeeded,
        gas_used=row.gas_used,
    )


def note(connection: Connection, changes: Sequence[tuple[int, State, str]]) -> None:
    """Writes changes (id, state, detail) into the history, those that are alike at once."""
    at = now_utc()
    alike: dict[tuple[State, str], list[int]] = {}
    for id_, state, detail in changes:
        alike.setdefault((state, detail), []).append(id_)
    columns = tables.history.c
    into = [columns.transaction_id, columns.at, columns.state, columns.detail]
    for (state, detail), ids in alike.items():
        for some in batched(ids):
            row = select(
                tables.transaction.c.id,
                literal(at, columns.at.type),
                literal(state.value, Text),
                literal(detail, Text),
            ).where(among(connection, tables.transaction.c.id, some))
            connection.execute(
                insert(tables.history).from_select(into, row.order_by(tables.transaction.c.id))
            )
