"""The vault: evidence that owners keep with a gateway, and the fields of it that they granted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chain.database.types import BigKey, UtcTime

revision = "0004_vault"
down_revision = "0003_outbox_at_speed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "vault_evidence",
        sa.Column("owner", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("commitment", sa.LargeBinary, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", UtcTime, nullable=False),
    )
    op.create_table(
        "vault_grant",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("owner", sa.BigInteger, nullable=False),
        sa.Column("commitment", sa.LargeBinary, nullable=False),
        sa.Column("grantee", sa.BigInteger, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("granted_at", UtcTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["owner", "commitment"],
            ["vault_evidence.owner", "vault_evidence.commitment"],
            name="vault_grant_evidence",
        ),
        sa.UniqueConstraint("owner", "commitment", "grantee", "path", name="vault_grant_once"),
    )
    op.create_index("vault_grant_by_grantee", "vault_grant", ["grantee", "commitment"])
