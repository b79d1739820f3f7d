"""Events of quotes, loans, recourse and claims."""

from __future__ import annotations

from dataclasses import dataclass

from chain.events.base import Event


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
