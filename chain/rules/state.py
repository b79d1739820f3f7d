"""What the ledger knows, as plain records.

Amounts are integers in minor units (分), times seconds since 1970 (UTC), commitments 32 bytes, accounts
checksummed addresses. Records are frozen: a rule replaces them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag


class Role(IntFlag):
    """What a participant may do; a participant may have several roles."""

    DEBTOR = 1
    SUPPLIER = 2
    FINANCIER = 4
    ATTESTER = 8
    SETTLEMENT_BANK = 16
    AUDITOR = 32
    OPERATOR = 64


ALL_ROLES = Role(127)
HOLDER = Role.SUPPLIER | Role.FINANCIER


class Status(IntEnum):
    """Whether a participant may act."""

    NONE = 0
    ACTIVE = 1
    SUSPENDED = 2


class ReceivableState(IntEnum):
    """Life of a receivable; overdue is derived from the due date, never stored."""

    NONE = 0
    PROPOSED = 1
    CONFIRMED = 2
    REJECTED = 3
    CANCELLED = 4
    SETTLED = 5


class Life(IntEnum):
    """Life of a voucher."""

    NONE = 0
    LIVE = 1
    REDEEMED = 2


class Encumbrance(IntEnum):
    """What keeps a live voucher's holder from moving it."""

    FREE = 0
    OFFERED = 1
    LOCKED = 2


@dataclass(frozen=True, slots=True)
class Participant:
    """An organisation: the roles it has, whether and until when it may act, how many accounts it has."""

    roles: int
    status: Status
    valid_until: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """A governors' proposal; `approvals` has the bit of each governor who approved."""

    expires_at: int
    executed: bool
    approvals: int
    calls_hash: bytes


@dataclass(frozen=True, slots=True)
class Schema:
    """What a kind of statement covers (flows: trade 1, logistics 2, invoice 4, funds 8) and means."""

    flows: int
    revocable: bool
    definition: bytes


@dataclass(frozen=True, slots=True)
class Attestation:
    """A statement (`count` 0) or a batch of `count` statements."""

    attester: int
    schema: int
    attested_at: int
    expires_at: int
    revoked_at: int
    level: int
    count: int


@dataclass(frozen=True, slots=True)
class Receivable:
    """A debt: `face` in minor units of `currency` (ISO 4217 numeric), due at `due_at`."""

    debtor: int
    creditor: int
    due_at: int
    vouchers: int
    payments: int
    state: ReceivableState
    proposed_by_debtor: bool
    currency: int
    paid: int
    face: int
    redeemed: int
    evidence: bytes
    invoice: bytes


@dataclass(frozen=True, slots=True)
class Voucher:
    """The interval `[start, start + length)` of a receivable's face, held by one participant."""

    holder: int
    parent: int
    counterparty: int
    start: int
    length: int
    since: int
    tier: int
    life: Life
    encumbrance: Encumbrance
    payments: int
    version: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """Who issued an invoice in which currency, what it may back, and what it backs already."""

    attester: int
    creditor: int
    currency: int
    total: int
    used: int


@dataclass(frozen=True, slots=True)
class Lock:
    """An accepted quote that waits for its disbursement."""

    proceeds: int
    disburse_by: int


NO_LOCK = Lock(0, 0)
"""What is left of a lock that is over: its cleared storage."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of issue and transfer; periods in seconds."""

    max_term: int
    offer_period: int
    disburse_period: int
    max_tier: int
    min_level: int
    max_legs: int


@dataclass(frozen=True, slots=True)
class Leg:
    """A piece to cut off a voucher: for `to`, with the commitment to the evidence of its trade."""

    to: int
    length: int
    evidence: bytes


@dataclass(frozen=True, slots=True)
class Quote:
    """What a financier offers for a voucher at a version.

    `face` is what is unpaid of it, so that a part payment ends the quote; `terms` is the contract's hash.
    """

    voucher: int
    version: int
    financier: int
    face: int
    proceeds: int
    valid_until: int
    terms: bytes


@dataclass(frozen=True, slots=True)
class Consent:
    """What an owner of attested inputs allows a counterparty to compute."""

    owner: int
    counterparty: int
    expires_at: int
    budget: int
    spent: int
    withdrawn: bool
    input: bytes
    model: bytes


@dataclass(frozen=True, slots=True)
class Job:
    """One computation on a consent; `outcome` is the hash of result, proof and transcript."""

    consent: int
    opened_at: int
    completed_at: int
    outcome: bytes


@dataclass(frozen=True, slots=True)
class Moment:
    """When and by which account a rule is asked."""

    now: int
    sender: str


@dataclass(slots=True)
class Ledger:
    """All state. `governance` is the account that executed proposals speak with."""

    chain_id: int
    governance: str
    computations: str

    governor: dict[str, int] = field(default_factory=dict)
    governors: int = 0
    governors_ever: int = 0
    threshold: int = 0
    participant: dict[int, Participant] = field(default_factory=dict)
    legal_id: dict[int, bytes] = field(default_factory=dict)
    number_of_legal_id: dict[bytes, int] = field(default_factory=dict)
    number_of: dict[str, int] = field(default_factory=dict)
    proposal: dict[int, Proposal] = field(default_factory=dict)

    schema: dict[int, Schema] = field(default_factory=dict)
    attestation: dict[bytes, Attestation] = field(default_factory=dict)
    revoked_leaves: dict[tuple[bytes, int], int] = field(default_factory=dict)

    policy: Policy | None = None
    invoice: dict[bytes, Invoice] = field(default_factory=dict)
    receivable: dict[int, Receivable] = field(default_factory=dict)
    voucher: dict[int, Voucher] = field(default_factory=dict)
    lock: dict[int, Lock] = field(default_factory=dict)
    paid_after: dict[tuple[int, int], int] = field(default_factory=dict)
    reference_used: dict[bytes, int] = field(default_factory=dict)

    consent: dict[int, Consent] = field(default_factory=dict)
    job: dict[bytes, Job] = field(default_factory=dict)


def voucher_id(receivable: int, number: int) -> int:
    """A voucher's id: its receivable, and its number within it from one."""
    return receivable << 32 | number


def receivable_of(voucher: int) -> int:
    """The receivable that a voucher is a part of."""
    return voucher >> 32


def number_of_voucher(voucher: int) -> int:
    """A voucher's number within its receivable."""
    return voucher & 0xFFFFFFFF
