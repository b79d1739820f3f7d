"""What a cross-check rule is: an id, a weight, the flows it compares, and a function that finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Final

from flows.documents import Documents
from flows.records import Flow


class Outcome(Enum):
    """What a rule found."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Policy:
    """Tolerances of the rules, as shares (0.005 is 0.5 %), amounts in the invoice's currency, and days."""

    over_delivery: Decimal = Decimal(0)
    line_price: Decimal = Decimal("0.005")
    total_price: Decimal = Decimal("0.01")
    rounding: Decimal = Decimal("0.01")  # a line, and once more for the document
    invoice_before_receipt_days: int = 30
    term_days: int = 184  # the longest six months, the soft limit of 银发〔2025〕77号
    least_history: int = 3


DEFAULT_POLICY: Final = Policy()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule's function returns: outcome, one sentence with the numbers, documents used, figures."""

    outcome: Outcome
    detail: str
    documents: tuple[str, ...] = ()
    figures: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one rule on one trade.

    Attributes:
        rule: id in the catalogue, such as "X-02a".
        title: what the rule compares.
        outcome: pass, fail, or not applicable when a document it needs is absent.
        detail: one sentence with the numbers.
        documents: ids of the documents used, kind before the id: "invoice A00095678".
        weight: share in the score.
        hard: whether failing it forbids any attestation.
        flows: the flows the rule compares with one another or within; empty for rules about conduct.
        figures: named quantities and amounts.
    """

    rule: str
    title: str
    outcome: Outcome
    detail: str
    documents: tuple[str, ...]
    weight: int
    hard: bool
    flows: frozenset[Flow]
    figures: Mapping[str, Decimal]

    @property
    def passed(self) -> bool:
        """Whether the rule applied and passed."""
        return self.outcome is Outcome.PASS

    @property
    def failed(self) -> bool:
        """Whether the rule applied and failed."""
        return self.outcome is Outcome.FAIL


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the catalogue; calling it with documents and a policy gives its result."""

    id: str
    title: str
    weight: int
    hard: bool
    flows: frozenset[Flow]
    find: Callable[[Documents, Policy], Finding]

    def __call__(self, documents: Documents, policy: Policy = DEFAULT_POLICY) -> CheckResult:
        """Apply the rule; it never raises, whatever is absent."""
        found = self.find(documents, policy)
        return CheckResult(
            rule=self.id,
            title=self.title,
            outcome=found.outcome,
            detail=found.detail,
            documents=found.documents,
            weight=self.weight,
            hard=self.hard,
            flows=self.flows,
            figures=found.figures,
        )


def rule(
    id_: str, title: str, *, weight: int, hard: bool = False, flows: tuple[Flow, ...] = ()
) -> Callable[[Callable[[Documents, Policy], Finding]], Rule]:
    """Make a function that finds into a rule of the catalogue."""

    def make(find: Callable[[Documents, Policy], Finding]) -> Rule:
        return Rule(id_, title, weight, hard, frozenset(flows), find)

    return make


def absent(what: str) -> Finding:
    """The finding of a rule whose documents are not there."""
    return Finding(Outcome.NOT_APPLICABLE, f"Not applicable: {what}.")


def verdict(
    faults: list[str],
    good: str,
    documents: tuple[str, ...],
    figures: Mapping[str, Decimal] | None = None,
) -> Finding:
    """A failure that lists its faults, or a pass that says `good`."""
    outcome = Outcome.FAIL if faults else Outcome.PASS
    return Finding(outcome, "; ".join(faults) + "." if faults else good, documents, figures or {})
