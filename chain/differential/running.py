"""Random steps taken on a chain and by the rules at the same time, compared one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Protocol

from chain.bundle.calls import CallRefused, read_call
from chain.bundle.execution import Execution
from chain.differential.choosing import Chooser
from chain.differential.steps import Step, World
from chain.errors import CallFailed, LedgerRefusal, TargetFailed
from chain.events import Event
from chain.revert import CallReverted
from chain.rules.state import Ledger, Moment

Result = tuple[Event, ...] | LedgerRefusal | CallRefused
"""What came of a step: what was logged, or which rule refused it; or that no rule was ever asked."""

UNREADABLE = CallRefused("unreadable")


class Disagreement(Exception):
    """Contracts and rules came to different results; `seed` and `index` tell which step it was."""

    def __init__(self, seed: int, index: int, step: Step, on_chain: Result, by_rules: Result) -> None:
        super().__init__(
            f"seed {seed}, operation {index}: {step}: the contracts {on_chain!r}, the rules {by_rules!r}"
        )
        self.seed, self.index = seed, index


class Chain(Protocol):
    """A chain that takes steps."""

    def now(self) -> int:
        """Time of the latest block, in seconds since 1970 (UTC)."""
        ...

    def take(self, steps: Sequence[Step], at: int) -> tuple[list[Result], int]:
        """Takes steps one after another, in one block if they are several.

        The block is at a time, or soon after the latest where the chain has a clock of its own. What came of
        each is returned, and the time; a single step that is refused may leave the chain where it was, and
        then the time is the latest block's.
        """
        ...


@dataclass
class Run:
    """What a run of steps came to: successes by verb, refusals by rule, events by name.

    Who wants to take the same steps again asks it to `keep` them: `trace` has each with the time at which it
    was taken and what came of it.
    """

    seed: int
    keep: bool = False
    succeeded: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    trace: list[tuple[Step, int, Result]] = field(default_factory=list, repr=False)

    def note(self, step: Step, result: Result) -> None:
        """Counts one step."""
        if isinstance(result, tuple):
            self.succeeded[step.verb] += 1
            self.happened.update(type(event).__name__ for event in result)
        else:
            self.refused[result.rule] += 1


def by_rules(execution: Execution, world: World, step: Step, now: int) -> Result:
    """Takes a step by the rules: the ledger changes and what happened is returned, or it is refused."""
    ledger, at = execution.ledger, Moment(now, step.sender)
    try:
        call = read_call(step.contract, step.data, world.domains)
        if not call.inner:
            return execution.take(call, at)
        trial = execution.trial()
        happened = trial.take(call, at)
    except (LedgerRefusal, CallRefused) as refusal:
        return refusal
    for each in fields(Ledger):
        setattr(ledger, each.name, getattr(trial.ledger, each.name))
    return happened


def on_chain(refused: Exception) -> Result:
    """What an exception of a chain means as a result.

    Raises:
        Exception: it is no refusal.
    """
    if isinstance(refused, CallFailed | TargetFailed | CallReverted):
        return UNREADABLE
    if isinstance(refused, LedgerRefusal):
        return refused
    raise refused


def same(on_the_chain: Result, by_the_rules: Result) -> bool:
    """Whether the two sides came to the same.

    Of calldata that cannot be read only the refusal counts: contracts read some arguments only when they come
    to them, and may have asked a rule before.
    """
    if isinstance(by_the_rules, CallRefused):
        return not isinstance(on_the_chain, tuple)
    return on_the_chain == by_the_rules


def taken(chooser: Chooser, execution: Execution, run: Run, step: Step, now: int) -> Result:
    """Takes a step by the rules, and notes what came of it."""
    result = by_rules(execution, chooser.world, step, now)
    run.note(step, result)
    if run.keep:
        run.trace.append((step, now, result))
    chooser.remember(step, result if isinstance(result, tuple) else ())
    return result


def one_step(chain: Chain, chooser: Chooser, execution: Execution, run: Run, index: int) -> None:
    """Chooses a step, takes it on both sides and compares; the chain goes first, and tells the time.

    Raises:
        Disagreement: they came to different results.
    """
    at = max(chooser.time(execution.ledger, chain.now()), chain.now() + 1)
    step = chooser.step(execution.ledger, at)
    (found,), now = chain.take([step], at)
    result = taken(chooser, execution, run, step, now)
    if not same(found, result):
        raise Disagreement(run.seed, index, step, found, result)


def one_block(chain: Chain, chooser: Chooser, execution: Execution, run: Run, index: int, size: int) -> None:
    """Chooses a block of steps, each for the state after those before it by the rules, and compares.

    Raises:
        Disagreement: they came to different results; the first one that did is told.
    """
    at = max(chooser.time(execution.ledger, chain.now()), chain.now() + 1)
    steps: list[Step] = []
    results: list[Result] = []
    for _ in range(size):
        steps.append(chooser.step(execution.ledger, at))
        results.append(taken(chooser, execution, run, steps[-1], at))
    found, now = chain.take(steps, at)
    if now != at:
        raise RuntimeError(f"a block at {now} that was to be at {at}")
    for n, (step, on_the_chain, by_the_rules) in enumerate(zip(steps, found, results, strict=True)):
        if not same(on_the_chain, by_the_rules):
            raise Disagreement(run.seed, index + n, step, on_the_chain, by_the_rules)
