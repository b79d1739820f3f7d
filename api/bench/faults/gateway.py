"""A gateway that is killed again and again, while its clients send: each request has its effect once."""

from __future__ import annotations

import json
import os
import random
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from api.bench.faults.clients import Clients
from api.bench.faults.counting import count
from api.bench.faults.house import key_of
from api.bench.faults.load import marker
from api.bench.faults.measuring import Ground, NotWithstood, Outcome
from api.bench.postgres import free_port
from api.consortium.gateways import RunningGateway, start_gateway, stop_gateways, wait_until_ready
from api.consortium.members import Keys
from api.http.gateway import hash_token, new_token
from chain.deployment import write_manifest
from chain.network.waiting import height_of
from chain.signing import write_keystore

CLIENTS = 6
SEED = 20_260_101
WHILE_STARTING = 0.3
"""The share of kills that meet a gateway while it starts and recovers."""

LONGEST_START, LONGEST_LIFE = 4.0, 5.0
"""Seconds within which a kill falls, from the start or from when the gateway is ready."""

PATIENCE = 300.0
"""Seconds for every request to be answered: one that was begun and not yet on record is held two minutes."""

_LITTLE_WORK = 4096


def gateway_killed(
    ground: Ground,
    kills: int,
    seed: int = SEED,
    held: bool = True,
    progress: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """Kills `counterfoil serve` with SIGKILL at random moments of its life, start included.

    Args:
        ground: where; its first member's node is the gateway's.
        kills: how often.
        seed: of the moments.
        held: whether to wait for requests that were not on record when their gateway was killed; if not,
            they count as never submitted.
        progress: told of each kill.

    Raises:
        Unexpected: a request is not answered, or is answered as none should be.
        NotWithstood: no kill met a request on its way, so that nothing was tried.
        GatewayFailed: a gateway does not start.
    """
    begun, since = time.monotonic(), min(map(height_of, ground.members))
    folder = ground.new_folder()
    chance, in_flight = random.Random(seed), 0  # noqa: S311 - moments, no secret
    token = new_token()
    keys = _member(ground, folder, token)
    port, database = free_port(), ground.database()
    write_manifest(ground.house.manifest, folder / "ledger.json")

    def start() -> RunningGateway:
        return start_gateway(keys, folder / "ledger.json", database, port)

    clients = Clients(f"http://127.0.0.1:{port}", token, ground.house.supplier, folder.name)
    with _one_gateway(start) as restart, clients.working(CLIENTS):
        for number in range(kills):
            in_flight += _kill(restart(), clients, chance)
            clients.check()
            progress(number + 1)
        wait_until_ready(restart())
        clients.drain(PATIENCE, held)
    if not in_flight:
        raise NotWithstood(f"none of {kills} kills met a request on its way")
    submitted = clients.submitted if held else sorted(clients.answered)
    counted = count(ground.members, [marker(key) for key in submitted], since)
    how = f"SIGKILL {kills} times at random, {in_flight / kills:.0f} requests without an answer each time"
    return Outcome("the gateway killed", how, counted, time.monotonic() - begun)


def _kill(gateway: RunningGateway, clients: Clients, chance: random.Random) -> int:
    """Kills a gateway at a random moment; how many requests had no answer then."""
    if chance.random() < WHILE_STARTING:
        time.sleep(chance.uniform(0, LONGEST_START))
    else:
        wait_until_ready(gateway)
        time.sleep(chance.uniform(0, LONGEST_LIFE))
    unanswered = clients.unanswered
    gateway.process.kill()
    gateway.process.wait()
    return unanswered


@contextmanager
def _one_gateway(start: Callable[[], RunningGateway]) -> Iterator[Callable[[], RunningGateway]]:
    """What starts a gateway anew; the last one is ended whatever happens."""
    running: list[RunningGateway] = []

    def restart() -> RunningGateway:
        running[:] = [start()]
        return running[0]

    try:
        yield restart
    finally:
        stop_gateways(running)


def _member(ground: Ground, folder: Path, token: str) -> Keys:
    """A folder with what a gateway of the attester needs: its keystore, and who may act."""
    signer, password = key_of("attester"), secrets.token_urlsafe(32)
    home = folder / "gateway"
    home.mkdir(parents=True, mode=0o700)
    write_keystore(signer, home / "attester.json", password, _LITTLE_WORK)
    entry = {
        "alias": "attester",
        "name": "attester",
        "number": ground.house.attester,
        "keystore": "attester.json",
        "token_sha256": hash_token(token).hex(),
    }
    descriptor = os.open(home / "accounts.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"participants": [entry]}, file, indent=2)
    return Keys(ground.members[0], folder, signer.address, {"attester": signer.address}, password)
