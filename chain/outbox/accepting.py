"""Taking calls on record: key, nonce and signed bytes of each, many in one database transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from chain.database import among, batched, insert_many, now_utc, reading
from chain.hashing import keccak
from chain.logs import checksummed
from chain.outbox import tables
from chain.outbox.checks import TransactionRefused, check_call, checked
from chain.outbox.entries import Entry, State, entry, note
from chain.outbox.nodes import first_answer, used_by
from chain.outbox.outbox import Outbox
from chain.rpc import head_number, read_header
from chain.signing import LocalSigner, SigningFailed
from chain.signing.policy import PolicedSigner, SigningRefused

GAS_LIMIT = 10_000_000
LONGEST_KEY = 400
ATTEMPTS = 3


class KeyReused(Exception):
    """An idempotency key was used before, for another call."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A call of one of the ledger's contracts that is to be signed and sent.

    `key` is its idempotency key, of 1 to 400 characters, unique in the database; `signer` the address of one
    of the outbox's signers, `to` a contract's, `gas` the transaction's limit.
    """

    key: str
    signer: str
    to: str
    data: bytes = field(repr=False)
    gas: int = GAS_LIMIT

    def fingerprint(self, chain_id: int) -> bytes:
        """What the key stands for."""
        return hashlib.sha256(f"{chain_id} {self.signer} {self.to} ".encode() + self.data).digest()


@dataclass(frozen=True, slots=True)
class Taken:
    """A transaction on record; `fresh` if it was not there before."""

    entry: Entry
    fresh: bool


Refused = KeyReused | SigningRefused | SigningFailed | TransactionRefused
_REFUSALS = (KeyReused, SigningRefused, SigningFailed, TransactionRefused)


def submit(outbox: Outbox, key: str, signer: str, to: str, data: bytes, gas: int = GAS_LIMIT) -> Entry:
    """Signs a call of one of the ledger's contracts and takes it on record; a worker sends it.

    With a key that was used before for the same call, the transaction it stands for is returned and nothing
    is signed. Arguments are as in `Submission`.

    Raises:
        KeyReused: the key stands for another call.
        SigningRefused: the policy does not allow the call.
        SigningFailed: there is no signature.
        TransactionRefused: the signed transaction is not one the outbox sends.
        NodeUnreachable: the signer is new to this database and no node says which nonce is its next.
        KeyError: the outbox does not have the signer.
    """
    return submit_many(outbox, [Submission(key, signer, to, data, gas)])[0].entry


def submit_many(outbox: Outbox, calls: Sequence[Submission]) -> list[Taken]:
    """Takes all of the calls on record in one database transaction, or none of them; in their order.

    The nonces of one signer's calls follow each other in the order given.

    Raises:
        as `submit`, for the first call that is refused; nothing is on record then.
    """
    done = _taken(outbox, calls, whole=True)
    return [each for each in done if isinstance(each, Taken)]


def submit_each(outbox: Outbox, calls: Sequence[Submission]) -> list[Taken | Refused]:
    """Takes on record those calls that are not refused, in one database transaction; each one's outcome.

    Raises:
        NodeUnreachable: a signer is new to this database and no node says which nonce is its next.
        KeyError: the outbox does not have a signer. Nothing is on record then.
    """
    try:
        return _taken(outbox, calls, whole=False)
    except IntegrityError:
        # Another process took one of the keys between two questions. One at a time, it is found.
        return [_taken(outbox, [each], whole=False)[0] for each in calls]


class _NotPrepared(Exception):
    """A node has to be asked first, which is not done while lanes are locked."""

    def __init__(self, signers: Sequence[str], bid: bool) -> None:
        super().__init__()
        self.signers, self.bid = signers, bid


def _taken(outbox: Outbox, calls: Sequence[Submission], *, whole: bool) -> list[Taken | Refused]:
    for each in calls:
        _ = outbox.signers[each.signer]
    bid: int | None = None
    for _attempt in range(ATTEMPTS):
        try:
            with outbox.database.begin() as connection:
                return _take(connection, outbox, calls, bid, whole)
        except _NotPrepared as missing:
            if missing.signers:
                _open_lanes(outbox, missing.signers)
            if missing.bid:
                bid = current_bid(outbox)
        except IntegrityError:
            if len(calls) > 1 and not whole:
                raise
            # The key was taken meanwhile by another process: now it is found.
    raise KeyReused("a key of these calls is being used by another process at the same time")


def _take(
    connection: Connection, outbox: Outbox, calls: Sequence[Submission], bid: int | None, whole: bool
) -> list[Taken | Refused]:
    signers = sorted({each.signer for each in calls})
    lanes = _lock_lanes(connection, signers)
    # Asked now that nobody else can be in these lanes.
    known = _find(connection, [each.key for each in calls])
    bid = _bid(connection, outbox) if bid is None else bid
    first, prints = dict(lanes), [each.fingerprint(outbox.chain_id) for each in calls]
    outcomes: list[Taken | Refused | str] = []
    rows: dict[str, dict[str, Any]] = {}
    now = now_utc()
    for each, fingerprint in zip(calls, prints, strict=True):
        try:
            check_key(each.key)
            earlier = known.get(each.key)
            same = earlier.fingerprint if earlier is not None else rows.get(each.key, {}).get("fingerprint")
            if same is not None:
                if same != fingerprint:
                    raise KeyReused(f"the key {each.key!r} was used for another call")
                outcomes.append(each.key if earlier is None else Taken(earlier, fresh=False))
                continue
            if each.signer not in lanes or bid is None:
                # What may not be signed makes no lane either.
                check_policy(outbox, each)
                missing = [signer for signer in signers if signer not in lanes]
                raise _NotPrepared(missing, bid is None)
            raw = signed(outbox, each, lanes[each.signer], bid)
        except _REFUSALS as refusal:
            if whole:
                raise
            outcomes.append(refusal)
            continue
        rows[each.key] = row_of(
            outbox,
            key=each.key,
            fingerprint=fingerprint,
            signer=each.signer,
            nonce=lanes[each.signer],
            to=each.to,
            raw=raw,
            own=True,
            owner=each.signer,
            now=now,
        )
        lanes[each.signer] += 1
        outcomes.append(each.key)
    made = insert_rows(connection, list(rows.values()), "signed")
    _advance(connection, {s: lanes[s] - first[s] for s in lanes if lanes[s] != first[s]})
    done: list[Taken | Refused] = []
    given: set[str] = set()
    for outcome in outcomes:
        if isinstance(outcome, str):
            done.append(Taken(made[outcome], fresh=outcome not in given))
            given.add(outcome)
        else:
            done.append(outcome)
    return done


def signed(outbox: Outbox, call: Submission, nonce: int, bid: int) -> bytes:
    """The call as a signed transaction that the outbox may send.

    Raises:
        SigningRefused: the policy does not allow it.
        SigningFailed: there is no signature.
        TransactionRefused: it is not one the outbox sends, or not what was given to be signed.
    """
    signer = outbox.signers[call.signer]
    raw = signer.sign_transaction(_fields(outbox, call, nonce, bid))
    if isinstance(signer, PolicedSigner) and isinstance(signer.signer, LocalSigner):
        # Signed by this program itself: there is nobody who could have signed something else.
        check_call(call.to, len(raw), call.gas, outbox.contracts)
        return raw
    read = checked(raw, outbox.chain_id, outbox.contracts)
    if checksummed(read.sender) != call.signer or read.nonce != nonce or read.data != call.data:
        raise TransactionRefused(f"signature: what {call.signer} signed is not what it was given")
    return raw


def check_policy(outbox: Outbox, call: Submission) -> None:
    """Refuses a call that its signer may not sign.

    Raises:
        SigningRefused: the policy does not allow it.
    """
    signer = outbox.signers[call.signer]
    if isinstance(signer, PolicedSigner):
        signer.policy.check_transaction(_fields(outbox, call, 0, 0), call.signer)


def _fields(outbox: Outbox, call: Submission, nonce: int, bid: int) -> dict[str, Any]:
    return {
        "chainId": outbox.chain_id,
        "nonce": nonce,
        "gasPrice": bid,
        "gas": call.gas,
        "to": call.to,
        "value": 0,
        "data": call.data,
    }


def current_bid(outbox: Outbox) -> int:
    """What a transaction bids now, by the newest block read: a call is accepted while no node answers."""
    with reading(outbox.database) as connection:
        bid = _bid(connection, outbox)
    if bid is not None:
        return bid
    return outbox.price(first_answer(outbox, lambda node: read_header(node, head_number(node))).base_fee)


def row_of(
    outbox: Outbox,
    *,
    key: str,
    fingerprint: bytes,
    signer: str,
    nonce: int,
    to: str,
    raw: bytes,
    own: bool,
    owner: str | None,
    now: Any,
) -> dict[str, Any]:
    """A queued transaction as a row of the table."""
    return {
        "key": key,
        "fingerprint": fingerprint,
        "signer": signer,
        "nonce": nonce,
        "own": own,
        "owner": owner,
        "destination": to,
        "hash": keccak(raw),
        "raw": raw,
        "state": State.QUEUED.value,
        "queued_at": now,
        "deadline": now + outbox.settings.expire_after,
        "sends": 0,
    }


def insert_rows(connection: Connection, rows: Sequence[Mapping[str, Any]], how: str) -> dict[str, Entry]:
    """Writes queued transactions and the beginning of their history; each by its key."""
    if not rows:
        return {}
    dialect = connection.dialect.name
    made = {
        row.key: entry(row)
        for some in batched(rows)
        for row in connection.execute(insert_many(tables.transaction, dialect, some))
    }
    note(connection, [(each.id, State.QUEUED, how) for each in made.values()])
    return made


def check_key(key: str) -> None:
    """Refuses what is no idempotency key.

    Raises:
        TransactionRefused: it has no character, or too many.
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise TransactionRefused(f"key: {len(key)} characters, 1 to {LONGEST_KEY} are allowed")


def _bid(connection: Connection, outbox: Outbox) -> int | None:
    newest = connection.execute(
        select(tables.block.c.base_fee).order_by(tables.block.c.number.desc()).limit(1)
    ).first()
    return None if newest is None else outbox.price(newest.base_fee)


def _find(connection: Connection, keys: Sequence[str]) -> dict[str, Entry]:
    column = tables.transaction.c.key
    return {
        row.key: entry(row)
        for some in batched(keys)
        for row in connection.execute(select(tables.transaction).where(among(connection, column, some)))
    }


def _open_lanes(outbox: Outbox, signers: Sequence[str]) -> None:
    """Makes lanes for signers that are new to the database; by itself, so that no lock is held meanwhile."""
    dialect = postgresql if outbox.database.dialect.name == "postgresql" else sqlite
    for signer in signers:
        done = used_by(outbox, signer)
        with outbox.database.begin() as connection:
            connection.execute(
                dialect.insert(tables.lane)
                .values(signer=signer, next_nonce=done)
                .on_conflict_do_nothing(index_elements=["signer"])
            )


def _lock_lanes(connection: Connection, signers: Sequence[str]) -> dict[str, int]:
    """The next nonce of each signer that has a lane, which is locked until the transaction ends."""
    found: dict[str, int] = {}
    for some in batched(signers):
        asked = (
            select(tables.lane)
            .where(among(connection, tables.lane.c.signer, some))
            .order_by(tables.lane.c.signer)
        )
        found |= {row.signer: row.next_nonce for row in connection.execute(asked.with_for_update())}
    return found


def _advance(connection: Connection, steps: Mapping[str, int]) -> None:
    """Moves lanes on, those that move equally far at once."""
    alike: dict[int, list[str]] = {}
    for signer, step in steps.items():
        alike.setdefault(step, []).append(signer)
    column = tables.lane.c.next_nonce
    for step, signers in alike.items():
        for some in batched(signers):
            connection.execute(
                update(tables.lane)
                .where(among(connection, tables.lane.c.signer, some))
                .values(next_nonce=column + step)
            )
