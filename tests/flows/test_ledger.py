from __future__ import annotations

import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.errors import BadDocument
from flows.ledger import (
    Label,
    LedgerInvoice,
    Side,
    read_labels,
    read_ledger,
    read_ledgers,
    write_labels,
    write_ledger,
    write_ledgers,
)

HEADER = "企业代号,发票号码,开票日期,购方单位代号,金额,税额,价税合计,发票状态"
ROW = "E1,11459356,2017/8/4,B03711,9401.71,1598.29,11000.0,有效发票"


def written(folder: Path, *lines: str) -> Path:
    path = folder / "firm_output_invoices.csv"
    path.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
    return path


def test_a_row_becomes_a_typed_invoice(tmp_path: Path) -> None:
    (row,) = read_ledger(written(tmp_path, ROW), Side.SALE)
    assert row == LedgerInvoice(
        "E1",
        Side.SALE,
        "11459356",
        date(2017, 8, 4),
        "B03711",
        Decimal("9401.71"),
        Decimal("1598.29"),
        Decimal("11000.00"),
        False,
    )


def test_a_red_letter_is_negative_and_a_void_is_marked(tmp_path: Path) -> None:
    path = written(
        tmp_path, "E1,1,2017/8/4,B,-100,-17,-117.00, 作废发票", "E1,2,2017/8/4,B,1,0.17,1.17,有效发票"
    )
    red, blue = read_ledger(path, Side.SALE)
    assert red.gross == Decimal("-117.00")
    assert red.voided
    assert not blue.voided


@pytest.mark.parametrize(
    ("line", "field", "rule"),
    [
        ("E1,1,2017/8/4,B,1.005,0,1,有效发票", "line 2, column 金额", "at most two decimals (got '1.005')"),
        ("E1,1,2017/8/4,B,1,1e3,1,有效发票", "line 2, column 税额", "must be a number"),
        ("E1,1,2017/8/4,B,1,0,NaN,有效发票", "line 2, column 价税合计", "must be a number"),
        ("E1,1,2017/8/4,B,1,0,١,有效发票", "line 2, column 价税合计", "must be a number"),
        ("E1,1,2017/2/30,B,1,0,1,有效发票", "line 2, column 开票日期", "got '2017/2/30'"),
        ("E1,1,0017/2/3,B,1,0,1,有效发票", "line 2, column 开票日期", "got '0017/2/3'"),
        ("E1,1,4.8.2017,B,1,0,1,有效发票", "line 2, column 开票日期", "year/month/day"),
        ("E1,1,2017/8/4,B,1,0,1,异常发票", "line 2, column 发票状态", "got '异常发票'"),
        ("E1,,2017/8/4,B,1,0,1,有效发票", "line 2, column 发票号码", "must not be empty"),
        ("E1,1,2017/8/4,B,1,0,1", "line 2", "row must have 8 values (got 7)"),
        ('E1,"1,2017/8/4,B,1,0,1,有效发票', "document", "must be CSV"),
    ],
)
def test_a_bad_row_is_refused_by_line_and_column(tmp_path: Path, line: str, field: str, rule: str) -> None:
    with pytest.raises(BadDocument) as refused:
        list(read_ledger(written(tmp_path, line), Side.SALE))
    assert refused.value.file == "firm_output_invoices.csv"
    assert refused.value.field == field
    assert rule in refused.value.rule


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a_output_invoices.csv"
    path.write_text("企业代号,发票号码,开票日期,购方单位代号,金额,价税合计,发票状态\n", encoding="utf-8")
    with pytest.raises(BadDocument, match=r"a_output_invoices\.csv: column 税额: column is missing"):
        list(read_ledger(path, Side.SALE))


def test_a_sales_file_is_not_taken_for_a_purchase_file(tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match="column 销方单位代号: column is missing"):
        list(read_ledger(written(tmp_path, ROW), Side.PURCHASE))


def test_a_truncated_gzip_and_a_foreign_encoding_are_refused(tmp_path: Path) -> None:
    cut = tmp_path / "b_output_invoices.csv.gz"
    cut.write_bytes(gzip.compress(("\n".join([HEADER, *[ROW] * 200])).encode())[:-20])
    with pytest.raises(BadDocument, match="gzip data is broken or cut short"):
        list(read_ledger(cut, Side.SALE))
    foreign = tmp_path / "c_output_invoices.csv"
    foreign.write_bytes(HEADER.encode("gb18030"))
    with pytest.raises(BadDocument, match="must be UTF-8"):
        list(read_ledger(foreign, Side.SALE))


def test_a_line_larger_than_any_row_is_refused_before_it_is_held(tmp_path: Path) -> None:
    path = tmp_path / "d_output_invoices.csv.gz"
    path.write_bytes(gzip.compress(HEADER.encode() + b"\n" + b"0" * 50_000_000))
    with pytest.raises(BadDocument, match="a line must not exceed 65536 characters"):
        list(read_ledger(path, Side.SALE))


def test_a_ledger_present_twice_is_refused(tmp_path: Path) -> None:
    written(tmp_path, ROW)
    (tmp_path / "firm_output_invoices.csv.gz").write_bytes(gzip.compress(HEADER.encode()))
    with pytest.raises(BadDocument, match="plain and gzipped"):
        read_ledgers(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match="folder has no"):
        read_ledgers(tmp_path)


def test_labels_read_back_and_an_unknown_answer_is_refused(tmp_path: Path) -> None:
    labels = [Label("E1", "某某电器", "A", False), Label("E2", "某某贸易", "D", True)]
    path = write_labels(tmp_path / "labels.csv", labels)
    assert list(read_labels(path).values()) == labels
    path.write_text("企业代号,企业名称,信誉评级,是否违约\nE1,x,A,也许\n", encoding="utf-8")
    with pytest.raises(BadDocument, match="line 2, column 是否违约"):
        read_labels(path)


amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False)
words = st.text(
    alphabet=st.characters(min_codepoint=48, max_codepoint=0x9FFF, categories=["L", "N"]), min_size=1
)
rows = st.builds(
    LedgerInvoice,
    words,
    st.sampled_from(Side),
    words,
    st.dates(date(1994, 1, 1), date(2100, 1, 1)),
    words,
    amounts,
    amounts,
    amounts,
    st.booleans(),
)


@given(st.lists(rows, max_size=12), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
def test_what_is_written_reads_back_the_same(
    tmp_path: Path, ledger: list[LedgerInvoice], zipped: bool
) -> None:
    path = tmp_path / f"x_output_invoices.csv{'.gz' if zipped else ''}"
    for side in Side:
        write_ledger(path, ledger, side)
        assert list(read_ledger(path, side)) == [row for row in ledger if row.side is side]


def test_both_sides_are_grouped_by_firm_in_order_of_days(tmp_path: Path) -> None:
    def row(firm: str, side: Side, day: int) -> LedgerInvoice:
        one = Decimal("1.00")
        return LedgerInvoice(firm, side, str(day), date(2024, 1, day), "C", one, one, one + one, False)

    ledger = [row("E2", Side.SALE, 9), row("E1", Side.PURCHASE, 3), row("E2", Side.PURCHASE, 2)]
    write_ledgers(tmp_path, "all", ledger)
    assert read_ledgers(tmp_path, "all") == {"E1": (ledger[1],), "E2": (ledger[2], ledger[0])}
