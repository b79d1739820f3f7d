"""The same random steps, taken by the contracts and by the rules, come to the same.

`COUNTERFOIL_SEEDS` and `COUNTERFOIL_STEPS` choose other and longer runs; a failure tells its seed and step.
Longer histories are `counterfoil bench differential`'s.
"""

from __future__ import annotations

import os

import pytest

from chain.engines import embedded, storage_at
from chain.replay import Replay, replay
from chain.rules.invariants import INVARIANTS
from chain.storage import Word, expected_words
from tests.chain.differential import copied, derived, differ, unchanged
from tests.chain.scenario import Scene, founded

SEEDS = [int(seed) for seed in os.environ.get("COUNTERFOIL_SEEDS", "1 2").split()]
STEPS = int(os.environ.get("COUNTERFOIL_STEPS", "150"))


@pytest.mark.parametrize("seed", SEEDS)
def test_contracts_and_rules_agree_on_every_step(history: Scene, replayed: Replay, seed: int) -> None:
    ledger = copied(replayed.ledger)

    with unchanged(history):
        run = differ(history, ledger, seed, STEPS)
        words = [(word, stored(history, word)) for word in expected_words(ledger)]

    assert [word.path for word, found in words if found != word.value] == []
    assert [list(check(ledger)) for check in INVARIANTS] == [[] for _ in INVARIANTS]
    assert 0.3 < run.succeeded.total() / STEPS < 0.8, run
    assert len(run.succeeded) >= 20, run
    assert len(run.refused) >= 25, run


def test_the_log_of_a_random_history_replays_to_the_state_of_the_rules() -> None:
    scene = founded(embedded())
    ledger = derived(scene)

    differ(scene, ledger, seed=4, steps=90)

    found = replay(scene.engine, scene.manifest)
    assert found.agrees
    assert found.ledger == ledger


def stored(scene: Scene, word: Word) -> int:
    address = scene.manifest.addresses[word.contract]
    return storage_at(scene.engine, address, word.slot, scene.engine.w3.eth.block_number)
