"""Invoice ledgers: one row an invoice line that a firm sold or bought on.

The layout is the export of a Chinese VAT ledger: a file of sales (销项, `*_output_invoices.csv`) and one of
purchases (进项, `*_input_invoices.csv`), UTF-8, plain or gzipped, with Chinese headers; a file may hold many
firms. Amounts carry at most two decimals: a third digit other than zero is refused, never rounded, because a
ledger that was rounded once no longer adds up to its tax return.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Final, TextIO

from flows.errors import BadDocument

FIRM: Final = "企业代号"
NUMBER: Final = "发票号码"
ISSUED: Final = "开票日期"
NET: Final = "金额"
TAX: Final = "税额"
GROSS: Final = "价税合计"
STATUS: Final = "发票状态"
VALID: Final = "有效发票"
VOIDED: Final = "作废发票"

NAME: Final = "企业名称"
RATING: Final = "信誉评级"
DEFAULTED: Final = "是否违约"

_CENT: Final = Decimal("0.01")
_LONGEST_LINE: Final = 65_536
_AMOUNT: Final = re.compile(r"-?[0-9]{1,16}(?:\.[0-9]{1,2}0*)?")


class Side(Enum):
    """Which side of the invoice the ledger's owner stands on."""

    SALE = "sale"
    PURCHASE = "purchase"


_COUNTERPART: Final = {Side.SALE: "购方单位代号", Side.PURCHASE: "销方单位代号"}
_STEM: Final = {Side.SALE: "output_invoices", Side.PURCHASE: "input_invoices"}


@dataclass(frozen=True, slots=True)
class LedgerInvoice:
    """One row of a VAT invoice ledger.

    Amounts are yuan with two decimals; a negative amount is a red-letter (红字) invoice.
    `gross` is `net + tax` as the source states it. `voided` rows (作废) stay in the ledger and count for
    the void ratio only.
    """

    firm: str
    side: Side
    number: str
    issued: date
    counterpart: str
    net: Decimal
    tax: Decimal
    gross: Decimal
    voided: bool


@dataclass(frozen=True, slots=True)
class Label:
    """What is known of a firm's outcome.

    `defaulted` is the target of a scorecard. `rating` is kept apart because a rating of D means default by
    construction: it is never a feature.
    """

    firm: str
    name: str
    rating: str
    defaulted: bool


def read_ledger(path: Path, side: Side) -> Iterator[LedgerInvoice]:
    """Read one ledger file row by row, in the file's order.

    Rows are taken as they stand: duplicates stay, and `gross` is not required to be `net + tax`; those are
    findings about a firm, not faults of a file.

    Args:
        path: a `.csv` or `.csv.gz` file.
        side: `SALE` for an output ledger, `PURCHASE` for an input ledger.

    Raises:
        BadDocument: a column is missing, or a row has an empty id, an unparsable date, an amount that is no
            number or has more than two decimals, or a status other than 有效发票 and 作废发票.
    """
    columns = (FIRM, NUMBER, ISSUED, _COUNTERPART[side], NET, TAX, GROSS, STATUS)
    dates: dict[str, date] = {}  # a ledger names each day many times: parsing it once halves the time
    with _rows(path, columns) as rows:
        for line, row in rows:
            firm, number, issued, counterpart, net, tax, gross, status = row
            status = status.strip()
            if status != VALID and status != VOIDED:
                raise _bad(path, line, STATUS, f"status must be {VALID} or {VOIDED} (got {status!r})")
            day = dates.get(issued)
            if day is None:
                day = dates[issued] = _date(path, line, issued)
            if not (firm and number and counterpart):
                empty = FIRM if not firm else NUMBER if not number else _COUNTERPART[side]
                raise _bad(path, line, empty, "must not be empty")
            yield LedgerInvoice(
                firm,
                side,
                number,
                day,
                counterpart,
                _amount(path, line, NET, net),
                _amount(path, line, TAX, tax),
                _amount(path, line, GROSS, gross),
                status == VOIDED,
            )


def ledger_files(folder: Path, prefix: str = "") -> tuple[tuple[Path, Side], ...]:
    """The ledger files of a folder whose name starts with `prefix`, sorted by name, with their sides.

    Raises:
        BadDocument: the folder has none, or has the same ledger both plain and gzipped (reading both would
            count every invoice twice).
    """
    found: dict[str, tuple[Path, Side]] = {}
    for side, stem in _STEM.items():
        for path in sorted(folder.glob(f"{prefix}*{stem}.csv*")):
            ledger, _, ending = path.name.partition(".csv")
            if ending not in ("", ".gz"):
                continue
            if ledger in found:
                raise BadDocument(path.name, "document", "the same ledger is in the folder plain and gzipped")
            found[ledger] = (path, side)
    if not found:
        raise BadDocument(str(folder), "document", f"folder has no {prefix}*_output_invoices.csv[.gz] ledger")
    return tuple(found[ledger] for ledger in sorted(found))


def read_ledgers(folder: Path, prefix: str = "") -> dict[str, tuple[LedgerInvoice, ...]]:
    """Read every ledger of a folder and group the rows by firm.

    Args:
        folder: holds `<prefix>*_output_invoices.csv[.gz]` and `<prefix>*_input_invoices.csv[.gz]`.
        prefix: narrows to one set, such as "att1".

    Returns:
        Firm code to its rows, sales and purchases together, ordered by day and then as the files give them.

    Raises:
        BadDocument: as `ledger_files` and `read_ledger`.
    """
    firms: dict[str, list[LedgerInvoice]] = {}
    for path, side in ledger_files(folder, prefix):
        for invoice in read_ledger(path, side):
            firms.setdefault(invoice.firm, []).append(invoice)
    return {firm: tuple(sorted(rows, key=lambda row: row.issued)) for firm, rows in firms.items()}


def read_labels(path: Path) -> dict[str, Label]:
    """Read firms' outcomes: 企业代号, 企业名称, 信誉评级, 是否违约 (是 or 否).

    Raises:
        BadDocument: a column is missing, a firm is named twice, or 是否违约 is neither 是 nor 否.
    """
    labels: dict[str, Label] = {}
    with _rows(path, (FIRM, NAME, RATING, DEFAULTED)) as rows:
        for line, (firm, name, rating, defaulted) in rows:
            if defaulted not in ("是", "否"):
                raise _bad(path, line, DEFAULTED, f"must be 是 or 否 (got {defaulted!r})")
            if not firm or firm in labels:
                raise _bad(path, line, FIRM, f"firm must be named, and once (got {firm!r})")
            labels[firm] = Label(firm, name, rating, defaulted == "是")
    return labels


def write_ledger(path: Path, invoices: Iterable[LedgerInvoice], side: Side) -> Path:
    """Write the rows of one side to a ledger file that `read_ledger` reads back to the same rows.

    Rows of the other side are left out, so that one sequence can be written to both files. A path that ends
    in `.gz` is gzipped, with no time stamp inside, so the same rows give the same bytes.
    """
    rows = (
        (
            row.firm,
            row.number,
            f"{row.issued.year}/{row.issued.month}/{row.issued.day}",
            row.counterpart,
            row.net,
            row.tax,
            row.gross,
            VOIDED if row.voided else VALID,
        )
        for row in invoices
        if row.side is side
    )
    return _write(path, (FIRM, NUMBER, ISSUED, _COUNTERPART[side], NET, TAX, GROSS, STATUS), rows)


def write_ledgers(folder: Path, prefix: str, invoices: Iterable[LedgerInvoice]) -> tuple[Path, Path]:
    """Write `<prefix>_output_invoices.csv` and `<prefix>_input_invoices.csv`; returns both paths."""
    rows = tuple(invoices)
    sales = write_ledger(folder / f"{prefix}_{_STEM[Side.SALE]}.csv", rows, Side.SALE)
    return sales, write_ledger(folder / f"{prefix}_{_STEM[Side.PURCHASE]}.csv", rows, Side.PURCHASE)


def write_labels(path: Path, labels: Iterable[Label]) -> Path:
    """Write firms' outcomes in the layout `read_labels` reads."""
    rows = ((label.firm, label.name, label.rating, "是" if label.defaulted else "否") for label in labels)
    return _write(path, (FIRM, NAME, RATING, DEFAULTED), rows)


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Path:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    data = text.getvalue().encode("utf-8")
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


@contextmanager
def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[Iterator[tuple[int, tuple[str, ...]]]]:
    """The rows of a CSV file as (line number, values of `columns`); every way to be broken is one error."""
    try:
        with _open(path) as text:
            yield _pick(path, csv.reader(_lines(path, text), strict=True), columns)
    except UnicodeDecodeError as error:
        raise BadDocument(path.name, "document", f"must be UTF-8 ({error.reason})") from error
    except csv.Error as error:
        raise BadDocument(path.name, "document", f"must be CSV ({error})") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadDocument(path.name, "document", f"gzip data is broken or cut short ({error})") from error


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open("r", encoding="utf-8-sig", newline="")


def _lines(path: Path, text: TextIO) -> Iterator[str]:
    """Lines of bounded length: a few kilobytes of gzip can hold one line larger than memory."""
    while line := text.readline(_LONGEST_LINE + 1):
        if len(line) > _LONGEST_LINE:
            raise BadDocument(path.name, "document", f"a line must not exceed {_LONGEST_LINE} characters")
        yield line


def _pick(
    path: Path, reader: Iterator[list[str]], columns: tuple[str, ...]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    header = [name.strip() for name in next(reader, [])]
    missing = [name for name in columns if name not in header]
    if missing:
        raise BadDocument(path.name, f"column {missing[0]}", f"column is missing (header has {header})")
    width = len(header)
    places = [header.index(name) for name in columns]
    for line, row in enumerate(reader, start=2):
        if len(row) != width:
            if not row:
                continue  # a blank line, such as many programs leave at the end
            raise BadDocument(path.name, f"line {line}", f"row must have {width} values (got {len(row)})")
        yield line, tuple([row[place] for place in places])


def _amount(path: Path, line: int, column: str, text: str) -> Decimal:
    if not _AMOUNT.fullmatch(text):
        raise _bad(path, line, column, f"amount must be a number with at most two decimals (got {text!r})")
    return Decimal(text).quantize(_CENT)


def _date(path: Path, line: int, text: str) -> date:
    try:
        year, month, day = text.replace("-", "/").split("/")
        if not (len(year) == 4 and "1900" <= year < "2200" and text.isascii()):
            raise ValueError
        return date(int(year), int(month), int(day))
    except ValueError:
        raise _bad(path, line, ISSUED, f"date must be year/month/day (got {text[:40]!r})") from None


def _bad(path: Path, line: int, column: str, rule: str) -> BadDocument:
    return BadDocument(path.name, f"line {line}, column {column}", rule)
