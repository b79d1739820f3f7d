from __future__ import annotations

from chain.replay import replay
from tests.chain.scenario import Scene


def test_a_rich_history_replays_to_the_same_state(history: Scene) -> None:
    found = replay(history.engine, history.manifest)

    assert found.differences == ()
    assert [i for i in found.invariants if i.breaches] == []
    assert found.agrees
    assert found.verdict == "agrees"


def test_x(scene: Scene) -> None:
    found = replay(scene.engine, scene.manifest)

    assert found.agrees
