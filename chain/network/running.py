"""A member's node as a process: started apart from the command that starts it, ended by its recorded id.

An id alone says nothing once its process has ended and another one got the same. So a process is a member's
node only if its command line names that member's data; nothing else is ever sent a signal.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil

from chain.network.errors import BadNetwork, NodeFailed
from chain.network.layout import LOOPBACK, Member, Network, is_free

SECONDS_TO_STOP = 30.0
SECONDS_TO_APPEAR = 5.0
LINES_OF_LOG = 8

# What a gateway, an indexer and an auditor call. Not `debug` (it can set the chain back), `admin` (peers),
# `governance` (votes), `istanbul` (candidates) or `personal` (keys): those are the owner's, on the socket.
SHARED_CALLS = "eth,net,web3,kaia,txpool"


@contextmanager
def alone(network: Network) -> Iterator[None]:
    """Lets one command at a time change what runs of a network."""
    with (network.path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def process_of(network: Network, member: Member) -> psutil.Process | None:
    """The process that runs a member's node, or none."""
    try:
        pid = int(json.loads(_record(network, member).read_text(encoding="utf-8"))["pid"])
        process = psutil.Process(pid)
        ours = str(network.data(member)) in _command_line(process)
        return process if ours and process.status() != psutil.STATUS_ZOMBIE else None
    except (FileNotFoundError, ValueError, KeyError, TypeError, psutil.Error):
        return None


def start(network: Network, member: Member, program: Path) -> bool:
    """Starts a member's node; says whether it had to.

    Raises:
        NodeFailed: a port of its own is taken, its key is not there, or its first block cannot be written.
    """
    if process_of(network, member) is not None:
        return False
    for host, port in ((LOOPBACK, member.p2p_port), (member.rpc_host, member.rpc_port)):
        if not is_free(port, host):
            raise NodeFailed(f"{member.name}: somebody else listens on its port {port}")
    _prepare(network, member, program)
    folder = network.folder(member)
    said = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    pid = os.posix_spawn(
        program,
        [str(program), *arguments(network, member)],
        _environment(),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(folder / "node.out"), said, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    record = {"pid": pid, "program": str(program), "started": datetime.now(UTC).isoformat(timespec="seconds")}
    _record(network, member).write_text(json.dumps(record) + "\n", encoding="utf-8")
    return True


def stop(network: Network, members: Sequence[Member]) -> list[Member]:
    """Asks nodes to end and waits until they have; who does not within half a minute is killed.

    Returns whose node ran.
    """
    return _end(network, members, gently=True)


def kill(network: Network, members: Sequence[Member]) -> list[Member]:
    """Ends nodes at once, as a power cut would. Returns whose node ran."""
    return _end(network, members, gently=False)


def forget_chain(network: Network, member: Member) -> None:
    """Deletes a stopped node's chain, and never its key: it fetches the chain again from the others.

    Raises:
        BadNetwork: the node runs.
    """
    if process_of(network, member) is not None:
        raise BadNetwork(f"{member.name} runs: stop it before its chain is deleted")
    shutil.rmtree(network.data(member), ignore_errors=True)


def last_words(network: Network, member: Member) -> str:
    """The last lines a node said."""
    lines: list[str] = []
    for name in ("node.log", "node.out"):
        file = network.folder(member) / name
        if file.exists():
            with file.open("rb") as opened:
                opened.seek(max(0, file.stat().st_size - 8_192))
                lines += opened.read().decode(errors="replace").splitlines()[-LINES_OF_LOG:]
    return "\n".join(lines)


def _environment() -> dict[str, str]:
    """The node's environment: its memory is collected less often than Go does by default, up to a limit.

    Whoever sets these variables otherwise has them so.
    """
    return {"GOGC": "400", "GOMEMLIMIT": "1GiB", **os.environ}


def arguments(network: Network, member: Member) -> list[str]:
    """What a node is started with: its own files and ports, and settings the consortium shares.

    Who is no member's machine is no peer either, whatever key it has.
    """
    machines = dict.fromkeys(f"{each.host}/32" for each in network.members)
    return [
        *("--datadir", str(network.data(member)), "--nodekey", str(network.folder(member) / "nodekey")),
        *("--networkid", str(network.chain_id), "--rewardbase", member.address),
        # Peers are the members of static-nodes.json; nobody else is looked for.
        *("--port", str(member.p2p_port), "--subport", str(member.sub_port), "--nodiscover", "--nat", "none"),
        *("--netrestrict", ",".join(machines), "--maxconnections", "200", "--ntp.disable"),
        *("--rpc", "--rpcaddr", member.rpc_host, "--rpcport", str(member.rpc_port), "--rpcapi", SHARED_CALLS),
        *("--ipcpath", str(network.socket(member))),
        # All state of all blocks, which proofs at old blocks need.
        *("--syncmode", "full", "--gcmode", "archive", "--state.block-interval", "1"),
        *("--txpool.nolocals", "--targetgaslimit", "999999999999"),
        *("--txpool.exec-slots.account", "10000", "--txpool.nonexec-slots.account", "10000"),
        *("--txpool.exec-slots.all", "50000", "--txpool.nonexec-slots.all", "50000"),
        *("--db.leveldb.cache-size", "32"),
        # Executing a block's transactions once more beforehand, to have the state in the cache, costs a
        # quarter of the rate where the state is in the cache anyway.
        *("--statedb.cache.num-fetcher-prefetch-worker", "0"),
        *("--log.file", str(network.folder(member) / "node.log"), "--log.rotate", "--log.maxsize", "50"),
    ]


def peer_url(member: Member) -> str:
    """How the other nodes find a member's."""
    return f"kni://{member.public_key}@{member.host}:{member.p2p_port}?discport=0&type=cn"


def _prepare(network: Network, member: Member, program: Path) -> None:
    """Writes the first block if the node has no chain, and the peers as they are now."""
    if not network.is_here(member):
        raise NodeFailed(f"{member.name}: its nodekey is not in {network.folder(member)}")
    data = network.data(member)
    if not data.is_dir():
        # Under another name until it is whole: a node without a first block would join another network.
        fresh = data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        done = subprocess.run(  # noqa: S603 - the node's program
            [str(program), "init", "--datadir", str(fresh), str(network.genesis)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-LINES_OF_LOG:])
            raise NodeFailed(f"{member.name}: the first block cannot be written:\n{said}")
        fresh.rename(data)
    peers = [peer_url(other) for other in network.members]
    (data / "static-nodes.json").write_text(json.dumps(peers, indent=2) + "\n", encoding="utf-8")


def _end(network: Network, members: Sequence[Member], *, gently: bool) -> list[Member]:
    running = [(member, process) for member in members if (process := process_of(network, member))]
    for _, process in running:
        try:
            process.terminate() if gently else process.kill()
        except psutil.NoSuchProcess:
            continue
    _, alive = psutil.wait_procs([process for _, process in running], timeout=SECONDS_TO_STOP)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=SECONDS_TO_STOP)
    for member in members:
        _record(network, member).unlink(missing_ok=True)
    return [member for member, _ in running]


def _command_line(process: psutil.Process) -> list[str]:
    """A process's command line; waited for, for there is none while a process becomes another program.

    Raises:
        psutil.Error: the process has ended.
    """
    deadline = time.monotonic() + SECONDS_TO_APPEAR
    while not (line := process.cmdline()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return line


def _record(network: Network, member: Member) -> Path:
    return network.folder(member) / "process.json"
