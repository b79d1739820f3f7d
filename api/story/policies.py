"""The parameters that the ledger starts with, each with where it is written."""

from __future__ import annotations

from api.story.stage import DAY, Stage
from chain.naming import policy_key
from chain.policies import DEFAULT_POLICIES

TOLD = ("term.longest", "term.small-firm", "issue.overdue-grace", "financing.registration")
"""Those that the story tells of; the others are set as well."""


def tell_policies(stage: Stage) -> None:
    """Governors have set every parameter, citing whoever made the rule."""
    settings = {each.name: each for each in DEFAULT_POLICIES}
    told = []
    for name in TOLD:
        value = stage.ledger.policies.value(policy_key(name))
        days = value // DAY
        shown = f"{days} day{'s' * (days != 1)}" if days else ("yes" if value else "no")
        citation = settings[name].citation
        told.append(f"{name} {shown} ({citation.document.partition('《')[0]}{citation.article})")
    stage.scene(
        "Governors (2 of 3)", f"set {len(settings)} parameters, each with a citation: {'; '.join(told)}"
    )
