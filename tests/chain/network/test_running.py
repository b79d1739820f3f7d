"""Whose process gets a signal, and what is said when a node cannot start. No validator is needed here."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from chain.network.errors import BadNetwork, NodeFailed, NodeSilent
from chain.network.founding import found
from chain.network.layout import Member, Network
from chain.network.running import arguments, forget_chain, kill, peer_url, process_of, start, stop
from chain.network.waiting import wait_for_answers, wait_for_height

SLEEPER = "import time, sys; time.sleep(600)"


@pytest.fixture
def network(network_folder: Path) -> Network:
    return found(network_folder / "n", members=4, chain_id=7)


@pytest.fixture
def sleeper(network: Network) -> Iterator[subprocess.Popen[bytes]]:
    """A process whose command line names the first member's data, as its node's would."""
    data = str(network.data(network.members[0]))
    with subprocess.Popen([sys.executable, "-c", SLEEPER, "--datadir", data]) as process:
        yield process
        process.kill()


def record(network: Network, member: Member, pid: object) -> None:
    (network.folder(member) / "process.json").write_text(json.dumps({"pid": pid}))


def test_a_process_that_got_a_nodes_old_number_is_never_ended(network: Network) -> None:
    first = network.members[0]
    with subprocess.Popen([sys.executable, "-c", SLEEPER]) as other:
        record(network, first, other.pid)

        assert process_of(network, first) is None
        assert kill(network, network.members) == []

        assert other.poll() is None
        other.kill()


def test_a_node_is_ended_by_its_number_and_its_record_goes(
    network: Network, sleeper: subprocess.Popen[bytes]
) -> None:
    first = network.members[0]
    record(network, first, sleeper.pid)

    assert process_of(network, first) is not None
    assert stop(network, network.members) == [first]

    assert process_of(network, first) is None
    assert not (network.folder(first) / "process.json").exists()


def test_a_node_of_another_member_is_not_this_ones(
    network: Network, sleeper: subprocess.Popen[bytes]
) -> None:
    record(network, network.members[1], sleeper.pid)

    assert process_of(network, network.members[1]) is None


def test_a_node_that_becomes_another_program_is_the_members_all_the_while(
    network: Network, tmp_path: Path
) -> None:
    """As one that a script starts: between two programs a process has no command line."""
    first = network.members[0]
    script = tmp_path / "again"
    script.write_text('#!/bin/sh\nexec /usr/bin/env "$0" "$@"\n', "utf-8")
    script.chmod(0o700)
    with subprocess.Popen([str(script), "--datadir", str(network.data(first))]) as process:
        record(network, first, process.pid)

        found_each_time = all(process_of(network, first) is not None for _ in range(2_000))

        process.kill()
    assert found_each_time


@pytest.mark.parametrize("pid", [None, "x", 0, -1, 2**31 - 2, []])
def test_a_record_that_names_no_process_is_nobodys(network: Network, pid: object) -> None:
    record(network, network.members[0], pid)

    assert process_of(network, network.members[0]) is None


def test_the_chain_of_a_node_that_runs_is_not_deleted(
    network: Network, sleeper: subprocess.Popen[bytes]
) -> None:
    first = network.members[0]
    network.data(first).mkdir()
    record(network, first, sleeper.pid)

    with pytest.raises(BadNetwork, match="stop it before"):
        forget_chain(network, first)
    assert network.data(first).is_dir()


def test_a_node_is_not_started_without_its_key_or_its_port(network: Network, tmp_path: Path) -> None:
    first, second, *_ = network.members
    (network.folder(first) / "nodekey").rename(tmp_path / "elsewhere")
    with pytest.raises(NodeFailed, match="its nodekey is not in"):
        start(network, first, Path(sys.executable))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", second.rpc_port))
        taken.listen()
        with pytest.raises(NodeFailed, match=f"somebody else listens on its port {second.rpc_port}"):
            start(network, second, Path(sys.executable))


def test_a_program_that_writes_no_first_block_leaves_no_chain(network: Network) -> None:
    first = network.members[0]

    with pytest.raises(NodeFailed, match="the first block cannot be written"):
        start(network, first, Path(sys.executable))

    assert not network.data(first).exists()
    assert process_of(network, first) is None


def test_a_node_that_ends_at_once_is_reported_with_its_last_words(network: Network, tmp_path: Path) -> None:
    program = tmp_path / "node"
    program.write_text('#!/bin/sh\n[ "$1" = init ] && exec mkdir -p "$3"\necho "no space left" >&2\n')
    program.chmod(0o700)
    first = network.members[0]

    start(network, first, program)

    with pytest.raises(NodeFailed, match="member-1 ended:\nno space left"):
        wait_for_answers(network, [first], 10)


def test_nobody_waits_for_ever(network: Network) -> None:
    with pytest.raises(NodeSilent, match=r"no node answers at http://127\.0\.0\.1"):
        wait_for_height(network.members[:1], 1, seconds=0)


def test_a_node_on_its_own_machine_finds_the_others_and_lets_no_other_machine_in(
    network_folder: Path,
) -> None:
    hosts = [f"10.1.0.{number}" for number in range(1, 5)]
    network = found(network_folder / "h", members=4, chain_id=7, hosts=hosts)
    second = network.members[1]
    options = dict(pairwise(arguments(network, second)))

    assert peer_url(second) == f"kni://{second.public_key}@10.1.0.2:{second.p2p_port}?discport=0&type=cn"
    assert options["--netrestrict"] == "10.1.0.1/32,10.1.0.2/32,10.1.0.3/32,10.1.0.4/32"
    assert options["--rpcaddr"] == "127.0.0.1"
    assert second.url == f"http://127.0.0.1:{second.rpc_port}"


def test_a_members_calls_are_served_to_others_only_where_it_says(network_folder: Path) -> None:
    network = found(network_folder / "h", 4, 7, rpc_hosts=[f"10.2.0.{number}" for number in range(1, 5)])
    third = network.members[2]

    assert dict(pairwise(arguments(network, third)))["--rpcaddr"] == "10.2.0.3"
    assert third.url == f"http://10.2.0.3:{third.rpc_port}"
    assert third.host == "127.0.0.1"


def test_a_node_listens_on_this_machine_only_and_serves_no_owners_calls(network: Network) -> None:
    given = arguments(network, network.members[0])
    options = dict(pairwise(given))

    assert options["--rpcaddr"] == "127.0.0.1"
    assert options["--netrestrict"] == "127.0.0.1/32"
    assert set(options["--rpcapi"].split(",")).isdisjoint(
        {"admin", "debug", "governance", "istanbul", "personal"}
    )
    assert not any((network.folder(network.members[0]) / "nodekey").read_text() in one for one in given)
