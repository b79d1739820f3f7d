"""The read model: the ledger's state, its log and what people count, as SQL tables and views.

Nothing here is kept for its own sake: all of it follows from the chain, is checked against a replay by
`compare`, and is made again when its form changes.
"""

from chain.readmodel.certificates import Certificates, WrongGenesis, certificates_of
from chain.readmodel.comparison import Difference, compare, compare_journals, compare_log, differences
from chain.readmodel.logbook import events_of, stored_events
from chain.readmodel.model import (
    Overtaken,
    ReadModel,
    Reorganised,
    WrongLedger,
    catch_up,
    cursor_of,
    go_back,
    open_readmodel,
    rebuild,
    take,
)
from chain.readmodel.source import Block, LogsMissing, Unsettled, read_blocks
from chain.readmodel.trust import trusted_in
from chain.readmodel.worker import ModelWorker

__all__ = [
    "Block",
    "Certificates",
    "Difference",
    "LogsMissing",
    "ModelWorker",
    "Overtaken",
    "ReadModel",
    "Reorganised",
    "Unsettled",
    "WrongGenesis",
    "WrongLedger",
    "catch_up",
    "certificates_of",
    "compare",
    "compare_journals",
    "compare_log",
    "cursor_of",
    "differences",
    "events_of",
    "go_back",
    "open_readmodel",
    "read_blocks",
    "rebuild",
    "stored_events",
    "take",
    "trusted_in",
]
