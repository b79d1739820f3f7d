"""The condition of a gateway: what is wrong with it, each in a plain sentence, and figures for monitoring.

Whoever asks has no token, so nothing here tells of the ledger's content; the gateway's own log has the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal_column, select
from sqlalchemy.exc import SQLAlchemyError
from web3.exceptions import Web3RPCError

from api.http.asof import Head, latest
from api.http.gateway import Gateway
from api.http.kept import Kept
from chain.database import now_utc, reading
from chain.derivation import Diverged
from chain.headers.node import NodeLied
from chain.logs import UnknownLog
from chain.outbox import Reorganised as SendingReorganised
from chain.outbox import State, WrongNode, tables
from chain.readmodel import LogsMissing, Reorganised, cursor_of
from chain.rpc import MissingBlock, NodeUnreachable, RpcError, call, head_number, read_header

PARTS = ("node", "database", "sending", "read model")
"""What may be wrong of a gateway."""

UNDER_WAY = (State.QUEUED, State.SUBMITTED, State.INCLUDED)
"""States of transactions that have not come to their end."""

NODE_AWAY = (NodeUnreachable, MissingBlock, RpcError, OSError, Web3RPCError)


@dataclass(frozen=True, slots=True)
class Alarm:
    """What is wrong with a part of the gateway: a rule for programs, a sentence for people."""

    part: str
    rule: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Figures:
    """How a gateway with a database is doing.

    Attributes:
        transactions: how many are under way, by state.
        oldest_unsent: seconds since the oldest that no node has taken was queued, 0 if there is none.
        model_block: the read model's newest block, None if it has none.
    """

    transactions: dict[State, int]
    oldest_unsent: float
    model_block: int | None


def examine(gateway: Gateway) -> tuple[Head | None, list[Alarm]]:
    """The node's newest block, if it answers, and everything that is wrong; nothing is raised."""
    head, alarms = _node(gateway)
    if gateway.kept is not None:
        alarms += [*_database(gateway.kept), *_sending(gateway.kept), *_read_model(gateway.kept)]
    return head, alarms


def figures(kept: Kept) -> Figures:
    """How a gateway is doing.

    Raises:
        SQLAlchemyError: the database does not answer.
    """
    column = tables.transaction.c
    # The states are written out: so an index over what is under way serves, however much has ended.
    under_way = column.state.in_([literal_column(f"'{state.value}'") for state in UNDER_WAY])
    with reading(kept.database) as connection:
        counts = {
            State(state): int(count)
            for state, count in connection.execute(
                select(column.state, func.count()).where(under_way).group_by(column.state)
            )
        }
        oldest: datetime | None = connection.execute(
            select(func.min(column.queued_at, type_=column.queued_at.type)).where(
                column.state == literal_column(f"'{State.QUEUED.value}'")
            )
        ).scalar()
    cursor = cursor_of(kept.database)
    return Figures(
        transactions={state: counts.get(state, 0) for state in UNDER_WAY},
        oldest_unsent=max(0.0, (now_utc() - oldest).total_seconds()) if oldest else 0.0,
        model_block=cursor[0] if cursor else None,
    )


def _node(gateway: Gateway) -> tuple[Head | None, list[Alarm]]:
    """By raw JSON-RPC where that is at hand: calls to the ledger take turns, and one may wait for a block."""
    kept, chain_id = gateway.kept, gateway.ledger.manifest.chain_id
    try:
        if kept is None:
            return latest(gateway.ledger), []
        found = int(call(kept.node, "eth_chainId"), 16)
        if found != chain_id:
            said = f"The node is of chain {found}, the ledger of chain {chain_id}."
            return None, [Alarm("node", "wrong-chain", said)]
        header = read_header(kept.node, head_number(kept.node))
        return Head(header.number, header.hash, header.time), []
    except NODE_AWAY:
        return None, [Alarm("node", "ledger-unreachable", "The node behind this gateway does not answer.")]


def _database(kept: Kept) -> Iterator[Alarm]:
    try:
        with reading(kept.database) as connection:
            connection.execute(select(tables.lane.c.signer).limit(1)).all()
    except SQLAlchemyError:
        yield Alarm("database", "database-unreachable", "The gateway's database does not answer.")


def _sending(kept: Kept) -> Iterator[Alarm]:
    alarm = kept.sender.alarm
    if isinstance(alarm, SendingReorganised):
        why = "the chain took back a block that was final"
    elif isinstance(alarm, WrongNode):
        why = "the node is of another chain than the ledger"
    elif alarm is not None or not kept.sender.alive:
        why = "its worker ended"
    else:
        return
    yield Alarm(
        "sending",
        "sending-stopped",
        f"Sending has stopped: {why}. The gateway's log says more; look before you restart it.",
    )


def _read_model(kept: Kept) -> Iterator[Alarm]:
    alarm = kept.model.alarm
    match alarm:
        case None:
            if kept.model.alive:
                return
            why = "its worker ended"
        case Reorganised():
            why = "the chain took back a block that was final"
        case NodeLied():
            why = f"what the node says of block {alarm.block} is not what its validators sealed"
        case LogsMissing():
            why = "the node leaves out logs"
        case Diverged() | UnknownLog():
            why = "the chain has a log that the ledger's rules would not have written"
        case _:
            why = "of an error inside the gateway"
    yield Alarm(
        "read model",
        "read-model-stopped",
        f"The read model has stopped: {why}. The gateway's log says more; look before you restart it.",
    )
