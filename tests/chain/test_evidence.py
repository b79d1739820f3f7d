"""Statements, consents and joint computations, from Python, on both engines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from chain import errors, events
from chain.deployment import DAY
from chain.ledger import only
from chain.rules import computations
from chain.rules.computations import hash_of_terms, packed
from chain.rules.state import JobState, Statement
from chain.sending import Sent
from tests.chain.scenario import REASON, Scene

TRADE, LOGISTICS, INVOICE, FUNDS = 1, 2, 4, 8


def told(sent: Sent) -> list[events.Event]:
    return [logged.event for logged in sent.events]


def statement(scene: Scene, **changed: Any) -> Statement:
    return replace(Statement(scene.fresh(), 1, scene.fresh(), 3, 0), **changed)


def attested(said: Statement, number: int, actor: str) -> events.Attested:
    """The event of a statement."""
    return events.Attested(
        said.commitment, number, said.subject, said.schema, said.level, said.expires_at, actor
    )


def test_a_statement_counts_until_it_is_revoked(scene: Scene) -> None:
    client, carrier, number = scene.ledger.attestations, scene.signers["carrier"], scene.numbers["carrier"]
    said = statement(scene, level=4)

    made = client.attest(carrier, said)
    before = client.status_of(said.commitment)
    revoked = client.revoke(carrier, said.commitment, REASON)

    assert told(made) == [attested(said, number, carrier.address)]
    assert (before.valid, before.attester, before.level) == (True, number, 4)
    assert told(revoked) == [events.AttestationRevoked(said.commitment, number, REASON, carrier.address)]
    assert not client.status_of(said.commitment).valid
    assert not client.status_of(scene.fresh()).exists


def test_a_statement_counts_until_it_expires(scene: Scene) -> None:
    evidence = scene.evidence(expires_at=scene.now() + DAY)
    assert scene.ledger.attestations.status_of(evidence).valid

    scene.wait(2 * DAY)

    status = scene.ledger.attestations.status_of(evidence)
    assert (status.exists, status.expired, status.valid) == (True, True, False)


def test_many_statements_are_made_at_once(scene: Scene) -> None:
    client, carrier, number = scene.ledger.attestations, scene.signers["carrier"], scene.numbers["carrier"]
    said = [statement(scene, level=level) for level in range(5)]

    made = client.attest_many(carrier, said)

    assert told(made) == [attested(each, number, carrier.address) for each in said]
    assert all(client.status_of(each.commitment).level == each.level for each in said)


def test_what_an_attester_signed_is_sent_by_anyone(scene: Scene) -> None:
    client, carrier, number = scene.ledger.attestations, scene.signers["carrier"], scene.numbers["carrier"]
    said, deadline = statement(scene), scene.now() + DAY

    signature = client.sign_statement(carrier, said, deadline)
    made = client.attest_by_signature(scene.signers["stranger"], said, deadline, signature)
    signature = client.sign_revocation(carrier, said.commitment, REASON, deadline)
    revoked = client.revoke_by_signature(
        scene.signers["stranger"], said.commitment, REASON, deadline, signature
    )

    assert told(made) == [attested(said, number, carrier.address)]
    assert told(revoked) == [events.AttestationRevoked(said.commitment, number, REASON, carrier.address)]


CHANGES: dict[str, Any] = {
    "commitment": REASON,
    "schema": 2,
    "subject": REASON,
    "level": 4,
    "expires_at": 2**39,
}


@pytest.mark.parametrize("changed", [*CHANGES, "deadline"])
def test_a_statement_changed_after_it_was_signed_is_refused(scene: Scene, changed: str) -> None:
    client, said, deadline = scene.ledger.attestations, statement(scene), scene.now() + DAY
    signature = client.sign_statement(scene.signers["carrier"], said, deadline)
    other = replace(said, **{changed: CHANGES[changed]}) if changed in CHANGES else said

    # Another text recovers to another account, which nobody has admitted.
    with pytest.raises(errors.NotParticipant):
        client.attest_by_signature(
            scene.signers["stranger"], other, deadline + (changed == "deadline"), signature
        )


def test_a_statement_is_superseded_by_its_attester(scene: Scene) -> None:
    client, carrier, number = scene.ledger.attestations, scene.signers["carrier"], scene.numbers["carrier"]
    older, newer = statement(scene), statement(scene, level=4)
    client.attest(carrier, older)

    superseded = client.supersede(carrier, older.commitment, newer)

    assert told(superseded) == [
        events.AttestationSuperseded(older.commitment, number, newer.commitment, carrier.address),
        attested(newer, number, carrier.address),
    ]
    assert client.status_of(older.commitment).successor == newer.commitment
    assert not client.status_of(older.commitment).valid
    assert client.status_of(newer.commitment).valid


def test_the_flows_of_a_subject_are_those_of_its_newest_statements(scene: Scene) -> None:
    client, carrier = scene.ledger.attestations, scene.signers["carrier"]
    by_subject, subject = 3, scene.fresh()
    client.attest(carrier, statement(scene, subject=subject))
    unfound = client.flows_of(subject)
    first = statement(scene, schema=by_subject, subject=subject, expires_at=scene.now() + DAY)
    client.attest(carrier, first)
    covered = client.flows_of(subject)

    scene.wait(2 * DAY)
    expired = client.flows_of(subject)
    second = statement(scene, schema=by_subject, subject=subject)
    client.attest(carrier, second)
    again = client.flows_of(subject)
    client.revoke(carrier, second.commitment, REASON)

    every = TRADE | LOGISTICS | INVOICE | FUNDS
    assert (unfound, covered, expired, again) == (0, every, 0, every)
    assert client.flows_of(subject) == 0


def test_one_leaf_of_a_batch_is_revoked(scene: Scene) -> None:
    client, carrier, number = scene.ledger.attestations, scene.signers["carrier"], scene.numbers["carrier"]
    subject = scene.fresh()
    commitments = [scene.fresh(), scene.fresh()]
    leaves = [
        keccak(keccak(encode(["uint32", "bytes32", "bytes32", "uint32"], [1, commitment, subject, index])))
        for index, commitment in enumerate(commitments)
    ]
    root = keccak(b"".join(sorted(leaves)))

    anchored = client.anchor(carrier, root, 1, 2, 0, REASON)
    revoked = client.revoke_leaf(carrier, root, 1, REASON)

    assert told(anchored) == [events.Anchored(root, number, 1, 2, 0, REASON, carrier.address)]
    assert told(revoked) == [events.LeafRevoked(root, number, 1, REASON, carrier.address)]
    assert client.status_of_leaf(root, commitments[0], subject, 0, [leaves[1]]).valid
    assert client.status_of_leaf(root, commitments[1], subject, 1, [leaves[0]]).revoked
    assert not client.status_of_leaf(root, commitments[0], subject, 1, [leaves[1]]).exists
    assert not client.status_of(root).exists


def test_a_computation_is_consented_to_opened_and_completed(scene: Scene) -> None:
    client, s, n = scene.ledger.computations, scene.signers, scene.numbers
    terms, until = scene.joint_terms(), scene.now() + DAY
    banks = sorted((n["bank"], n["second bank"]))

    granted = client.grant(s["supplier"], banks, terms, 2, until)
    consent = only(granted, events.ConsentGranted)
    opened = client.open(s["bank"], consent.id, terms)
    job = only(opened, events.JobOpened).id
    completed = client.complete(s["bank"], job, b"\x01" * 32, b"\x02" * 32, b"\x03" * 32)
    withdrawn = client.withdraw(s["supplier"], consent.id)

    assert told(granted) == [
        *(events.InputAllowed(consent.id, each) for each in terms.inputs),
        consent,
    ]
    assert consent.terms == hash_of_terms(terms)
    assert job == computations.job_id(scene.manifest.chain_id, client.address, consent.id, 1)
    assert told(opened) == [events.JobOpened(job, consent.id, n["bank"], 1, s["bank"].address)]
    assert told(completed) == [
        events.JobCompleted(job, b"\x01" * 32, b"\x02" * 32, b"\x03" * 32, s["bank"].address)
    ]
    assert told(withdrawn) == [events.ConsentWithdrawn(consent.id, n["supplier"], s["supplier"].address)]
    stored = client.consent(consent.id)
    assert (stored.owner, stored.counterparties, stored.spent, stored.withdrawn) == (
        n["supplier"],
        packed(tuple(banks)),
        1,
        True,
    )


def test_an_outcome_stands_with_its_inputs_and_its_model(scene: Scene) -> None:
    client, bank = scene.ledger.computations, scene.signers["bank"]
    consent, terms = scene.consent()
    job = only(client.open(bank, consent, terms), events.JobOpened).id

    client.complete(bank, job, b"\x01" * 32, b"\x02" * 32, b"\x03" * 32)

    expected = keccak(hash_of_terms(terms) + b"\x01" * 32 + b"\x02" * 32 + b"\x03" * 32)
    assert client.job(job).outcome == expected


def test_counterparties_share_a_budget_and_abandoning_gives_none_of_it_back(scene: Scene) -> None:
    client, s = scene.ledger.computations, scene.signers
    consent, terms = scene.consent(budget=2)

    job = only(client.open(s["bank"], consent, terms), events.JobOpened).id
    abandoned = client.abandon(s["bank"], job, REASON)
    client.open(s["second bank"], consent, terms)

    assert told(abandoned) == [events.JobAbandoned(job, REASON, s["bank"].address)]
    assert client.job(job).state == JobState.ABANDONED
    with pytest.raises(errors.BudgetSpent):
        client.open(s["bank"], consent, terms)
