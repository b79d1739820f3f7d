"""What the faults happen to: a network with a ledger, its people's keys always the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eth_account import Account
from eth_utils.crypto import keccak

from chain.deployment import DAY, Manifest, deploy
from chain.engines import connect, now
from chain.events import Admitted
from chain.ledger import decide, open_ledger
from chain.network.layout import Network
from chain.network.waiting import wait_for_height
from chain.rules.state import Role
from chain.signing import LocalSigner

SENDERS = 6
PATIENCE = 180.0


@dataclass(frozen=True)
class House:
    """A network, the ledger deployed on it, and the numbers of two of its participants."""

    network: Network
    manifest: Manifest
    attester: int
    supplier: int


def key_of(name: str) -> LocalSigner:
    """A key of a network that ends with the measurement: always the same for a name."""
    return LocalSigner(Account.from_key(keccak(text=f"counterfoil/bench/faults/{name}")))


def senders() -> Sequence[LocalSigner]:
    """The governors, who send the load: each has a lane of nonces of its own."""
    return [key_of(f"governor {number}") for number in range(SENDERS)]


def found_house(network: Network) -> House:
    """Deploys a ledger through the first member's node and admits a tax attester and a supplier."""
    engine, governors = connect(network.members[0].url), senders()
    manifest = deploy(engine, key_of("deployer"), [each.address for each in governors], 2)
    ledger = open_ledger(engine, manifest)
    until = now(engine) + 365 * DAY
    people = {"attester": Role.ATTESTER, "supplier": Role.SUPPLIER}
    calls = [
        ledger.participants.encoded("admit", keccak(text=name), int(role), until, key_of(name).address)
        for name, role in people.items()
    ]
    executed = decide(ledger, governors, calls)
    attester, supplier = (one.event.number for one in executed.events if isinstance(one.event, Admitted))
    wait_for_height(network.members, executed.block, PATIENCE)
    return House(network, manifest, attester, supplier)
