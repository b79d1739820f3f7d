"""What each refusal of the story rests on: a policy, and where it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chain.compliance import CATALOGUE, explain
from chain.compliance.catalogue import Language
from chain.errors import LedgerRefusal
from credit.query import NotReliable
from flows.disclosure import DisclosureRefused
from flows.errors import BadDocument
from privacy.errors import PrivacyRefusal

REFUSALS = (LedgerRefusal, DisclosureRefused, NotReliable, PrivacyRefusal, BadDocument)
"""Every way in which something is refused here."""

_POLICY_OF: Mapping[type[Exception], str] = {
    DisclosureRefused: "attestation",
    NotReliable: "attestation",
    PrivacyRefusal: "consent",
    BadDocument: "trade.real",
}
"""The policy behind a refusal that is not the ledger's."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A rule that refused, in kebab case; its sentence; the policy behind it and the policy's citation."""

    rule: str
    sentence: str
    policy: str
    citation: str


def ground_of(refusal: Exception, language: Language = "en") -> Ground:
    """What a refusal rests on.

    Raises:
        TypeError: it is none of `REFUSALS`.
    """
    if isinstance(refusal, LedgerRefusal):
        explained = explain(refusal, language)
        return Ground(explained.rule, explained.sentence, explained.policy, explained.citation)
    for kind, policy in _POLICY_OF.items():
        if isinstance(refusal, kind):
            rule = refusal.rule if isinstance(refusal, NotReliable) else _kebab(type(refusal).__name__)
            return Ground(rule, str(refusal), policy, CATALOGUE[policy].source.of(language))
    raise TypeError(f"{type(refusal).__name__} is no refusal")


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
