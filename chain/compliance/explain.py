"""A refusal as a person reads it: the sentence, the policy and the citation, in Chinese or English."""

from __future__ import annotations

from dataclasses import dataclass

from chain.compliance.catalogue import CATALOGUE, Language
from chain.compliance.refusals import REFUSALS
from chain.errors import LedgerRefusal


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why something was refused.

    `rule` is the refusal's stable name, `policy` the id of the policy it rests on; the others are in the
    language that was asked for: `remedy` is what helps, `value_set_by` what governors cite for the
    parameter's value, where a parameter decides and its citation was given.
    """

    rule: str
    policy: str
    title: str
    sentence: str
    citation: str
    remedy: str
    value_set_by: str | None = None

    def __str__(self) -> str:
        return f"{self.sentence} [{self.policy}: {self.citation}]"


def explain(refusal: LedgerRefusal, language: Language, value_set_by: str | None = None) -> Explanation:
    """Puts a refusal into words.

    Args:
        refusal: What the ledger said.
        language: "zh" or "en".
        value_set_by: What the ledger's governors cite for the parameter that decided, if one did.
    """
    own, sentence = REFUSALS[type(refusal).__name__]
    policy = CATALOGUE[policy_of(refusal) or own]
    return Explanation(
        rule=refusal.rule,
        policy=policy.id,
        title=policy.title.of(language),
        sentence=sentence.format(**refusal.told()) if language == "zh" else str(refusal),
        citation=policy.source.of(language),
        remedy=policy.remedy.of(language),
        value_set_by=value_set_by,
    )


def policy_of(refusal: LedgerRefusal) -> str | None:
    """The parameter that a refusal names as what decided, or None."""
    named = refusal.facts().get("policy")
    return named if named in CATALOGUE else None
