"""Sending that loses nothing: every transaction is on record, signed, before a node hears of it.

A transaction's idempotency key, nonce and raw bytes are committed together. Whatever dies after that (this
process, a node, the database), the very same bytes are sent again until the chain has them, so a transaction
is neither lost nor doubled: a nonce counts once. This is the at-source nonce of FireFly's transaction manager
(github.com/hyperledger/firefly-transaction-manager).
"""

from chain.outbox.accepting import KeyReused, Submission, Taken, submit, submit_each, submit_many
from chain.outbox.checks import TransactionRefused
from chain.outbox.entries import (
    Entry,
    State,
    UnknownEntry,
    entries_of,
    entry_of,
    history_of,
    live_count,
    owned_by,
    pending_of,
)
from chain.outbox.following import Reorganised
from chain.outbox.outbox import Outbox, Settings, open_outbox
from chain.outbox.recovery import WrongNode
from chain.outbox.relaying import NonceTaken, relay
from chain.outbox.worker import Worker, wait

__all__ = [
    "Entry",
    "KeyReused",
    "NonceTaken",
    "Outbox",
    "Reorganised",
    "Settings",
    "State",
    "Submission",
    "Taken",
    "TransactionRefused",
    "UnknownEntry",
    "Worker",
    "WrongNode",
    "entries_of",
    "entry_of",
    "history_of",
    "live_count",
    "open_outbox",
    "owned_by",
    "pending_of",
    "relay",
    "submit",
    "submit_each",
    "submit_many",
    "wait",
]
