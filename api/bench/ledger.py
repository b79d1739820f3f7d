"""A large ledger, made for measuring: receivables issued, split, passed on, financed, paid, redeemed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from api.bench.lives import issued_lives
from api.story.cast import admit, found_ledger
from chain.bundle import export_bundle
from chain.deployment import Manifest
from chain.engines import Engine
from chain.progress import Progress

BATCH = 2
"""Receivables of a batch."""

Made = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What was made and exported; `bundle_bytes` is the file's size."""

    manifest: Manifest
    events: int
    transactions: int
    seconds: float
    export_seconds: float
    bundle_bytes: int


@dataclass(frozen=True, slots=True)
class MadeLedger:
    """A ledger that was made: where it is, what is in it, how long it took."""

    manifest: Manifest
    events: int
    transactions: int
    seconds: float


def bench_ledger(engine: Engine, wanted: int, bundle: Path, made: Made, progress: Progress) -> LedgerReport:
    """Makes a ledger of at least `wanted` events on a development node and exports its bundle."""
    ledger = make_ledger(engine, wanted, made)
    exporting = perf_counter()
    export_bundle(engine, ledger.manifest, bundle, progress)
    return LedgerReport(
        manifest=ledger.manifest,
        events=ledger.events,
        transactions=ledger.transactions,
        seconds=ledger.seconds,
        export_seconds=round(perf_counter() - exporting, 2),
        bundle_bytes=bundle.stat().st_size,
    )


def make_ledger(engine: Engine, wanted: int, made: Made) -> MadeLedger:
    """Makes a ledger of at least `wanted` events on a development node."""
    started = perf_counter()
    ledger, manifest, governors = found_ledger(engine)
    cast, _ = admit(ledger, governors)
    count = transactions = number = 0
    while count < wanted:
        batch = range(number + 1, number + BATCH + 1)
        number += BATCH
        for sent in issued_lives(ledger, cast, batch):
            count += len(sent.events)
            transactions += 1
        made(count)
    return MadeLedger(manifest, count, transactions, round(perf_counter() - started, 2))
