"""Reading from the read model: lists and sums, as of the newest block that it has.

A list that the node could give as well comes from the read model only when that has the node's newest block:
so who has just written finds what it wrote. What only the read model has is as of its own newest block, which
the response names.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, Connection, or_, select, true, union

from api.http.asof import Head
from api.http.gateway import Gateway
from api.http.kept import Kept
from api.http.problems import ApiProblem
from api.http.visibility import SEES_ALL
from chain import errors
from chain.database import reading
from chain.lineage import Lineage, Node, lineage_of
from chain.logs import LoggedEvent
from chain.readmodel import cursor_of, events_of
from chain.readmodel.schema import RECORDS, blocks
from chain.rpc import MissingBlock, NodeUnreachable, RpcError, head_number
from chain.rules.state import Encumbrance, IssueState, Status, VoucherFlag

PATIENCE: Final = 2.0
"""Seconds that a read waits for the read model to have the node's newest block."""

NEAR: Final = 20
"""Blocks that the read model may be behind to be waited for; what is further behind is catching up."""

_PAUSE: Final = 0.02
_AWAY = (NodeUnreachable, MissingBlock, RpcError)

issues = RECORDS["issue"].table
receivables = RECORDS["receivable"].table
vouchers = RECORDS["voucher"].table
_participants = RECORDS["participant"].table
_hops, _hop_counts = RECORDS["hop"].table, RECORDS["hops"].table


@dataclass(frozen=True)
class Snapshot:
    """One state of the read model: that after the block `head`."""

    connection: Connection
    head: Head

    def sees_all(self, participant: int) -> bool:
        """Whether a participant acts in a role that sees all; as `visibility.has_role` says of the ledger."""
        row = self.connection.execute(
            select(_participants).where(_participants.c.number == participant)
        ).first()
        return (
            row is not None
            and row.status == Status.ACTIVE.value
            and self.head.time <= row.valid_until
            and bool(row.roles & SEES_ALL)
        )


@contextmanager
def snapshot(gateway: Gateway) -> Iterator[Snapshot]:
    """The read model after its newest block; the node's newest, if it gets there in time.

    Raises:
        ApiProblem: this gateway keeps no read model, it has stopped, or it has no block yet.
    """
    kept = gateway.kept
    if kept is None:
        raise ApiProblem(
            "read-model-missing",
            501,
            "This gateway keeps no read model: it was started without a database.",
        )
    if kept.model.alarm is not None or not kept.model.alive:
        raise ApiProblem(
            "read-model-stopped", 503, "The read model has stopped and is not up to date; /readyz says why."
        )
    _is_level(kept)
    with reading(kept.database) as connection:
        head = _head(connection)
        if head is None:
            raise ApiProblem(
                "read-model-empty",
                503,
                "The read model has no block of the ledger yet.",
                headers={"Retry-After": "5"},
            )
        yield Snapshot(connection, head)


@contextmanager
def level_snapshot(gateway: Gateway) -> Iterator[Snapshot | None]:
    """The read model after the node's newest block; None if there is none, or it is not there in time."""
    kept = gateway.kept
    if kept is None or kept.model.alarm is not None or not kept.model.alive or not _is_level(kept):
        yield None
        return
    with reading(kept.database) as connection:
        head = _head(connection)
        yield None if head is None else Snapshot(connection, head)


def _is_level(kept: Kept) -> bool:
    """Waits until the read model, if it is near, has the node's newest block; whether it has."""
    try:
        newest = head_number(kept.node)
    except _AWAY:
        return False
    ends = time.monotonic() + PATIENCE
    while True:
        cursor = cursor_of(kept.database)
        if cursor is not None and cursor[0] >= newest:
            return True
        if cursor is None or newest - cursor[0] > NEAR:
            return False
        if time.monotonic() >= ends or kept.model.alarm is not None:
            return False
        time.sleep(_PAUSE)


def _head(connection: Connection) -> Head | None:
    row = connection.execute(select(blocks).order_by(blocks.c.number.desc()).limit(1)).first()
    return None if row is None else Head(row.number, bytes(row.hash), row.time)


def visible(model: Snapshot, participant: int, number: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a receivable, by its number's column, is one that a participant may see.

    The rule is `visibility.visible_lineage`'s.
    """
    return true() if model.sees_all(participant) else number.in_(_concerning(participant))


def visible_receivables(
    model: Snapshot, participant: int, after: int, most: int
) -> list[tuple[int, Lineage]]:
    """The receivables that a participant may see, by number, after a number; without their vouchers."""
    number = issues.c.number
    rows = model.connection.execute(
        select(issues)
        .where(number > after, issues.c.state != IssueState.NONE.value, visible(model, participant, number))
        .order_by(number)
        .limit(most)
    )
    found = [RECORDS["issue"].entry(tuple(row)) for row in rows]
    debts = _by_key(model, "receivable", receivables.c.number, [key for key, _ in found])
    return [(key, lineage_of(key, issue, debts.get(key), {})) for key, issue in found]


def open_offers(
    model: Snapshot, participant: int, after: int, most: int, *, received: bool
) -> list[tuple[int, Node]]:
    """The vouchers offered to a participant, or by it, after a voucher's id, each in its place."""
    columns = vouchers.c
    rows = model.connection.execute(
        select(columns.id, columns.receivable)
        .where(
            columns.id > after,
            columns.encumbrance == Encumbrance.OFFERED.value,
            (columns.counterparty if received else columns.holder) == participant,
        )
        .order_by(columns.id)
        .limit(most)
    ).all()
    nodes: dict[int, Node] = {}
    for number in sorted({row.receivable for row in rows}):
        issue = _by_key(model, "issue", issues.c.number, [number])[number]
        debt = _by_key(model, "receivable", receivables.c.number, [number])[number]
        own = _by_key(model, "voucher", columns.receivable, [number])
        nodes |= {node.id: node for node in lineage_of(number, issue, debt, own).nodes}
    return [(row.id, nodes[row.id]) for row in rows]


def history(model: Snapshot, participant: int, number: int, after: int, most: int) -> list[LoggedEvent]:
    """Entries of the log about a receivable: `most` of them, after the first `after`.

    Raises:
        IssueUnknown: there is none of that number, or the participant may not see it.
    """
    column = issues.c.number
    found = select(column).where(
        column == number, issues.c.state != IssueState.NONE.value, visible(model, participant, column)
    )
    if model.connection.execute(found).first() is None:
        raise errors.IssueUnknown(number)
    return events_of(model.connection, number, after, most)


def _concerning(participant: int) -> CompoundSelect[Any]:
    """Numbers of the receivables that are a participant's affair."""
    bound = vouchers.c.flags % (2 * VoucherFlag.BOUND.value) >= VoucherFlag.BOUND.value
    return union(
        select(issues.c.number).where(or_(issues.c.debtor == participant, issues.c.creditor == participant)),
        select(vouchers.c.receivable).where(
            or_(vouchers.c.holder == participant, vouchers.c.counterparty == participant)
        ),
        select(vouchers.c.receivable)
        .join(_hops, _hops.c.voucher == vouchers.c.id)
        .join(_hop_counts, _hop_counts.c.voucher == vouchers.c.id)
        .where(_hops.c.transferor == participant, _hops.c.number <= _hop_counts.c.hops, bound),
    )


def _by_key(model: Snapshot, name: str, column: ColumnElement[Any], keys: Sequence[int]) -> dict[int, Any]:
    """Records of the ledger whose column is one of some values, by their own keys."""
    records = RECORDS[name]
    rows = model.connection.execute(select(records.table).where(column.in_(keys)))
    return dict(records.entry(tuple(row)) for row in rows)
