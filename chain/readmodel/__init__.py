"""The read model: the ledger's state, its log and what people count, as SQL tables and views.

Nothing here is kept for its own sake: all of it follows from the chain, is checked against a replay by
`compare`, and is made again when its form changes.
"""

from chain.readmodel.comparison import Difference, compare, compare_journals, compare_log, differences
from chain.readmodel.model import (
    ReadModel,
    Reorganised,
    WrongLedger,
    catch_up,
    go_back,
    open_readmodel,
    rebuild,
    stored_events,
    take,
)
from chain.readmodel.source import Block, LogsMissing, Unsettled, read_blocks

__all__ = [
    "Block",
    "Difference",
    "LogsMissing",
    "ReadModel",
    "Reorganised",
    "Unsettled",
    "WrongLedger",
    "catch_up",
    "compare",
    "compare_journals",
    "compare_log",
    "differences",
    "go_back",
    "open_readmodel",
    "read_blocks",
    "rebuild",
    "stored_events",
    "take",
]
