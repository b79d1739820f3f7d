"""Documents and results flattened to fields: a path, a type, and one canonical text for each value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final

from flows.checks.cross import CrossCheck
from flows.documents import Documents
from flows.identifiers import Identifier
from flows.records import (
    CashEntry,
    CreditNote,
    DespatchAdvice,
    Document,
    Invoice,
    Order,
    Party,
    ReceiptAdvice,
)

_ROOT: Final[dict[type[object], str]] = {
    Order: "order",
    DespatchAdvice: "despatch",
    ReceiptAdvice: "receipt",
    Invoice: "invoice",
    CreditNote: "credit_note",
    CashEntry: "payment",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One fact of the evidence.

    Attributes:
        path: unique, "/"-separated, such as "invoice/A00095678/totals/payable"; a "/" inside an id is "%2F".
        type: "text", "decimal", "date", "bool" or "int".
        value: canonical text: decimals without exponent, dates as ISO 8601, "true" or "false".
    """

    path: str
    type: str
    value: str


def evidence_fields(documents: Documents, checked: CrossCheck) -> tuple[Field, ...]:
    """The fields of documents and of the results over them, in the order of a trade, then of the catalogue.

    Absent values have no field. Names of files are left out: they are the declarer's, not the documents'.

    Raises:
        ValueError: two documents of one kind share an id, so their fields would share paths;
            `require_coherent` refuses such documents with their files.
    """
    found = [
        *(
            field
            for record in (*documents.with_parties, *documents.payments)
            for field in record_fields(record)
        ),
        *_result_fields(checked),
    ]
    paths = [field.path for field in found]
    if len(set(paths)) != len(paths):
        twice = next(path for path in paths if paths.count(path) > 1)
        raise ValueError(f"field path must be unique (got {twice} twice)")
    return tuple(found)


def record_fields(record: Document | CashEntry) -> Iterator[Field]:
    """The fields of one document, under "<kind>/<id>"."""
    for part in fields(record):
        if part.name not in ("file", "id"):
            root = f"{_ROOT[type(record)]}/{_step(record.id)}"
            yield from _flat(f"{root}/{part.name}", getattr(record, part.name))


def _result_fields(checked: CrossCheck) -> Iterator[Field]:
    for result in checked.results:
        root = f"check/{result.rule}"
        yield Field(f"{root}/outcome", "text", result.outcome.value)
        yield Field(f"{root}/detail", "text", result.detail)
        for name, figure in result.figures.items():
            yield from _flat(f"{root}/figures/{_step(name)}", figure)
    yield Field("check/level", "text", "none" if checked.level is None else checked.level.name)
    yield Field("check/reason", "text", checked.reason)
    if checked.score is not None:
        yield from _flat("check/score", checked.score)


def _flat(path: str, value: object) -> Iterator[Field]:
    match value:
        case None | "" | ():
            return
        case bool():
            yield Field(path, "bool", "true" if value else "false")
        case Enum():
            yield Field(path, "text", str(value.value))
        case int():
            yield Field(path, "int", str(value))
        case str():
            yield Field(path, "text", value)
        case Decimal():
            yield Field(path, "decimal", f"{value:f}")
        case date():
            yield Field(path, "date", value.isoformat())
        case Party():
            yield Field(f"{path}/name", "text", value.name)
            yield from _identifiers(f"{path}/identifiers", value.identifiers)
        case tuple():
            # Lines keep the number the document gives them only as a value: a place is always unique.
            for place, one in enumerate(value, start=1):
                yield from _flat(f"{path}/{place}", one)
        case _:
            for part in fields(value):  # type: ignore[arg-type]
                yield from _flat(f"{path}/{part.name}", getattr(value, part.name))


def _identifiers(path: str, identifiers: tuple[Identifier, ...]) -> Iterator[Field]:
    for place, one in enumerate(identifiers, start=1):
        same = sum(other.scheme == one.scheme for other in identifiers) > 1
        yield Field(f"{path}/{_step(one.scheme)}{f'/{place}' if same else ''}", "text", one.value)


def _step(text: str) -> str:
    return text.replace("%", "%25").replace("/", "%2F")
