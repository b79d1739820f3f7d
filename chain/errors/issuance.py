"""Refusals about how a receivable comes to be."""

from __future__ import annotations

from chain.errors.base import LedgerRefusal, Timestamp


class NotDelivered(LedgerRefusal):
    """A receivable rests on a delivery that has been made, not on one at {delivered_at}."""

    delivered_at: Timestamp


class BadDueDate(LedgerRefusal):
    """Due date {due_at} must lie in the future and not after {latest} (policy {policy})."""

    due_at: Timestamp
    latest: Timestamp
    policy: bytes


class TermTooLongForSmallFirm(LedgerRefusal):
    """A large firm pays small firm {creditor} by {latest}, not at {due_at} (policy {policy})."""

    creditor: int
    due_at: Timestamp
    latest: Timestamp
    policy: bytes


class BadInterestShare(LedgerRefusal):
    """The debtor's share of interest is at most 10000 hundredths of a percent, not {interest_share}."""

    interest_share: int


class EvidenceInvalid(LedgerRefusal):
    """Evidence {evidence} is not attested, or its attestation is revoked or expired."""

    evidence: bytes


class EvidenceLevelTooLow(LedgerRefusal):
    """Evidence {evidence} is attested at L{level}; L{needed} is needed (policy {policy})."""

    evidence: bytes
    level: int
    needed: int
    policy: bytes


class IssueUnknown(LedgerRefusal):
    """Nobody has proposed receivable {receivable}."""

    receivable: int


class WrongIssueState(LedgerRefusal):
    """The issue of receivable {receivable} is in state {state}, which does not allow this."""

    receivable: int
    state: int


class NotConfirmer(LedgerRefusal):
    """Receivable {receivable} waits for participant {confirmer}, not for {actor}."""

    receivable: int
    actor: int
    confirmer: int


class NotProposedBy(LedgerRefusal):
    """Receivable {receivable} was proposed by participant {proposer}, not by {actor}."""

    receivable: int
    actor: int
    proposer: int


class AlreadyAsked(LedgerRefusal):
    """Participant {by} has asked for receivable {receivable} to be void; the other party has not."""

    receivable: int
    by: int


class NotRedLettered(LedgerRefusal):
    """No red-letter note has come since receivable {receivable} was confirmed or reaffirmed."""

    receivable: int
