"""The same random steps, taken by the contracts and by the rules, come to the same.

`COUNTERFOIL_SEEDS` and `COUNTERFOIL_STEPS` choose other and longer runs; a failure tells its seed and step.
"""

from __future__ import annotations

import os

import pytest

from chain.engines import embedded
from chain.replay import replay
from chain.rules.invariants import INVARIANTS
from tests.chain.differential import derived, differ
from tests.chain.scenario import founded, rich_history

SEEDS = [int(seed) for seed in os.environ.get("COUNTERFOIL_SEEDS", "1 2 3").split()]
STEPS = int(os.environ.get("COUNTERFOIL_STEPS", "400"))


@pytest.mark.parametrize("seed", SEEDS)
def test_contracts_and_rules_agree_on_every_step(seed: int) -> None:
    scene = rich_history(founded(embedded()))
    ledger = derived(scene)

    run = differ(scene, ledger, seed, STEPS)

    found = replay(scene.engine, scene.manifest)
    assert found.differences == ()
    assert found.ledger == ledger
    assert [list(check(ledger)) for check in INVARIANTS] == [[] for _ in INVARIANTS]
    assert 0.3 < run.succeeded.total() / STEPS < 0.8, run
    assert len(run.succeeded) >= 22, run
    assert len(run.refused) >= 30, run
