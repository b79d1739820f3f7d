"""Named attesters' statements.

An attester states something about a commitment, alone or as a leaf of an anchored batch; only it can take the
statement back, once, and only if the schema allows. A statement counts while it exists, is not revoked and
has not expired.
"""

from __future__ import annotations

from dataclasses import replace

from chain import errors, events
from chain.rules.participants import actor_of, require_governance
from chain.rules.state import Attestation, Ledger, Moment, Role, Schema

MAX_LEVEL = 4


def is_valid(ledger: Ledger, at: Moment, commitment: bytes) -> bool:
    """Whether a statement of its own exists about the commitment, not revoked and not expired."""
    attestation = ledger.attestation.get(commitment)
    if attestation is None or attestation.count or attestation.revoked_at:
        return False
    return not (attestation.expires_at and at.now > attestation.expires_at)


def register_schema(
    ledger: Ledger, at: Moment, flows: int, revocable: bool, definition: bytes
) -> tuple[events.Event, ...]:
    """Governance defines what statements of a new schema mean."""
    require_governance(ledger, at)
    if flows >= 16:
        raise errors.BadFlows(flows)
    if not any(definition):
        raise errors.DefinitionEmpty()
    number = len(ledger.schema) + 1
    ledger.schema[number] = Schema(flows, revocable, definition)
    return (events.SchemaRegistered(number, flows, revocable, definition),)


def attest(
    ledger: Ledger,
    at: Moment,
    commitment: bytes,
    schema: int,
    subject: bytes,
    level: int,
    expires_at: int,
) -> tuple[events.Event, ...]:
    """An attester states something about a commitment nobody has attested before."""
    actor = actor_of(ledger, at, Role.ATTESTER)
    _store(ledger, at, commitment, Attestation(actor, schema, at.now, expires_at, 0, level, 0))
    return (events.Attested(commitment, actor, subject, schema, level, expires_at, at.sender),)


def anchor(
    ledger: Ledger,
    at: Moment,
    root: bytes,
    schema: int,
    count: int,
    expires_at: int,
    manifest: bytes,
) -> tuple[events.Event, ...]:
    """An attester states all leaves of a Merkle tree at once."""
    actor = actor_of(ledger, at, Role.ATTESTER)
    if count == 0:
        raise errors.BatchEmpty()
    _store(ledger, at, root, Attestation(actor, schema, at.now, expires_at, 0, 0, count))
    return (events.Anchored(root, actor, schema, count, expires_at, manifest, at.sender),)


def revoke(ledger: Ledger, at: Moment, commitment: bytes, reason: bytes) -> tuple[events.Event, ...]:
    """The attester takes a statement, or a whole batch, back."""
    actor, attestation = _revocable(ledger, at, commitment)
    ledger.attestation[commitment] = replace(attestation, revoked_at=at.now)
    return (events.AttestationRevoked(commitment, actor, reason, at.sender),)


def revoke_leaf(
    ledger: Ledger, at: Moment, root: bytes, index: int, reason: bytes
) -> tuple[events.Event, ...]:
    """The attester takes one statement of a batch back."""
    actor, attestation = _revocable(ledger, at, root)
    if index >= attestation.count:
        raise errors.LeafOutOfRange(root, index, attestation.count)
    word, bit = (root, index >> 8), 1 << (index & 255)
    bits = ledger.revoked_leaves.get(word, 0)
    if bits & bit:
        raise errors.LeafAlreadyRevoked(root, index)
    ledger.revoked_leaves[word] = bits | bit
    return (events.LeafRevoked(root, actor, index, reason, at.sender),)


def _store(ledger: Ledger, at: Moment, commitment: bytes, attestation: Attestation) -> None:
    if not any(commitment):
        raise errors.CommitmentEmpty()
    if attestation.schema not in ledger.schema:
        raise errors.SchemaUnknown(attestation.schema)
    if commitment in ledger.attestation:
        raise errors.AlreadyAttested(commitment)
    if attestation.level > MAX_LEVEL:
        raise errors.BadLevel(attestation.level)
    if attestation.expires_at and attestation.expires_at <= at.now:
        raise errors.BadExpiry(attestation.expires_at)
    ledger.attestation[commitment] = attestation


def _revocable(ledger: Ledger, at: Moment, commitment: bytes) -> tuple[int, Attestation]:
    actor = actor_of(ledger, at, Role.ATTESTER)
    attestation = ledger.attestation.get(commitment)
    if attestation is None:
        raise errors.AttestationUnknown(commitment)
    if attestation.attester != actor:
        raise errors.NotAttester(commitment, actor, attestation.attester)
    if not ledger.schema[attestation.schema].revocable:
        raise errors.NotRevocable(attestation.schema)
    if attestation.revoked_at:
        raise errors.AlreadyRevoked(commitment)
    return actor, attestation
