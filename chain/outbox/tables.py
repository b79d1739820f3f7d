"""The outbox's tables. Hashes and raw transactions are bytes, addresses text with checksum."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

from chain.database import BigKey, UtcTime

STATES = ("queued", "submitted", "included", "final", "reverted", "expired")
LIVE_STATES = ("queued", "submitted")

metadata = MetaData()

lane = Table(
    "outbox_lane",
    metadata,
    Column("signer", Text, primary_key=True),
    Column("next_nonce", BigInteger, nullable=False),
)
"""One row a signer: the nonce its next transaction gets. Whoever writes it holds the lane."""

transaction = Table(
    "outbox_transaction",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("key", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("signer", Text, nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("own", Boolean, nullable=False),
    Column("owner", Text),
    Column("destination", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("queued_at", UtcTime, nullable=False),
    Column("deadline", UtcTime, nullable=False),
    Column("sent_at", UtcTime),
    Column("sends", Integer, nullable=False, default=0),
    Column("problem", Text),
    Column("filler_hash", LargeBinary),
    Column("filler_raw", LargeBinary),
    Column("block_number", BigInteger),
    Column("block_hash", LargeBinary),
    Column("included_hash", LargeBinary),
    Column("succeeded", Boolean),
    Column("gas_used", BigInteger),
    UniqueConstraint("key", name="outbox_transaction_key"),
    UniqueConstraint("signer", "nonce", name="outbox_transaction_signer_nonce"),
    UniqueConstraint("hash", name="outbox_transaction_hash"),
    UniqueConstraint("filler_hash", name="outbox_transaction_filler_hash"),
    CheckConstraint(f"state IN {STATES}", name="outbox_transaction_state"),
    Index("outbox_transaction_by_owner", "owner", "id"),
)
"""`owner` is the account on whose behalf a transaction was taken; with one of our own, its signer."""

is_live = transaction.c.state.in_([literal_column(f"'{state}'") for state in LIVE_STATES])
"""What no block has. The states are written out, for only then is the index over them used."""
is_included = transaction.c.state == literal_column("'included'")

# An index over what is on its way stays small however many transactions there have been.
Index(
    "outbox_transaction_live",
    transaction.c.signer,
    transaction.c.nonce,
    postgresql_where=is_live,
    sqlite_where=is_live,
)
Index(
    "outbox_transaction_included",
    transaction.c.block_number,
    postgresql_where=is_included,
    sqlite_where=is_included,
)

history = Table(
    "outbox_history",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("transaction_id", BigKey, ForeignKey("outbox_transaction.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("outbox_history_by_transaction", "transaction_id"),
)

block = Table(
    "outbox_block",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("base_fee", BigInteger),
)
"""The newest blocks that were read for receipts; the highest is the cursor."""
