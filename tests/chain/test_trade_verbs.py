"""What the verbs of issue, vouchers, payment and financing do, on each engine, and what is stored then."""

from __future__ import annotations

import pytest

from chain import errors, events
from chain.deployment import DAY
from chain.ledger import only
from chain.naming import policy_key
from chain.policies import Citation, PolicySetting, policy_calls
from chain.rules.share import share
from chain.rules.state import (
    NO_DEAL,
    NO_FILING,
    Deal,
    Encumbrance,
    Hop,
    Invoice,
    IssueState,
    Kind,
    Leg,
    Life,
    ReceivableFlag,
    ReceivableState,
    VoucherFlag,
    receivable_of,
)
from chain.sending import Sent
from tests.chain.scenario import CNY, DOCUMENT, LIMIT, REASON, VALUES, Scene, first_voucher


def told(sent: Sent) -> list[events.Event]:
    return [logged.event for logged in sent.events]


def test_a_policy_takes_effect_on_its_day_and_may_be_withdrawn_before(scene: Scene) -> None:
    client, name = scene.ledger.policies, policy_key("term.small-firm")
    ahead = scene.now() + 50 * DAY
    citation = Citation("发文机关", "文件", "第一条")
    setting = PolicySetting("term.small-firm", 45 * DAY, citation, ahead)

    sent = scene.govern(*policy_calls(scene.ledger, [setting]))
    pending = client.version(name, client.versions(name))
    withdrawn = scene.govern(client.encoded("withdraw", name))

    number = only(sent, events.PolicySet).number
    assert told(sent)[1:] == [events.PolicySet(name, number, 45 * DAY, ahead, "发文机关", "文件", "第一条")]
    assert (pending.value, pending.effective_from) == (45 * DAY, ahead)
    assert client.value(name) == VALUES["term.small-firm"]
    assert told(withdrawn)[1:] == [events.PolicyWithdrawn(name, number)]
    assert client.versions(name) == number - 1


def test_a_receivable_is_proposed_and_confirmed(scene: Scene) -> None:
    ledger, n, s = scene.ledger, scene.numbers, scene.signers
    invoice = scene.invoice(100)
    terms = scene.terms(60, term=80 * DAY, interest_share=2_500, waives=True, invoice=invoice)
    number = ledger.issuance.count() + 1
    before = ledger.limits.limit(n["anchor"], CNY)

    proposed = ledger.issuance.propose(s["anchor"], terms)
    reserved = ledger.limits.limit(n["anchor"], CNY)
    confirmed = ledger.issuance.confirm(s["supplier"], number)

    flags = int(ReceivableFlag.WAIVED | ReceivableFlag.EXTENDED)
    voucher, anchor, supplier = first_voucher(number), s["anchor"].address, s["supplier"].address
    assert told(proposed) == [
        events.Proposed(
            *(number, n["anchor"], n["supplier"], 60, CNY, terms.delivered_at, terms.due_at, 2_500),
            *(flags, terms.evidence, invoice, anchor),
        )
    ]
    assert told(confirmed) == [events.Confirmed(number, voucher, n["supplier"], supplier)]
    assert ledger.invoices.invoice(invoice) == Invoice(n["tax attester"], n["supplier"], CNY, 100, 0, 60, 0)
    assert (reserved.reserved, reserved.committed) == (before.reserved + 60, before.committed)
    committed = ledger.limits.limit(n["anchor"], CNY)
    assert (committed.amount, committed.committed) == (LIMIT, before.committed + 60)
    assert ledger.issuance.issue(number).state == IssueState.CONFIRMED
    stored = ledger.receivables.receivable(number)
    assert (stored.state, stored.flags, stored.max_tier) == (ReceivableState.OPEN, flags, 3)
    held = ledger.receivables.voucher(voucher)
    assert (held.holder, held.parent, held.length, held.life) == (n["supplier"], 0, 60, Life.LIVE)


@pytest.mark.parametrize("by", ["anchor", "supplier"])
def test_a_proposal_that_comes_to_nothing_frees_its_invoice(scene: Scene, by: str) -> None:
    client, s = scene.ledger.issuance, scene.signers
    other = {"anchor": "supplier", "supplier": "anchor"}[by]
    rejected, cancelled = scene.proposed(50, by=by), scene.proposed(50, by=by)

    first = client.reject(s[other], rejected, REASON)
    second = client.cancel(s[by], cancelled, REASON)

    assert told(first) == [events.Rejected(rejected, REASON, s[other].address)]
    assert told(second) == [events.Cancelled(cancelled, REASON, s[by].address)]
    for number in (rejected, cancelled):
        assert scene.ledger.invoices.invoice(client.issue(number).invoice).used == 0


def test_a_batch_is_proposed_and_confirmed_in_one_transaction_each(scene: Scene) -> None:
    client, s = scene.ledger.issuance, scene.signers
    batch = [scene.terms(50), scene.terms(70, creditor="small firm", delivered=20 * DAY)]

    proposed = client.propose_many(s["anchor"], batch)
    numbers = [each.event.receivable for each in proposed.events if isinstance(each.event, events.Proposed)]
    late = [each.event.flags for each in proposed.events if isinstance(each.event, events.Proposed)]
    confirmed = client.confirm_many(s["supplier"], numbers[:1])

    assert len(numbers) == 2
    assert late == [0, int(ReceivableFlag.LATE_FOR_SMALL_FIRM)]
    assert [type(event) for event in told(confirmed)] == [events.Confirmed]


def test_debtor_and_creditor_void_together_what_is_untouched(scene: Scene) -> None:
    client, n, s = scene.ledger.issuance, scene.numbers, scene.signers
    voucher = scene.confirmed(80)
    number = receivable_of(voucher)

    asked = client.void_issue(s["anchor"], number, REASON)
    voided = client.void_issue(s["supplier"], number, REASON)

    assert told(asked) == [events.VoidAsked(number, n["anchor"], REASON, s["anchor"].address)]
    assert told(voided) == [events.Voided(number, voucher, REASON, s["supplier"].address)]
    assert client.issue(number).state == IssueState.VOID
    assert scene.ledger.receivables.voucher(voucher).life == Life.VOID


def test_a_red_letter_note_stops_vouchers_until_the_debtor_reaffirms(scene: Scene) -> None:
    ledger, n, s = scene.ledger, scene.numbers, scene.signers
    invoice = scene.invoice(100)
    issued = ledger.issuance.propose(s["supplier"], scene.terms(60, invoice=invoice))
    number = only(issued, events.Proposed).receivable
    ledger.issuance.confirm(s["anchor"], number)

    credited = ledger.invoices.credit(s["tax attester"], invoice, 30, DOCUMENT, [number])
    with pytest.raises(errors.RedLettered):
        ledger.receivables.offer(s["supplier"], first_voucher(number), 0, n["bank"], scene.fresh())
    reaffirmed = ledger.issuance.reaffirm(s["anchor"], number, DOCUMENT)
    ledger.receivables.offer(s["supplier"], first_voucher(number), 0, n["bank"], scene.fresh())

    attester = s["tax attester"].address
    assert told(credited) == [
        events.InvoiceCredited(invoice, n["tax attester"], 30, DOCUMENT, attester),
        events.RedLettered(number, invoice, scene.manifest.addresses["Invoices"]),
    ]
    assert told(reaffirmed) == [events.Reaffirmed(number, DOCUMENT, s["anchor"].address)]


def test_a_stopped_debtor_issues_nothing_until_governors_lift_it(scene: Scene) -> None:
    client, n, s = scene.ledger.limits, scene.numbers, scene.signers
    debtor = n["second anchor"]

    stopped = client.stop(s["regulator"], debtor, REASON, DOCUMENT)
    with pytest.raises(errors.DebtorStopped):
        scene.proposed(debtor="second anchor")
    lifted = scene.govern(client.encoded("lift", debtor, DOCUMENT))

    assert told(stopped) == [
        events.IssueStopped(debtor, n["regulator"], REASON, DOCUMENT, s["regulator"].address)
    ]
    assert told(lifted)[1:] == [events.StopLifted(debtor, DOCUMENT)]
    scene.proposed(debtor="second anchor")


def test_a_voucher_is_split_and_its_pieces_accepted_refused_and_withdrawn(scene: Scene) -> None:
    client, n, s = scene.ledger.receivables, scene.numbers, scene.signers
    voucher = scene.confirmed(100)
    legs = [
        Leg(n["second supplier"], 10, scene.fresh()),
        Leg(n["third supplier"], 20, scene.fresh()),
        Leg(n["supplier"], 30, bytes(32)),
    ]
    pieces = [voucher + 90, voucher + 70, voucher + 40]

    split = client.split(s["supplier"], voucher, 0, legs)
    accepted = client.accept(s["second supplier"], pieces[0], 0)
    refused = client.refuse(s["third supplier"], pieces[1], 0, REASON)
    offered = client.offer(s["supplier"], pieces[2], 0, n["bank"], legs[0].evidence)
    withdrawn = client.withdraw(s["supplier"], pieces[2], 1)

    supplier = s["supplier"].address
    assert told(split) == [
        events.Split(piece, voucher, leg.to, leg.length, leg.evidence, supplier)
        for piece, leg in zip(pieces, legs, strict=True)
    ]
    assert told(accepted) == [
        events.Accepted(pieces[0], n["supplier"], n["second supplier"], s["second supplier"].address)
    ]
    assert told(refused) == [
        events.Refused(pieces[1], n["supplier"], n["third supplier"], REASON, s["third supplier"].address)
    ]
    assert told(offered) == [events.Offered(pieces[2], n["supplier"], n["bank"], legs[0].evidence, supplier)]
    assert told(withdrawn) == [events.Withdrawn(pieces[2], n["supplier"], supplier)]
    vouchers = [client.voucher(each) for each in (voucher, *pieces)]
    assert [v.length for v in vouchers] == [40, 10, 20, 30]
    assert [v.tier for v in vouchers] == [0, 1, 0, 0]
    assert {v.encumbrance for v in vouchers} == {Encumbrance.FREE}


def test_a_signed_acceptance_passes_a_voucher_on_at_once(scene: Scene) -> None:
    client, n, s = scene.ledger.receivables, scene.numbers, scene.signers
    voucher, evidence = scene.offered(), scene.fresh()

    acceptance, signature = scene.acceptance(voucher, "second supplier")
    carried = client.accept_by_signature(s["stranger"], voucher, 1, acceptance.valid_until, signature)
    acceptance, signature = scene.acceptance(voucher, "bank", evidence)
    transferred = client.transfer(
        s["second supplier"],
        voucher=voucher,
        expected=2,
        to=n["bank"],
        evidence=evidence,
        valid_until=acceptance.valid_until,
        signature=signature,
    )

    second, bank = s["second supplier"].address, s["bank"].address
    assert told(carried) == [
        events.AcceptanceCarried(voucher, second),
        events.Accepted(voucher, n["supplier"], n["second supplier"], s["stranger"].address),
    ]
    assert told(transferred) == [
        events.Transferred(voucher, n["second supplier"], n["bank"], evidence, bank, second)
    ]
    held = client.voucher(voucher)
    assert (held.holder, held.tier) == (n["bank"], 2)


def test_a_voucher_is_frozen_and_disputed_and_let_go(scene: Scene) -> None:
    client, n, s = scene.ledger.receivables, scene.numbers, scene.signers
    voucher = scene.confirmed()

    frozen = client.freeze(s["regulator"], voucher, REASON, DOCUMENT)
    disputed = client.dispute(s["anchor"], voucher, REASON, DOCUMENT)
    held = client.voucher(voucher)
    unfrozen = client.unfreeze(s["regulator"], voucher, DOCUMENT)
    ended = client.end_dispute(s["anchor"], voucher, DOCUMENT)

    regulator, anchor = s["regulator"].address, s["anchor"].address
    assert told(frozen) == [events.Frozen(voucher, n["regulator"], REASON, DOCUMENT, regulator)]
    assert told(disputed) == [events.Disputed(voucher, n["anchor"], REASON, DOCUMENT, anchor)]
    assert held.flags == VoucherFlag.FROZEN | VoucherFlag.DISPUTED
    assert told(unfrozen) == [events.Unfrozen(voucher, n["regulator"], DOCUMENT, regulator)]
    assert told(ended) == [events.DisputeEnded(voucher, n["anchor"], DOCUMENT, anchor)]
    assert client.voucher(voucher).flags == 0


def test_a_voucher_is_bought(scene: Scene) -> None:
    ledger, n, s = scene.ledger, scene.numbers, scene.signers
    voucher = scene.confirmed(interest_share=5_000)
    quote = scene.quote(voucher, interest=2_000, debtor_interest=1_000)
    registered_at, reference = scene.now(), scene.fresh()

    accepted = scene.accept(quote)
    deal = ledger.financing.deal(voucher)
    filed = ledger.financing.file(
        s["bank"],
        voucher=voucher,
        expected=1,
        registration=REASON,
        agreement=DOCUMENT,
        registered_at=registered_at,
    )
    disbursed = ledger.financing.disburse(s["settlement bank"], voucher, 1, quote.proceeds, reference)

    bank, settler = s["bank"].address, s["settlement bank"].address
    digest = ledger.financing.quote_digest(quote)
    assert told(accepted) == [
        events.QuoteAccepted(
            *(voucher, n["supplier"], n["bank"], Kind.PURCHASE, 100_000, 97_000, 2_000, 1_000, 500, 0),
            *(quote.terms, bytes(32), digest, s["supplier"].address),
        )
    ]
    assert deal == Deal(Kind.PURCHASE, n["bank"], 100_000, 97_000, 98_500, 0)
    assert told(filed) == [events.Filed(voucher, n["bank"], REASON, DOCUMENT, registered_at, bank)]
    assert told(disbursed) == [
        events.Disbursed(voucher, n["supplier"], n["bank"], Kind.PURCHASE, 97_000, reference, settler)
    ]
    assert ledger.financing.deal(voucher) == NO_DEAL
    assert ledger.financing.quote_over(digest)
    held = ledger.receivables.voucher(voucher)
    assert (held.holder, held.tier, held.flags) == (n["bank"], 1, 0)


def test_of_a_voucher_paid_in_part_the_rest_is_financed(scene: Scene) -> None:
    ledger, n, s = scene.ledger, scene.numbers, scene.signers
    voucher = scene.confirmed()
    scene.pay(receivable_of(voucher), 40_000)
    scene.redeem(voucher, by="supplier")
    assert ledger.receivables.unpaid_of(voucher) == 60_000

    scene.accept(scene.quote(voucher, 1, face=60_000, proceeds=59_000, interest=1_000, fees=0))
    scene.file(voucher)
    scene.disburse(voucher)
    scene.pay(receivable_of(voucher), 60_000)
    redeemed = scene.redeem(voucher)

    bank = s["settlement bank"].address
    assert told(redeemed) == [events.Redeemed(voucher, n["bank"], 60_000, bank)]


def test_a_lock_is_released_by_the_bank_at_once_and_by_the_holder_later(scene: Scene) -> None:
    client, n, s = scene.ledger.financing, scene.numbers, scene.signers
    first, second = scene.locked(), scene.locked()

    at_once = client.release_lock(s["bank"], first, 1)
    with pytest.raises(errors.LockHeld):
        client.release_lock(s["supplier"], second, 1)
    scene.wait(VALUES["financing.disburse-period"] + DAY)
    later = client.release_lock(s["supplier"], second, 1)

    assert told(at_once) == [events.LockReleased(first, n["supplier"], s["bank"].address)]
    assert told(later) == [events.LockReleased(second, n["supplier"], s["supplier"].address)]
    assert client.filing(first) == NO_FILING


def test_no_lock_outlasts_a_settlement_because_nobody_can_act(scene: Scene) -> None:
    client, s = scene.ledger.financing, scene.signers
    voucher = scene.locked(200_000)
    holder = scene.numbers["supplier"]
    scene.pay(receivable_of(voucher), 200_000)
    scene.wait(VALUES["financing.disburse-period"] + DAY)
    parties = [holder, scene.numbers["bank"]]
    scene.govern(*(scene.ledger.participants.encoded("suspend", number, REASON) for number in parties))

    try:
        released = client.release_lock(s["settlement bank"], voucher, 1)
        redeemed = scene.redeem(voucher)
    finally:
        back = [scene.ledger.participants.encoded("reinstate", number, REASON) for number in parties]
        scene.govern(*back)

    bank = s["settlement bank"].address
    assert told(released) == [events.LockReleased(voucher, holder, bank)]
    assert told(redeemed) == [events.Redeemed(voucher, holder, 200_000, bank)]


def test_a_loan_is_repaid_given_up_or_collected(scene: Scene) -> None:
    client, n, s = scene.ledger.financing, scene.numbers, scene.signers
    repaid, given_up, collected = (scene.financed(kind=Kind.PLEDGE) for _ in range(3))
    pledged, reference = scene.ledger.receivables.voucher(repaid), scene.fresh()
    owed = client.owed_on(repaid)

    paid = client.repay(s["settlement bank"], repaid, 2, owed, reference)
    released = client.release_pledge(s["bank"], given_up, 2)
    scene.pay(receivable_of(collected), 100_000)
    redeemed = scene.redeem(collected, by="bank")
    closed = client.close_loan(s["stranger"], collected)

    settler = s["settlement bank"].address
    assert (pledged.holder, pledged.counterparty, pledged.encumbrance) == (
        n["supplier"],
        n["bank"],
        Encumbrance.PLEDGED,
    )
    assert owed == 81_000
    assert told(paid) == [events.LoanRepaid(repaid, n["supplier"], n["bank"], owed, reference, settler)]
    assert told(released) == [events.PledgeReleased(given_up, n["supplier"], s["bank"].address)]
    assert told(redeemed) == [events.Redeemed(collected, n["bank"], 100_000, s["bank"].address)]
    assert told(closed) == [
        events.LoanClosed(collected, n["supplier"], n["bank"], 19_000, s["stranger"].address)
    ]


def test_a_pledge_is_enforced_once_the_loan_is_due(scene: Scene) -> None:
    client, n, s = scene.ledger.financing, scene.numbers, scene.signers
    voucher = scene.financed(kind=Kind.PLEDGE)
    scene.wait(25 * DAY)

    enforced = client.enforce_pledge(s["bank"], voucher, 2)

    assert told(enforced) == [
        events.PledgeEnforced(voucher, n["supplier"], n["bank"], 19_000, s["bank"].address)
    ]
    assert client.hop(voucher, client.hops(voucher)) == Hop(n["supplier"], 19_000, False, 0)
    assert scene.ledger.receivables.voucher(voucher).flags == VoucherFlag.BOUND


def test_a_voucher_bought_with_recourse_is_bought_back_when_it_is_overdue(scene: Scene) -> None:
    client, n, s = scene.ledger.financing, scene.numbers, scene.signers
    voucher = scene.financed(kind=Kind.RECOURSE_PURCHASE)
    waived = scene.financed(kind=Kind.RECOURSE_PURCHASE)
    scene.wait(61 * DAY)
    reference = scene.fresh()

    demanded = client.demand_recourse(s["bank"], voucher, DOCUMENT)
    bought = client.buy_back(s["settlement bank"], voucher, 2, 81_000, reference)
    given_up = client.waive_recourse(s["bank"], waived)

    bank, settler = s["bank"].address, s["settlement bank"].address
    assert told(demanded) == [events.RecourseDemanded(voucher, n["bank"], n["supplier"], DOCUMENT, bank)]
    assert told(bought) == [events.BoughtBack(voucher, n["bank"], n["supplier"], 81_000, reference, settler)]
    assert client.hops(voucher) == 0
    assert told(given_up) == [events.RecourseWaived(waived, n["bank"], n["supplier"], bank)]
    assert client.hop(waived, 1) == Hop(n["supplier"], 19_000, False, 0)


def test_claims_from_outside_are_asserted_and_withdrawn(scene: Scene) -> None:
    client, n, s = scene.ledger.financing, scene.numbers, scene.signers
    number, at = receivable_of(scene.confirmed()), scene.now()

    asserted = client.assert_claim(
        s["bank"], receivable=number, amount=5, registered_at=at, noticed_at=0, document=DOCUMENT
    )
    claim = client.claim_count()
    withdrawn = client.withdraw_claim(s["bank"], claim)

    bank = s["bank"].address
    assert told(asserted) == [events.ClaimAsserted(claim, number, n["bank"], 5, at, 0, DOCUMENT, bank)]
    assert told(withdrawn) == [events.ClaimWithdrawn(claim, n["bank"], bank)]
    assert client.claim(claim).withdrawn


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
    receivable, bank = receivable_of(voucher), s["settlement bank"].address
    (piece,) = scene.split(voucher, "supplier", ("supplier", 33))
    references = [scene.fresh(), scene.fresh(), scene.fresh()]

    first = client.record_payment(s["settlement bank"], receivable, 50, references[0])
    own = scene.redeem(piece, by="supplier")
    second = client.record_payment(s["settlement bank"], receivable, 60, references[1])
    rest = scene.redeem(voucher, piece)
    returned = client.return_credit(s["settlement bank"], receivable, 10, references[2])

    part = share(67, 33, 50, 100)
    assert told(first) == [events.PaymentRecorded(receivable, references[0], 50, 50, 0, bank)]
    assert told(own) == [events.Redeemed(piece, n["supplier"], part, s["supplier"].address)]
    assert told(second) == [events.PaymentRecorded(receivable, references[1], 60, 100, 10, bank)]
    assert told(rest) == [
        events.Redeemed(voucher, n["supplier"], 67, bank),
        events.Redeemed(piece, n["supplier"], 33 - part, bank),
    ]
    assert told(returned) == [events.CreditReturned(receivable, references[2], 10, 0, bank)]
    assert client.receivable(receivable).redeemed == 100
    assert client.receivable(receivable).state == ReceivableState.SETTLED
    assert (client.paid_after(receivable, 1), client.reference_used(references[0])) == (50, receivable)
    assert client.voucher(voucher).life == Life.REDEEMED


def test_what_is_overdue_stops_its_debtor_until_it_is_paid(scene: Scene) -> None:
    ledger, n, s = scene.ledger, scene.numbers, scene.signers
    voucher = scene.confirmed(900)
    receivable, debtor = receivable_of(voucher), n["anchor"]
    scene.wait(62 * DAY)

    written_off = ledger.receivables.write_off(s["supplier"], voucher, 0, DOCUMENT)
    stopped = ledger.limits.stop_overdue(s["stranger"], receivable)
    counted = ledger.limits.overdue_count(debtor)
    scene.pay(receivable, 900)
    lifted = ledger.limits.lift_overdue(s["stranger"], receivable)

    stranger, supplier = s["stranger"].address, s["supplier"].address
    assert told(written_off) == [events.WrittenOff(voucher, n["supplier"], DOCUMENT, supplier)]
    assert told(stopped) == [events.OverdueStopped(debtor, receivable, stranger)]
    assert counted == 1
    assert told(lifted) == [events.OverdueLifted(debtor, receivable, stranger)]
    assert not ledger.limits.overdue_stop(receivable)
