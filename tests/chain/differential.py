"""Random steps taken on the chain and by the rules at the same time, compared one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from chain.derivation import Derivation
from chain.engines import fund, now
from chain.errors import LedgerRefusal
from chain.events import Event
from chain.logs import LoggedEvent
from chain.replay import read_events
from chain.rules.state import Ledger
from chain.signing import Signer
from tests.chain.scenario import GOVERNORS, Scene, hash_of_calls, signer_of
from tests.chain.steps import Chooser, GovernedCall, Step, chance, encoded_calls, take_by_rules, take_on_chain

Result = tuple[Event, ...] | LedgerRefusal


class Disagreement(AssertionError):
    """Contracts and rules came to different results."""


@dataclass
class Run:
    """What a run of steps came to: successes by verb, refusals by rule."""

    seed: int
    succeeded: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    trace: list[tuple[Step, int, Result]] = field(default_factory=list, repr=False)
    """Each step, when it was taken, and what the contracts made of it."""

    def note(self, verb: str, result: Result) -> None:
        if isinstance(result, LedgerRefusal):
            self.refused[result.rule] += 1
        else:
            self.succeeded[verb] += 1


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
    manifest = scene.manifest
    derivation = Derivation(
        Ledger(manifest.chain_id, manifest.addresses["Participants"], manifest.addresses["Computations"])
    )
    for logged, at in log:
        derivation.take(logged, at)
    return derivation.ledger


def differ(scene: Scene, ledger: Ledger, seed: int, steps: int) -> Run:
    """Takes random steps on the chain and by the rules, and compares after each.

    A client asks the node before it sends: a refusal is one at the time of the latest block, and so is what a
    transaction did.

    Raises:
        Disagreement: they came to different results.
    """
    spares = [signer_of(f"spare {n}") for n in range(3)]
    for spare in spares:
        fund(scene.engine, spare.address)
    everybody = (*scene.signers.values(), *spares, *GOVERNORS)
    signers: dict[str, Signer] = {signer.address: signer for signer in everybody}
    chooser = Chooser(chance(seed), list(signers))
    run = Run(seed)

    def hash_of(calls: tuple[GovernedCall, ...]) -> bytes:
        return hash_of_calls(encoded_calls(scene.ledger, calls))

    time = now(scene.engine)
    for index in range(steps):
        at = chooser.time(ledger, time)
        if at > time + 1:
            scene.controls.advance_to(at)
            time = now(scene.engine)
        step = chooser.step(ledger, time)
        on_chain: Result
        by_rules: Result
        try:
            on_chain = take_on_chain(scene.ledger, signers, step)
        except LedgerRefusal as refusal:
            on_chain = refusal
        time = now(scene.engine)
        try:
            by_rules = take_by_rules(ledger, step, time, hash_of)
        except LedgerRefusal as refusal:
            by_rules = refusal
        if on_chain != by_rules:
            raise Disagreement(
                f"seed {seed}, step {index}: {step}: the contracts {on_chain!r}, the rules {by_rules!r}"
            )
        run.note(step.verb, by_rules)
        run.trace.append((step, time, on_chain))
        if not isinstance(by_rules, LedgerRefusal):
            chooser.remember(step, by_rules)
    return run
