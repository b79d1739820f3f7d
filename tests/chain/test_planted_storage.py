from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from chain.artifacts import artifact
from chain.engines import embedded
from chain.replay import replay
from tests.chain.scenario import founded

LAYOUT = artifact("Participants").storage_layout["storage"]
NUMBER_OF = next(int(variable["slot"]) for variable in LAYOUT if variable["label"] == "numberOf")


@pytest.mark.parametrize("participant", [1, 7])
def test_an_account_planted_in_storage_by_no_event_is_found(participant: int) -> None:
    scene = founded(embedded())
    intruder = "0x" + "11" * 20
    key = bytes(12) + bytes.fromhex(intruder[2:])
    slot = int.from_bytes(keccak(key + NUMBER_OF.to_bytes(32, "big")), "big")
    scene.controls.set_storage(scene.manifest.addresses["Participants"], slot, participant)
    acts_for = scene.ledger.participants.number_of(intruder)

    found = replay(scene.engine, scene.manifest)

    assert acts_for == participant
    assert not found.agrees
    (difference,) = found.differences
    assert difference.where == "Participants: storage has words that no event explains (storage root)"
