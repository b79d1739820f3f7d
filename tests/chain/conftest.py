from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chain.engines import Engine, EngineUnreachable, connect, embedded
from chain.logs import LoggedEvent
from chain.replay import Replay, read_events, replay
from tests.chain.history import rich_history
from tests.chain.scenario import Scene, founded

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / "contracts" / "node_modules" / ".bin"
ANVIL, GANACHE = BIN / "anvil", BIN / "ganache"


@pytest.fixture(scope="session")
def anvil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Another implementation of the machine, in a process of its own on a free port of this host."""
    if not ANVIL.exists():
        pytest.skip("anvil is not installed: run npm ci in contracts/")
    said = tmp_path_factory.mktemp("anvil") / "log"
    with said.open("w") as log:
        process = subprocess.Popen(
            [
                ANVIL,
                "--host",
                "127.0.0.1",
                "--port",
                "0",
                "--hardfork",
                "shanghai",
                "--cache-path",
                said.parent,
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield connect(f"http://{_listening(process, said)}")
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def ganache() -> Iterator[Engine]:
    """A third implementation of the machine, in JavaScript, in a process of its own on a free port."""
    if not GANACHE.exists():
        pytest.skip("ganache is not installed: run npm ci in contracts/")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    node = os.pathsep.join((str(ROOT / ".venv" / "node"), os.environ.get("PATH", "")))
    process = subprocess.Popen(
        [
            *(GANACHE, "--server.host", "127.0.0.1", "--server.port", str(port)),
            *("--chain.hardfork", "shanghai", "--wallet.defaultBalance", "1000000", "--logging.quiet"),
        ],
        env={**os.environ, "PATH": node},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield _answering(process, f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


def _answering(process: subprocess.Popen[bytes], url: str) -> Engine:
    """The node at a URL, as soon as it answers: this one does not say in which words it listens."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return connect(url)
        except EngineUnreachable:
            time.sleep(0.1)
    raise RuntimeError(f"ganache does not answer at {url}")


def _listening(process: subprocess.Popen[bytes], said: Path) -> str:
    """Where the process says it listens."""
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        found = re.search(r"^Listening on (\S+)$", said.read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            return found[1]
        time.sleep(0.02)
    raise RuntimeError(f"anvil does not listen: {said.read_text(encoding='utf-8')}")


@pytest.fixture(scope="session")
def embedded_scene() -> Scene:
    return founded(embedded())


@pytest.fixture(scope="session")
def anvil_scene(anvil: Engine) -> Scene:
    return founded(anvil)


@pytest.fixture(scope="session")
def ganache_scene(ganache: Engine) -> Scene:
    return founded(ganache)


@pytest.fixture(
    scope="session",
    params=[
        "embedded",
        pytest.param("anvil", marks=pytest.mark.contracts),
        pytest.param("ganache", marks=pytest.mark.contracts),
    ],
)
def scene(request: pytest.FixtureRequest) -> Scene:
    """One ledger an engine for all tests of it: each test makes what it acts on."""
    found: Scene = request.getfixturevalue(f"{request.param}_scene")
    return found


@pytest.fixture(scope="session")
def history() -> Scene:
    """A ledger of its own on the embedded engine, in every kind of state; tests leave it as it was."""
    return rich_history(founded(embedded()))


@pytest.fixture(scope="session")
def history_log(history: Scene) -> list[LoggedEvent]:
    """The log of the history."""
    return read_events(history.engine, history.manifest)


@pytest.fixture(scope="session")
def replayed(history: Scene) -> Replay:
    """The replay of the history as it is."""
    return replay(history.engine, history.manifest)
