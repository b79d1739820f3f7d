"""Buying a voucher at a discount: interest, proceeds, and how much of it the limits allow."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from credit.decision import Decision


class CannotDiscount(ValueError):
    """A voucher that cannot be financed; the message names the figure that stops it."""


@dataclass(frozen=True, slots=True)
class DiscountOffer:
    """What a bank pays for a voucher or a piece of it; amounts in fen.

    Attributes:
        face: Face of the voucher offered.
        financed: Face the bank buys: the least of face, the firm's limit and the debtor's headroom. The
            holder splits the voucher when it is less than the face.
        days: Days to maturity.
        rate: Yearly rate.
        interest: Discount interest, deducted at once.
        fees: Fees deducted at once.
        proceeds: financed - interest - fees.
    """

    face: int
    financed: int
    days: int
    rate: Decimal
    interest: int
    fees: int
    proceeds: int


def discount_interest(face: int, rate: Decimal, days: int, year_days: int = 360) -> int:
    """Interest in fen: face x rate x days / year_days, half a fen rounded up.

    Test vector: 1,000,000.00 x 3.85 % x 87 / 360 = 9,304.17.

    Args:
        face: Fen, at least 0.
        rate: Yearly fraction, at least 0.
        days: Days to maturity, at least 0.
        year_days: 360 for CNY loans, 365 in some factoring contracts.

    Raises:
        CannotDiscount: A figure is negative, or the rate is not finite.
    """
    if face < 0 or days < 0 or not rate.is_finite() or rate < 0 or year_days < 1:
        raise CannotDiscount(f"face {face}, rate {rate}, days {days}, year {year_days}: none may be negative")
    exact = face * Fraction(rate) * days / year_days
    return int(exact + Fraction(1, 2))


def offer_discount(
    decision: Decision, face: int, days: int, debtor_headroom: int, fees: int = 0, year_days: int = 360
) -> DiscountOffer:
    """Price one voucher (formula D): proceeds <= face x (1 - r d / 360) - fees, within both limits.

    Args:
        decision: The holder's approved decision; its limit and rate apply.
        face: Face of the voucher, fen, above 0.
        days: Days to maturity, at least 0.
        debtor_headroom: What is left of the bank's limit on the debtor, fen.
        fees: Fees to deduct, fen.
        year_days: Day-count basis.

    Raises:
        CannotDiscount: The firm was declined, no limit is left, or interest and fees eat the face.
    """
    if not decision.approved:
        raise CannotDiscount(f"{decision.request.firm} was declined: {decision.reasons[0].text}")
    if face <= 0 or fees < 0:
        raise CannotDiscount(f"face {face} must be above 0 and fees {fees} not below")
    financed = min(face, decision.limit, debtor_headroom)
    if financed <= 0:
        raise CannotDiscount(f"no limit left: firm {decision.limit}, debtor {debtor_headroom} fen")
    interest = discount_interest(financed, decision.rate, days, year_days)
    proceeds = financed - interest - fees
    if proceeds <= 0:
        raise CannotDiscount(f"interest {interest} and fees {fees} leave nothing of {financed} fen")
    return DiscountOffer(face, financed, days, decision.rate, interest, fees, proceeds)
