"""The state that a clearing list needs, as the chain stores it: some receivables, not the whole ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chain import errors
from chain.clearing import BlockAt
from chain.deployment import empty_ledger
from chain.ledger import OpenLedger
from chain.rules.state import (
    Encumbrance,
    Ledger,
    Life,
    ReceivableState,
    Voucher,
    VoucherFlag,
    receivable_of,
    voucher_id,
)


def read_clearing_state(ledger: OpenLedger, numbers: Iterable[int]) -> Ledger:
    """Receivables with their vouchers, payments, loans and hops, at the block that the clients read.

    What a replay to that block rebuilds of them is the same.

    Raises:
        ReceivableUnknown: there is no receivable of a number.
    """
    state = empty_ledger(ledger.manifest)
    with ledger.engine.lock:
        for number in numbers:
            receivable = ledger.receivables.receivable(number)
            if receivable.state == ReceivableState.NONE:
                raise errors.ReceivableUnknown(number)
            state.receivable[number] = receivable
            for voucher, found in _vouchers(ledger, number, receivable.face):
                _read_voucher(ledger, state, voucher, found)
    return state


def read_due_state(ledger: OpenLedger, due_by: int) -> Ledger:
    """As `read_clearing_state`, of every receivable due at `due_by` or before."""
    with ledger.engine.lock:
        numbers = [
            number
            for number in range(1, ledger.issuance.count() + 1)
            if (found := ledger.receivables.receivable(number)).state != ReceivableState.NONE
            and found.due_at <= due_by
        ]
        return read_clearing_state(ledger, numbers)


def read_block(ledger: OpenLedger) -> BlockAt:
    """The chain's latest block."""
    block = ledger.engine.w3.eth.get_block("latest")
    return BlockAt(block["number"], "0x" + bytes(block["hash"]).hex(), block["timestamp"])


def _vouchers(ledger: OpenLedger, number: int, face: int) -> Iterator[tuple[int, Voucher]]:
    """Vouchers tile the face, so where one ends the next begins."""
    start = 0
    while start < face:
        voucher = ledger.receivables.voucher(voucher_id(number, start))
        if voucher.life == Life.NONE:
            raise errors.VoucherUnknown(voucher_id(number, start))
        yield voucher_id(number, start), voucher
        start += voucher.length


def _read_voucher(ledger: OpenLedger, state: Ledger, voucher: int, found: Voucher) -> None:
    number = receivable_of(voucher)
    state.voucher[voucher] = found
    if found.payments and (number, found.payments) not in state.paid_after:
        state.paid_after[number, found.payments] = ledger.receivables.paid_after(number, found.payments)
    if found.encumbrance == Encumbrance.PLEDGED:
        state.deal[voucher] = ledger.financing.deal(voucher)
    if found.flags & VoucherFlag.BOUND:
        state.hops[voucher] = ledger.financing.hops(voucher)
        for hop in range(1, state.hops[voucher] + 1):
            state.hop[voucher, hop] = ledger.financing.hop(voucher, hop)
