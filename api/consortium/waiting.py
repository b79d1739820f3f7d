"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 120.0
PAUSE = 0.1


class TookTooLong(Exception):
    """What was waited for did not come in time; the message says what."""


def wait_until(what: str, holds: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Asks again and again until a condition holds.

    Raises:
        TookTooLong: it does not hold within `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            raise TookTooLong(f"waited {patience:.0f} s in vain until {what}")
        time.sleep(PAUSE)
