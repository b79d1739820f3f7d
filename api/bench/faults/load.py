"""The load: a process that sends through an outbox until it is told to stop, and ends when all has ended.

Its folder holds what is known of it from outside: `accepted/N`, the keys that were accepted of each sender;
`liars`, the nodes it caught lying; `log`; and `stop`, once it is to stop.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

from eth_abi.abi import encode
from eth_utils.crypto import keccak
from sqlalchemy.exc import DBAPIError

from api.bench.faults.house import SENDERS, senders
from api.consortium.waiting import TookTooLong, wait_until
from chain.database import open_database
from chain.deployment import Manifest
from chain.headers import kaia
from chain.headers.node import fetch_headers
from chain.headers.vetted import VettedRpc
from chain.outbox import Outbox, Settings, State, Worker, live_count, open_outbox, submit
from chain.rpc import HttpRpc, NodeUnreachable, RpcError

PROPOSE = keccak(text="propose((address,bytes)[])")[:4]
GAS = 1_000_000
NODE_TIMEOUT = 5.0
PATIENCE = 300.0
"""Seconds for everything to end: rounds get longer the longer a chain stood still."""

# A server process that has imported everything, and whose children are there at once.
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["api.bench.faults.load"])


class LoadFailed(Exception):
    """A load ended before it should, or not all of it ended; the message ends with the last it said."""


@dataclass(frozen=True)
class Load:
    """What is sent, and through what.

    Attributes:
        folder: its own, empty.
        database: URL of the outbox's database, empty.
        nodes: URLs of nodes, asked in this order.
        manifest: of the ledger.
        genesis: the first block's header as it is hashed; what nodes say is checked by it.
        rate: calls a second, of all senders together.
        senders: places of those who send, among all (`house.senders`): nobody else may use their keys.
    """

    folder: Path
    database: str
    nodes: tuple[str, ...]
    manifest: Manifest
    genesis: bytes
    rate: float
    senders: tuple[int, ...] = tuple(range(SENDERS))


@dataclass
class Sending:
    """A load that is being sent."""

    load: Load
    process: BaseProcess = field(repr=False)

    def accepted(self) -> list[str]:
        """The keys that the outbox accepted."""
        folder = self.load.folder / "accepted"
        return [key for each in sorted(folder.iterdir()) for key in each.read_text("utf-8").splitlines()]

    def liars(self) -> list[str]:
        """What the nodes that were caught had said."""
        file = self.load.folder / "liars"
        return file.read_text("utf-8").splitlines() if file.exists() else []

    def wait_for_more(self, calls: int, patience: float = PATIENCE) -> None:
        """Waits until so many more calls were accepted.

        Raises:
            LoadFailed: the process ended, or accepts nothing in time.
        """
        wanted = len(self.accepted()) + calls

        def enough() -> bool:
            if not self.process.is_alive():
                raise LoadFailed(f"the load ended:\n{last_words(self.load)}")
            return len(self.accepted()) >= wanted

        try:
            wait_until(f"{calls} more calls are accepted", enough, patience)
        except TookTooLong as error:
            raise LoadFailed(f"{error}:\n{last_words(self.load)}") from error

    def finish(self) -> list[str]:
        """Stops sending, and waits until everything that was accepted is final. Returns the keys.

        Raises:
            LoadFailed: it is not.
        """
        (self.load.folder / "stop").touch()
        self.process.join(PATIENCE)
        if self.process.exitcode != 0:
            raise LoadFailed(f"not everything became final:\n{last_words(self.load)}")
        return self.accepted()


@contextmanager
def sending(load: Load) -> Iterator[Sending]:
    """A load's process; it is ended whatever happens."""
    (load.folder / "accepted").mkdir(parents=True)
    process = _FORKING.Process(target=send, args=(load,), daemon=True)
    process.start()
    try:
        yield Sending(load, process)
    finally:
        if process.is_alive():
            process.kill()
        process.join()
        process.close()


def last_words(load: Load) -> str:
    """The last lines a load said."""
    log = load.folder / "log"
    return "\n".join(log.read_text("utf-8").splitlines()[-12:]) if log.exists() else "nothing"


def marker(key: str) -> bytes:
    """What a call has in it that no other has: 32 bytes."""
    return keccak(text=key)


def send(load: Load) -> None:
    """Sends with all senders at once until `stop` is there; then waits until all of it is final."""
    logging.basicConfig(filename=load.folder / "log", level=logging.WARNING)
    nodes = [_vetted(load, url) for url in load.nodes]
    database = open_database(load.database)
    own = [senders()[which] for which in load.senders]
    outbox = open_outbox(database, load.manifest, nodes, own, Settings(poll=timedelta(seconds=0.1)))
    stop = threading.Event()
    threads = [threading.Thread(target=_send, args=(load, outbox, which, stop)) for which in load.senders]
    with Worker(outbox) as worker:
        for thread in threads:
            thread.start()
        try:
            while not (load.folder / "stop").exists() and worker.alive:
                _note_liars(load, nodes)
                time.sleep(0.1)
        finally:
            stop.set()
        for thread in threads:
            thread.join()
        while worker.alive and not _all_ended(outbox):
            time.sleep(0.1)
        _note_liars(load, nodes)
    if worker.alarm is not None:
        raise SystemExit(f"sending has stopped: {worker.alarm}")
    counts = live_count(database)
    if set(counts) - {State.FINAL}:
        logging.error("%s", {state.value: count for state, count in counts.items()})
        raise SystemExit(1)


def _vetted(load: Load, url: str) -> VettedRpc:
    return VettedRpc(HttpRpc(url, timeout=NODE_TIMEOUT), kaia.genesis(load.genesis))


def _note_liars(load: Load, nodes: list[VettedRpc]) -> None:
    caught = [f"{node.name}: {node.lie}" for node in nodes if node.lie is not None]
    if caught:
        (load.folder / "liars").write_text("\n".join(caught), encoding="utf-8")


def _all_ended(outbox: Outbox) -> bool:
    try:
        return all(state.ended for state in live_count(outbox.database))
    except DBAPIError:
        return False  # the database is away


def _send(load: Load, outbox: Outbox, which: int, stop: threading.Event) -> None:
    signer = senders()[which].address
    participants = load.manifest.addresses["Participants"]
    file = os.open(load.folder / "accepted" / f"{which}", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    pause = len(load.senders) / load.rate
    due = time.monotonic() + pause * load.senders.index(which) / len(load.senders)
    number = 0
    while not stop.wait(max(0.0, due - time.monotonic())):
        due = max(due + pause, time.monotonic())
        key = f"{load.folder.name}, sender {which}, call {number}"
        data = PROPOSE + encode(["(address,bytes)[]"], [[(participants, marker(key))]])
        try:
            submit(outbox, key, signer, participants, data, GAS)
        except (NodeUnreachable, RpcError, DBAPIError) as error:
            logging.warning("%s: %s", key, type(error).__name__)
            continue  # what a client does: the same again
        os.write(file, f"{key}\n".encode())
        number += 1
    os.close(file)


def genesis_of(url: str) -> bytes:
    """A network's first header as it is hashed, as a node of one's own has it."""
    with closing(HttpRpc(url)) as node:
        return fetch_headers("kaia", lambda requests: node.batch(requests), [0])[0]
