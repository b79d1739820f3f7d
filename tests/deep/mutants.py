"""Seeded faults: each is applied to a copy of the project, the tests run, and it must not survive them.

A mutant that the tests let live is a hole in them; one that does not apply or does not compile is a mistake
in the list, and counts as neither.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from time import monotonic

ROOT = Path(__file__).resolve().parents[2]
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


def forge_command(mutant: Mutant) -> tuple[list[str], str]:
    """The contracts' own tests; the folder they run in."""
    return ["node_modules/.bin/forge", "test", "--match-path", mutant.tests, "--fail-fast"], "contracts"


def pytest_command(mutant: Mutant) -> tuple[list[str], str]:
    """The rules' tests; the folder they run in."""
    return [str(ROOT / ".venv/bin/python"), "-m", "pytest", "-x", "-q", *mutant.tests.split()], "."


def run(mutant: Mutant, copy: Path) -> Outcome:
    """Applies a mutant to a copy and runs the tests that should find it."""
    command, folder = forge_command(mutant) if mutant.file.endswith(".sol") else pytest_command(mutant)
    started = monotonic()
    with applied(copy, mutant) as fits:
        if not fits:
            return Outcome(mutant, Fate.INVALID, "the place to change is not there once", 0.0)
        try:
            done = subprocess.run(
                command, cwd=copy / folder, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return Outcome(mutant, Fate.KILLED, "the tests did not end", monotonic() - started)
    said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
    if "Compiler run failed" in done.stdout + done.stderr or "No tests" in said or "no tests ran" in said:
        return Outcome(mutant, Fate.INVALID, said, monotonic() - started)
    fate = Fate.SURVIVED if done.returncode == 0 else Fate.KILLED
    return Outcome(mutant, fate, said, monotonic() - started)


def run_all(mutants: Sequence[Mutant], copies: int = 2) -> Iterator[Outcome]:
    """Runs mutants on several copies of the project at once, each outcome as it comes."""
    with TemporaryDirectory(prefix="counterfoil-mutants-") as folder:
        free: SimpleQueue[Path] = SimpleQueue()
        for number in range(copies):
            free.put(_copy(Path(folder) / str(number)))

        def on_a_copy(mutant: Mutant) -> Outcome:
            copy = free.get()
            try:
                return run(mutant, copy)
            finally:
                free.put(copy)

        with ThreadPoolExecutor(copies) as pool:
            yield from pool.map(on_a_copy, mutants)


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
    outcomes = []
    for outcome in run_all(wanted):
        outcomes.append(outcome)
        write = sys.stdout.write
        mutant = outcome.mutant
        write(f"{outcome.fate.value:>8}  {outcome.seconds:5.0f} s  {mutant.file}: {mutant.fault}\n")
        if outcome.fate is not Fate.KILLED:
            write(f"{outcome.said}\n")
        sys.stdout.flush()
    killed = sum(outcome.fate is Fate.KILLED for outcome in outcomes)
    share = 100 * killed / len(outcomes) if outcomes else 0.0
    sys.stdout.write(f"Mutation score: {killed} of {len(outcomes)} killed ({share:.0f} %)\n")
    return 0 if outcomes and killed == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
