"""The parameters that a ledger starts with: each once, within its range, with the rule that it rests on."""

from __future__ import annotations

import pytest

from chain import errors, events
from chain.deployment import DAY, deploy
from chain.engines import embedded, fund
from chain.ledger import OpenLedger, decide, open_ledger
from chain.naming import policy_key
from chain.policies import DEFAULT_POLICIES, policy_calls
from chain.rules.policies import RANGES, citation_of
from tests.chain.scenario import GOVERNORS


@pytest.fixture(scope="module")
def ledger() -> OpenLedger:
    """A ledger that was deployed, with no policy set."""
    engine = embedded()
    for governor in GOVERNORS:
        fund(engine, governor.address)
    return open_ledger(engine, deploy(engine, GOVERNORS[0], [g.address for g in GOVERNORS], 2))


def test_there_is_a_default_for_every_parameter() -> None:
    names = [policy_key(each.name) for each in DEFAULT_POLICIES]

    assert sorted(names) == sorted(RANGES)
    for each in DEFAULT_POLICIES:
        least, most = RANGES[policy_key(each.name)]
        assert least <= each.value <= most, each


def test_the_terms_are_those_of_the_notice() -> None:
    values = {each.name: each for each in DEFAULT_POLICIES}

    assert values["term.longest"].value == 365 * DAY
    assert values["term.review"].value == 183 * DAY
    for name in ("term.longest", "term.review", "financing.justification"):
        assert (values[name].citation.document[:14], values[name].citation.article) == (
            "银发〔2025〕77号《关于",
            "第十一条",
        )
    assert values["financing.registration"].citation.article == "第十三条"
    assert values["issue.overdue-grace"].citation.article == "第十五条"


def test_a_ledger_without_policies_refuses_what_needs_one(ledger: OpenLedger) -> None:
    with pytest.raises(errors.PolicyNotSet) as refused:
        ledger.policies.value(policy_key("term.longest"))

    assert "term.longest" in str(refused.value)


def test_one_proposal_sets_them_all(ledger: OpenLedger) -> None:
    sent = decide(ledger, GOVERNORS, policy_calls(ledger, DEFAULT_POLICIES))

    told = [logged.event for logged in sent.events if isinstance(logged.event, events.PolicySet)]
    assert [(event.name, event.value) for event in told] == [
        (policy_key(each.name), each.value) for each in DEFAULT_POLICIES
    ]
    for event, each in zip(told, DEFAULT_POLICIES, strict=True):
        citation = each.citation
        assert (event.issuer, event.document, event.article) == (
            citation.issuer,
            citation.document,
            citation.article,
        )
        stored = ledger.policies.version(event.name, 1)
        assert stored.citation == citation_of(citation.issuer, citation.document, citation.article)
        assert ledger.policies.value(event.name) == each.value
        assert ledger.policies.versions(event.name) == 1
    now = told[0].effective_from
    assert ledger.policies.value_at(policy_key("term.longest"), now) == 365 * DAY
    with pytest.raises(errors.PolicyNotSet):
        ledger.policies.value_at(policy_key("term.longest"), now - 1)
