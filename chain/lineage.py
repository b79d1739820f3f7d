"""Lineage: which participant holds which part of a receivable, and which voucher was cut from which.

Vouchers of one receivable are intervals of its face. The first covers it all; a split cuts pieces off a
voucher's end, each a voucher of its own whose parent is the one it was cut from. This module puts what the
chain (or a replay) stores into that order; it decides nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chain import errors
from chain.ledger import OpenLedger
from chain.logs import LoggedEvent
from chain.rules.state import (
    Encumbrance,
    Ledger,
    Life,
    Receivable,
    ReceivableState,
    Voucher,
    receivable_of,
    voucher_id,
)


@dataclass(frozen=True, slots=True)
class Node:
    """A voucher in its place: its id, the one it was cut from (none for the first), those cut from it."""

    id: int
    parent: int | None
    children: tuple[int, ...]
    voucher: Voucher

    @property
    def end(self) -> int:
        """Where its interval ends, in minor units of the face."""
        return self.voucher.start + self.voucher.length

    @property
    def offered_to(self) -> int | None:
        """The participant it is offered to now."""
        return self.voucher.counterparty if self.voucher.encumbrance == Encumbrance.OFFERED else None

    @property
    def locked_for(self) -> int | None:
        """The financier whose disbursement it waits for now."""
        return self.voucher.counterparty if self.voucher.encumbrance == Encumbrance.LOCKED else None


@dataclass(frozen=True, slots=True)
class Lineage:
    """A receivable and its vouchers, in the order in which they were made."""

    number: int
    receivable: Receivable
    nodes: tuple[Node, ...]

    @property
    def holdings(self) -> dict[int, int]:
        """What each participant holds in live vouchers, by participant."""
        held: dict[int, int] = defaultdict(int)
        for node in self.nodes:
            if node.voucher.life == Life.LIVE:
                held[node.voucher.holder] += node.voucher.length
        return dict(sorted(held.items()))

    @property
    def tiles(self) -> bool:
        """Whether the intervals cover the face without gap or overlap; true before there are any."""
        end = 0
        for node in sorted(self.nodes, key=lambda node: node.voucher.start):
            if node.voucher.start != end or node.voucher.length <= 0:
                return False
            end = node.end
        return end == self.receivable.face or not self.nodes

    def concerns(self, participant: int) -> bool:
        """Whether a participant is debtor, creditor, holder, or offered or to finance a part of it."""
        return participant in (self.receivable.debtor, self.receivable.creditor) or any(
            participant in (node.voucher.holder, node.voucher.counterparty) for node in self.nodes
        )


def lineage_of(number: int, receivable: Receivable, vouchers: Mapping[int, Voucher]) -> Lineage:
    """Puts a receivable's vouchers, given by id, in order."""
    children: dict[int, list[int]] = defaultdict(list)
    for each in sorted(vouchers):
        if vouchers[each].parent:
            children[voucher_id(number, vouchers[each].parent)].append(each)
    nodes = tuple(
        Node(
            id=each,
            parent=voucher_id(number, vouchers[each].parent) if vouchers[each].parent else None,
            children=tuple(children[each]),
            voucher=vouchers[each],
        )
        for each in sorted(vouchers)
    )
    return Lineage(number, receivable, nodes)


def read_lineage(ledger: OpenLedger, number: int) -> Lineage:
    """The lineage of a receivable, from what the chain stores now.

    Raises:
        ReceivableUnknown: there is no receivable of that number.
    """
    with ledger.engine.lock:
        receivable = ledger.receivables.receivable(number)
        if receivable.state == ReceivableState.NONE:
            raise errors.ReceivableUnknown(number)
        ids = [voucher_id(number, each) for each in range(1, receivable.vouchers + 1)]
        return lineage_of(number, receivable, {each: ledger.receivables.voucher(each) for each in ids})


def replayed_lineage(ledger: Ledger, number: int) -> Lineage:
    """The lineage of a receivable, from a state that a replay rebuilt.

    Raises:
        ReceivableUnknown: there is no receivable of that number.
    """
    receivable = ledger.receivable.get(number)
    if receivable is None:
        raise errors.ReceivableUnknown(number)
    own = {each: voucher for each, voucher in ledger.voucher.items() if receivable_of(each) == number}
    return lineage_of(number, receivable, own)


def history_of(log: Iterable[LoggedEvent], number: int) -> Iterator[LoggedEvent]:
    """The entries of a log that tell of one receivable or of its vouchers, in their order."""
    for logged in log:
        event = logged.event
        voucher = getattr(event, "voucher", None) or getattr(event, "child", None)
        told_of = receivable_of(voucher) if voucher else getattr(event, "receivable", None)
        if told_of == number:
            yield logged
