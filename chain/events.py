"""The ledger's events, one class each, with the fields of the contract's event."""

from __future__ import annotations

from dataclasses import dataclass


class Event:
    """One entry of the ledger's log; amounts in minor units, times in seconds since 1970 (UTC)."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class AccountAdded(Event):
    """An account may act for a participant from here on; `valid_until` 0 is as long as the participant."""

    number: int
    account: str
    scope: int
    valid_until: int
    actor: str


@dataclass(frozen=True, slots=True)
class AccountRemoved(Event):
    """An account no longer acts for a participant."""

    number: int
    account: str
    actor: str


@dataclass(frozen=True, slots=True)
class AccountRotated(Event):
    """An account took the place of an old one."""

    number: int
    old: str
    account: str
    actor: str


@dataclass(frozen=True, slots=True)
class ScopeSet(Event):
    """What an account may do, or until when, changed."""

    number: int
    account: str
    scope: int
    valid_until: int
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
class GovernorRotated(Event):
    """An account took a governor's place."""

    old: str
    account: str


@dataclass(frozen=True, slots=True)
class ApprovalRevoked(Event):
    """A governor no longer approves a proposal."""

    id: int
    actor: str


@dataclass(frozen=True, slots=True)
class ProposalCancelled(Event):
    """The governor who proposed took the proposal back."""

    id: int
    actor: str


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
class HandOpened(Event):
    """A participant's hand was made."""

    number: int
    hand: str
    actor: str


@dataclass(frozen=True, slots=True)
class DraftMade(Event):
    """One of a participant's people drafted a call."""

    id: int
    number: int
    target: str
    call_hash: bytes
    expires_at: int
    actor: str


@dataclass(frozen=True, slots=True)
class DraftChecked(Event):
    """Another of its people checked the draft; what the hand did follows in the same transaction."""

    id: int
    number: int
    actor: str


@dataclass(frozen=True, slots=True)
class DraftRejected(Event):
    """Another of its people turned the draft down."""

    id: int
    number: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class DraftCancelled(Event):
    """Whoever made the draft took it back."""

    id: int
    number: int
    actor: str


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
class AttestationSuperseded(Event):
    """A statement counts no more; its successor follows in the same call."""

    commitment: bytes
    attester: int
    successor: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Attested(Event):
    """An attester made a statement about a commitment; `actor` sent or signed it."""

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
    by_subject: bool
    definition: bytes


@dataclass(frozen=True, slots=True)
class PolicySet(Event):
    """Governors set a version of a parameter, with the rule that it rests on."""

    name: bytes
    number: int
    value: int
    effective_from: int
    issuer: str
    document: str
    article: str


@dataclass(frozen=True, slots=True)
class PolicyWithdrawn(Event):
    """Governors took a version back that was not in effect yet."""

    name: bytes
    number: int


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
class InvoiceCredited(Event):
    """A red-letter note (红字发票) came; `credited` is the sum of all so far."""

    nullifier: bytes
    attester: int
    credited: int
    document: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class InvoiceCorrected(Event):
    """The attester corrected the total of an invoice that backed nothing."""

    nullifier: bytes
    attester: int
    total: int
    document: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class LimitSet(Event):
    """Governors set what a debtor may owe in a currency."""

    debtor: int
    currency: int
    amount: int


@dataclass(frozen=True, slots=True)
class GroupLimitSet(Event):
    """Governors set what the debtors of a group may owe together."""

    group: int
    currency: int
    amount: int


@dataclass(frozen=True, slots=True)
class GroupSet(Event):
    """Governors put a debtor into a group, or with `group` 0 into none."""

    debtor: int
    group: int


@dataclass(frozen=True, slots=True)
class IssueStopped(Event):
    """A debtor issues nothing until the stop is lifted."""

    debtor: int
    by: int
    cause: bytes
    document: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class StopLifted(Event):
    """Governors lifted the stop of a debtor."""

    debtor: int
    document: bytes


@dataclass(frozen=True, slots=True)
class OverdueStopped(Event):
    """An overdue receivable counts against its debtor, which issues nothing."""

    debtor: int
    receivable: int
    actor: str


@dataclass(frozen=True, slots=True)
class OverdueLifted(Event):
    """A receivable that was overdue is paid and counts no more."""

    debtor: int
    receivable: int
    actor: str


@dataclass(frozen=True, slots=True)
class Proposed(Event):
    """A receivable was proposed: its invoice's amount is taken and its debtor's limit reserved."""

    receivable: int
    debtor: int
    creditor: int
    face: int
    currency: int
    delivered_at: int
    due_at: int
    interest_share: int
    flags: int
    evidence: bytes
    invoice: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Confirmed(Event):
    """The other party confirmed a receivable (确权); its first voucher exists."""

    receivable: int
    voucher: int
    holder: int
    actor: str


@dataclass(frozen=True, slots=True)
class Rejected(Event):
    """The other party rejected a receivable; its invoice's amount is free."""

    receivable: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Cancelled(Event):
    """The proposer took back a receivable that was not confirmed."""

    receivable: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class VoidAsked(Event):
    """Debtor or creditor asked for a receivable to be void (作废); the other has not."""

    receivable: int
    by: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Voided(Event):
    """Debtor and creditor together made a receivable void, with its only voucher."""

    receivable: int
    voucher: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class RedLettered(Event):
    """A red-letter note came after confirmation: vouchers of the receivable do not move."""

    receivable: int
    invoice: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Reaffirmed(Event):
    """The debtor owes the whole face despite the red-letter note."""

    receivable: int
    document: bytes
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
class Offered(Event):
    """A holder offered a whole voucher."""

    voucher: int
    from_: int
    to: int
    evidence: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Accepted(Event):
    """A receiver accepted a voucher (签收) and holds it."""

    voucher: int
    from_: int
    to: int
    actor: str


@dataclass(frozen=True, slots=True)
class AcceptanceCarried(Event):
    """Somebody brought the receiver's signed acceptance, which follows; `signer` signed it."""

    voucher: int
    signer: str


@dataclass(frozen=True, slots=True)
class Transferred(Event):
    """A voucher passed on at once; `signer` signed the acceptance for its receiver."""

    voucher: int
    from_: int
    to: int
    evidence: bytes
    signer: str
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
class Withdrawn(Event):
    """A holder took back an offer."""

    voucher: int
    from_: int
    actor: str


@dataclass(frozen=True, slots=True)
class Frozen(Event):
    """A regulator stopped a voucher from moving (冻结)."""

    voucher: int
    by: int
    reason: bytes
    document: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Unfrozen(Event):
    """A regulator let a frozen voucher move again (解冻)."""

    voucher: int
    by: int
    document: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Disputed(Event):
    """The debtor disputes a voucher."""

    voucher: int
    by: int
    reason: bytes
    document: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class DisputeEnded(Event):
    """The debtor gave a dispute up, or a regulator ended it."""

    voucher: int
    by: int
    document: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class WrittenOff(Event):
    """A holder wrote off what is overdue (核销); the claim stays."""

    voucher: int
    holder: int
    document: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class PaymentRecorded(Event):
    """A settlement bank attested a payment by the debtor; `credit` is what it has paid too much so far."""

    receivable: int
    reference: bytes
    amount: int
    paid: int
    credit: int
    actor: str


@dataclass(frozen=True, slots=True)
class CreditReturned(Event):
    """A settlement bank attested that the debtor got back what it had paid too much."""

    receivable: int
    reference: bytes
    amount: int
    credit: int
    actor: str


@dataclass(frozen=True, slots=True)
class Redeemed(Event):
    """A voucher was paid its part of the payments recorded, to its holder or pledgee."""

    voucher: int
    payee: int
    amount: int
    actor: str


@dataclass(frozen=True, slots=True)
class QuoteCancelled(Event):
    """A financier took a signed quote back."""

    digest: bytes
    financier: int
    actor: str


@dataclass(frozen=True, slots=True)
class QuoteAccepted(Event):
    """A holder accepted a financier's quote; the voucher is locked."""

    voucher: int
    holder: int
    financier: int
    kind: int
    face: int
    proceeds: int
    interest: int
    debtor_interest: int
    fees: int
    matures_at: int
    terms: bytes
    justification: bytes
    digest: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Filed(Event):
    """A financier filed what the public register and the contract say of its financing."""

    voucher: int
    financier: int
    registration: bytes
    agreement: bytes
    registered_at: int
    actor: str


@dataclass(frozen=True, slots=True)
class Disbursed(Event):
    """A settlement bank attested the proceeds; the financier holds the voucher, or its pledge."""

    voucher: int
    from_: int
    to: int
    kind: int
    amount: int
    reference: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class LockReleased(Event):
    """A financing came to nothing; the voucher is free."""

    voucher: int
    holder: int
    actor: str


@dataclass(frozen=True, slots=True)
class LoanRepaid(Event):
    """A settlement bank attested that the borrower repaid what it owed; the pledge is over."""

    voucher: int
    borrower: int
    lender: int
    amount: int
    reference: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class PledgeReleased(Event):
    """The lender gave its pledge up."""

    voucher: int
    borrower: int
    actor: str


@dataclass(frozen=True, slots=True)
class LoanClosed(Event):
    """The voucher of a loan was paid in full to its lender; `excess` over what was owed is the borrower's."""

    voucher: int
    borrower: int
    lender: int
    excess: int
    actor: str


@dataclass(frozen=True, slots=True)
class PledgeEnforced(Event):
    """The lender took the voucher for a loan that was due; `surplus` is the borrower's once it is paid."""

    voucher: int
    borrower: int
    lender: int
    surplus: int
    actor: str


@dataclass(frozen=True, slots=True)
class RecourseDemanded(Event):
    """The holder demanded that the one it bought from buys the voucher back."""

    voucher: int
    holder: int
    transferor: int
    document: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class BoughtBack(Event):
    """A settlement bank attested that the voucher was bought back (反转让)."""

    voucher: int
    from_: int
    to: int
    amount: int
    reference: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class RecourseWaived(Event):
    """The holder gave its recourse up."""

    voucher: int
    holder: int
    transferor: int
    actor: str


@dataclass(frozen=True, slots=True)
class ClaimAsserted(Event):
    """A financier said what it claims of a receivable under a contract made elsewhere."""

    id: int
    receivable: int
    claimant: int
    amount: int
    registered_at: int
    noticed_at: int
    document: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class ClaimWithdrawn(Event):
    """A financier took its claim back."""

    id: int
    claimant: int
    actor: str


@dataclass(frozen=True, slots=True)
class InputAllowed(Event):
    """One of the inputs of the consent that is granted next."""

    consent: int
    input: bytes


@dataclass(frozen=True, slots=True)
class ConsentGranted(Event):
    """An owner allowed computations on attested inputs with an attested model; `terms` is their hash."""

    id: int
    owner: int
    model: bytes
    counterparties: int
    purpose: bytes
    protocol: bytes
    terms: bytes
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
class JobAbandoned(Event):
    """A computation will have no result."""

    id: bytes
    reason: bytes
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
    opener: int
    spent: int
    actor: str
