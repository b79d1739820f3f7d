"""Giving nodes what is on record: the same bytes, in the order of nonces, until a block has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, case, func, or_, select, update

from chain.database import now_utc, reading
from chain.outbox import tables
from chain.outbox.entries import State, note
from chain.outbox.nodes import Answer, Verdict, send_raw
from chain.outbox.outbox import Outbox
from chain.rpc import NodeUnreachable


@dataclass(frozen=True, slots=True)
class _Due:
    id: int
    state: State
    sends: int
    problem: str | None
    raw: bytes


def push(outbox: Outbox) -> int:
    """Sends what is due, to the first node that answers, and what was sent before to every node.

    Due is, of each signer, what is among the first `window` that no block has and was never sent, or was sent
    `resubmit_after` ago. Where a nonce is to be freed, the empty transaction goes instead.

    Returns:
        How many transactions a node answered about.

    Raises:
        NodeUnreachable: no node answers; nothing is lost, it stays due.
    """
    due = _due(outbox)
    if not due:
        return 0
    fresh = [each for each in due if not each.sends]
    again = [each for each in due if each.sends]
    answers: dict[int, Answer] = {}
    reached = False
    silent: list[str] = []
    for node in outbox.nodes:
        sending = again if reached else due
        if reached and not again:
            break
        try:
            said = send_raw(node, [each.raw for each in sending])
        except NodeUnreachable as error:
            silent.append(str(error))
            continue
        reached = True
        for each, answer in zip(sending, said, strict=True):
            earlier = answers.get(each.id)
            if earlier is None or earlier.verdict != Verdict.TAKEN:
                answers[each.id] = answer
    if not reached:
        raise NodeUnreachable("; ".join(silent))
    _record(outbox, [*fresh, *again], answers)
    return len(answers)


def _due(outbox: Outbox) -> list[_Due]:
    columns = tables.transaction.c
    place = func.row_number().over(partition_by=columns.signer, order_by=columns.nonce).label("place")
    live = (
        select(
            columns.id,
            columns.signer,
            columns.nonce,
            columns.state,
            columns.sent_at,
            columns.sends,
            columns.problem,
            case((columns.filler_raw.is_not(None), columns.filler_raw), else_=columns.raw).label("bytes"),
            place,
        )
        .where(columns.state.in_(tables.LIVE_STATES))
        .subquery()
    )
    asked = (
        select(live)
        .where(
            live.c.place <= outbox.settings.window,
            or_(
                live.c.sent_at.is_(None),
                live.c.sent_at <= bindparam("before", type_=columns.sent_at.type),
            ),
        )
        .order_by(live.c.signer, live.c.nonce)
    )
    with reading(outbox.database) as connection:
        rows: Sequence[Row[Any]] = connection.execute(
            asked, {"before": now_utc() - outbox.settings.resubmit_after}
        ).all()
    return [_Due(row.id, State(row.state), row.sends, row.problem, row.bytes) for row in rows]


def _record(outbox: Outbox, due: Sequence[_Due], answers: dict[int, Answer]) -> None:
    """Notes what the nodes said, in one transaction; whoever was included meanwhile stays so."""
    now = now_utc()
    columns = tables.transaction.c
    values = []
    changes: list[tuple[int, State, str]] = []
    for each in due:
        answer = answers[each.id]
        # "Nonce too low" after a crash is mostly this very transaction, in a block we have not read yet.
        taken = answer.verdict in (Verdict.TAKEN, Verdict.NONCE_USED)
        state = State.SUBMITTED if taken else each.state
        problem = None if answer.verdict == Verdict.TAKEN else f"{answer.verdict.value}: {answer.said}"
        values.append(
            {"which": each.id, "new_state": state.value, "said": problem, "at": now, "times": each.sends + 1}
        )
        if state != each.state or problem != each.problem:
            changes.append((each.id, state, problem or "a node has it"))
    statement = (
        update(tables.transaction)
        .where(columns.id == bindparam("which"), or_(*(columns.state == each for each in tables.LIVE_STATES)))
        .values(
            state=bindparam("new_state"),
            problem=bindparam("said"),
            sent_at=bindparam("at"),
            sends=bindparam("times"),
        )
    )
    with outbox.database.begin() as connection:
        connection.execute(statement, values)
        note(connection, changes)
