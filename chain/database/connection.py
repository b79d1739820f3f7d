"""Opening a database, and what its connections promise."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

BUSY_SECONDS = 30
"""How long a SQLite connection waits for another's transaction."""

CONNECT_SECONDS = 10
"""How long PostgreSQL may take to answer a new connection."""

_LOCK = 0xC0F011
"""Key of PostgreSQL's advisory lock under which one process makes tables while others wait."""


class BadDatabase(Exception):
    """A database's URL cannot be used; the message names the rule and never the password."""


def open_database(url: str) -> Engine:
    """Opens `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`; connections are made when needed.

    A committed transaction survives the death of the process and of the machine: SQLite runs in WAL with
    synchronous=FULL, PostgreSQL as its server is set. A new file of SQLite's is its owner's alone.

    Raises:
        BadDatabase: the URL is of another kind of database, or names no file, or one open to everybody.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise BadDatabase("the database's URL must be sqlite:///FILE or postgresql://…") from None
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    if parsed.get_backend_name() == "postgresql":
        # A connection that the server closed is noticed before it is used.
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_SECONDS},
        )
    raise BadDatabase(f"{parsed.get_backend_name()}: the database must be SQLite or PostgreSQL")


@contextmanager
def reading(database: Engine) -> Iterator[Connection]:
    """A connection for reading one state of the database; it does not wait for a writer."""
    with database.connect() as connection:
        if database.dialect.name == "postgresql":
            yield connection.execution_options(isolation_level="REPEATABLE READ")
        else:
            yield connection.execution_options(reading=True)


def alone(connection: Connection) -> None:
    """Lets one process at a time go on, until its transaction ends; for making tables."""
    if connection.dialect.name == "postgresql":  # a transaction of SQLite's that writes is alone anyway
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise BadDatabase("sqlite: name a file; what is in memory is lost with the process")
    folder = Path(url.database).absolute().parent
    if not folder.is_dir():
        raise BadDatabase(f"sqlite: there is no folder {folder}")
    _own(Path(url.database))
    database = create_engine(url)

    @event.listens_for(database, "connect")
    def connected(dbapi: Any, _: object) -> None:
        # The driver's own notion of transactions is off: it begins them too late to be one step.
        dbapi.isolation_level = None
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            dbapi.execute(f"PRAGMA {pragma}")
        dbapi.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")

    @event.listens_for(database, "begin")
    def begun(connection: Connection) -> None:
        # A transaction that reads first and then writes may not be overtaken in between.
        only_reads = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")

    return database


def _own(file: Path) -> None:
    """Makes a database's file for its owner alone; SQLite gives its log and its index the same mode.

    Raises:
        BadDatabase: the file is there and anybody may read or write it, or it cannot be made.
    """
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        mode = file.stat().st_mode & 0o777
        if os.name == "posix" and mode & 0o007:
            raise BadDatabase(
                f"sqlite: {file} is open to everybody on this machine (mode {mode:03o}); chmod 600 it, "
                "for it may hold evidence"
            ) from None
    except OSError as error:
        raise BadDatabase(f"sqlite: {file}: {error.strerror}") from None
