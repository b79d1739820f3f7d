"""Verifying a bundle: offline, from the file and the software alone.

The file is read once. Blocks are checked on their own by several processes, linked and derived here in their
order; then the accounts, then the storage. The first thing that is not as it must be ends the verification.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from chain.artifacts import CONTRACTS
from chain.bundle.blocks import CheckedBlock, Context, check_blocks
from chain.bundle.derivations import Derivations, derivations
from chain.bundle.divergence import Divergence, Diverges, diverge
from chain.bundle.execution import Execution
from chain.bundle.file import parsed, read_lines
from chain.bundle.finality import PAGE as HEADERS_PAGE
from chain.bundle.finality import Followed, check_headers, read_consensus
from chain.bundle.opening import Opening, read_opening
from chain.bundle.report import NOTES, BundleReport
from chain.bundle.signatures import signing_domains
from chain.bundle.state import Account, compare, read_account
from chain.deployment import Manifest, empty_ledger
from chain.headers.header import Header
from chain.progress import Progress

T = TypeVar("T")

CHUNK = 2**20
"""Bytes of blocks that one process checks at a time."""

CHECKPOINT = 256
"""Blocks with events between two checks of the invariants of what they touched."""


@dataclass(slots=True)
class _Run:
    """How far a verification has come."""

    told: Progress
    opening: Opening | None = None
    finality: Followed | None = None
    derived: Derivations | None = None
    first: Header | None = None
    last: Header | None = None
    blocks: int = 0
    transactions: int = 0
    words: int = 0
    bound: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def spent(self, stage: str, seconds: float) -> None:
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds


def verify_bundle(
    path: Path,
    progress: Progress | None = None,
    processes: int = 2,
    manifest: Manifest | None = None,
    checkpoint: int = CHECKPOINT,
    genesis: bytes | None = None,
) -> BundleReport:
    """Verifies a bundle with no network.

    Args:
        path: The file.
        progress: Told of each step.
        processes: How many check blocks beside this one; 0 or 1 is none. A file of few blocks needs none.
        manifest: The ledger the auditor means, if it is known from elsewhere.
        checkpoint: After how many blocks with events what they touched is checked against the invariants;
            1 is after each.
        genesis: The hash of the genesis of the BFT network the auditor means, if it is known from elsewhere.

    Returns:
        The report; what is wrong with the bundle is in its divergences.

    Raises:
        OSError: the file cannot be read.
    """
    run = _Run(progress or (lambda *_: None))
    started = time.perf_counter()
    divergences: list[Divergence] = []
    try:
        divergences += _verify(run, read_lines(path), processes, manifest, checkpoint, genesis)
    except Diverges as found:
        divergences.append(found.divergence)
    run.seconds["elapsed"] = time.perf_counter() - started
    return _report(run, divergences)


def _verify(
    run: _Run,
    lines: Iterator[bytes],
    processes: int,
    manifest: Manifest | None,
    checkpoint: int,
    genesis: bytes | None,
) -> list[Divergence]:
    opening = run.opening = read_opening(parsed(next(lines, b"{}\n")), manifest)
    run.finality = read_consensus(opening.consensus, genesis)
    if run.finality:
        _follow_headers(run, run.finality, lines, opening, processes)
    addresses = {bytes.fromhex(a[2:]): name for name, a in opening.manifest.addresses.items()}
    domains = signing_domains(opening.manifest.chain_id, addresses)
    called = Execution(empty_ledger(opening.manifest), addresses, domains)
    derived = run.derived = derivations(opening.manifest, called, checkpoint)
    context = Context(addresses, opening.manifest.chain_id, domains, opening.codec)

    work = partial(check_blocks, context=context)
    for checked in _in_chunks(run, lines, opening.last - opening.first + 1, work, processes):
        for stage, spent in checked.seconds.items():
            run.spent(stage, spent)
        started = time.process_time()
        for block in checked.blocks:
            _link(run, opening, block)
            derived.take(block)
            run.blocks += 1
            run.transactions += block.transactions
        run.spent("derivations", time.process_time() - started)
        if checked.divergence:
            raise Diverges(checked.divergence)
        run.told("verifying blocks", run.blocks, opening.last - opening.first + 1)
    head = run.last
    if head is None or head.number != opening.last:
        raise diverge("header", "number", f"blocks to {opening.last}", head.number if head else "none")
    if head.hash.hex() != opening.head:
        raise diverge("header", "head", opening.head, head.hash.hex(), head.number)
    started = time.process_time()
    derived.finish(head.number)
    run.spent("derivations", time.process_time() - started)

    started = time.process_time()
    run.told("comparing storage", 0, 1)
    accounts: dict[str, Account] = {}
    for name in CONTRACTS:
        line = next(lines, b"{}\n")
        accounts[name] = read_account(line, name, opening.manifest, head.state_root, opening.codec)
    run.words, run.bound, differences = compare(derived.logged.ledger, lines, accounts, head.number)
    run.spent("comparison", time.process_time() - started)
    run.told("comparing storage", 1, 1)
    return differences


def _follow_headers(
    run: _Run, finality: Followed, lines: Iterator[bytes], opening: Opening, processes: int
) -> None:
    """Follows the validators from the genesis to the block before the ledger's first."""
    last = opening.first - 1
    pages = -(-last // HEADERS_PAGE)
    work = partial(check_headers, codec=opening.codec)
    for headers, divergence in _in_chunks(run, lines, pages, work, processes):
        started = time.process_time()
        for header, certificate in headers:
            finality.take(header, certificate)
        run.spent("certificates", time.process_time() - started)
        if divergence:
            raise Diverges(divergence)
        run.told("following validators", finality.trusted.block, last)
    if finality.trusted.block != last:
        raise diverge("file", "headers", f"those up to block {last}", finality.trusted.block)


def _in_chunks(
    run: _Run, lines: Iterator[bytes], left: int, work: Callable[[list[bytes]], T], processes: int
) -> Iterator[T]:
    """What some work makes of so many lines, in order, chunk by chunk, each chunk on its own.

    Processes are started once there is more than one chunk; as many chunks are on their way as keep every
    process busy, and no more, whatever the file's length.
    """
    pool: ProcessPoolExecutor | None = None
    waiting: deque[Future[T] | T] = deque()
    try:
        while left or waiting:
            while left and len(waiting) < 2 * processes + 1:
                chunk = _chunk(lines, left)
                left = left - len(chunk) if chunk else 0
                if pool is None and left and processes > 1:
                    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
                if pool:
                    waiting.append(pool.submit(work, chunk))
                elif chunk:
                    waiting.append(work(chunk))
                    break
            if not waiting:
                return
            first = waiting.popleft()
            started = time.perf_counter()
            made = first.result() if isinstance(first, Future) else first
            run.spent("waiting", time.perf_counter() - started)
            yield made
    finally:
        if pool:
            pool.shutdown(cancel_futures=True)


def _chunk(lines: Iterator[bytes], most: int) -> list[bytes]:
    chunk: list[bytes] = []
    size = 0
    while len(chunk) < most and size < CHUNK and (line := next(lines, None)) is not None:
        chunk.append(line)
        size += len(line)
    return chunk


def _link(run: _Run, opening: Opening, block: CheckedBlock) -> None:
    """The block is the one after the last, and its hash is that of its header."""
    header, parent = block.header, run.last
    number = parent.number + 1 if parent else opening.first
    if header.number != number:
        raise diverge("header", "number", number, header.number, header.number)
    if parent and header.parent != parent.hash:
        raise diverge("header", "parentHash", parent.hash, header.parent, number)
    if parent and header.timestamp < parent.timestamp:
        raise diverge("header", "timestamp", f"{parent.timestamp} or later", header.timestamp, number)
    if header.hash != block.claimed_hash:
        raise diverge("header", "hash", block.claimed_hash, header.hash, number)
    if run.finality:
        run.finality.take(header, block.certificate)
    run.first = run.first or header
    run.last = header


def _report(run: _Run, divergences: list[Divergence]) -> BundleReport:
    opening, derived, first, last = run.opening, run.derived, run.first, run.last
    seconds = {stage: round(spent, 3) for stage, spent in sorted(run.seconds.items())}
    events = derived.events if derived else 0
    own = sum(run.seconds.get(stage, 0.0) for stage in ("decoding", "derivations", "comparison"))
    bound = {} if divergences else run.bound
    notes = ["anchor", "consensus", "withdrawals"]
    if run.finality:
        notes = [] if run.finality.pinned else ["genesis"]
        notes += ["round"] if opening and opening.codec == "kaia" else []
    notes += [note for how, note in (("not", "unproven"), ("each word", "words")) if how in bound.values()]
    return BundleReport(
        verdict="differs" if divergences else "agrees",
        engine=opening.engine if opening else "",
        chain_id=opening.manifest.chain_id if opening else 0,
        addresses=opening.manifest.addresses if opening else {},
        first_block=first.number if first else 0,
        first_hash="0x" + first.hash.hex() if first else "",
        last_block=last.number if last else 0,
        last_hash="0x" + last.hash.hex() if last else "",
        last_time=last.timestamp if last else 0,
        state_root="0x" + last.state_root.hex() if last else "",
        blocks=run.blocks,
        transactions=run.transactions,
        ledger_transactions=derived.transactions if derived else 0,
        events=events,
        refused=dict(derived.refused) if derived else {},
        checkpoints=derived.checkpoints if derived else 0,
        words=run.words,
        proven=bool(bound) and "not" not in bound.values(),
        bound=bound,
        finality=run.finality.report() if run.finality else None,
        divergences=tuple(divergences),
        notes=tuple(NOTES[name] for name in notes),
        seconds=seconds,
        rates={
            "all": round(events / run.seconds["elapsed"], 1),
            "derivation and comparison": round(events / own, 1) if own else 0.0,
        },
    )
