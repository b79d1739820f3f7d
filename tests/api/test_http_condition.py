"""`/readyz` and `/metrics` say what is wrong with a gateway, in plain sentences, nothing of its ledger."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from api.bench.lying_proxy import Proxy, lying_proxy
from api.bench.postgres import own_postgres
from api.http.durable import durable
from api.http.gateway import Gateway
from api.http.sandbox import sandbox
from chain.database import now_utc
from chain.engines import connect
from chain.outbox import State, tables
from chain.rpc import HttpRpc, call
from tests.services import AnvilNode

pytestmark = pytest.mark.contracts

PATIENCE = 60.0
Start = Callable[..., "Running"]
Serve = Callable[[Gateway], AbstractContextManager[str]]
SAMPLE = re.compile(r'([a-z_]+)(?:\{([a-z]+)="([^"]*)"\})? ([0-9.e+]+)')


@dataclass
class Running:
    """A gateway with a database on anvil, whose blocks count as final, behind a proxy that may lie."""

    url: str
    gateway: Gateway
    node: AnvilNode
    proxy: Proxy

    def get(self, path: str) -> httpx.Response:
        with httpx.Client(base_url=self.url, timeout=60, trust_env=False) as client:
            return client.get(path)

    def readyz(self, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """What it says once something holds."""
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self.get("/readyz")
            said: dict[str, Any] = {"status_code": answer.status_code, **answer.json()}
            if until(said):
                return said
            assert time.monotonic() < deadline, said
            time.sleep(0.1)

    def metrics(self) -> dict[tuple[str, str | None], float]:
        answer = self.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        samples = [line for line in answer.text.splitlines() if not line.startswith("#")]
        found = [SAMPLE.fullmatch(line) for line in samples]
        assert all(found), answer.text
        return {(one[1], one[3]): float(one[4]) for one in found if one}


def parts(said: dict[str, Any]) -> dict[str, str]:
    """The rule of each alarm, by its part."""
    return {one["part"]: one["rule"] for one in said.get("facts", {}).get("alarms", [])}


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AnvilNode, Gateway]]:
    node = AnvilNode(tmp_path_factory.mktemp("anvil")).start()
    gateway, _ = sandbox(connect(node.url))
    yield node, gateway
    node.stop()


@pytest.fixture
def start(founded: tuple[AnvilNode, Gateway], serve: Serve, tmp_path: Path) -> Iterator[Start]:
    node, gateway = founded
    with ExitStack() as open_:

        def run(database: str | None = None) -> Running:
            proxy = open_.enter_context(lying_proxy(node.url))
            # Without a development node's controls no block may be taken back.
            engine = replace(gateway.ledger.engine, controls=None)
            final = replace(gateway, ledger=replace(gateway.ledger, engine=engine))
            url = database or f"sqlite:///{tmp_path / 'gateway.db'}"
            kept = open_.enter_context(durable(final, proxy.url, url))
            return Running(open_.enter_context(serve(kept)), kept, node, proxy)

        yield run


def register(running: Running) -> None:
    ledger, tax = running.gateway.ledger, next(m for m in running.gateway.members if m.alias == "tax")
    ledger.invoices.register(tax.signer, secrets.token_bytes(32), 2, 156, 100)


def test_a_gateway_that_works_is_ready_and_says_how_far_it_is(start: Start) -> None:
    running = start()
    register(running)

    said = running.readyz(lambda said: said.get("read_model", {}).get("behind") == 0)

    assert said["status_code"] == 200
    assert said["read_model"]["block"] == said["head"]["block"]
    found = running.metrics()
    assert {part: value for (name, part), value in found.items() if name == "counterfoil_alarm"} == {
        "node": 0,
        "database": 0,
        "sending": 0,
        "read model": 0,
    }
    assert found[("counterfoil_node_block", None)] == said["head"]["block"]
    assert found[("counterfoil_read_model_lag_blocks", None)] == 0
    assert found[("counterfoil_transactions", "queued")] == 0
    assert found[("counterfoil_oldest_unsent_seconds", None)] == 0


def test_what_waits_is_counted_with_its_age(start: Start) -> None:
    running = start()
    kept = running.gateway.kept
    assert kept is not None
    kept.sender.stop()
    row = {"fingerprint": b"", "signer": "0x" + "11" * 20, "own": True, "destination": "", "raw": b""}
    waiting = [("queued", 90), ("queued", 30), ("submitted", 400), ("final", 9000)]
    with kept.database.begin() as connection:
        for nonce, (state, age) in enumerate(waiting):
            connection.execute(
                insert(tables.transaction),
                {
                    **row,
                    "key": str(nonce),
                    "hash": bytes([nonce]),
                    "nonce": nonce,
                    "state": State(state).value,
                    "queued_at": now_utc() - timedelta(seconds=age),
                    "deadline": now_utc(),
                    "sends": 0,
                },
            )

    found = running.metrics()

    assert found[("counterfoil_transactions", "queued")] == 2
    assert found[("counterfoil_transactions", "submitted")] == 1
    assert ("counterfoil_transactions", "final") not in found
    assert 90 <= found[("counterfoil_oldest_unsent_seconds", None)] < 200
    assert found[("counterfoil_alarm", "sending")] == 1  # it was stopped


def test_a_chain_that_takes_back_a_block_stops_sending_and_the_read_model(
    start: Start,
) -> None:
    running = start()
    node = HttpRpc(running.node.url)
    snapshot = call(node, "evm_snapshot")
    register(running)
    running.readyz(lambda said: said.get("read_model", {}).get("behind") == 0)

    call(node, "evm_revert", snapshot)
    for _ in range(4):
        call(node, "evm_increaseTime", 7)
        call(node, "evm_mine")
    node.close()

    said = running.readyz(lambda said: len(parts(said)) == 2)
    assert said["status_code"] == 503
    assert parts(said) == {"sending": "sending-stopped", "read model": "read-model-stopped"}
    assert said["rule"] == "sending-stopped"
    assert said["detail"].count("the chain took back a block that was final") == 2
    found = running.metrics()
    assert (found[("counterfoil_alarm", "sending")], found[("counterfoil_alarm", "node")]) == (1, 0)


def test_a_log_the_rules_would_not_have_written_is_told_without_the_log(
    start: Start,
) -> None:
    running = start()
    running.readyz(lambda said: said.get("read_model", {}).get("behind") == 0)

    def lie(_: list[Any], logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for log in logs:
            log["data"] = f"0x{int(log['data'], 16) ^ 1:0{len(log['data']) - 2}x}"
        return logs

    running.proxy.lies["eth_getLogs"] = lie
    register(running)

    said = running.readyz(lambda said: bool(parts(said)))
    assert parts(said) == {"read model": "read-model-stopped"}
    assert "a log that the ledger's rules would not have written" in said["detail"]
    assert "InvoiceRegistered" not in str(said)


def test_a_node_of_another_chain_is_told(start: Start) -> None:
    running = start()
    running.readyz(lambda said: said["status_code"] == 200)

    running.proxy.lies["eth_chainId"] = lambda *_: "0x7"

    said = running.readyz(lambda said: bool(parts(said)))
    assert (said["rule"], said["status_code"]) == ("wrong-chain", 503)
    assert said["detail"] == "The node is of chain 7, the ledger of chain 31337."


@pytest.mark.postgres
def test_a_database_that_is_away_is_told_and_reads_say_so(start: Start) -> None:
    with own_postgres() as server:
        running = start(server.new_database())
        running.readyz(lambda said: said["status_code"] == 200)

    said = running.readyz(lambda said: bool(parts(said)))

    assert parts(said)["database"] == "database-unreachable"
    assert "The gateway's database does not answer." in said["detail"]
    assert "sending" not in parts(said)  # it waits for the database to come back
    found = running.metrics()
    assert (found[("counterfoil_alarm", "database")], found[("counterfoil_alarm", "node")]) == (1, 0)


def test_a_node_that_is_away_is_told(start: Start, founded: tuple[AnvilNode, Gateway]) -> None:
    running = start()
    running.readyz(lambda said: said["status_code"] == 200)
    founded[0].stop()

    said = running.readyz(lambda said: bool(parts(said)))

    assert parts(said) == {"node": "ledger-unreachable"}
    assert said["detail"] == "The node behind this gateway does not answer."
    found = running.metrics()
    assert found[("counterfoil_alarm", "node")] == 1
    assert ("counterfoil_node_block", None) not in found
