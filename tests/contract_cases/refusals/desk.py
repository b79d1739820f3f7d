"""Hands and drafts: what maker and checker may not do."""

from __future__ import annotations

from chain import errors, events
from chain.clients.participants import Call
from chain.deployment import DAY
from chain.ledger import only
from chain.rules.desk import hash_of_call
from chain.rules.state import Role, Statement
from tests.chain.scenario import REASON, Scene
from tests.contract_cases.cases import NOWHERE, Refused, case, newcomer


def _desk(s: Scene) -> str:
    """An attester with a hand, a maker, a checker, and one who is both: `signers` knows them by its name."""
    name = newcomer(s, Role.ATTESTER)
    hand = only(s.ledger.desk.open(s.signers[name]), events.HandOpened).hand
    s.ledger.participants.add_account(s.signers[name], s.numbers[name], hand, int(Role.ATTESTER))
    s.account(name, f"{name} maker", int(Role.MAKER))
    s.account(name, f"{name} checker", int(Role.CHECKER))
    s.account(name, f"{name} both", int(Role.MAKER | Role.CHECKER))
    return name


def _call(s: Scene) -> Call:
    statement = (s.fresh(), 1, s.fresh(), 1, 0)
    return s.ledger.attestations.encoded("attest", statement)


def _draft(s: Scene, name: str, call: Call, by: str = "maker") -> int:
    return only(s.ledger.desk.make(s.signers[f"{name} {by}"], call), events.DraftMade).id


@case
def a_second_hand(s: Scene) -> Refused:
    name = _desk(s)
    return lambda: s.ledger.desk.open(s.signers[name]), errors.HandExists(s.numbers[name])


@case
def a_draft_without_a_hand(s: Scene) -> Refused:
    name = newcomer(s, Role.ATTESTER)
    maker = s.account(name, f"{name} maker", int(Role.MAKER))
    call = _call(s)
    return lambda: s.ledger.desk.make(maker, call), errors.HandMissing(s.numbers[name])


@case
def a_draft_of_what_the_desk_does(s: Scene) -> Refused:
    name, call = _desk(s), s.ledger.desk.encoded("open")
    return lambda: s.ledger.desk.make(s.signers[f"{name} maker"], call), errors.DeskItself()


@case
def a_draft_for_no_contract(s: Scene) -> Refused:
    name, nobody = _desk(s), s.signers["stranger"].address
    return (
        lambda: s.ledger.desk.make(s.signers[f"{name} maker"], (nobody, b"")),
        errors.NoContract(nobody),
    )


@case
def a_check_of_nothing(s: Scene) -> Refused:
    name, call = _desk(s), _call(s)
    return (
        lambda: s.ledger.desk.check(s.signers[f"{name} checker"], NOWHERE, call),
        errors.DraftUnknown(NOWHERE),
    )


@case
def a_check_by_who_only_makes(s: Scene) -> Refused:
    name, call = _desk(s), _call(s)
    draft = _draft(s, name, call)
    return (
        lambda: s.ledger.desk.check(s.signers[f"{name} maker"], draft, call),
        errors.RoleMissing(s.numbers[name], Role.MAKER, Role.CHECKER),
    )


@case
def a_check_by_whoever_made_it(s: Scene) -> Refused:
    name, call = _desk(s), _call(s)
    draft = _draft(s, name, call, "both")
    both = s.signers[f"{name} both"]
    return (
        lambda: s.ledger.desk.check(both, draft, call),
        errors.SameAccount(draft, both.address),
    )


@case
def a_check_by_another_participant(s: Scene) -> Refused:
    name, other, call = _desk(s), _desk(s), _call(s)
    draft = _draft(s, name, call)
    return (
        lambda: s.ledger.desk.check(s.signers[f"{other} checker"], draft, call),
        errors.NotDraftOwner(draft, s.numbers[other], s.numbers[name]),
    )


@case
def a_check_of_another_call(s: Scene) -> Refused:
    name, call, other = _desk(s), _call(s), _call(s)
    draft = _draft(s, name, call)
    return (
        lambda: s.ledger.desk.check(s.signers[f"{name} checker"], draft, other),
        errors.DraftChanged(draft, hash_of_call(*call), hash_of_call(*other)),
    )


@case
def a_check_too_late(s: Scene) -> Refused:
    name, call = _desk(s), _call(s)
    made = only(s.ledger.desk.make(s.signers[f"{name} maker"], call), events.DraftMade)
    s.wait(15 * DAY)
    return (
        lambda: s.ledger.desk.check(s.signers[f"{name} checker"], made.id, call),
        errors.DraftExpired(made.id, made.expires_at),
    )


@case
def a_second_check(s: Scene) -> Refused:
    name, call = _desk(s), _call(s)
    draft = _draft(s, name, call)
    s.ledger.desk.check(s.signers[f"{name} checker"], draft, call)
    return (
        lambda: s.ledger.desk.check(s.signers[f"{name} checker"], draft, call),
        errors.DraftDone(draft),
    )


@case
def a_check_of_what_a_dismissed_maker_made(s: Scene) -> Refused:
    name, call = _desk(s), _call(s)
    draft, maker = _draft(s, name, call), s.signers[f"{name} maker"].address
    s.ledger.participants.remove_account(s.signers[name], maker)
    return (
        lambda: s.ledger.desk.check(s.signers[f"{name} checker"], draft, call),
        errors.NotParticipant(maker),
    )


@case
def a_check_of_what_the_ledger_refuses(s: Scene) -> Refused:
    name, call = _desk(s), _call(s)
    draft = _draft(s, name, call)
    hand = s.ledger.desk.hand_of(s.numbers[name])
    s.ledger.participants.remove_account(s.signers[name], hand)
    return (
        lambda: s.ledger.desk.check(s.signers[f"{name} checker"], draft, call),
        errors.NotParticipant(hand),
    )


@case
def a_check_of_what_fails_without_a_word(s: Scene) -> Refused:
    name = _desk(s)
    call = (s.ledger.attestations.address, b"")
    draft = _draft(s, name, call)
    return (
        lambda: s.ledger.desk.check(s.signers[f"{name} checker"], draft, call),
        errors.TargetFailed(call[0]),
    )


@case
def a_rejection_by_whoever_made_it(s: Scene) -> Refused:
    name, call = _desk(s), _call(s)
    draft, both = _draft(s, name, call, "both"), s.signers[f"{name} both"]
    return (
        lambda: s.ledger.desk.reject(both, draft, REASON),
        errors.SameAccount(draft, both.address),
    )


@case
def a_draft_of_another_maker_to_cancel(s: Scene) -> Refused:
    name, call = _desk(s), _call(s)
    draft, both = _draft(s, name, call), s.signers[f"{name} both"]
    return lambda: s.ledger.desk.cancel(both, draft), errors.NotMaker(draft, both.address)


@case
def a_maker_without_the_desk(s: Scene) -> Refused:
    name = _desk(s)
    statement = Statement(s.fresh(), 1, s.fresh(), 1, 0)
    return (
        lambda: s.ledger.attestations.attest(s.signers[f"{name} maker"], statement),
        errors.RoleMissing(s.numbers[name], Role.MAKER, Role.ATTESTER),
    )
