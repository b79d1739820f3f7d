"""The read model: the ledger's state in SQL, kept up with the chain.

Events go through the rules, as in a replay (decision 4), and what the rules changed is written: so the tables
hold what the ledger is, not what a second reading of its events makes of it. Whole blocks are written, each
with its events, the state they lead to and the cursor, in one database transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, inspect, select

from chain import events as ev
from chain.database import alone, reading
from chain.deployment import Manifest, empty_ledger
from chain.derivation import Derivation
from chain.headers import ValidatorSet
from chain.progress import Progress
from chain.readmodel import schema
from chain.readmodel.certificates import Certificates
from chain.readmodel.codec import hints, to_json
from chain.readmodel.form import create, drop, form_of
from chain.readmodel.logbook import stored_events
from chain.readmodel.recording import ABSENT, Changes, merge, recorded, scalars, taken, undo
from chain.readmodel.schema import JOURNALS, RECORDS, VOUCHER_FIELDS, participants_in
from chain.readmodel.source import Block, Unsettled, read_blocks
from chain.readmodel.store import insert_rows, load, write_changes, write_scalars
from chain.readmodel.trust import all_certified, trust, trusted_in
from chain.rpc import Header, MissingBlock, Rpc, head_number, read_header
from chain.rules.state import Ledger, receivable_of

log = logging.getLogger(__name__)

PAGE = 250
"""Blocks read and written at once while catching up."""

STRIDE = 1000
"""Certificates followed between two commits, before the ledger's first block."""

KEPT = 1024
"""Newest blocks that stay in the table though nothing happened in them: how far a chain may go back."""


class WrongLedger(Exception):
    """The tables tell of another ledger."""


class Reorganised(Exception):
    """The chain took back a block. On an engine with finality that must not happen: people have to look."""


class Overtaken(Unsettled):
    """Another process keeps the same read model and was faster; nothing was written."""


@dataclass
class ReadModel:
    """The tables of one ledger and its state in memory, which they equal after every block.

    Attributes:
        database: where the tables are.
        manifest: of the ledger.
        reversible: whether the chain may take blocks back: development engines.
        certificates: of a BFT network; nothing is written of a block without its certificate.
        ledger: the state after the cursor.
        cursor: number and hash of the newest block written.
        trusted: the validators after the newest block checked, where there are certificates.
        stale: whether the state is not what the tables have, since writing it failed.
    """

    database: Engine
    manifest: Manifest
    reversible: bool = False
    certificates: Certificates | None = None
    ledger: Ledger = field(init=False, repr=False)
    cursor: tuple[int, bytes] | None = field(init=False)
    trusted: ValidatorSet | None = field(init=False, repr=False)
    stale: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        self.reload()

    def reload(self) -> None:
        """Reads the state from the tables."""
        with reading(self.database) as connection:
            self.ledger = load(connection, empty_ledger(self.manifest))
            self.cursor = _cursor(connection)
            self.trusted = trusted_in(connection)
        self.stale = False


def open_readmodel(
    database: Engine,
    manifest: Manifest,
    *,
    reversible: bool = False,
    certificates: Certificates | None = None,
) -> ReadModel:
    """Opens the read model of a ledger; makes its tables if they are missing or of another form.

    What the tables hold follows from the chain, so tables of another form are dropped and filled again;
    and so are tables that were filled without certificates, where there are some to hold against them.

    Raises:
        WrongLedger: the tables tell of another ledger.
        WrongGenesis: they were filled from a network with another genesis.
    """
    form = form_of(database)
    ledger = manifest.addresses["Participants"]
    with database.begin() as connection:
        alone(connection)
        known = None
        if inspect(connection).has_table(schema.meta.name):
            known = connection.execute(select(schema.meta)).first()
        if known is not None and (known.chain_id, known.ledger) != (manifest.chain_id, ledger):
            raise WrongLedger(
                f"the read model is of the ledger at {known.ledger} on chain {known.chain_id}, "
                f"not of {ledger} on chain {manifest.chain_id}"
            )
        if known is None or known.form != form:
            if known is not None:
                log.warning("the read model has another form: it is made again from the chain")
                drop(connection, known.tables, known.views)
            create(connection, form, manifest)
        elif certificates is not None and not all_certified(connection, certificates, _cursor(connection)):
            log.warning("the read model was filled without certificates: it is made again from the chain")
            drop(connection, known.tables, known.views)
            create(connection, form, manifest)
    return ReadModel(database, manifest, reversible, certificates)


def cursor_of(database: Engine) -> tuple[int, bytes] | None:
    """Number and hash of the newest block written, whichever process wrote it."""
    with reading(database) as connection:
        return _cursor(connection)


def rebuild(model: ReadModel) -> None:
    """Empties the tables; `catch_up` fills them again from the chain."""
    with model.database.begin() as connection:
        known = connection.execute(select(schema.meta)).one()
        drop(connection, known.tables, known.views)
        create(connection, form_of(model.database), model.manifest)
    model.reload()


def catch_up(model: ReadModel, rpc: Rpc, progress: Progress | None = None, until: int | None = None) -> int:
    """Reads the chain up to its head (or a block); how many events were written.

    Raises:
        Reorganised: the chain took back a block, and the engine is none that may.
        Diverged: the rules would not have logged what the chain has; the blocks before are written.
        UnknownLog, LogsMissing: a block's log cannot be read whole; the blocks before are written.
        NodeLied: a block is not certified, or not what its header commits to; the blocks before are written.
        Overtaken: another process keeps the same read model.
        Unsettled, MissingBlock: the chain moved while it was read; ask again.
        NodeUnreachable: there is no answer.
    """
    told = progress or (lambda *_: None)
    if model.stale:
        model.reload()
    head = head_number(rpc) if until is None else until
    _check_cursor(model, rpc, head)
    first = model.manifest.block if model.cursor is None else model.cursor[0] + 1
    contract_of = {address: name for name, address in model.manifest.addresses.items()}
    written = 0
    if first <= head:
        _reach(model, first - 1, told)
    for start in range(first, head + 1, PAGE):
        told("reading blocks", start - first, head - first + 1)
        blocks = read_blocks(rpc, contract_of, start, min(start + PAGE - 1, head))
        if model.cursor is not None and blocks[0].header.parent_hash != model.cursor[1]:
            raise Unsettled(f"block {start} is no child of the block that was read before it")
        written += take(model, blocks)
    return written


def take(model: ReadModel, blocks: Sequence[Block]) -> int:
    """Derives and writes blocks that follow the cursor; how many events they had.

    Raises:
        Diverged: the rules would not have logged an event; the blocks before its own are written.
        NodeLied: a block is not certified, or not what its header commits to; the blocks before are written.
        ValueError: the state is stale; `reload` it and see which block comes next.
    """
    if model.stale:
        raise ValueError("the read model's state is stale")
    page = _Page()
    failed: Exception | None = None
    certified = _certified(model, blocks)
    for block in blocks:
        before = scalars(model.ledger)
        try:
            trusted = next(certified)
            rows = _derived(model.ledger, block)
        except Exception as error:
            undo(model.ledger, before)
            failed = error
            break
        page.add(block.header, rows, before, taken(model.ledger))
        page.trusted = trusted
    if page.headers:
        try:
            with model.database.begin() as connection:
                _write(connection, model, page)
        except Exception:
            # What is in memory was not written. The database may be away, so it is read again later.
            model.stale = True
            raise
        newest = page.headers[-1]
        model.cursor = (newest.number, newest.hash)
        model.trusted = page.trusted
    if failed is not None:
        raise failed
    return len(page.rows.events)


@dataclass
class _Rows:
    """What a block adds to the tables that only grow."""

    events: list[tuple[Any, ...]] = field(default_factory=list)
    participants: list[tuple[Any, ...]] = field(default_factory=list)
    journals: dict[type[ev.Event], list[tuple[Any, ...]]] = field(default_factory=dict)


@dataclass
class _Page:
    """What several blocks come to."""

    headers: list[Header] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    rows: _Rows = field(default_factory=_Rows)
    changes: Changes = field(default_factory=dict)
    scalars: dict[str, Any] = field(default_factory=dict)
    trusted: ValidatorSet | None = None

    def add(self, header: Header, rows: _Rows, before: dict[str, Any], changes: Changes) -> None:
        self.headers.append(header)
        self.counts.append(len(rows.events))
        self.rows.events += rows.events
        self.rows.participants += rows.participants
        for kind, entries in rows.journals.items():
            self.rows.journals.setdefault(kind, []).extend(entries)
        merge(self.changes, changes)
        for name, value in before.items():
            self.scalars.setdefault(name, value)


def _derived(ledger: Ledger, block: Block) -> _Rows:
    # A hand acts only where a draft of its was checked, which a derivation must know of hands before it.
    derivation = Derivation(ledger, checking=dict.fromkeys(ledger.hand.values(), ""))
    rows = _Rows()
    header = block.header
    for logged in block.events:
        derivation.take(logged, header.time)
        event = logged.event
        voucher = next((v for v in (getattr(event, f, None) for f in VOUCHER_FIELDS) if v is not None), None)
        receivable = getattr(event, "receivable", None) if voucher is None else receivable_of(voucher)
        rows.events.append(
            (
                header.hash,
                logged.log_index,
                header.number,
                bytes.fromhex(logged.transaction),
                logged.contract,
                type(event).__name__,
                {name: to_json(getattr(event, name)) for name in hints(type(event))},
                receivable,
                voucher,
            )
        )
        rows.participants += [(number, header.number, logged.log_index) for number in participants_in(event)]
        journal = JOURNALS.get(type(event))
        if journal is not None:
            rows.journals.setdefault(type(event), []).append(
                journal.row(ledger, event, header.number, logged.log_index, header.time)
            )
    return rows


def _write(connection: Connection, model: ReadModel, page: _Page) -> None:
    at = _cursor(connection, locked=True)
    if at != model.cursor:
        raise Overtaken("another process keeps the same read model")
    insert_rows(
        connection,
        schema.blocks,
        [
            (header.number, header.hash, header.parent_hash, header.time, count)
            for header, count in zip(page.headers, page.counts, strict=True)
        ],
    )
    insert_rows(connection, schema.events, page.rows.events)
    insert_rows(connection, schema.event_participants, page.rows.participants)
    for kind, rows in page.rows.journals.items():
        insert_rows(connection, JOURNALS[kind].table, rows)
    write_changes(connection, model.ledger, page.changes)
    write_scalars(
        connection,
        {
            name: getattr(model.ledger, name)
            for name, before in page.scalars.items()
            if at is None or getattr(model.ledger, name) != before
        },
    )
    if page.trusted is not None and model.certificates is not None:
        trust(connection, page.trusted, model.certificates)
    oldest = page.headers[-1].number - KEPT
    connection.execute(
        delete(schema.blocks).where(schema.blocks.c.number < oldest, schema.blocks.c.events == 0)
    )


def _certified(model: ReadModel, blocks: Sequence[Block]) -> Iterator[ValidatorSet | None]:
    """The validators after each block, once it is checked; None of engines without certificates."""
    if model.certificates is None:
        return repeat(None)
    return model.certificates.following(model.trusted or model.certificates.founding, blocks)


def _reach(model: ReadModel, last: int, told: Progress) -> None:
    """Follows the certificates of the blocks before the ledger's first; what was checked is on record."""
    if model.certificates is None:
        return
    trusted = model.trusted or model.certificates.founding
    while trusted.block < last:
        told("following certificates", trusted.block, last)
        trusted = model.certificates.reach(trusted, min(last, trusted.block + STRIDE))
        with model.database.begin() as connection:
            if _cursor(connection, locked=True) != model.cursor:
                raise Overtaken("another process keeps the same read model")
            trust(connection, trusted, model.certificates)
        model.trusted = trusted


def _cursor(connection: Connection, *, locked: bool = False) -> tuple[int, bytes] | None:
    if locked:  # whoever writes holds the model's row
        connection.execute(select(schema.meta).with_for_update()).one()
    newest = select(func.max(schema.blocks.c.number)).scalar_subquery()
    row = connection.execute(select(schema.blocks).where(schema.blocks.c.number == newest)).first()
    return None if row is None else (row.number, row.hash)


def _check_cursor(model: ReadModel, rpc: Rpc, head: int) -> None:
    """Goes back to the newest block the chain still has, on an engine that may take blocks back.

    Raises:
        Reorganised: the engine is none that may.
    """
    if model.cursor is None:
        return
    number, known = model.cursor
    if head < number and not model.reversible:
        return  # the node is behind: that says nothing about the chain
    try:
        if head >= number and read_header(rpc, number).hash == known:
            return
    except MissingBlock:
        pass
    if not model.reversible:
        raise Reorganised(
            f"{rpc.name}: block {number} was 0x{known.hex()} and is no longer in the chain; "
            f"nothing was changed"
        )
    with reading(model.database) as connection:
        rows = connection.execute(select(schema.blocks).order_by(schema.blocks.c.number.desc())).all()
    for row in rows:
        if row.number <= head and _is_there(rpc, row.number, row.hash):
            go_back(model, row.number)
            return
    rebuild(model)


def _is_there(rpc: Rpc, number: int, block_hash: bytes) -> bool:
    try:
        return read_header(rpc, number).hash == block_hash
    except MissingBlock:
        return False


def go_back(model: ReadModel, number: int) -> None:
    """Takes back the blocks after a number: the state is what the events up to it lead to.

    Raises:
        Diverged: the stored events are not what the chain gave; rebuild the read model.
    """
    with reading(model.database) as connection:
        log_before = list(stored_events(connection, number))
    earlier = empty_ledger(model.manifest)
    derivation = Derivation(earlier)
    for logged, time in log_before:
        derivation.take(logged, time)
    changes: Changes = {}
    for name in RECORDS:
        now, then = getattr(model.ledger, name), getattr(earlier, name)
        differing = {key: value for key, value in now.items() if then.get(key, ABSENT) != value}
        differing |= {key: ABSENT for key in then if key not in now}
        if differing:
            changes[name] = differing
    with model.database.begin() as connection:
        _cursor(connection, locked=True)
        for table in (schema.blocks,):
            connection.execute(delete(table).where(table.c.number > number))
        for table in (schema.events, schema.event_participants, *(j.table for j in JOURNALS.values())):
            connection.execute(delete(table).where(table.c.block_number > number))
        write_changes(connection, earlier, changes)
        write_scalars(
            connection,
            {n: v for n, v in scalars(earlier).items() if v != getattr(model.ledger, n)},
        )
        model.cursor = _cursor(connection)
    model.ledger = recorded(earlier)
    log.warning("the chain went back to block %d", number)
