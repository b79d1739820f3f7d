"""Every refusal has its policy, its citation and its sentence in two languages."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from chain import errors
from chain.compliance import CATALOGUE, explain
from chain.compliance.catalogue import PARAMETERS
from chain.compliance.refusals import REFUSALS
from chain.errors import BY_NAME
from chain.naming import policy_key
from chain.policies import DEFAULT_POLICIES

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
DAY = 24 * 3600


def placeholders(sentence: str) -> set[str]:
    return set(re.findall(r"{(\w+)", sentence))


def test_every_refusal_has_a_policy_and_a_chinese_sentence() -> None:
    assert set(REFUSALS) == set(BY_NAME)


@pytest.mark.parametrize("name", sorted(REFUSALS))
def test_a_sentence_tells_only_facts_of_its_refusal(name: str) -> None:
    policy, sentence = REFUSALS[name]

    assert policy in CATALOGUE
    assert placeholders(sentence) <= {f.name for f in fields(BY_NAME[name])}  # type: ignore[arg-type]
    assert sentence.endswith("。")


@pytest.mark.parametrize("name", sorted(REFUSALS))
def test_a_chinese_sentence_leaves_out_no_fact_of_the_english_one(name: str) -> None:
    english = placeholders(BY_NAME[name].__doc__ or "") - {"policy"}

    assert placeholders(REFUSALS[name][1]) == english


def test_the_parameters_are_those_of_the_contracts() -> None:
    source = (CONTRACTS / "src" / "PolicyNames.sol").read_text(encoding="utf-8")

    names = re.findall(r'bytes32 internal constant \w+ = "([^"]+)"', source)

    assert sorted(PARAMETERS) == sorted(names)
    assert sorted(PARAMETERS) == sorted(setting.name for setting in DEFAULT_POLICIES)


def test_no_policy_of_the_catalogue_is_without_a_refusal_or_a_parameter() -> None:
    resting = {policy for policy, _ in REFUSALS.values()}

    assert set(CATALOGUE) - resting - set(PARAMETERS) == set()


def test_a_refusal_is_explained_in_both_languages() -> None:
    refusal = errors.BadDueDate(due_at=40 * DAY, latest=30 * DAY, policy=policy_key("term.longest"))

    chinese, english = explain(refusal, "zh"), explain(refusal, "en")

    assert (
        (chinese.rule, chinese.policy) == (english.rule, english.policy) == ("bad-due-date", "term.longest")
    )
    assert chinese.sentence == "到期日 1970-02-10 00:00:00 UTC 须在将来且不晚于 1970-01-31 00:00:00 UTC。"
    assert "第十一条" in chinese.citation
    assert english.sentence == str(refusal)
    assert english.citation.endswith("article 11")


def test_times_are_told_as_dates_and_stay_numbers_among_the_facts() -> None:
    refusal = errors.AccountExpired(account="0x" + "ab" * 20, valid_until=1_795_651_199)

    assert "2026-11-25 23:59:59 UTC" in str(refusal)
    assert refusal.facts()["valid_until"] == 1_795_651_199


def test_a_time_beyond_the_calendar_is_told_as_it_is() -> None:
    assert str(2**40 - 1) in str(errors.ParticipantExpired(number=7, valid_until=2**40 - 1))
    assert "9999-12-31 23:59:59 UTC" in str(errors.ParticipantExpired(number=7, valid_until=253_402_300_799))


def test_the_parameter_that_a_refusal_names_decides_its_policy() -> None:
    refusal = errors.NotOverdue(receivable=1, overdue_from=2, policy=policy_key("issue.overdue-grace"))

    assert explain(refusal, "en").policy == "issue.overdue-grace"
    assert REFUSALS["NotOverdue"][0] == "issue.stop"
