"""Parameters: named, dated, and resting on a rule that can be looked up.

Limits of law and of the consortium change, and what was done under the old ones stays lawful: so each
parameter is a row of versions, every one in effect from later than the one before, set by governors with the
issuer, document and article that it rests on. A version that is not in effect yet may be withdrawn; the past
is never rewritten. Periods are seconds, amounts minor units, and a switch is 0 or 1.
"""

from __future__ import annotations

from collections.abc import Mapping

from eth_abi.abi import encode

from chain import errors, events
from chain.hashing import keccak
from chain.naming import policy_key
from chain.rules.participants import require_governance
from chain.rules.state import NO_VERSION, Ledger, Moment, PolicyVersion

LONGEST_TERM = policy_key("term.longest")
"""Longest time from proposal to due date: at most a year (银发〔2025〕77号 article 11)."""

REVIEW_TERM = policy_key("term.review")
"""A longer term than this, six months in principle (77号 article 11), is extended."""

SMALL_FIRM_TERM = policy_key("term.small-firm")
"""Longest time from delivery to due date that a large firm may take from a small one (国务院令第802号)."""

SMALL_FIRM_REFUSED = policy_key("term.small-firm.refused")
"""Switch: a longer term for a small firm is refused, not only flagged."""

EVIDENCE_LEVEL = policy_key("evidence.level")
"""Level, 0 to 4, that the evidence of a trade is attested at, at least."""

LIMIT_NEEDED = policy_key("limit.needed")
"""Switch: a debtor without a limit issues nothing."""

OVERDUE_GRACE = policy_key("issue.overdue-grace")
"""How long after the due date an unpaid receivable stops its debtor's issues (77号 article 15)."""

MAX_TIER = policy_key("transfer.tiers")
MAX_LEGS = policy_key("transfer.legs")
MIN_LENGTH = policy_key("transfer.least")
OFFER_PERIOD = policy_key("transfer.offer-period")
DISBURSE_PERIOD = policy_key("financing.disburse-period")

REGISTRATION_NEEDED = policy_key("financing.registration")
"""Switch: a financing is registered before it is paid (77号 article 13)."""

AGREEMENT_NEEDED = policy_key("financing.agreement")
"""Switch: a financing has its contract on file before it is paid (Civil Code, article 762)."""

JUSTIFICATION_NEEDED = policy_key("financing.justification")
"""Switch: the financing of an extended term says why the term is so long (77号 article 11)."""

_PERIOD = (1, 3650 * 24 * 3600)
_SWITCH = (0, 1)

RANGES: Mapping[bytes, tuple[int, int]] = {
    LONGEST_TERM: _PERIOD,
    REVIEW_TERM: _PERIOD,
    SMALL_FIRM_TERM: _PERIOD,
    SMALL_FIRM_REFUSED: _SWITCH,
    EVIDENCE_LEVEL: (0, 4),
    LIMIT_NEEDED: _SWITCH,
    OVERDUE_GRACE: (0, _PERIOD[1]),
    MAX_TIER: (1, 254),
    MAX_LEGS: (1, 255),
    MIN_LENGTH: (1, 2**48 - 1),
    OFFER_PERIOD: _PERIOD,
    DISBURSE_PERIOD: _PERIOD,
    REGISTRATION_NEEDED: _SWITCH,
    AGREEMENT_NEEDED: _SWITCH,
    JUSTIFICATION_NEEDED: _SWITCH,
}
"""Every parameter there is, with its smallest and its greatest value."""


def set_policy(
    ledger: Ledger,
    at: Moment,
    name: bytes,
    value: int,
    effective_from: int,
    issuer: str,
    document: str,
    article: str,
) -> tuple[events.Event, ...]:
    """Governors set a parameter, for now (`effective_from` 0) or for a day to come."""
    require_governance(ledger, at)
    if name not in RANGES:
        raise errors.PolicyUnknown(name)
    least, most = RANGES[name]
    if not least <= value <= most:
        raise errors.BadPolicyValue(name, value, least, most)
    number = ledger.policy_versions.get(name, 0)
    earliest = max(ledger.policy_version.get((name, number), NO_VERSION).effective_from + 1, at.now)
    effective_from = effective_from or at.now
    if effective_from < earliest:
        raise errors.BadEffectiveDate(name, effective_from, earliest)
    if not (issuer and document and article):
        raise errors.CitationEmpty(name)
    number += 1
    citation = citation_of(issuer, document, article)
    ledger.policy_versions[name] = number
    ledger.policy_version[name, number] = PolicyVersion(value, effective_from, citation)
    return (events.PolicySet(name, number, value, effective_from, issuer, document, article),)


def withdraw_policy(ledger: Ledger, at: Moment, name: bytes) -> tuple[events.Event, ...]:
    """Governors take back the last version of a parameter while it is not in effect."""
    require_governance(ledger, at)
    number = ledger.policy_versions.get(name, 0)
    if ledger.policy_version.get((name, number), NO_VERSION).effective_from <= at.now:
        raise errors.NothingPending(name)
    ledger.policy_version[name, number] = NO_VERSION
    ledger.policy_versions[name] = number - 1
    return (events.PolicyWithdrawn(name, number),)


def policy_of(ledger: Ledger, at: Moment, name: bytes) -> int:
    """The value of a parameter in effect now.

    Raises:
        PolicyNotSet: there is none, and what rests on it is refused.
    """
    return policy_at(ledger, name, at.now)


def policy_at(ledger: Ledger, name: bytes, time: int) -> int:
    """The value of a parameter in effect at a time."""
    for number in range(ledger.policy_versions.get(name, 0), 0, -1):
        version = ledger.policy_version[name, number]
        if version.effective_from <= time:
            return version.value
    raise errors.PolicyNotSet(name)


def citation_of(issuer: str, document: str, article: str) -> bytes:
    """What a version stores of the rule it rests on; text that is not UTF-8 is its bytes."""
    texts = [text.encode("utf-8", "surrogateescape") for text in (issuer, document, article)]
    return keccak(encode(["bytes", "bytes", "bytes"], texts))
