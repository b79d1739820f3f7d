"""What each client's verbs do, on both engines: the events they return, and what the chain stores then."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from chain import errors, events
from chain.deployment import DAY
from chain.ledger import only
from chain.rules import computations
from chain.rules.share import share
from chain.rules.state import NO_LOCK, Encumbrance, Invoice, Leg, Life, ReceivableState, Status
from chain.sending import Sent
from tests.chain.scenario import CNY, GOVERNORS, POLICY, REASON, Scene, hash_of_calls, signer_of


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

    number = scene.admit("latecomer", 2)

    assert number == before + 1 == client.count()
    assert client.number_of(signer_of("latecomer").address) == number
    assert client.participant(number).accounts == 1
    assert len(client.legal_id(number)) == 32
    assert client.participant(number + 1).status == Status.NONE


def test_a_participant_changes_its_own_accounts(scene: Scene) -> None:
    client, owner, number = scene.ledger.participants, scene.signers["auditor"], scene.numbers["auditor"]
    other = signer_of("the auditor's second").address

    added = client.add_account(owner, number, other)
    removed = client.remove_account(owner, other)

    assert told(added) == [events.AccountAdded(number, other, owner.address)]
    assert told(removed) == [events.AccountRemoved(number, other, owner.address)]
    assert client.number_of(other) == 0


def test_a_statement_counts_until_it_is_revoked(scene: Scene) -> None:
    client, carrier = scene.ledger.attestations, scene.signers["carrier"]
    commitment, subject, number = scene.fresh(), scene.fresh(), scene.numbers["carrier"]

    attested = client.attest(carrier, commitment, 1, subject, 4, 0)
    before = client.status_of(commitment)
    revoked = client.revoke(carrier, commitment, REASON)

    assert told(attested) == [events.Attested(commitment, number, subject, 1, 4, 0, carrier.address)]
    assert (before.valid, before.attester, before.level) == (True, number, 4)
    assert told(revoked) == [events.AttestationRevoked(commitment, number, REASON, carrier.address)]
    assert not client.status_of(commitment).valid
    assert not client.status_of(scene.fresh()).exists


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


def test_a_receivable_is_proposed_and_confirmed(scene: Scene) -> None:
    client, n = scene.ledger.receivables, scene.numbers
    invoice, evidence, due_at = scene.invoice(100), scene.evidence(), scene.now() + DAY
    number = client.count() + 1

    proposed = client.propose(
        scene.signers["anchor"],
        debtor=n["anchor"],
        creditor=n["supplier"],
        face=60,
        currency=CNY,
        due_at=due_at,
        evidence=evidence,
        invoice=invoice,
    )
    confirmed = client.confirm(scene.signers["supplier"], number)

    voucher = number << 32 | 1
    anchor, supplier = scene.signers["anchor"].address, scene.signers["supplier"].address
    assert told(proposed) == [
        events.Proposed(number, n["anchor"], n["supplier"], 60, CNY, due_at, evidence, invoice, anchor)
    ]
    assert told(confirmed) == [events.Confirmed(number, voucher, n["supplier"], supplier)]
    assert client.invoice(invoice) == Invoice(n["tax attester"], n["supplier"], CNY, 100, 60)
    assert client.receivable(number).state == ReceivableState.CONFIRMED
    held = client.voucher(voucher)
    assert (held.holder, held.start, held.length, held.life) == (n["supplier"], 0, 60, Life.LIVE)


@pytest.mark.parametrize("by", ["anchor", "supplier"])
def test_a_proposal_that_comes_to_nothing_frees_its_invoice(scene: Scene, by: str) -> None:
    client = scene.ledger.receivables
    other = {"anchor": "supplier", "supplier": "anchor"}[by]
    rejected, cancelled = scene.proposed(50, by=by), scene.proposed(50, by=by)

    first = client.reject(scene.signers[other], rejected, REASON)
    second = client.cancel(scene.signers[by], cancelled, REASON)

    assert told(first) == [events.Rejected(rejected, REASON, scene.signers[other].address)]
    assert told(second) == [events.Cancelled(cancelled, REASON, scene.signers[by].address)]
    for number in (rejected, cancelled):
        assert client.invoice(client.receivable(number).invoice).used == 0


def test_a_voucher_is_split_and_its_pieces_accepted_refused_and_withdrawn(scene: Scene) -> None:
    client, n, s = scene.ledger.receivables, scene.numbers, scene.signers
    voucher = scene.confirmed(100)
    legs = [
        Leg(n["second supplier"], 10, scene.fresh()),
        Leg(n["third supplier"], 20, scene.fresh()),
        Leg(n["supplier"], 30, bytes(32)),
    ]

    split = client.split(s["supplier"], voucher, 0, legs)
    accepted = client.accept(s["second supplier"], voucher + 1, 0)
    refused = client.refuse(s["third supplier"], voucher + 2, 0, REASON)
    offered = client.offer(s["supplier"], voucher + 3, 0, n["bank"], legs[0].evidence)
    withdrawn = client.withdraw(s["supplier"], voucher + 3, 1)

    supplier = s["supplier"].address
    assert told(split) == [
        events.Split(voucher + 1 + index, voucher, leg.to, leg.length, leg.evidence, supplier)
        for index, leg in enumerate(legs)
    ]
    assert told(accepted) == [
        events.Accepted(voucher + 1, n["supplier"], n["second supplier"], s["second supplier"].address)
    ]
    assert told(refused) == [
        events.Refused(voucher + 2, n["supplier"], n["third supplier"], REASON, s["third supplier"].address)
    ]
    assert told(offered) == [
        events.Offered(voucher + 3, n["supplier"], n["bank"], legs[0].evidence, supplier)
    ]
    assert told(withdrawn) == [events.Withdrawn(voucher + 3, n["supplier"], supplier)]
    vouchers = [client.voucher(voucher + index) for index in range(4)]
    assert [(v.start, v.length) for v in vouchers] == [(0, 40), (90, 10), (70, 20), (40, 30)]
    assert [v.tier for v in vouchers] == [0, 1, 0, 0]
    assert {v.encumbrance for v in vouchers} == {Encumbrance.FREE}
    assert client.receivable(voucher >> 32).vouchers == 4


def test_a_voucher_is_financed(scene: Scene) -> None:
    client, n, s = scene.ledger.receivables, scene.numbers, scene.signers
    voucher = scene.confirmed()
    quote, reference = scene.quote(voucher), scene.fresh()

    accepted = client.accept_quote(s["supplier"], quote, client.sign_quote(s["bank"], quote))
    lock = client.lock(voucher)
    disbursed = client.disburse(s["settlement bank"], voucher, 1, quote.proceeds, reference)

    assert told(accepted) == [
        events.QuoteAccepted(
            voucher, n["supplier"], n["bank"], quote.proceeds, quote.terms, s["supplier"].address
        )
    ]
    assert lock.proceeds == quote.proceeds
    assert told(disbursed) == [
        events.Disbursed(
            voucher, n["supplier"], n["bank"], quote.proceeds, reference, s["settlement bank"].address
        )
    ]
    assert client.lock(voucher) == NO_LOCK
    assert client.voucher(voucher).holder == n["bank"]
    assert client.voucher(voucher).tier == 1


def test_of_a_voucher_paid_in_part_the_rest_is_financed(scene: Scene) -> None:
    client, n, s = scene.ledger.receivables, scene.numbers, scene.signers
    voucher = scene.confirmed()
    receivable = voucher >> 32
    client.record_payment(s["settlement bank"], receivable, 40_000, scene.fresh())
    client.redeem(s["supplier"], receivable, [1])
    quote = scene.quote(voucher, 1, face=60_000, proceeds=60_000)

    client.accept_quote(s["supplier"], quote, client.sign_quote(s["bank"], quote))
    client.disburse(s["settlement bank"], voucher, 2, 60_000, scene.fresh())
    client.record_payment(s["settlement bank"], receivable, 60_000, scene.fresh())
    redeemed = client.redeem(s["settlement bank"], receivable, [1])

    bank = s["settlement bank"].address
    assert told(redeemed) == [events.Redeemed(voucher, n["bank"], 60_000, bank)]


def test_a_lock_is_released_by_the_bank_at_once_and_by_the_holder_later(scene: Scene) -> None:
    client, n, s = scene.ledger.receivables, scene.numbers, scene.signers
    first, second = scene.locked(), scene.locked()

    at_once = client.release_lock(s["bank"], first, 1)
    with pytest.raises(errors.LockHeld):
        client.release_lock(s["supplier"], second, 1)
    scene.wait(POLICY.disburse_period + DAY)
    later = client.release_lock(s["supplier"], second, 1)

    assert told(at_once) == [events.LockReleased(first, n["supplier"], s["bank"].address)]
    assert told(later) == [events.LockReleased(second, n["supplier"], s["supplier"].address)]


def test_no_lock_outlasts_a_settlement_because_nobody_can_act(scene: Scene) -> None:
    client, s = scene.ledger.receivables, scene.signers
    voucher = scene.locked(200_000)
    receivable, holder = voucher >> 32, scene.numbers["supplier"]
    client.record_payment(s["settlement bank"], receivable, 200_000, scene.fresh())
    scene.wait(POLICY.disburse_period + DAY)
    parties = [holder, scene.numbers["bank"]]
    scene.govern(*(scene.ledger.participants.encoded("suspend", number, REASON) for number in parties))

    try:
        released = client.release_lock(s["settlement bank"], voucher, 1)
        redeemed = client.redeem(s["settlement bank"], receivable, [1])
    finally:
        back = [scene.ledger.participants.encoded("reinstate", number, REASON) for number in parties]
        scene.govern(*back)

    bank = s["settlement bank"].address
    assert told(released) == [events.LockReleased(voucher, holder, bank)]
    assert told(redeemed) == [events.Redeemed(voucher, holder, 200_000, bank)]


def test_offers_of_the_suspended_are_still_refused_and_withdrawn(scene: Scene) -> None:
    client, participants, s = scene.ledger.receivables, scene.ledger.participants, scene.signers
    vouchers = [scene.offered(), scene.offered()]
    number = scene.numbers["supplier"]
    scene.govern(participants.encoded("suspend", number, REASON))

    with pytest.raises(errors.ParticipantSuspended):
        client.accept(s["second supplier"], vouchers[0], 1)
    client.refuse(s["second supplier"], vouchers[0], 1, REASON)
    scene.govern(participants.encoded("reinstate", number, REASON))
    client.accept(s["second supplier"], vouchers[1], 1)

    assert [client.voucher(voucher).holder for voucher in vouchers] == [
        number,
        scene.numbers["second supplier"],
    ]


def test_payments_are_recorded_and_redeemed_to_the_last_unit(scene: Scene) -> None:
    client, n, s = scene.ledger.receivables, scene.numbers, scene.signers
    voucher = scene.confirmed(100)
    receivable, bank = voucher >> 32, s["settlement bank"].address
    client.split(s["supplier"], voucher, 0, [Leg(n["supplier"], 33, bytes(32))])
    references = [scene.fresh(), scene.fresh()]

    first = client.record_payment(s["settlement bank"], receivable, 50, references[0])
    own = client.redeem(s["supplier"], receivable, [2])
    second = client.record_payment(s["settlement bank"], receivable, 50, references[1])
    rest = client.redeem(s["settlement bank"], receivable, [1, 2])

    part = share(67, 33, 50, 100)
    assert told(first) == [events.PaymentRecorded(receivable, references[0], 50, 50, bank)]
    assert told(own) == [events.Redeemed(voucher + 1, n["supplier"], part, s["supplier"].address)]
    assert told(second) == [events.PaymentRecorded(receivable, references[1], 50, 100, bank)]
    assert told(rest) == [
        events.Redeemed(voucher, n["supplier"], 67, bank),
        events.Redeemed(voucher + 1, n["supplier"], 33 - part, bank),
    ]
    assert client.receivable(receivable).redeemed == 100
    assert client.receivable(receivable).state == ReceivableState.SETTLED
    assert client.voucher(voucher).life == Life.REDEEMED


def test_a_computation_is_consented_to_opened_and_completed(scene: Scene) -> None:
    client, n, s = scene.ledger.computations, scene.numbers, scene.signers
    consent = scene.consent(budget=2)

    opened = client.open(s["bank"], consent)
    job = only(opened, events.JobOpened).id
    completed = client.complete(s["bank"], job, b"\x01" * 32, b"\x02" * 32, b"\x03" * 32)
    withdrawn = client.withdraw(s["supplier"], consent)

    assert job == computations.job_id(scene.manifest.chain_id, client.address, consent, 1)
    assert told(opened) == [events.JobOpened(job, consent, 1, s["bank"].address)]
    assert told(completed) == [
        events.JobCompleted(job, b"\x01" * 32, b"\x02" * 32, b"\x03" * 32, s["bank"].address)
    ]
    assert told(withdrawn) == [events.ConsentWithdrawn(consent, n["supplier"], s["supplier"].address)]
    assert client.job(job).outcome == keccak(b"\x01" * 32 + b"\x02" * 32 + b"\x03" * 32)
    stored = client.consent(consent)
    assert (stored.owner, stored.counterparty, stored.spent, stored.withdrawn) == (
        n["supplier"],
        n["bank"],
        1,
        True,
    )


def test_the_policy_in_force_is_told(scene: Scene) -> None:
    assert scene.ledger.receivables.policy() == POLICY


def test_only_wants_exactly_one_event_of_the_kind(scene: Scene) -> None:
    sent = scene.govern()

    with pytest.raises(LookupError, match="0 events Admitted"):
        only(sent, events.Admitted)


QUOTE_CHANGES = {
    "version": lambda q: replace(q, version=q.version + 1),
    "financier": lambda q: replace(q, financier=q.financier + 1),
    "face": lambda q: replace(q, face=q.face + 1),
    "proceeds": lambda q: replace(q, proceeds=q.proceeds - 1),
    "valid_until": lambda q: replace(q, valid_until=q.valid_until + 1),
    "terms": lambda q: replace(q, terms=b"\x08" * 32),
}


@pytest.mark.parametrize("changed", QUOTE_CHANGES)
def test_a_quote_changed_after_it_was_signed_is_refused(scene: Scene, changed: str) -> None:
    client = scene.ledger.receivables
    voucher = scene.confirmed()
    quote = scene.quote(voucher)
    signature = client.sign_quote(scene.signers["bank"], quote)

    with pytest.raises(errors.LedgerRefusal) as found:
        client.accept_quote(scene.signers["supplier"], QUOTE_CHANGES[changed](quote), signature)

    # Another text recovers to another account, which nobody has admitted.
    altered = QUOTE_CHANGES[changed](quote)
    met = {
        "version": errors.StaleVoucher(voucher, 0, 1),
        "face": errors.QuoteOfAnotherFace(voucher, altered.face, quote.face),
    }
    assert found.value == met.get(changed, errors.QuoteNotSigned(voucher, altered.financier, 0))
    client.accept_quote(scene.signers["supplier"], quote, signature)


def test_a_quote_for_one_voucher_does_not_serve_another(scene: Scene) -> None:
    client = scene.ledger.receivables
    first, second = scene.confirmed(), scene.confirmed()
    quote = scene.quote(first)
    signature = client.sign_quote(scene.signers["bank"], quote)

    with pytest.raises(errors.QuoteNotSigned) as found:
        client.accept_quote(scene.signers["supplier"], replace(quote, voucher=second), signature)

    assert found.value == errors.QuoteNotSigned(second, quote.financier, 0)


def test_a_quote_serves_once(scene: Scene) -> None:
    client = scene.ledger.receivables
    voucher = scene.confirmed()
    quote = scene.quote(voucher)
    signature = client.sign_quote(scene.signers["bank"], quote)
    client.accept_quote(scene.signers["supplier"], quote, signature)
    client.release_lock(scene.signers["bank"], voucher, 1)

    with pytest.raises(errors.StaleVoucher):
        client.accept_quote(scene.signers["supplier"], quote, signature)


def test_a_quote_may_be_signed_by_any_account_of_the_bank(scene: Scene) -> None:
    client = scene.ledger.receivables
    second = signer_of(f"the bank's second on {scene.engine.name}")
    scene.ledger.participants.add_account(scene.signers["bank"], scene.numbers["bank"], second.address)
    quote = scene.quote(scene.confirmed())

    sent = client.accept_quote(scene.signers["supplier"], quote, client.sign_quote(second, quote))

    assert only(sent, events.QuoteAccepted).financier == scene.numbers["bank"]
