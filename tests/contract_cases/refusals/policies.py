"""Parameters that governors cannot set, and what rests on one that is not set."""

from __future__ import annotations

from chain import errors
from chain.deployment import DAY
from chain.naming import policy_key
from tests.chain.scenario import Scene
from tests.contract_cases.cases import Refused, case

LONGEST, TIERS = policy_key("term.longest"), policy_key("transfer.tiers")
RULE = ("an issuer", "a document", "an article")


def _set(s: Scene, name: bytes, value: int, effective_from: int = 0, rule: tuple[str, ...] = RULE) -> object:
    return s.govern(s.ledger.policies.encoded("set", name, value, effective_from, *rule))


@case
def a_parameter_without_a_proposal(s: Scene) -> Refused:
    anchor = s.signers["anchor"]
    return (
        lambda: s.ledger.policies._send(anchor, "set", LONGEST, 1, 0, *RULE),
        errors.NotGovernance(anchor.address),
    )


@case
def a_parameter_that_there_is_not(s: Scene) -> Refused:
    unknown = policy_key("term.shortest")
    return lambda: _set(s, unknown, 1), errors.PolicyUnknown(unknown)


@case
def a_parameter_out_of_range(s: Scene) -> Refused:
    return lambda: _set(s, TIERS, 255), errors.BadPolicyValue(TIERS, 255, 1, 254)


@case
def a_parameter_before_the_one_set_already(s: Scene) -> Refused:
    ahead = s.now() + 1_000 * DAY
    name = policy_key("transfer.legs")
    _set(s, name, 5, ahead)
    return lambda: _set(s, name, 6, ahead), errors.BadEffectiveDate(name, ahead, ahead + 1)


@case
def a_parameter_that_rests_on_nothing(s: Scene) -> Refused:
    return lambda: _set(s, TIERS, 3, 0, ("an issuer", "a document", "")), errors.CitationEmpty(TIERS)


@case
def a_parameter_in_effect_to_withdraw(s: Scene) -> Refused:
    return (
        lambda: s.govern(s.ledger.policies.encoded("withdraw", TIERS)),
        errors.NothingPending(TIERS),
    )


@case
def a_value_of_what_is_not_set(s: Scene) -> Refused:
    unknown = policy_key("term.shortest")
    return lambda: s.ledger.policies.value(unknown), errors.PolicyNotSet(unknown)
