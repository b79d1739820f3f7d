"""The worker: keeps a read model up with its chain, until something is wrong that people have to look at."""

from __future__ import annotations

import logging
import time

from sqlalchemy.exc import DBAPIError

from chain.background import Background
from chain.derivation import Diverged
from chain.headers.node import NodeLied
from chain.logs import UnknownLog
from chain.readmodel.model import Overtaken, ReadModel, Reorganised, catch_up, cursor_of
from chain.readmodel.source import LogsMissing, Unsettled
from chain.rpc import MissingBlock, NodeUnreachable, Rpc, RpcError, head_number

log = logging.getLogger(__name__)

POLL = 0.2
"""Seconds between two questions for new blocks."""

TAKEOVER = 10.0
"""Seconds without a block from the process that keeps the read model, after which another goes on."""

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0

DOUBTS = 5
"""How often in a row a node may leave out logs before that counts as a lie: it may be writing its index."""

ALARMS = (Reorganised, Diverged, UnknownLog, NodeLied, LogsMissing)
"""What does not go away by itself: asked again, the answer is the same."""

PASSING = (NodeUnreachable, MissingBlock, RpcError, DBAPIError, Unsettled)
"""What may: nodes and databases come back, and chains settle."""


class ModelWorker(Background):
    """A thread that keeps a read model up with its chain until it is stopped.

    Several processes may work on one database: one writes, the others stand by and go on should it end.

    `alarm` is what ended it: a chain that took back a block, a log the rules would not have written, a node
    that lies. Nothing is written after that. `waits` is what it waits for, None while all goes well.
    """

    def __init__(self, model: ReadModel, rpc: Rpc, *, poll: float = POLL, takeover: float = TAKEOVER) -> None:
        """Does nothing before it is started; `poll` and `takeover` are in seconds."""
        super().__init__("read model")
        self.model, self.rpc = model, rpc
        self._poll, self._takeover = poll, takeover
        self.waits: Exception | None = None

    def _work(self) -> None:
        pause, doubts = FIRST_PAUSE, 0
        while not self._stop.is_set():
            try:
                catch_up(self.model, self.rpc, self._told)
                self.waits, pause, doubts = None, FIRST_PAUSE, 0
                self._stop.wait(self._poll)
            except Overtaken:
                self._stand_by()
            except PASSING as error:
                if self._stop.is_set():
                    return
                self.waits = error
                log.warning("the read model waits %.1f s: %s: %s", pause, type(error).__name__, _short(error))
                self._stop.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            except Exception as error:
                doubts += isinstance(error, LogsMissing)
                if isinstance(error, LogsMissing) and doubts < DOUBTS:
                    self._stop.wait(pause)
                    continue
                self.alarm = error
                log.critical("the read model has stopped: %s", error, exc_info=not isinstance(error, ALARMS))
                return

    def _told(self, *_: object) -> None:
        """Called between pages: a worker that is to stop does so there."""
        if self._stop.is_set():
            raise Unsettled("the read model is being stopped")

    def _stand_by(self) -> None:
        """Waits while another process keeps the read model; takes over once that has stopped to write."""
        seen: tuple[int, bytes] | None = None
        since = time.monotonic()
        while not self._stop.wait(self._poll):
            try:
                now = cursor_of(self.model.database)
                if now != seen:
                    seen, since = now, time.monotonic()
                    self.waits = None
                elif time.monotonic() - since >= self._takeover:
                    if now is None or head_number(self.rpc) > now[0]:
                        self.model.reload()
                        return
                    since = time.monotonic()
            except PASSING as error:
                self.waits = error


def _short(error: Exception) -> str:
    """The first line: a database's error quotes statements with their values."""
    return str(error).splitlines()[0][:300] if str(error) else ""
