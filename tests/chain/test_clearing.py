"""The clearing list over arbitrary lawful states: exact, in order, and the same however it is paid."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import replace
from itertools import accumulate, pairwise

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from chain import errors
from chain.clearing import Basis, BlockAt, ClearingLine, ClearingList, NotExact, Why, clear, clear_due
from chain.clearing_source import read_block, read_clearing_state, read_due_state
from chain.replay import Replay
from chain.rules.share import share
from chain.rules.state import (
    Deal,
    Encumbrance,
    Hop,
    Kind,
    Ledger,
    Life,
    Receivable,
    ReceivableFlag,
    ReceivableState,
    Voucher,
    VoucherFlag,
)
from tests.chain.scenario import Scene

BLOCK = BlockAt(number=7, hash="0x" + "ab" * 32, time=1_800_000_000)
DEBTOR, HOLDER, LENDER, FIRST, SECOND = 1, 2, 3, 4, 5
DUE = 1_790_000_000

VOUCHER = Voucher(
    holder=HOLDER,
    parent=0,
    counterparty=0,
    length=1_000,
    until=0,
    tier=0,
    life=Life.LIVE,
    encumbrance=Encumbrance.FREE,
    flags=VoucherFlag(0),
    payments=0,
    version=0,
)
RECEIVABLE = Receivable(
    debtor=DEBTOR,
    due_at=DUE,
    payments=0,
    state=ReceivableState.OPEN,
    flags=ReceivableFlag(0),
    max_tier=9,
    max_legs=9,
    offer_period=1,
    min_length=1,
    paid=0,
    currency=156,
    face=1_000,
    redeemed=0,
    credit=0,
    creditor=HOLDER,
    group=0,
    interest_share=0,
)
ID = 1 << 48


def empty() -> Ledger:
    return Ledger(chain_id=1, governance="0x" + "11" * 20, computations="", desk="", invoices="")


def ledger_of(*, paid: int = 0, credit: int = 0, voucher: Voucher = VOUCHER) -> Ledger:
    """One receivable of 1,000 with one voucher that is redeemed for nothing; paid once if at all."""
    ledger = empty()
    ledger.receivable[1] = replace(RECEIVABLE, paid=paid, payments=int(paid > 0), credit=credit)
    if paid:
        ledger.paid_after[1, 1] = paid
    ledger.voucher[ID] = voucher
    return ledger


def parts(cleared: ClearingList) -> list[tuple[int, int, Why]]:
    return [(line.payee, line.amount, line.why) for line in cleared.lines]


def pledged(owed: int, face: int = 1_000) -> Ledger:
    ledger = ledger_of(
        voucher=replace(VOUCHER, encumbrance=Encumbrance.PLEDGED, counterparty=LENDER, until=DUE)
    )
    ledger.deal[ID] = Deal(Kind.PLEDGE, LENDER, face, owed, owed, DUE)
    return ledger


def financed_from(ledger: Ledger, *hops: tuple[int, int]) -> Ledger:
    ledger.hops[ID] = len(hops)
    for number, (transferor, surplus) in enumerate(hops, start=1):
        ledger.hop[ID, number] = Hop(transferor, surplus, True, 0)
    return ledger


def pay(ledger: Ledger, amount: int) -> None:
    r = ledger.receivable[1]
    paid = r.paid + amount
    state = ReceivableState.SETTLED if paid == r.face else ReceivableState.OPEN
    ledger.receivable[1] = replace(r, paid=paid, payments=r.payments + 1, state=state)
    ledger.paid_after[1, r.payments + 1] = paid


def redeem_all(ledger: Ledger) -> None:
    """As the contract does: every live voucher, for all that is recorded."""
    r = ledger.receivable[1]
    for voucher, v in ledger.voucher.items():
        life = Life.REDEEMED if r.paid == r.face else v.life
        ledger.voucher[voucher] = replace(v, payments=r.payments, life=life)
    ledger.receivable[1] = replace(r, redeemed=r.paid)


def test_what_is_owed_is_the_holders() -> None:
    assert parts(clear(ledger_of(), BLOCK, Basis.OWED, [1])) == [(HOLDER, 1_000, Why.HOLDER)]
    assert parts(clear(ledger_of(), BLOCK, Basis.PAID, [1])) == []


def test_what_is_paid_is_no_longer_owed() -> None:
    ledger = ledger_of(paid=400)
    assert parts(clear(ledger, BLOCK, Basis.OWED, [1])) == [(HOLDER, 600, Why.HOLDER)]
    assert parts(clear(ledger, BLOCK, Basis.PAID, [1])) == [(HOLDER, 400, Why.HOLDER)]


def test_a_lender_has_what_it_is_owed_and_the_borrower_the_rest() -> None:
    assert parts(clear(pledged(owed=700), BLOCK, Basis.OWED, [1])) == [
        (LENDER, 700, Why.LENDER),
        (HOLDER, 300, Why.BORROWER),
    ]


def test_a_lender_that_has_collected_a_part_has_that_much_less() -> None:
    ledger = pledged(owed=700)
    pay(ledger, 600)
    assert parts(clear(ledger, BLOCK, Basis.PAID, [1])) == [(LENDER, 600, Why.LENDER)]
    redeem_all(ledger)
    assert parts(clear(ledger, BLOCK, Basis.OWED, [1])) == [
        (LENDER, 100, Why.LENDER),
        (HOLDER, 300, Why.BORROWER),
    ]


def test_a_surplus_goes_back_to_whom_it_was_financed_from() -> None:
    ledger = financed_from(ledger_of(), (FIRST, 80))
    assert parts(clear(ledger, BLOCK, Basis.OWED, [1])) == [
        (HOLDER, 920, Why.HOLDER),
        (FIRST, 80, Why.SURPLUS),
    ]


def test_the_first_it_was_financed_from_has_its_surplus_last() -> None:
    ledger = financed_from(ledger_of(), (FIRST, 80), (SECOND, 50))
    pay(ledger, 900)
    assert parts(clear(ledger, BLOCK, Basis.PAID, [1])) == [
        (HOLDER, 870, Why.HOLDER),
        (SECOND, 30, Why.SURPLUS),
    ]
    assert parts(clear(ledger, BLOCK, Basis.OWED, [1])) == [
        (SECOND, 20, Why.SURPLUS),
        (FIRST, 80, Why.SURPLUS),
    ]


def test_a_voucher_whose_financing_is_open_is_in_the_list_and_not_payable() -> None:
    locked = replace(VOUCHER, encumbrance=Encumbrance.LOCKED, counterparty=LENDER)
    cleared = clear(ledger_of(paid=400, voucher=locked), BLOCK, Basis.PAID, [1])
    assert parts(cleared) == [(HOLDER, 400, Why.LOCKED)]
    assert cleared.payable == ()


def test_what_was_paid_too_much_goes_back_to_the_debtor() -> None:
    ledger = ledger_of(credit=25)
    assert parts(clear(ledger, BLOCK, Basis.PAID, [1])) == [(DEBTOR, 25, Why.CREDIT)]
    assert parts(clear(ledger, BLOCK, Basis.OWED, [1])) == [(HOLDER, 1_000, Why.HOLDER)]


def test_a_freeze_a_dispute_and_an_offer_change_nothing() -> None:
    offered = replace(VOUCHER, encumbrance=Encumbrance.OFFERED, counterparty=FIRST)
    held = replace(VOUCHER, flags=VoucherFlag.FROZEN | VoucherFlag.DISPUTED)
    for voucher in (offered, held):
        cleared = clear(ledger_of(voucher=voucher), BLOCK, Basis.OWED, [1])
        assert parts(cleared) == [(HOLDER, 1_000, Why.HOLDER)]


def test_a_list_by_date_has_what_is_due_by_then_and_has_something_to_clear() -> None:
    ledger = ledger_of()
    ledger.receivable[2] = replace(RECEIVABLE, due_at=DUE + 1)
    ledger.voucher[2 << 48] = VOUCHER
    ledger.receivable[3] = replace(RECEIVABLE, state=ReceivableState.VOID)
    ledger.voucher[3 << 48] = replace(VOUCHER, life=Life.VOID)
    assert [each.receivable for each in clear_due(ledger, BLOCK, Basis.OWED, DUE).receivables] == [1]
    later = clear_due(ledger, BLOCK, Basis.OWED, DUE + 1)
    assert [each.receivable for each in later.receivables] == [1, 2]
    assert clear_due(ledger, BLOCK, Basis.PAID, DUE + 1).receivables == ()


def test_an_unknown_receivable_is_refused() -> None:
    with pytest.raises(errors.ReceivableUnknown):
        clear(ledger_of(), BLOCK, Basis.OWED, [2])


def test_a_state_whose_vouchers_do_not_cover_the_face_is_refused() -> None:
    ledger = ledger_of(voucher=replace(VOUCHER, length=999))
    with pytest.raises(NotExact, match="come to 999, and must come to 1000"):
        clear(ledger, BLOCK, Basis.OWED, [1])


def test_the_longest_id_fits_an_end_to_end_id() -> None:
    number, start = (1 << 32) - 1, (1 << 48) - 2
    ledger = empty()
    ledger.receivable[number] = replace(RECEIVABLE, face=(1 << 48) - 1, payments=254, paid=1)
    ledger.paid_after[number, 254] = 1
    ledger.voucher[number << 48] = replace(VOUCHER, length=start)
    last = number << 48 | start
    ledger.voucher[last] = replace(VOUCHER, length=1)
    ledger.hops[last] = 255
    ledger.hop[last, 255] = Hop(FIRST, 1, False, 0)
    lines = clear(ledger, BLOCK, Basis.OWED, [number]).lines
    assert lines[-1].id == "4294967295-281474976710654-255-S255"
    assert len(lines[-1].id) == 35


@st.composite
def states(draw: st.DrawFn) -> Ledger:
    """One receivable, cut anywhere, paid in any parts, redeemed to anywhere, financed in any lawful way."""
    face = draw(st.integers(1, 5_000))
    cuts = sorted(draw(st.sets(st.integers(1, face), max_size=5)) | {face})
    payments = list(accumulate(draw(st.lists(st.integers(1, face), max_size=4))))
    payments = [paid for paid in payments if paid <= face]
    paid = payments[-1] if payments else 0
    ledger = empty()
    ledger.paid_after = {(1, number): each for number, each in enumerate(payments, start=1)}
    redeemed = 0
    for start, end in pairwise((0, *cuts)):
        voucher, length = ID + start, end - start
        done = draw(st.integers(0, len(payments)))
        had = share(start, length, ledger.paid_after.get((1, done), 0), face)
        redeemed += had
        over = done == len(payments) and paid == face
        v = replace(VOUCHER, length=length, payments=done, life=Life.REDEEMED if over else Life.LIVE)
        left = length - had
        due_back = draw(st.lists(st.integers(0, left // 3), max_size=3))
        ledger.hops[voucher] = len(due_back)
        for number, surplus in enumerate(due_back, start=1):
            ledger.hop[voucher, number] = Hop(FIRST + number, surplus, draw(st.booleans()), 0)
        encumbrance = draw(st.sampled_from(Encumbrance)) if not over else Encumbrance.FREE
        if encumbrance == Encumbrance.PLEDGED:
            lent_on = draw(st.integers(left, length))
            owed = draw(st.integers(0, lent_on - sum(due_back)))
            ledger.deal[voucher] = Deal(Kind.PLEDGE, LENDER, lent_on, owed, owed, DUE)
        counterparty = LENDER if encumbrance != Encumbrance.FREE else 0
        ledger.voucher[voucher] = replace(v, encumbrance=encumbrance, counterparty=counterparty)
    ledger.receivable[1] = replace(
        RECEIVABLE,
        face=face,
        paid=paid,
        payments=len(payments),
        redeemed=redeemed,
        credit=draw(st.integers(0, 9)),
        state=ReceivableState.SETTLED if paid == face else ReceivableState.OPEN,
    )
    return ledger


@given(states())
def test_the_lines_come_to_what_is_owed_and_to_what_is_paid_and_not_redeemed(ledger: Ledger) -> None:
    r = ledger.receivable[1]
    owed, paid = (clear(ledger, BLOCK, basis, [1]) for basis in (Basis.OWED, Basis.PAID))
    assert sum(line.amount for line in owed.lines) == r.face - r.paid
    assert sum(line.amount for line in paid.lines) == r.paid - r.redeemed + r.credit
    assert all(line.amount > 0 for line in (*owed.lines, *paid.lines))
    ids = [line.id for line in (*owed.lines, *paid.lines)]
    assert len(set(ids)) == len(ids)


@given(states())
def test_nobody_has_more_than_its_right(ledger: Ledger) -> None:
    has: Counter[tuple[int, Why, int]] = Counter()
    for basis in Basis:
        for line in clear(ledger, BLOCK, basis, [1]).lines:
            has[line.voucher, line.why, line.hop] += line.amount
    for (voucher, why, hop), amount in has.items():
        if why is Why.LENDER:
            assert amount <= ledger.deal[voucher].owed
        if why is Why.SURPLUS:
            assert amount <= ledger.hop[voucher, hop].surplus


def by_payee(lines: tuple[ClearingLine, ...]) -> Counter[tuple[int, int, Why, int]]:
    sums: Counter[tuple[int, int, Why, int]] = Counter()
    for line in lines:
        if line.why is not Why.CREDIT:
            sums[line.voucher, line.payee, line.why, line.hop] += line.amount
    return sums


@given(states(), st.data())
def test_who_gets_how_much_does_not_depend_on_how_the_debtor_pays(
    ledger: Ledger, data: st.DataObject
) -> None:
    at_once = sum((by_payee(clear(ledger, BLOCK, basis, [1]).lines) for basis in Basis), Counter())
    in_parts: Counter[tuple[int, int, Why, int]] = Counter()
    for last in (False, False, False, True):
        in_parts += by_payee(clear(ledger, BLOCK, Basis.PAID, [1]).lines)
        redeem_all(ledger)
        unpaid = ledger.receivable[1].face - ledger.receivable[1].paid
        if unpaid:
            pay(ledger, unpaid if last else data.draw(st.integers(1, unpaid)))
    in_parts += by_payee(clear(ledger, BLOCK, Basis.PAID, [1]).lines)
    assert in_parts == at_once


@given(states(), st.sampled_from(Basis))
def test_the_same_state_gives_the_same_bytes_whatever_order_it_is_kept_in(
    ledger: Ledger, basis: Basis
) -> None:
    first = clear(ledger, BLOCK, basis, [1])
    ledger.voucher = dict(reversed(ledger.voucher.items()))
    ledger.hop = dict(reversed(ledger.hop.items()))
    second = clear(ledger, BLOCK, basis, [1, 1])
    assert first.to_json() == second.to_json()
    assert first.digest() == keccak(second.to_json())


@given(states(), st.sampled_from(Basis))
def test_the_files_hold_every_line(ledger: Ledger, basis: Basis) -> None:
    cleared = clear(ledger, BLOCK, basis, [1])
    data = json.loads(cleared.to_json())
    rows = list(csv.DictReader(io.StringIO(cleared.to_csv().decode(), newline="")))
    assert [line["id"] for line in data["lines"]] == [line.id for line in cleared.lines]
    assert [row["id"] for row in rows] == [line.id for line in cleared.lines]
    assert sum(int(row["amount"]) for row in rows) == data["receivables"][0]["total"]
    assert json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() == (
        cleared.to_json()
    )


@pytest.mark.parametrize("basis", Basis)
def test_of_a_ledger_in_every_kind_of_state_log_and_storage_give_the_same_exact_list(
    history: Scene, replayed: Replay, basis: Basis
) -> None:
    numbers = list(replayed.ledger.receivable)
    block = read_block(history.ledger)
    from_log = clear(replayed.ledger, block, basis, numbers)
    from_storage = clear(read_clearing_state(history.ledger, numbers), block, basis, numbers)
    assert from_log.to_json() == from_storage.to_json()
    assert {line.why for line in from_log.lines} >= {Why.HOLDER}
    latest = max(receivable.due_at for receivable in replayed.ledger.receivable.values())
    due = clear_due(replayed.ledger, block, basis, latest)
    assert due.lines == from_log.lines
    assert read_due_state(history.ledger, latest).voucher.keys() >= {
        line.voucher for line in due.lines if line.voucher
    }
