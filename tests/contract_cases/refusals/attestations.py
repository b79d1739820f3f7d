"""Statements that cannot be made, or taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chain import errors
from chain.deployment import DAY
from chain.errors import LedgerRefusal
from chain.rules.state import Role, Statement
from chain.sending import Sent
from tests.chain.scenario import REASON, Scene
from tests.contract_cases.cases import CASES, NOWHERE, Refused, case, newcomer


def _statement(s: Scene, **changed: object) -> Statement:
    return replace(Statement(s.fresh(), 1, s.fresh(), 1, 0), **changed)  # type: ignore[arg-type]


def _attest(s: Scene, **changed: object) -> Callable[[], Sent]:
    statement = _statement(s, **changed)
    return lambda: s.ledger.attestations.attest(s.signers["carrier"], statement)


def _decided(name: str, expected: LedgerRefusal, *arguments: object) -> None:
    """A case of a schema that governance may not register."""

    def build(s: Scene) -> Refused:
        return lambda: s.govern(s.ledger.attestations.encoded("registerSchema", *arguments)), expected

    CASES[name] = build


_decided("flows_beyond_the_four", errors.BadFlows(16), 16, True, False, REASON)
_decided("a_schema_by_subject_of_no_flow", errors.BadFlows(0), 0, True, True, REASON)
_decided("a_schema_without_definition", errors.DefinitionEmpty(), 1, True, False, bytes(32))


@case
def schemas_without_a_proposal(s: Scene) -> Refused:
    anchor = s.signers["anchor"]
    return (
        lambda: s.ledger.attestations._send(anchor, "registerSchema", 1, True, False, REASON),
        errors.NotGovernance(anchor.address),
    )


@case
def a_statement_of_an_unknown_schema(s: Scene) -> Refused:
    return _attest(s, schema=NOWHERE), errors.SchemaUnknown(NOWHERE)


@case
def a_statement_about_nothing(s: Scene) -> Refused:
    return _attest(s, commitment=bytes(32)), errors.CommitmentEmpty()


@case
def a_second_statement_about_the_same(s: Scene) -> Refused:
    evidence = s.evidence()
    return _attest(s, commitment=evidence), errors.AlreadyAttested(evidence)


@case
def a_level_above_four(s: Scene) -> Refused:
    return _attest(s, level=5), errors.BadLevel(5)


@case
def a_statement_that_has_expired_already(s: Scene) -> Refused:
    return _attest(s, expires_at=1), errors.BadExpiry(1)


@case
def many_statements_of_which_one_is_made_twice(s: Scene) -> Refused:
    one = _statement(s)
    return (
        lambda: s.ledger.attestations.attest_many(s.signers["carrier"], [one, _statement(s), one]),
        errors.AlreadyAttested(one.commitment),
    )


@case
def no_statements_at_all(s: Scene) -> Refused:
    return lambda: s.ledger.attestations.attest_many(s.signers["carrier"], []), errors.BatchEmpty()


@case
def a_batch_of_nothing(s: Scene) -> Refused:
    return (
        lambda: s.ledger.attestations.anchor(s.signers["carrier"], s.fresh(), 1, 0, 0, s.fresh()),
        errors.BatchEmpty(),
    )


# Signed


def _signed(s: Scene, by: str, deadline: int) -> Callable[[], Sent]:
    client, statement = s.ledger.attestations, _statement(s)
    signature = client.sign_statement(s.signers[by], statement, deadline)
    return lambda: client.attest_by_signature(s.signers["stranger"], statement, deadline, signature)


@case
def a_signed_statement_too_late(s: Scene) -> Refused:
    return _signed(s, "carrier", 1), errors.SignatureExpired(1)


@case
def a_statement_signed_by_nobody_known(s: Scene) -> Refused:
    stranger = s.signers["stranger"].address
    return _signed(s, "stranger", s.now() + DAY), errors.NotParticipant(stranger)


@case
def a_statement_signed_by_who_does_not_attest(s: Scene) -> Refused:
    has = s.ledger.participants.account(s.signers["auditor"].address).roles
    return (
        _signed(s, "auditor", s.now() + DAY),
        errors.RoleMissing(s.numbers["auditor"], has, Role.ATTESTER),
    )


@case
def a_statement_signed_by_who_may_not_sign(s: Scene) -> Refused:
    of, name = newcomer(s, Role.ATTESTER), f"delegate {s.fresh().hex()}"
    s.account(of, name, int(Role.ATTESTER))
    return (
        _signed(s, name, s.now() + DAY),
        errors.RoleMissing(s.numbers[of], Role.ATTESTER, Role.SIGNER),
    )


@case
def a_signed_statement_sent_twice(s: Scene) -> Refused:
    client, statement, deadline = s.ledger.attestations, _statement(s), s.now() + DAY
    signature = client.sign_statement(s.signers["carrier"], statement, deadline)
    client.attest_by_signature(s.signers["stranger"], statement, deadline, signature)
    return (
        lambda: client.attest_by_signature(s.signers["stranger"], statement, deadline, signature),
        errors.AlreadyAttested(statement.commitment),
    )


@case
def a_statement_with_a_signature_too_short(s: Scene) -> Refused:
    client, statement, deadline = s.ledger.attestations, _statement(s), s.now() + DAY
    return (
        lambda: client.attest_by_signature(s.signers["stranger"], statement, deadline, bytes(64)),
        errors.ECDSAInvalidSignatureLength(64),
    )


@case
def a_signed_revocation_by_another_attester(s: Scene) -> Refused:
    client, evidence, deadline = s.ledger.attestations, s.evidence(), s.now() + DAY
    signature = client.sign_revocation(s.signers["carrier"], evidence, REASON, deadline)
    return (
        lambda: client.revoke_by_signature(s.signers["stranger"], evidence, REASON, deadline, signature),
        errors.NotAttester(evidence, s.numbers["carrier"], s.numbers["tax attester"]),
    )


@case
def a_signed_revocation_too_late(s: Scene) -> Refused:
    client, evidence = s.ledger.attestations, s.evidence()
    signature = client.sign_revocation(s.signers["tax attester"], evidence, REASON, 1)
    return (
        lambda: client.revoke_by_signature(s.signers["stranger"], evidence, REASON, 1, signature),
        errors.SignatureExpired(1),
    )


# Taken back


@case
def a_revocation_of_nothing(s: Scene) -> Refused:
    commitment = s.fresh()
    return (
        lambda: s.ledger.attestations.revoke(s.signers["carrier"], commitment, REASON),
        errors.AttestationUnknown(commitment),
    )


@case
def a_revocation_by_another_attester(s: Scene) -> Refused:
    evidence = s.evidence()
    return (
        lambda: s.ledger.attestations.revoke(s.signers["carrier"], evidence, REASON),
        errors.NotAttester(evidence, s.numbers["carrier"], s.numbers["tax attester"]),
    )


def _for_good(s: Scene) -> bytes:
    statement = _statement(s, schema=2)
    s.ledger.attestations.attest(s.signers["carrier"], statement)
    return statement.commitment


@case
def a_revocation_of_what_stays(s: Scene) -> Refused:
    commitment = _for_good(s)
    return (
        lambda: s.ledger.attestations.revoke(s.signers["carrier"], commitment, REASON),
        errors.NotRevocable(2),
    )


@case
def a_second_revocation(s: Scene) -> Refused:
    evidence = s.evidence()
    s.ledger.attestations.revoke(s.signers["tax attester"], evidence, REASON)
    return (
        lambda: s.ledger.attestations.revoke(s.signers["tax attester"], evidence, REASON),
        errors.AlreadyRevoked(evidence),
    )


def _supersede(s: Scene, older: bytes, by: str = "carrier", **changed: object) -> Callable[[], Sent]:
    statement = _statement(s, **changed)
    return lambda: s.ledger.attestations.supersede(s.signers[by], older, statement)


@case
def a_successor_of_nothing(s: Scene) -> Refused:
    commitment = s.fresh()
    return _supersede(s, commitment), errors.AttestationUnknown(commitment)


@case
def a_successor_of_a_batch(s: Scene) -> Refused:
    root = _batch(s)
    return _supersede(s, root), errors.AttestationUnknown(root)


@case
def a_successor_by_another_attester(s: Scene) -> Refused:
    evidence, n = s.evidence(), s.numbers
    return _supersede(s, evidence), errors.NotAttester(evidence, n["carrier"], n["tax attester"])


@case
def a_successor_of_what_stays(s: Scene) -> Refused:
    return _supersede(s, _for_good(s)), errors.NotRevocable(2)


@case
def a_statement_as_its_own_successor(s: Scene) -> Refused:
    evidence = s.evidence()
    return (
        _supersede(s, evidence, "tax attester", commitment=evidence),
        errors.AlreadyAttested(evidence),
    )


# Leaves of a batch


def _batch(s: Scene) -> bytes:
    root = s.fresh()
    s.ledger.attestations.anchor(s.signers["carrier"], root, 1, 300, 0, s.fresh())
    return root


@case
def a_leaf_beyond_the_batch(s: Scene) -> Refused:
    root = _batch(s)
    return (
        lambda: s.ledger.attestations.revoke_leaf(s.signers["carrier"], root, 300, REASON),
        errors.LeafOutOfRange(root, 300, 300),
    )


@case
def a_leaf_revoked_twice(s: Scene) -> Refused:
    root = _batch(s)
    s.ledger.attestations.revoke_leaf(s.signers["carrier"], root, 299, REASON)
    return (
        lambda: s.ledger.attestations.revoke_leaf(s.signers["carrier"], root, 299, REASON),
        errors.LeafAlreadyRevoked(root, 299),
    )
