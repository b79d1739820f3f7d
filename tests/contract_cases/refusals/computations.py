"""Consents that cannot be given, and computations that cannot be run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from chain import errors
from chain.deployment import DAY
from chain.rules.computations import hash_of_terms
from chain.rules.state import Role, Terms
from chain.sending import Sent
from tests.chain.scenario import REASON, Scene
from tests.contract_cases.cases import NOWHERE, Refused, case, newcomer, suspend


def _grant(
    s: Scene,
    *,
    by: str = "supplier",
    among: Sequence[int] | None = None,
    terms: Terms | None = None,
    budget: int = 1,
    expires_at: int | None = None,
) -> Callable[[], Sent]:
    counterparties = [s.numbers["bank"]] if among is None else list(among)
    allowed = s.joint_terms() if terms is None else terms
    until = s.now() + DAY if expires_at is None else expires_at
    return lambda: s.ledger.computations.grant(s.signers[by], counterparties, allowed, budget, until)


def _open(s: Scene, consent: tuple[int, Terms], by: str = "bank") -> Callable[[], Sent]:
    return lambda: s.ledger.computations.open(s.signers[by], *consent)


@case
def a_consent_to_what_is_not_attested(s: Scene) -> Refused:
    unknown = s.fresh()
    terms = s.joint_terms()
    return (
        _grant(s, terms=replace(terms, inputs=(*terms.inputs, unknown))),
        errors.AttestationInvalid(unknown),
    )


@case
def a_consent_to_a_model_that_is_not_attested(s: Scene) -> Refused:
    unknown = s.fresh()
    return _grant(s, terms=replace(s.joint_terms(), model=unknown)), errors.AttestationInvalid(unknown)


@case
def a_consent_to_no_input(s: Scene) -> Refused:
    return _grant(s, terms=replace(s.joint_terms(), inputs=())), errors.BadInputs(0)


@case
def a_consent_to_nine_inputs(s: Scene) -> Refused:
    return _grant(s, terms=replace(s.joint_terms(), inputs=(REASON,) * 9)), errors.BadInputs(9)


@case
def a_consent_to_nobody(s: Scene) -> Refused:
    return _grant(s, among=[]), errors.BadCounterparties(0)


@case
def a_consent_to_nine(s: Scene) -> Refused:
    return _grant(s, among=range(1, 10)), errors.BadCounterparties(9)


@case
def a_consent_to_one_bank_twice(s: Scene) -> Refused:
    bank = s.numbers["bank"]
    return _grant(s, among=[bank, bank]), errors.CounterpartiesUnordered(bank)


@case
def a_consent_to_who_does_not_finance(s: Scene) -> Refused:
    other = s.numbers["second supplier"]
    return _grant(s, among=[other]), errors.RoleMissing(other, Role.SUPPLIER, Role.FINANCIER)


@case
def a_consent_to_who_is_not_there(s: Scene) -> Refused:
    return _grant(s, among=[NOWHERE]), errors.ParticipantUnknown(NOWHERE)


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
    return _open(s, (NOWHERE, s.joint_terms())), errors.ConsentUnknown(NOWHERE)


@case
def a_withdrawal_by_another_owner(s: Scene) -> Refused:
    (consent, _), n = s.consent(), s.numbers
    return (
        lambda: s.ledger.computations.withdraw(s.signers["bank"], consent),
        errors.NotConsentOwner(consent, n["bank"], n["supplier"]),
    )


@case
def a_computation_by_another_bank(s: Scene) -> Refused:
    consent = s.consent(among=["bank"])
    return (
        _open(s, consent, "second bank"),
        errors.NotConsentCounterparty(consent[0], s.numbers["second bank"]),
    )


@case
def a_computation_for_another_purpose(s: Scene) -> Refused:
    consent, terms = s.consent()
    other = replace(terms, purpose=REASON)
    return (
        _open(s, (consent, other)),
        errors.TermsChanged(consent, hash_of_terms(terms), hash_of_terms(other)),
    )


@case
def a_computation_on_another_input(s: Scene) -> Refused:
    consent, terms = s.consent()
    other = replace(terms, inputs=(terms.inputs[0], s.evidence()))
    return (
        _open(s, (consent, other)),
        errors.TermsChanged(consent, hash_of_terms(terms), hash_of_terms(other)),
    )


@case
def a_computation_on_a_revoked_input(s: Scene) -> Refused:
    consent, terms = s.consent()
    s.ledger.attestations.revoke(s.signers["tax attester"], terms.inputs[1], REASON)
    return _open(s, (consent, terms)), errors.AttestationInvalid(terms.inputs[1])


@case
def a_computation_after_withdrawal(s: Scene) -> Refused:
    consent = s.consent()
    s.ledger.computations.withdraw(s.signers["supplier"], consent[0])
    return _open(s, consent), errors.ConsentEnded(consent[0])


@case
def a_computation_on_inputs_of_the_suspended(s: Scene) -> Refused:
    owner = newcomer(s, Role.SUPPLIER)
    consent = s.consent(by=owner)
    return _open(s, consent), suspend(s, owner)


@case
def a_computation_after_expiry(s: Scene) -> Refused:
    expires_at = s.now() + DAY
    consent = s.consent(expires_at=expires_at)
    s.wait(2 * DAY)
    return _open(s, consent), errors.ConsentExpired(consent[0], expires_at)


@case
def a_computation_beyond_the_shared_budget(s: Scene) -> Refused:
    consent = s.consent(budget=1)
    s.ledger.computations.open(s.signers["second bank"], *consent)
    return _open(s, consent), errors.BudgetSpent(consent[0], 1)


def _complete(s: Scene, job: bytes, by: str = "bank", result: bytes = REASON) -> Callable[[], Sent]:
    return lambda: s.ledger.computations.complete(s.signers[by], job, result, REASON, REASON)


@case
def a_result_of_nothing(s: Scene) -> Refused:
    job = s.fresh()
    return _complete(s, job), errors.JobUnknown(job)


@case
def a_result_by_another_bank(s: Scene) -> Refused:
    job, n = s.job(), s.numbers
    return (
        _complete(s, job, "second bank"),
        errors.NotJobOpener(job, n["second bank"], n["bank"]),
    )


@case
def a_second_result(s: Scene) -> Refused:
    job = s.job()
    _complete(s, job)()
    return _complete(s, job), errors.JobClosed(job)


@case
def a_result_of_an_abandoned_job(s: Scene) -> Refused:
    job = s.job()
    s.ledger.computations.abandon(s.signers["bank"], job, REASON)
    return _complete(s, job), errors.JobClosed(job)


@case
def an_empty_result(s: Scene) -> Refused:
    return _complete(s, s.job(), result=bytes(32)), errors.ResultEmpty()
