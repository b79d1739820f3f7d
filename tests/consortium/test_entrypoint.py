"""The container's entry point, run without a container: it starts a real node."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from chain.network.asking import ask
from chain.network.building import node_program
from chain.network.containers import Engine, write_container_settings
from chain.network.errors import NodeSilent
from chain.network.founding import found
from tests.conftest import ROOT

pytestmark = pytest.mark.consortium


def test_the_entry_point_starts_a_node_with_our_first_block(network_folder: Path) -> None:
    program = node_program()
    network = found(network_folder / "n", members=4, chain_id=77)
    member = network.members[0]
    folder = write_container_settings(network, Engine.KAIA)[0].parent
    env = {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "HOME": str(network_folder),
        "FOLDER": str(folder),
        "KEY": str(network.folder(member) / "nodekey"),
        "GENESIS": str(network.genesis),
        "CHAIN_ID": "77",
        "VALIDATOR": member.address,
        "PEERS": "127.0.0.0/8",
        "P2P_PORT": str(member.p2p_port),
        "SUB_PORT": str(member.sub_port),
        "RPC_PORT": str(member.rpc_port),
    }
    with subprocess.Popen(
        [ROOT / "docker" / "kaia" / "entrypoint.sh"],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as node:
        try:
            first = first_block(member.url)
            healthy = subprocess.run(
                [program, "attach", "--exec", "kaia.blockNumber", folder / "node.sock"],
                env=env,
                capture_output=True,
                text=True,
                check=True,
            )
            ours = ask(member.url, "kaia_nodeAddress")
        finally:
            node.terminate()

    assert first["extraData"] in network.genesis.read_text()
    assert healthy.stdout.strip() == "0"
    assert ours == member.address.lower()


def first_block(url: str) -> dict[str, str]:
    deadline = time.monotonic() + 240
    while True:
        try:
            header: dict[str, str] = ask(url, "kaia_getHeaderByNumber", "0x0")
            return header
        except NodeSilent:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
