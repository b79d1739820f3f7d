"""The worker: sends what is due, reads new blocks, frees nonces, again and again, whatever fails."""

from __future__ import annotations

import logging
import time

from sqlalchemy.exc import DBAPIError

from chain.background import Background
from chain.outbox.entries import Entry, State, entry_of
from chain.outbox.filling import expire
from chain.outbox.following import Reorganised, follow
from chain.outbox.outbox import Outbox
from chain.outbox.pushing import push
from chain.outbox.recovery import WrongNode, recover
from chain.rpc import MissingBlock, NodeUnreachable, RpcError

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0

PASSING = (NodeUnreachable, MissingBlock, RpcError, DBAPIError)
"""What may go away by itself: nodes and databases come back."""


class Worker(Background):
    """A thread that works on an outbox until it is stopped.

    `alarm` is what ended it: blocks taken back on an engine where that must not happen, or a node of another
    chain. Nothing is sent after that.
    """

    def __init__(self, outbox: Outbox) -> None:
        """Does nothing before it is started."""
        super().__init__("outbox")
        self._outbox = outbox

    def _work(self) -> None:
        recovered = False
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            try:
                if not recovered:
                    recover(self._outbox)
                    recovered = True
                work_once(self._outbox)
                pause = FIRST_PAUSE
                # Even with much to do: what comes in meanwhile goes out together.
                self._stop.wait(self._outbox.settings.poll.total_seconds())
            except (Reorganised, WrongNode) as alarm:
                log.critical("sending has stopped: %s", alarm)
                self.alarm = alarm
                return
            except PASSING as error:
                log.warning("sending waits %.1f s: %s: %s", pause, type(error).__name__, _short(error))
                self._stop.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)


def work_once(outbox: Outbox) -> int:
    """Sends what is due, reads what is new, deals with what is overdue; how much there was to do.

    Raises:
        NodeUnreachable: no node answers, or none in time takes what is due; what is new is read all the same.
        Reorganised, MissingBlock: as `follow`.
    """
    sent, silent = 0, None
    try:
        sent = push(outbox)
    except NodeUnreachable as error:
        silent = error
    done = sent + follow(outbox) + expire(outbox)
    if silent is not None:
        raise silent
    return done


def wait(
    outbox: Outbox, id_: int, timeout: float, until: frozenset[State] = frozenset(State) - {State.QUEUED}
) -> Entry:
    """Waits until a transaction is in one of the states, or for `timeout` seconds; how it stands then.

    Raises:
        UnknownEntry: there is no such transaction.
    """
    ends = time.monotonic() + timeout
    pause = 0.005
    while True:
        found = entry_of(outbox.database, id_)
        if found.state in until or found.state.ended or time.monotonic() >= ends:
            return found
        time.sleep(min(pause, max(0.0, ends - time.monotonic())))
        pause = min(2 * pause, 0.1)


def _short(error: Exception) -> str:
    """The first line: a database's error quotes statements with their values."""
    return str(error).splitlines()[0][:300] if str(error) else ""
