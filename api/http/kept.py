"""What a gateway with a database works with, besides answering: its outbox, its read model, their workers."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Engine as Database

from chain.outbox import Outbox, Worker
from chain.readmodel import ModelWorker
from chain.rpc import Rpc


@dataclass(frozen=True)
class Kept:
    """The parts of a gateway that outlive its process, and those that work on them.

    Attributes:
        database: where everything is kept.
        node: for what is asked outside a call to the ledger.
        outbox: transactions on their way.
        sender: works on the outbox.
        model: keeps the read model up with the chain.
    """

    database: Database = field(repr=False)
    node: Rpc = field(repr=False)
    outbox: Outbox = field(repr=False)
    sender: Worker = field(repr=False)
    model: ModelWorker = field(repr=False)
