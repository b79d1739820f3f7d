"""A process that sends under load until it is killed: run in children of the tests."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from eth_abi.abi import encode
from eth_utils.crypto import keccak
from sqlalchemy.exc import DBAPIError

from chain.database import open_database
from chain.deployment import Manifest
from chain.outbox import Outbox, Settings, State, Worker, live_count, open_outbox, pending_of, submit
from chain.outbox.recovery import recover
from chain.rpc import HttpRpc, NodeUnreachable, call
from tests.chain.scenario import GOVERNORS

PROPOSE = keccak(text="propose((address,bytes)[])")[:4]
SETTINGS = Settings(resubmit_after=timedelta(seconds=1), reversible=True, poll=timedelta(milliseconds=10))


@dataclass(frozen=True)
class Load:
    """What a child does; `accepted` is the folder where it notes each key that was accepted.

    Each signer rests `pause` seconds after a call.
    """

    database: str
    node: str
    manifest: Manifest
    accepted: Path
    most: int
    pause: float = 0.0


def opened(load: Load) -> Outbox:
    return open_outbox(
        open_database(load.database), load.manifest, [HttpRpc(load.node, timeout=5)], GOVERNORS, SETTINGS
    )


def send_until_killed(load: Load) -> None:
    """Sends with all signers at once, going on after what was accepted; then sleeps."""
    outbox = opened(load)
    Worker(outbox).start()
    for which in range(len(GOVERNORS)):
        threading.Thread(target=_send, args=(load, outbox, which), daemon=True).start()
    time.sleep(3600)


def finish(load: Load) -> None:
    """Sends nothing new: works until everything has ended, as long as something still does.

    anvil may keep a transaction waiting for the one before it that is in a block already, if it came while
    that block was made. Whoever drops it from the pool sees it come back by being sent again.
    """
    outbox = opened(load)
    recover(outbox)  # what the chain took back since is on its way again, not final
    with Worker(outbox):
        ended, deadline, drop = -1, 0.0, 0.0
        while True:
            counts = live_count(outbox.database)
            if not any(count for state, count in counts.items() if not state.ended):
                return
            so_far = sum(count for state, count in counts.items() if state.ended)
            if so_far > ended:
                ended, deadline, drop = so_far, time.monotonic() + 60, time.monotonic() + 5
            elif time.monotonic() > deadline:
                break
            elif time.monotonic() > drop:
                call(outbox.nodes[0], "anvil_dropAllTransactions")
                drop = time.monotonic() + 5
            time.sleep(0.02)
    left = [f"{each.signer} {each.nonce} {each.problem}" for each in pending_of(outbox.database)]
    raise SystemExit(f"not everything ended: {live_count(outbox.database)}: " + "; ".join(left))


def marker(which: int, number: int) -> str:
    return f"signer {which}, call {number}"


def data(load: Load, key: str) -> bytes:
    call = (load.manifest.addresses["Participants"], keccak(text=key))
    return PROPOSE + encode(["(address,bytes)[]"], [[call]])


def accepted_keys(load: Load) -> list[str]:
    return [
        key
        for each in sorted(load.accepted.iterdir())
        for key in each.read_text(encoding="utf-8").splitlines()
    ]


def _send(load: Load, outbox: Outbox, which: int) -> None:
    note = load.accepted / f"{which}"
    done = len(note.read_text(encoding="utf-8").splitlines()) if note.exists() else 0
    file = os.open(note, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for number in range(done, load.most):
        key = marker(which, number)
        while True:
            try:
                entry = submit(
                    outbox,
                    key,
                    GOVERNORS[which].address,
                    load.manifest.addresses["Participants"],
                    data(load, key),
                    gas=1_000_000,
                )
                break
            except (NodeUnreachable, DBAPIError):
                time.sleep(0.05)  # what a client does: the same again
        assert entry.state in State
        os.write(file, f"{key}\n".encode())
        time.sleep(load.pause)
