"""Synthetic VAT ledgers: firms of a made-up population, each with a latent quality that shows, with noise.

Quality is standard normal. A better firm sells more evenly, grows, has fewer red letters, voids and empty
months, and defaults less often; each trait has a noise of its own, so no trait and no sum of them tells a
default for sure.
"""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from typing import Final

from flows.ledger import Label, LedgerInvoice, Side, write_labels, write_ledgers

_CENT: Final = Decimal("0.01")
_RATES: Final = (Decimal("0.13"), Decimal("0.13"), Decimal("0.09"), Decimal("0.06"))
_START: Final = date(2023, 1, 1)


@dataclass(frozen=True, slots=True)
class Profile:
    """How one firm trades, drawn from its quality.

    Attributes:
        monthly: mean net sales a month, in 分.
        invoices: mean number of sales invoices a month.
        growth: of sales, a month.
        volatility: standard deviation of the logarithm of monthly sales.
        red_letters: share of sales invoices taken back later, wholly or in part.
        voids: share of invoices voided.
        gaps: probability that a month has no sales at all.
        customers: how many buyers there are.
        skew: exponent of the buyers' shares, 0 for equal shares.
        margin: share of sales that is not bought in.
    """

    monthly: int
    invoices: float
    growth: float
    volatility: float
    red_letters: float
    voids: float
    gaps: float
    customers: int
    skew: float
    margin: float


def sample_profile(quality: float, random: Random) -> Profile:
    """Draw a profile: quality moves each trait, and noise as large as half of that moves it too."""

    def trait(strength: float) -> float:
        return strength * (quality + 0.9 * random.gauss(0, 1))

    return Profile(
        monthly=round(40_000_000 * math.exp(0.8 * random.gauss(0, 1) + trait(0.15))),
        invoices=6 + 8 * random.random(),
        growth=0.004 + trait(0.008),
        volatility=0.30 * math.exp(-trait(0.35)),
        red_letters=min(0.30, 0.025 * math.exp(-trait(0.6))),
        voids=min(0.30, 0.04 * math.exp(-trait(0.3))),
        gaps=min(0.35, 0.03 * math.exp(-trait(0.7))),
        customers=4 + round(10 * random.random() + max(0.0, trait(3.0))),
        skew=max(0.2, 1.0 - trait(0.25)),
        margin=min(0.6, max(0.05, 0.25 + trait(0.05))),
    )


def sample_ledger(
    firm: str,
    *,
    quality: float = 0.5,
    seed: int = 0,
    start: date = _START,
    months: int = 24,
) -> tuple[LedgerInvoice, ...]:
    """The sales and purchases of one firm, ordered by day; same arguments, same rows.

    Args:
        firm: its code in the ledger.
        quality: latent, about -2 (poor) to 2 (good).
        seed: another seed, another firm of that quality.
        start: first day of the first month.
        months: how many.
    """
    random = Random(f"ledger/{seed}/{firm}")  # noqa: S311 - sample data, no secret
    profile = sample_profile(quality, random)
    rows: list[LedgerInvoice] = []
    for month in range(months):
        year, index = divmod(start.month - 1 + month, 12)
        first = date(start.year + year, index + 1, 1)
        if random.random() < profile.gaps:
            continue
        level = profile.monthly * (1 + profile.growth) ** month
        level *= math.exp(profile.volatility * random.gauss(0, 1))
        sales = _month(random, firm, Side.SALE, first, level, profile)
        bought = level * (1 - profile.margin) * math.exp(0.15 * random.gauss(0, 1))
        rows += [*sales, *_month(random, firm, Side.PURCHASE, first, bought, profile)]
    return tuple(sorted(rows, key=lambda row: row.issued))


def write_sample_ledger(
    folder: Path,
    firm: str,
    *,
    quality: float = 0.5,
    seed: int = 0,
    start: date = _START,
    months: int = 24,
    further: Iterable[LedgerInvoice] = (),
) -> tuple[Path, Path]:
    """Write a firm's `sample_ledger` and `further` rows to `<firm>_output_invoices.csv` and its twin."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = (*sample_ledger(firm, quality=quality, seed=seed, start=start, months=months), *further)
    return write_ledgers(folder, firm, sorted(rows, key=lambda row: row.issued))


def sample_population(firms: int = 60, *, seed: int = 0, months: int = 24) -> dict[str, tuple[Label, float]]:
    """Labels and latent qualities of a population, by firm; about three firms in ten default.

    The rating is a noisy reading of quality, and D exactly where the firm defaulted, as in real exports.
    """
    random = Random(f"population/{seed}/{months}")  # noqa: S311 - sample data, no secret
    population: dict[str, tuple[Label, float]] = {}
    for number in range(1, firms + 1):
        quality = random.gauss(0, 1)
        defaulted = random.random() < 1 / (1 + math.exp(1.5 + 1.6 * quality))
        seen = quality + 0.7 * random.gauss(0, 1)
        rating = "D" if defaulted else "A" if seen > 0.7 else "B" if seen > -0.3 else "C"
        firm = f"S{number:03d}"
        population[firm] = (Label(firm, f"示例企业{number:03d}", rating, defaulted), quality)
    return population


def write_sample_population(
    folder: Path, firms: int = 60, *, seed: int = 0, months: int = 24, prefix: str = "sample"
) -> tuple[Path, Path, Path]:
    """Write the ledgers and labels of a population.

    Returns:
        `<prefix>_output_invoices.csv`, `<prefix>_input_invoices.csv` and `<prefix>_enterprise_labels.csv`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    population = sample_population(firms, seed=seed, months=months)
    rows = (
        row
        for firm, (_, quality) in population.items()
        for row in sample_ledger(firm, quality=quality, seed=seed, months=months)
    )
    sales, purchases = write_ledgers(folder, prefix, rows)
    labels = write_labels(
        folder / f"{prefix}_enterprise_labels.csv", (label for label, _ in population.values())
    )
    return sales, purchases, labels


def _month(
    random: Random, firm: str, side: Side, first: date, level: float, profile: Profile
) -> list[LedgerInvoice]:
    """The invoices of one month and side: `level` 分 of net sales cut among invoices and counterparts."""
    number = max(1, round(profile.invoices * (0.7 + 0.6 * random.random())))
    cuts = [random.expovariate(1) for _ in range(number)]
    weights = [(rank + 1) ** -profile.skew for rank in range(profile.customers)]
    days = monthrange(first.year, first.month)[1]
    rows = []
    for cut in cuts:
        counterpart = random.choices(range(profile.customers), weights)[0]
        code = f"{'C' if side is Side.SALE else 'V'}-{firm}-{counterpart:03d}"
        day = first.replace(day=1 + random.randrange(days))
        net = Decimal(max(1000, round(level * cut / sum(cuts)))) * _CENT
        rate = _RATES[counterpart % len(_RATES)]
        voided = random.random() < profile.voids
        rows.append(_row(random, firm, side, day, code, net, rate, voided))
        if side is Side.SALE and not voided and random.random() < profile.red_letters:
            back = (net * Decimal(random.choice((100, 100, 50, 20))) / 100).quantize(_CENT)
            later = first.replace(day=min(days, day.day + random.randrange(10)))
            rows.append(_row(random, firm, side, later, code, -back, rate, False))
    return rows


def _row(
    random: Random, firm: str, side: Side, day: date, code: str, net: Decimal, rate: Decimal, voided: bool
) -> LedgerInvoice:
    tax = (net * rate).quantize(_CENT, ROUND_HALF_UP)
    return LedgerInvoice(firm, side, f"{random.randrange(10**8):08d}", day, code, net, tax, net + tax, voided)
