"""Column types that SQLite and PostgreSQL hold alike."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

BigKey = BigInteger().with_variant(Integer, "sqlite")
"""A key the database numbers itself: SQLite does that for INTEGER only, which there has 64 bits."""

Json = JSON().with_variant(JSONB(), "postgresql")
"""JSON in the database's own form."""


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC: timestamptz in PostgreSQL, text without zone in SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To the database.

        Raises:
            ValueError: the time is not aware.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def now_utc() -> datetime:
    """The time now, aware."""
    return datetime.now(UTC)
