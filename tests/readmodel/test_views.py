"""The views say what a person would count by hand from the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import select, table, text

from chain import events as ev
from chain.database import reading
from chain.readmodel import catch_up, open_readmodel
from chain.readmodel.schema import JOURNALS
from chain.readmodel.views import VIEWS
from chain.replay import Replay
from chain.rpc import Rpc
from chain.rules.state import (
    NO_DEAL,
    Encumbrance,
    Kind,
    Life,
    ReceivableState,
    VoucherFlag,
    receivable_of,
)
from tests.chain.scenario import Scene
from tests.readmodel.conftest import Log

DAY = 24 * 3600


def rows(database: Database, view: str) -> list[dict[str, object]]:
    with reading(database) as connection:
        found = connection.execute(select(text("*")).select_from(table(view)))
        return [dict(row._mapping) for row in found]


def newest(database: Database) -> int:
    """The time of the newest block read."""
    with reading(database) as connection:
        return int(connection.execute(text("SELECT MAX(time) FROM blocks")).scalar_one())


@pytest.fixture
def full(database: Database, history: Scene, node: Rpc) -> Database:
    catch_up(open_readmodel(database, history.manifest), node)
    return database


def test_every_view_answers(full: Database) -> None:
    for view in VIEWS:
        assert rows(full, view), view


def number(given: object) -> int:
    """A count or an amount, whichever type the database gives it."""
    return int(str(given))


def test_exposure_is_what_each_debtor_has_not_paid(full: Database, replayed: Replay) -> None:
    unpaid: dict[tuple[int, int], int] = dict.fromkeys(replayed.ledger.limit, 0)
    overdue = dict(unpaid)
    for each in replayed.ledger.receivable.values():
        if each.state == ReceivableState.OPEN:
            unpaid[each.debtor, each.currency] += each.face - each.paid
            if each.due_at < newest(full):
                overdue[each.debtor, each.currency] += each.face - each.paid

    found = {
        (number(row["debtor"]), number(row["currency"])): (number(row["unpaid"]), number(row["overdue"]))
        for row in rows(full, "exposure_by_debtor")
    }

    assert found == {key: (unpaid[key], overdue[key]) for key in unpaid}
    assert any(overdue.values())


def test_holdings_are_what_each_participant_holds_of_each_debtor(full: Database, replayed: Replay) -> None:
    held: dict[tuple[int, int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    next_due: dict[tuple[int, int, int], int] = {}
    for voucher_id, voucher in replayed.ledger.voucher.items():
        if voucher.life != Life.LIVE:
            continue
        debt = replayed.ledger.receivable[receivable_of(voucher_id)]
        key = voucher.holder, debt.debtor, debt.currency
        late = debt.due_at < newest(full)
        held[key] = [
            a + b for a, b in zip(held[key], (1, voucher.length, voucher.length * late), strict=True)
        ]
        if not late:
            next_due[key] = min(debt.due_at, next_due.get(key, debt.due_at))

    found = {
        (number(row["holder"]), number(row["debtor"]), number(row["currency"])): row
        for row in rows(full, "holdings")
    }

    assert {
        key: [number(row[name]) for name in ("vouchers", "held", "overdue")] for key, row in found.items()
    } == held
    assert {
        key: number(row["next_due_at"]) for key, row in found.items() if row["next_due_at"] is not None
    } == next_due
    assert any(overdue for *_, overdue in held.values())


def test_beside_the_exposure_is_what_a_debtor_may_still_owe(full: Database, replayed: Replay) -> None:
    for row in rows(full, "exposure_by_debtor"):
        limit = replayed.ledger.limit[number(row["debtor"]), number(row["currency"])]
        assert row["credit_limit"] == limit.amount
        assert row["used"] == limit.reserved + limit.committed
        assert row["available"] == limit.amount - limit.reserved - limit.committed
        assert number(row["unpaid"]) == limit.committed


@pytest.mark.parametrize(
    ("set_", "amount", "expected"),
    [(True, 0, (0, 0)), (True, 10**15, None), (False, 0, (None, None))],
    ids=["lowered below what is owed", "raised", "never set"],
)
@pytest.mark.parametrize(
    ("limits", "view"), [("limits", "exposure_by_debtor"), ("group_limits", "exposure_by_group")]
)
def test_a_limit_that_is_below_what_is_owed_leaves_nothing(
    *,
    full: Database,
    limits: str,
    view: str,
    set_: bool,
    amount: int,
    expected: tuple[int | None, ...] | None,
) -> None:
    with full.begin() as connection:
        given = {"set_": set_, "amount": amount}
        connection.execute(text(f'UPDATE {limits} SET "set" = :set_, amount = :amount'), given)  # noqa: S608

    (row, *_) = [each for each in rows(full, view) if each["used"]]

    assert (row["credit_limit"], row["available"]) == (expected or (amount, amount - number(row["used"])))


def test_a_groups_exposure_is_its_members_since_they_are_in_it(full: Database, replayed: Replay) -> None:
    (row,) = rows(full, "exposure_by_group")
    ((key, limit),) = replayed.ledger.group_limit.items()

    assert (row["head"], row["currency"]) == key
    assert (row["credit_limit"], row["used"]) == (limit.amount, limit.reserved + limit.committed)
    assert row["available"] == limit.amount - limit.reserved - limit.committed


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
        due = {"due": newest(full) - days * DAY}
        connection.execute(text("UPDATE receivables SET due_at = :due"), due)

    assert {row["bucket"] for row in rows(full, "ageing")} == {bucket}


def test_tiers_hold_what_is_live(full: Database, replayed: Replay) -> None:
    held: dict[int, int] = defaultdict(int)
    for each in replayed.ledger.voucher.values():
        if each.life == Life.LIVE:
            held[each.tier] += each.length

    found: dict[int, int] = defaultdict(int)
    for row in rows(full, "tiers"):
        found[number(row["tier"])] += number(row["held"])
    assert found == held


def financed(timed: Log) -> Iterator[tuple[ev.Disbursed, ev.QuoteAccepted, int]]:
    """Each financing with its quote and its time, from the log."""
    quotes: dict[int, ev.QuoteAccepted] = {}
    for logged, at in timed:
        if isinstance(logged.event, ev.QuoteAccepted):
            quotes[logged.event.voucher] = logged.event
        elif isinstance(logged.event, ev.Disbursed):
            yield logged.event, quotes[logged.event.voucher], at


def costs_of(paid_out: ev.Disbursed, quote: ev.QuoteAccepted) -> int:
    if paid_out.kind == Kind.PURCHASE:
        return quote.face - paid_out.amount
    return quote.interest - quote.debtor_interest + quote.fees


def test_a_financing_costs_what_is_given_up_over_its_time(
    full: Database, timed: Log, replayed: Replay
) -> None:
    found = sorted(rows(full, "financing_costs"), key=lambda row: (row["block_number"], row["log_index"]))
    expected = list(financed(timed))

    assert {event.kind for event, _, _ in expected} == set(Kind)
    for row, (event, quote, at) in zip(found, expected, strict=True):
        due_at = replayed.ledger.receivable[receivable_of(event.voucher)].due_at
        until = quote.matures_at or due_at
        costs = costs_of(event, quote)
        assert (row["voucher"], row["transferor"], row["financier"]) == (event.voucher, event.from_, event.to)
        assert (row["amount"], row["cost"], row["until"]) == (event.amount, costs, until)
        assert float(str(row["yearly_rate"])) == pytest.approx(
            10_000 * costs / event.amount * 365 * DAY / (until - at), abs=0.01
        )


def test_financings_of_a_kind_add_up(full: Database, timed: Log, replayed: Replay) -> None:
    expected: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    weights: dict[int, int] = defaultdict(int)
    for event, quote, at in financed(timed):
        due_at = replayed.ledger.receivable[receivable_of(event.voucher)].due_at
        sums = expected[event.kind]
        for place, value in enumerate((1, event.amount, costs_of(event, quote))):
            sums[place] += value
        weights[event.kind] += event.amount * ((quote.matures_at or due_at) - at)

    found = {number(row["kind"]): row for row in rows(full, "financing_costs_by_kind")}

    assert {
        kind: [number(row[name]) for name in ("financings", "amount", "cost")] for kind, row in found.items()
    } == expected
    for kind, row in found.items():
        assert float(str(row["yearly_rate"])) == pytest.approx(
            10_000 * expected[kind][2] * 365 * DAY / weights[kind], abs=0.01
        )


def test_the_financing_rate_counts_each_part_of_a_face_once(
    full: Database, timed: Log, replayed: Replay
) -> None:
    confirmed: dict[int, int] = defaultdict(int)
    for each in replayed.ledger.receivable.values():
        if each.state in (ReceivableState.OPEN, ReceivableState.SETTLED):
            confirmed[each.debtor] += each.face
    # The first financing of a voucher of the history is of all of it, and before anything of it was paid.
    first: dict[int, tuple[ev.Disbursed, int]] = {}
    for event, quote, _ in financed(timed):
        first.setdefault(event.voucher, (event, quote.face))
    by_kind: dict[int, int] = defaultdict(int)
    for event, face in first.values():
        by_kind[event.kind] += face

    found = {number(row["debtor"]): row for row in rows(full, "financing_rate")}

    assert {debtor: row["face"] for debtor, row in found.items()} == confirmed
    assert len(first) < len(list(financed(timed)))
    (row,) = [row for row in found.values() if row["financed"]]
    assert [number(row[name]) for name in ("sold", "sold_with_recourse", "pledged")] == [
        by_kind[kind] for kind in Kind
    ]
    assert number(row["financed"]) == sum(by_kind.values())
    assert float(str(row["rate"])) == pytest.approx(number(row["financed"]) / number(row["face"]))


def test_a_piece_cut_off_what_was_financed_does_not_count_again(full: Database) -> None:
    before = rows(full, "financing_rate")
    with full.begin() as connection:
        columns = [column.name for column in JOURNALS[ev.Disbursed].table.columns]
        piece = {"block_number": "block_number + 1000", "start": "start + length - 100", "length": "100"}
        names = ", ".join(f'"{name}"' for name in columns)
        values = ", ".join(piece.get(name, f'"{name}"') for name in columns)
        connection.execute(
            text(f"INSERT INTO financings ({names}) SELECT {values} FROM financings")  # noqa: S608
        )

    assert rows(full, "financing_rate") == before


def test_offers_wait_until_they_lapse(full: Database, replayed: Replay) -> None:
    waiting: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for each in replayed.ledger.voucher.values():
        if each.life == Life.LIVE and each.encumbrance == Encumbrance.OFFERED:
            sums = waiting[each.counterparty]
            if each.until >= newest(full):
                sums[0] += 1
                sums[1] += each.length
            else:
                sums[2] += 1

    found = {
        number(row["participant"]): [number(row[name]) for name in ("vouchers", "offered", "lapsed")]
        for row in rows(full, "waiting_offers")
    }

    assert found == waiting


@pytest.mark.parametrize(("late", "expected"), [(0, (1, 0)), (1, (0, 1))])
def test_an_offer_waits_up_to_its_last_second(full: Database, late: int, expected: tuple[int, int]) -> None:
    offered = {"offered": int(Encumbrance.OFFERED), "until": newest(full) - late}
    with full.begin() as connection:
        connection.execute(text("UPDATE vouchers SET until = :until WHERE encumbrance = :offered"), offered)

    for row in rows(full, "waiting_offers"):
        assert bool(row["vouchers"]) == bool(expected[0])
        assert bool(row["lapsed"]) == bool(expected[1])
        assert row["next_lapses_at"] == (offered["until"] if expected[0] else None)


def test_every_voucher_that_does_not_move_freely_is_listed_with_why(full: Database, replayed: Replay) -> None:
    ledger = replayed.ledger
    stopping = VoucherFlag.FROZEN | VoucherFlag.DISPUTED | VoucherFlag.BOUND
    held = {
        voucher: each
        for voucher, each in ledger.voucher.items()
        if each.life == Life.LIVE and (each.encumbrance != Encumbrance.FREE or each.flags & stopping)
    }

    found = {number(row["voucher"]): row for row in rows(full, "encumbered_vouchers")}

    assert found.keys() == held.keys()
    assert {each.encumbrance for each in held.values()} == set(Encumbrance)
    for voucher, row in found.items():
        each, deal = held[voucher], ledger.deal.get(voucher, NO_DEAL)
        flags = [
            flag
            for flag, name in zip(stopping, ("frozen", "disputed", "bound"), strict=True)
            if bool(row[name])
        ]
        assert flags == [flag for flag in stopping if flag in each.flags]
        assert row["until"] == (each.until if each.encumbrance else None)
        assert bool(row["past"]) == (each.encumbrance != Encumbrance.FREE and each.until < newest(full))
        assert (row["kind"], row["owed_at_first"]) == ((deal.kind, deal.owed) if deal.face else (None, None))
