"""Giving nodes what is on record: the same bytes, in the order of nonces, until a block has them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import case, func, or_, select, update

from chain.database import among, batched, now_utc, reading
from chain.outbox import tables
from chain.outbox.entries import State, note
from chain.outbox.nodes import Answer, Verdict, send_raw
from chain.outbox.outbox import Outbox
from chain.rpc import NodeUnreachable, Rpc

MOST_AT_ONCE = 2_000
"""Transactions of one round: more than a block takes."""

ARRAY = 100
"""Transactions of one request."""


@dataclass(frozen=True, slots=True)
class _Due:
    id: int
    state: State
    sends: int
    problem: str | None
    raw: bytes
    home: int


def push(outbox: Outbox) -> int:
    """Sends what is due: each signer's to a node of its own, and what was sent before to every node.

    Due is, of each signer, what is within `window` nonces from the first that no block has, and was never
    sent, or was sent `resubmit_after` ago. A node that does not answer is passed over for the next. Where a
    nonce is to be freed, the empty transaction goes instead.

    Returns:
        How many transactions a node answered about.

    Raises:
        NodeUnreachable: no node answers; nothing is lost, it stays due.
    """
    due = _due(outbox)
    if not due:
        return 0
    answers: dict[int, Answer] = {}
    silent: dict[int, str] = {}
    nodes = range(len(outbox.nodes))
    lots = [[each for each in due if each.sends or each.home == at] for at in nodes]
    for at, (said, problem) in zip(nodes, _asked(outbox, lots), strict=True):
        _merge(answers, lots[at], said)
        if problem:
            silent[at] = problem
    for at in nodes:
        left = [each for each in due if each.id not in answers]
        if left and at not in silent:
            said, problem = _give(outbox.nodes[at], left)
            _merge(answers, left, said)
            if problem:
                silent[at] = problem
    if not answers:
        raise NodeUnreachable("; ".join(silent.values()))
    _record(outbox, [each for each in due if each.id in answers], answers)
    return len(answers)


def _asked(outbox: Outbox, lots: Sequence[Sequence[_Due]]) -> list[tuple[list[Answer], str]]:
    """What each node says to its lot; all are asked at the same time."""
    if len(lots) == 1:
        return [_give(outbox.nodes[0], lots[0])]
    with ThreadPoolExecutor(len(lots)) as pool:
        return list(pool.map(_give, outbox.nodes, lots))


def _give(node: Rpc, lot: Sequence[_Due]) -> tuple[list[Answer], str]:
    """What a node says to the first of a lot, and why it said nothing to the rest: a slow one is not lost."""
    said: list[Answer] = []
    try:
        for first in range(0, len(lot), ARRAY):
            said += send_raw(node, [each.raw for each in lot[first : first + ARRAY]])
    except NodeUnreachable as error:
        return said, str(error)
    return said, ""


def _merge(answers: dict[int, Answer], sent: Sequence[_Due], said: Sequence[Answer]) -> None:
    """One node that has a transaction outweighs others that refuse it."""
    for each, answer in zip(sent, said, strict=False):
        earlier = answers.get(each.id)
        if earlier is None or earlier.verdict != Verdict.TAKEN:
            answers[each.id] = answer


def _due(outbox: Outbox) -> list[_Due]:
    columns = tables.transaction.c
    first = (
        select(columns.signer, func.min(columns.nonce).label("nonce"))
        .where(tables.is_live)
        .group_by(columns.signer)
        .subquery()
    )
    asked = (
        select(
            columns.id,
            columns.signer,
            columns.state,
            columns.sends,
            columns.problem,
            case((columns.filler_raw.is_not(None), columns.filler_raw), else_=columns.raw).label("bytes"),
        )
        .join(first, columns.signer == first.c.signer)
        .where(
            tables.is_live,
            columns.nonce < first.c.nonce + outbox.settings.window,
            or_(columns.sent_at.is_(None), columns.sent_at <= now_utc() - outbox.settings.resubmit_after),
        )
        .order_by(columns.signer, columns.nonce)
        .limit(MOST_AT_ONCE)
    )
    with reading(outbox.database) as connection:
        rows = connection.execute(asked).all()
    return [
        _Due(row.id, State(row.state), row.sends, row.problem, row.bytes, _home(outbox, row.signer))
        for row in rows
    ]


def _home(outbox: Outbox, signer: str) -> int:
    """The node that a signer's transactions go to, so that it has them in the order of nonces."""
    return int(signer[-8:], 16) % len(outbox.nodes)


def _record(outbox: Outbox, due: Sequence[_Due], answers: dict[int, Answer]) -> None:
    """Notes what the nodes said, in one transaction; whoever was included meanwhile stays so."""
    now = now_utc()
    columns = tables.transaction.c
    alike: dict[tuple[State, str | None], list[int]] = {}
    changes: list[tuple[int, State, str]] = []
    for each in due:
        answer = answers[each.id]
        # "Nonce too low" after a crash is mostly this very transaction, in a block we have not read yet.
        taken = answer.verdict in (Verdict.TAKEN, Verdict.NONCE_USED)
        state = State.SUBMITTED if taken else each.state
        problem = None if answer.verdict == Verdict.TAKEN else f"{answer.verdict.value}: {answer.said}"
        alike.setdefault((state, problem), []).append(each.id)
        if state != each.state or problem != each.problem:
            changes.append((each.id, state, problem or "a node has it"))
    with outbox.database.begin() as connection:
        for (state, problem), ids in alike.items():
            for some in batched(ids):
                connection.execute(
                    update(tables.transaction)
                    .where(among(connection, columns.id, some), tables.is_live)
                    .values(state=state.value, problem=problem, sent_at=now, sends=columns.sends + 1)
                )
        note(connection, changes)
