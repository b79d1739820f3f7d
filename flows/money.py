"""Amounts as documents write them: decimal text, a currency, and no more decimals than the currency has."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

# ISO 4217:2015 table A.1, the currencies whose minor unit is not 2.
_MINOR_UNITS: Final = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX"), 0),
    **dict.fromkeys(("UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    "CLF": 4,
}

# ISO 4217:2015 table A.1, numeric codes.
CURRENCY_NUMBERS: Final = {
    "AUD": 36, "CAD": 124, "CHF": 756, "CNY": 156, "EUR": 978, "GBP": 826, "HKD": 344, "JPY": 392,
    "KRW": 410, "MOP": 446, "MYR": 458, "RUB": 643, "SGD": 702, "THB": 764, "USD": 840, "VND": 704,
}  # fmt: skip
"""Currencies a receivable may be in."""

_CODES: Final = {number: code for code, number in CURRENCY_NUMBERS.items()}

# Eighteen digits are the longest amount ISO 20022 carries (ActiveOrHistoricCurrencyAndAmount), and few
# enough that no sum of a document's lines loses a digit to Decimal's 28.
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?|[+-]?\.[0-9]{1,18}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def minor_units(currency: str) -> int:
    """The number of decimals of a currency (ISO 4217): 2 unless the standard says otherwise.

    Raises:
        ValueError: `currency` is not three capital letters.
    """
    if not _CURRENCY.fullmatch(currency):
        raise ValueError(f"currency must be three capital letters, ISO 4217 (got {currency!r})")
    return _MINOR_UNITS.get(currency, 2)


def currency_code(number: int) -> str:
    """ISO 4217 letters of a numeric code; the three digits themselves for one not in `CURRENCY_NUMBERS`."""
    return _CODES.get(number, f"{number:03d}")


def parse_decimal(text: str) -> Decimal:
    """A plain decimal number: no exponent, no grouping, at most 18 digits on either side of the point.

    Raises:
        ValueError: the text is anything else.
    """
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"must be a plain decimal number of at most 18 digits (got {text[:40]!r})")
    return Decimal(text)


def parse_amount(text: str, decimals: int) -> Decimal:
    """An amount of money with `decimals` decimals.

    Zeros beyond the last decimal are layout and dropped; any other digit there is precision the currency
    does not have, and refused rather than rounded.

    Raises:
        ValueError: not a plain decimal number, or more precise than the currency.
    """
    value = parse_decimal(text)
    exact = round(value, decimals)
    if exact != value:
        raise ValueError(f"amount must not have more than {decimals} decimals (got {text})")
    return exact
