"""The outbox at speed: whose a transaction is, and small indexes over what is on its way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_outbox_at_speed"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("outbox_transaction", sa.Column("owner", sa.Text))
    op.execute("UPDATE outbox_transaction SET owner = signer WHERE own")
    op.create_index("outbox_transaction_by_owner", "outbox_transaction", ["owner", "id"])
    op.drop_index("outbox_transaction_by_state", "outbox_transaction")
    op.drop_index("outbox_transaction_by_block", "outbox_transaction")
    live = sa.text("state IN ('queued', 'submitted')")
    op.create_index(
        "outbox_transaction_live",
        "outbox_transaction",
        ["signer", "nonce"],
        postgresql_where=live,
        sqlite_where=live,
    )
    included = sa.text("state = 'included'")
    op.create_index(
        "outbox_transaction_included",
        "outbox_transaction",
        ["block_number"],
        postgresql_where=included,
        sqlite_where=included,
    )
