from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from flows.camt import read_camt
from flows.errors import BadDocument, UnsupportedDocument
from flows.samples import SampleTrade, write_sample_payment

STATEMENT = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt><Stmt>
<Id>S1</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>
<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{indicator}</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><DtTm>2024-05-06T23:30:00+08:00</DtTm></BookgDt>{details}</Ntry></Stmt></BkToCstmrStmt></Document>"""


def statement(folder: Path, **given: str) -> Path:
    facts = {
        "version": "02",
        "currency": "EUR",
        "amount": "10.00",
        "indicator": "CRDT",
        "details": "",
    } | given
    path = folder / "s.xml"
    path.write_text(STATEMENT.format(**facts), encoding="utf-8")
    return path


def test_a_sample_payment_reads_back(trade: SampleTrade, tmp_path: Path) -> None:
    path = write_sample_payment(
        tmp_path, invoice=trade.invoice, booked=date(2024, 6, 28), account="6222", end_to_end_id="V-77"
    )
    (entry,) = read_camt(path)
    assert (entry.amount, entry.currency, entry.credit) == (Decimal("117294.00"), "CNY", True)
    assert (entry.booked, entry.status, entry.account) == (date(2024, 6, 28), "BOOK", "6222")
    assert (entry.debtor, entry.creditor) == (trade.invoice.buyer.name, trade.invoice.seller.name)
    assert (entry.end_to_end_id, entry.remittance) == ("V-77", ("INV-2024-001",))


def test_the_day_is_the_banks_own(tmp_path: Path) -> None:
    (entry,) = read_camt(statement(tmp_path))
    assert entry.booked == date(2024, 5, 6)


def test_a_bundle_becomes_one_record_for_each_transaction(tmp_path: Path) -> None:
    part = '<TxDtls><Refs><EndToEndId>{0}</EndToEndId></Refs><Amt Ccy="EUR">{1}</Amt></TxDtls>'
    details = f"<NtryDtls>{part.format('A', 4)}{part.format('B', 6)}</NtryDtls>"
    entries = read_camt(statement(tmp_path, version="08", details=details))
    assert [(one.end_to_end_id, one.amount, one.transaction) for one in entries] == [
        ("A", Decimal("4.00"), 1),
        ("B", Decimal("6.00"), 2),
    ]
    assert {one.entry_amount for one in entries} == {Decimal("10.00")}


def test_a_bundle_without_its_parts_amounts_stays_whole(tmp_path: Path) -> None:
    details = "<NtryDtls><TxDtls/><TxDtls/></NtryDtls>"
    (entry,) = read_camt(statement(tmp_path, details=details))
    assert entry.amount == Decimal("10.00")


def test_a_debit_entry_is_no_credit_whatever_its_details_say(tmp_path: Path) -> None:
    details = "<NtryDtls><TxDtls><CdtDbtInd>CRDT</CdtDbtInd></TxDtls></NtryDtls>"
    (entry,) = read_camt(statement(tmp_path, indicator="DBIT", details=details))
    assert not entry.credit


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"amount": "-1.00"}, "Ntry/Amt: amount must not be negative"),
        ({"amount": "1.005"}, "must not have more than 2 decimals"),
        ({"amount": "1.5", "currency": "JPY"}, "must not have more than 0 decimals"),
        ({"currency": "euro"}, "three capital letters"),
        ({"indicator": "IN"}, "must be CRDT or DBIT"),
    ],
)
def test_a_bad_entry_is_refused(tmp_path: Path, given: dict[str, str], rule: str) -> None:
    with pytest.raises(BadDocument, match=rule):
        read_camt(statement(tmp_path, **given))


def test_other_versions_and_messages_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedDocument, match="version must be 1 to 8"):
        read_camt(statement(tmp_path, version="99"))
    path = tmp_path / "p.xml"
    path.write_text('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>')
    with pytest.raises(UnsupportedDocument, match=r"must be a camt\.052, 053 or 054 Document"):
        read_camt(path)


def test_a_message_on_no_account_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "n.xml"
    path.write_text(
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt/></Document>'
    )
    with pytest.raises(BadDocument, match="must report on at least one account"):
        read_camt(path)
