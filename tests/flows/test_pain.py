from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.errors import BadDocument, UnsupportedDocument
from flows.identifiers import sample_uscc
from flows.pain import read_pain001
from flows.pain_writer import pain001, write_pain001
from flows.payments import Bank, CreditTransfer, PaymentInitiation, PaymentInstruction
from flows.records import Party, uscc_party

ANCHOR = uscc_party("华东重工示例集团有限公司", sample_uscc("华东重工示例集团有限公司"))
SUPPLIER = uscc_party("海宁明诚五金示例厂", sample_uscc("海宁明诚五金示例厂"))

TRANSFER = CreditTransfer(
    end_to_end_id="1-0-1-1",
    amount=Decimal("1250.07"),
    currency="CNY",
    creditor=SUPPLIER,
    creditor_account="6222000100012345",
    creditor_bank=Bank(clearing_system="CNAPS", member="102331002077"),
    remittance=("voucher 281474976710656 of receivable 1",),
)
INSTRUCTION = PaymentInstruction(
    id="R1-CNY",
    execution=date(2026, 11, 30),
    debtor=ANCHOR,
    debtor_account="110100200300",
    debtor_bank=Bank(bic="ICBKCNBJ"),
    transfers=(TRANSFER,),
)
INITIATION = PaymentInitiation(
    id="CLEARING-1",
    created=datetime(2026, 11, 25, 8, 30, tzinfo=UTC),
    initiator=ANCHOR,
    instructions=(INSTRUCTION,),
)


def with_transfer(**changed: object) -> PaymentInitiation:
    transfer = replace(TRANSFER, **changed)  # type: ignore[arg-type] # what each test sets has its field's type
    return replace(INITIATION, instructions=(replace(INSTRUCTION, transfers=(transfer,)),))


def text(low: int, high: int) -> st.SearchStrategy[str]:
    letters = st.characters(codec="utf-8", exclude_categories=("C", "Z"))
    return st.text(letters, min_size=low, max_size=high)


banks = st.builds(
    Bank,
    bic=st.sampled_from(("", "ICBKCNBJ", "DEUTDEFF500")),
    clearing_system=st.just("CNAPS"),
    member=text(1, 35),
    name=st.one_of(st.just(""), text(1, 140)),
)
parties = st.builds(Party, name=text(1, 140), identifiers=st.just(SUPPLIER.identifiers))
transfers = st.builds(
    CreditTransfer,
    end_to_end_id=text(1, 35),
    amount=st.decimals("0.01", "9999999999999.99", places=2),
    currency=st.sampled_from(("CNY", "EUR")),
    creditor=parties,
    creditor_account=st.one_of(st.just("DE89370400440532013000"), text(1, 34)),
    creditor_bank=banks,
    instruction_id=st.one_of(st.just(""), text(1, 35)),
    remittance=st.lists(text(1, 140), max_size=2, unique=True).map(tuple),
)


@given(st.lists(transfers, min_size=1, max_size=5, unique_by=lambda one: one.end_to_end_id), banks)
def test_what_is_written_reads_back_the_same(payments: list[CreditTransfer], bank: Bank) -> None:
    instruction = replace(INSTRUCTION, transfers=tuple(payments), debtor_bank=bank)
    initiation = replace(INITIATION, instructions=(instruction,))
    with TemporaryDirectory() as folder:
        assert read_pain001(write_pain001(Path(folder) / "p.xml", initiation)) == initiation


def test_the_same_payments_are_the_same_bytes_wherever_they_are_written() -> None:
    shanghai = INITIATION.created.astimezone(timezone(timedelta(hours=8)))
    assert pain001(INITIATION) == pain001(replace(INITIATION, created=shanghai))


def test_count_and_sum_stand_in_the_header_and_in_each_instruction() -> None:
    other = replace(
        INSTRUCTION,
        id="R1-JPY",
        transfers=(replace(TRANSFER, end_to_end_id="2", currency="JPY", amount=Decimal(9)),),
    )
    written = pain001(replace(INITIATION, instructions=(INSTRUCTION, other))).decode()
    assert written.count("<NbOfTxs>2</NbOfTxs>") == 1
    assert written.count("<CtrlSum>1259.07</CtrlSum>") == 1
    assert written.count("<CtrlSum>1250.07</CtrlSum>") == 1
    assert written.count("<CtrlSum>9</CtrlSum>") == 1


def test_an_iban_is_written_as_one_and_any_other_account_is_not() -> None:
    written = pain001(with_transfer(creditor_account="DE89370400440532013000")).decode()
    assert "<IBAN>DE89370400440532013000</IBAN>" in written
    wrong_check_digits = pain001(with_transfer(creditor_account="DE88370400440532013000")).decode()
    assert "<IBAN>" not in wrong_check_digits


def test_a_bank_nobody_named_is_said_to_be_missing() -> None:
    instruction = replace(INSTRUCTION, debtor_bank=Bank())
    assert "<Id>NOTPROVIDED</Id>" in pain001(replace(INITIATION, instructions=(instruction,))).decode()


@pytest.mark.parametrize(
    ("initiation", "rule"),
    [
        (with_transfer(end_to_end_id=""), r"EndToEndId: must have 1 to 35 characters \(got 0\)"),
        (with_transfer(end_to_end_id="V" * 36), r"EndToEndId: must have 1 to 35 characters \(got 36\)"),
        (with_transfer(end_to_end_id=" V"), "must be printable, with single spaces inside"),
        (with_transfer(creditor=Party("钢\x00铁")), "Cdtr/Nm: must be printable"),
        (with_transfer(creditor=Party("钢" * 141)), "Cdtr/Nm: must have 1 to 140 characters"),
        (with_transfer(amount=Decimal(0)), "InstdAmt: amount must be positive"),
        (with_transfer(amount=Decimal("-1")), "amount must be positive"),
        (with_transfer(amount=Decimal("NaN")), "amount must be positive"),
        (with_transfer(amount=Decimal("1.005")), "must not have more than 2 decimals"),
        (with_transfer(amount=Decimal(10) ** 16), "must not have more than 18 digits"),
        (with_transfer(currency="yuan"), "three capital letters"),
        (with_transfer(creditor_bank=Bank(bic="icbk")), "must be a BIC, ISO 9362"),
        (replace(INITIATION, instructions=()), "PmtInf: must have at least one payment"),
        (replace(INITIATION, instructions=(replace(INSTRUCTION, transfers=()),)), "at least one payment"),
        (
            replace(INITIATION, instructions=(INSTRUCTION, replace(INSTRUCTION, id="other"))),
            r"EndToEndId: must be given once \(got '1-0-1-1' 2 times\)",
        ),
        (
            replace(
                INITIATION,
                instructions=(
                    INSTRUCTION,
                    replace(INSTRUCTION, transfers=(replace(TRANSFER, end_to_end_id="2"),)),
                ),
            ),
            "PmtInfId: must be given once",
        ),
    ],
)
def test_what_no_bank_would_carry_out_is_not_written(initiation: PaymentInitiation, rule: str) -> None:
    with pytest.raises(BadDocument, match=rule):
        pain001(initiation)


@pytest.mark.parametrize(
    ("was", "becomes", "rule"),
    [
        ("<NbOfTxs>1<", "<NbOfTxs>2<", r"NbOfTxs must be the number of payments, 1 \(got 2\)"),
        ("<CtrlSum>1250.07<", "<CtrlSum>1250.08<", r"CtrlSum must be the sum of the amounts, 1250\.07"),
        ("1250.07</InstdAmt>", "0.00</InstdAmt>", "amount must be positive"),
        ("<CreDtTm>2026", "<CreDtTm>MMXXVI", "must be a date and time"),
        ("<EndToEndId>1-0-1-1</EndToEndId>", "", "EndToEndId: element is missing"),
        ("<Id>110100200300</Id>", "", "must have an IBAN or another id"),
    ],
)
def test_a_message_that_contradicts_itself_is_refused(
    tmp_path: Path, was: str, becomes: str, rule: str
) -> None:
    written = pain001(INITIATION).decode()
    assert was in written
    path = tmp_path / "p.xml"
    path.write_text(written.replace(was, becomes), encoding="utf-8")
    with pytest.raises(BadDocument, match=rule):
        read_pain001(path)


@pytest.mark.parametrize(
    ("was", "becomes", "rule"),
    [
        ("pain.001.001.09", "pain.001.001.99", "version must be 3 to 13"),
        ("pain.001.001.09", "pain.002.001.09", r"must be a pain\.001 Document"),
        ("<PmtMtd>TRF<", "<PmtMtd>CHK<", r"must be TRF \(got CHK\)"),
    ],
)
def test_another_kind_of_message_is_refused(tmp_path: Path, was: str, becomes: str, rule: str) -> None:
    path = tmp_path / "p.xml"
    path.write_text(pain001(INITIATION).decode().replace(was, becomes), encoding="utf-8")
    with pytest.raises(UnsupportedDocument, match=rule):
        read_pain001(path)
