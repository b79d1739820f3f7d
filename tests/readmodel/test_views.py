"""The views say what a person would count by hand from the ledger."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import select, table, text

from chain import events as ev
from chain.database import reading
from chain.readmodel import catch_up, open_readmodel
from chain.readmodel.views import VIEWS
from chain.replay import Replay
from chain.rpc import Rpc
from chain.rules.state import Life, ReceivableState
from tests.chain.scenario import Scene
from tests.readmodel.conftest import Log

DAY = 24 * 3600


def rows(database: Database, view: str) -> list[dict[str, object]]:
    with reading(database) as connection:
        found = connection.execute(select(text("*")).select_from(table(view)))
        return [dict(row._mapping) for row in found]


@pytest.fixture
def full(database: Database, history: Scene, node: Rpc) -> Database:
    catch_up(open_readmodel(database, history.manifest), node)
    return database


def test_every_view_answers(full: Database) -> None:
    for view in VIEWS:
        assert rows(full, view), view


def test_exposure_is_what_each_debtor_has_not_paid(full: Database, replayed: Replay) -> None:
    unpaid: dict[int, int] = defaultdict(int)
    for each in replayed.ledger.receivable.values():
        if each.state == ReceivableState.CONFIRMED:
            unpaid[each.debtor] += each.face - each.paid

    assert {int(str(row["debtor"])): row["unpaid"] for row in rows(full, "exposure_by_debtor")} == unpaid


def test_ageing_adds_up_to_exposure(full: Database) -> None:
    aged = sum(Decimal(str(row["unpaid"])) for row in rows(full, "ageing"))

    assert aged == sum(Decimal(str(row["unpaid"])) for row in rows(full, "exposure_by_debtor"))


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (-1, "not due"),
        (0, "not due"),
        (1, "0-30"),
        (30, "0-30"),
        (31, "31-60"),
        (90, "61-90"),
        (91, "91-180"),
        (180, "91-180"),
        (181, "over 180"),
    ],
)
def test_what_is_past_due_is_in_its_bucket(full: Database, days: int, bucket: str) -> None:
    with full.begin() as connection:
        now = connection.execute(text("SELECT MAX(time) FROM blocks")).scalar_one()
        connection.execute(text("UPDATE receivables SET due_at = :due"), {"due": now - days * DAY})

    assert {row["bucket"] for row in rows(full, "ageing")} == {bucket}


def test_tiers_hold_what_is_live(full: Database, replayed: Replay) -> None:
    held: dict[int, int] = defaultdict(int)
    for each in replayed.ledger.voucher.values():
        if each.life == Life.LIVE:
            held[each.tier] += each.length

    assert {int(str(row["tier"])): row["held"] for row in rows(full, "tiers")} == held


def test_a_financings_rate_is_its_discount_over_its_time(
    full: Database, timed: Log, replayed: Replay
) -> None:
    ((paid_out, at),) = [(e.event, t) for e, t in timed if isinstance(e.event, ev.Disbursed)]
    assert isinstance(paid_out, ev.Disbursed)
    due_at = replayed.ledger.receivable[paid_out.voucher >> 32].due_at

    (row,) = rows(full, "financing_costs")

    assert (row["amount"], row["unpaid"], row["discount"]) == (29_000, 30_000, 1_000)
    assert float(str(row["yearly_rate"])) == pytest.approx(
        10_000 * 1_000 / 29_000 * 365 * DAY / (due_at - at), abs=0.01
    )


def test_the_financing_rate_is_financed_over_confirmed(full: Database, replayed: Replay) -> None:
    confirmed = sum(
        each.face
        for each in replayed.ledger.receivable.values()
        if each.state in (ReceivableState.CONFIRMED, ReceivableState.SETTLED)
    )

    (row,) = rows(full, "financing_rate")

    assert (row["face"], row["financed"]) == (confirmed, 30_000)
    assert float(str(row["rate"])) == pytest.approx(30_000 / confirmed)
