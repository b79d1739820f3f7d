"""Founding a network, and one more member's folder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from chain.network.errors import BadNetwork
from chain.network.genesis import kaia_genesis, write_genesis
from chain.network.keys import make_node_key
from chain.network.layout import (
    LOOPBACK,
    NAME,
    Member,
    Network,
    check_socket_paths,
    free_ports,
    is_address,
    write_network,
)
from chain.network.running import process_of

FEWEST, MOST = 4, 100
PORTS_EACH = 3


def found(
    path: Path, members: int, chain_id: int, hosts: Sequence[str] = (), rpc_hosts: Sequence[str] = ()
) -> Network:
    """Makes a network's folder: a key and free ports for each member, the first block, no process yet.

    Args:
        path: does not exist yet, or is an empty folder.
        members: from 4, the fewest that bear the loss of one (n >= 3f + 1), to 100.
        chain_id: of the network's transactions, from 1.
        hosts: IPv4 address of each member's machine, where the others' nodes reach its node; this machine's
            loopback for all, if there are none.
        rpc_hosts: IPv4 address at which each member's JSON-RPC answers; its machine's loopback, if there are
            none.

    Raises:
        BadNetwork: there is something at the path, a number is out of range, or an address is none. Nothing
            is left behind then.
    """
    path = path.absolute()
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise BadNetwork(f"{path} is there already, and not empty")
    if not path.parent.is_dir():
        raise BadNetwork(f"{path}: there is no folder {path.parent}")
    if not FEWEST <= members <= MOST:
        raise BadNetwork(f"{members} members: a network that bears the loss of one needs {FEWEST} to {MOST}")
    if not 1 <= chain_id < 2**53:
        raise BadNetwork(f"chain id {chain_id}: it is from 1 to 2^53 - 1")
    places = list(
        zip(_addresses("host", hosts, members), _addresses("rpc host", rpc_hosts, members), strict=True)
    )
    names = [f"member-{number}" for number in range(1, members + 1)]
    check_socket_paths(path, names)
    # Under another name until it is whole.
    fresh = path.with_name(path.name + ".new")
    if fresh.exists():
        raise BadNetwork(f"{fresh} is in the way: another network is being made, or was not finished")
    fresh.mkdir()
    try:
        (fresh / "members").mkdir()
        ports = free_ports(PORTS_EACH * members)
        made = tuple(
            _make_member(fresh, name, ports[PORTS_EACH * at : PORTS_EACH * (at + 1)], *places[at])
            for at, name in enumerate(names)
        )
        network = Network(fresh, chain_id, made)
        validators = sorted(member.address.lower() for member in made)
        write_genesis(network.genesis, kaia_genesis(chain_id, validators, int(time.time())))
        write_network(network)
        fresh.rename(path)
    except BaseException:
        shutil.rmtree(fresh)
        raise
    return Network(path, chain_id, made)


def add_member(
    network: Network, name: str, host: str = LOOPBACK, rpc_host: str = LOOPBACK
) -> tuple[Network, Member]:
    """Makes a new member's folder: a key and ports of its own, the same first block. It has no vote yet.

    Args:
        network: which it joins.
        name: of the member.
        host: IPv4 address of its machine. The others' nodes let that one in from when they start next.
        rpc_host: IPv4 address at which its JSON-RPC answers.

    Raises:
        BadNetwork: the name is taken or is no name, an address is none, or its folder is there already.
    """
    if not NAME.fullmatch(name):
        raise BadNetwork(f"{name!r} is no member's name: lower case, digits and hyphens, 31 at most")
    if any(member.name == name for member in network.members):
        raise BadNetwork(f"there is a member {name} already")
    _addresses("host", [host, rpc_host], 2)
    check_socket_paths(network.path, [name])
    taken = [port for one in network.members for port in (one.p2p_port, one.sub_port, one.rpc_port)]
    try:
        member = _make_member(network.path, name, free_ports(PORTS_EACH, taken), host, rpc_host)
    except FileExistsError as error:
        raise BadNetwork(f"{error.filename} is there already") from error
    enlarged = replace(network, members=(*network.members, member))
    write_network(enlarged)
    return enlarged, member


def drop_member(network: Network, member: Member) -> Network:
    """Takes a member off the list, so that nobody looks for its node; its folder stays as it is.

    Raises:
        BadNetwork: its node runs.
    """
    if process_of(network, member) is not None:
        raise BadNetwork(f"{member.name} runs: stop it before it is taken off the list")
    reduced = replace(network, members=tuple(other for other in network.members if other != member))
    write_network(reduced)
    return reduced


def next_name(network: Network) -> str:
    """The first name of the usual form that is free."""
    used = {member.name for member in network.members}
    return next(name for at in range(1, len(used) + 2) if (name := f"member-{at}") not in used)


def _addresses(what: str, given: Sequence[str], count: int) -> Sequence[str]:
    if not given:
        return [LOOPBACK] * count
    if len(given) != count:
        raise BadNetwork(f"{what}: {len(given)} addresses are given, each of {count} members has one")
    for each in given:
        if not is_address(each):
            raise BadNetwork(f"{what}: {each!r} is no IPv4 address of a machine")
    return given


def _make_member(path: Path, name: str, ports: Sequence[int], host: str, rpc_host: str) -> Member:
    folder = path / "members" / name
    folder.mkdir(mode=0o700)
    address, public_key = make_node_key(folder / "nodekey")
    p2p, sub, rpc = ports
    return Member(name, address, public_key, p2p, sub, rpc, host, rpc_host)
