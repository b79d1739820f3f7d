"""Faults in the middle of a load, and what the chain has of the load afterwards: all of it, once.

`counterfoil bench faults` tries the same, longer and harder.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from api.bench.faults import namespaces, services, validators
from api.bench.faults.counting import count
from api.bench.faults.gateway import SEED, gateway_killed
from api.bench.faults.house import House, found_house, senders
from api.bench.faults.load import marker
from api.bench.faults.measuring import Ground, Outcome
from api.bench.faults.partition import partition
from api.bench.postgres import PostgresServer
from chain.engines import connect
from chain.ledger import open_ledger
from chain.network.layout import Network
from chain.network.waiting import height_of
from tests.consortium.conftest import bring_up

pytestmark = pytest.mark.consortium

RATE = 20.0
SECONDS = 4.0
KILLS = int(os.environ.get("COUNTERFOIL_KILLS", "3"))
KILL_SEED = int(os.environ.get("COUNTERFOIL_KILL_SEED", SEED))


@pytest.fixture(scope="module")
def house(founded: Network) -> House:
    bring_up(founded, founded.members)
    return found_house(founded)


@pytest.fixture
def new_database(tmp_path: Path) -> Callable[[], str]:
    numbers = itertools.count()
    return lambda: f"sqlite:///{tmp_path / f'{next(numbers)}.db'}"


@pytest.fixture
def ground(consortium: Network, house: House, tmp_path: Path, new_database: Callable[[], str]) -> Ground:
    """The shared network with all its validators up, and a load that nobody else sends."""
    assert house.network is consortium
    return Ground(house, tmp_path / "loads", new_database, RATE, SECONDS)


def all_of_it_once(outcome: Outcome) -> None:
    found = outcome.count
    assert found.submitted > 0
    assert (found.final, found.lost, found.doubled, found.forks) == (found.submitted, 0, 0, 0)
    assert outcome.withstood


def test_what_is_missing_or_twice_on_the_chain_is_counted_so(ground: Ground) -> None:
    since = min(map(height_of, ground.members))
    ledger = open_ledger(connect(ground.members[0].url), ground.house.manifest)
    for sender, key in zip(senders(), ("once", "twice", "twice"), strict=False):
        ledger.participants.propose(sender, [(ledger.participants.address, marker(key))])

    found = count(ground.members, [marker(key) for key in ("once", "twice", "never")], since)

    assert (found.submitted, found.final, found.lost, found.doubled, found.forks) == (3, 2, 1, 1, 0)


def test_one_validator_killed_and_restarted(ground: Ground) -> None:
    all_of_it_once(validators.one_killed(ground))


def test_two_validators_killed_halt_the_chain_and_all_of_it_lands_after_they_return(ground: Ground) -> None:
    outcome = validators.two_killed(ground)

    all_of_it_once(outcome)
    assert outcome.count.longest_gap > SECONDS


def test_a_validator_wiped_and_resynchronised(ground: Ground) -> None:
    all_of_it_once(validators.wiped(ground))


def test_a_slow_validator(ground: Ground) -> None:
    all_of_it_once(validators.slow(ground))


def test_a_lying_node_is_named_and_the_load_goes_on_over_another(ground: Ground) -> None:
    all_of_it_once(services.lying(ground))


@pytest.mark.postgres
def test_the_database_restarted(ground: Ground, postgres: PostgresServer) -> None:
    all_of_it_once(services.database_restarted(ground, postgres))


def test_the_gateway_killed_at_random(ground: Ground) -> None:
    all_of_it_once(gateway_killed(ground, KILLS, KILL_SEED, held=False))


@pytest.mark.namespaces
def test_a_partition_of_two_and_two_that_heals(network_folder: Path, new_database: Callable[[], str]) -> None:
    outcome = partition(network_folder, new_database, RATE, SECONDS)

    all_of_it_once(outcome)
    assert outcome.count.longest_gap > SECONDS
    ours = (f"{namespaces.PREFIX}-{os.getpid()}-", f"cf{os.getpid()}-")
    assert not [name for name in namespaces.all_namespaces() if name.startswith(ours)]
    assert not [name for name in psutil.net_if_addrs() if name.startswith(ours)]
