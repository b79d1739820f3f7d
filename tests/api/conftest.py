from __future__ import annotations

import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn

from api.http.app import create_app
from api.http.gateway import Gateway
from api.http.sandbox import sandbox
from tests.chain.conftest import anvil as anvil  # a fixture of the chain's tests

DAY = 24 * 3600


@dataclass
class Served:
    """A sandbox on a free port of loopback, and a client for each of its members."""

    gateway: Gateway
    tokens: dict[str, str]
    url: str
    clients: dict[str, httpx.Client] = field(default_factory=dict)

    def __call__(self, alias: str) -> httpx.Client:
        if alias not in self.clients:
            headers = {"Authorization": f"Bearer {self.tokens[alias]}"} if alias else {}
            self.clients[alias] = httpx.Client(base_url=self.url, headers=headers)
        return self.clients[alias]

    def number(self, alias: str) -> int:
        return next(member.number for member in self.gateway.members if member.alias == alias)


@contextmanager
def running(gateway: Gateway) -> Iterator[str]:
    """A gateway served on a free port of loopback; its URL."""
    config = uvicorn.Config(create_app(gateway), ws="none", log_level="critical", access_log=False)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    gateway, tokens = sandbox()
    with running(gateway) as url:
        house = Served(gateway, tokens, url)
        yield house
        for client in house.clients.values():
            client.close()


@pytest.fixture(scope="session")
def serve() -> Callable[[Gateway], AbstractContextManager[str]]:
    """Serves any gateway while the context lasts."""
    return running


@pytest.fixture(scope="session")
def evidence(served: Served) -> str:
    """The commitment that the sandbox's trade was attested under."""
    (first,) = served("anchor").get("/v1/receivables", params={"limit": 1}).json()["items"]
    return str(first["evidence"])


@pytest.fixture
def confirmed(served: Served, evidence: str) -> Callable[..., dict[str, Any]]:
    """Makes a confirmed receivable of the anchor to its first supplier; its answer to the confirmation."""

    def make(face: str = "100000", waives: bool = False) -> dict[str, Any]:
        nullifier = "0x" + secrets.token_hex(32)
        body = {
            "nullifier": nullifier,
            "creditor": served.number("tier1"),
            "currency": "CNY",
            "total": face,
        }
        assert served("tax").post("/v1/invoices", json=body).status_code == 201
        now = served("tax").get("/readyz").json()["head"]["time"]
        proposed = served("tier1").post(
            "/v1/receivables",
            json={
                "debtor": served.number("anchor"),
                "creditor": served.number("tier1"),
                "face": face,
                "currency": "CNY",
                "delivered_at": f"{int(now[:4]) - 1}-12-20T00:00:00+08:00",
                "due_at": f"{int(now[:4]) + 1}-01-20T00:00:00+08:00",
                "waives_defences": waives,
                "evidence": evidence,
                "invoice": nullifier,
            },
        )
        assert proposed.status_code == 201, proposed.text
        answer = served("anchor").post(f"{proposed.headers['location']}/confirm")
        assert answer.status_code == 200, answer.text
        receivable: dict[str, Any] = answer.json()["receivable"]
        return receivable

    return make
