"""Starting: what is on record is compared with the chain before anything new is sent."""

from __future__ import annotations

import logging

from sqlalchemy import select, update

from chain.database import reading
from chain.outbox import tables
from chain.outbox.following import follow, settle
from chain.outbox.nodes import first_answer, used_by
from chain.outbox.outbox import Outbox
from chain.rpc import NodeUnreachable, call, head_number

log = logging.getLogger(__name__)


class WrongNode(Exception):
    """A node is of another chain than the ledger's."""


def recover(outbox: Outbox) -> None:
    """Reads the blocks since the last run and makes everything that none of them has due at once.

    A lane whose key was used outside the outbox goes on after the nonces used.

    Raises:
        WrongNode: a node is of another chain.
        NodeUnreachable: no node answers.
        Reorganised: the chain took back a block.
    """
    for node in outbox.nodes:
        try:
            chain_id = int(call(node, "eth_chainId"), 16)
        except NodeUnreachable as error:
            log.warning("a node does not answer: %s", error)
            continue
        if chain_id != outbox.chain_id:
            raise WrongNode(f"{node.name} is of chain {chain_id}, the ledger of chain {outbox.chain_id}")
    follow(outbox)
    node, head = first_answer(outbox, lambda each: (each, head_number(each)))
    settle(outbox, node, head)
    with reading(outbox.database) as connection:
        lanes = connection.execute(select(tables.lane)).all()
    for lane in lanes:
        done = used_by(outbox, lane.signer)
        if done > lane.next_nonce:
            log.warning("%s was used outside the outbox: nonces to %d are gone", lane.signer, done - 1)
            with outbox.database.begin() as connection:
                connection.execute(
                    update(tables.lane)
                    .where(tables.lane.c.signer == lane.signer, tables.lane.c.next_nonce < done)
                    .values(next_nonce=done)
                )
    with outbox.database.begin() as connection:
        connection.execute(update(tables.transaction).where(tables.is_live).values(sent_at=None))
