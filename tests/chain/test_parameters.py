"""The parameters of the rules are those of the contract, range by range."""

from __future__ import annotations

import re

import pytest

from chain import errors, events
from chain.clients.participants import Call
from chain.naming import policy_key, policy_name
from chain.rules.policies import RANGES, citation_of, policy_at
from chain.rules.state import Ledger, PolicyVersion
from tests.chain.conftest import ROOT
from tests.chain.scenario import Scene

SOURCE = (ROOT / "contracts" / "src" / "PolicyNames.sol").read_text(encoding="utf-8")
TERM = policy_key("term.longest")


def test_every_parameter_of_the_contract_is_one_of_the_rules() -> None:
    named = re.findall(r'bytes32 internal constant \w+ = "([^"]+)";', SOURCE)

    assert {policy_name(name) for name in RANGES} == set(named)


def test_a_parameter_may_have_the_ends_of_its_range(embedded_scene: Scene) -> None:
    calls = [
        call
        for name, ends in RANGES.items()
        for end in ends
        for call in (setting(embedded_scene, name, end), withdrawing(embedded_scene, name))
    ]

    sent = embedded_scene.govern(*calls)

    values = [logged.event.value for logged in sent.events if isinstance(logged.event, events.PolicySet)]
    assert values == [end for ends in RANGES.values() for end in ends]


@pytest.mark.parametrize("name", RANGES, ids=map(policy_name, RANGES))
def test_a_parameter_has_no_value_beyond_its_range(embedded_scene: Scene, name: bytes) -> None:
    least, most = RANGES[name]

    for value in (least - 1, most + 1):
        if value < 0:
            continue
        with pytest.raises(errors.BadPolicyValue) as found:
            embedded_scene.govern(setting(embedded_scene, name, value))
        assert found.value == errors.BadPolicyValue(name, value, least, most)


def setting(scene: Scene, name: bytes, value: int) -> Call:
    """The decision to set a parameter from a day far ahead."""
    ahead = scene.now() + 10**9
    return scene.ledger.policies.encoded("set", name, value, ahead, "an issuer", "a rule", "1")


def withdrawing(scene: Scene, name: bytes) -> Call:
    return scene.ledger.policies.encoded("withdraw", name)


def test_a_value_is_that_of_the_last_version_in_effect() -> None:
    ledger = Ledger(1, "", "", "", "")
    ledger.policy_versions[TERM] = 3
    for number, (value, since) in enumerate(((90, 100), (60, 200), (30, 300)), 1):
        ledger.policy_version[TERM, number] = PolicyVersion(value, since, bytes(32))

    assert [policy_at(ledger, TERM, time) for time in (100, 199, 200, 299, 300, 10**9)] == [
        *(90, 90),
        *(60, 60),
        *(30, 30),
    ]
    with pytest.raises(errors.PolicyNotSet):
        policy_at(ledger, TERM, 99)


def test_a_citation_tells_where_issuer_document_and_article_end() -> None:
    assert citation_of("ab", "c", "d") != citation_of("a", "bc", "d") != citation_of("a", "b", "cd")
