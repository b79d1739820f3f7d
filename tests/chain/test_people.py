"""Who may act, from Python, on both engines: governors, accounts, and the desk of maker and checker."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chain import errors, events
from chain.deployment import DAY, empty_ledger
from chain.derivation import Derivation, Diverged
from chain.ledger import only
from chain.logs import LoggedEvent
from chain.replay import read_events
from chain.rules.state import FULL_SCOPE, DraftState, ProposalState, Role, Status
from chain.sending import Sent
from tests.chain.scenario import GOVERNORS, REASON, Scene, hash_of_calls, signer_of


def told(sent: Sent) -> list[events.Event]:
    return [logged.event for logged in sent.events]


def newcomer(scene: Scene, role: Role) -> str:
    """Somebody of a test's own."""
    name = f"newcomer {scene.fresh().hex()}"
    scene.admit(name, int(role))
    return name


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
    assert client.account(scene.signers["carrier"].address).status == Status.SUSPENDED
    scene.govern(client.encoded("reinstate", scene.numbers["carrier"], REASON))
    assert client.account(scene.signers["carrier"].address).status == Status.ACTIVE


def test_governors_think_again(scene: Scene) -> None:
    client, first, second = scene.ledger.participants, GOVERNORS[0], GOVERNORS[1]
    made = only(client.propose(first, []), events.ProposalMade)
    client.approve(second, made.id)

    revoked = client.revoke_approval(second, made.id)
    approvals = client.proposal(made.id).approvals
    cancelled = client.cancel(first, made.id)

    assert told(revoked) == [events.ApprovalRevoked(made.id, second.address)]
    assert approvals.bit_count() == 1
    assert told(cancelled) == [events.ProposalCancelled(made.id, first.address)]
    assert client.proposal(made.id).state == ProposalState.CANCELLED


def test_an_organisation_is_admitted_with_its_first_account(scene: Scene) -> None:
    client = scene.ledger.participants
    before = client.count()

    number = scene.admit("latecomer", int(Role.SUPPLIER | Role.SMALL_FIRM))

    first = client.account(signer_of("latecomer").address)
    assert number == before + 1 == client.count()
    assert (first.number, first.scope, first.own_until) == (number, FULL_SCOPE, 0)
    assert first.roles == Role.SUPPLIER | Role.SMALL_FIRM | Role.ADMIN | Role.SIGNER
    assert client.accounts(number) == [signer_of("latecomer").address]
    assert len(client.legal_id(number)) == 32
    assert client.participant(number + 1).status == Status.NONE


def test_a_participant_changes_its_own_accounts(scene: Scene) -> None:
    client = scene.ledger.participants
    name = newcomer(scene, Role.AUDITOR)
    owner, number = scene.signers[name], scene.numbers[name]
    second, third = signer_of(f"{name} second").address, signer_of(f"{name} third").address
    scope, until = int(Role.AUDITOR | Role.SIGNER), scene.now() + DAY

    added = client.add_account(owner, number, second, scope, until)
    widened = client.set_scope(owner, second, int(FULL_SCOPE))
    rotated = client.rotate_account(owner, second, third)
    placed = client.accounts(number)
    removed = client.remove_account(owner, third)

    assert told(added) == [events.AccountAdded(number, second, scope, until, owner.address)]
    assert told(widened) == [events.ScopeSet(number, second, FULL_SCOPE, 0, owner.address)]
    assert told(rotated) == [events.AccountRotated(number, second, third, owner.address)]
    assert placed == [owner.address, third]
    assert told(removed) == [events.AccountRemoved(number, third, owner.address)]
    assert [client.number_of(a) for a in (second, third)] == [0, 0]


def test_a_delegate_acts_within_its_scope_until_its_end(scene: Scene) -> None:
    name = newcomer(scene, Role.ATTESTER)
    delegate = scene.account(name, f"{name} delegate", int(Role.ATTESTER), scene.now() + DAY)
    root = scene.fresh()

    scene.ledger.attestations.anchor(delegate, root, 1, 1, 0, REASON)
    scene.wait(2 * DAY)

    with pytest.raises(errors.AccountExpired):
        scene.ledger.attestations.revoke(delegate, root, REASON)
    scene.ledger.attestations.revoke(scene.signers[name], root, REASON)


def desk(scene: Scene) -> str:
    """An attester who works with a maker and a checker."""
    name = newcomer(scene, Role.ATTESTER)
    hand = only(scene.ledger.desk.open(scene.signers[name]), events.HandOpened).hand
    scene.ledger.participants.add_account(scene.signers[name], scene.numbers[name], hand, int(Role.ATTESTER))
    scene.account(name, f"{name} maker", int(Role.MAKER))
    scene.account(name, f"{name} checker", int(Role.CHECKER))
    return name


def test_a_maker_drafts_and_a_checker_lets_the_hand_act(scene: Scene) -> None:
    client, name = scene.ledger.desk, desk(scene)
    number, hand = scene.numbers[name], client.hand_of(scene.numbers[name])
    maker, checker = scene.signers[f"{name} maker"], scene.signers[f"{name} checker"]
    commitment, subject = scene.fresh(), scene.fresh()
    call = scene.ledger.attestations.encoded("attest", (commitment, 1, subject, 3, 0))

    made = client.make(maker, call)
    draft = only(made, events.DraftMade)
    checked = client.check(checker, draft.id, call)

    assert told(made) == [
        events.DraftMade(draft.id, number, call[0], draft.call_hash, draft.expires_at, maker.address)
    ]
    assert told(checked) == [
        events.DraftChecked(draft.id, number, checker.address),
        events.Attested(commitment, number, subject, 1, 3, 0, hand),
    ]
    assert client.draft(draft.id).state == DraftState.CHECKED
    assert scene.ledger.attestations.status_of(commitment).attester == number


def test_a_draft_is_rejected_or_cancelled(scene: Scene) -> None:
    client, name = scene.ledger.desk, desk(scene)
    number = scene.numbers[name]
    maker, checker = scene.signers[f"{name} maker"], scene.signers[f"{name} checker"]
    call = scene.ledger.attestations.encoded("anchor", scene.fresh(), 1, 1, 0, REASON)
    first = only(client.make(maker, call), events.DraftMade).id
    second = only(client.make(maker, call), events.DraftMade).id

    rejected = client.reject(checker, first, REASON)
    cancelled = client.cancel(maker, second)

    assert told(rejected) == [events.DraftRejected(first, number, REASON, checker.address)]
    assert told(cancelled) == [events.DraftCancelled(second, number, maker.address)]
    assert client.draft(first).state == DraftState.REJECTED
    assert client.draft(second).state == DraftState.CANCELLED


def test_a_hand_is_where_the_desk_makes_it(scene: Scene) -> None:
    name = newcomer(scene, Role.ATTESTER)
    number = scene.numbers[name]

    opened = scene.ledger.desk.open(scene.signers[name])

    hand = scene.ledger.desk.hand_of(number)
    assert told(opened) == [events.HandOpened(number, hand, scene.signers[name].address)]
    assert scene.engine.w3.eth.get_code(scene.engine.w3.to_checksum_address(hand))


def taken(scene: Scene, log: list[LoggedEvent]) -> Derivation:
    derivation = Derivation(empty_ledger(scene.manifest))
    for logged in log:
        now = int(scene.engine.w3.eth.get_block(logged.block)["timestamp"])
        derivation.take(logged, now)
    return derivation


def test_a_hand_that_acts_without_a_checked_draft_is_noticed(embedded_scene: Scene) -> None:
    scene = embedded_scene
    name = desk(scene)
    maker, checker = scene.signers[f"{name} maker"], scene.signers[f"{name} checker"]
    call = scene.ledger.attestations.encoded("attest", (scene.fresh(), 1, scene.fresh(), 3, 0))
    draft = only(scene.ledger.desk.make(maker, call), events.DraftMade).id
    scene.ledger.desk.check(checker, draft, call)
    log = read_events(scene.engine, scene.manifest)
    attested = log[-1]
    assert isinstance(attested.event, events.Attested)

    derived = taken(scene, log)
    elsewhere = replace(
        attested, transaction="ab" * 32, event=replace(attested.event, commitment=scene.fresh())
    )

    with pytest.raises(Diverged, match="a hand acted outside a checked draft"):
        derived.take(elsewhere, scene.now())


def test_only_wants_exactly_one_event_of_the_kind(scene: Scene) -> None:
    sent = scene.govern()

    with pytest.raises(LookupError, match="0 events Admitted"):
        only(sent, events.Admitted)
