"""Safe reading of XML: size cap, no DTD, no entities, and a cursor whose errors name file and path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from flows.errors import BadDocument, UnsafeDocument
from flows.money import parse_amount, parse_decimal

# A month of statements of a busy account stays under this. A file of nothing but tags takes some forty times
# its size once parsed, which must still fit beside a gateway's other work.
MAX_BYTES: Final = 8 * 1024 * 1024

# Far enough from the ends of the calendar that a term can be added to any date.
YEARS: Final = range(1900, 2200)

_DATE: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2}|T.*)?")


@dataclass(frozen=True, slots=True)
class Node:
    """An element with the file it came from and the path that leads to it.

    Paths are ElementTree paths in the prefixes of `namespaces`, such as
    "cac:LegalMonetaryTotal/cbc:PayableAmount".
    """

    file: str
    path: str
    element: Element
    namespaces: Mapping[str, str]

    def find(self, path: str) -> Node | None:
        """The first element at `path`, or None."""
        element = self.element.find(path, dict(self.namespaces))
        return None if element is None else self._child(path, element)

    def all(self, path: str) -> tuple[Node, ...]:
        """Every element at `path`, numbered from 1 in its path when there are several."""
        elements = self.element.findall(path, dict(self.namespaces))
        if len(elements) == 1:
            return (self._child(path, elements[0]),)
        return tuple(self._child(f"{path}[{place}]", one) for place, one in enumerate(elements, start=1))

    def require(self, path: str) -> Node:
        """The first element at `path`.

        Raises:
            BadDocument: there is none.
        """
        node = self.find(path)
        if node is None:
            raise BadDocument(self.file, self._below(path), "element is missing")
        return node

    def text(self, path: str) -> str:
        """The text of the first element at `path` that has any, white space collapsed; empty if none has."""
        for element in self.element.findall(path, dict(self.namespaces)):
            if words := _collapsed(element):
                return words
        return ""

    def texts(self, path: str) -> tuple[str, ...]:
        """The texts at `path` that are not empty, each once, in document order."""
        found = (_collapsed(element) for element in self.element.findall(path, dict(self.namespaces)))
        return tuple(dict.fromkeys(words for words in found if words))

    def require_text(self, path: str) -> str:
        """The text at `path`.

        Raises:
            BadDocument: it is missing or empty.
        """
        node = self.require(path)
        words = _collapsed(node.element)
        if not words:
            raise node.bad("must not be empty")
        return words

    def own_text(self) -> str:
        """This element's own text, white space collapsed."""
        return _collapsed(self.element)

    def optional_date(self, path: str) -> date | None:
        """The date at `path` as written, a time and a time zone after it set aside; None if absent.

        Raises:
            BadDocument: there is text that is no date, or a year outside `YEARS`.
        """
        node = self.find(path)
        if node is None or not node.own_text():
            return None
        match = _DATE.fullmatch(node.own_text())
        try:
            found = date.fromisoformat(match[1] if match else "")
        except ValueError:
            raise node.bad(f"must be a date, year-month-day (got {node.own_text()[:40]!r})") from None
        if found.year not in YEARS:
            raise node.bad(f"year must be {YEARS[0]} to {YEARS[-1]} (got {found.year})")
        return found

    def require_date(self, path: str) -> date:
        """The date at `path`.

        Raises:
            BadDocument: it is missing or no date.
        """
        found = self.optional_date(path)
        if found is None:
            raise BadDocument(self.file, self._below(path), "date is missing")
        return found

    def number(self, path: str) -> Decimal | None:
        """The decimal number at `path`, None if absent.

        Raises:
            BadDocument: there is text that is no plain decimal number.
        """
        node = self.find(path)
        return None if node is None else node.own_number()

    def own_number(self) -> Decimal:
        """This element's text as a decimal number.

        Raises:
            BadDocument: it is no plain decimal number.
        """
        try:
            return parse_decimal(self.own_text())
        except ValueError as error:
            raise self.bad(str(error)) from None

    def money(self, decimals: int) -> Decimal:
        """This element's text as an amount with at most `decimals` decimals.

        Raises:
            BadDocument: it is no amount, or more precise.
        """
        try:
            return parse_amount(self.own_text(), decimals)
        except ValueError as error:
            raise self.bad(str(error)) from None

    def bad(self, rule: str) -> BadDocument:
        """The error that says this element breaks `rule`."""
        return BadDocument(self.file, self.path or "document", rule)

    def _below(self, path: str) -> str:
        return f"{self.path}/{path}" if self.path else path

    def _child(self, path: str, element: Element) -> Node:
        return Node(self.file, self._below(path), element, self.namespaces)


def parse_file(path: Path) -> Element:
    """Parse an XML file from disk; see `parse_bytes`.

    Raises:
        UnsafeDocument: larger than `MAX_BYTES`, or as `parse_bytes`.
        BadDocument: as `parse_bytes`.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise UnsafeDocument(path.name, "document", f"file must not exceed {MAX_BYTES} bytes (got {size})")
    return parse_bytes(path.read_bytes(), path.name)


def parse_bytes(data: bytes, file: str) -> Element:
    """Parse XML that may be hostile.

    Raises:
        UnsafeDocument: larger than `MAX_BYTES`, or it declares a DTD or entities. Both are refused outright:
            no document of the four flows needs them, and every entity bomb does.
        BadDocument: empty, truncated or otherwise not well-formed; says where.
    """
    if len(data) > MAX_BYTES:
        raise UnsafeDocument(file, "document", f"file must not exceed {MAX_BYTES} bytes (got {len(data)})")
    try:
        root: Element = fromstring(data, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        kind = type(error).__name__.removesuffix("Forbidden")
        raise UnsafeDocument(file, "document", f"must not declare a DTD or entities (found {kind})") from None
    except ParseError as error:
        line, column = error.position
        reason = str(error).partition(":")[0]
        raise BadDocument(
            file, f"line {line}, column {column + 1}", f"must be well-formed XML, whole ({reason})"
        ) from None
    except (ValueError, LookupError) as error:  # an encoding declared that does not exist
        raise BadDocument(file, "document", f"must be in an encoding that can be read ({error})") from None
    return root


def split_tag(element: Element) -> tuple[str, str]:
    """Namespace and local name of an element; the namespace is empty when it has none."""
    if element.tag.startswith("{"):
        namespace, _, name = element.tag[1:].partition("}")
        return namespace, name
    return "", element.tag


def _collapsed(element: Element) -> str:
    return " ".join((element.text or "").split())
