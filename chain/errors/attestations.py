"""Refusals about attested statements."""

from __future__ import annotations

from chain.errors.base import LedgerRefusal, Timestamp


class BadFlows(LedgerRefusal):
    """Flows {flows:#x} are not a set of the four, or none of them where statements are found by subject."""

    flows: int


class DefinitionEmpty(LedgerRefusal):
    """A schema needs the hash of its definition."""


class SchemaUnknown(LedgerRefusal):
    """There is no schema {schema}."""

    schema: int


class CommitmentEmpty(LedgerRefusal):
    """An attestation needs a commitment."""


class AlreadyAttested(LedgerRefusal):
    """{commitment} is attested already."""

    commitment: bytes


class BadLevel(LedgerRefusal):
    """Level {level} is not one of L0 to L4."""

    level: int


class BadExpiry(LedgerRefusal):
    """Expiry {expires_at} lies in the past."""

    expires_at: Timestamp


class BatchEmpty(LedgerRefusal):
    """A batch needs at least one leaf."""


class AttestationUnknown(LedgerRefusal):
    """{commitment} is not attested."""

    commitment: bytes


class NotAttester(LedgerRefusal):
    """{commitment} was attested by participant {attester}; {actor} cannot revoke it."""

    commitment: bytes
    actor: int
    attester: int


class NotRevocable(LedgerRefusal):
    """Attestations of schema {schema} cannot be revoked."""

    schema: int


class AlreadyRevoked(LedgerRefusal):
    """{commitment} is revoked already."""

    commitment: bytes


class SignatureExpired(LedgerRefusal):
    """What was signed could be sent until {deadline}."""

    deadline: Timestamp


class LeafOutOfRange(LedgerRefusal):
    """Batch {root} has {count} leaves, none with index {index}."""

    root: bytes
    index: int
    count: int


class LeafAlreadyRevoked(LedgerRefusal):
    """Leaf {index} of batch {root} is revoked already."""

    root: bytes
    index: int
