"""The tables and views themselves: what form they have, making them, dropping them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Engine, insert, text
from sqlalchemy.schema import CreateTable

from chain.deployment import Manifest
from chain.readmodel import schema
from chain.readmodel.views import VIEWS


def form_of(database: Engine) -> str:
    """A hash of everything that makes the tables and views."""
    parts = [str(CreateTable(table).compile(database)) for table in schema.metadata.sorted_tables]
    parts += [f"{name}: {query}" for name, query in VIEWS.items()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def create(connection: Connection, form: str, manifest: Manifest) -> None:
    """Makes the tables and views of a ledger, empty."""
    schema.metadata.create_all(connection)
    for name, query in VIEWS.items():
        connection.execute(text(f"CREATE VIEW {name} AS {query}"))
    connection.execute(
        insert(schema.meta),
        {
            "id": 1,
            "form": form,
            "chain_id": manifest.chain_id,
            "ledger": manifest.addresses["Participants"],
            "tables": [table.name for table in schema.metadata.sorted_tables],
            "views": list(VIEWS),
        },
    )


def drop(connection: Connection, tables: Sequence[str], views: Sequence[str]) -> None:
    """Drops tables and views, by the names that the dropped form had for them."""
    quote: Callable[[str], str] = connection.dialect.identifier_preparer.quote
    for name in reversed(views):
        connection.execute(text(f"DROP VIEW IF EXISTS {quote(name)}"))
    for name in reversed(tables):
        connection.execute(text(f"DROP TABLE IF EXISTS {quote(name)}"))
