"""Seeded faults: each is applied to a copy of the project, the tests run, and it must not survive them.

A mutant that the tests let live is a hole in them; one that does not apply or does not compile is a mistake
in the list, and counts as neither.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")
U = TypeVar("U")
Copies = SimpleQueue[Path]
"""Copies of the project that nobody works in at the moment."""

SECONDS = 900
"""Time for the tests of one mutant; a mutant that hangs them is found, too."""


class Fate(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fault in one place: `before`, once in `file`, becomes `after`; `tests` are those that look."""

    file: str
    before: str
    after: str
    fault: str
    tests: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A mutant's fate, and the last lines of what the tests said of it."""

    mutant: Mutant
    fate: Fate
    said: str
    seconds: float


@contextmanager
def applied(copy: Path, mutant: Mutant) -> Iterator[bool]:
    """The copy with the fault in it, restored afterwards; false if the fault does not apply there."""
    file = copy / mutant.file
    sound = file.read_text(encoding="utf-8")
    fits = sound.count(mutant.before) == 1
    try:
        if fits:
            # The copy shares its files with the project: a new file takes the name, the old one stays.
            file.unlink()
            file.write_text(sound.replace(mutant.before, mutant.after), encoding="utf-8")
        yield fits
    finally:
        if fits:
            file.write_text(sound, encoding="utf-8")


def command_of(mutant: Mutant) -> tuple[tuple[str, ...], str]:
    """The tests that look at a mutant, and the folder they run in."""
    if mutant.file.endswith(".sol"):
        forge = "node_modules/.bin/forge"
        return (forge, "test", "--match-path", mutant.tests, "--fail-fast"), "contracts"
    return (str(ROOT / ".venv/bin/python"), "-m", "pytest", "-x", "-q", *mutant.tests.split()), "."


def tested(copy: Path, command: Sequence[str], folder: str) -> tuple[Fate, str]:
    """What the tests make of a copy as it is, and the last lines of what they say."""
    try:
        done = subprocess.run(
            command, cwd=copy / folder, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Fate.KILLED, "the tests did not end"
    said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
    if "Compiler run failed" in done.stdout + done.stderr or "No tests" in said or "no tests ran" in said:
        return Fate.INVALID, said
    return (Fate.SURVIVED if done.returncode == 0 else Fate.KILLED), said


def run(mutant: Mutant, copy: Path) -> Outcome:
    """Applies a mutant to a copy and runs the tests that should find it."""
    started = monotonic()
    with applied(copy, mutant) as fits:
        if not fits:
            return Outcome(mutant, Fate.INVALID, "the place to change is not there once", 0.0)
        fate, said = tested(copy, *command_of(mutant))
    return Outcome(mutant, fate, said, monotonic() - started)


def check_sound(mutants: Sequence[Mutant], copies: Copies) -> Iterator[str]:
    """Runs the same tests with no fault applied: what each that does not pass says.

    Tests that fail anyway would find every fault.
    """
    commands = dict.fromkeys(map(command_of, mutants))
    for (command, _), (fate, said) in zip(
        commands, _on_each(copies, lambda copy, each: tested(copy, *each), list(commands)), strict=True
    ):
        if fate is not Fate.SURVIVED:
            yield f"{' '.join(command)} finds fault with the sound project:\n{said}"


def run_all(mutants: Sequence[Mutant], copies: Copies) -> Iterator[Outcome]:
    """Runs mutants, as many at once as there are copies, each outcome as it comes."""
    return _on_each(copies, lambda copy, mutant: run(mutant, copy), mutants)


@contextmanager
def copied(count: int = 2) -> Iterator[Copies]:
    """So many copies of the project, which keep what was built in them."""
    with TemporaryDirectory(prefix="counterfoil-mutants-") as folder:
        free: Copies = SimpleQueue()
        for number in range(count):
            free.put(_copy(Path(folder) / str(number)))
        yield free


def _on_each(free: Copies, work: Callable[[Path, T], U], items: Sequence[T]) -> Iterator[U]:
    """Some work on each item, in a copy that is free; results in order."""

    def on_a_copy(item: T) -> U:
        copy = free.get()
        try:
            return work(copy, item)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(free.qsize()) as pool:
        yield from pool.map(on_a_copy, items)


def _copy(to: Path) -> Path:
    """A copy of the project that shares its files on disk where it can."""
    left_out = shutil.ignore_patterns(
        ".git", ".venv", ".mypy_cache", ".pytest_cache", "__pycache__", "out", "cache"
    )
    shutil.copytree(ROOT, to, ignore=left_out, symlinks=True, copy_function=_link)
    return to


def _link(source: str, to: str) -> str:
    try:
        Path(to).hardlink_to(source)
    except OSError:
        shutil.copy2(source, to)
    return to


def main(arguments: Sequence[str]) -> int:
    """Runs all mutants, or those whose file or fault has one of the arguments in it; prints the score."""
    from tests.deep.mutants_of_contracts import MUTANTS as OF_CONTRACTS
    from tests.deep.mutants_of_rules import MUTANTS as OF_RULES

    wanted = [
        mutant
        for mutant in (*OF_CONTRACTS, *OF_RULES)
        if not arguments or any(word in mutant.file or word in mutant.fault for word in arguments)
    ]
    write = sys.stdout.write
    outcomes = []
    with copied() as copies:
        unsound = list(check_sound(wanted, copies))
        if unsound:
            write("\n".join(unsound) + "\n")
            return 1
        for outcome in run_all(wanted, copies):
            outcomes.append(outcome)
            mutant = outcome.mutant
            write(f"{outcome.fate.value:>8}  {outcome.seconds:5.0f} s  {mutant.file}: {mutant.fault}\n")
            if outcome.fate is not Fate.KILLED:
                write(f"{outcome.said}\n")
            sys.stdout.flush()
    killed = sum(outcome.fate is Fate.KILLED for outcome in outcomes)
    share = 100 * killed / len(outcomes) if outcomes else 0.0
    write(f"Mutation score: {killed} of {len(outcomes)} killed ({share:.0f} %)\n")
    return 0 if outcomes and killed == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
