from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.documents import Unread, read_folder
from flows.errors import BadDocument, UnsupportedDocument
from flows.identifiers import Identifier
from flows.records import CreditNote, Document, Invoice, Line, Order, Party, TaxSubtotal, Terms, Totals
from flows.samples import SampleTrade, sample_party
from flows.ubl import read_ubl
from flows.ubl_writer import write_ubl


def altered(trade: SampleTrade, place: int, pattern: str, to: str) -> Path:
    path = trade.paths[place]
    text, count = re.subn(pattern, to, path.read_text(encoding="utf-8"), count=1)
    assert count == 1
    path.write_text(text, encoding="utf-8")
    return path


def test_a_sample_trade_reads_back_as_written(trade: SampleTrade) -> None:
    assert [read_ubl(path) for path in trade.paths] == [
        trade.order,
        trade.despatch,
        trade.receipt,
        trade.invoice,
    ]


@pytest.mark.parametrize(
    ("pattern", "to", "field", "rule"),
    [
        (
            r">117294.00</cbc:PayableAmount>",
            ">-5.00</cbc:PayableAmount>",
            "cac:LegalMonetaryTotal/cbc:PayableAmount",
            "amount must not be negative (got -5.00)",
        ),
        (
            r">13494.00</cbc:TaxAmount>",
            ">13494.001</cbc:TaxAmount>",
            "cac:TaxTotal/cbc:TaxAmount",
            "amount must not have more than 2 decimals (got 13494.001)",
        ),
        (
            r'schemeID="USCC">.{17}.<',
            'schemeID="USCC">91350100M000100Y44<',
            "cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:CompanyID",
            "USCC: check digit must be 3",
        ),
        (
            r'currencyID="CNY">103800.00</cbc:LineExtensionAmount>\n    <cbc:TaxE',
            'currencyID="USD">103800.00</cbc:LineExtensionAmount>\n    <cbc:TaxE',
            "cac:LegalMonetaryTotal/cbc:LineExtensionAmount",
            "must be in the document's currency CNY (got USD)",
        ),
        (r"<cbc:IssueDate>.*</cbc:IssueDate>", "", "cbc:IssueDate", "date is missing"),
        (r">2024-06-30<", ">30.06.2024<", "cbc:DueDate", "must be a date"),
        (r"<cbc:ID>INV-2024-001", "<cbc:ID>", "cbc:ID", "must not be empty"),
        (r">86.50<", ">-86.50<", "cac:InvoiceLine/cac:Price/cbc:PriceAmount", "price must not be negative"),
        (r">1200<", ">many<", "cac:InvoiceLine/cbc:InvoicedQuantity", "plain decimal number"),
        (r">CNY<", ">yuan<", "cbc:DocumentCurrencyCode", "three capital letters"),
        (r"(?s)<cac:InvoiceLine>.*</cac:InvoiceLine>", "", "cac:InvoiceLine", "at least one line"),
        (
            r"(?s)<cac:LegalMonetaryTotal>.*</cac:LegalMonetaryTotal>",
            "",
            "cac:LegalMonetaryTotal",
            "element is missing",
        ),
        (r"(?s)(<cac:Accounting.*?<cac:Party>).*?(</cac:Party>)", r"\1\2", None, "a name or an identifier"),
    ],
)
def test_a_bad_invoice_is_refused_by_field_and_rule(
    trade: SampleTrade, pattern: str, to: str, field: str | None, rule: str
) -> None:
    with pytest.raises(BadDocument) as refused:
        read_ubl(altered(trade, 3, pattern, to))
    assert refused.value.file == "4-invoice.xml"
    assert field is None or refused.value.field == field
    assert rule in refused.value.rule
    assert str(refused.value) == f"4-invoice.xml: {refused.value.field}: {refused.value.rule}"


def test_a_negative_delivery_is_refused(trade: SampleTrade) -> None:
    with pytest.raises(
        BadDocument, match=r"cac:DespatchLine/cbc:DeliveredQuantity: quantity must not be negative"
    ):
        read_ubl(altered(trade, 1, ">1200<", ">-1200<"))


def test_a_truncated_invoice_is_refused(trade: SampleTrade) -> None:
    path = trade.paths[3]
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(
        BadDocument, match=r"4-invoice\.xml: line \d+, column \d+: must be well-formed XML, whole"
    ):
        read_ubl(path)


def test_a_wrong_namespace_and_a_foreign_kind_are_refused(trade: SampleTrade) -> None:
    path = altered(trade, 3, "schema:xsd:Invoice-2", "schema:xsd:Invoice-3")
    with pytest.raises(
        UnsupportedDocument, match=r"namespace of Invoice must be .*Invoice-2 \(got .*Invoice-3\)"
    ):
        read_ubl(path)
    path.write_text('<Quotation xmlns="urn:oasis:names:specification:ubl:schema:xsd:Quotation-2"/>')
    with pytest.raises(UnsupportedDocument, match="got UBL Quotation"):
        read_ubl(path)
    path.write_text("<html/>")
    with pytest.raises(UnsupportedDocument, match="must be a UBL 2 or camt document"):
        read_folder(path.parent)


def test_a_folder_lists_what_it_does_not_read(trade: SampleTrade) -> None:
    folder = trade.paths[0].parent
    kind = "RemittanceAdvice"
    (folder / "6-remittance.xml").write_text(
        f'<{kind} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{kind}-2"/>'
    )
    documents = read_folder(folder)
    assert documents.invoices == (trade.invoice,)
    assert documents.unread == (Unread("6-remittance.xml", kind),)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match=r"folder has no \.xml file"):
        read_folder(tmp_path)


def test_prices_are_per_unit_and_tax_in_a_second_currency_is_left_aside(trade: SampleTrade) -> None:
    price = '<cbc:PriceAmount currencyID="CNY">86.50</cbc:PriceAmount>'
    base = price.replace("86.50", "8650") + '<cbc:BaseQuantity unitCode="EA">100</cbc:BaseQuantity>'
    path = altered(trade, 3, price, base)
    tax = '<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">1.00</cbc:TaxAmount></cac:TaxTotal>'
    path = altered(trade, 3, "<cac:LegalMonetaryTotal>", f"{tax}<cac:LegalMonetaryTotal>")
    invoice = read_ubl(path)
    assert isinstance(invoice, Invoice)
    assert invoice.lines[0].price == Decimal("86.5")
    assert invoice.tax == trade.invoice.tax


amount = st.decimals(min_value=0, max_value=10**10, places=2, allow_nan=False)
word = st.text(alphabet="abcXYZ019-/轴承（）&<>\"'", min_size=1, max_size=12).map(
    lambda s: " ".join(s.split()) or "x"
)
day = st.dates(date(1990, 1, 1), date(2090, 1, 1))
party = st.one_of(
    word.map(sample_party),
    st.builds(Party, word, st.builds(Identifier, st.just("TAX"), word).map(lambda one: (one,))),
    st.builds(Party, word),
)
rate = st.sampled_from([Decimal(0), Decimal(13), Decimal("17.5")])
line = st.builds(
    Line, word, word, st.one_of(st.just(""), word), amount, st.sampled_from(["", "EA", "KGM"]), amount, amount
)
totals = st.builds(Totals, amount, amount, amount, amount, prepaid=amount)
currency = st.sampled_from(["CNY", "EUR"])
lines = st.lists(line, min_size=1, max_size=3).map(tuple)
ids = st.lists(word, max_size=2, unique=True).map(tuple)
terms = st.builds(Terms, st.one_of(st.none(), st.integers(0, 400)), st.one_of(st.none(), day), word)
taxes = st.lists(st.builds(TaxSubtotal, amount, amount, word, rate), max_size=2).map(tuple)
records = st.one_of(
    st.builds(Order, st.just("d.xml"), word, day, currency, party, party, lines, totals, amount, terms, word),
    st.builds(
        CreditNote, st.just("d.xml"), word, day, currency, party, party, lines, totals, amount, taxes, ids
    ),
    st.builds(
        Invoice,
        st.just("d.xml"),
        word,
        day,
        currency,
        party,
        party,
        lines,
        totals,
        amount,
        taxes,
        due=day,
        terms=terms,
        orders=ids,
    ),
)


@given(records)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_any_record_written_reads_back_the_same(tmp_path: Path, record: Document) -> None:
    assert read_ubl(write_ubl(tmp_path / "d.xml", record)) == record


def test_a_returned_delivery_keeps_its_rejected_quantity(trade: SampleTrade, tmp_path: Path) -> None:
    (only,) = trade.receipt.lines
    receipt = replace(
        trade.receipt, file="r.xml", lines=(replace(only, rejected=Decimal(5), short=Decimal(2)),)
    )
    assert read_ubl(write_ubl(tmp_path / "r.xml", receipt)) == receipt
