"""Files that the commands read: bank accounts, and clearing lists that were written before."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from api.payments import BankAccount
from chain.clearing import FORMAT, Why
from flows.money import currency_code, minor_units
from flows.payments import Bank
from flows.reconciliation import Line
from flows.records import Party

_ACCOUNT_FIELDS = ("participant", "name", "account")


class BadFile(Exception):
    """A file cannot be used; the message names it, the field and the rule."""


def read_bank_accounts(path: Path) -> dict[int, BankAccount]:
    """Bank accounts by participant.

        {"accounts": [{"participant": 2, "name": "杭州精工零部件有限公司", "account": "6222000100012345",
                       "bic": "ICBKCNBJ"}]}

    A bank is named by `bic`, or by `member` of a `clearing_system`, or not at all.

    Raises:
        BadFile: the file is missing, is not JSON, or lacks a field or has a wrong one.
    """
    listed = _read(path).get("accounts")
    if not isinstance(listed, list) or not listed:
        raise BadFile(f"{path}: accounts: must be a list of at least one")
    accounts: dict[int, BankAccount] = {}
    for place, one in enumerate(listed):
        where = f"{path}: accounts[{place}]"
        if not isinstance(one, dict):
            raise BadFile(f"{where}: must be an object")
        for field in _ACCOUNT_FIELDS:
            kind = int if field == "participant" else str
            if not isinstance(one.get(field), kind) or isinstance(one[field], bool):
                raise BadFile(f"{where}: {field}: must be {'a number' if field == 'participant' else 'text'}")
        bank = Bank(*(str(one.get(field, "")) for field in ("bic", "clearing_system", "member")))
        if one["participant"] in accounts:
            raise BadFile(f"{where}: participant: {one['participant']} is there already")
        accounts[one["participant"]] = BankAccount(Party(one["name"]), one["account"], bank)
    return accounts


def read_clearing_lines(path: Path) -> tuple[Line, ...]:
    """The payable lines of a clearing list in its canonical JSON.

    Raises:
        BadFile: the file is missing, is not JSON, or is no clearing list.
    """
    read = _read(path)
    if read.get("format") != FORMAT or not isinstance(read.get("lines"), list):
        raise BadFile(f"{path}: format: must be {FORMAT}, with its lines")
    try:
        return tuple(
            Line(line["id"], Decimal(int(line["amount"])).scaleb(-minor_units(code)), code)
            for line in read["lines"]
            if Why(line["why"]) is not Why.LOCKED
            for code in (currency_code(line["currency"]),)
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadFile(f"{path}: lines: not those of a clearing list ({error})") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadFile(f"{path}: there is no such file") from error
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{path}: not JSON ({error})") from error
    if not isinstance(read, dict):
        raise BadFile(f"{path}: must be a JSON object")
    return read
