"""What governors set the ledger's parameters to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chain.deployment import DAY
from chain.differential.choosing import NONE, Chooser
from chain.rules import policies as p
from chain.rules.state import Ledger

VALUES: Mapping[bytes, Sequence[int]] = {
    p.LONGEST_TERM: (60 * DAY, 90 * DAY, 0, 4000 * DAY),
    p.REVIEW_TERM: (20 * DAY, 40 * DAY),
    p.SMALL_FIRM_TERM: (30 * DAY, 60 * DAY),
    p.SMALL_FIRM_REFUSED: (0, 1, 2),
    p.EVIDENCE_LEVEL: (1, 2, 2, 5),
    p.LIMIT_NEEDED: (0, 1, 1),
    p.OVERDUE_GRACE: (0, DAY, 3 * DAY),
    p.MAX_TIER: (2, 3, 5, 255),
    p.MAX_LEGS: (3, 5, 0),
    p.MIN_LENGTH: (1, 1, 3, 0),
    p.OFFER_PERIOD: (5 * DAY, 10 * DAY),
    p.DISBURSE_PERIOD: (2 * DAY, 5 * DAY),
    p.REGISTRATION_NEEDED: (0, 1, 1),
    p.AGREEMENT_NEEDED: (0, 1, 1),
    p.JUSTIFICATION_NEEDED: (0, 1, 1),
}
"""Each parameter's values, so short that histories meet them; some are out of range."""


def parameter(c: Chooser, ledger: Ledger, now: int) -> tuple[str, str, tuple[object, ...]]:
    """Sets a version of a parameter, for now or for later, or withdraws one that is pending."""
    name = c.random.choice(list(VALUES))
    pending = [
        known
        for known, number in ledger.policy_versions.items()
        if number and ledger.policy_version[known, number].effective_from > now
    ]
    if c.random.random() < (0.4 if pending else 0.05):
        return "Policies", "withdraw", (c.random.choice(pending or [name]),)
    if c.random.random() < 0.03:
        name = c.random.choice([NONE, c.fresh()])
    value = c.random.choice(VALUES.get(name, (1,)))
    when = c.random.choice([0, 0, 0, now + 9 * DAY, now + 9 * DAY, now - DAY])
    issuer = c.random.choice(["央行", "央行", "央行", ""])
    return "Policies", "set", (name, value, when, issuer, "a rule", "article 1")
