"""The outbox: transactions, their history, lanes of nonces, blocks read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chain.database.types import BigKey, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATES = ("queued", "submitted", "included", "final", "reverted", "expired")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "outbox_lane",
        sa.Column("signer", sa.Text, primary_key=True),
        sa.Column("next_nonce", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "outbox_transaction",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("signer", sa.Text, nullable=False),
        sa.Column("nonce", sa.BigInteger, nullable=False),
        sa.Column("own", sa.Boolean, nullable=False),
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("queued_at", UtcTime, nullable=False),
        sa.Column("deadline", UtcTime, nullable=False),
        sa.Column("sent_at", UtcTime),
        sa.Column("sends", sa.Integer, nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("filler_hash", sa.LargeBinary),
        sa.Column("filler_raw", sa.LargeBinary),
        sa.Column("block_number", sa.BigInteger),
        sa.Column("block_hash", sa.LargeBinary),
        sa.Column("included_hash", sa.LargeBinary),
        sa.Column("succeeded", sa.Boolean),
        sa.Column("gas_used", sa.BigInteger),
        sa.UniqueConstraint("key", name="outbox_transaction_key"),
        sa.UniqueConstraint("signer", "nonce", name="outbox_transaction_signer_nonce"),
        sa.UniqueConstraint("hash", name="outbox_transaction_hash"),
        sa.UniqueConstraint("filler_hash", name="outbox_transaction_filler_hash"),
        sa.CheckConstraint(f"state IN {STATES}", name="outbox_transaction_state"),
    )
    op.create_index("outbox_transaction_by_state", "outbox_transaction", ["state", "signer", "nonce"])
    op.create_index("outbox_transaction_by_block", "outbox_transaction", ["block_number"])
    op.create_table(
        "outbox_history",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("transaction_id", BigKey, sa.ForeignKey("outbox_transaction.id"), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("outbox_history_by_transaction", "outbox_history", ["transaction_id"])
    op.create_table(
        "outbox_block",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("base_fee", sa.BigInteger),
    )
