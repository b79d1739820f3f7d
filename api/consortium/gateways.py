"""Members' gateways as processes: `counterfoil serve`, on the member's own node, with its own database."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from api.consortium.interruption import undisturbed
from api.consortium.members import Keys
from api.consortium.waiting import PATIENCE, PAUSE

SECONDS_TO_STOP = 20.0
LINES_OF_LOG = 12


class GatewayFailed(Exception):
    """A gateway ended or does not come up; the message ends with the last it said."""


@dataclass(frozen=True)
class RunningGateway:
    """A member's gateway: where it listens, its process, what it says."""

    member: str
    url: str
    log: Path
    process: subprocess.Popen[bytes] = field(repr=False)


def start_gateway(keys: Keys, manifest: Path, database: str, port: int) -> RunningGateway:
    """Starts a member's gateway; it is not up yet.

    Password and database are given in the environment: a command line can be read by everybody.
    """
    accounts, log = keys.gateway / "accounts.json", keys.gateway / "gateway.log"
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--chain", keys.member.url]
    command += ["--manifest", str(manifest), "--accounts", str(accounts)]
    secret = {"COUNTERFOIL_KEYSTORE_PASSWORD": keys.password, "COUNTERFOIL_DATABASE": database}
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        # A session of its own: Ctrl-C reaches the story, which ends its gateways in order.
        process = subprocess.Popen(  # noqa: S603 - this program, once more
            command,
            cwd=keys.gateway,
            env={**os.environ, **secret},
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    return RunningGateway(keys.member.name, f"http://127.0.0.1:{port}", log, process)


def wait_until_ready(gateway: RunningGateway, patience: float = PATIENCE) -> None:
    """Waits until a gateway says that its ledger answers.

    Raises:
        GatewayFailed: it ended, or is not ready in time.
    """
    deadline = time.monotonic() + patience
    with httpx.Client(base_url=gateway.url, timeout=5, trust_env=False) as client:
        while True:
            if gateway.process.poll() is not None:
                raise GatewayFailed(f"the gateway of {gateway.member} ended:\n{last_words(gateway)}")
            try:
                if client.get("/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                said = last_words(gateway)
                raise GatewayFailed(f"the gateway of {gateway.member} is not ready in time:\n{said}")
            time.sleep(PAUSE)


def stop_gateways(gateways: Sequence[RunningGateway]) -> None:
    """Asks gateways to end and waits until they have; who does not in time is killed."""
    for gateway in gateways:
        if gateway.process.poll() is None:
            gateway.process.terminate()
    for gateway in gateways:
        try:
            gateway.process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            gateway.process.kill()
            gateway.process.wait()


def last_words(gateway: RunningGateway) -> str:
    """The last lines a gateway said."""
    lines = gateway.log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-LINES_OF_LOG:])


@contextmanager
def running_gateways() -> Iterator[list[RunningGateway]]:
    """A list of gateways: those that are in it at the end are stopped, whatever happened."""
    gateways: list[RunningGateway] = []
    try:
        yield gateways
    finally:
        with undisturbed():
            stop_gateways(gateways)
