"""The read model's tables, from the records of `chain.rules.state` and the events of `chain.events`.

Each dictionary of `Ledger` is a table: its key the primary key, the fields of its records the columns. A new
dictionary gets its table by being there; `NAMES` gives it better names. A new event is in `events` by being
there; `JOURNALS` gives those a table that people count and sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

from chain import events as ev
from chain.database import Json
from chain.naming import policy_name
from chain.readmodel.codec import Word, column_type, hints, packer, unpacker
from chain.rules.settlement import unpaid
from chain.rules.state import Ledger, receivable_of, start_of

Derived = tuple[TypeEngine[Any], Callable[[Any, Any], Any]]
"""A column that follows from a record's key and the record: its type, and how."""

metadata = MetaData()


@dataclass(frozen=True, slots=True)
class Names:
    """How a dictionary of the ledger is called as a table; `derived` are columns beside the record's."""

    table: str
    keys: tuple[str, ...]
    value: str = "value"
    derived: Mapping[str, Derived] | None = None
    indexed: tuple[str, ...] = ()


_RECEIVABLE: Derived = (Word(), lambda voucher, _: receivable_of(voucher))
_START: Derived = (Word(), lambda voucher, _: start_of(voucher))
_POLICY: Derived = (Text(), lambda key, _: policy_name(key))
_POLICY_OF_VERSION: Derived = (Text(), lambda key, _: policy_name(key[0]))

NAMES: Mapping[str, Names] = {
    "governor": Names("governors", ("account",), "bit"),
    "participant": Names("participants", ("number",)),
    "legal_id": Names("legal_ids", ("number",), "hash"),
    "number_of_legal_id": Names("numbers_of_legal_ids", ("hash",), "number"),
    "account": Names("accounts", ("account",), indexed=("number",)),
    "account_at": Names("accounts_by_place", ("number", "place"), "account"),
    "proposal": Names("proposals", ("id",)),
    "hand": Names("hands", ("number",), "account"),
    "draft": Names("drafts", ("id",), indexed=("number",)),
    "schema": Names("schemas", ("id",)),
    "attestation": Names("attestations", ("commitment",), indexed=("attester",)),
    "revoked_leaves": Names("revoked_leaves", ("root", "word"), "bits"),
    "successor_of": Names("successors", ("commitment",), "successor"),
    "newest": Names("newest_attestations", ("subject", "flow"), "commitment"),
    "policy_versions": Names("policy_versions", ("name32",), "versions", {"name": _POLICY}),
    "policy_version": Names("policies", ("name32", "number"), derived={"name": _POLICY_OF_VERSION}),
    "invoice": Names("invoices", ("nullifier",), indexed=("creditor",)),
    "limit": Names("limits", ("debtor", "currency")),
    "group_limit": Names("group_limits", ("group", "currency")),
    "group_of": Names("debtor_groups", ("debtor",), "group"),
    "stop_cause": Names("stops", ("debtor",), "cause"),
    "overdue_count": Names("overdue_counts", ("debtor",), "receivables"),
    "overdue_stop": Names("overdue_stops", ("receivable",), "counts"),
    "issue": Names("issues", ("number",), indexed=("debtor", "creditor", "invoice")),
    "receivable": Names("receivables", ("number",), indexed=("debtor", "due_at")),
    "voucher": Names(
        *("vouchers", ("id",)),
        derived={"receivable": _RECEIVABLE, "start": _START},
        indexed=("receivable", "holder", "counterparty"),
    ),
    "paid_after": Names("paid_after", ("receivable", "payments"), "paid"),
    "reference_used": Names("references_used", ("reference",), "used_for"),
    "deal": Names("deals", ("voucher",), indexed=("financier",)),
    "filing": Names("filings", ("voucher",)),
    "hops": Names("hop_counts", ("voucher",), "hops"),
    "hop": Names("hops", ("voucher", "number"), indexed=("transferor",)),
    "quote_over": Names("quotes_over", ("digest",), "over"),
    "claim": Names("claims", ("id",), indexed=("receivable",)),
    "consent": Names("consents", ("id",), indexed=("owner",)),
    "terms": Names("consent_terms", ("consent",)),
    "job": Names("jobs", ("id",), indexed=("consent",)),
}


Cell = tuple[str, Callable[[Any], Any] | None, Callable[[Any], Any] | None]
"""A column of a record: its name, how a value is packed for it, and unpacked; None where it is as it is."""


def _cell(name: str, of: Any) -> Cell:
    return name, packer(of), unpacker(of)


@dataclass(frozen=True)
class Records:
    """A dictionary of the ledger as a table: rows are keys, then the record's columns, then derived ones.

    `record` is the class of its values, None where they are plain.
    """

    field: str
    table: Table
    key_cells: tuple[Cell, ...]
    record: type[Any] | None
    cells: tuple[Cell, ...]
    derived: tuple[Derived, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the key's columns."""
        return tuple(name for name, _, _ in self.key_cells)

    def key_row(self, key: Any) -> tuple[Any, ...]:
        """The key's columns of a row."""
        parts = key if len(self.key_cells) > 1 else (key,)
        return tuple(
            part if pack is None else pack(part)
            for (_, pack, _), part in zip(self.key_cells, parts, strict=True)
        )

    def row(self, key: Any, value: Any) -> tuple[Any, ...]:
        """A row of the table."""
        row = list(self.key_row(key))
        if self.record is None:
            pack = self.cells[0][1]
            row.append(value if pack is None else pack(value))
        else:
            for name, pack, _ in self.cells:
                part = getattr(value, name)
                row.append(part if pack is None else pack(part))
        for _, derive in self.derived:
            row.append(derive(key, value))
        return tuple(row)

    def entry(self, row: tuple[Any, ...]) -> tuple[Any, Any]:
        """Key and value of a row."""
        width = len(self.key_cells)
        cells = (*self.key_cells, *self.cells)
        values = [
            part if unpack is None else unpack(part)
            for (_, _, unpack), part in zip(cells, row[: len(cells)], strict=True)
        ]
        key = tuple(values[:width]) if width > 1 else values[0]
        return key, values[width] if self.record is None else self.record(*values[width:])


def _records() -> dict[str, Records]:
    """Every dictionary of the ledger, in the order of its fields."""
    found = {}
    types = get_type_hints(Ledger)
    for each in fields(Ledger):
        if get_origin(types[each.name]) is not dict:
            continue
        key_type, value_type = get_args(types[each.name])
        key_types = get_args(key_type) if get_origin(key_type) is tuple else (key_type,)
        plain = ("key",) if len(key_types) == 1 else tuple(f"key_{n}" for n in range(1, len(key_types) + 1))
        names = NAMES.get(each.name) or Names(each.name, plain)
        record = value_type if isinstance(value_type, type) and is_dataclass(value_type) else None
        columns = [
            Column(name, column_type(of)[0], primary_key=True, autoincrement=False)
            for name, of in zip(names.keys, key_types, strict=True)
        ]
        valued = hints(record) if record is not None else {names.value: value_type}
        columns += [
            Column(name, column_type(of)[0], nullable=column_type(of)[1]) for name, of in valued.items()
        ]
        derived = names.derived or {}
        columns += [Column(name, of, nullable=False) for name, (of, _) in derived.items()]
        known = {column.name for column in columns}
        indexes = [Index(f"{names.table}_{name}", name) for name in names.indexed if name in known]
        table = Table(names.table, metadata, *columns, *indexes)
        found[each.name] = Records(
            each.name,
            table,
            tuple(_cell(name, of) for name, of in zip(names.keys, key_types, strict=True)),
            record,
            tuple(_cell(name, of) for name, of in valued.items()),
            tuple(derived.values()),
        )
    return found


RECORDS: Mapping[str, Records] = _records()

SCALARS: tuple[str, ...] = tuple(each.name for each in fields(Ledger) if each.name not in RECORDS)
"""Fields of the ledger that are no dictionaries: rows of `ledger_values`, as JSON."""

ledger_values = Table(
    "ledger_values", metadata, Column("name", Text, primary_key=True), Column("value", Json, nullable=True)
)

blocks = Table(
    "blocks",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("parent_hash", LargeBinary, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("events", Integer, nullable=False),
)
"""Blocks that were read: those with events, and the newest of the others. The highest is the cursor."""

events = Table(
    "events",
    metadata,
    Column("block_hash", LargeBinary, primary_key=True),
    Column("log_index", Integer, primary_key=True, autoincrement=False),
    Column("block_number", BigInteger, nullable=False),
    Column("transaction", LargeBinary, nullable=False),
    Column("contract", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("fields", Json, nullable=False),
    Column("receivable", Word),
    Column("voucher", Word),
    Index("events_place", "block_number", "log_index"),
    Index("events_receivable", "receivable"),
    Index("events_voucher", "voucher"),
    Index("events_name", "name"),
)
"""The ledger's log as it was decoded: `fields` by name, bytes as 0x-prefixed hex."""

event_participants = Table(
    "event_participants",
    metadata,
    Column("participant", BigInteger, primary_key=True, autoincrement=False),
    Column("block_number", BigInteger, primary_key=True, autoincrement=False),
    Column("log_index", Integer, primary_key=True, autoincrement=False),
)
"""Which participants an event names."""

PARTICIPANT_FIELDS = frozenset(
    {
        *("number", "from_", "to", "by", "debtor", "creditor", "group", "attester", "owner", "opener"),
        *("holder", "payee", "financier", "transferor", "borrower", "lender", "claimant"),
    }
)
"""Fields of events that hold a participant's number; a group is known by its head."""

_OTHER_NUMBERS = (ev.PolicySet, ev.PolicyWithdrawn)
"""Events whose `number` is that of a policy's version."""


def participants_in(event: ev.Event) -> set[int]:
    """The participants that an event names."""
    kind: Any = type(event)
    found = {getattr(event, name) for name in _participant_fields(kind)}
    if isinstance(event, ev.ConsentGranted):
        packed = event.counterparties
        found |= {packed >> 32 * place & 0xFFFF_FFFF for place in range(8)}
    return found - {0}


@cache
def _participant_fields(kind: Any) -> tuple[str, ...]:
    if issubclass(kind, _OTHER_NUMBERS):
        return ()
    return tuple(name for name in hints(kind) if name in PARTICIPANT_FIELDS)


VOUCHER_FIELDS = ("voucher", "child")
"""Fields of events that hold a voucher's id; the receivable is in it."""


@dataclass(frozen=True)
class Journal:
    """Events of a kind as rows of a table: where they stand, their fields, what follows from the state."""

    event: type[ev.Event]
    table: Table
    cells: tuple[Cell, ...]
    extra: tuple[Extra, ...]

    def row(self, ledger: Ledger, event: ev.Event, block: int, log_index: int, time: int) -> tuple[Any, ...]:
        """A row of the table; the ledger is as the event left it."""
        row: list[Any] = [block, log_index, time]
        for name, pack, _ in self.cells:
            part = getattr(event, name)
            row.append(part if pack is None else pack(part))
        row += [each(ledger, event) for each in self.extra]
        return tuple(row)


Extra = Callable[[Ledger, Any], int]
"""A column that follows from the ledger as an event left it, and the event."""


def _journal(name: str, event: type[ev.Event], **extra: Extra) -> Journal:
    columns = [
        Column("block_number", BigInteger, primary_key=True, autoincrement=False),
        Column("log_index", Integer, primary_key=True, autoincrement=False),
        Column("time", BigInteger, nullable=False),
    ]
    own = hints(event)
    columns += [Column(each, column_type(of)[0], nullable=column_type(of)[1]) for each, of in own.items()]
    columns += [Column(each, Word(), nullable=False) for each in extra]
    known = {column.name for column in columns}
    indexes = [Index(f"{name}_{each}", each) for each in ("voucher", "receivable") if each in known]
    cells = tuple(_cell(each, of) for each, of in own.items())
    return Journal(event, Table(name, metadata, *columns, *indexes), cells, tuple(extra.values()))


def _unpaid(ledger: Ledger, event: Any) -> int:
    return unpaid(ledger, event.voucher, ledger.voucher[event.voucher])


def _length(ledger: Ledger, event: Any) -> int:
    return ledger.voucher[event.voucher].length


def _due(ledger: Ledger, event: Any) -> int:
    return ledger.receivable[receivable_of(event.voucher)].due_at


_PLACE: Mapping[str, Extra] = {
    "receivable": lambda _, event: receivable_of(event.voucher),
    "start": lambda _, event: start_of(event.voucher),
    "length": _length,
}
"""Where a voucher is: its receivable, and the interval that it was then."""

JOURNALS: Mapping[type[ev.Event], Journal] = {
    journal.event: journal
    for journal in (
        _journal("payments", ev.PaymentRecorded),
        _journal("credits_returned", ev.CreditReturned),
        _journal("redemptions", ev.Redeemed, **_PLACE),
        _journal("write_offs", ev.WrittenOff, **_PLACE, unpaid=_unpaid),
        _journal("quotes", ev.QuoteAccepted, **_PLACE, due_at=_due),
        _journal("financings", ev.Disbursed, **_PLACE, unpaid=_unpaid, due_at=_due),
        _journal("repayments", ev.LoanRepaid, **_PLACE),
        _journal("loans_closed", ev.LoanClosed, **_PLACE),
        _journal("pledges_enforced", ev.PledgeEnforced, **_PLACE),
        _journal("recourse_demands", ev.RecourseDemanded, **_PLACE, unpaid=_unpaid),
        _journal("buy_backs", ev.BoughtBack, **_PLACE),
        _journal("claims_asserted", ev.ClaimAsserted),
        _journal("issues_stopped", ev.IssueStopped),
    )
}

meta = Table(
    "read_model",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("form", Text, nullable=False),
    Column("chain_id", Word(), nullable=False),
    Column("ledger", Text, nullable=False),
    Column("tables", Json, nullable=False),
    Column("views", Json, nullable=False),
)
"""One row: which form the tables have, and of which ledger they tell."""

certified = Table(
    "certified",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("genesis", LargeBinary, nullable=False),
    Column("validators", Json, nullable=False),
)
"""One row, of a BFT network: the genesis' hash, and the validators after the newest block checked."""
