"""The ledger's events, one class each, with the fields of the contract's event."""

from __future__ import annotations

from dataclasses import dataclass


class Event:
    """One entry of the ledger's log; amounts in minor units, times in seconds since 1970 (UTC)."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class AccountAdded(Event):
    """An account may act for a participant from here on."""

    number: int
    account: str
    actor: str


@dataclass(frozen=True, slots=True)
class AccountRemoved(Event):
    """An account no longer acts for a participant."""

    number: int
    account: str
    actor: str


@dataclass(frozen=True, slots=True)
class Admitted(Event):
    """An organisation became a participant."""

    number: int
    legal_id_hash: bytes
    roles: int
    valid_until: int


@dataclass(frozen=True, slots=True)
class GovernorAdded(Event):
    """An account governs from here on."""

    account: str


@dataclass(frozen=True, slots=True)
class GovernorRemoved(Event):
    """An account no longer governs."""

    account: str


@dataclass(frozen=True, slots=True)
class ProposalApproved(Event):
    """A governor approved a proposal."""

    id: int
    actor: str


@dataclass(frozen=True, slots=True)
class ProposalExecuted(Event):
    """A proposal's calls follow in the same transaction."""

    id: int
    actor: str


@dataclass(frozen=True, slots=True)
class ProposalMade(Event):
    """A governor proposed calls and approved them."""

    id: int
    actor: str
    calls_hash: bytes
    expires_at: int


@dataclass(frozen=True, slots=True)
class Reinstated(Event):
    """A suspended participant may act again."""

    number: int
    reason: bytes


@dataclass(frozen=True, slots=True)
class RolesSet(Event):
    """A participant's roles and validity changed."""

    number: int
    roles: int
    valid_until: int


@dataclass(frozen=True, slots=True)
class Suspended(Event):
    """A participant may not act until reinstated."""

    number: int
    reason: bytes


@dataclass(frozen=True, slots=True)
class ThresholdSet(Event):
    """How many approvals execute a proposal."""

    threshold: int


@dataclass(frozen=True, slots=True)
class Anchored(Event):
    """A batch of statements was anchored by its Merkle root."""

    root: bytes
    attester: int
    schema: int
    count: int
    expires_at: int
    manifest: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class AttestationRevoked(Event):
    """An attester took back a statement or a batch."""

    commitment: bytes
    attester: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Attested(Event):
    """An attester made a statement about a commitment."""

    commitment: bytes
    attester: int
    subject: bytes
    schema: int
    level: int
    expires_at: int
    actor: str


@dataclass(frozen=True, slots=True)
class LeafRevoked(Event):
    """An attester took back one statement of a batch."""

    root: bytes
    attester: int
    index: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class SchemaRegistered(Event):
    """Governors defined what a kind of statement means."""

    id: int
    flows: int
    revocable: bool
    definition: bytes


@dataclass(frozen=True, slots=True)
class Accepted(Event):
    """A receiver accepted a voucher (签收) and holds it."""

    voucher: int
    from_: int
    to: int
    actor: str


@dataclass(frozen=True, slots=True)
class Cancelled(Event):
    """The proposer took back a receivable that was not confirmed."""

    receivable: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Confirmed(Event):
    """The other party confirmed a receivable (确权); its first voucher exists."""

    receivable: int
    voucher: int
    holder: int
    actor: str


@dataclass(frozen=True, slots=True)
class Disbursed(Event):
    """A settlement bank attested the proceeds; the financier holds the voucher."""

    voucher: int
    from_: int
    to: int
    amount: int
    reference: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class InvoiceRegistered(Event):
    """A tax attester stated what an invoice may back."""

    nullifier: bytes
    attester: int
    creditor: int
    currency: int
    total: int
    actor: str


@dataclass(frozen=True, slots=True)
class LockReleased(Event):
    """A financing came to nothing; the voucher is free."""

    voucher: int
    holder: int
    actor: str


@dataclass(frozen=True, slots=True)
class Offered(Event):
    """A holder offered a whole voucher."""

    voucher: int
    from_: int
    to: int
    evidence: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class PaymentRecorded(Event):
    """A settlement bank attested a payment by the debtor."""

    receivable: int
    reference: bytes
    amount: int
    paid: int
    actor: str


@dataclass(frozen=True, slots=True)
class PolicySet(Event):
    """Governors set the limits of issue and transfer."""

    max_term: int
    offer_period: int
    disburse_period: int
    max_tier: int
    min_level: int
    max_legs: int


@dataclass(frozen=True, slots=True)
class Proposed(Event):
    """A receivable was proposed and its invoice's amount taken."""

    receivable: int
    debtor: int
    creditor: int
    face: int
    currency: int
    due_at: int
    evidence: bytes
    invoice: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class QuoteAccepted(Event):
    """A holder accepted a financier's quote; the voucher is locked."""

    voucher: int
    holder: int
    financier: int
    proceeds: int
    terms: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Redeemed(Event):
    """A voucher was paid its part of the payments recorded."""

    voucher: int
    holder: int
    amount: int
    actor: str


@dataclass(frozen=True, slots=True)
class Refused(Event):
    """A receiver refused a voucher (拒收)."""

    voucher: int
    from_: int
    to: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Rejected(Event):
    """The other party rejected a receivable; its invoice's amount is free."""

    receivable: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Split(Event):
    """A piece was cut off the end of a voucher; it is offered unless `to` holds it."""

    child: int
    parent: int
    to: int
    length: int
    evidence: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Withdrawn(Event):
    """A holder took back an offer."""

    voucher: int
    from_: int
    actor: str


@dataclass(frozen=True, slots=True)
class ConsentGranted(Event):
    """An owner allowed computations on attested inputs with an attested model."""

    id: int
    owner: int
    counterparty: int
    purpose: bytes
    protocol: bytes
    input: bytes
    model: bytes
    budget: int
    expires_at: int
    actor: str


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(Event):
    """An owner allows no further computation."""

    id: int
    owner: int
    actor: str


@dataclass(frozen=True, slots=True)
class JobCompleted(Event):
    """A computation's result, proof and transcript were committed to."""

    id: bytes
    result: bytes
    proof_hash: bytes
    transcript: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class JobOpened(Event):
    """A computation was opened and its consent spent by one."""

    id: bytes
    consent: int
    spent: int
    actor: str
