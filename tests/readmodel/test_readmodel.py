from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from chain import events as ev
from chain.database import open_database, reading
from chain.derivation import Diverged
from chain.engines import Engine
from chain.readmodel import (
    LogsMissing,
    ReadModel,
    Reorganised,
    Unsettled,
    WrongLedger,
    catch_up,
    compare,
    compare_journals,
    compare_log,
    go_back,
    open_readmodel,
    read_blocks,
    rebuild,
    take,
)
from chain.readmodel.schema import JOURNALS, RECORDS, blocks, events, metadata, participants_in
from chain.replay import Replay, read_events, replay
from chain.rpc import Call, Rpc, RpcError
from chain.rules.state import Ledger
from tests.chain.differential import derived, differ, timed_log
from tests.chain.scenario import LAPSED, Scene, founded
from tests.readmodel.conftest import Log


def model_of(database: Database, scene: Scene, **options: Any) -> ReadModel:
    return open_readmodel(database, scene.manifest, **options)


def caught_up(database: Database, scene: Scene, node: Rpc, **options: Any) -> ReadModel:
    model = model_of(database, scene, **options)
    catch_up(model, node)
    return model


def contents(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in the order of their keys."""
    with reading(database) as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in metadata.sorted_tables
        }


# What it says is what the ledger is


def test_it_equals_the_replay(
    database: Database, history: Scene, replayed: Replay, node: Rpc, timed: Log
) -> None:
    model = caught_up(database, history, node)

    assert compare(database, replayed.ledger) is None
    assert compare_log(database, [logged for logged, _ in timed]) is None
    assert compare_journals(database, timed) is None
    assert model.cursor == (replayed.last_block, bytes.fromhex(replayed.last_block_hash[2:]))


@pytest.mark.contracts
@pytest.mark.parametrize("seed", [1, 2])
def test_a_random_history_read_in_pieces_equals_it_read_at_once(
    seed: int, database: Database, anvil: Engine, anvil_node: Rpc, tmp_path: Path
) -> None:
    scene = founded(anvil)
    ledger = derived(scene)
    chance = random.Random(seed)  # noqa: S311  (tests keep no secret)
    model = model_of(database, scene, reversible=True)
    for part in range(4):
        differ(scene, ledger, 100 * seed + part, 25)
        if chance.random() < 0.5:  # as after a restart
            model = model_of(database, scene, reversible=True)
        catch_up(model, anvil_node)
    pieces = contents(database)

    at_once = open_database(f"sqlite:///{tmp_path / 'at-once.db'}")
    caught_up(at_once, scene, anvil_node)
    rebuild(model)
    catch_up(model, anvil_node)

    assert compare(database, ledger) is None
    assert compare(at_once, ledger) is None
    assert contents(database) == pieces
    assert contents(at_once) == {**pieces, "read_model": contents(at_once)["read_model"]}
    at_once.dispose()


def test_every_dictionary_of_the_ledger_is_a_table() -> None:
    from typing import get_origin, get_type_hints

    types = get_type_hints(Ledger)
    dictionaries = {each.name for each in fields(Ledger) if get_origin(types[each.name]) is dict}

    assert set(RECORDS) == dictionaries


def test_the_rich_history_fills_every_table(database: Database, history: Scene, node: Rpc) -> None:
    caught_up(database, history, node)

    # The embedded engine has no certificates.
    assert {name for name, rows in contents(database).items() if not rows} == {"certified"}


def test_events_are_found_by_those_they_name_and_by_nobody_else(timed: Log, history: Scene) -> None:
    named: dict[type[ev.Event], set[int]] = defaultdict(set)
    for logged, _ in timed:
        named[type(logged.event)] |= participants_in(logged.event)

    assert set().union(*named.values()) == set(range(1, LAPSED + 1))
    assert named[ev.PolicySet] == named[ev.PolicyWithdrawn] == set()
    assert named[ev.ConsentGranted] == {history.numbers[n] for n in ("supplier", "bank", "second bank")}
    assert named[ev.LoanRepaid] == {history.numbers[n] for n in ("supplier", "bank")}
    assert history.numbers["regulator"] in named[ev.Frozen]


# What is changed by hand is found


def changed(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    if isinstance(value, list):
        return [*value, "0x"]
    if isinstance(value, str):
        return value[:-1] + ("0" if value[-1] != "0" else "1")
    raise AssertionError(f"no other value for {value!r}")


def places() -> Iterator[tuple[str, str]]:
    for name, records in RECORDS.items():
        for column in records.table.columns:
            if not column.primary_key:
                yield name, column.name


@pytest.mark.parametrize(("name", "column"), list(places()))
def test_a_value_changed_by_hand_is_named(name: str, column: str, replayed: Replay, caught: Database) -> None:
    table = RECORDS[name].table
    with caught.begin() as connection:
        row = connection.execute(select(table)).first()
        assert row is not None
        here = [each == getattr(row, each.name) for each in table.primary_key.columns]
        given = row._mapping[column]
        connection.execute(update(table).where(*here).values({column: changed(given)}))
    try:
        found = compare(caught, replayed.ledger)
    finally:
        with caught.begin() as connection:
            connection.execute(update(table).where(*here).values({column: given}))

    assert found is not None
    assert found.where.startswith(f"{table.name}[")
    assert found.where.endswith(f"].{column}")
    assert found.stored != found.replayed
    assert compare(caught, replayed.ledger) is None


@pytest.fixture(scope="module")
def caught(history: Scene, tmp_path_factory: pytest.TempPathFactory, node: Rpc) -> Iterator[Database]:
    """The history's read model in SQLite; tests leave it as it was."""
    opened = open_database(f"sqlite:///{tmp_path_factory.mktemp('readmodel') / 'ledger.db'}")
    caught_up(opened, history, node)
    yield opened
    opened.dispose()


def test_a_row_taken_out_is_named(database: Database, history: Scene, replayed: Replay, node: Rpc) -> None:
    caught_up(database, history, node)
    table = RECORDS["voucher"].table
    with database.begin() as connection:
        gone = connection.execute(select(func.max(table.c.id))).scalar_one()
        connection.execute(delete(table).where(table.c.id == gone))

    found = compare(database, replayed.ledger)

    assert found is not None
    assert (found.where, found.stored) == (f"vouchers[{gone}]", "nothing")


def test_a_row_put_in_is_named(database: Database, history: Scene, replayed: Replay, node: Rpc) -> None:
    caught_up(database, history, node)
    table = RECORDS["paid_after"].table
    with database.begin() as connection:
        connection.execute(insert(table), {"receivable": 99, "payments": 7, "paid": 1})

    found = compare(database, replayed.ledger)

    assert found is not None
    assert (found.where, found.replayed) == ("paid_after[(99, 7)]", "nothing")


def test_a_stored_event_changed_by_hand_is_named(
    database: Database, history: Scene, node: Rpc, timed: Log
) -> None:
    caught_up(database, history, node)
    with database.begin() as connection:
        row = connection.execute(select(events).where(events.c.name == "PaymentRecorded")).first()
        assert row is not None
        more = {**row.fields, "amount": row.fields["amount"] + 1}
        here = (events.c.block_hash == row.block_hash, events.c.log_index == row.log_index)
        connection.execute(update(events).where(*here).values(fields=more))

    found = compare_log(database, [logged for logged, _ in timed])

    assert found is not None
    assert found.where == f"events[block {row.block_number}, log {row.log_index}]"


@pytest.mark.parametrize("kind", list(JOURNALS), ids=lambda kind: str(kind.__name__))
def test_a_journal_changed_by_hand_is_named(
    kind: type[ev.Event], database: Database, history: Scene, node: Rpc, timed: Log
) -> None:
    caught_up(database, history, node)
    table = JOURNALS[kind].table
    with database.begin() as connection:
        connection.execute(update(table).values(time=table.c.time + 1))

    found = compare_journals(database, timed)

    assert found is not None
    assert found.where.startswith(f"{table.name}[block ")


# Nothing is half written


def assert_as_of(database: Database, scene: Scene, timed: Log, block: int) -> None:
    """The read model is what the log up to a block leads to."""
    from tests.chain.differential import derived_from

    log = [(logged, time) for logged, time in timed if logged.block <= block]
    assert compare(database, derived_from(scene, log)) is None
    assert compare_log(database, [logged for logged, _ in log]) is None


def test_a_transaction_that_fails_leaves_everything_as_it_was(
    database: Database, history: Scene, node: Rpc, timed: Log
) -> None:
    head = history.engine.w3.eth.block_number
    model = model_of(database, history)
    catch_up(model, node, until=head - 10)
    before = contents(database)
    last = [logged for logged, _ in timed][-1]
    block_hash = bytes(history.engine.w3.eth.get_block(last.block)["hash"])
    planted = {
        "block_hash": block_hash,
        "log_index": last.log_index,
        "block_number": 10**9,
        "transaction": b"",
        "contract": "",
        "name": "Confirmed",
        "fields": {},
    }
    with database.begin() as connection:
        connection.execute(insert(events), planted)

    with pytest.raises(IntegrityError):
        catch_up(model, node)

    with database.begin() as connection:
        connection.execute(delete(events).where(events.c.block_number == 10**9))
    assert contents(database) == before
    catch_up(model, node)
    assert_as_of(database, history, timed, head)


def test_an_unlawful_event_is_not_believed(database: Database, history: Scene, node: Rpc, timed: Log) -> None:
    """The contract would have had to log it: the rules say what the amount must be."""
    contract_of = {address: name for name, address in history.manifest.addresses.items()}
    head = history.engine.w3.eth.block_number
    read = read_blocks(node, contract_of, history.manifest.block, head)
    at, (where, logged) = next(
        (n, (place, logged))
        for n, block in enumerate(read)
        for place, logged in enumerate(block.events)
        if isinstance(logged.event, ev.Redeemed)
    )
    assert isinstance(logged.event, ev.Redeemed)
    lie = replace(logged, event=replace(logged.event, amount=logged.event.amount + 1))
    lying = (*read[at].events[:where], lie, *read[at].events[where + 1 :])
    model = model_of(database, history)

    with pytest.raises(Diverged, match="Redeemed"):
        take(model, [*read[:at], replace(read[at], events=lying), *read[at + 1 :]])

    assert_as_of(database, history, timed, read[at].header.number - 1)
    take(model, read[at:])
    assert_as_of(database, history, timed, head)


def test_a_hand_of_an_earlier_block_acts_only_where_a_draft_was_checked(
    database: Database, history: Scene, node: Rpc
) -> None:
    contract_of = {address: name for name, address in history.manifest.addresses.items()}
    head = history.engine.w3.eth.block_number
    read = read_blocks(node, contract_of, history.manifest.block, head)
    checked = [any(isinstance(each.event, ev.DraftChecked) for each in block.events) for block in read]
    at = checked.index(True)
    unchecked = tuple(each for each in read[at].events if not isinstance(each.event, ev.DraftChecked))

    with pytest.raises(Diverged, match="a hand acted outside a checked draft"):
        take(model_of(database, history), [*read[:at], replace(read[at], events=unchecked)])


def test_two_processes_do_not_write_the_same_block(
    database: Database, history: Scene, node: Rpc, timed: Log
) -> None:
    first, second = model_of(database, history), model_of(database, history)
    catch_up(first, node)

    with pytest.raises(Unsettled, match="another process"):
        catch_up(second, node)

    assert_as_of(database, history, timed, history.engine.w3.eth.block_number)


# The node is not believed either


class Forgetful:
    """A node that leaves out the logs of a block; with `always`, also when asked for that block alone."""

    def __init__(self, node: Rpc, block: int, always: bool) -> None:
        self.node, self.block, self.always, self.name = node, hex(block), always, "forgetful"

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        return [
            [log for log in answer if log["blockNumber"] != self.block]
            if method == "eth_getLogs"
            and not isinstance(answer, RpcError)
            and (self.always or arguments[0]["fromBlock"] != arguments[0]["toBlock"])
            else answer
            for (method, arguments), answer in zip(calls, self.node.batch(calls), strict=True)
        ]


@pytest.mark.parametrize("always", [False, True])
def test_a_block_whose_logs_are_left_out_is_noticed(
    always: bool, database: Database, history: Scene, replayed: Replay, node: Rpc, timed: Log
) -> None:
    block = [logged for logged, _ in timed][-1].block
    model = model_of(database, history)
    forgetful = Forgetful(node, block, always)

    if always:
        with pytest.raises(LogsMissing, match=f"block {block}"):
            catch_up(model, forgetful)
    else:
        catch_up(model, forgetful)
        assert compare(database, replayed.ledger) is None


# Chains that go back


@pytest.mark.contracts
@pytest.mark.parametrize("reversible", [True, False], ids=["development engine", "engine with finality"])
def test_a_chain_that_goes_back(reversible: bool, database: Database, anvil: Engine, anvil_node: Rpc) -> None:
    scene = founded(anvil)
    scene.confirmed()
    model = caught_up(database, scene, anvil_node, reversible=reversible)
    snapshot = scene.engine.w3.provider.make_request("evm_snapshot", [])["result"]  # type: ignore[arg-type]
    voucher = scene.offered()
    scene.proposed()
    catch_up(model, anvil_node)
    before = contents(database)
    scene.engine.w3.provider.make_request("evm_revert", [snapshot])  # type: ignore[arg-type]
    other = scene.locked()
    scene.confirmed()

    if reversible:
        catch_up(model, anvil_node)
        assert compare(database, replay(anvil, scene.manifest).ledger) is None
        assert compare_log(database, read_events(anvil, scene.manifest)) is None
        assert compare_journals(database, timed_log(scene)) is None
        assert voucher == other  # the same id, of another history
    else:
        with pytest.raises(Reorganised, match="nothing was changed"):
            catch_up(model, anvil_node)
        assert contents(database) == before


@pytest.mark.parametrize("back", [1, 7, 40])
def test_going_back_block_by_block_gives_what_was(
    back: int, database: Database, history: Scene, node: Rpc, timed: Log
) -> None:
    head = history.engine.w3.eth.block_number
    model = caught_up(database, history, node, reversible=True)

    go_back(model, head - back)

    assert_as_of(database, history, timed, head - back)
    catch_up(model, node)
    assert_as_of(database, history, timed, head)


# The tables' form


def test_tables_of_another_form_are_made_again(
    database: Database, history: Scene, replayed: Replay, monkeypatch: pytest.MonkeyPatch, node: Rpc
) -> None:
    caught_up(database, history, node)
    monkeypatch.setattr("chain.readmodel.model.form_of", lambda _: "another form")

    model = model_of(database, history)

    assert model.cursor is None
    catch_up(model, node)
    assert compare(database, replayed.ledger) is None


def test_tables_of_another_ledger_are_left_alone(database: Database, history: Scene, node: Rpc) -> None:
    caught_up(database, history, node)
    before = contents(database)
    other = replace(history.manifest, chain_id=history.manifest.chain_id + 1)

    with pytest.raises(WrongLedger, match="chain"):
        open_readmodel(database, other)

    assert contents(database) == before


def test_blocks_where_nothing_happened_are_not_kept_for_ever(
    database: Database, history: Scene, monkeypatch: pytest.MonkeyPatch, node: Rpc
) -> None:
    monkeypatch.setattr("chain.readmodel.model.KEPT", 5)
    model = caught_up(database, history, node, reversible=True)
    assert model.cursor is not None

    with reading(database) as connection:
        old_and_empty = connection.execute(
            select(func.count()).where(blocks.c.events == 0, blocks.c.number < model.cursor[0] - 5)
        ).scalar_one()

    assert old_and_empty == 0
