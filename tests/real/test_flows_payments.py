"""Payments on published messages: pain.001 of 17 markets, and genkgo's camt notifications."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from flows.camt import read_camt
from flows.errors import UnsupportedDocument
from flows.pain import read_pain001
from flows.pain_writer import write_pain001
from flows.reconciliation import Line, Reason, Status, reconcile
from flows.xml import parse_file, split_tag

DATA = Path(
    os.environ.get("COUNTERFOIL_DATA", Path(__file__).parents[2] / ".." / "shared" / "data")
).resolve()
MARKET = DATA / "pain001" / "market"
MESSAGES = sorted(MARKET.rglob("*.xml"))

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not MARKET.is_dir(), reason=f"no payments in {DATA}: set COUNTERFOIL_DATA"),
]


def test_there_are_70_messages_of_versions_3_9_and_13() -> None:
    versions = [split_tag(parse_file(path))[0][-2:] for path in MESSAGES]
    assert {version: versions.count(version) for version in set(versions)} == {"03": 34, "09": 35, "13": 1}


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.name)
def test_a_markets_message_reads_and_is_the_same_when_written_as_version_9(
    path: Path, tmp_path: Path
) -> None:
    if "us.check" in path.name:
        with pytest.raises(UnsupportedDocument, match=r"PmtMtd: must be TRF \(got CHK\)"):
            read_pain001(path)
        return
    read = read_pain001(path)
    assert read_pain001(write_pain001(tmp_path / path.name, read)) == read


def _children(element: Element, path: str, into: dict[str, list[list[str]]]) -> None:
    names = [split_tag(child)[1] for child in element]
    into[path].append(list(dict.fromkeys(names)))
    for child, name in zip(element, names, strict=True):
        _children(child, f"{path}/{name}", into)


def test_elements_stand_where_the_published_messages_have_them(tmp_path: Path) -> None:
    """Order and nesting of version 9, as 35 messages show it that were valid against the schema."""
    published: dict[str, list[list[str]]] = defaultdict(list)
    written: dict[str, list[list[str]]] = defaultdict(list)
    for path in MESSAGES:
        if ".pain.001.001.09" not in path.name:
            continue
        _children(parse_file(path), "", published)
        if "us.check" not in path.name:
            again = write_pain001(tmp_path / path.name, read_pain001(path))
            _children(parse_file(again), "", written)
    before = {
        (place, first, second)
        for place, lists in published.items()
        for names in lists
        for n, first in enumerate(names)
        for second in names[n + 1 :]
    }
    # Where the writer says more than these markets need.
    ours = {"/CstmrCdtTrfInitn/PmtInf/DbtrAgt/FinInstnId"}
    for place, lists in written.items():
        for names in lists:
            assert place in published or place.rpartition("/")[0] in ours, place
            for first, second in pairwise(names):
                assert (place, second, first) not in before, (place, first, second)


def test_the_payments_of_a_published_notification_reconcile_to_the_last_cent() -> None:
    entries = read_camt(DATA / "camt-statements" / "camt054.v8.xml")
    asked = [Line(entry.end_to_end_id, entry.amount, entry.currency) for entry in entries[:2]]
    result = reconcile(asked, entries, credit=False)
    # The message says the second payment's id twice: whoever asked for it once is told.
    assert result.outcomes[0].status is Status.MATCHED
    assert result.outcomes[1].paid == entries[1].amount + entries[2].amount
    assert not result.agrees


def test_a_statement_and_its_copy_are_counted_once_where_the_bank_gives_references() -> None:
    path = DATA / "camt-statements" / "camt053.v8.xml"
    entries = read_camt(path)
    referenced = [one for one in entries if one.status == "BOOK" and (one.uetr or one.servicer_reference)]
    assert referenced
    copies = [entry for entry in read_camt(path) if entry in referenced]
    again = [replace(entry, file="copy.xml") for entry in copies]
    result = reconcile((), [*referenced, *again], credit=True)
    assert [one.reason for one in result.leftovers] == [
        *(Reason.UNKNOWN for _ in referenced),
        *(Reason.REPEATED for _ in again),
    ]
