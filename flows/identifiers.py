"""Identifiers of organisations: the Chinese USCC and the international LEI, each with its check digits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from stdnum import lei
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

USCC: Final = "USCC"
LEI: Final = "LEI"

# Names under which documents announce the two schemes: LEI is also ISO 6523 ICD 0199.
_SCHEMES: Final = {"USCC": USCC, "CN:USCC": USCC, "LEI": LEI, "0199": LEI}


class BadIdentifier(ValueError):
    """An identifier that breaks a rule of its scheme.

    Attributes:
        scheme: USCC or LEI.
        value: the identifier as given.
        rule: the rule it breaks.
    """

    def __init__(self, scheme: str, value: str, rule: str) -> None:
        super().__init__(scheme, value, rule)
        self.scheme = scheme
        self.value = value
        self.rule = rule

    def __str__(self) -> str:
        return f"{self.scheme}: {self.rule} (got {self.value!r})"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A value under a scheme. `scheme` is USCC, LEI, TAX, LEGAL or what the document calls it."""

    scheme: str
    value: str


def identifier(scheme: str, value: str) -> Identifier:
    """An identifier under the house's name of its scheme, checked where the scheme has check digits.

    Raises:
        BadIdentifier: the scheme is USCC or LEI and the value breaks it.
    """
    known = _SCHEMES.get(scheme.strip().upper())
    if known == USCC:
        return Identifier(USCC, check_uscc(value))
    if known == LEI:
        return Identifier(LEI, check_lei(value))
    return Identifier(scheme.strip(), value)


def check_uscc(value: str) -> str:
    """A unified social credit code (统一社会信用代码), GB 32100-2015: 18 characters, the last a check digit.

    Raises:
        BadIdentifier: wrong length, a letter outside the standard's alphabet (it has no I, O, S, V, Z), or a
            wrong check digit. The inner check digit of GB 11714 is not required: merged codes break it.
    """
    try:
        return str(uscc.validate(value))
    except InvalidLength:
        raise BadIdentifier(USCC, value, "must have 18 characters (GB 32100-2015)") from None
    except InvalidChecksum:
        right = uscc.calc_check_digit(uscc.compact(value)[:17])
        raise BadIdentifier(USCC, value, f"check digit must be {right} (GB 32100-2015)") from None
    except ValidationError:
        raise BadIdentifier(
            USCC, value, "must be eight digits and ten of 0-9A-Z without I, O, S, V, Z (GB 32100-2015)"
        ) from None


def check_lei(value: str) -> str:
    """A legal entity identifier, ISO 17442: 20 letters and digits with MOD 97-10 check digits (ISO 7064).

    Raises:
        BadIdentifier: not 20 letters and digits, or wrong check digits.
    """
    compact = str(lei.compact(value))
    if len(compact) != 20 or not (compact.isascii() and compact.isalnum()):
        raise BadIdentifier(LEI, value, "must have 20 letters and digits (ISO 17442)")
    try:
        return str(lei.validate(compact))
    except ValidationError:
        raise BadIdentifier(LEI, value, "check digits must satisfy MOD 97-10 (ISO 17442)") from None


def sample_uscc(name: str, region: str = "330100") -> str:
    """A well-formed USCC for a made-up company: same name and region, same code.

    It begins with 91 (a company registered with the market regulator) and carries check digits of both
    GB 11714 and GB 32100-2015, but no register knows it.

    Args:
        name: any text.
        region: six digits of GB/T 2260; 330100 is Hangzhou.
    """
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest(), "big")
    serial = f"MA{digest % 10**6:06d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    remainder = -sum(int(c, 36) * w for c, w in zip(serial, weights, strict=True)) % 11
    body = f"91{region}{serial}{'X' if remainder == 10 else remainder}"
    return body + str(uscc.calc_check_digit(body))
