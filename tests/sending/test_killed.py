"""No transaction is lost and none is doubled, whatever is killed: this process, the node, the database."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import select

from api.bench.postgres import own_postgres
from chain.database import open_database, reading
from chain.outbox import State, live_count, pending_of, tables
from tests.sending.calls import counted, made
from tests.sending.conftest import House, house
from tests.sending.load import Load, accepted_keys, finish, send_until_killed
from tests.services import AnvilNode

pytestmark = pytest.mark.contracts

KILLS = int(os.environ.get("COUNTERFOIL_KILLS", "25"))
"""How often the process is killed: 100 for a thorough run."""

SEED = int(os.environ.get("COUNTERFOIL_KILL_SEED", "20260101"))

# A server process that has imported everything, and whose children are there at once.
FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["tests.sending.load"])


def child(target: Callable[[Load], None], load: Load) -> BaseProcess:
    process = FORKING.Process(target=target, args=(load,), daemon=True)
    process.start()
    return process


def sent_more(load: Load, count: int) -> None:
    """Waits until so many more calls were accepted, however busy the machine is."""
    wanted = len(accepted_keys(load)) + count
    deadline = time.monotonic() + 60
    while len(accepted_keys(load)) < wanted:
        assert time.monotonic() < deadline, "nothing is being sent"
        time.sleep(0.01)


def included_more(load: Load, count: int) -> None:
    """Waits until blocks have so many more calls: what the node then loses, it had."""
    database = open_database(load.database)
    wanted = live_count(database).get(State.FINAL, 0) + count
    deadline = time.monotonic() + 60
    while live_count(database).get(State.FINAL, 0) < wanted:
        assert time.monotonic() < deadline, "no block has what is sent"
        time.sleep(0.01)
    database.dispose()


def done(load: Load) -> None:
    """Lets a last process end everything."""
    process = child(finish, load)
    process.join(600)
    assert process.exitcode == 0


def nothing_lost_nothing_doubled(load: Load, home: House) -> int:
    """Checks on the chain; how many transactions there were."""
    database = open_database(load.database)
    counts = live_count(database)
    database.dispose()
    keys = accepted_keys(load)
    on_chain = counted(home.rpc, home.manifest, keys)
    assert set(on_chain) == set(keys), "an accepted transaction is not on the chain"
    assert set(on_chain.values()) == {1}, "a transaction is twice on the chain"
    # A call may have been accepted when the process died before it could say so: at most one a signer.
    assert set(counts) == {State.FINAL}
    assert len(keys) <= counts[State.FINAL] <= len(keys) + 3
    assert made(home.rpc, home.manifest) == counts[State.FINAL]
    return len(keys)


@pytest.fixture
def accepted(tmp_path: Path) -> Path:
    folder = tmp_path / "accepted"
    folder.mkdir()
    return folder


def test_when_the_process_is_killed(
    new_node: Callable[..., AnvilNode], database_url: str, accepted: Path
) -> None:
    home = house(new_node())
    load = Load(database_url, home.node.url, home.manifest, accepted, most=100_000)
    chance = random.Random(SEED)  # noqa: S311  (tests keep no secret)
    caught: set[State] = set()
    for _ in range(KILLS):
        process = child(send_until_killed, load)
        if chance.random() < 0.3:  # some while they start and recover, the others while they send
            time.sleep(chance.uniform(0.0, 0.6))
        else:
            sent_more(load, 1)
            time.sleep(chance.uniform(0.0, 0.3))
        process.kill()
        process.join()
        database = open_database(database_url)
        if accepted_keys(load):
            caught |= {each.state for each in pending_of(database)}
        database.dispose()

    done(load)

    sent = nothing_lost_nothing_doubled(load, home)
    assert sent > KILLS, "hardly anything was sent between the kills"
    assert caught & {State.QUEUED, State.SUBMITTED}, "no kill met a transaction on its way"


def test_when_the_node_is_killed_and_comes_back_without_its_last_blocks(
    new_node: Callable[..., AnvilNode], database_url: str, accepted: Path
) -> None:
    home = house(new_node(keeps=True))
    load = Load(database_url, home.node.url, home.manifest, accepted, most=100_000, pause=0.05)
    home.node.written()
    process = child(send_until_killed, load)
    for _ in range(3):
        time.sleep(1.5)
        home.node.written()
        included_more(load, 5)
        home.node.kill()
        time.sleep(0.3)
        home.node.start()
    sent_more(load, 5)
    process.kill()
    process.join()

    done(load)

    assert nothing_lost_nothing_doubled(load, home) > 10
    assert went_back(database_url) > 0, "the node had lost nothing: the test tested nothing"


def went_back(database_url: str) -> int:
    """How many transactions were in a block that the chain took back."""
    database = open_database(database_url)
    with reading(database) as connection:
        found = connection.execute(
            select(tables.history.c.transaction_id)
            .where(tables.history.c.detail.startswith("the chain went back"))
            .distinct()
        ).all()
    database.dispose()
    return len(found)


@pytest.mark.postgres
def test_when_the_database_is_killed_and_comes_back(
    new_node: Callable[..., AnvilNode], accepted: Path
) -> None:
    home = house(new_node())
    with own_postgres() as server:
        load = Load(server.new_database(), home.node.url, home.manifest, accepted, most=100_000)
        process = child(send_until_killed, load)
        for _ in range(3):
            sent_more(load, 20)
            time.sleep(0.3)
            server.crash()
            time.sleep(0.2)
            server.start()
        sent_more(load, 20)
        process.kill()
        process.join()

        done(load)

        assert nothing_lost_nothing_doubled(load, home) > 10
