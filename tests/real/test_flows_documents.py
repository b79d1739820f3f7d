"""The flows on published documents: OASIS UBL examples, EN 16931 samples, genkgo's camt messages."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flows.camt import read_camt
from flows.checks import CrossCheck, cross_check, require_coherent
from flows.disclosure import disclose, verify_disclosure
from flows.documents import Documents, Unread, collect, read_folder
from flows.errors import BadDocument, UnsupportedDocument
from flows.evidence import make_evidence
from flows.money import minor_units
from flows.records import CashEntry
from flows.ubl import read_ubl, ubl_kind
from flows.ubl_writer import write_ubl
from flows.xml import parse_file

DATA = Path(
    os.environ.get("COUNTERFOIL_DATA", Path(__file__).parents[2] / ".." / "shared" / "data")
).resolve()
CHAIN = DATA / "ubl-chain" / "chain"
CAMT = DATA / "camt-statements"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not CHAIN.is_dir(), reason=f"no documents in {DATA}: set COUNTERFOIL_DATA"),
]


@pytest.fixture(scope="module")
def chain() -> Documents:
    return read_folder(CHAIN)


@pytest.fixture(scope="module")
def checked(chain: Documents) -> CrossCheck:
    require_coherent(chain)
    return cross_check(chain)


def test_the_oasis_chain_reads_and_lists_what_no_rule_compares(chain: Documents) -> None:
    assert [one.id for one in chain.with_parties] == [
        "AEG012345",
        "565899",
        "658398",
        "A00095678",
        "CN758494",
    ]
    assert [one.kind for one in chain.unread] == ["OrderResponseSimple", "RemittanceAdvice", "Statement"]
    assert all(isinstance(one, Unread) for one in chain.unread)


def test_the_oasis_chain_orders_100_delivers_90_and_invoices_100(checked: CrossCheck) -> None:
    result = checked.result("X-02a")
    assert result.failed
    assert result.figures == {
        "ordered": 100,
        "despatched": 90,
        "received": 90,
        "invoiced": 100,
        "credited": 100,
    }
    assert result.detail == (
        "Ordered 100, despatched 90, received 90, invoiced 100, credited 100 (KGM): beeswax in KGM: invoiced "
        "100 exceeds accepted 90 by 10; the credit note takes back 100, so no invoiced quantity stays to "
        "match the goods."
    )
    assert result.documents == (
        "order AEG012345",
        "despatch advice 565899",
        "receipt advice 658398",
        "invoice A00095678",
        "credit note CN758494",
    )


def test_the_oasis_chain_charges_tax_on_100_and_not_on_90(checked: CrossCheck) -> None:
    result = checked.result("X-03b")
    assert result.failed
    assert "17.50 is 17.5 % of 100.00, and 17.5 % of 90.00 would be 15.75" in result.detail
    assert result.figures == {
        "tax": Decimal("17.50"),
        "taxable": Decimal("100.00"),
        "tax_exclusive": Decimal("90.00"),
    }


def test_the_oasis_chain_gets_no_level_with_or_without_its_credit_note(
    chain: Documents, checked: CrossCheck
) -> None:
    assert {result.rule for result in checked.failures} == {
        "X-02a",
        "X-02b",
        "X-03a",
        "X-03b",
        "X-03d",
        "X-05a",
    }
    assert (checked.level, checked.reason) == (
        None,
        "No attestation: X-03a, X-03b, X-05a failed, and forbids any.",
    )
    without = cross_check(replace(chain, credit_notes=()))
    assert {result.rule for result in without.failures} == {"X-02a", "X-02b", "X-03b", "X-03d"}
    assert without.result("X-02a").figures["credited"] == 0
    assert without.level is None
    assert not checked.matched
    assert not without.matched


def test_the_oasis_findings_can_be_disclosed_one_by_one(chain: Documents, checked: CrossCheck) -> None:
    evidence = make_evidence(chain, checked, bytes(32))
    shown = verify_disclosure(
        disclose(evidence, ["check/X-02a/figures/", "invoice/A00095678/totals/payable"]), evidence.commitment
    )
    assert shown["check/X-02a/figures/received"].value == "90"
    assert shown["invoice/A00095678/totals/payable"].value == "107.50"


def _complete_invoices() -> list[Path]:
    """The data set's documents that are whole; its other files are fragments for single rules."""
    paths = sorted((DATA / "en16931-invoices").rglob("*.xml"))
    return [path for path in paths if ubl_kind(parse_file(path)) in ("Invoice", "CreditNote")]


INVOICES = _complete_invoices()


@pytest.mark.parametrize("path", INVOICES, ids=lambda path: path.name)
def test_an_en16931_sample_adds_up_and_round_trips(path: Path, tmp_path: Path) -> None:
    if "negativ_faktura" in path.name:  # a credit in the guise of an invoice below zero
        with pytest.raises(BadDocument, match=r"PayableAmount: amount must not be negative \(got -10000\)"):
            read_ubl(path)
        return
    record = read_ubl(path)
    found = cross_check(collect(record))
    for rule in ("X-03a", "X-03b"):
        assert not found.result(rule).failed, found.result(rule).detail
    again = write_ubl(tmp_path / path.name, record)
    assert read_ubl(again).lines == record.lines


def test_nine_of_the_complete_en16931_documents_price_lines_loosely() -> None:
    assert len(INVOICES) == 45
    products = [
        cross_check(collect(read_ubl(path))).result("X-03d")
        for path in INVOICES
        if "negativ_faktura" not in path.name
    ]
    assert sum(result.failed for result in products) == 9


def test_other_ubl_documents_are_read_or_refused_with_a_reason() -> None:
    outcome: Counter[str] = Counter()
    for path in sorted((DATA / "ubl-chain" / "other").rglob("*.xml")):
        try:
            outcome[type(read_ubl(path)).__name__] += 1
        except UnsupportedDocument:
            outcome["unsupported"] += 1
        except BadDocument as refused:
            outcome[refused.rule] += 1
    assert outcome == {
        "Invoice": 17,
        "CreditNote": 2,
        "Order": 2,
        "must not be empty": 1,
        "unsupported": 14,
        "base quantity must be positive (got 0.0)": 1,
        "amount must be in the document's currency EUR (got AED)": 1,
    }


def _entry_totals(entries: tuple[CashEntry, ...]) -> Counter[tuple[str, str]]:
    """Booked amounts in minor units by currency and direction, each entry once."""
    totals: Counter[tuple[str, str]] = Counter()
    for one in entries:
        if one.transaction == 1:
            units = one.entry_amount.scaleb(minor_units(one.entry_currency))
            totals[one.entry_currency, str(abs(int(units)))] += 1
    return totals


@pytest.mark.parametrize("path", sorted(CAMT.glob("*.xml")), ids=lambda path: path.name)
def test_a_camt_message_parses_as_expected_or_is_refused(path: Path) -> None:
    if path.name == "camt053.v2.wrong.xml":
        with pytest.raises(BadDocument, match=r"BkToCstmrStmt/Stmt: .* must report on at least one account"):
            read_camt(path)
        return
    entries = read_camt(path)
    expected = path.with_suffix(".json")
    if not expected.is_file():  # the data set has none for the anonymised message
        assert entries
        return
    parsed: dict[str, Any] = json.loads(expected.read_text(encoding="utf-8"))
    amounts = [one["getAmount"] for one in parsed["getEntries"] or () if isinstance(one, dict)]
    wanted = Counter((one["getCurrency"]["getCode"], one["getAmount"].lstrip("-")) for one in amounts)
    if path.name == "camt053.v2.multi.statement.xml":  # its expected parse shows the last statement alone
        assert wanted < _entry_totals(entries)
    else:
        assert wanted == _entry_totals(entries)


def test_there_are_26_camt_messages() -> None:
    assert len(list(CAMT.glob("*.xml"))) == 26


def test_a_camt_bundle_gives_each_transactions_reference() -> None:
    entries = read_camt(CAMT / "camt054.v8.xml")
    assert [one.end_to_end_id for one in entries] == [
        "UXC06170000006PI00001EE00001",
        "UXC06170000006PI00001EE00002",
        "UXC06170000006PI00001EE00002",
    ]
    assert not any(one.credit for one in entries)
