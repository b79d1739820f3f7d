"""A network of four validators, real processes with keys and folders of their own, for the whole session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chain.network.building import node_program
from chain.network.errors import NoNodeProgram
from chain.network.founding import found
from chain.network.layout import Member, Network, read_network
from chain.network.running import start, stop
from chain.network.voting import validators
from chain.network.waiting import height_of, wait_for_answers, wait_for_height

CHAIN_ID = 2026
PATIENCE = 240.0


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """The network, its nodes started; they are ended whatever happens."""
    try:
        node_program()
    except NoNodeProgram as error:
        pytest.skip(f"no validators can be run: {error}")
    network = found(tmp_path_factory.mktemp("net") / "n", members=4, chain_id=CHAIN_ID)
    try:
        bring_up(network, network.members)
        yield network
    finally:
        joined_since = read_network(network.path)
        stop(joined_since, joined_since.members)


@pytest.fixture
def consortium(founded: Network) -> Network:
    """The network with all four founding validators up and at the same height, whatever a test before did."""
    bring_up(founded, founded.members)
    return founded


def bring_up(network: Network, members: tuple[Member, ...]) -> None:
    """Starts what does not run, and waits for a block that all have and that did not exist before."""
    program = node_program()
    for member in members:
        start(network, member, program)
    wait_for_answers(network, members, PATIENCE)
    assert {member.address for member in members} <= set(validators(members[0]))
    wait_for_height(members, max(map(height_of, members)) + 1, PATIENCE)
