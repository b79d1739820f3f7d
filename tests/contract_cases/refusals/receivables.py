"""Every refusal of the ledger, as a call that meets it: what is called, and what is answered.

A case brings the ledger into the state it needs, and returns the call and the refusal it expects.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, replace
from typing import Any

from chain import errors, events
from chain.deployment import DAY
from chain.errors import LedgerRefusal
from chain.ledger import only
from chain.rules.state import ALL_ROLES, Leg, Role
from chain.sending import Sent
from tests.chain.scenario import (
    CNY,
    GOVERNORS,
    LAPSED,
    POLICY,
    REASON,
    SUSPENDED,
    Scene,
    hash_of_calls,
    signer_of,
)

Refused = tuple[Callable[[], Sent], LedgerRefusal]
Case = Callable[[Scene], Refused]

CASES: dict[str, Case] = {}

UNREACHED = {
    # Needs 128 governors or 254 payments; the contracts' own suite and the rules' meet them.
    "TooManyGovernors",
    "TooManyPayments",
}

NOWHERE = 999


def case(build: Case) -> Case:
    CASES[build.__name__] = build
    return build


def _register(
    s: Scene, by: str, nullifier: bytes, total: int, creditor: int | None = None
) -> Callable[[], Sent]:
    issuer = s.numbers["supplier"] if creditor is None else creditor
    return lambda: s.ledger.receivables.register_invoice(s.signers[by], nullifier, issuer, CNY, total)


def _newcomer(s: Scene, role: Role) -> str:
    """Somebody of its own for a case, who can be suspended; `signers` and `numbers` know it."""
    name = f"newcomer {s.fresh().hex()}"
    s.admit(name, int(role))
    return name


def _suspend(s: Scene, name: str) -> LedgerRefusal:
    """Suspends somebody; what is answered from then on."""
    s.govern(s.ledger.participants.encoded("suspend", s.numbers[name], REASON))
    return errors.ParticipantSuspended(s.numbers[name])


# Who may act


@case
def an_account_of_nobody(s: Scene) -> Refused:
    stranger = s.signers["stranger"]
    return lambda: s.ledger.receivables.confirm(stranger, s.proposed()), errors.NotParticipant(
        stranger.address
    )


@case
def a_suspended_participant(s: Scene) -> Refused:
    return (
        _register(s, "suspended", s.fresh(), 1),
        errors.ParticipantSuspended(SUSPENDED),
    )


@case
def a_participant_whose_validity_is_over(s: Scene) -> Refused:
    until = s.ledger.participants.participant(LAPSED).valid_until
    return (
        _register(s, "lapsed", s.fresh(), 1),
        errors.ParticipantExpired(LAPSED, until),
    )


@case
def a_participant_without_the_role(s: Scene) -> Refused:
    return (
        _register(s, "auditor", s.fresh(), 1),
        errors.RoleMissing(s.numbers["auditor"], Role.AUDITOR, Role.ATTESTER),
    )


@case
def an_offer_to_nobody(s: Scene) -> Refused:
    voucher = s.confirmed()
    return (
        lambda: s.ledger.receivables.offer(s.signers["supplier"], voucher, 0, NOWHERE, s.fresh()),
        errors.ParticipantUnknown(NOWHERE),
    )


@case
def somebody_elses_account_to_add(s: Scene) -> Refused:
    bank = s.signers["bank"].address
    return (
        lambda: s.ledger.participants.add_account(s.signers["supplier"], s.numbers["supplier"], bank),
        errors.AccountTaken(bank, s.numbers["bank"]),
    )


@case
def the_zero_address_to_add(s: Scene) -> Refused:
    zero = "0x" + "00" * 20
    return (
        lambda: s.ledger.participants.add_account(s.signers["supplier"], s.numbers["supplier"], zero),
        errors.AccountEmpty(),
    )


@case
def the_last_account_to_remove(s: Scene) -> Refused:
    carrier = s.signers["carrier"]
    return (
        lambda: s.ledger.participants.remove_account(carrier, carrier.address),
        errors.LastAccount(s.numbers["carrier"]),
    )


# Governance


@case
def a_proposal_by_no_governor(s: Scene) -> Refused:
    anchor = s.signers["anchor"]
    return lambda: s.ledger.participants.propose(anchor, []), errors.NotGovernor(anchor.address)


@case
def an_approval_of_nothing(s: Scene) -> Refused:
    return (
        lambda: s.ledger.participants.approve(GOVERNORS[1], NOWHERE),
        errors.ProposalUnknown(NOWHERE),
    )


@case
def a_second_approval_by_the_same_governor(s: Scene) -> Refused:
    made = only(s.ledger.participants.propose(GOVERNORS[0], []), events.ProposalMade)
    return (
        lambda: s.ledger.participants.approve(GOVERNORS[0], made.id),
        errors.AlreadyApproved(made.id, GOVERNORS[0].address),
    )


@case
def an_execution_before_enough_have_approved(s: Scene) -> Refused:
    made = only(s.ledger.participants.propose(GOVERNORS[0], []), events.ProposalMade)
    return (
        lambda: s.ledger.participants.execute(GOVERNORS[0], made.id, []),
        errors.ApprovalsMissing(made.id, 1, 2),
    )


@case
def other_calls_than_were_proposed(s: Scene) -> Refused:
    calls = [s.ledger.participants.encoded("setThreshold", 2)]
    made = only(s.ledger.participants.propose(GOVERNORS[0], calls), events.ProposalMade)
    s.ledger.participants.approve(GOVERNORS[1], made.id)
    return (
        lambda: s.ledger.participants.execute(GOVERNORS[0], made.id, []),
        errors.ProposalChanged(made.id, hash_of_calls(calls), hash_of_calls([])),
    )


@case
def a_proposal_that_is_done(s: Scene) -> Refused:
    done = only(s.govern(), events.ProposalExecuted)
    return (
        lambda: s.ledger.participants.approve(GOVERNORS[2], done.id),
        errors.ProposalDone(done.id),
    )


@case
def a_proposal_that_has_expired(s: Scene) -> Refused:
    made = only(s.ledger.participants.propose(GOVERNORS[0], []), events.ProposalMade)
    s.wait(15 * DAY)
    return (
        lambda: s.ledger.participants.approve(GOVERNORS[1], made.id),
        errors.ProposalExpired(made.id, made.expires_at),
    )


@case
def a_call_to_what_does_not_answer(s: Scene) -> Refused:
    return lambda: s.govern((s.ledger.receivables.address, b"")), errors.CallFailed(0)


@case
def a_call_to_where_there_is_no_contract(s: Scene) -> Refused:
    nobody = s.signers["anchor"].address
    threshold = s.ledger.participants.encoded("setThreshold", 2)
    return lambda: s.govern(threshold, (nobody, threshold[1])), errors.NoContract(nobody)


@case
def governance_without_a_proposal(s: Scene) -> Refused:
    anchor = s.signers["anchor"]
    return (
        lambda: s.ledger.participants._send(anchor, "suspend", 1, REASON),
        errors.NotGovernance(anchor.address),
    )


@case
def schemas_without_a_proposal(s: Scene) -> Refused:
    anchor = s.signers["anchor"]
    return (
        lambda: s.ledger.attestations._send(anchor, "registerSchema", 1, True, REASON),
        errors.NotGovernance(anchor.address),
    )


@case
def a_policy_without_a_proposal(s: Scene) -> Refused:
    anchor = s.signers["anchor"]
    return (
        lambda: s.ledger.receivables._send(anchor, "setPolicy", astuple(POLICY)),
        errors.NotGovernance(anchor.address),
    )


def _decided(
    name: str, expected: Callable[[Scene], LedgerRefusal], function: str, *arguments: object
) -> None:
    """A case of what governance may not decide either."""
    client = {"registerSchema": "attestations", "setPolicy": "receivables"}.get(function, "participants")

    def build(s: Scene) -> Refused:
        return lambda: s.govern(getattr(s.ledger, client).encoded(function, *arguments)), expected(s)

    CASES[name] = build


FOREVER = 2**40 - 1
NEW = signer_of("newcomer").address
_decided("a_threshold_of_one", lambda _: errors.BadThreshold(1, 3), "setThreshold", 1)
_decided("a_threshold_above_all", lambda _: errors.BadThreshold(4, 3), "setThreshold", 4)
_decided(
    "a_governor_twice",
    lambda _: errors.GovernorExists(GOVERNORS[0].address),
    "addGovernor",
    GOVERNORS[0].address,
)
_decided("a_governor_who_is_none", lambda _: errors.GovernorUnknown(NEW), "removeGovernor", NEW)
_decided(
    "an_admission_without_identity", lambda _: errors.LegalIdEmpty(), "admit", bytes(32), 1, FOREVER, NEW
)
_decided("an_admission_without_roles", lambda _: errors.BadRoles(0), "admit", REASON, 0, FOREVER, NEW)
_decided("a_role_that_is_none", lambda _: errors.BadRoles(128), "setRoles", 1, 128, FOREVER)
_decided("a_validity_in_the_past", lambda _: errors.BadValidity(1), "setRoles", 1, 1, 1)
_decided("a_reinstatement_of_the_active", lambda _: errors.NotSuspended(1), "reinstate", 1, REASON)
_decided("flows_beyond_the_four", lambda _: errors.BadFlows(16), "registerSchema", 16, True, REASON)
_decided(
    "a_schema_without_definition", lambda _: errors.DefinitionEmpty(), "registerSchema", 1, True, bytes(32)
)
_decided(
    "a_policy_without_limits", lambda _: errors.BadPolicy(), "setPolicy", astuple(replace(POLICY, max_legs=0))
)
_decided(
    "a_policy_of_more_legs_than_a_version_counts",
    lambda _: errors.BadPolicy(),
    "setPolicy",
    astuple(replace(POLICY, max_legs=256)),
)


@case
def an_organisation_admitted_twice(s: Scene) -> Refused:
    legal_id = s.ledger.participants.legal_id(s.numbers["bank"])
    call = s.ledger.participants.encoded("admit", legal_id, int(ALL_ROLES), FOREVER, NEW)
    return lambda: s.govern(call), errors.LegalIdTaken(legal_id, s.numbers["bank"])


# Attestations


@case
def a_statement_of_an_unknown_schema(s: Scene) -> Refused:
    return (
        lambda: s.ledger.attestations.attest(s.signers["carrier"], s.fresh(), NOWHERE, s.fresh(), 1, 0),
        errors.SchemaUnknown(NOWHERE),
    )


@case
def a_statement_about_nothing(s: Scene) -> Refused:
    return (
        lambda: s.ledger.attestations.attest(s.signers["carrier"], bytes(32), 1, s.fresh(), 1, 0),
        errors.CommitmentEmpty(),
    )


@case
def a_second_statement_about_the_same(s: Scene) -> Refused:
    evidence = s.evidence()
    return (
        lambda: s.ledger.attestations.attest(s.signers["carrier"], evidence, 1, s.fresh(), 1, 0),
        errors.AlreadyAttested(evidence),
    )


@case
def a_level_above_four(s: Scene) -> Refused:
    return (
        lambda: s.ledger.attestations.attest(s.signers["carrier"], s.fresh(), 1, s.fresh(), 5, 0),
        errors.BadLevel(5),
    )


@case
def a_statement_that_has_expired_already(s: Scene) -> Refused:
    return (
        lambda: s.ledger.attestations.attest(s.signers["carrier"], s.fresh(), 1, s.fresh(), 1, 1),
        errors.BadExpiry(1),
    )


@case
def a_batch_of_nothing(s: Scene) -> Refused:
    return (
        lambda: s.ledger.attestations.anchor(s.signers["carrier"], s.fresh(), 1, 0, 0, s.fresh()),
        errors.BatchEmpty(),
    )


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


@case
def a_revocation_of_what_stays(s: Scene) -> Refused:
    commitment = s.fresh()
    s.ledger.attestations.attest(s.signers["carrier"], commitment, 2, s.fresh(), 1, 0)
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


# Invoices and receivables


def _propose(s: Scene, by: str = "supplier", **changed: Any) -> Callable[[], Sent]:
    arguments: dict[str, Any] = {
        "debtor": s.numbers["anchor"],
        "creditor": s.numbers["supplier"],
        "face": 10,
        "currency": CNY,
        "due_at": s.now() + DAY,
        "evidence": s.evidence(),
        "invoice": s.invoice(10),
    } | changed
    return lambda: s.ledger.receivables.propose(s.signers[by], **arguments)


@case
def an_invoice_twice(s: Scene) -> Refused:
    invoice = s.invoice()
    return (
        _register(s, "carrier", invoice, 5),
        errors.InvoiceExists(invoice),
    )


@case
def an_invoice_without_nullifier(s: Scene) -> Refused:
    return (
        _register(s, "carrier", bytes(32), 5),
        errors.InvoiceUnknown(bytes(32)),
    )


@case
def an_invoice_over_nothing(s: Scene) -> Refused:
    return (
        _register(s, "carrier", s.fresh(), 0),
        errors.AmountZero(),
    )


@case
def an_invoice_of_nobody(s: Scene) -> Refused:
    return _register(s, "carrier", s.fresh(), 5, NOWHERE), errors.ParticipantUnknown(NOWHERE)


@case
def an_invoice_of_who_does_not_supply(s: Scene) -> Refused:
    debtor = s.numbers["anchor"]
    return (
        _register(s, "carrier", s.fresh(), 5, debtor),
        errors.RoleMissing(debtor, Role.DEBTOR, Role.SUPPLIER),
    )


@case
def a_proposal_by_a_third_party(s: Scene) -> Refused:
    n = s.numbers
    return (
        _propose(s, by="second supplier"),
        errors.NotParty(n["second supplier"], n["anchor"], n["supplier"]),
    )


@case
def a_debt_to_oneself(s: Scene) -> Refused:
    return _propose(s, debtor=s.numbers["supplier"]), errors.SameParty(s.numbers["supplier"])


@case
def a_receivable_over_nothing(s: Scene) -> Refused:
    return _propose(s, face=0), errors.AmountZero()


@case
def a_due_date_in_the_past(s: Scene) -> Refused:
    return _propose(s, due_at=1), errors.BadDueDate(1, s.now() + POLICY.max_term)


@case
def evidence_nobody_attested(s: Scene) -> Refused:
    unknown = s.fresh()
    return _propose(s, evidence=unknown), errors.EvidenceInvalid(unknown)


@case
def evidence_of_too_low_a_level(s: Scene) -> Refused:
    low = s.evidence(level=1)
    return _propose(s, evidence=low), errors.EvidenceLevelTooLow(low, 1, 2)


@case
def an_invoice_that_is_used_up(s: Scene) -> Refused:
    invoice = s.invoice(10)
    _propose(s, invoice=invoice, face=7)()
    return _propose(s, invoice=invoice, face=4), errors.InvoiceUsedUp(invoice, 4, 3)


@case
def an_invoice_of_another_creditor(s: Scene) -> Refused:
    invoice, issuer = s.invoice(10, creditor="second supplier"), s.numbers["second supplier"]
    return _propose(s, invoice=invoice), errors.InvoiceOfAnother(invoice, issuer, CNY)


@case
def an_invoice_in_another_currency(s: Scene) -> Refused:
    invoice = s.invoice(10, currency=978)
    return _propose(s, invoice=invoice), errors.InvoiceOfAnother(invoice, s.numbers["supplier"], 978)


@case
def a_confirmation_of_nothing(s: Scene) -> Refused:
    return (
        lambda: s.ledger.receivables.confirm(s.signers["anchor"], NOWHERE),
        errors.ReceivableUnknown(NOWHERE),
    )


@case
def a_second_confirmation(s: Scene) -> Refused:
    receivable = s.confirmed() >> 32
    return (
        lambda: s.ledger.receivables.confirm(s.signers["anchor"], receivable),
        errors.WrongReceivableState(receivable, 2),
    )


@case
def a_confirmation_of_ones_own_proposal(s: Scene) -> Refused:
    receivable = s.proposed()
    return (
        lambda: s.ledger.receivables.confirm(s.signers["supplier"], receivable),
        errors.NotConfirmer(receivable, s.numbers["supplier"], s.numbers["anchor"]),
    )


@case
def a_cancellation_by_the_other_party(s: Scene) -> Refused:
    receivable = s.proposed()
    return (
        lambda: s.ledger.receivables.cancel(s.signers["anchor"], receivable, REASON),
        errors.NotProposer(receivable, s.numbers["anchor"], s.numbers["supplier"]),
    )


@case
def a_confirmation_for_a_suspended_creditor(s: Scene) -> Refused:
    creditor = _newcomer(s, Role.SUPPLIER)
    receivable = s.proposed(by=creditor, creditor=creditor)
    suspended = _suspend(s, creditor)
    return lambda: s.ledger.receivables.confirm(s.signers["anchor"], receivable), suspended


@case
def a_confirmation_of_a_suspended_debtors_proposal(s: Scene) -> Refused:
    debtor = _newcomer(s, Role.DEBTOR)
    receivable = s.proposed(by=debtor, debtor=debtor)
    suspended = _suspend(s, debtor)
    return lambda: s.ledger.receivables.confirm(s.signers["supplier"], receivable), suspended


@case
def a_confirmation_of_a_debtor_who_is_none_any_more(s: Scene) -> Refused:
    debtor = _newcomer(s, Role.DEBTOR)
    receivable, number = s.proposed(by=debtor, debtor=debtor), s.numbers[debtor]
    until = s.ledger.participants.participant(number).valid_until
    s.govern(s.ledger.participants.encoded("setRoles", number, int(Role.SUPPLIER), until))
    return (
        lambda: s.ledger.receivables.confirm(s.signers["supplier"], receivable),
        errors.RoleMissing(number, Role.SUPPLIER, Role.DEBTOR),
    )


@case
def a_confirmation_after_the_due_date(s: Scene) -> Refused:
    receivable = s.proposed(term=DAY)
    due_at = s.ledger.receivables.receivable(receivable).due_at
    s.wait(2 * DAY)
    return (
        lambda: s.ledger.receivables.confirm(s.signers["anchor"], receivable),
        errors.PastDue(receivable, due_at),
    )


# Split and transfer


def _split(s: Scene, voucher: int, *legs: Leg, expected: int = 0) -> Callable[[], Sent]:
    return lambda: s.ledger.receivables.split(s.signers["supplier"], voucher, expected, legs)


def _leg(s: Scene, length: int, to: str = "second supplier") -> Leg:
    return Leg(s.numbers[to], length, s.fresh())


@case
def a_split_into_nothing(s: Scene) -> Refused:
    return _split(s, s.confirmed()), errors.BadLegCount(0, 5)


@case
def a_split_into_too_many(s: Scene) -> Refused:
    return _split(s, s.confirmed(), *[_leg(s, 1)] * 6), errors.BadLegCount(6, 5)


@case
def a_split_of_more_than_there_is(s: Scene) -> Refused:
    voucher = s.confirmed(10)
    return _split(s, voucher, _leg(s, 6), _leg(s, 5)), errors.SplitExceedsVoucher(voucher, 11, 10)


@case
def a_split_of_the_whole(s: Scene) -> Refused:
    voucher = s.confirmed(10)
    return _split(s, voucher, _leg(s, 6), _leg(s, 4)), errors.SplitTakesWhole(voucher)


@case
def a_piece_of_nothing(s: Scene) -> Refused:
    return _split(s, s.confirmed(), _leg(s, 0)), errors.AmountZero()


@case
def a_piece_for_the_debtor(s: Scene) -> Refused:
    return _split(s, s.confirmed(), _leg(s, 1, "anchor")), errors.SameParty(s.numbers["anchor"])


@case
def a_split_sent_twice(s: Scene) -> Refused:
    voucher = s.confirmed()
    _split(s, voucher, _leg(s, 1))()
    return _split(s, voucher, _leg(s, 1)), errors.StaleVoucher(voucher, 1, 0)


@case
def an_offer_of_nothing(s: Scene) -> Refused:
    return (
        lambda: s.ledger.receivables.offer(s.signers["supplier"], NOWHERE, 0, 1, s.fresh()),
        errors.VoucherUnknown(NOWHERE),
    )


@case
def an_offer_by_who_does_not_hold(s: Scene) -> Refused:
    voucher, n = s.confirmed(), s.numbers
    return (
        lambda: s.ledger.receivables.offer(s.signers["bank"], voucher, 0, n["supplier"], s.fresh()),
        errors.NotHolder(voucher, n["bank"], n["supplier"]),
    )


@case
def an_offer_to_oneself(s: Scene) -> Refused:
    voucher, own = s.confirmed(), s.numbers["supplier"]
    return (
        lambda: s.ledger.receivables.offer(s.signers["supplier"], voucher, 0, own, s.fresh()),
        errors.SameParty(own),
    )


@case
def an_offer_without_evidence(s: Scene) -> Refused:
    voucher, to = s.confirmed(), s.numbers["bank"]
    return (
        lambda: s.ledger.receivables.offer(s.signers["supplier"], voucher, 0, to, bytes(32)),
        errors.EvidenceEmpty(),
    )


@case
def an_offer_of_what_is_offered(s: Scene) -> Refused:
    voucher, to = s.offered(), s.numbers["bank"]
    return (
        lambda: s.ledger.receivables.offer(s.signers["supplier"], voucher, 1, to, s.fresh()),
        errors.Encumbered(voucher, 1),
    )


@case
def an_offer_below_the_deepest_tier(s: Scene) -> Refused:
    receivables, chain = s.ledger.receivables, ["supplier", "second supplier", "third supplier", "supplier"]
    voucher = s.confirmed()
    for hop in range(3):
        to = s.numbers[chain[hop + 1]]
        receivables.offer(s.signers[chain[hop]], voucher, 2 * hop, to, s.fresh())
        receivables.accept(s.signers[chain[hop + 1]], voucher, 2 * hop + 1)
    return (
        lambda: receivables.offer(s.signers["supplier"], voucher, 6, s.numbers["bank"], s.fresh()),
        errors.TierTooDeep(voucher, 3, 3),
    )


@case
def an_offer_with_payments_to_redeem(s: Scene) -> Refused:
    voucher = s.confirmed()
    s.ledger.receivables.record_payment(s.signers["settlement bank"], voucher >> 32, 1, s.fresh())
    return (
        lambda: s.ledger.receivables.offer(s.signers["supplier"], voucher, 0, s.numbers["bank"], s.fresh()),
        errors.UnredeemedPayments(voucher, 0, 1),
    )


@case
def an_acceptance_of_what_is_not_offered(s: Scene) -> Refused:
    voucher = s.confirmed()
    return (
        lambda: s.ledger.receivables.accept(s.signers["second supplier"], voucher, 0),
        errors.NotOffered(voucher),
    )


@case
def an_acceptance_by_somebody_else(s: Scene) -> Refused:
    voucher, n = s.offered(), s.numbers
    return (
        lambda: s.ledger.receivables.accept(s.signers["third supplier"], voucher, 1),
        errors.NotCounterparty(voucher, n["third supplier"], n["second supplier"]),
    )


@case
def an_acceptance_from_a_suspended_holder(s: Scene) -> Refused:
    holder = _newcomer(s, Role.SUPPLIER)
    voucher = s.offered(by=holder)
    suspended = _suspend(s, holder)
    return lambda: s.ledger.receivables.accept(s.signers["second supplier"], voucher, 1), suspended


@case
def an_acceptance_too_late(s: Scene) -> Refused:
    voucher = s.offered()
    lapses_at = s.ledger.receivables.voucher(voucher).since + POLICY.offer_period
    s.wait(11 * DAY)
    return (
        lambda: s.ledger.receivables.accept(s.signers["second supplier"], voucher, 1),
        errors.OfferLapsed(voucher, lapses_at),
    )


# Financing


def _accept_quote(s: Scene, voucher: int, signer: str = "bank", **changed: Any) -> Callable[[], Sent]:
    quote = replace(s.quote(voucher), **changed)
    signature = s.ledger.receivables.sign_quote(s.signers[signer], quote)
    return lambda: s.ledger.receivables.accept_quote(s.signers["supplier"], quote, signature)


@case
def a_quote_that_has_expired(s: Scene) -> Refused:
    voucher = s.confirmed()
    return _accept_quote(s, voucher, valid_until=1), errors.QuoteExpired(voucher, 1)


@case
def a_quote_signed_by_another_bank(s: Scene) -> Refused:
    voucher, n = s.confirmed(), s.numbers
    return (
        _accept_quote(s, voucher, "second bank"),
        errors.QuoteNotSigned(voucher, n["bank"], n["second bank"]),
    )


@case
def a_quote_signed_by_nobody(s: Scene) -> Refused:
    voucher = s.confirmed()
    return _accept_quote(s, voucher, "stranger"), errors.QuoteNotSigned(voucher, s.numbers["bank"], 0)


@case
def a_quote_of_nobody(s: Scene) -> Refused:
    return _accept_quote(s, s.confirmed(), "stranger", financier=0), errors.ParticipantUnknown(0)


@case
def a_quote_of_the_debtor(s: Scene) -> Refused:
    debtor = s.numbers["anchor"]
    return _accept_quote(s, s.confirmed(), "anchor", financier=debtor), errors.SameParty(debtor)


@case
def a_quote_of_the_holder(s: Scene) -> Refused:
    holder = s.numbers["supplier"]
    return _accept_quote(s, s.confirmed(), "supplier", financier=holder), errors.SameParty(holder)


@case
def a_quote_of_who_does_not_finance(s: Scene) -> Refused:
    other = s.numbers["second supplier"]
    return (
        _accept_quote(s, s.confirmed(), "second supplier", financier=other),
        errors.RoleMissing(other, Role.SUPPLIER, Role.FINANCIER),
    )


@case
def a_quote_of_a_suspended_bank(s: Scene) -> Refused:
    bank = _newcomer(s, Role.FINANCIER)
    call = _accept_quote(s, s.confirmed(), bank, financier=s.numbers[bank])
    return call, _suspend(s, bank)


@case
def a_quote_for_another_face(s: Scene) -> Refused:
    voucher = s.confirmed()
    return _accept_quote(s, voucher, face=100_001), errors.QuoteOfAnotherFace(voucher, 100_001, 100_000)


def _part_paid(s: Scene) -> int:
    """A voucher of 100,000 of which 40,000 are paid; its version is 1."""
    voucher = s.confirmed()
    s.ledger.receivables.record_payment(s.signers["settlement bank"], voucher >> 32, 40_000, s.fresh())
    s.ledger.receivables.redeem(s.signers["settlement bank"], voucher >> 32, [1])
    return voucher


@case
def a_quote_for_what_is_paid_already(s: Scene) -> Refused:
    voucher = _part_paid(s)
    return _accept_quote(s, voucher, version=1), errors.QuoteOfAnotherFace(voucher, 100_000, 60_000)


@case
def a_quote_of_more_than_is_unpaid(s: Scene) -> Refused:
    voucher = _part_paid(s)
    return (
        _accept_quote(s, voucher, version=1, face=60_000, proceeds=60_001),
        errors.ProceedsExceedFace(voucher, 60_001, 60_000),
    )


@case
def a_quote_of_more_than_the_voucher(s: Scene) -> Refused:
    voucher = s.confirmed(10)
    return _accept_quote(s, voucher, face=10, proceeds=11), errors.ProceedsExceedFace(voucher, 11, 10)


@case
def a_quote_of_nothing(s: Scene) -> Refused:
    return _accept_quote(s, s.confirmed(), proceeds=0), errors.AmountZero()


def _signed_as(s: Scene, signature: bytes) -> Callable[[], Sent]:
    quote = s.quote(s.confirmed())
    return lambda: s.ledger.receivables.accept_quote(s.signers["supplier"], quote, signature)


@case
def a_signature_too_short(s: Scene) -> Refused:
    return _signed_as(s, bytes(64)), errors.ECDSAInvalidSignatureLength(64)


@case
def a_signature_of_nobody(s: Scene) -> Refused:
    return _signed_as(s, bytes(65)), errors.ECDSAInvalidSignature()


@case
def a_signature_with_the_other_s(s: Scene) -> Refused:
    high = b"\xff" * 32
    return _signed_as(s, b"\x01" * 32 + high + b"\x1b"), errors.ECDSAInvalidSignatureS(high)


@case
def a_disbursement_of_what_is_not_locked(s: Scene) -> Refused:
    voucher = s.confirmed()
    return (
        lambda: s.ledger.receivables.disburse(s.signers["settlement bank"], voucher, 0, 1, s.fresh()),
        errors.NotLocked(voucher),
    )


@case
def a_disbursement_of_another_amount(s: Scene) -> Refused:
    voucher = s.locked()
    return (
        lambda: s.ledger.receivables.disburse(s.signers["settlement bank"], voucher, 1, 96_999, s.fresh()),
        errors.WrongAmount(voucher, 96_999, 97_000),
    )


@case
def a_lock_released_too_early(s: Scene) -> Refused:
    voucher = s.locked()
    until = s.ledger.receivables.lock(voucher).disburse_by
    return (
        lambda: s.ledger.receivables.release_lock(s.signers["supplier"], voucher, 1),
        errors.LockHeld(voucher, until),
    )


@case
def a_lock_released_too_early_by_a_settlement_bank(s: Scene) -> Refused:
    voucher = s.locked()
    until = s.ledger.receivables.lock(voucher).disburse_by
    return (
        lambda: s.ledger.receivables.release_lock(s.signers["settlement bank"], voucher, 1),
        errors.LockHeld(voucher, until),
    )


@case
def a_lock_released_by_somebody_else(s: Scene) -> Refused:
    voucher, n = s.locked(), s.numbers
    s.wait(POLICY.disburse_period + DAY)
    return (
        lambda: s.ledger.receivables.release_lock(s.signers["second bank"], voucher, 1),
        errors.NotHolder(voucher, n["second bank"], n["supplier"]),
    )


# Settlement


@case
def a_payment_of_more_than_is_owed(s: Scene) -> Refused:
    receivable = s.confirmed(10) >> 32
    return (
        lambda: s.ledger.receivables.record_payment(s.signers["settlement bank"], receivable, 11, s.fresh()),
        errors.ExceedsOutstanding(receivable, 11, 10),
    )


@case
def a_payment_counted_before(s: Scene) -> Refused:
    receivable, reference = s.confirmed() >> 32, s.fresh()
    s.ledger.receivables.record_payment(s.signers["settlement bank"], receivable, 1, reference)
    return (
        lambda: s.ledger.receivables.record_payment(s.signers["settlement bank"], receivable, 1, reference),
        errors.ReferenceUsed(reference, receivable),
    )


@case
def a_payment_without_reference(s: Scene) -> Refused:
    receivable = s.confirmed() >> 32
    return (
        lambda: s.ledger.receivables.record_payment(s.signers["settlement bank"], receivable, 1, bytes(32)),
        errors.ReferenceEmpty(),
    )


@case
def a_redemption_before_any_payment(s: Scene) -> Refused:
    voucher = s.confirmed()
    return (
        lambda: s.ledger.receivables.redeem(s.signers["supplier"], voucher >> 32, [1]),
        errors.NothingToRedeem(voucher),
    )


@case
def a_redemption_of_what_is_locked(s: Scene) -> Refused:
    voucher = s.locked()
    s.ledger.receivables.record_payment(s.signers["settlement bank"], voucher >> 32, 1, s.fresh())
    return (
        lambda: s.ledger.receivables.redeem(s.signers["settlement bank"], voucher >> 32, [1]),
        errors.Encumbered(voucher, 2),
    )


@case
def a_redemption_of_what_is_redeemed(s: Scene) -> Refused:
    voucher = s.confirmed(10)
    s.ledger.receivables.record_payment(s.signers["settlement bank"], voucher >> 32, 10, s.fresh())
    return (
        lambda: s.ledger.receivables.redeem(s.signers["supplier"], voucher >> 32, [1, 1]),
        errors.NotLive(voucher, 2),
    )


# Computations


def _grant(s: Scene, by: str = "supplier", **changed: Any) -> Callable[[], Sent]:
    arguments: dict[str, Any] = {
        "counterparty": s.numbers["bank"],
        "purpose": REASON,
        "protocol": REASON,
        "input_": s.evidence(),
        "model": s.evidence(),
        "budget": 1,
        "expires_at": s.now() + DAY,
    } | changed
    return lambda: s.ledger.computations.grant(s.signers[by], **arguments)


@case
def a_consent_to_what_is_not_attested(s: Scene) -> Refused:
    unknown = s.fresh()
    return _grant(s, input_=unknown), errors.AttestationInvalid(unknown)


@case
def a_consent_to_oneself(s: Scene) -> Refused:
    return _grant(s, by="bank"), errors.SameParty(s.numbers["bank"])


@case
def a_consent_to_nothing(s: Scene) -> Refused:
    return _grant(s, budget=0), errors.BudgetEmpty()


@case
def a_consent_that_has_expired_already(s: Scene) -> Refused:
    return _grant(s, expires_at=1), errors.BadExpiry(1)


@case
def a_computation_without_consent(s: Scene) -> Refused:
    return lambda: s.ledger.computations.open(s.signers["bank"], NOWHERE), errors.ConsentUnknown(NOWHERE)


@case
def a_withdrawal_by_another_owner(s: Scene) -> Refused:
    consent, n = s.consent(), s.numbers
    return (
        lambda: s.ledger.computations.withdraw(s.signers["bank"], consent),
        errors.NotConsentOwner(consent, n["bank"], n["supplier"]),
    )


@case
def a_computation_by_another_bank(s: Scene) -> Refused:
    consent, n = s.consent(), s.numbers
    return (
        lambda: s.ledger.computations.open(s.signers["second bank"], consent),
        errors.NotConsentCounterparty(consent, n["second bank"], n["bank"]),
    )


@case
def a_computation_after_withdrawal(s: Scene) -> Refused:
    consent = s.consent()
    s.ledger.computations.withdraw(s.signers["supplier"], consent)
    return lambda: s.ledger.computations.open(s.signers["bank"], consent), errors.ConsentEnded(consent)


@case
def a_computation_on_inputs_of_the_suspended(s: Scene) -> Refused:
    owner = _newcomer(s, Role.SUPPLIER)
    consent = s.consent(by=owner)
    suspended = _suspend(s, owner)
    return lambda: s.ledger.computations.open(s.signers["bank"], consent), suspended


@case
def a_computation_after_expiry(s: Scene) -> Refused:
    expires_at = s.now() + DAY
    consent = s.consent(expires_at=expires_at)
    s.wait(2 * DAY)
    return (
        lambda: s.ledger.computations.open(s.signers["bank"], consent),
        errors.ConsentExpired(consent, expires_at),
    )


@case
def a_computation_beyond_the_budget(s: Scene) -> Refused:
    consent = s.consent(budget=1)
    s.ledger.computations.open(s.signers["bank"], consent)
    return lambda: s.ledger.computations.open(s.signers["bank"], consent), errors.BudgetSpent(consent, 1)


@case
def a_result_of_nothing(s: Scene) -> Refused:
    job = s.fresh()
    return (
        lambda: s.ledger.computations.complete(s.signers["bank"], job, REASON, REASON, REASON),
        errors.JobUnknown(job),
    )


@case
def a_second_result(s: Scene) -> Refused:
    job = s.job()
    s.ledger.computations.complete(s.signers["bank"], job, REASON, REASON, REASON)
    return (
        lambda: s.ledger.computations.complete(s.signers["bank"], job, REASON, REASON, REASON),
        errors.JobClosed(job),
    )


@case
def an_empty_result(s: Scene) -> Refused:
    job = s.job()
    return (
        lambda: s.ledger.computations.complete(s.signers["bank"], job, REASON, bytes(32), REASON),
        errors.ResultEmpty(),
    )
