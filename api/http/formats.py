"""How values look in JSON: amounts, hashes, times and ids as text, each with its schema.

Types that end in `In` are read from requests, the others are written to responses.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Final

from eth_utils.address import is_address, to_checksum_address
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from flows.money import CURRENCY_NUMBERS, currency_code

MAX_AMOUNT: Final = 2**48 - 1
MAX_TIME: Final = 2**32 - 1

_AMOUNT: Final = {
    "type": "string",
    "pattern": "^[0-9]{1,15}$",
    "examples": ["4000000"],
    "description": "Whole minor units (分, cents) of the currency.",
}
_TOTAL: Final = {**_AMOUNT, "pattern": "^[0-9]{1,30}$"}
_HASH: Final = {
    "type": "string",
    "pattern": "^0x[0-9a-f]{64}$",
    "examples": ["0x" + "9c" * 32],
    "description": "32 bytes, lowercase hexadecimal.",
}
_TIME: Final = {
    "type": "string",
    "format": "date-time",
    "examples": ["2027-03-31T16:00:00Z"],
    "description": "RFC 3339, UTC in responses.",
}
_VOUCHER: Final = {
    "type": "string",
    "pattern": "^[0-9]{1,25}$",
    "examples": ["281474976710656"],
    "description": "A voucher's id on the ledger: receivable times 2^48 plus where the voucher begins in its "
    "face. Text, for it may exceed what a JSON number holds.",
}
_CURRENCY: Final = {
    "type": "string",
    "pattern": "^[A-Z]{3}$",
    "examples": ["CNY"],
    "description": "ISO 4217.",
}


def hex_of(data: bytes) -> str:
    """Bytes as 0x-prefixed lowercase hexadecimal."""
    return "0x" + data.hex()


def time_of(seconds: int) -> str:
    """Seconds since 1970 (UTC) as RFC 3339."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


currency_of = currency_code
"""ISO 4217 letters of a numeric code."""


def parse_amount(value: object) -> int:
    """An amount in minor units from its text."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,15}", value):
        raise ValueError("must be text of whole minor units, such as '4000000'")
    if int(value) > MAX_AMOUNT:
        raise ValueError(f"must be at most {MAX_AMOUNT}")
    return int(value)


def parse_hash(value: object) -> bytes:
    """32 bytes from their text."""
    if not isinstance(value, str) or not re.fullmatch(r"0x[0-9a-f]{64}", value):
        raise ValueError("must be 0x and 64 lowercase hexadecimal digits")
    return bytes.fromhex(value[2:])


def parse_signature(value: object) -> bytes:
    """65 bytes from their text."""
    if not isinstance(value, str) or not re.fullmatch(r"0x[0-9a-f]{130}", value):
        raise ValueError("must be 0x and 130 lowercase hexadecimal digits")
    return bytes.fromhex(value[2:])


def parse_time(value: object) -> int:
    """Seconds since 1970 (UTC) from RFC 3339 text with an offset."""
    if not isinstance(value, str) or not re.fullmatch(
        r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(Z|z|[+-]\d\d:\d\d)", value, re.ASCII
    ):
        raise ValueError(
            "must be an RFC 3339 time in whole seconds with its offset, such as 2027-03-31T16:00:00Z"
        )
    seconds = int(datetime.fromisoformat(value).timestamp())
    if not 0 < seconds <= MAX_TIME:
        raise ValueError("must lie between 1970 and 2106")
    return seconds


def parse_voucher(value: object) -> int:
    """A voucher's id from its text."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,25}", value):
        raise ValueError("must be a voucher's id as text, such as '281474976710656'")
    if int(value) >= 2**80:
        raise ValueError("must be below 2^80")
    return int(value)


def parse_address(value: object) -> str:
    """An account's address from its text, with or without checksum; with checksum then."""
    if not isinstance(value, str) or not is_address(value):
        raise ValueError("must be 0x and 40 hexadecimal digits, with the right checksum if it has one")
    return to_checksum_address(value)


def parse_data(value: object) -> bytes:
    """A call's data from their text."""
    if not isinstance(value, str) or not re.fullmatch(r"0x(?:[0-9a-f]{2})*", value):
        raise ValueError("must be 0x and an even number of lowercase hexadecimal digits")
    return bytes.fromhex(value[2:])


def parse_currency(value: object) -> int:
    """The numeric code of a currency from its letters."""
    if not isinstance(value, str) or value not in CURRENCY_NUMBERS:
        raise ValueError(f"must be one of {', '.join(CURRENCY_NUMBERS)}")
    return CURRENCY_NUMBERS[value]


def parse_reason(value: str) -> str:
    """A reason as text: some."""
    if not value.strip():
        raise ValueError("must not be blank")
    return value


Amount = Annotated[int, PlainSerializer(str), WithJsonSchema(_AMOUNT)]
Total = Annotated[int, PlainSerializer(str), WithJsonSchema(_TOTAL)]
"""A sum of amounts, which may be longer than one."""
AmountIn = Annotated[int, BeforeValidator(parse_amount), PlainSerializer(str), WithJsonSchema(_AMOUNT)]
Hash = Annotated[bytes, PlainSerializer(hex_of), WithJsonSchema(_HASH)]
HashIn = Annotated[bytes, BeforeValidator(parse_hash), PlainSerializer(hex_of), WithJsonSchema(_HASH)]
SignatureHex = Annotated[
    bytes,
    BeforeValidator(parse_signature),
    PlainSerializer(hex_of),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^0x[0-9a-f]{130}$",
            "examples": ["0x" + "1f" * 64 + "1b"],
            "description": "EIP-712 signature r, s, v: 65 bytes, lowercase hexadecimal.",
        }
    ),
]
Time = Annotated[int, PlainSerializer(time_of), WithJsonSchema(_TIME)]
TimeIn = Annotated[int, BeforeValidator(parse_time), PlainSerializer(time_of), WithJsonSchema(_TIME)]
VoucherId = Annotated[int, PlainSerializer(str), WithJsonSchema(_VOUCHER)]
VoucherIdIn = Annotated[int, BeforeValidator(parse_voucher), PlainSerializer(str), WithJsonSchema(_VOUCHER)]
Currency = Annotated[int, PlainSerializer(currency_of), WithJsonSchema(_CURRENCY)]
CurrencyIn = Annotated[int, BeforeValidator(parse_currency), WithJsonSchema(_CURRENCY)]
Number = Annotated[int, Field(ge=1, lt=2**32, strict=True, examples=[2])]
"""A participant's or receivable's number."""
Address = Annotated[
    str,
    BeforeValidator(parse_address),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^0x[0-9a-fA-F]{40}$",
            "examples": ["0x5FbDB2315678afecb367f032d93F642f64180aa3"],
            "description": "An account, with checksum in responses.",
        }
    ),
]
DataHex = Annotated[
    bytes,
    BeforeValidator(parse_data),
    PlainSerializer(hex_of),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^0x([0-9a-f]{2})*$",
            "examples": ["0xa9059cbb"],
            "description": "A call's data, lowercase hexadecimal.",
        }
    ),
]
RawHex = Annotated[
    bytes,
    BeforeValidator(parse_data),
    PlainSerializer(hex_of),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^0x([0-9a-f]{2})*$",
            "examples": ["0xf8a80580839896809467b1d87101671b127f5f8714789c7192f7ad340e80"],
            "description": "A signed transaction as nodes take it, lowercase hexadecimal.",
        }
    ),
]
Expected = Annotated[
    int,
    Field(
        ge=0,
        le=255,
        strict=True,
        examples=[0],
        description="The version of the voucher that the call was made for; another version refuses it.",
    ),
]
Reason = Annotated[str, Field(max_length=2000, examples=["数量不符"]), AfterValidator(parse_reason)]
"""Why; the ledger keeps its SHA-256."""
