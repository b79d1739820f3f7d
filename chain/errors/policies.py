"""Refusals about the ledger's parameters."""

from __future__ import annotations

from chain.errors.base import LedgerRefusal, Timestamp


class PolicyUnknown(LedgerRefusal):
    """There is no policy {name}."""

    name: bytes


class PolicyNotSet(LedgerRefusal):
    """Policy {name} has no value in effect, and this rests on it."""

    name: bytes


class BadPolicyValue(LedgerRefusal):
    """Policy {name} lies between {least} and {most}; {value} does not."""

    name: bytes
    value: int
    least: int
    most: int


class BadEffectiveDate(LedgerRefusal):
    """Policy {name} can take effect from {earliest} on, not from {effective_from}: the past stays."""

    name: bytes
    effective_from: Timestamp
    earliest: Timestamp


class CitationEmpty(LedgerRefusal):
    """Policy {name} needs the issuer, the document and the article that its value rests on."""

    name: bytes


class NothingPending(LedgerRefusal):
    """Policy {name} has no version that is not in effect yet."""

    name: bytes
