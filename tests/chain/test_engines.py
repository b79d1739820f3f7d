"""What the engines have in common, and what they leave of the interpreter that they run in."""

from __future__ import annotations

import subprocess
import sys

import pytest

from chain.engines import storage_at
from chain.replay import replay
from tests.chain.differential import derived, differ
from tests.chain.scenario import Scene, founded

IMPORTED = """
import json, sys
before = sys.getrecursionlimit()
from chain.engines import embedded
embedded()
print(before, sys.getrecursionlimit())
for opening in ("[", '{"a":'):
    try:
        json.loads(opening * 1_000_000)
    except RecursionError:
        print("refused")
"""


def test_deeply_nested_json_does_not_end_a_process_with_an_engine() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1000", "1000", "refused", "refused"]


@pytest.mark.contracts
@pytest.mark.parametrize("engine", ["anvil", "ganache"])
def test_random_steps_come_to_the_same_on_another_engine(request: pytest.FixtureRequest, engine: str) -> None:
    scene = founded(request.getfixturevalue(engine))
    ledger = derived(scene)

    run = differ(scene, ledger, seed=7, steps=60)

    found = replay(scene.engine, scene.manifest)
    assert found.agrees
    assert found.ledger == ledger
    assert run.succeeded.total() > 10
    assert run.refused.total() > 10


def test_a_time_is_reached_and_a_word_overwritten_on_every_development_node(scene: Scene) -> None:
    at = scene.now() + 12_345
    address = scene.manifest.addresses["Receivables"]

    scene.controls.advance_to(at)
    scene.controls.set_storage(address, 2**255 + 7, 2**256 - 1)
    block = scene.engine.w3.eth.block_number
    written = storage_at(scene.engine, address, 2**255 + 7, block)
    scene.controls.set_storage(address, 2**255 + 7, 0)

    assert at <= scene.now() <= at + 5
    assert written == 2**256 - 1
    assert storage_at(scene.engine, address, 2**255 + 7, scene.engine.w3.eth.block_number) == 0
