"""Answers given to idempotency keys of the HTTP API."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from chain.database.types import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "http_answer",
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("begun_at", UtcTime, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("headers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
        sa.Column("body", sa.LargeBinary),
    )
