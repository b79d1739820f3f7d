"""A gateway's read model on four validators: certified from the genesis on, and not fooled by its node."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_utils.address import to_canonical_address

from api.bench.lying_proxy import lying_proxy
from api.http.condition import examine
from api.http.durable import durable
from api.http.gateway import Gateway
from api.story.cast import found_ledger
from chain.deployment import Manifest
from chain.engines import connect
from chain.headers.node import NodeLied
from chain.ledger import open_ledger
from chain.network.layout import Network
from chain.readmodel import ModelWorker, WrongGenesis, compare
from chain.replay import replay
from tests.consortium.conftest import PATIENCE

pytestmark = pytest.mark.consortium


@dataclass(frozen=True)
class Deployed:
    """A ledger on the network, as a gateway without members sees it."""

    url: str
    manifest: Manifest

    def gateway(self) -> Gateway:
        return Gateway(open_ledger(connect(self.url), self.manifest), ())


@pytest.fixture
def deployed(consortium: Network) -> Deployed:
    url = consortium.members[0].url
    return Deployed(url, found_ledger(connect(url))[1])


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def model_of(gateway: Gateway) -> ModelWorker:
    assert gateway.kept is not None
    return gateway.kept.model


def test_every_block_of_the_read_model_is_certified(
    consortium: Network, deployed: Deployed, tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path / 'gateway.db'}"
    with durable(deployed.gateway(), deployed.url, database) as gateway:
        worker = model_of(gateway)
        wait_until(lambda: worker.alarm or (worker.model.cursor or (0,))[0] > deployed.manifest.block + 2)
        assert (worker.alarm, examine(gateway)[1]) == (None, [])
        trusted, certificates = worker.model.trusted, worker.model.certificates
        assert trusted is not None
        assert certificates is not None
        members = sorted(to_canonical_address(member.address) for member in consortium.members)
        assert list(trusted.validators) == list(certificates.founding.validators) == members
        genesis = certificates.founding.hash
        assert gateway.kept is not None
        assert compare(gateway.kept.database, replay(connect(deployed.url), deployed.manifest).ledger) is None

    with (
        pytest.raises(WrongGenesis),
        durable(deployed.gateway(), deployed.url, database, genesis=b"\x11" * 32),
    ):
        pass
    with durable(deployed.gateway(), deployed.url, database, genesis=genesis) as gateway:
        reached = model_of(gateway).model.trusted
        assert reached is not None
        assert reached.block >= trusted.block  # it went on where it was


def test_a_node_that_leaves_out_a_log_or_changes_one_is_an_alarm(deployed: Deployed, tmp_path: Path) -> None:
    """Lies that the ledger's rules alone would not see: a receipt says otherwise."""

    def elsewhere(_: list[Any], logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**log, "transactionHash": "0x" + "33" * 32} for log in logs]

    for name, lie in (("changed", elsewhere), ("left out", lambda _, logs: logs[1:])):
        database = f"sqlite:///{tmp_path / name}.db"
        with lying_proxy(deployed.url) as proxy:
            proxy.lies["eth_getLogs"] = lie
            with durable(deployed.gateway(), proxy.url, database) as gateway:
                worker = model_of(gateway)
                wait_until(lambda: worker.alarm)  # noqa: B023 - it is waited for here
                assert isinstance(worker.alarm, NodeLied), worker.alarm
                assert worker.alarm.method == "eth_getLogs"
                (alarm,) = examine(gateway)[1]
                block = worker.alarm.block
                assert (
                    f"what the node says of block {block} is not what its validators sealed" in alarm.sentence
                )
