from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database

from api.bench.postgres import PostgresServer
from chain.database import open_database
from chain.deployment import Manifest, deploy
from chain.engines import Engine, connect, fund
from chain.ledger import OpenLedger, open_ledger
from chain.rpc import HttpRpc
from tests.chain.scenario import GOVERNORS
from tests.sending.calls import counted, proposal
from tests.services import AnvilNode

_DIALLED: list[HttpRpc] = []


def dial(url: str) -> HttpRpc:
    """Raw JSON-RPC to a node, closed when the tests have ended."""
    _DIALLED.append(HttpRpc(url))
    return _DIALLED[-1]


@pytest.fixture(scope="session", autouse=True)
def _hung_up() -> Iterator[None]:
    yield
    for rpc in _DIALLED:
        rpc.close()


@dataclass(frozen=True)
class House:
    """A deployed ledger on a node of its own; tests that share it salt what they send."""

    node: AnvilNode
    engine: Engine
    manifest: Manifest
    ledger: OpenLedger
    rpc: HttpRpc
    salt: str = ""

    def call(self, marker: str) -> tuple[str, bytes]:
        """A governors' proposal that is like no other: it may be made any number of times."""
        return proposal(self.ledger, self.salt + marker)

    def count(self, *markers: str) -> Counter[str]:
        """How often each proposal is on the chain."""
        found = counted(self.rpc, self.manifest, [self.salt + marker for marker in markers])
        return Counter({marker.removeprefix(self.salt): times for marker, times in found.items()})


def house(node: AnvilNode) -> House:
    engine = connect(node.url)
    for governor in GOVERNORS:
        fund(engine, governor.address)
    manifest = deploy(engine, GOVERNORS[0], [g.address for g in GOVERNORS], 2)
    return House(node, engine, manifest, open_ledger(engine, manifest), dial(node.url))


@pytest.fixture
def home(shared_home: House) -> House:
    """A ledger on a node that mines at once; a test's calls are its own."""
    return replace(shared_home, salt=f"{secrets.token_hex(4)} ")


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    node = AnvilNode(tmp_path_factory.mktemp("anvil")).start()
    try:
        yield house(node)
    finally:
        node.stop()


@pytest.fixture
def new_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., AnvilNode]]:
    """Starts nodes of a test's own."""
    started: list[AnvilNode] = []

    def start(**options: object) -> AnvilNode:
        node = AnvilNode(tmp_path_factory.mktemp("anvil"), **options)  # type: ignore[arg-type]
        started.append(node.start())
        return node

    yield start
    for node in started:
        node.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'gateway.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.dispose()
