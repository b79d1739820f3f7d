"""Taking a transaction on record: key, nonce and signed bytes in one database transaction."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from chain.database import now_utc, reading
from chain.hashing import keccak
from chain.headers.transactions import Transaction
from chain.logs import checksummed
from chain.outbox import tables
from chain.outbox.checks import TransactionRefused, checked
from chain.outbox.entries import Entry, State, entry, note
from chain.outbox.nodes import first_answer, used
from chain.outbox.outbox import Outbox
from chain.rpc import head_number, read_header

GAS_LIMIT = 10_000_000
MOST_AHEAD = 1_000
"""How far a relayed transaction's nonce may be ahead of what its signer has used."""

LONGEST_KEY = 400


class KeyReused(Exception):
    """An idempotency key was used before, for another call."""


class NonceTaken(Exception):
    """Another transaction of the same signer has the nonce."""


def submit(outbox: Outbox, key: str, signer: str, to: str, data: bytes, gas: int = GAS_LIMIT) -> Entry:
    """Signs a call of one of the ledger's contracts and takes it on record; a worker sends it.

    With a key that was used before for the same call, the transaction it stands for is returned and nothing
    is signed.

    Args:
        outbox: the outbox.
        key: the idempotency key, of 1 to 400 characters, unique in the database.
        signer: address of one of the outbox's signers.
        to: a contract of the ledger.
        data: the call.
        gas: its limit.

    Raises:
        KeyReused: the key stands for another call.
        SigningRefused: the policy does not allow the call.
        TransactionRefused: the signed transaction is not one the outbox sends.
        NodeUnreachable: the signer is new to this database and no node says which nonce is its next.
        KeyError: the outbox does not have the signer.
    """
    _check_key(key)
    own = outbox.signers[signer]
    fingerprint = _fingerprint(outbox.chain_id, signer, to, data)
    earlier = _with_key(outbox, key, fingerprint)
    if earlier is not None:
        return earlier
    next_nonce = None if _has_lane(outbox, signer) else first_answer(outbox, lambda node: used(node, signer))
    bid = current_bid(outbox)
    with outbox.database.begin() as connection:
        nonce = _take_lane(connection, outbox, signer, next_nonce)
        # Asked again now that nobody else can be in this lane.
        found = _find(connection, key)
        if found is not None:
            return _same(found, fingerprint)
        raw = own.sign_transaction(
            {
                "chainId": outbox.chain_id,
                "nonce": nonce,
                "gasPrice": bid,
                "gas": gas,
                "to": to,
                "value": 0,
                "data": data,
            }
        )
        read = checked(raw, outbox.chain_id, outbox.contracts)
        if checksummed(read.sender) != signer or read.nonce != nonce or read.data != data:
            raise TransactionRefused(f"signature: what {signer} signed is not what it was given")
        made = _insert(connection, outbox, key, fingerprint, read, raw, own=True)
        connection.execute(
            update(tables.lane).where(tables.lane.c.signer == signer).values(next_nonce=nonce + 1)
        )
        return made


def relay(outbox: Outbox, raw: bytes, key: str | None = None) -> Entry:
    """Takes on record a transaction that a client signed with its own key; a worker sends it.

    The same bytes again are the same transaction. If it expired without its nonce being used, it is queued
    again.

    Args:
        outbox: the outbox.
        raw: the signed transaction, calling one of the ledger's contracts.
        key: its idempotency key; the transaction's hash if there is none.

    Raises:
        TransactionRefused: its form, signature, size, chain id, destination or nonce is not allowed.
        KeyReused: the key stands for another transaction.
        NonceTaken: the outbox has another transaction with its signer's nonce.
        NodeUnreachable: no node says which nonces its signer has used.
    """
    read = checked(raw, outbox.chain_id, outbox.contracts)
    key = f"0x{read.hash.hex()}" if key is None else key
    _check_key(key)
    signer = checksummed(read.sender)
    if signer in outbox.signers:
        raise TransactionRefused(f"signer: {signer} is the gateway's, which gives out its nonces")
    fingerprint = hashlib.sha256(raw).digest()
    earlier = _with_key(outbox, key, fingerprint)
    if earlier is not None and earlier.state != State.EXPIRED:
        return earlier
    done = first_answer(outbox, lambda node: used(node, signer))
    if read.nonce < done:
        if earlier is not None:
            return earlier
        raise TransactionRefused(f"nonce: {read.nonce} is used, the next of {signer} is {done}")
    if read.nonce > done + MOST_AHEAD:
        raise TransactionRefused(f"nonce: {read.nonce} is more than {MOST_AHEAD:,} ahead of {done}")
    try:
        with outbox.database.begin() as connection:
            if earlier is not None:
                return _requeue(connection, outbox, earlier)
            return _insert(connection, outbox, key, fingerprint, read, raw, own=False)
    except IntegrityError:
        earlier = _with_key(outbox, key, fingerprint)
        if earlier is not None:
            return earlier
        raise NonceTaken(f"another transaction of {signer} has nonce {read.nonce}") from None


def current_bid(outbox: Outbox) -> int:
    """What a transaction bids now, by the newest block read: a call is accepted while no node answers."""
    with reading(outbox.database) as connection:
        newest = connection.execute(
            select(tables.block.c.base_fee).order_by(tables.block.c.number.desc()).limit(1)
        ).first()
    if newest is not None:
        return outbox.price(newest.base_fee)
    return outbox.price(first_answer(outbox, lambda node: read_header(node, head_number(node))).base_fee)


def _check_key(key: str) -> None:
    if not 0 < len(key) <= LONGEST_KEY:
        raise TransactionRefused(f"key: {len(key)} characters, 1 to {LONGEST_KEY} are allowed")


def _fingerprint(chain_id: int, signer: str, to: str, data: bytes) -> bytes:
    return hashlib.sha256(f"{chain_id} {signer} {to} ".encode() + data).digest()


def _find(connection: Connection, key: str) -> Entry | None:
    row = connection.execute(select(tables.transaction).where(tables.transaction.c.key == key)).first()
    return None if row is None else entry(row)


def _same(found: Entry, fingerprint: bytes) -> Entry:
    if found.fingerprint != fingerprint:
        raise KeyReused(f"the key {found.key!r} was used for another call")
    return found


def _with_key(outbox: Outbox, key: str, fingerprint: bytes) -> Entry | None:
    with reading(outbox.database) as connection:
        found = _find(connection, key)
    return None if found is None else _same(found, fingerprint)


def _has_lane(outbox: Outbox, signer: str) -> bool:
    with reading(outbox.database) as connection:
        asked = select(func.count()).where(tables.lane.c.signer == signer)
        return bool(connection.execute(asked).scalar_one())


def _take_lane(connection: Connection, outbox: Outbox, signer: str, next_nonce: int | None) -> int:
    """Locks the signer's lane until the transaction ends; its next nonce."""
    if next_nonce is not None:
        dialect = postgresql if outbox.database.dialect.name == "postgresql" else sqlite
        connection.execute(
            dialect.insert(tables.lane)
            .values(signer=signer, next_nonce=next_nonce)
            .on_conflict_do_nothing(index_elements=["signer"])
        )
    locked = select(tables.lane.c.next_nonce).where(tables.lane.c.signer == signer).with_for_update()
    return int(connection.execute(locked).scalar_one())


def _insert(
    connection: Connection,
    outbox: Outbox,
    key: str,
    fingerprint: bytes,
    read: Transaction,
    raw: bytes,
    *,
    own: bool,
) -> Entry:
    now = now_utc()
    statement = (
        insert(tables.transaction)
        .values(
            key=key,
            fingerprint=fingerprint,
            signer=checksummed(read.sender),
            nonce=read.nonce,
            own=own,
            destination=checksummed(read.to),
            hash=keccak(raw),
            raw=raw,
            state=State.QUEUED.value,
            queued_at=now,
            deadline=now + outbox.settings.expire_after,
            sends=0,
        )
        .returning(tables.transaction)
    )
    made = entry(connection.execute(statement).one())
    note(connection, [(made.id, State.QUEUED, "signed" if own else "relayed")])
    return made


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
