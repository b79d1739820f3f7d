"""What the ledger knows, as plain records.

Amounts are integers in minor units (分), times seconds since 1970 (UTC), commitments 32 bytes, accounts
checksummed addresses. Records are frozen: a rule replaces them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag


class Role(IntFlag):
    """What a participant may do, what kind of firm it is, and what an account may do for it."""

    DEBTOR = 1
    SUPPLIER = 2
    FINANCIER = 4
    ATTESTER = 8
    SETTLEMENT_BANK = 16
    AUDITOR = 32
    OPERATOR = 64
    REGULATOR = 128

    SMALL_FIRM = 1 << 8
    LARGE_FIRM = 1 << 9

    ADMIN = 1 << 16
    SIGNER = 1 << 17
    MAKER = 1 << 18
    CHECKER = 1 << 19


ALL_ROLES = Role(255)
HOLDER = Role.SUPPLIER | Role.FINANCIER
ATTRIBUTES = Role.SMALL_FIRM | Role.LARGE_FIRM
"""Kinds of a firm, which may stand beside its roles."""

CAPABILITIES = Role.ADMIN | Role.SIGNER | Role.MAKER | Role.CHECKER
"""What only the scope of an account has."""

FULL_SCOPE = ALL_ROLES | ATTRIBUTES | Role.ADMIN | Role.SIGNER
"""Scope of the account that a participant is admitted with."""


class Status(IntEnum):
    """Whether a participant may act."""

    NONE = 0
    ACTIVE = 1
    SUSPENDED = 2


class ProposalState(IntEnum):
    """Life of a proposal; that it has expired is derived from its end, never stored."""

    NONE = 0
    OPEN = 1
    EXECUTED = 2
    CANCELLED = 3


class DraftState(IntEnum):
    """Life of a draft; that it has expired is derived from its end, never stored."""

    NONE = 0
    OPEN = 1
    CHECKED = 2
    REJECTED = 3
    CANCELLED = 4


class JobState(IntEnum):
    """Life of a computation."""

    NONE = 0
    OPEN = 1
    COMPLETED = 2
    ABANDONED = 3


class IssueState(IntEnum):
    """How far an issue has come."""

    NONE = 0
    PROPOSED = 1
    CONFIRMED = 2
    REJECTED = 3
    CANCELLED = 4
    VOID = 5


class ReceivableState(IntEnum):
    """Life of a confirmed receivable; overdue is derived from the due date, never stored."""

    NONE = 0
    OPEN = 1
    SETTLED = 2
    VOID = 3


class Life(IntEnum):
    """Life of a voucher."""

    NONE = 0
    LIVE = 1
    REDEEMED = 2
    VOID = 3


class Encumbrance(IntEnum):
    """What keeps a live voucher's holder from moving it."""

    FREE = 0
    OFFERED = 1
    LOCKED = 2
    PLEDGED = 3


class Kind(IntEnum):
    """How a voucher is financed: bought without recourse, bought with it, or lent against."""

    PURCHASE = 0
    RECOURSE_PURCHASE = 1
    PLEDGE = 2


class ReceivableFlag(IntFlag):
    """What is to be known of a receivable: defences waived, extended term, late, red-lettered."""

    WAIVED = 1
    EXTENDED = 2
    LATE_FOR_SMALL_FIRM = 4
    RED_LETTERED = 8


class VoucherFlag(IntFlag):
    """What is to be known of a voucher; bound is one to those it was financed from."""

    FROZEN = 1
    DISPUTED = 2
    WRITTEN_OFF = 4
    BOUND = 8


@dataclass(frozen=True, slots=True)
class Participant:
    """An organisation: the roles it has, whether and until when it may act, how many accounts it has."""

    roles: int
    status: Status
    valid_until: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Account:
    """Whom an account acts for, and what it may do now.

    `scope` is what it may do of what its participant may, and its own capabilities; `roles` is what that
    comes to. `valid_until` is the sooner of the participant's end and its own, `own_until`, which is 0 for
    none.
    """

    number: int
    scope: int
    roles: int
    status: Status
    valid_until: int
    own_until: int


NO_ACCOUNT = Account(0, 0, 0, Status.NONE, 0, 0)
"""What is left of an account that was removed: its cleared storage."""

NOBODY = "0x" + "00" * 20
"""The zero address: what is left of an account's place."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A governors' proposal.

    `proposer` is the proposer's bit plus one, as in `Ledger.governor`; `approvals` has the bit of each
    governor who approves.
    """

    expires_at: int
    state: ProposalState
    proposer: int
    approvals: int
    calls_hash: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """A call that one of a participant's people has made and another may check."""

    number: int
    expires_at: int
    state: DraftState
    maker: str
    call_hash: bytes


@dataclass(frozen=True, slots=True)
class Schema:
    """What a kind of statement covers (flows: trade 1, logistics 2, invoice 4, funds 8) and means.

    Statements of a schema `by_subject` count for the flows of their subject.
    """

    flows: int
    revocable: bool
    by_subject: bool
    registered_at: int
    definition: bytes


@dataclass(frozen=True, slots=True)
class Statement:
    """What an attester says of a commitment; `subject` ties the flows of one trade together.

    It is valid up to and including `expires_at`, for ever if that is 0.
    """

    commitment: bytes
    schema: int
    subject: bytes
    level: int
    expires_at: int


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
class PolicyVersion:
    """A value of a parameter from a time on; `citation` is the hash of issuer, document and article."""

    value: int
    effective_from: int
    citation: bytes


NO_VERSION = PolicyVersion(0, 0, bytes(32))
"""What is left of a version that was withdrawn: its cleared storage."""


@dataclass(frozen=True, slots=True)
class Invoice:
    """Whose an invoice is, what it may back, and what it backs already.

    `credited` is the sum of its red-letter notes, `notes` how many there are.
    """

    attester: int
    creditor: int
    currency: int
    total: int
    credited: int
    used: int
    notes: int


@dataclass(frozen=True, slots=True)
class Limit:
    """What a debtor, or a group, may owe in one currency, and does; `set` tells a limit of 0 from none."""

    amount: int
    reserved: int
    committed: int
    set: bool


NO_LIMIT = Limit(0, 0, 0, False)
"""Where no limit was ever set: there is no end to it."""


@dataclass(frozen=True, slots=True)
class IssueTerms:
    """What is proposed: a debt for goods or services delivered, evidenced and invoiced.

    `face` is in minor units of `currency` (ISO 4217 numeric). `interest_share` is the part of a financing's
    interest that the debtor bears at most, in hundredths of a percent; with `waives_defences` the debtor
    gives up defences and set-off against whoever holds the debt.
    """

    debtor: int
    creditor: int
    face: int
    currency: int
    delivered_at: int
    due_at: int
    interest_share: int
    waives_defences: bool
    evidence: bytes
    invoice: bytes


@dataclass(frozen=True, slots=True)
class Issue:
    """A proposal and what became of it; its number is the receivable's.

    `flags` are those that the receivable starts with, `group` the group whose limit it counts for. The debtor
    knew of `notes_seen` red-letter notes of the invoice: one more flags the receivable. `void_asked` is who
    has asked for it to be void.
    """

    debtor: int
    creditor: int
    face: int
    currency: int
    due_at: int
    interest_share: int
    state: IssueState
    flags: ReceivableFlag
    proposed_by_debtor: bool
    group: int
    delivered_at: int
    notes_seen: int
    void_asked: int
    evidence: bytes
    invoice: bytes


@dataclass(frozen=True, slots=True)
class Receivable:
    """A confirmed debt, in minor units; the policies in force at its confirmation stay with it.

    `payments` counts payments recorded, `paid` is what they come to, `redeemed` what its vouchers have had of
    that, `credit` what the debtor has paid too much.
    """

    debtor: int
    due_at: int
    payments: int
    state: ReceivableState
    flags: ReceivableFlag
    max_tier: int
    max_legs: int
    offer_period: int
    min_length: int
    paid: int
    currency: int
    face: int
    redeemed: int
    credit: int
    creditor: int
    group: int
    interest_share: int


@dataclass(frozen=True, slots=True)
class Voucher:
    """An interval of a receivable's face, held by one participant; where it begins is in its id.

    `parent` is where the voucher that it was cut from begins. `counterparty` is whom it is offered to, locked
    or pledged for; `until` is when the offer lapses, the lock may be released, or the loan is due. `payments`
    counts the receivable's payments that it has been redeemed for; `version` changes with every write.
    """

    holder: int
    parent: int
    counterparty: int
    length: int
    until: int
    tier: int
    life: Life
    encumbrance: Encumbrance
    flags: VoucherFlag
    payments: int
    version: int


@dataclass(frozen=True, slots=True)
class Leg:
    """A piece to cut off a voucher: for `to`, with the commitment to the evidence of its trade."""

    to: int
    length: int
    evidence: bytes


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a receiver signs (EIP-712): this voucher, as it is, from this holder, until then.

    `evidence` is that of the hop where the signature comes with the transfer, and zero where the voucher has
    been offered with it.
    """

    voucher: int
    version: int
    from_: int
    to: int
    length: int
    evidence: bytes
    valid_until: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What a financier signs (EIP-712): its offer for a voucher at a version.

    `face` is what is unpaid of the voucher, so that a part payment ends the quote. The holder is paid
    `proceeds`; of `interest` the debtor bears `debtor_interest`. `matures_at` is when a loan is due, 0 for a
    purchase; `terms` is the hash of the contract.
    """

    voucher: int
    version: int
    financier: int
    kind: Kind
    face: int
    proceeds: int
    interest: int
    debtor_interest: int
    fees: int
    matures_at: int
    valid_until: int
    terms: bytes


@dataclass(frozen=True, slots=True)
class Deal:
    """An accepted quote until its purchase is paid, or its loan over.

    `owed` is what the financier may take of the voucher: proceeds, fees and the interest that the debtor does
    not bear.
    """

    kind: Kind
    financier: int
    face: int
    proceeds: int
    owed: int
    matures_at: int


NO_DEAL = Deal(Kind.PURCHASE, 0, 0, 0, 0, 0)
"""What is left of a deal that is over: its cleared storage."""


@dataclass(frozen=True, slots=True)
class Filing:
    """What the public register (动产融资统一登记) and the parties' contract say of a deal, as hashes."""

    registration: bytes
    agreement: bytes
    registered_at: int


NO_FILING = Filing(bytes(32), bytes(32), 0)
"""Where nothing is filed."""


@dataclass(frozen=True, slots=True)
class Hop:
    """Somebody a voucher was financed from.

    `surplus` is due back to it once the voucher is paid; with `recourse` it may be made to buy the voucher
    back, as was demanded at `demanded_at`, 0 if it was not.
    """

    transferor: int
    surplus: int
    recourse: bool
    demanded_at: int


NO_HOP = Hop(0, 0, False, 0)
"""What is left of a hop that is over: its cleared storage."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim on a receivable from outside the ledger; `noticed_at` is when the debtor learned of it."""

    claimant: int
    receivable: int
    amount: int
    registered_at: int
    noticed_at: int
    withdrawn: bool
    document: bytes


@dataclass(frozen=True, slots=True)
class Terms:
    """What a consent allows: a purpose, a protocol, and attested commitments of a model and of inputs."""

    purpose: bytes
    protocol: bytes
    model: bytes
    inputs: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Consent:
    """What an owner of attested inputs allows its counterparties to compute.

    `counterparties` holds up to eight numbers of 32 bits in ascending order, the first in the lowest bits;
    `terms` is the hash of the terms, which are in `Ledger.terms`.
    """

    owner: int
    expires_at: int
    budget: int
    spent: int
    withdrawn: bool
    counterparties: int
    terms: bytes


@dataclass(frozen=True, slots=True)
class Job:
    """One computation on a consent; `outcome` is the hash of the terms, result, proof and transcript."""

    consent: int
    opener: int
    opened_at: int
    closed_at: int
    state: JobState
    outcome: bytes


@dataclass(frozen=True, slots=True)
class Moment:
    """When and by which account a rule is asked."""

    now: int
    sender: str


@dataclass(slots=True)
class Ledger:
    """All state.

    `governance` is the account that executed proposals speak with; `computations` and `desk` are the
    contracts that ids and hands are made from, `invoices` the one that flags receivables with red letters.
    What the log alone tells is kept as well: each consent's `terms`, and the `hand` of each participant that
    has one.
    """

    chain_id: int
    governance: str
    computations: str
    desk: str
    invoices: str

    governor: dict[str, int] = field(default_factory=dict)
    governors: int = 0
    governors_ever: int = 0
    threshold: int = 0
    participant: dict[int, Participant] = field(default_factory=dict)
    legal_id: dict[int, bytes] = field(default_factory=dict)
    number_of_legal_id: dict[bytes, int] = field(default_factory=dict)
    account: dict[str, Account] = field(default_factory=dict)
    account_at: dict[tuple[int, int], str] = field(default_factory=dict)
    proposal: dict[int, Proposal] = field(default_factory=dict)

    hand: dict[int, str] = field(default_factory=dict)
    draft: dict[int, Draft] = field(default_factory=dict)

    schema: dict[int, Schema] = field(default_factory=dict)
    attestation: dict[bytes, Attestation] = field(default_factory=dict)
    revoked_leaves: dict[tuple[bytes, int], int] = field(default_factory=dict)
    successor_of: dict[bytes, bytes] = field(default_factory=dict)
    newest: dict[tuple[bytes, int], bytes] = field(default_factory=dict)

    policy_versions: dict[bytes, int] = field(default_factory=dict)
    policy_version: dict[tuple[bytes, int], PolicyVersion] = field(default_factory=dict)

    invoice: dict[bytes, Invoice] = field(default_factory=dict)

    limit: dict[tuple[int, int], Limit] = field(default_factory=dict)
    group_limit: dict[tuple[int, int], Limit] = field(default_factory=dict)
    group_of: dict[int, int] = field(default_factory=dict)
    stop_cause: dict[int, bytes] = field(default_factory=dict)
    overdue_count: dict[int, int] = field(default_factory=dict)
    overdue_stop: dict[int, bool] = field(default_factory=dict)

    issue: dict[int, Issue] = field(default_factory=dict)

    receivable: dict[int, Receivable] = field(default_factory=dict)
    voucher: dict[int, Voucher] = field(default_factory=dict)
    paid_after: dict[tuple[int, int], int] = field(default_factory=dict)
    reference_used: dict[bytes, int] = field(default_factory=dict)

    deal: dict[int, Deal] = field(default_factory=dict)
    filing: dict[int, Filing] = field(default_factory=dict)
    hops: dict[int, int] = field(default_factory=dict)
    hop: dict[tuple[int, int], Hop] = field(default_factory=dict)
    quote_over: dict[bytes, bool] = field(default_factory=dict)
    claim: dict[int, Claim] = field(default_factory=dict)

    consent: dict[int, Consent] = field(default_factory=dict)
    terms: dict[int, Terms] = field(default_factory=dict)
    job: dict[bytes, Job] = field(default_factory=dict)


def voucher_id(receivable: int, start: int) -> int:
    """A voucher's id: its receivable, and where it begins within the face.

    Intervals never merge, so a beginning names one voucher for good; the first voucher begins at 0.
    """
    return receivable << 48 | start


def receivable_of(voucher: int) -> int:
    """The receivable that a voucher is a part of."""
    return voucher >> 48


def start_of(voucher: int) -> int:
    """Where a voucher begins within the face of its receivable."""
    return voucher & 0xFFFF_FFFF_FFFF
