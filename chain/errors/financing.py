"""Refusals about quotes, deals, recourse and claims."""

from __future__ import annotations

from chain.errors.base import LedgerRefusal, Timestamp


class QuoteIsOver(LedgerRefusal):
    """Quote {digest} was accepted before, or taken back by its financier."""

    digest: bytes


class QuoteExpired(LedgerRefusal):
    """The quote for voucher {voucher} was valid until {valid_until}."""

    voucher: int
    valid_until: Timestamp


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


class CostsExceedFace(LedgerRefusal):
    """The financier would take {owed} of voucher {voucher}, of which {available} is to be had."""

    voucher: int
    owed: int
    available: int


class InterestShareExceeded(LedgerRefusal):
    """The debtor of voucher {voucher} bears at most {most} of the interest, not {debtor_interest}."""

    voucher: int
    debtor_interest: int
    most: int


class BadMaturity(LedgerRefusal):
    """A loan on voucher {voucher} is due ahead and by {latest}, not at {matures_at}; a purchase never is."""

    voucher: int
    matures_at: Timestamp
    latest: Timestamp


class JustificationMissing(LedgerRefusal):
    """The term of voucher {voucher} is extended: its financing needs a justification (policy {policy})."""

    voucher: int
    policy: bytes


class RegistrationMissing(LedgerRefusal):
    """The financing of voucher {voucher} is not registered (policy {policy})."""

    voucher: int
    policy: bytes


class AgreementMissing(LedgerRefusal):
    """The financing of voucher {voucher} has no contract on file (policy {policy})."""

    voucher: int
    policy: bytes


class NotFinancier(LedgerRefusal):
    """Voucher {voucher} is a matter of financier {financier}, not of {actor}."""

    voucher: int
    actor: int
    financier: int


class BadRegistrationTime(LedgerRefusal):
    """A registration of voucher {voucher} has a time that has come, not {registered_at}; none has none."""

    voucher: int
    registered_at: Timestamp


class WrongAmount(LedgerRefusal):
    """For voucher {voucher} exactly {expected} is paid, not {amount}."""

    voucher: int
    amount: int
    expected: int


class LockHeld(LedgerRefusal):
    """The financier of voucher {voucher} may disburse until {disburse_by}."""

    voucher: int
    disburse_by: Timestamp


class LoanNotDue(LedgerRefusal):
    """The loan on voucher {voucher} is due at {matures_at}; its pledge can be enforced after that."""

    voucher: int
    matures_at: Timestamp


class NothingOwed(LedgerRefusal):
    """Nothing is owed on voucher {voucher} any more: its pledge is released, not enforced."""

    voucher: int


class LoanOpen(LedgerRefusal):
    """Voucher {voucher} is not paid in full yet: its loan is not over."""

    voucher: int


class TooManyHops(LedgerRefusal):
    """Voucher {voucher} was financed from 255 already, the most that can come back on it."""

    voucher: int


class NoRecourse(LedgerRefusal):
    """There is no recourse on voucher {voucher}."""

    voucher: int


class RecourseNotDue(LedgerRefusal):
    """Voucher {voucher} is due at {due_at} and neither in dispute nor red-lettered: no recourse yet."""

    voucher: int
    due_at: Timestamp


class RecourseNotDemanded(LedgerRefusal):
    """Nobody has demanded that voucher {voucher} be bought back."""

    voucher: int


class AlreadyDemanded(LedgerRefusal):
    """That voucher {voucher} be bought back was demanded at {demanded_at}."""

    voucher: int
    demanded_at: Timestamp


class ClaimUnknown(LedgerRefusal):
    """There is no claim {claim}."""

    claim: int


class NotClaimant(LedgerRefusal):
    """Claim {claim} is of participant {claimant}, not of {actor}."""

    claim: int
    actor: int
    claimant: int


class ClaimOver(LedgerRefusal):
    """Claim {claim} has been withdrawn."""

    claim: int


class BadClaimTime(LedgerRefusal):
    """A claim was registered, or notice of it given, at a time that has come, not at {time}."""

    time: Timestamp
