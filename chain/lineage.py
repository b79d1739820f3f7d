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
    Issue,
    IssueState,
    Ledger,
    Life,
    Receivable,
    ReceivableState,
    Voucher,
    receivable_of,
    start_of,
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
    def start(self) -> int:
        """Where its interval begins, in minor units of the face."""
        return start_of(self.id)

    @property
    def end(self) -> int:
        """Where its interval ends, in minor units of the face."""
        return self.start + self.voucher.length

    @property
    def offered_to(self) -> int | None:
        """The participant it is offered to now."""
        return self._counterparty(Encumbrance.OFFERED)

    @property
    def locked_for(self) -> int | None:
        """The financier whose disbursement it waits for now."""
        return self._counterparty(Encumbrance.LOCKED)

    @property
    def pledged_to(self) -> int | None:
        """The lender that has it as its pledge now."""
        return self._counterparty(Encumbrance.PLEDGED)

    def _counterparty(self, encumbrance: Encumbrance) -> int | None:
        return self.voucher.counterparty if self.voucher.encumbrance == encumbrance else None


@dataclass(frozen=True, slots=True)
class Lineage:
    """A receivable and its vouchers, by where they begin; before its confirmation it is only an issue."""

    number: int
    issue: Issue
    receivable: Receivable | None
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
        for node in self.nodes:
            if node.start != end or node.voucher.length <= 0:
                return False
            end = node.end
        return end == (self.receivable.face if self.receivable else 0)

    def concerns(self, participant: int) -> bool:
        """Whether a participant is debtor, creditor or holder, or offered, financing or lending on a part."""
        return participant in (self.issue.debtor, self.issue.creditor) or any(
            participant in (node.voucher.holder, node.voucher.counterparty) for node in self.nodes
        )


def lineage_of(
    number: int, issue: Issue, receivable: Receivable | None, vouchers: Mapping[int, Voucher]
) -> Lineage:
    """Puts a receivable's vouchers, given by id, in order."""
    parents = {
        each: voucher_id(number, vouchers[each].parent) if start_of(each) else None
        for each in sorted(vouchers)
    }
    children: dict[int | None, list[int]] = defaultdict(list)
    for each, parent in parents.items():
        children[parent].append(each)
    nodes = tuple(
        Node(each, parent, tuple(children[each]), vouchers[each]) for each, parent in parents.items()
    )
    return Lineage(number, issue, receivable, nodes)


def read_lineage(ledger: OpenLedger, number: int) -> Lineage:
    """The lineage of a receivable, from what the chain stores now.

    Each voucher ends where the next one begins, so that they are found one after another.

    Raises:
        IssueUnknown: no receivable of that number was ever proposed.
    """
    with ledger.engine.lock:
        issue = ledger.issuance.issue(number)
        if issue.state == IssueState.NONE:
            raise errors.IssueUnknown(number)
        receivable = ledger.receivables.receivable(number)
        if receivable.state == ReceivableState.NONE:
            return lineage_of(number, issue, None, {})
        vouchers: dict[int, Voucher] = {}
        start = 0
        while start < receivable.face:
            voucher = vouchers[voucher_id(number, start)] = ledger.receivables.voucher(
                voucher_id(number, start)
            )
            if voucher.length == 0:
                break
            start += voucher.length
        return lineage_of(number, issue, receivable, vouchers)


def replayed_lineage(ledger: Ledger, number: int) -> Lineage:
    """The lineage of a receivable, from a state that a replay rebuilt.

    Raises:
        IssueUnknown: no receivable of that number was ever proposed.
    """
    issue = ledger.issue.get(number)
    if issue is None:
        raise errors.IssueUnknown(number)
    own = {each: voucher for each, voucher in ledger.voucher.items() if receivable_of(each) == number}
    return lineage_of(number, issue, ledger.receivable.get(number), own)


def history_of(log: Iterable[LoggedEvent], number: int) -> Iterator[LoggedEvent]:
    """The entries of a log that tell of one receivable or of its vouchers, in their order."""
    for logged in log:
        event = logged.event
        voucher = getattr(event, "voucher", None) or getattr(event, "child", None)
        told_of = receivable_of(voucher) if voucher else getattr(event, "receivable", None)
        if told_of == number:
            yield logged
