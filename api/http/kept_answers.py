"""Answers kept for the idempotency keys of writes in a database: for ever, and whatever process gave them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import (
    Column,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError

from api.http.answers import Answer
from api.http.problems import ApiProblem
from chain.database import Json, UtcTime, now_utc, reading

LEASE: Final = timedelta(minutes=2)
"""How long a request may be worked on. After that its process is taken for dead."""

metadata = MetaData()

http_answer = Table(
    "http_answer",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("run", Text, nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    Column("status", Integer),
    Column("headers", Json),
    Column("body", LargeBinary),
)
"""A key's request and, once there is one, its answer; `run` is the process that works on it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with a key: whose, which, and what it asks for."""

    owner: str
    key: str
    fingerprint: bytes


class KeptAnswers:
    """What was answered to each account's keys. Safe for threads and for processes.

    A request whose process died is carried out again when it is sent again: what it had sent is on record in
    the outbox under the same key and is not sent twice.
    """

    def __init__(self, database: Engine, lease: timedelta = LEASE) -> None:
        """Answers of a migrated database; `lease` is how long a request may be worked on."""
        self._database = database
        self._lease = lease
        self._run = uuid.uuid4().hex

    def begin(self, owner: int | str, key: str, fingerprint: bytes) -> Answer | None:
        """The answer given before, or None after noting that the request is being worked on.

        Raises:
            ApiProblem: the key was used for another request, or its request is still being worked on.
        """
        now = now_utc()
        begun = {"fingerprint": fingerprint, "run": self._run, "begun_at": now}
        here = (http_answer.c.owner == str(owner), http_answer.c.key == key)
        try:
            with self._database.begin() as connection:
                connection.execute(insert(http_answer), {"owner": str(owner), "key": key, **begun})
        except IntegrityError:
            pass
        else:
            return None
        with self._database.begin() as connection:
            entry = connection.execute(select(http_answer).where(*here).with_for_update()).first()
            if entry is None:  # its request was just not understood, and the key is free
                connection.execute(insert(http_answer), {"owner": str(owner), "key": key, **begun})
                return None
            if entry.fingerprint != fingerprint:
                raise _reused()
            if entry.status is not None:
                return Answer(entry.status, entry.headers, entry.body)
            if entry.begun_at + self._lease > now:
                raise _in_progress()
            connection.execute(update(http_answer).where(*here).values(**begun))
            return None

    def earlier(self, asked: Sequence[Asked]) -> dict[tuple[str, str], Answer | ApiProblem]:
        """What was answered to requests, or why they are not carried out; nothing for those that are free.

        Nothing is noted: the requests are of a kind that the outbox carries out once by itself.
        """
        if not asked:
            return {}
        by_key = {(each.owner, each.key): each for each in asked}
        wanted = tuple_(http_answer.c.owner, http_answer.c.key).in_(list(by_key))
        with reading(self._database) as connection:
            rows = connection.execute(select(http_answer).where(wanted)).all()
        found: dict[tuple[str, str], Answer | ApiProblem] = {}
        for row in rows:
            one = by_key.get((row.owner, row.key))
            if one is None:
                continue
            if row.fingerprint != one.fingerprint:
                found[(one.owner, one.key)] = _reused()
            elif row.status is not None:
                found[(one.owner, one.key)] = Answer(row.status, row.headers, row.body)
            elif row.begun_at + self._lease > now_utc():
                found[(one.owner, one.key)] = _in_progress()
        return found

    def finish(self, owner: int | str, key: str, answer: Answer | None) -> None:
        """Keeps the answer; without one, the key is free again."""
        own = (
            http_answer.c.owner == str(owner),
            http_answer.c.key == key,
            http_answer.c.run == self._run,
            http_answer.c.status.is_(None),
        )
        with self._database.begin() as connection:
            if answer is None:
                connection.execute(delete(http_answer).where(*own))
            else:
                connection.execute(
                    update(http_answer)
                    .where(*own)
                    .values(status=answer.status, headers=dict(answer.headers), body=answer.body)
                )


def _reused() -> ApiProblem:
    return ApiProblem("idempotency-key-reused", 422, "The key was used for another request.")


def _in_progress() -> ApiProblem:
    return ApiProblem("request-in-progress", 409, "The request with this key is being worked on.")
