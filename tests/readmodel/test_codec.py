from __future__ import annotations

import dataclasses
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine as Database
from sqlalchemy import delete, insert, select

from chain import events as ev
from chain.readmodel import codec
from chain.readmodel.recording import ABSENT, Recorded
from chain.readmodel.schema import RECORDS

WORDS = st.integers(0, 2**256 - 1)
SURROGATES: tuple[Literal["Cs"]] = ("Cs",)
TEXT = st.text(st.characters(exclude_categories=SURROGATES) | st.sampled_from("\\\0\udc80\udcff"))
EVENTS = [cls for cls in vars(ev).values() if isinstance(cls, type) and dataclasses.is_dataclass(cls)]


def values(of: Any) -> st.SearchStrategy[Any]:
    if get_origin(of) is tuple:
        return st.lists(values(get_args(of)[0]), max_size=3).map(tuple)
    if isinstance(of, type) and dataclasses.is_dataclass(of):
        return st.builds(of, **{name: values(kind) for name, kind in get_type_hints(of).items()})
    plain = {bool: st.booleans(), int: WORDS, str: TEXT, bytes: st.binary(max_size=40)}
    return plain[of] if of in plain else st.sampled_from(list(of))


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: str(kind.__name__))
@settings(max_examples=15)
@given(data=st.data())
def test_every_event_comes_back_from_json_as_it_was(kind: type[ev.Event], data: st.DataObject) -> None:
    event = data.draw(values(kind))

    assert codec.from_json(kind, codec.to_json(event)) == event


@given(TEXT)
def test_any_text_of_a_contract_is_kept(text: str) -> None:
    stored = codec.escaped(text)

    assert codec.unescaped(stored) == text
    stored.encode()  # is UTF-8
    assert "\0" not in stored


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(found=st.lists(WORDS | st.integers(2**63 - 2, 2**63 + 2), min_size=1, max_size=8, unique=True))
def test_words_are_exact_and_in_order_in_every_database(database: Database, found: list[int]) -> None:
    table = RECORDS["paid_after"].table
    table.create(database, checkfirst=True)
    with database.begin() as connection:
        connection.execute(delete(table))
        connection.execute(
            insert(table), [{"receivable": each, "payments": 0, "paid": each} for each in found]
        )
        read = connection.execute(select(table).order_by(table.c.receivable)).all()

    assert [row.receivable for row in read] == sorted(found)
    assert [row.paid for row in read] == sorted(found)


VERBS = ("set", "delete", "pop", "default", "update", "clear", "or")
OPERATIONS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 4)))


@given(st.dictionaries(st.integers(0, 4), st.integers()), OPERATIONS)
def test_a_recorded_dictionary_is_a_dictionary_that_knows_what_it_was(
    start: dict[int, int], operations: list[tuple[str, int]]
) -> None:
    plain, recorded = dict(start), Recorded(start)
    for at, (operation, key) in enumerate(operations):
        for each in (plain, recorded):
            if operation == "set":
                each[key] = at
            elif operation == "delete" and key in each:
                del each[key]
            elif operation == "pop":
                each.pop(key, None)
            elif operation == "default":
                each.setdefault(key, at)
            elif operation == "update":
                each.update({key: at, key + 1: at})
            elif operation == "clear":
                each.clear()
            elif operation == "or":
                each |= {key: at}

    assert recorded == plain
    before = dict(recorded)
    for key, value in recorded.before.items():
        if value is ABSENT:
            before.pop(key, None)
        else:
            before[key] = value
    assert before == start
