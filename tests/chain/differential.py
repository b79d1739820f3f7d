"""Random steps on the ledger of a scene: through the clients, and by the rules on what its log tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, fields

from chain.bundle.execution import Execution
from chain.deployment import empty_ledger
from chain.derivation import Derivation
from chain.differential.choices import KINDS
from chain.differential.choosing import Chooser, chance
from chain.differential.running import Result, Run, on_chain, one_step
from chain.differential.steps import Step, World, plain
from chain.engines import fund
from chain.errors import LedgerRefusal
from chain.logs import LoggedEvent
from chain.replay import read_events
from chain.revert import CallReverted
from chain.rules.state import Ledger
from tests.chain.scenario import GOVERNORS, Scene, signer_of

SPARES = tuple(signer_of(f"spare {n}") for n in range(8))


def derived(scene: Scene) -> Ledger:
    """The state of a ledger, by the rules, from its log."""
    return derived_from(scene, timed_log(scene))


def timed_log(scene: Scene) -> list[tuple[LoggedEvent, int]]:
    """A ledger's log, each entry with its block's time."""
    return [
        (logged, int(scene.engine.w3.eth.get_block(logged.block)["timestamp"]))
        for logged in read_events(scene.engine, scene.manifest)
    ]


def derived_from(scene: Scene, log: list[tuple[LoggedEvent, int]]) -> Ledger:
    """The state of a ledger, by the rules, from a log of it.

    Raises:
        Diverged: the rules would not have written it.
    """
    derivation = Derivation(empty_ledger(scene.manifest))
    for logged, at in log:
        derivation.take(logged, at)
    return derivation.ledger


@dataclass(frozen=True)
class Through:
    """The chain of a scene, through the clients: each call is asked before it is sent.

    Time is the chain's own: a refusal is one at the latest block's time, and so is what a transaction did.
    """

    scene: Scene
    world: World

    def now(self) -> int:
        return self.scene.now()

    def take(self, steps: Sequence[Step], at: int) -> tuple[list[Result], int]:
        if at > self.now() + 1:
            self.scene.controls.advance_to(at)
        (step,) = steps
        client = getattr(self.scene.ledger, step.contract.lower())
        arguments = map(plain, step.arguments)
        found: Result
        try:
            sent = client._send(self.world.signers[step.sender], step.function, *arguments)
            found = tuple(logged.event for logged in sent.events)
        except (LedgerRefusal, CallReverted) as refused:
            found = on_chain(refused)
        return [found], self.now()


@contextmanager
def unchanged(scene: Scene) -> Iterator[None]:
    """Lets a test act on a scene of the embedded engine, which is afterwards as it was."""
    tester = scene.engine.w3.provider.ethereum_tester  # type: ignore[attr-defined]
    snapshot = tester.take_snapshot()
    try:
        yield
    finally:
        tester.revert_to_snapshot(snapshot)


def copied(ledger: Ledger) -> Ledger:
    """The same state, to be changed on its own: records are frozen, copied dictionaries are enough."""
    twin = copy(ledger)
    for each in fields(twin):
        value = getattr(twin, each.name)
        if isinstance(value, dict):
            setattr(twin, each.name, dict(value))
    return twin


def world_of(scene: Scene) -> World:
    """The scene's ledger, with everybody's keys and some that are nobody's yet."""
    everybody = (*scene.signers.values(), *GOVERNORS, *SPARES)
    for each in everybody:
        fund(scene.engine, each.address)
    return World(
        scene.manifest.chain_id, scene.manifest.addresses, {each.address: each for each in everybody}
    )


def execution_of(world: World, ledger: Ledger) -> Execution:
    """The rules of a ledger that is deployed."""
    return Execution(ledger, world.contract_of, world.domains, set(world.addresses))


def differ(scene: Scene, ledger: Ledger, seed: int, steps: int) -> Run:
    """Takes random steps on the chain and by the rules, and compares after each.

    Raises:
        Disagreement: they came to different results.
    """
    world, run = world_of(scene), Run(seed, keep=True)
    chooser, execution = Chooser(chance(seed), world, KINDS), execution_of(world, ledger)
    chain = Through(scene, world)
    for index in range(steps):
        one_step(chain, chooser, execution, run, index)
    return run
