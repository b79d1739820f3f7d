"""The same members in containers: what the compose files of docker/ need of each, written into its folder.

A member's `docker/` holds its settings (`member.env`), its peers, and passwords made there. Its validator's
key stays where it is and is only mounted. Each member has an address on one network between the validators.
"""

from __future__ import annotations

import json
import os
import secrets
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from chain.network.errors import BadNetwork
from chain.network.genesis import besu_genesis, founders_of, write_genesis
from chain.network.layout import Member, Network

FIRST_HOST = 11
FIRST_GATEWAY_PORT = 8001
SUBNET = IPv4Network("172.28.0.0/24")
P2P_PORT = {"kaia": 32323, "besu": 30303}


class Engine(StrEnum):
    """Whose node validates in the containers."""

    KAIA = "kaia"
    BESU = "besu"


def write_container_settings(network: Network, engine: Engine, subnet: IPv4Network = SUBNET) -> list[Path]:
    """Writes every member's settings; passwords that are there stay. Returns the settings' files.

    Raises:
        BadNetwork: the subnet has not an address for each member, or the folder's path cannot be mounted.
    """
    last = FIRST_HOST + len(network.members)
    if subnet.num_addresses <= last:
        raise BadNetwork(f"{subnet} is too small for {len(network.members)} members: {last + 1} addresses")
    if any(mark in str(network.path) for mark in "'\n:"):
        raise BadNetwork(f"{network.path}: Docker cannot mount a path with a quote, a colon or a line's end")
    addresses = {
        member: subnet.network_address + FIRST_HOST + at for at, member in enumerate(network.members)
    }
    if engine is Engine.BESU:
        _write_besu_genesis(network)
    peers = {member: _peer(engine, member, address) for member, address in addresses.items()}
    return [
        _write_member(network, engine, member, addresses[member], subnet, at, peers)
        for at, member in enumerate(network.members)
    ]


def _write_member(
    network: Network,
    engine: Engine,
    member: Member,
    address: IPv4Address,
    subnet: IPv4Network,
    at: int,
    peers: dict[Member, str],
) -> Path:
    folder = network.folder(member) / "docker"
    folder.mkdir(mode=0o700, exist_ok=True)
    (network.folder(member) / "gateway").mkdir(mode=0o700, exist_ok=True)
    for name in ("database-password", "keystore-password"):
        _write_password(folder / name)
    listed = json.dumps(list(peers.values()), indent=2)
    (folder / "static-nodes.json").write_text(listed + "\n", encoding="utf-8")
    if engine is Engine.BESU:
        (folder / "permissions.toml").write_text(f"nodes-allowlist={listed}\n", encoding="utf-8")
    settings = {
        "MEMBER": member.name,
        "CHAIN_ID": network.chain_id,
        "VALIDATOR": member.address,
        "NETWORK_FOLDER": network.path,
        "MEMBER_FOLDER": network.folder(member),
        # Who owns the key's file has to run the node that reads it.
        "OWNER": f"{os.getuid()}:{os.getgid()}",
        "SUBNET": subnet,
        "ADDRESS": address,
        "GATEWAY_PORT": FIRST_GATEWAY_PORT + at,
    }
    file = folder / "member.env"
    file.write_text("".join(f"{name}='{value}'\n" for name, value in settings.items()), encoding="utf-8")
    return file


def _write_besu_genesis(network: Network) -> None:
    """Writes Besu's first block from Kaia's: the same founders, the same time, whenever it is written."""
    kaia = json.loads(network.genesis.read_text(encoding="utf-8"))
    genesis = besu_genesis(network.chain_id, founders_of(kaia), int(kaia["timestamp"], 16))
    write_genesis(network.path / "genesis.besu.json", genesis)


def _peer(engine: Engine, member: Member, address: IPv4Address) -> str:
    at = f"{member.public_key}@{address}:{P2P_PORT[engine]}"
    return f"kni://{at}?discport=0&type=cn" if engine is Engine.KAIA else f"enode://{at}"


def _write_password(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32))
