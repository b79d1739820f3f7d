"""What every event of the ledger is."""

from __future__ import annotations


class Event:
    """One entry of the ledger's log; amounts in minor units, times in seconds since 1970 (UTC)."""

    __slots__ = ()
