"""A logistic scorecard in integers, so that the private protocol can compute it and the clear one agrees.

Clear model: log-odds of default = c + sum(beta_i * x_i) over the integer features x_i of `credit.features`.
Integer model: score = b + sum(w_i * x_i) with w_i = round(S * beta_i) and b = round(S * c), S a power of two,
the largest that keeps every |w_i| < 2^15. Rounding moves each weight by at most 1/2, so over the whole range
of the features

    |score / S - clear log-odds| <= (1 + sum(max x_i)) / (2 S)                                   (gap bound)

which is a proven bound, not a measurement. A higher score means more risk.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any

from credit.features import FEATURE_SCHEMA_ID, FEATURES, FeatureVector

WEIGHT_BITS = 15
"""Every weight satisfies |w| < 2^15: a signed 16-bit integer, the range the bank proves for it."""

SCORE_BITS = 40
"""Every score of an accepted scorecard satisfies |score| < 2^40."""

_SCALE_BITS_MAXIMUM = 30  # enough when all weights are nearly zero, and keeps |score| well inside SCORE_BITS
_PROBABILITY = Context(prec=34, rounding=ROUND_HALF_EVEN)
_PROBABILITY_STEP = Decimal("0.000001")


class BadScorecard(ValueError):
    """A scorecard that breaks its own rules; the message says which."""


class SchemaMismatch(ValueError):
    """Features that follow another definition than the one the scorecard was made for."""

    def __init__(self, expected: bytes, found: bytes) -> None:
        self.expected = expected
        self.found = found
        super().__init__(f"scorecard is for feature schema {expected.hex()}, features follow {found.hex()}")


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a scorecard was trained on.

    Attributes:
        source: The data set, in words.
        firms: Labelled firms used.
        defaults: How many of them defaulted.
        first_as_of: Earliest as-of date of their features.
        last_as_of: Latest as-of date.
        excluded: Firm codes left out on purpose (the firm to be scored and its twins).
        method: Estimator, penalty and library version.
    """

    source: str
    firms: int
    defaults: int
    first_as_of: date
    last_as_of: date
    excluded: tuple[str, ...]
    method: str

    def __post_init__(self) -> None:
        if not 0 < self.defaults < self.firms:
            raise BadScorecard(f"{self.defaults} defaults among {self.firms} firms cannot train a model")


@dataclass(frozen=True, slots=True)
class Scorecard:
    """An integer scorecard and the clear model it stands for.

    Attributes:
        version: Name of this model version.
        feature_schema_id: Hash of the feature definitions, 32 bytes.
        feature_names: Names in vector order.
        weights: Integer weights, |w| < 2^15.
        bias: Integer bias, on the score's scale.
        scale: S: score / S is the log-odds of default.
        coefficients: Clear weights per integer step of a feature.
        intercept: Clear log-odds at the zero vector.
        provenance: What it was trained on.
        metrics: Validation figures by name.
    """

    version: str
    feature_schema_id: bytes
    feature_names: tuple[str, ...]
    weights: tuple[int, ...]
    bias: int
    scale: int
    coefficients: tuple[float, ...]
    intercept: float
    provenance: Provenance
    metrics: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = {len(self.feature_names), len(self.weights), len(self.coefficients)}
        if not self.version:
            raise BadScorecard("a model version has a name")
        if len(lengths) != 1 or lengths == {0}:
            raise BadScorecard("names, weights and coefficients must be of one length, at least one")
        if len(self.feature_schema_id) != 32:
            raise BadScorecard(f"feature schema id has {len(self.feature_schema_id)} bytes, expected 32")
        for name, weight in zip(self.feature_names, self.weights, strict=True):
            if abs(weight) >= 1 << WEIGHT_BITS:
                raise BadScorecard(f"weight of {name} is {weight}, beyond 16 bits signed")
        if self.scale < 1 or self.scale & (self.scale - 1):
            raise BadScorecard(f"scale {self.scale} is not a power of two")
        if abs(self.bias) >= 1 << (SCORE_BITS - 1):
            raise BadScorecard(f"bias {self.bias} leaves no room for a {SCORE_BITS}-bit score")
        if not all(math.isfinite(number) for number in (*self.coefficients, self.intercept)):
            raise BadScorecard("coefficients and intercept must be finite")
        integers, numbers = (*self.weights, self.bias), (*self.coefficients, self.intercept)
        for integer, number in zip(integers, numbers, strict=True):
            if abs(integer - Fraction(number) * self.scale) > Fraction(1, 2):
                raise BadScorecard(
                    f"{integer} is not {number} x {self.scale} rounded: the gap bound would fail"
                )

    @property
    def gap_bound(self) -> Fraction:
        """Largest possible |score / scale - clear log-odds| over all feature vectors, in log-odds.

        Raises:
            SchemaMismatch: The scorecard is for another feature schema than this code's.
        """
        if self.feature_schema_id != FEATURE_SCHEMA_ID:
            raise SchemaMismatch(self.feature_schema_id, FEATURE_SCHEMA_ID)
        return Fraction(1 + sum(spec.maximum for spec in FEATURES), 2 * self.scale)

    def integer_score(self, vector: FeatureVector) -> int:
        """The score the private protocol yields: b + sum(w_i * x_i).

        Raises:
            SchemaMismatch: The features follow another definition.
        """
        self._check(vector)
        return self.bias + sum(w * x for w, x in zip(self.weights, vector.values, strict=True))

    def clear_score(self, vector: FeatureVector) -> float:
        """The unrounded model's log-odds of default.

        Raises:
            SchemaMismatch: The features follow another definition.
        """
        self._check(vector)
        products = (beta * x for beta, x in zip(self.coefficients, vector.values, strict=True))
        return math.fsum((self.intercept, *products))

    def default_probability(self, score: int) -> Decimal:
        """Probability of default of a score, six decimals.

        It is 1 / (1 + exp(-score / scale)) in correctly rounded decimal arithmetic, so that an auditor gets
        the same digits on any machine. It is calibrated to the default rate, and the horizon, of the training
        sample: see `with_base_rate`.
        """
        log_odds = _PROBABILITY.divide(Decimal(score), Decimal(self.scale))
        bounded = max(min(log_odds, Decimal(100)), Decimal(-100))
        odds = bounded.exp(_PROBABILITY)
        share = _PROBABILITY.divide(odds, _PROBABILITY.add(Decimal(1), odds))
        return share.quantize(_PROBABILITY_STEP, context=_PROBABILITY)

    def with_base_rate(self, rate: Decimal, version: str) -> Scorecard:
        """The same ranking, calibrated to a portfolio that defaults at `rate`.

        Prior correction of King and Zeng (2001, "Logistic Regression in Rare Events Data", eq. 7):
        c' = c + ln(rate / (1 - rate)) - ln(m / (1 - m)), m the default rate of the training sample.

        Raises:
            BadScorecard: The rate is not strictly between 0 and 1.
        """
        if not 0 < rate < 1:
            raise BadScorecard(f"base rate {rate} is not between 0 and 1")
        defaults, firms = self.provenance.defaults, self.provenance.firms
        shift = math.log(rate / (1 - rate)) - math.log(defaults / (firms - defaults))
        intercept = self.intercept + shift
        return replace(
            self,
            version=version,
            intercept=intercept,
            bias=round(Fraction(intercept) * self.scale),
            provenance=replace(self.provenance, method=f"{self.provenance.method}; base rate {rate}"),
        )

    def digest(self) -> bytes:
        """SHA-256 of the canonical JSON, 32 bytes: names this exact model in a decision record.

        It binds but does not hide: the commitments to weights that the ledger holds are those of the private
        scoring protocol.
        """
        return hashlib.sha256(self.to_json().encode()).digest()

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no spaces, bytes as hex, dates as ISO 8601."""
        fields = asdict(self)
        fields["feature_schema_id"] = self.feature_schema_id.hex()
        fields["provenance"]["first_as_of"] = self.provenance.first_as_of.isoformat()
        fields["provenance"]["last_as_of"] = self.provenance.last_as_of.isoformat()
        return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Scorecard:
        """Read what `to_json` wrote.

        Raises:
            BadScorecard: The text is not JSON, misses a field, has one too many, or breaks a rule above.
        """
        try:
            fields: dict[str, Any] = json.loads(text)
            origin: dict[str, Any] = fields.pop("provenance")
            return cls(
                feature_schema_id=bytes.fromhex(fields.pop("feature_schema_id")),
                feature_names=tuple(fields.pop("feature_names")),
                weights=tuple(_integer(weight) for weight in fields.pop("weights")),
                bias=_integer(fields.pop("bias")),
                scale=_integer(fields.pop("scale")),
                coefficients=tuple(float(number) for number in fields.pop("coefficients")),
                intercept=float(fields.pop("intercept")),
                version=str(fields.pop("version")),
                metrics={name: float(figure) for name, figure in fields.pop("metrics").items()},
                provenance=Provenance(
                    firms=_integer(origin.pop("firms")),
                    defaults=_integer(origin.pop("defaults")),
                    first_as_of=date.fromisoformat(origin.pop("first_as_of")),
                    last_as_of=date.fromisoformat(origin.pop("last_as_of")),
                    excluded=tuple(origin.pop("excluded")),
                    **origin,
                ),
                **fields,
            )
        except BadScorecard:
            raise
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadScorecard(f"not a scorecard: {error}") from error

    def _check(self, vector: FeatureVector) -> None:
        if vector.schema_id != self.feature_schema_id:
            raise SchemaMismatch(self.feature_schema_id, vector.schema_id)


def quantise(coefficients: Sequence[float], intercept: float) -> tuple[tuple[int, ...], int, int]:
    """Integer weights, bias and scale of a clear model.

    The scale is the largest power of two that keeps every |weight| < 2^15, at most 2^30.

    Raises:
        BadScorecard: A number is not finite, a coefficient needs more than 16 bits even at scale 1, or the
            bias needs more than the score's 40 bits.
    """
    if not all(math.isfinite(number) for number in (*coefficients, intercept)):
        raise BadScorecard("coefficients and intercept must be finite")
    exact = [Fraction(number) for number in coefficients]
    for bits in range(_SCALE_BITS_MAXIMUM, -1, -1):
        weights = tuple(round(number * (1 << bits)) for number in exact)
        bias = round(Fraction(intercept) * (1 << bits))
        if all(abs(w) < 1 << WEIGHT_BITS for w in weights) and abs(bias) < 1 << (SCORE_BITS - 1):
            return weights, bias, 1 << bits
    raise BadScorecard("the model does not fit 16-bit weights and a 40-bit score at any scale")


def build_scorecard(
    version: str, coefficients: Sequence[float], intercept: float, provenance: Provenance
) -> Scorecard:
    """A scorecard over `FEATURES` from clear coefficients per integer feature step.

    Raises:
        BadScorecard: See `quantise`; also when there is not one coefficient for each feature.
    """
    if len(coefficients) != len(FEATURES):
        raise BadScorecard(f"{len(coefficients)} coefficients for {len(FEATURES)} features")
    weights, bias, scale = quantise(coefficients, intercept)
    return Scorecard(
        version=version,
        feature_schema_id=FEATURE_SCHEMA_ID,
        feature_names=tuple(spec.name for spec in FEATURES),
        weights=weights,
        bias=bias,
        scale=scale,
        coefficients=tuple(coefficients),
        intercept=intercept,
        provenance=provenance,
    )


def _integer(value: object) -> int:
    if type(value) is not int:
        raise BadScorecard(f"{value!r} is not an integer")
    return value
