"""A real network of Kaia nodes on this host, for tests and for capturing vectors, each node a process.

The genesis is gas-free, has Kaia's forks up to `kaia` from block 0, its validators vote by `ballot` and take
turns. Nodes are reached by loopback only; votes go through each node's own socket.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any

import requests
from coincurve import PrivateKey
from eth_utils.crypto import keccak

from chain.headers import rlp
from chain.network.building import node_program

CHAIN_ID = 2025
START_UP = 90.0
"""Seconds that a node may take until it answers, and the network until it makes a block."""


class NetworkFailed(Exception):
    """The network does not do what was waited for; the message names the node's log."""


@dataclass
class Node:
    """A node, running or not: its keys, ports and folder."""

    name: str
    folder: Path
    key: PrivateKey
    port: int
    subport: int
    rpc: int
    process: subprocess.Popen[bytes] | None = None
    log: IO[bytes] | None = field(default=None, repr=False)

    @property
    def public(self) -> bytes:
        """The public key, 64 bytes."""
        return bytes(self.key.public_key.format(compressed=False)[1:])

    @property
    def address(self) -> bytes:
        """The validator's address."""
        return keccak(self.public)[12:]

    @property
    def url(self) -> str:
        """Where it answers JSON-RPC."""
        return f"http://127.0.0.1:{self.rpc}"

    def ask(self, method: str, *params: Any) -> Any:
        """One JSON-RPC call.

        Raises:
            NetworkFailed: the node answers with an error.
        """
        request: Any = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = requests.post(self.url, json=request, timeout=30).json()
        if "error" in answer:
            raise NetworkFailed(f"{self.name}: {method}: {answer['error']}")
        return answer["result"]

    def head(self) -> int:
        """Number of its last block; -1 while it does not answer."""
        try:
            return int(self.ask("eth_blockNumber"), 16)
        except requests.RequestException:
            return -1

    def vote(self, key: str, candidate: bytes) -> None:
        """Lets the node vote when it next proposes, through its own socket."""
        params = [key, "0x" + candidate.hex()]
        request = {"jsonrpc": "2.0", "id": 1, "method": "governance_vote", "params": params}
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(str(self.folder / "klay.ipc"))
            connection.sendall(json.dumps(request).encode())
            answer = json.loads(connection.recv(65536))
        if "error" in answer:
            raise NetworkFailed(f"{self.name}: governance_vote: {answer['error']}")


@dataclass
class Network:
    """The nodes of a network; the validators of its genesis come first."""

    nodes: list[Node]
    validators: int

    def start(self, node: Node) -> None:
        """Starts a node, new or killed."""
        command = [
            *(str(node_program()), "--datadir", str(node.folder), "--networkid", str(CHAIN_ID)),
            *("--port", str(node.port), "--subport", str(node.subport), "--nodiscover", "--nat", "none"),
            *("--netrestrict", "127.0.0.0/8", "--ntp.disable", "--ipcpath", str(node.folder / "klay.ipc")),
            *("--rpc", "--rpcaddr", "127.0.0.1", "--rpcport", str(node.rpc)),
            *("--rpcapi", "eth,net,web3,kaia,istanbul,txpool,debug", "--gcmode", "archive"),
            *("--state.block-interval", "1", "--syncmode", "full", "--rewardbase", "0x" + node.address.hex()),
            *("--txpool.nolocals", "--txpool.pricelimit", "0", "--targetgaslimit", "999999999999"),
            *("--db.leveldb.cache-size", "32", "--verbosity", "2"),
        ]
        node.log = (node.folder / "log").open("ab")
        node.process = subprocess.Popen(
            command, stdout=node.log, stderr=subprocess.STDOUT, env=_environment()
        )

    def kill(self, node: Node) -> None:
        """Ends a node at once, as a failing machine would."""
        if node.process is not None:
            node.process.kill()
            node.process.wait()
            node.process = None
        if node.log is not None:
            node.log.close()
            node.log = None

    def wait(self, block: int, of: Node | None = None, timeout: float = START_UP) -> None:
        """Waits until a node (the first) has a block."""
        node = of or self.nodes[0]
        self.until(lambda: node.head() >= block, f"block {block}", node, timeout)

    def until(
        self, holds: Callable[[], bool], what: str, node: Node | None = None, timeout: float = START_UP
    ) -> None:
        """Waits until something holds."""
        node = node or self.nodes[0]
        deadline = time.monotonic() + timeout
        while not holds():
            self.check_running(node)
            if time.monotonic() > deadline:
                raise NetworkFailed(f"{node.name} does not come to {what}: {_said(node)}")
            time.sleep(0.25)

    def check_running(self, node: Node) -> None:
        """Checks that a node that was started has not ended by itself.

        Raises:
            NetworkFailed: it has.
        """
        if node.process is not None and (code := node.process.poll()) is not None:
            raise NetworkFailed(f"{node.name} ended with {code}: {_said(node)}")


def _said(node: Node) -> str:
    """The end of a node's log."""
    return (node.folder / "log").read_text(encoding="utf-8", errors="replace")[-2000:]


@contextmanager
def kaia_network(folder: Path, validators: int = 4, spare: int = 0) -> Iterator[Network]:
    """A running network; `spare` nodes are known to all, start with the others and validate nothing yet.

    Raises:
        NetworkFailed: it makes no blocks.
    """
    count = validators + spare
    ports = _free_ports(3 * count)
    nodes = [_node(folder, number, ports[3 * number : 3 * number + 3]) for number in range(count)]
    genesis = folder / "genesis.json"
    genesis.write_text(json.dumps(_genesis([node.address for node in nodes[:validators]])), encoding="utf-8")
    static = json.dumps([f"kni://{n.public.hex()}@127.0.0.1:{n.port}?discport=0&type=cn" for n in nodes])
    network = Network(nodes, validators)
    try:
        for node in nodes:
            (node.folder / "klay").mkdir(parents=True)
            (node.folder / "klay" / "nodekey").write_text(node.key.to_hex(), encoding="utf-8")
            (node.folder / "static-nodes.json").write_text(static, encoding="utf-8")
            command = [str(node_program()), "init", "--datadir", str(node.folder), str(genesis)]
            subprocess.run(command, check=True, capture_output=True, env=_environment())
            network.start(node)
        # Validators may refuse one that is none, for minutes: a spare node catches up once it is voted in.
        for node in nodes[:validators]:
            network.wait(1, node)
        yield network
    finally:
        for node in nodes:
            network.kill(node)
            shutil.rmtree(node.folder / "klay", ignore_errors=True)


def _node(folder: Path, number: int, ports: Sequence[int]) -> Node:
    port, subport, rpc = ports
    return Node(
        f"node{number}", folder / f"n{number}", PrivateKey(secrets.token_bytes(32)), port, subport, rpc
    )


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _genesis(validators: Sequence[bytes]) -> dict[str, Any]:
    extra = bytes(32) + rlp.encode([sorted(validators), bytes(65), []])
    names = ("istanbul", "london", "ethTxType", "magma", "kore", "shanghai", "cancun", "kaia")
    nobody = "0x" + "00" * 20
    return {
        "config": {
            "chainId": CHAIN_ID,
            **{f"{name}CompatibleBlock": 0 for name in names},
            "istanbul": {"epoch": 604800, "policy": 0, "sub": 21},
            "unitPrice": 0,
            "deriveShaImpl": 0,
            "governance": {
                "governingNode": nobody,
                "governanceMode": "ballot",
                "govParamContract": nobody,
                "reward": {
                    **{"mintingAmount": 0, "ratio": "100/0/0", "kip82ratio": "20/80", "useGiniCoeff": False},
                    **{"deferredTxFee": True, "stakingUpdateInterval": 86400},
                    **{"proposerUpdateInterval": 3600, "minimumStake": 0},
                },
                "kip71": {
                    **{"lowerboundbasefee": 0, "upperboundbasefee": 0, "gastarget": 10**9},
                    **{"maxblockgasusedforbasefee": 10**9, "basefeedenominator": 20},
                },
            },
        },
        "timestamp": hex(int(time.time())),
        "extraData": "0x" + extra.hex(),
        "blockScore": "0x1",
        "alloc": {},
        "number": "0x0",
        "gasUsed": "0x0",
        "parentHash": "0x" + "00" * 32,
    }


@cache
def _environment() -> dict[str, str]:
    """kcn has a library that starts only if it is told which Go built it."""
    with node_program().open("rb") as binary:
        found = re.search(rb"\xff Go buildinf:.{19}(go1\.\d+)", binary.read(), re.DOTALL)
    if found is None:
        raise NetworkFailed(f"{node_program()} does not say which Go built it")
    return {**os.environ, "ASSUME_NO_MOVING_GC_UNSAFE_RISK_IT_WITH": found[1].decode()}
