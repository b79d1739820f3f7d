"""Freeing nonces: what no block took in time must never be taken later, and must not hold up what follows.

A nonce counts once. An empty transaction to oneself with the same nonce either takes its place for good, or
loses to it: both are an end that can be relied on.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import and_, or_, select, update

from chain.database import now_utc, reading
from chain.hashing import keccak
from chain.headers import rlp
from chain.headers.transactions import BadTransaction, read_transaction
from chain.logs import checksummed
from chain.outbox import tables
from chain.outbox.accepting import current_bid
from chain.outbox.checks import TransactionRefused
from chain.outbox.entries import Entry, State, entry, note
from chain.outbox.following import Receipt, cursor_of, include
from chain.outbox.nodes import Verdict, first_answer, used_by
from chain.outbox.outbox import Outbox
from chain.rpc import Rpc, call
from chain.signing import SigningFailed

FILLER_GAS = 21_000
AT_ONCE = 100

log = logging.getLogger(__name__)


def expire(outbox: Outbox) -> int:
    """Deals with what is past its deadline or has lost its nonce; how many transactions changed.

    One of our own gets an empty transaction with its nonce, which is sent from here on instead of it: the
    transaction expires when that one is final. A relayed one is sent no more; its signer may send it still.
    One whose nonce another transaction used, unknown to the outbox, expires as soon as the chain says so.

    Raises:
        NodeUnreachable: no node answers.
    """
    cursor = cursor_of(outbox)
    if cursor is None:
        return 0
    changed = 0
    for each in _suspects(outbox):
        if each.nonce < used_by(outbox, each.signer, cursor[0]):
            changed += _superseded(outbox, each, cursor[0])
        elif each.deadline > now_utc():
            continue
        elif not each.own:
            changed += _end(outbox, each, "no block took it in time; it is sent no more")
        elif each.filler_raw is None:
            changed += _fill(outbox, each)
    return changed


def _suspects(outbox: Outbox) -> Sequence[Entry]:
    columns = tables.transaction.c
    overdue = and_(columns.deadline <= now_utc(), columns.filler_raw.is_(None))
    lost = columns.problem.startswith(Verdict.NONCE_USED.value)
    with reading(outbox.database) as connection:
        rows = connection.execute(
            select(tables.transaction)
            .where(tables.is_live, or_(overdue, lost))
            .order_by(columns.id)
            .limit(AT_ONCE)
        ).all()
    return [entry(row) for row in rows]


def _superseded(outbox: Outbox, each: Entry, read_to: int) -> bool:
    """The nonce is used up to a block that has been read, and no block that was read has the transaction.

    It may have been included before the outbox knew of it, if its signer sent it elsewhere as well.
    """

    def receipt_of(node: Rpc) -> dict[str, str] | None:
        found: dict[str, str] | None = call(node, "eth_getTransactionReceipt", f"0x{each.hash.hex()}")
        return found

    receipt = first_answer(outbox, receipt_of)
    if receipt is None:
        return _end(outbox, each, "a transaction that is not the outbox's used its nonce")
    number = int(receipt["blockNumber"], 16)
    if number > read_to:
        return False
    succeeded, gas_used = int(receipt["status"], 16) == 1, int(receipt["gasUsed"], 16)
    with outbox.database.begin() as connection:
        block_hash = bytes.fromhex(receipt["blockHash"][2:])
        found = Receipt(each.id, each.hash, True, succeeded, gas_used)
        # The block was read before; if it was final then already, nobody will ask about it again.
        include(connection, [found], number, block_hash, final=outbox.at_once)
    return True


def _fill(outbox: Outbox, each: Entry) -> bool:
    signer = outbox.signers.get(each.signer)
    try:
        if signer is None:
            raise TransactionRefused(f"signer: {each.signer} is not here to free its nonce")
        bid = max(current_bid(outbox), rlp.integer(rlp.decode_list(each.raw)[1]))
        raw = signer.sign_transaction(
            {
                "chainId": outbox.chain_id,
                "nonce": each.nonce,
                # A pool lets a transaction go for one that bids a tenth more (go-ethereum, `PriceBump`).
                "gasPrice": bid + bid // 4,
                "gas": FILLER_GAS,
                "to": each.signer,
                "value": 0,
                "data": b"",
            }
        )
        read = read_transaction(raw)
        if checksummed(read.sender) != each.signer or read.nonce != each.nonce or read.data or read.value:
            raise TransactionRefused(f"signature: what {each.signer} signed is not what it was given")
    except (TransactionRefused, BadTransaction, SigningFailed) as error:
        log.warning("transaction %s is past its deadline and its nonce cannot be freed: %s", each.id, error)
        return False
    columns = tables.transaction.c
    with outbox.database.begin() as connection:
        filled = connection.execute(
            update(tables.transaction)
            .where(
                columns.id == each.id,
                tables.is_live,
                columns.filler_raw.is_(None),
            )
            .values(filler_raw=raw, filler_hash=keccak(raw), sent_at=None)
        ).rowcount
        if filled:
            note(connection, [(each.id, each.state, "past its deadline: its nonce is given to another")])
    return bool(filled)


def _end(outbox: Outbox, each: Entry, why: str) -> bool:
    columns = tables.transaction.c
    with outbox.database.begin() as connection:
        ended = connection.execute(
            update(tables.transaction)
            .where(columns.id == each.id, tables.is_live)
            .values(state=State.EXPIRED.value, problem=why)
        ).rowcount
        if ended:
            note(connection, [(each.id, State.EXPIRED, why)])
    return bool(ended)
