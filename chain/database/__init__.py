"""The gateway's database: SQLite in a file, or PostgreSQL.

What cannot be made again (transactions on their way, answers given, evidence kept) is migrated by Alembic;
what follows from the ledger's log (the read model) is made again when its form changes.
"""

from chain.database.among import among, batched, insert_many
from chain.database.connection import BadDatabase, alone, open_database, reading
from chain.database.migration import migrate
from chain.database.types import BigKey, Json, UtcTime, now_utc

__all__ = [
    "BadDatabase",
    "BigKey",
    "Json",
    "UtcTime",
    "alone",
    "among",
    "batched",
    "insert_many",
    "migrate",
    "now_utc",
    "open_database",
    "reading",
]
