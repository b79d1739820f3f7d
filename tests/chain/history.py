"""A ledger that has been through everything: every kind of event is told, every kind of word is written."""

from __future__ import annotations

from chain import events
from chain.deployment import DAY
from chain.ledger import only
from chain.naming import policy_key
from chain.policies import Citation, PolicySetting, policy_calls
from chain.rules.state import Kind, Leg, Role, Statement, receivable_of
from tests.chain.scenario import (
    CNY,
    DOCUMENT,
    GOVERNORS,
    LIMIT,
    REASON,
    SUSPENDED,
    YEARS,
    Scene,
    signer_of,
)


def rich_history(scene: Scene) -> Scene:
    """Takes the ledger through every kind of state, so that every kind of storage word is written."""
    vouchers_pass_on(scene)
    receivables_come_and_go(scene)
    invoices_are_credited(scene)
    vouchers_are_held(scene)
    vouchers_are_financed(scene)
    loans_end(scene)
    statements_are_made(scene)
    computations_run(scene)
    people_change(scene)
    desks_work(scene)
    governors_decide(scene)
    what_is_overdue_counts(scene)
    return scene


def vouchers_pass_on(scene: Scene) -> None:
    """Receivable 1: split, accepted, refused, offered and withdrawn, financed, paid in two parts."""
    receivables, signers, numbers = scene.ledger.receivables, scene.signers, scene.numbers
    voucher = scene.confirmed()
    receivable = receivable_of(voucher)
    legs = [
        Leg(numbers["second supplier"], 30_000, scene.fresh()),
        Leg(numbers["supplier"], 20_001, bytes(32)),
        Leg(numbers["third supplier"], 10_000, scene.fresh()),
    ]
    split = receivables.split(signers["supplier"], voucher, 0, legs)
    given, kept, refused = (
        logged.event.child for logged in split.events if isinstance(logged.event, events.Split)
    )
    receivables.accept(signers["second supplier"], given, 0)
    receivables.refuse(signers["third supplier"], refused, 0, REASON)
    receivables.offer(signers["supplier"], kept, 0, numbers["third supplier"], scene.fresh())
    receivables.withdraw(signers["supplier"], kept, 1)
    scene.refinance(given, "second supplier")
    scene.pay(receivable, 33_333)
    scene.redeem(voucher, given)
    scene.redeem(kept, refused, by="supplier")
    scene.pay(receivable, 66_667)
    scene.redeem(given, by="bank")
    carried = scene.offered()
    acceptance, signature = scene.acceptance(carried, "second supplier")
    receivables.accept_by_signature(
        signers["stranger"], carried, acceptance.version, acceptance.valid_until, signature
    )
    evidence = scene.fresh()
    acceptance, signature = scene.acceptance(carried, "third supplier", evidence)
    receivables.transfer(
        signers["second supplier"],
        voucher=carried,
        expected=acceptance.version,
        to=acceptance.to,
        evidence=evidence,
        valid_until=acceptance.valid_until,
        signature=signature,
    )
    scene.offered()


def receivables_come_and_go(scene: Scene) -> None:
    issuance, signers = scene.ledger.issuance, scene.signers
    issuance.reject(signers["anchor"], scene.proposed(), REASON)
    issuance.cancel(signers["anchor"], scene.proposed(by="anchor"), REASON)
    issuance.propose_many(
        signers["anchor"],
        [scene.terms(500), scene.terms(600, creditor="small firm", delivered=20 * DAY, term=20 * DAY)],
    )
    issuance.confirm_many(signers["supplier"], [scene.proposed(by="anchor"), scene.proposed(by="anchor")])
    voided, asked = receivable_of(scene.confirmed()), receivable_of(scene.confirmed())
    issuance.void_issue(signers["supplier"], voided, REASON)
    issuance.void_issue(signers["anchor"], voided, REASON)
    issuance.void_issue(signers["anchor"], asked, REASON)
    scene.proposed(by="anchor")


def invoices_are_credited(scene: Scene) -> None:
    invoices, issuance, signers = scene.ledger.invoices, scene.ledger.issuance, scene.signers
    attester, documents = signers["tax attester"], (scene.fresh(), scene.fresh())
    invoices.correct(attester, scene.invoice(700), 800, documents[0])
    rested = []
    for _ in range(2):
        nullifier = scene.invoice(1_000)
        issued = issuance.propose(signers["supplier"], scene.terms(600, invoice=nullifier))
        rested.append((nullifier, only(issued, events.Proposed).receivable))
    issuance.confirm_many(signers["anchor"], [number for _, number in rested])
    (first, flagged), (second, found) = rested
    invoices.credit(attester, first, 100, documents[1], [flagged])
    issuance.reaffirm(signers["anchor"], flagged, DOCUMENT)
    invoices.credit(attester, second, 500, documents[1])
    issuance.flag_red_letter(signers["stranger"], found)


def vouchers_are_held(scene: Scene) -> None:
    receivables, signers = scene.ledger.receivables, scene.signers
    frozen, disputed = scene.confirmed(), scene.confirmed()
    for voucher in (frozen, scene.confirmed()):
        receivables.freeze(signers["regulator"], voucher, REASON, DOCUMENT)
        receivables.dispute(signers["anchor"], voucher, REASON, DOCUMENT)
    receivables.unfreeze(signers["regulator"], frozen, DOCUMENT)
    receivables.end_dispute(signers["regulator"], frozen, DOCUMENT)
    receivables.dispute(signers["anchor"], disputed, REASON, DOCUMENT)
    overpaid = receivable_of(scene.confirmed(1_000))
    scene.pay(overpaid, 1_300)
    receivables.return_credit(signers["settlement bank"], overpaid, 100, scene.fresh())


def vouchers_are_financed(scene: Scene) -> None:
    financing, signers = scene.ledger.financing, scene.signers
    scene.locked()
    released = scene.locked()
    financing.release_lock(signers["bank"], released, 1)
    quote = scene.quote(scene.confirmed(), interest=3_000)
    financing.cancel_quote(signers["bank"], quote)
    with_share = scene.confirmed(interest_share=5_000, waives=True)
    scene.accept(scene.quote(with_share, interest=2_000, debtor_interest=1_000))
    # Bought with recourse by one bank and then by another: two hops.
    twice = scene.financed(kind=Kind.RECOURSE_PURCHASE)
    scene.refinance(twice, "bank", kind=Kind.RECOURSE_PURCHASE, by="second bank")
    waived = scene.financed(kind=Kind.RECOURSE_PURCHASE)
    financing.waive_recourse(signers["bank"], waived)
    claims = [
        financing.assert_claim(
            signers["bank"],
            receivable=1,
            amount=5_000,
            registered_at=scene.now() - DAY,
            noticed_at=scene.now(),
            document=DOCUMENT,
        )
        for _ in range(2)
    ]
    financing.withdraw_claim(signers["bank"], only(claims[0], events.ClaimAsserted).id)


def loans_end(scene: Scene) -> None:
    financing, signers, bank = scene.ledger.financing, scene.signers, scene.signers["settlement bank"]
    scene.financed(kind=Kind.PLEDGE)
    repaid, given_up, collected = (scene.financed(kind=Kind.PLEDGE) for _ in range(3))
    financing.repay(bank, repaid, scene.version(repaid), financing.owed_on(repaid), scene.fresh())
    financing.release_pledge(signers["bank"], given_up, scene.version(given_up))
    scene.pay(receivable_of(collected), 100_000)
    scene.redeem(collected, by="bank")
    financing.close_loan(signers["stranger"], collected)


def statements_are_made(scene: Scene) -> None:
    attestations, signers = scene.ledger.attestations, scene.signers
    attester, carrier, subject = signers["tax attester"], signers["carrier"], scene.fresh()

    def statement(schema: int = 1, expires_at: int = 0) -> Statement:
        return Statement(scene.fresh(), schema, subject, 4, expires_at)

    older = statement(3)
    attestations.attest_many(carrier, [older, statement(2)])
    attestations.supersede(carrier, older.commitment, statement(3))
    signed, deadline = statement(), scene.now() + DAY
    attestations.attest_by_signature(
        signers["stranger"], signed, deadline, attestations.sign_statement(attester, signed, deadline)
    )
    signature = attestations.sign_revocation(attester, signed.commitment, REASON, deadline)
    attestations.revoke_by_signature(signers["stranger"], signed.commitment, REASON, deadline, signature)
    root = scene.fresh()
    attestations.anchor(carrier, root, 1, 300, scene.now() + YEARS, scene.fresh())
    attestations.revoke_leaf(carrier, root, 257, REASON)
    attestations.revoke(attester, scene.evidence(expires_at=scene.now() + YEARS), REASON)


def computations_run(scene: Scene) -> None:
    computations, signers = scene.ledger.computations, scene.signers
    consent, terms = scene.consent(budget=4)
    jobs = [
        only(computations.open(signers[bank], consent, terms), events.JobOpened).id
        for bank in ("bank", "second bank", "bank")
    ]
    computations.complete(signers["bank"], jobs[0], *(scene.fresh() for _ in range(3)))
    computations.abandon(signers["second bank"], jobs[1], REASON)
    computations.withdraw(signers["supplier"], consent)


def people_change(scene: Scene) -> None:
    participants, signers, numbers = scene.ledger.participants, scene.signers, scene.numbers
    holder = int(Role.SUPPLIER | Role.FINANCIER)
    spare = scene.account("supplier", "spare", holder)
    participants.set_scope(signers["supplier"], spare.address, int(Role.SUPPLIER), scene.now() + YEARS)
    participants.rotate_account(signers["supplier"], spare.address, signer_of("rotated").address)
    gone = scene.account("supplier", "gone", holder)
    participants.remove_account(signers["supplier"], gone.address)
    scene.govern(
        participants.encoded("addGovernor", signers["auditor"].address),
        participants.encoded("setThreshold", 3),
        participants.encoded("setThreshold", 2),
        participants.encoded("removeGovernor", GOVERNORS[2].address),
        participants.encoded("rotateGovernor", signers["auditor"].address, signer_of("governor 4").address),
        participants.encoded("setRoles", numbers["auditor"], 96, scene.now() + YEARS),
        participants.encoded("reinstate", SUSPENDED, REASON),
        participants.encoded("suspend", SUSPENDED, REASON),
        participants.encoded("addAccount", numbers["bank"], signer_of("recovered").address, holder, 0),
    )


def desks_work(scene: Scene) -> None:
    """The second supplier works with maker and checker, through its hand."""
    participants, desk, signers = scene.ledger.participants, scene.ledger.desk, scene.signers
    number = scene.numbers["second supplier"]
    maker = scene.account("second supplier", "maker", int(Role.MAKER))
    checker = scene.account("second supplier", "checker", int(Role.CHECKER))
    desk.open(signers["second supplier"])
    hand = desk.hand_of(number)
    participants.add_account(signers["second supplier"], number, hand, int(Role.SUPPLIER))
    voucher = scene.offered()
    call = scene.ledger.receivables.encoded("accept", voucher, 1)
    drafts = [only(desk.make(maker, call), events.DraftMade).id for _ in range(4)]
    desk.check(checker, drafts[0], call)
    desk.reject(checker, drafts[1], REASON)
    desk.cancel(maker, drafts[2])


def governors_decide(scene: Scene) -> None:
    ledger, numbers = scene.ledger, scene.numbers
    participants, limits = ledger.participants, ledger.limits
    citation = Citation("央行", "Notice", "第一条")
    ahead = scene.now() + 30 * DAY
    scene.govern(
        *policy_calls(
            ledger,
            [
                PolicySetting("term.longest", 80 * DAY, citation),
                PolicySetting("term.longest", 70 * DAY, citation, ahead),
                PolicySetting("transfer.tiers", 4, citation, ahead),
            ],
        ),
        ledger.policies.encoded("withdraw", policy_key("transfer.tiers")),
        limits.encoded("setLimit", numbers["second anchor"], 840, 5_000),
        limits.encoded("setGroup", numbers["anchor"], numbers["second anchor"]),
        limits.encoded("setGroupLimit", numbers["second anchor"], CNY, LIMIT),
    )
    scene.proposed()
    scene.confirmed(77)
    limits.stop(scene.signers["operator"], numbers["anchor"], REASON, DOCUMENT)
    scene.govern(limits.encoded("lift", numbers["anchor"], DOCUMENT))
    calls = [participants.encoded("setThreshold", 2)]
    open_, cancelled = (
        only(participants.propose(GOVERNORS[1], calls), events.ProposalMade).id for _ in range(2)
    )
    participants.approve(GOVERNORS[0], open_)
    participants.revoke_approval(GOVERNORS[0], open_)
    participants.cancel(GOVERNORS[1], cancelled)


def what_is_overdue_counts(scene: Scene) -> None:
    """Time goes by: loans fall due, and then receivables. In the end the second anchor is stopped."""
    receivables, limits, financing = scene.ledger.receivables, scene.ledger.limits, scene.ledger.financing
    signers = scene.signers
    enforced = scene.financed(kind=Kind.PLEDGE)
    late = scene.confirmed(1_000, debtor="second anchor")
    paid_late, demanded = scene.confirmed(2_000), scene.confirmed(3_000)
    bought = scene.financed(kind=Kind.RECOURSE_PURCHASE)
    scene.refinance(demanded, "supplier", kind=Kind.RECOURSE_PURCHASE)
    scene.wait(25 * DAY)
    financing.enforce_pledge(signers["bank"], enforced, scene.version(enforced))
    scene.wait(40 * DAY)
    for voucher in (bought, demanded):
        financing.demand_recourse(signers["bank"], voucher, DOCUMENT)
    price = receivables.unpaid_of(bought) - financing.hop(bought, 1).surplus
    financing.buy_back(signers["settlement bank"], bought, scene.version(bought), price, scene.fresh())
    receivables.write_off(signers["supplier"], late, scene.version(late), DOCUMENT)
    for voucher in (late, paid_late):
        limits.stop_overdue(signers["stranger"], receivable_of(voucher))
    scene.pay(receivable_of(paid_late), 2_000)
    limits.lift_overdue(signers["stranger"], receivable_of(paid_late))
    limits.stop(signers["regulator"], scene.numbers["second anchor"], REASON, DOCUMENT)
