"""A network's folder: who the members are, where each listens, and what lies where.

- `network.json`: the members with their addresses, public keys and ports; nothing in it is secret.
- `genesis.json`: the first block, the same for all.
- `members/NAME/`: one member's own (0700); nobody else needs it, nobody else gets it.
    - `nodekey`: its node's private key (0600).
    - `data/`: the node's chain, which can be fetched again from the other members.
    - `node.sock`: the node's own socket, the only way to its governance calls.
    - `node.log`, `node.out`: what the node says.
    - `process.json`: the process that runs it, if any.
"""

from __future__ import annotations

import errno
import json
import re
import secrets
import socket
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path

from chain.network.errors import BadNetwork

FORMAT = 1
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")

# A socket's path has to fit into 104 bytes with its end, on the smallest of the systems we run on.
LONGEST_SOCKET_PATH = 103

PORTS = range(20_000, 32_000)

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Member:
    """One member's node: its name here, validator's address (EIP-55), public key (hex), ports.

    `host` is the IPv4 address at which the other validators reach it; `rpc_host` is the one at which its
    JSON-RPC answers, which is its own machine's loopback unless the members want it otherwise.
    """

    name: str
    address: str
    public_key: str
    p2p_port: int
    sub_port: int
    rpc_port: int
    host: str = LOOPBACK
    rpc_host: str = LOOPBACK

    @property
    def url(self) -> str:
        """Where its JSON-RPC is: on its own machine only, if that is loopback."""
        return f"http://{self.rpc_host}:{self.rpc_port}"


@dataclass(frozen=True)
class Network:
    """A network's folder and what `network.json` in it says; `path` is absolute."""

    path: Path
    chain_id: int
    members: tuple[Member, ...]

    @property
    def genesis(self) -> Path:
        """The first block's file."""
        return self.path / "genesis.json"

    def folder(self, member: Member) -> Path:
        """A member's own folder."""
        return self.path / "members" / member.name

    def data(self, member: Member) -> Path:
        """Its node's chain."""
        return self.folder(member) / "data"

    def is_here(self, member: Member) -> bool:
        """Whether a member's node is this machine's to run: its key is in its folder."""
        return (self.folder(member) / "nodekey").is_file()

    @property
    def own(self) -> tuple[Member, ...]:
        """The members whose nodes are this machine's to run."""
        return tuple(member for member in self.members if self.is_here(member))

    def socket(self, member: Member) -> Path:
        """Its node's own socket."""
        return self.folder(member) / "node.sock"

    def member(self, name: str) -> Member:
        """The member of a name.

        Raises:
            BadNetwork: there is none.
        """
        for member in self.members:
            if member.name == name:
                return member
        known = ", ".join(member.name for member in self.members)
        raise BadNetwork(f"there is no member {name}: there are {known}")


def read_network(path: Path) -> Network:
    """The network of a folder.

    Raises:
        BadNetwork: the folder is not a network's; the message says why.
    """
    file = path / "network.json"
    if not file.is_file():
        raise BadNetwork(f"{path} is no network: there is no {file.name} in it")
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise BadNetwork(f"{file}: format {data['format']}, this program reads {FORMAT}")
        members = tuple(Member(**member) for member in data["members"])
        chain_id = int(data["chain_id"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadNetwork(f"{file} cannot be read: {error!r}") from error
    for member in members:
        # The name becomes a part of paths and of a command line.
        if not NAME.fullmatch(member.name):
            raise BadNetwork(f"{file}: {member.name!r} is no member's name: lower case, digits and hyphens")
        for field, host in (("host", member.host), ("rpc_host", member.rpc_host)):
            if not is_address(host):
                raise BadNetwork(f"{file}: {member.name}: {field}: {host!r} is no IPv4 address")
    return Network(path.absolute(), chain_id, members)


def write_network(network: Network) -> None:
    """Writes `network.json`, whole or not at all."""
    data = {
        "format": FORMAT,
        "chain_id": network.chain_id,
        "members": [asdict(member) for member in network.members],
    }
    fresh = network.path / "network.json.new"
    fresh.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    fresh.replace(network.path / "network.json")


def check_socket_paths(path: Path, names: Iterable[str]) -> None:
    """Checks that every node's socket will have a path that the system takes.

    Raises:
        BadNetwork: the folder's path is too long.
    """
    for name in names:
        longest = len(str(path.absolute() / "members" / name / "node.sock").encode())
        if longest > LONGEST_SOCKET_PATH:
            raise BadNetwork(
                f"{path.absolute()} is too long a path: a node's socket in it would take {longest} bytes, "
                f"the system allows {LONGEST_SOCKET_PATH}"
            )


def free_ports(count: int, taken: Iterable[int] = ()) -> list[int]:
    """Loopback ports in a row where possible, that nobody listens on now and that are none of those taken.

    They are below the ports that systems hand out for outgoing connections, which would take them while a
    node is down, and they start anywhere, so that two networks made at once hardly meet.

    Raises:
        BadNetwork: there are not so many.
    """
    avoided = set(taken)
    offset = secrets.randbelow(len(PORTS))
    found: list[int] = []
    for at in range(len(PORTS)):
        port = PORTS[(offset + at) % len(PORTS)]
        if port not in avoided and is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise BadNetwork(f"{count} free ports are needed from {PORTS[0]} to {PORTS[-1]}, there are {len(found)}")


def is_address(text: object) -> bool:
    """Whether it is an IPv4 address of one machine, in decimals."""
    try:
        return isinstance(text, str) and not IPv4Address(text).is_unspecified
    except AddressValueError:
        return False


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether nobody listens on a port of an address; nobody does where the address is another machine's."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRNOTAVAIL
    return True
