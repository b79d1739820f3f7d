"""The cross-check of one trade: every rule, the score, and the level an attester may state.

Levels: L0 self-declared, L1 counter-signed, L2 source-signed, L3 three flows matched, L4 four flows matched
and the cash confirmed. A hard failure forbids any attestation: the level is None, which is not L0.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import IntEnum
from typing import Final

from flows.checks import amounts, cash, dates, ledgers, parties, quantities
from flows.checks.rule import DEFAULT_POLICY, CheckResult, Outcome, Policy, Rule
from flows.documents import Documents
from flows.records import Flow

CATALOGUE: Final[tuple[Rule, ...]] = (
    parties.same_parties,
    parties.two_parties,
    parties.linked_references,
    quantities.quantities,
    quantities.unit_prices,
    quantities.order_total,
    amounts.totals,
    amounts.tax,
    amounts.one_currency,
    amounts.line_products,
    dates.date_order,
    dates.due_date,
    ledgers.not_credited_away,
    ledgers.in_sellers_ledger,
    ledgers.in_buyers_ledger,
    ledgers.invoiced_once,
    cash.term_against_history,
    cash.paid_in_full,
    cash.payer_is_debtor,
    cash.bound_account,
    dates.no_prepayment,
    dates.term,
)

_CASH_RULE: Final = cash.paid_in_full.id


class Level(IntEnum):
    """How much an attestation of the evidence says."""

    L0 = 0
    L1 = 1
    L2 = 2
    L3 = 3
    L4 = 4


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """The result of all rules on one trade.

    Attributes:
        results: one for each rule of the catalogue, in its order.
        score: weight passed over weight applicable, 0 to 1 with four decimals; None if nothing applied.
        matched: the flows that have documents, pass a rule, and fail none.
        level: what may be attested, None after a hard failure.
        reason: one sentence on why this level and no other.
    """

    results: tuple[CheckResult, ...]
    score: Decimal | None
    matched: frozenset[Flow]
    level: Level | None
    reason: str

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        """The rules that failed."""
        return tuple(result for result in self.results if result.failed)

    @property
    def hard_failures(self) -> tuple[CheckResult, ...]:
        """The rules that failed and forbid any attestation."""
        return tuple(result for result in self.failures if result.hard)

    def result(self, rule: str) -> CheckResult:
        """The result of the rule with this id.

        Raises:
            KeyError: the catalogue has no such rule.
        """
        for result in self.results:
            if result.rule == rule:
                return result
        raise KeyError(rule)


def cross_check(
    documents: Documents,
    policy: Policy = DEFAULT_POLICY,
    *,
    countersigned: bool = False,
    source_signed: bool = False,
) -> CrossCheck:
    """Apply every rule of the catalogue to the documents of one trade.

    Args:
        documents: as `read_folder` collects them; ledgers and history may be added.
        policy: tolerances.
        countersigned: the caller has verified the other party's signature on the documents.
        source_signed: the caller has verified the signature of the source (tax office, carrier, bank).
    """
    results = tuple(rule(documents, policy) for rule in CATALOGUE)
    matched = frozenset(flow for flow in documents.flows if _matches(flow, results))
    hard = [result.rule for result in results if result.failed and result.hard]
    if hard:
        level, reason = None, f"No attestation: {', '.join(hard)} failed, and forbids any."
    else:
        level, reason = _level(documents, matched, results, countersigned, source_signed)
    return CrossCheck(results, _score(results), matched, level, reason)


def _matches(flow: Flow, results: tuple[CheckResult, ...]) -> bool:
    about = [result for result in results if flow in result.flows]
    return any(one.passed for one in about) and not any(one.failed for one in about)


def _level(
    documents: Documents,
    matched: frozenset[Flow],
    results: tuple[CheckResult, ...],
    countersigned: bool,
    source_signed: bool,
) -> tuple[Level, str]:
    confirmed = any(result.rule == _CASH_RULE and result.passed for result in results)
    if len(matched) == len(Flow) and confirmed:
        return Level.L4, "L4: all four flows match and the cash is confirmed."
    missing = [flow for flow in Flow if flow not in matched]
    lacking = ", ".join(_lacking(flow, documents, results) for flow in missing)
    if len(matched) >= 3:
        return Level.L3, f"L3: {len(matched)} flows match; {lacking}."
    why = f"{len(matched)} flows match, L3 needs three; {lacking}"
    if source_signed:
        return Level.L2, f"L2: the source signed; {why}."
    if countersigned:
        return Level.L1, f"L1: the other party signed; {why}."
    return Level.L0, f"L0: no signature but the declarer's; {why}."


def _lacking(flow: Flow, documents: Documents, results: tuple[CheckResult, ...]) -> str:
    failed = [result.rule for result in results if result.failed and flow in result.flows]
    if failed:
        return f"{flow.name.lower()} fails {' and '.join(failed)}"
    return f"{flow.name.lower()} {'is not compared' if flow in documents.flows else 'has no document'}"


def _score(results: tuple[CheckResult, ...]) -> Decimal | None:
    applicable = sum(one.weight for one in results if one.outcome is not Outcome.NOT_APPLICABLE)
    if not applicable:
        return None
    passed = sum(one.weight for one in results if one.passed)
    return (Decimal(passed) / applicable).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
