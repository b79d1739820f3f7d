"""Taking on record what a client signed with its own key."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from chain.database import now_utc, reading
from chain.logs import checksummed
from chain.outbox import tables
from chain.outbox.accepting import KeyReused, check_key, insert_rows, row_of
from chain.outbox.checks import TransactionRefused, checked
from chain.outbox.entries import Entry, State, entry, note
from chain.outbox.nodes import used_by
from chain.outbox.outbox import Outbox

MOST_AHEAD = 1_000
"""How far a relayed transaction's nonce may be ahead of what its signer has used."""


class NonceTaken(Exception):
    """Another transaction of the same signer has the nonce."""


def relay(outbox: Outbox, raw: bytes, key: str | None = None, owner: str | None = None) -> Entry:
    """Takes on record a transaction that a client signed with its own key; a worker sends it.

    The same bytes again are the same transaction. If it expired without its nonce being used, it is queued
    again.

    Args:
        outbox: the outbox.
        raw: the signed transaction, calling one of the ledger's contracts.
        key: its idempotency key; the transaction's hash if there is none.
        owner: the account on whose behalf it is taken, if it is anybody's.

    Raises:
        TransactionRefused: its form, signature, size, chain id, destination or nonce is not allowed.
        KeyReused: the key stands for another transaction.
        NonceTaken: the outbox has another transaction with its signer's nonce.
        NodeUnreachable: no node says which nonces its signer has used.
    """
    read = checked(raw, outbox.chain_id, outbox.contracts)
    key = f"0x{read.hash.hex()}" if key is None else key
    check_key(key)
    signer = checksummed(read.sender)
    if signer in outbox.signers:
        raise TransactionRefused(f"signer: {signer} is the gateway's, which gives out its nonces")
    fingerprint = hashlib.sha256(raw).digest()
    earlier = _with_key(outbox, key, fingerprint)
    if earlier is not None and earlier.state != State.EXPIRED:
        return earlier
    done = used_by(outbox, signer)
    if read.nonce < done:
        if earlier is not None:
            return earlier
        raise TransactionRefused(f"nonce: {read.nonce} is used, the next of {signer} is {done}")
    if read.nonce > done + MOST_AHEAD:
        raise TransactionRefused(f"nonce: {read.nonce} is more than {MOST_AHEAD:,} ahead of {done}")
    row = row_of(
        outbox,
        key=key,
        fingerprint=fingerprint,
        signer=signer,
        nonce=read.nonce,
        to=checksummed(read.to),
        raw=raw,
        own=False,
        owner=owner,
        now=now_utc(),
    )
    try:
        with outbox.database.begin() as connection:
            if earlier is not None:
                return _requeue(connection, outbox, earlier)
            return insert_rows(connection, [row], "relayed")[key]
    except IntegrityError:
        earlier = _with_key(outbox, key, fingerprint)
        if earlier is not None:
            return earlier
        raise NonceTaken(f"another transaction of {signer} has nonce {read.nonce}") from None


def _with_key(outbox: Outbox, key: str, fingerprint: bytes) -> Entry | None:
    asked = select(tables.transaction).where(tables.transaction.c.key == key)
    with reading(outbox.database) as connection:
        row = connection.execute(asked).first()
    if row is None:
        return None
    found = entry(row)
    if found.fingerprint != fingerprint:
        raise KeyReused(f"the key {found.key!r} was used for another call")
    return found


def _requeue(connection: Connection, outbox: Outbox, earlier: Entry) -> Entry:
    statement = (
        update(tables.transaction)
        .where(tables.transaction.c.id == earlier.id)
        .values(
            state=State.QUEUED.value,
            deadline=now_utc() + outbox.settings.expire_after,
            sent_at=None,
            problem=None,
        )
        .returning(tables.transaction)
    )
    queued = entry(connection.execute(statement).one())
    note(connection, [(queued.id, State.QUEUED, "relayed again")])
    return queued
