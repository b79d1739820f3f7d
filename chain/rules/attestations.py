"""Named attesters' statements.

An attester states something about a commitment, alone or as a leaf of an anchored batch; only it can take the
statement back, once, and only if the schema allows, or put another in its place. A statement counts while it
exists, is not revoked and has not expired. An attester sends what it states itself, or signs it and lets
anyone send it.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from chain import errors, events
from chain.rules.participants import actor_of, require_governance, signer_of
from chain.rules.state import Attestation, Ledger, Moment, Role, Schema, Statement

MAX_LEVEL = 4
FLOWS = 4
"""Trade, logistics, invoice, funds."""


def is_valid(ledger: Ledger, at: Moment, commitment: bytes) -> bool:
    """Whether a statement of its own exists about the commitment, not revoked and not expired."""
    attestation = ledger.attestation.get(commitment)
    if attestation is None or attestation.count or attestation.revoked_at:
        return False
    return not (attestation.expires_at and at.now > attestation.expires_at)


def flows_of(ledger: Ledger, at: Moment, subject: bytes) -> int:
    """The flows of a subject that are covered now, as a bitmap like a schema's.

    For each flow the newest statement about the subject speaks, among the schemas found by subject: when it
    is revoked or has expired the flow is open again until there is another, whatever older ones said.
    """
    covered = 0
    for flow in range(FLOWS):
        commitment = ledger.newest.get((subject, flow))
        if commitment is not None and is_valid(ledger, at, commitment):
            covered |= 1 << flow
    return covered


def register_schema(
    ledger: Ledger, at: Moment, flows: int, revocable: bool, by_subject: bool, definition: bytes
) -> tuple[events.Event, ...]:
    """Governance defines what statements of a new schema mean, and whether `flows_of` counts them."""
    require_governance(ledger, at)
    if flows >= 1 << FLOWS or (by_subject and not flows):
        raise errors.BadFlows(flows)
    if not any(definition):
        raise errors.DefinitionEmpty()
    number = len(ledger.schema) + 1
    ledger.schema[number] = Schema(flows, revocable, by_subject, at.now, definition)
    return (events.SchemaRegistered(number, flows, revocable, by_subject, definition),)


def attest(ledger: Ledger, at: Moment, statement: Statement) -> tuple[events.Event, ...]:
    """An attester states something about a commitment nobody has attested before."""
    actor = actor_of(ledger, at, Role.ATTESTER)
    return (_attest(ledger, at, statement, actor, at.sender),)


def attest_many(ledger: Ledger, at: Moment, statements: tuple[Statement, ...]) -> tuple[events.Event, ...]:
    """An attester makes several statements: all of them, or none."""
    actor = actor_of(ledger, at, Role.ATTESTER)
    if not statements:
        raise errors.BatchEmpty()
    made: set[bytes] = set()
    for each in statements:
        _check_statement(ledger, at, each.commitment, each.schema, each.level, each.expires_at, made)
        made.add(each.commitment)
    return tuple(_attest(ledger, at, each, actor, at.sender) for each in statements)


def attest_by_signature(
    ledger: Ledger, at: Moment, statement: Statement, deadline: int, signer: str
) -> tuple[events.Event, ...]:
    """Anyone sends a statement that an attester signed, up to and including the deadline."""
    actor = _signer(ledger, at, deadline, signer)
    return (_attest(ledger, at, statement, actor, signer),)


def supersede(
    ledger: Ledger, at: Moment, commitment: bytes, statement: Statement
) -> tuple[events.Event, ...]:
    """An attester puts a statement in the place of its own, which is revoked and names its successor."""
    actor = actor_of(ledger, at, Role.ATTESTER)
    older = ledger.attestation.get(commitment)
    if older is not None and older.count:
        raise errors.AttestationUnknown(commitment)
    revocable = _revocable(ledger, commitment, actor)
    _check_statement(
        ledger, at, statement.commitment, statement.schema, statement.level, statement.expires_at
    )
    ledger.attestation[commitment] = replace(revocable, revoked_at=at.now)
    ledger.successor_of[commitment] = statement.commitment
    superseded = events.AttestationSuperseded(commitment, actor, statement.commitment, at.sender)
    return (superseded, _attest(ledger, at, statement, actor, at.sender))


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
    _check_statement(ledger, at, root, schema, 0, expires_at)
    ledger.attestation[root] = Attestation(actor, schema, at.now, expires_at, 0, 0, count)
    return (events.Anchored(root, actor, schema, count, expires_at, manifest, at.sender),)


def revoke(ledger: Ledger, at: Moment, commitment: bytes, reason: bytes) -> tuple[events.Event, ...]:
    """The attester takes a statement, or a whole batch, back."""
    actor = actor_of(ledger, at, Role.ATTESTER)
    attestation = _revocable(ledger, commitment, actor)
    ledger.attestation[commitment] = replace(attestation, revoked_at=at.now)
    return (events.AttestationRevoked(commitment, actor, reason, at.sender),)


def revoke_by_signature(
    ledger: Ledger, at: Moment, commitment: bytes, reason: bytes, deadline: int, signer: str
) -> tuple[events.Event, ...]:
    """Anyone sends a revocation that the attester signed, up to and including the deadline."""
    actor = _signer(ledger, at, deadline, signer)
    attestation = _revocable(ledger, commitment, actor)
    ledger.attestation[commitment] = replace(attestation, revoked_at=at.now)
    return (events.AttestationRevoked(commitment, actor, reason, signer),)


def revoke_leaf(
    ledger: Ledger, at: Moment, root: bytes, index: int, reason: bytes
) -> tuple[events.Event, ...]:
    """The attester takes one statement of a batch back."""
    actor = actor_of(ledger, at, Role.ATTESTER)
    attestation = _revocable(ledger, root, actor)
    if index >= attestation.count:
        raise errors.LeafOutOfRange(root, index, attestation.count)
    word, bit = (root, index >> 8), 1 << (index & 255)
    bits = ledger.revoked_leaves.get(word, 0)
    if bits & bit:
        raise errors.LeafAlreadyRevoked(root, index)
    ledger.revoked_leaves[word] = bits | bit
    return (events.LeafRevoked(root, actor, index, reason, at.sender),)


def _signer(ledger: Ledger, at: Moment, deadline: int, signer: str) -> int:
    if at.now > deadline:
        raise errors.SignatureExpired(deadline)
    return signer_of(ledger, at, signer, Role.ATTESTER)


def _attest(ledger: Ledger, at: Moment, statement: Statement, actor: int, account: str) -> events.Event:
    commitment, subject, expires_at = statement.commitment, statement.subject, statement.expires_at
    _check_statement(ledger, at, commitment, statement.schema, statement.level, expires_at)
    ledger.attestation[commitment] = Attestation(
        actor, statement.schema, at.now, expires_at, 0, statement.level, 0
    )
    schema = ledger.schema[statement.schema]
    for flow in range(FLOWS):
        if schema.by_subject and schema.flows >> flow & 1:
            ledger.newest[subject, flow] = commitment
    return events.Attested(commitment, actor, subject, statement.schema, statement.level, expires_at, account)


def _check_statement(
    ledger: Ledger,
    at: Moment,
    commitment: bytes,
    schema: int,
    level: int,
    expires_at: int,
    made: Container[bytes] = (),
) -> None:
    """Whether a statement may be made; `made` are the commitments of those before it in the same call."""
    if not any(commitment):
        raise errors.CommitmentEmpty()
    if schema not in ledger.schema:
        raise errors.SchemaUnknown(schema)
    if commitment in ledger.attestation or commitment in made:
        raise errors.AlreadyAttested(commitment)
    if level > MAX_LEVEL:
        raise errors.BadLevel(level)
    if expires_at and expires_at <= at.now:
        raise errors.BadExpiry(expires_at)


def _revocable(ledger: Ledger, commitment: bytes, actor: int) -> Attestation:
    attestation = ledger.attestation.get(commitment)
    if attestation is None:
        raise errors.AttestationUnknown(commitment)
    if attestation.attester != actor:
        raise errors.NotAttester(commitment, actor, attestation.attester)
    if not ledger.schema[attestation.schema].revocable:
        raise errors.NotRevocable(attestation.schema)
    if attestation.revoked_at:
        raise errors.AlreadyRevoked(commitment)
    return attestation
