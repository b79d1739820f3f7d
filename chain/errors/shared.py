"""Refusals that several contracts share."""

from __future__ import annotations

from chain.errors.base import LedgerRefusal, Timestamp


class AmountZero(LedgerRefusal):
    """An amount must be positive."""


class SameParty(LedgerRefusal):
    """Participant {number} cannot stand on this side as well."""

    number: int


class EvidenceEmpty(LedgerRefusal):
    """Each hop needs a commitment to the evidence of its trade."""


class DocumentEmpty(LedgerRefusal):
    """This needs a commitment to the document that it rests on."""


class NotParty(LedgerRefusal):
    """Participant {actor} is neither the debtor ({debtor}) nor the creditor ({creditor})."""

    actor: int
    debtor: int
    creditor: int


class PastDue(LedgerRefusal):
    """Receivable {receivable} was due at {due_at}: its vouchers wait for settlement and do not move."""

    receivable: int
    due_at: Timestamp


class NotHolder(LedgerRefusal):
    """Voucher {voucher} is held by participant {holder}, not by {actor}."""

    voucher: int
    actor: int
    holder: int


class NotIssuance(LedgerRefusal):
    """Only the contract of issues may do this; {caller} tried."""

    caller: str


class NotFinancing(LedgerRefusal):
    """Only the contract of financings may do this; {caller} tried."""

    caller: str


class NotLedger(LedgerRefusal):
    """Only the contracts of issues and of receivables may do this; {caller} tried."""

    caller: str


class ECDSAInvalidSignature(LedgerRefusal):
    """The signature is not one of any account."""


class ECDSAInvalidSignatureLength(LedgerRefusal):
    """A signature has 65 bytes, not {length}."""

    length: int


class ECDSAInvalidSignatureS(LedgerRefusal):
    """The signature's s is in the upper half of the group order."""

    s: bytes
