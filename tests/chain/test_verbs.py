"""What the verbs of people, statements and computations do, on each engine, and what is stored then."""

from __future__ import annotations

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from chain import events
from chain.deployment import DAY
from chain.ledger import only
from chain.rules import computations
from chain.rules.state import DraftState, JobState, Role, Statement, Status
from chain.sending import Sent
from tests.chain.scenario import GOVERNORS, REASON, YEARS, Scene, hash_of_calls, signer_of


def told(sent: Sent) -> list[events.Event]:
    return [logged.event for logged in sent.events]


def test_governors_decide_together(scene: Scene) -> None:
    client, first, second = scene.ledger.participants, GOVERNORS[0], GOVERNORS[1]
    calls = [client.encoded("suspend", scene.numbers["carrier"], REASON)]

    proposed = client.propose(first, calls)
    made = only(proposed, events.ProposalMade)
    approved = client.approve(second, made.id)
    executed = client.execute(second, made.id, calls)

    assert made.calls_hash == hash_of_calls(calls)
    assert told(approved) == [events.ProposalApproved(made.id, second.address)]
    assert told(executed) == [
        events.ProposalExecuted(made.id, second.address),
        events.Suspended(scene.numbers["carrier"], REASON),
    ]
    assert client.participant(scene.numbers["carrier"]).status == Status.SUSPENDED
    scene.govern(client.encoded("reinstate", scene.numbers["carrier"], REASON))
    assert client.participant(scene.numbers["carrier"]).status == Status.ACTIVE


def test_an_organisation_is_admitted_with_its_first_account(scene: Scene) -> None:
    client = scene.ledger.participants
    before = client.count()

    number = scene.admit("another latecomer", 2)

    assert number == before + 1 == client.count()
    assert client.number_of(signer_of("another latecomer").address) == number
    assert client.participant(number).accounts == 1
    assert len(client.legal_id(number)) == 32
    assert client.participant(number + 1).status == Status.NONE


def test_a_participant_changes_its_own_accounts(scene: Scene) -> None:
    client, owner, number = scene.ledger.participants, scene.signers["auditor"], scene.numbers["auditor"]
    other, scope = signer_of("the auditor's second").address, int(Role.AUDITOR)

    added = client.add_account(owner, number, other, scope)
    narrowed = client.set_scope(owner, other, scope, scene.now() + YEARS)
    removed = client.remove_account(owner, other)

    until = only(narrowed, events.ScopeSet).valid_until
    assert told(added) == [events.AccountAdded(number, other, scope, 0, owner.address)]
    assert told(narrowed) == [events.ScopeSet(number, other, scope, until, owner.address)]
    assert told(removed) == [events.AccountRemoved(number, other, owner.address)]
    assert client.number_of(other) == 0


def test_a_statement_counts_until_it_is_revoked(scene: Scene) -> None:
    client, carrier = scene.ledger.attestations, scene.signers["carrier"]
    number = scene.numbers["carrier"]
    made = Statement(scene.fresh(), 1, scene.fresh(), 4, 0)

    attested = client.attest(carrier, made)
    before = client.status_of(made.commitment)
    revoked = client.revoke(carrier, made.commitment, REASON)

    assert told(attested) == [
        events.Attested(made.commitment, number, made.subject, 1, 4, 0, carrier.address)
    ]
    assert (before.valid, before.attester, before.level) == (True, number, 4)
    assert told(revoked) == [events.AttestationRevoked(made.commitment, number, REASON, carrier.address)]
    assert not client.status_of(made.commitment).valid
    assert not client.status_of(scene.fresh()).exists


def test_a_statement_is_carried_for_its_signer(scene: Scene) -> None:
    client, carrier, number = scene.ledger.attestations, scene.signers["carrier"], scene.numbers["carrier"]
    made, deadline = Statement(scene.fresh(), 3, scene.fresh(), 2, 0), scene.now() + DAY

    signature = client.sign_statement(carrier, made, deadline)
    attested = client.attest_by_signature(scene.signers["stranger"], made, deadline, signature)

    assert told(attested) == [
        events.Attested(made.commitment, number, made.subject, 3, 2, 0, carrier.address)
    ]
    assert client.flows_of(made.subject) == 15


def test_a_statement_counts_until_it_expires(scene: Scene) -> None:
    evidence = scene.evidence(expires_at=scene.now() + DAY)
    assert scene.ledger.attestations.status_of(evidence).valid

    scene.wait(2 * DAY)

    status = scene.ledger.attestations.status_of(evidence)
    assert (status.exists, status.expired, status.valid) == (True, True, False)


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
    client, n, s = scene.ledger.computations, scene.numbers, scene.signers
    consent, terms = scene.consent(budget=2)

    opened = client.open(s["bank"], consent, terms)
    job = only(opened, events.JobOpened).id
    completed = client.complete(s["bank"], job, b"\x01" * 32, b"\x02" * 32, b"\x03" * 32)
    other = only(client.open(s["second bank"], consent, terms), events.JobOpened).id
    abandoned = client.abandon(s["second bank"], other, REASON)
    withdrawn = client.withdraw(s["supplier"], consent)

    assert job == computations.job_id(scene.manifest.chain_id, client.address, consent, 1)
    assert told(opened) == [events.JobOpened(job, consent, n["bank"], 1, s["bank"].address)]
    assert told(completed) == [
        events.JobCompleted(job, b"\x01" * 32, b"\x02" * 32, b"\x03" * 32, s["bank"].address)
    ]
    assert told(abandoned) == [events.JobAbandoned(other, REASON, s["second bank"].address)]
    assert told(withdrawn) == [events.ConsentWithdrawn(consent, n["supplier"], s["supplier"].address)]
    assert client.job(job).state == JobState.COMPLETED
    assert client.consent(consent).spent == 2


def test_a_participants_hand_does_what_two_of_its_people_say(scene: Scene) -> None:
    participants, desk, number = scene.ledger.participants, scene.ledger.desk, scene.numbers["third supplier"]
    owner = scene.signers["third supplier"]
    maker = scene.account("third supplier", "third maker", int(Role.MAKER))
    checker = scene.account("third supplier", "third checker", int(Role.CHECKER))
    voucher = scene.offered(to="third supplier")
    call = scene.ledger.receivables.encoded("accept", voucher, 1)

    opened = desk.open(owner)
    hand = desk.hand_of(number)
    participants.add_account(owner, number, hand, int(Role.SUPPLIER))
    draft = only(desk.make(maker, call), events.DraftMade)
    checked = desk.check(checker, draft.id, call)

    assert told(opened) == [events.HandOpened(number, hand, owner.address)]
    assert draft.number == number
    assert told(checked) == [
        events.DraftChecked(draft.id, number, checker.address),
        events.Accepted(voucher, scene.numbers["supplier"], number, hand),
    ]
    assert desk.draft(draft.id).state == DraftState.CHECKED
