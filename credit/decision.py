"""From a score to a decision: grade, limit and rate, with everything an examiner needs to compute it again.

    limit = min(alpha * S12, beta * monthly receipts * n, gamma * receivable from the core) * f(grade)
            - existing exposure                                              (formula C, invoice model)
    rate  = FTP + PD * LGD + operating cost + capital ratio * capital return + margin

The minimum is over the bases that are known; without any, the firm is declined. Money is integer fen; a limit
is rounded down, a rate to 0.0001 % half up.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import Enum
from fractions import Fraction

from credit.admission import Admission
from credit.policy import PRACTICE_POLICY, Policy
from credit.scorecard import Scorecard

_RATE = Context(prec=34, rounding=ROUND_HALF_UP)
_RATE_STEP = Decimal("0.000001")


class BadRequest(ValueError):
    """A request outside its stated ranges; the message names the field."""


@dataclass(frozen=True, slots=True)
class CreditRequest:
    """What a decision is taken on; amounts in fen.

    Attributes:
        firm: The applicant.
        as_of: Date of the features behind the score.
        score: Integer score from the scorecard's protocol or clear computation.
        model_commitment: 32 bytes that name the model on the ledger.
        attestation_commitment: 32 bytes that name the attested features on the ledger.
        sales: S12, net of red and excluding VAT; None when not disclosed.
        monthly_receipts: Average monthly bank receipts; None when not known.
        core_receivable: Average receivable from the core enterprise; None when not known.
        existing_exposure: What the bank has lent the firm already.
        admission: Verdicts of the hard rules; None when they were checked elsewhere.
    """

    firm: str
    as_of: date
    score: int
    model_commitment: bytes
    attestation_commitment: bytes
    sales: int | None = None
    monthly_receipts: int | None = None
    core_receivable: int | None = None
    existing_exposure: int = 0
    admission: Admission | None = None

    def __post_init__(self) -> None:
        for name in ("model_commitment", "attestation_commitment"):
            if len(getattr(self, name)) != 32:
                raise BadRequest(f"{name} must be 32 bytes")
        if self.existing_exposure < 0:
            raise BadRequest(f"existing_exposure is {self.existing_exposure}, below 0")
        if self.admission is not None and self.admission.firm != self.firm:
            raise BadRequest(f"admission is of {self.admission.firm}, the request of {self.firm}")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a firm was declined, or what bound its limit.

    Attributes:
        code: Name of the rule.
        text: The rule with its figures.
    """

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A credit decision.

    Attributes:
        request: What it was taken on.
        model_version: Version of the scorecard.
        policy_version: Version of the parameters.
        pd: Probability of default, six decimals.
        grade: Name of the grade.
        approved: Whether the firm gets a limit.
        reasons: Every reason to decline; when approved, the base that set the limit.
        limit: Fen; 0 when declined.
        rate: Yearly rate, six decimals; stated when declined too.
    """

    request: CreditRequest
    model_version: str
    policy_version: str
    pd: Decimal
    grade: str
    approved: bool
    reasons: tuple[Reason, ...]
    limit: int
    rate: Decimal

    def to_json(self) -> str:
        """Canonical JSON for the record: sorted keys, rates as strings, bytes as hex, dates as ISO 8601."""
        return json.dumps(
            asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain
        )


def decide(request: CreditRequest, scorecard: Scorecard, policy: Policy = PRACTICE_POLICY) -> Decision:
    """Grade a score and derive limit and rate. Deterministic: equal inputs give an equal decision."""
    pd = scorecard.default_probability(request.score)
    grade = policy.grade_of(pd)
    rate = annual_rate(pd, policy)
    base, bound = _limit_base(request, policy)
    limit = int(base * Fraction(grade.limit_factor)) - request.existing_exposure

    refusals = [
        Reason(f"admission.{rule.rule}", f"{rule.rule} is {rule.figure}, threshold {rule.threshold}")
        for rule in (request.admission.failures if request.admission else ())
    ]
    if grade.limit_factor == 0:
        refusals.append(Reason("grade", f"PD {pd} is grade {grade.name}, which gets no limit"))
    if bound is None:
        refusals.append(Reason("no_limit_base", "neither sales nor receipts nor a receivable is known"))
    elif grade.limit_factor and limit <= 0:
        room = limit + request.existing_exposure
        refusals.append(
            Reason("exposure", f"{bound} allows {room} fen, {request.existing_exposure} fen are lent already")
        )
    if rate > policy.maximum_rate:
        refusals.append(Reason("price", f"rate {rate} is above {policy.maximum_rate}"))

    approved = not refusals
    return Decision(
        request=request,
        model_version=scorecard.version,
        policy_version=policy.version,
        pd=pd,
        grade=grade.name,
        approved=approved,
        reasons=tuple(refusals) if refusals else (Reason("limit_base", f"limit is set by {bound}"),),
        limit=limit if approved else 0,
        rate=rate,
    )


def annual_rate(pd: Decimal, policy: Policy = PRACTICE_POLICY) -> Decimal:
    """FTP + PD x LGD + operating cost + capital ratio x capital return + margin, to 0.0001 % half up."""
    expected_loss = _RATE.multiply(pd, policy.loss_given_default)
    capital = _RATE.multiply(policy.capital_ratio, policy.capital_return)
    rate = policy.funds_transfer_rate
    for part in (expected_loss, policy.operating_rate, capital, policy.margin):
        rate = _RATE.add(rate, part)
    return rate.quantize(_RATE_STEP, context=_RATE)


def _limit_base(request: CreditRequest, policy: Policy) -> tuple[Fraction, str | None]:
    """The smallest known base in fen and its name; (0, None) when none is known."""
    shares: list[tuple[str, int | None, Callable[[int], Fraction]]] = [
        ("sales", request.sales, lambda fen: fen * Fraction(policy.sales_share)),
        (
            "monthly_receipts",
            request.monthly_receipts,
            lambda fen: fen * Fraction(policy.receipts_share) * policy.receipts_months,
        ),
        ("core_receivable", request.core_receivable, lambda fen: fen * Fraction(policy.receivable_share)),
    ]
    known = [(max(Fraction(0), share(fen)), name) for name, fen, share in shares if fen is not None]
    return min(known) if known else (Fraction(0), None)


def _plain(value: object) -> str:
    match value:
        case bytes():
            return value.hex()
        case date():
            return value.isoformat()
        case Enum():
            return str(value.value)
        case Decimal():
            return str(value)
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical text")
