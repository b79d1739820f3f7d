"""Invariants while the history is derived, at the price of what has changed.

Checking all of a ledger after every block would cost the square of its size. What each invariant says of one
receivable, consent or participant depends on that one alone (and on the receivables of the same invoice), so
a checkpoint checks a ledger that holds only what was touched since the last one. The end is checked whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from chain import events as ev
from chain.rules.invariants import INVARIANTS
from chain.rules.state import NO_LOCK, Ledger, receivable_of, voucher_id


@dataclass(slots=True)
class Touched:
    """What has changed since the last checkpoint, and the indexes needed to find what belongs to it."""

    receivables: set[int] = field(default_factory=set)
    consents: set[int] = field(default_factory=set)
    participants: bool = False
    _by_invoice: dict[bytes, list[int]] = field(default_factory=lambda: defaultdict(list))
    _jobs: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))

    def note(self, event: ev.Event) -> None:
        """Notes what an event of a derived ledger touches."""
        match event:
            case ev.Attested() | ev.InvoiceRegistered() | ev.Anchored() | ev.InputAllowed():
                return
            case ev.Proposed():
                self._by_invoice[event.invoice].append(event.receivable)
                self.receivables.add(event.receivable)
            case ev.Split():
                self.receivables.add(receivable_of(event.parent))
            case ev.JobOpened():
                self._jobs[event.consent].append(event.id)
                self.consents.add(event.consent)
            case ev.ConsentGranted() | ev.ConsentWithdrawn():
                self.consents.add(event.id)
            case _:
                voucher = getattr(event, "voucher", 0)
                receivable = getattr(event, "receivable", 0)
                if voucher or receivable:
                    self.receivables.add(receivable_of(voucher) if voucher else receivable)
                elif not isinstance(event, ev.JobCompleted | ev.JobAbandoned):
                    self.participants = True

    def breaches(self, ledger: Ledger) -> Iterator[tuple[str, str]]:
        """Each breach among what was touched, as invariant and sentence; then nothing is touched."""
        part = self._part(ledger)
        for check in INVARIANTS:
            for breach in check(part):
                yield check.__name__, breach
        self.receivables, self.consents, self.participants = set(), set(), False

    def _part(self, ledger: Ledger) -> Ledger:
        part = Ledger(
            ledger.chain_id, ledger.governance, ledger.computations, ledger.desk, ledger.invoices
        )
        part.threshold, part.governors = ledger.threshold, ledger.governors
        if self.participants:
            part.participant = ledger.participant
            part.account, part.account_at = ledger.account, ledger.account_at
        for number in self.receivables:
            invoice = ledger.receivable[number].invoice
            part.invoice[invoice] = ledger.invoice[invoice]
            for sibling in self._by_invoice[invoice]:
                if sibling not in part.receivable:
                    _add_receivable(part, ledger, sibling)
        for number in self.consents:
            part.consent[number] = ledger.consent[number]
            part.job.update((job, ledger.job[job]) for job in self._jobs[number])
        return part


def _add_receivable(part: Ledger, ledger: Ledger, number: int) -> None:
    receivable = part.receivable[number] = ledger.receivable[number]
    for own in range(1, receivable.vouchers + 1):
        voucher = voucher_id(number, own)
        part.voucher[voucher] = ledger.voucher[voucher]
        part.lock[voucher] = ledger.lock.get(voucher, NO_LOCK)
    for payment in range(1, receivable.payments + 1):
        part.paid_after[number, payment] = ledger.paid_after[number, payment]
