from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import xml
from flows.errors import BadDocument, UnsafeDocument
from flows.money import minor_units, parse_amount
from flows.xml import Node, parse_bytes, parse_file

BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>"""
EXTERNAL = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>"""


@pytest.mark.parametrize("data", [BOMB, EXTERNAL, b'<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>'])
def test_a_document_with_a_dtd_or_entities_is_refused(data: bytes) -> None:
    with pytest.raises(UnsafeDocument, match=r"bomb\.xml: document: must not declare a DTD or entities"):
        parse_bytes(data, "bomb.xml")


def test_a_truncated_document_says_where_it_ends() -> None:
    with pytest.raises(BadDocument, match=r"cut\.xml: line 2, column \d+: must be well-formed XML, whole"):
        parse_bytes(b"<Invoice>\n<cbc", "cut.xml")


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01", b"plain text", b'<?xml version="1.0" encoding="x-none"?><a/>']
)
def test_what_is_no_xml_is_refused(data: bytes) -> None:
    with pytest.raises(BadDocument):
        parse_bytes(data, "x.xml")


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "MAX_BYTES", 10)
    path = tmp_path / "large.xml"
    path.write_bytes(b"<a>too much</a>")
    with pytest.raises(UnsafeDocument, match=r"must not exceed 10 bytes \(got 15\)"):
        parse_file(path)
    with pytest.raises(UnsafeDocument):
        parse_bytes(path.read_bytes(), "large.xml")


def test_deep_nesting_is_read_without_harm() -> None:
    parse_bytes(b"<a>" * 50_000 + b"</a>" * 50_000, "deep.xml")


def test_paths_in_errors_count_repeated_elements() -> None:
    node = Node("f.xml", "", parse_bytes(b"<r><l><n>1</n></l><l><n>x</n></l></r>", "f.xml"), {})
    with pytest.raises(BadDocument, match=r"f\.xml: l\[2\]/n: must be a plain decimal number"):
        [line.number("n") for line in node.all("l")]


@pytest.mark.parametrize("text", ["2024-02-30", "20240101", "yesterday", "2024-01-01X"])
def test_a_date_that_is_none_is_refused(text: str) -> None:
    node = Node("f.xml", "", parse_bytes(f"<r><d>{text}</d></r>".encode(), "f.xml"), {})
    with pytest.raises(BadDocument, match="must be a date"):
        node.optional_date("d")


@pytest.mark.parametrize("text", ["1e5", "NaN", "Infinity", "1,5", "--1", "", "1" * 19, "0x10", "١"])
def test_an_amount_must_be_plain_decimal(text: str) -> None:
    with pytest.raises(ValueError, match="plain decimal"):
        parse_amount(text, 2)


def test_an_amount_has_no_more_decimals_than_its_currency() -> None:
    assert parse_amount("8.850", 2) == Decimal("8.85")
    assert minor_units("JPY") == 0
    assert minor_units("KWD") == 3
    for text, decimals in (("8.851", 2), ("2700.5", minor_units("JPY")), ("1.0001", minor_units("KWD"))):
        with pytest.raises(ValueError, match=f"more than {decimals} decimals"):
            parse_amount(text, decimals)


@given(st.binary(max_size=200))
def test_any_bytes_parse_or_are_refused(data: bytes) -> None:
    with suppress(BadDocument):
        parse_bytes(data, "any.xml")
