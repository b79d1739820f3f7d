"""Words that somebody wrote where no event tells of any: the storage's root shows them."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from chain.artifacts import CONTRACTS, artifact
from chain.engines import embedded
from chain.replay import replay
from chain.rules.state import FULL_SCOPE, Status
from tests.chain.scenario import YEARS, Scene, founded


@pytest.fixture(scope="module")
def scene() -> Scene:
    return founded(embedded())


def slot_of(contract: str, label: str, key: bytes) -> int:
    """Where a mapping of a contract keeps the value of a key."""
    layout = artifact(contract).storage_layout["storage"]
    slot = next(int(variable["slot"]) for variable in layout if variable["label"] == label)
    return int.from_bytes(keccak(key.rjust(32, b"\0") + slot.to_bytes(32, "big")), "big")


@pytest.mark.parametrize("participant", [1, 7])
def test_an_account_planted_in_storage_by_no_event_is_found(scene: Scene, participant: int) -> None:
    intruder = b"\x11" * 20
    slot = slot_of("Participants", "accountOf", intruder)
    address, scope, until = scene.manifest.addresses["Participants"], int(FULL_SCOPE), scene.now() + YEARS
    word = participant | scope << 32 | scope << 64 | Status.ACTIVE << 96 | until << 104
    scene.controls.set_storage(address, slot, word)
    acts_for = scene.ledger.participants.number_of("0x" + intruder.hex())

    found = replay(scene.engine, scene.manifest)
    scene.controls.set_storage(address, slot, 0)

    assert acts_for == participant
    assert not found.agrees
    (difference,) = found.differences
    assert difference.where == "Participants: storage has words that no event explains (storage root)"


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_word_planted_in_any_contract_is_found(scene: Scene, contract: str) -> None:
    address = scene.manifest.addresses[contract]
    scene.controls.set_storage(address, 2**200 + 5, 1)

    found = replay(scene.engine, scene.manifest)
    scene.controls.set_storage(address, 2**200 + 5, 0)

    (difference,) = found.differences
    assert difference.where == f"{contract}: storage has words that no event explains (storage root)"


def test_the_ledger_agrees_once_nothing_is_planted(scene: Scene) -> None:
    assert replay(scene.engine, scene.manifest).agrees
