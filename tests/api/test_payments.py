"""Clearing lists as banks take them, and the files that say where everybody is paid."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from api.files import BadFile, read_bank_accounts, read_clearing_lines
from api.payments import AccountMissing, BankAccount, initiation_of, lines_in, lines_of
from chain.clearing import Basis, BlockAt, Cleared, ClearingLine, ClearingList, Why
from flows.errors import BadDocument
from flows.pain_writer import pain001
from flows.payments import Bank
from flows.records import Party

DAY = date(2026, 12, 1)
ACCOUNTS = {number: BankAccount(Party(f"firm {number}"), f"6222-{number}") for number in (1, 2, 3)}


def line(place: int, payee: int, amount: int, currency: int = 156, why: Why = Why.HOLDER) -> ClearingLine:
    return ClearingLine(f"7-{place}-1-H", 7, (7 << 48) + place, payee, amount, currency, why)


def listed(*lines: ClearingLine, receivables: int = 1) -> ClearingList:
    own = tuple(
        Cleared(
            receivable=7 + n,
            debtor=1 + n,
            currency=156,
            due_at=1_800_000_000,
            face=10_000,
            paid=10_000,
            redeemed=0,
            credit=0,
            total=10_000,
        )
        for n in range(receivables)
    )
    block = BlockAt(9, "0x" + "ab" * 32, 1_800_000_000)
    return ClearingList(1, "0x" + "11" * 20, block, Basis.PAID, None, own, lines)


def test_every_payable_line_is_a_payment_that_carries_its_id() -> None:
    cleared = listed(line(0, 2, 4_001), line(5, 3, 5_999))
    initiation = initiation_of(cleared, ACCOUNTS, Party("settlement bank"), DAY)
    (instruction,) = initiation.instructions
    assert instruction.debtor_account == "6222-1"
    assert [(one.end_to_end_id, one.amount, one.creditor_account) for one in initiation.transfers] == [
        ("7-0-1-H", Decimal("40.01"), "6222-2"),
        ("7-5-1-H", Decimal("59.99"), "6222-3"),
    ]
    assert lines_in(initiation.transfers) == lines_of(cleared)


def test_the_same_list_gives_the_same_message() -> None:
    cleared = listed(line(0, 2, 4_001))
    first, second = (pain001(initiation_of(cleared, ACCOUNTS, Party("b"), DAY)) for _ in range(2))
    assert first == second
    other = initiation_of(listed(line(0, 2, 4_002)), ACCOUNTS, Party("b"), DAY)
    assert other.id != initiation_of(cleared, ACCOUNTS, Party("b"), DAY).id


def test_what_waits_for_its_financing_is_not_paid() -> None:
    cleared = listed(line(0, 2, 4_001), line(5, 3, 5_999, why=Why.LOCKED))
    assert [one.end_to_end_id for one in initiation_of(cleared, ACCOUNTS, Party("b"), DAY).transfers] == [
        "7-0-1-H"
    ]
    assert [one.id for one in lines_of(cleared)] == ["7-0-1-H"]


def test_each_debtor_and_currency_has_an_instruction_of_its_own() -> None:
    second = replace(line(1, 3, 5), id="8-1-1-H", receivable=8)
    cleared = listed(line(0, 2, 5), line(3, 3, 500, currency=392), second, receivables=2)
    found = initiation_of(cleared, ACCOUNTS, Party("b"), DAY).instructions
    assert [(one.debtor.name, one.transfers[0].currency, one.transfers[0].amount) for one in found] == [
        ("firm 1", "CNY", Decimal("0.05")),
        ("firm 1", "JPY", Decimal(500)),
        ("firm 2", "CNY", Decimal("0.05")),
    ]
    assert len({one.id for one in found}) == 3


def test_nobody_without_an_account_and_no_unknown_currency_is_paid() -> None:
    with pytest.raises(AccountMissing, match="participant 4 has no bank account here"):
        initiation_of(listed(line(0, 4, 1)), ACCOUNTS, Party("b"), DAY)
    with pytest.raises(BadDocument, match=r"7-0-1-H: currency: .* \(got 999\)"):
        initiation_of(listed(line(0, 2, 1, currency=999)), ACCOUNTS, Party("b"), DAY)
    with pytest.raises(BadDocument, match="at least one payment"):
        pain001(initiation_of(listed(), ACCOUNTS, Party("b"), DAY))


def test_a_list_reads_back_from_its_file_without_what_is_locked(tmp_path: Path) -> None:
    cleared = listed(line(0, 2, 4_001), line(5, 3, 5_999, why=Why.LOCKED))
    path = tmp_path / "list.json"
    path.write_bytes(cleared.to_json())
    assert read_clearing_lines(path) == lines_of(cleared)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{", "not JSON"),
        ("[]", "must be a JSON object"),
        ("{}", "format: must be counterfoil.clearing.v1"),
        ('{"format": "counterfoil.clearing.v1", "lines": [{}]}', "lines: not those of a clearing list"),
    ],
)
def test_another_file_is_no_clearing_list(tmp_path: Path, text: str, rule: str) -> None:
    path = tmp_path / "list.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadFile, match=rule):
        read_clearing_lines(path)
    with pytest.raises(BadFile, match="there is no such file"):
        read_clearing_lines(tmp_path / "other.json")


ACCOUNT = {"participant": 2, "name": "宁波恒精机械有限公司", "account": "6222"}


@pytest.mark.parametrize(
    ("accounts", "rule"),
    [
        (None, "accounts: must be a list"),
        ([], "accounts: must be a list of at least one"),
        ([1], r"accounts\[0\]: must be an object"),
        ([{**ACCOUNT, "participant": "2"}], "participant: must be a number"),
        ([{**ACCOUNT, "participant": True}], "participant: must be a number"),
        ([{**ACCOUNT, "account": 6222}], "account: must be text"),
        ([ACCOUNT, ACCOUNT], r"accounts\[1\]: participant: 2 is there already"),
    ],
)
def test_a_wrong_file_of_bank_accounts_is_refused(tmp_path: Path, accounts: object, rule: str) -> None:
    path = tmp_path / "accounts.json"
    path.write_text(json.dumps({"accounts": accounts}), encoding="utf-8")
    with pytest.raises(BadFile, match=rule):
        read_bank_accounts(path)


def test_a_bank_is_named_by_its_bic_or_its_member_number(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    cnaps = {"participant": 3, "clearing_system": "CNAPS", "member": "102331002077"}
    listed_accounts = [{**ACCOUNT, "bic": "ICBKCNBJ"}, {**ACCOUNT, **cnaps}]
    path.write_text(json.dumps({"accounts": listed_accounts}), encoding="utf-8")
    read = read_bank_accounts(path)
    assert read[2].bank == Bank(bic="ICBKCNBJ")
    assert read[3].bank == Bank(clearing_system="CNAPS", member="102331002077")
