"""Refusals about receivables, vouchers, financing and settlement."""

from __future__ import annotations

from chain.errors.base import LedgerRefusal


class BadPolicy(LedgerRefusal):
    """Limits are positive, at most 254 tiers and 255 legs, and the level is one of L0 to L4."""


class InvoiceExists(LedgerRefusal):
    """Invoice {nullifier} is registered already."""

    nullifier: bytes


class InvoiceUnknown(LedgerRefusal):
    """No tax attester has registered invoice {nullifier}."""

    nullifier: bytes


class InvoiceOfAnother(LedgerRefusal):
    """Invoice {nullifier} is of participant {creditor}, in currency {currency}: it backs nothing else."""

    nullifier: bytes
    creditor: int
    currency: int


class InvoiceUsedUp(LedgerRefusal):
    """The invoice still backs {available}; {requested} was asked: it backs another receivable already."""

    nullifier: bytes
    requested: int
    available: int


class AmountZero(LedgerRefusal):
    """An amount must be positive."""


class NotParty(LedgerRefusal):
    """Participant {actor} is neither the debtor ({debtor}) nor the creditor ({creditor})."""

    actor: int
    debtor: int
    creditor: int


class SameParty(LedgerRefusal):
    """Participant {number} cannot stand on this side as well."""

    number: int


class BadDueDate(LedgerRefusal):
    """Due date {due_at} must lie in the future and not after {latest}."""

    due_at: int
    latest: int


class EvidenceInvalid(LedgerRefusal):
    """Evidence {evidence} is not attested, or its attestation is revoked or expired."""

    evidence: bytes


class EvidenceLevelTooLow(LedgerRefusal):
    """Evidence {evidence} is attested at L{level}; L{needed} is needed."""

    evidence: bytes
    level: int
    needed: int


class EvidenceEmpty(LedgerRefusal):
    """Each hop needs a commitment to the evidence of its trade."""


class ReceivableUnknown(LedgerRefusal):
    """There is no receivable {receivable}."""

    receivable: int


class WrongReceivableState(LedgerRefusal):
    """Receivable {receivable} is in state {state}, which does not allow this."""

    receivable: int
    state: int


class NotConfirmer(LedgerRefusal):
    """Receivable {receivable} waits for participant {confirmer}, not for {actor}."""

    receivable: int
    actor: int
    confirmer: int


class NotProposer(LedgerRefusal):
    """Receivable {receivable} was proposed by participant {proposer}, not by {actor}."""

    receivable: int
    actor: int
    proposer: int


class VoucherUnknown(LedgerRefusal):
    """There is no voucher {voucher}."""

    voucher: int


class NotHolder(LedgerRefusal):
    """Voucher {voucher} is held by participant {holder}, not by {actor}."""

    voucher: int
    actor: int
    holder: int


class NotLive(LedgerRefusal):
    """Voucher {voucher} is not live any more."""

    voucher: int
    life: int


class Encumbered(LedgerRefusal):
    """Voucher {voucher} is encumbered (state {encumbrance}: 1 offered, 2 locked for financing)."""

    voucher: int
    encumbrance: int


class StaleVoucher(LedgerRefusal):
    """Voucher {voucher} is at version {version}; the call expected {expected}: somebody was faster."""

    voucher: int
    version: int
    expected: int


class PastDue(LedgerRefusal):
    """Receivable {receivable} was due at {due_at}: its vouchers wait for settlement and do not move."""

    receivable: int
    due_at: int


class UnredeemedPayments(LedgerRefusal):
    """Voucher {voucher} has redeemed {redeemed} of {recorded} payments: redeem first."""

    voucher: int
    redeemed: int
    recorded: int


class BadLegCount(LedgerRefusal):
    """A split has between 1 and {most} legs, not {legs}."""

    legs: int
    most: int


class SplitExceedsVoucher(LedgerRefusal):
    """Voucher {voucher} holds {available}; {requested} was to be split off."""

    voucher: int
    requested: int
    available: int


class SplitTakesWhole(LedgerRefusal):
    """A split leaves something: the whole of voucher {voucher} is offered, not split."""

    voucher: int


class TierTooDeep(LedgerRefusal):
    """Voucher {voucher} is at tier {tier} and may not pass tier {most}."""

    voucher: int
    tier: int
    most: int


class NotCounterparty(LedgerRefusal):
    """Voucher {voucher} was offered to participant {counterparty}, not to {actor}."""

    voucher: int
    actor: int
    counterparty: int


class NotOffered(LedgerRefusal):
    """Voucher {voucher} is not offered to anybody."""

    voucher: int


class OfferLapsed(LedgerRefusal):
    """The offer of voucher {voucher} lapsed at {lapsed_at}."""

    voucher: int
    lapsed_at: int


class NotLocked(LedgerRefusal):
    """Voucher {voucher} is not locked for a financing."""

    voucher: int


class LockHeld(LedgerRefusal):
    """The financier of voucher {voucher} may disburse until {disburse_by}."""

    voucher: int
    disburse_by: int


class QuoteExpired(LedgerRefusal):
    """The quote for voucher {voucher} was valid until {valid_until}."""

    voucher: int
    valid_until: int


class QuoteOfAnotherFace(LedgerRefusal):
    """The quote is for {face} of voucher {voucher}, of which {unpaid} is unpaid."""

    voucher: int
    face: int
    unpaid: int


class QuoteNotSigned(LedgerRefusal):
    """The quote for voucher {voucher} names financier {financier}, who did not sign it (signer: {signer})."""

    voucher: int
    financier: int
    signer: int


class ECDSAInvalidSignature(LedgerRefusal):
    """The signature is not one of any account."""


class ECDSAInvalidSignatureLength(LedgerRefusal):
    """A signature has 65 bytes, not {length}."""

    length: int


class ECDSAInvalidSignatureS(LedgerRefusal):
    """The signature's s is in the upper half of the group order."""

    s: bytes


class ProceedsExceedFace(LedgerRefusal):
    """Proceeds of {proceeds} exceed the {unpaid} unpaid of voucher {voucher}."""

    voucher: int
    proceeds: int
    unpaid: int


class WrongAmount(LedgerRefusal):
    """The accepted quote for voucher {voucher} says {expected}, not {amount}."""

    voucher: int
    amount: int
    expected: int


class ReferenceUsed(LedgerRefusal):
    """Payment reference {reference} was counted before, for {used_for}."""

    reference: bytes
    used_for: int


class ReferenceEmpty(LedgerRefusal):
    """A payment needs a reference."""


class ExceedsOutstanding(LedgerRefusal):
    """Receivable {receivable} has {outstanding} outstanding; a payment of {amount} is more."""

    receivable: int
    amount: int
    outstanding: int


class TooManyPayments(LedgerRefusal):
    """Receivable {receivable} has room for one more payment only, which must settle it."""

    receivable: int


class NothingToRedeem(LedgerRefusal):
    """Voucher {voucher} has been redeemed for every payment recorded so far."""

    voucher: int
