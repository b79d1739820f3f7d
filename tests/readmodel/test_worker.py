"""The read model's worker keeps up, hands over, waits for what passes, and stops at what does not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from chain.derivation import Diverged
from chain.engines import embedded
from chain.readmodel import (
    LogsMissing,
    ModelWorker,
    Reorganised,
    compare,
    cursor_of,
    open_readmodel,
)
from chain.replay import replay
from chain.rpc import Call, NodeUnreachable, Rpc, rpc_of
from chain.rules.state import Ledger
from tests.chain.scenario import Scene
from tests.readmodel.conftest import short_history

PATIENCE = 60.0


class Behind:
    """A node that has its chain up to a block, which a test moves; `lie` changes its answers."""

    def __init__(self, node: Rpc, head: int) -> None:
        self.node, self.name, self.head = node, node.name, head
        self.away = False
        self.lie: Callable[[str, Any], Any] = lambda _, answer: answer

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        if self.away:
            raise NodeUnreachable(f"{self.name}: away")
        answers = self.node.batch(calls)
        return [
            hex(self.head) if method == "eth_blockNumber" else self.lie(method, answer)
            for (method, _), answer in zip(calls, answers, strict=True)
        ]


def wait_until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def worker(database: Database, scene: Scene, node: Rpc, **options: Any) -> ModelWorker:
    return ModelWorker(open_readmodel(database, scene.manifest), node, poll=0.02, **options)


def reached(database: Database, block: int) -> Callable[[], bool]:
    def holds() -> bool:
        cursor = cursor_of(database)
        return cursor is not None and cursor[0] >= block

    return holds


@pytest.fixture(scope="module")
def short() -> Scene:
    """A ledger with a few receivables, one of them offered and partly paid."""
    return short_history(embedded())


@pytest.fixture(scope="module")
def node(short: Scene) -> Rpc:
    return rpc_of(short.engine)


@pytest.fixture(scope="module")
def rebuilt(short: Scene) -> Ledger:
    return replay(short.engine, short.manifest).ledger


@pytest.fixture
def head(short: Scene) -> int:
    return int(short.engine.w3.eth.block_number)


def test_a_worker_keeps_up_with_the_chain(
    database: Database, short: Scene, node: Rpc, head: int, rebuilt: Ledger
) -> None:
    behind = Behind(node, short.manifest.block + 3)
    with worker(database, short, behind) as at_work:
        wait_until(reached(database, short.manifest.block + 3), "the first blocks")
        behind.head = head
        wait_until(reached(database, head), "the rest")
        assert (at_work.alarm, at_work.waits, at_work.alive) == (None, None, True)

    assert not at_work.alive
    assert compare(database, rebuilt) is None


def test_of_two_processes_one_writes_and_the_other_goes_on_when_it_ends(
    database: Database, short: Scene, node: Rpc, head: int, rebuilt: Ledger
) -> None:
    first = short.manifest.block
    behind = Behind(node, first)
    with ExitStack() as both:
        one = worker(database, short, behind, takeover=0.3)
        two = worker(database, short, behind, takeover=0.3)
        both.enter_context(two)
        with one:
            for block in range(first, first + 10, 2):
                behind.head = block
                wait_until(reached(database, block), f"block {block}")
        behind.head = head
        wait_until(reached(database, head), "the rest, by the other")
        assert (one.alarm, two.alarm) == (None, None)

    assert compare(database, rebuilt) is None


def test_a_node_that_is_away_is_waited_for(database: Database, short: Scene, node: Rpc, head: int) -> None:
    behind = Behind(node, head)
    behind.away = True
    with worker(database, short, behind) as at_work:
        wait_until(lambda: isinstance(at_work.waits, NodeUnreachable), "that it is missed")
        assert at_work.alarm is None
        behind.away = False
        wait_until(reached(database, head), "all blocks")
        wait_until(lambda: at_work.waits is None, "that it is no longer missed")


def test_a_database_that_goes_away_while_a_block_is_written_is_waited_for(
    database: Database, short: Scene, node: Rpc, head: int, rebuilt: Ledger
) -> None:
    """From the block's first row on it answers nothing, so that the state cannot be read again either."""
    away = threading.Event()
    armed = threading.Event()

    @event.listens_for(database, "before_cursor_execute")
    def fail(_: Any, cursor: Any, statement: str, *rest: Any) -> None:
        del cursor, rest
        if armed.is_set() and statement.startswith("INSERT INTO events"):
            away.set()
        if away.is_set():
            raise OperationalError(statement, {}, Exception("the server is gone"))

    behind = Behind(node, head - 1)
    with worker(database, short, behind) as at_work:
        wait_until(reached(database, head - 1), "the blocks before")
        armed.set()
        behind.head = head
        wait_until(lambda: isinstance(at_work.waits, OperationalError), "that it is missed")
        wait_until(lambda: at_work.model.stale, "that the state is not what was written")
        armed.clear()
        away.clear()
        wait_until(reached(database, head), "the last block")
        assert at_work.alarm is None

    assert compare(database, rebuilt) is None


def test_a_log_the_rules_would_not_have_written_is_an_alarm(
    database: Database, short: Scene, node: Rpc, head: int, caplog: pytest.LogCaptureFixture
) -> None:
    behind = Behind(node, head)

    def lie(method: str, answer: Any) -> Any:
        if method != "eth_getLogs":
            return answer
        found = [dict(log) for log in answer]
        for log in found:
            if int(log["blockNumber"], 16) == head and len(log["topics"]) > 1:
                log["topics"] = [*log["topics"][:-1], f"0x{int(log['topics'][-1], 16) ^ 1:064x}"]
        return found

    behind.lie = lie
    with worker(database, short, behind) as at_work:
        wait_until(lambda: at_work.alarm, "the alarm")
        wait_until(lambda: not at_work.alive, "its end")

    assert isinstance(at_work.alarm, Diverged)
    assert reached(database, head - 1)()
    assert not reached(database, head)()
    assert "the read model has stopped" in caplog.text


@pytest.mark.parametrize(("times", "alarm"), [(4, None), (1_000, LogsMissing)])
def test_logs_that_stay_away_are_an_alarm_and_logs_that_are_late_are_not(
    database: Database, short: Scene, node: Rpc, head: int, times: int, alarm: type[Exception] | None
) -> None:
    left = [times]  # each try asks twice

    def lie(method: str, answer: Any) -> Any:
        if method != "eth_getLogs" or left[0] == 0:
            return answer
        left[0] -= 1
        return [log for log in answer if int(log["blockNumber"], 16) != head]

    behind = Behind(node, head - 1)
    with worker(database, short, behind) as at_work:
        wait_until(reached(database, head - 1), "the blocks before")
        behind.lie, behind.head = lie, head
        wait_until(reached(database, head) if alarm is None else lambda: at_work.alarm, "its end")

    assert at_work.alarm is None if alarm is None else isinstance(at_work.alarm, alarm)


def test_a_chain_that_takes_back_a_block_is_an_alarm(
    database: Database, short: Scene, node: Rpc, head: int
) -> None:
    behind = Behind(node, head)
    with worker(database, short, behind) as at_work:
        wait_until(reached(database, head), "all blocks")

        def lie(method: str, answer: Any) -> Any:
            return {**answer, "hash": "0x" + "11" * 32} if method == "eth_getBlockByNumber" else answer

        behind.lie = lie
        wait_until(lambda: at_work.alarm, "the alarm")

    assert isinstance(at_work.alarm, Reorganised)
