from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from chain.engines import Engine
from chain.logs import LoggedEvent
from chain.rpc import Call, HttpRpc, Rpc, rpc_of
from tests.chain.conftest import anvil as anvil
from tests.chain.conftest import history as history
from tests.chain.conftest import replayed as replayed
from tests.chain.differential import timed_log
from tests.chain.scenario import Scene, founded
from tests.sending.conftest import database as database
from tests.sending.conftest import database_url as database_url

Log = list[tuple[LoggedEvent, int]]


class Remembering:
    """A node whose chain stands still: what it answered once it need not work out again."""

    def __init__(self, node: Rpc) -> None:
        self.node, self.name = node, node.name
        self.answers: dict[str, Any] = {}

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        asked = [json.dumps(each) for each in calls]
        new = [n for n, each in enumerate(asked) if each not in self.answers]
        for n, answer in zip(new, self.node.batch([calls[n] for n in new]), strict=True):
            self.answers[asked[n]] = answer
        return [self.answers[each] for each in asked]


@pytest.fixture(scope="session")
def node(history: Scene) -> Rpc:
    """The node of the history, which py-evm takes seconds to tell."""
    return Remembering(rpc_of(history.engine))


@pytest.fixture(scope="session")
def anvil_node(anvil: Engine) -> Iterator[Rpc]:
    """anvil, by raw JSON-RPC."""
    rpc = rpc_of(anvil)
    assert isinstance(rpc, HttpRpc)
    yield rpc
    rpc.close()


@pytest.fixture(scope="session")
def timed(history: Scene) -> Log:
    """The log of the history, each entry with its block's time."""
    return timed_log(history)


def short_history(engine: Engine) -> Scene:
    """A ledger with a few receivables, one of them offered and partly paid."""
    scene = founded(engine)
    scene.offered()
    scene.pay(1, 1_000)
    scene.confirmed()
    return scene
