"""Invariants while the history is derived, at the price of what has changed.

Checking all of a ledger after every block would cost the square of its size. What most invariants say of one
receivable, consent or participant depends on that one alone (and on the receivables of the same invoice), so
a checkpoint checks a ledger that holds only what was touched since the last one. The end is checked whole,
and with it what is a sum over all that a debtor owes (`AT_THE_END`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from chain import events as ev
from chain.rules.invariants import INVARIANTS, limits_add_up, overdue_counts_agree
from chain.rules.state import Ledger, receivable_of

K = TypeVar("K")
V = TypeVar("V")

AT_THE_END = (limits_add_up, overdue_counts_agree)

_PEOPLE = (
    *(ev.Admitted, ev.RolesSet, ev.Suspended, ev.Reinstated),
    *(ev.AccountAdded, ev.AccountRemoved, ev.AccountRotated, ev.ScopeSet),
)


@dataclass(slots=True)
class Touched:
    """What has changed since the last checkpoint, and the indexes needed to find what belongs to it.

    `issues` are numbers of receivables, proposed or more.
    """

    issues: set[int] = field(default_factory=set)
    invoices: set[bytes] = field(default_factory=set)
    references: set[bytes] = field(default_factory=set)
    claims: set[int] = field(default_factory=set)
    policies: set[bytes] = field(default_factory=set)
    consents: set[int] = field(default_factory=set)
    participants: bool = False
    _by_invoice: dict[bytes, list[int]] = field(default_factory=lambda: defaultdict(list))
    _vouchers: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    _jobs: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))

    def note(self, event: ev.Event) -> None:
        """Notes what an event of a derived ledger touches."""
        match event:
            case ev.Proposed():
                self._by_invoice[event.invoice].append(event.receivable)
            case ev.Confirmed():
                self._vouchers[event.receivable].append(event.voucher)
            case ev.Split():
                self._vouchers[receivable_of(event.child)].append(event.child)
                self.issues.add(receivable_of(event.child))
            case ev.JobOpened():
                self._jobs[event.consent].append(event.id)
                self.consents.add(event.consent)
            case ev.ConsentGranted() | ev.ConsentWithdrawn():
                self.consents.add(event.id)
            case ev.PolicySet() | ev.PolicyWithdrawn():
                self.policies.add(event.name)
            case ev.InvoiceRegistered() | ev.InvoiceCredited() | ev.InvoiceCorrected():
                self.invoices.add(event.nullifier)
            case ev.ClaimAsserted() | ev.ClaimWithdrawn():
                self.claims.add(event.id)
            case _ if isinstance(event, _PEOPLE):
                self.participants = True
        if hasattr(event, "voucher"):
            self.issues.add(receivable_of(event.voucher))
        elif hasattr(event, "receivable"):
            self.issues.add(event.receivable)
        if hasattr(event, "reference"):
            self.references.add(event.reference)

    def breaches(self, ledger: Ledger) -> Iterator[tuple[str, str]]:
        """Each breach among what was touched, as invariant and sentence; then nothing is touched."""
        part = self._part(ledger)
        for check in INVARIANTS:
            if check not in AT_THE_END:
                for breach in check(part):
                    yield check.__name__, breach
        for touched in (self.issues, self.invoices, self.references, self.claims):
            touched.clear()
        self.policies.clear()
        self.consents.clear()
        self.participants = False

    def _part(self, ledger: Ledger) -> Ledger:
        part = Ledger(ledger.chain_id, ledger.governance, ledger.computations, ledger.desk, ledger.invoices)
        part.threshold, part.governors = ledger.threshold, ledger.governors
        if self.participants:
            part.participant = ledger.participant
            part.account, part.account_at = ledger.account, ledger.account_at
        for number in self.claims:
            part.claim[number] = ledger.claim[number]
        part.reference_used = {each: ledger.reference_used[each] for each in self.references}
        numbers = self.issues | {claim.receivable for claim in part.claim.values()}
        for invoice in self.invoices | {ledger.issue[number].invoice for number in numbers}:
            part.invoice[invoice] = ledger.invoice[invoice]
            for number in self._by_invoice[invoice]:
                self._add_issue(part, ledger, number)
        for name in self.policies:
            _copy_rows(part.policy_version, ledger.policy_version, name)
            part.policy_versions[name] = ledger.policy_versions[name]
        for number in self.consents:
            part.consent[number] = ledger.consent[number]
            part.job.update((job, ledger.job[job]) for job in self._jobs[number])
        return part

    def _add_issue(self, part: Ledger, ledger: Ledger, number: int) -> None:
        part.issue[number] = ledger.issue[number]
        if number not in ledger.receivable:
            return
        part.receivable[number] = ledger.receivable[number]
        _copy_rows(part.paid_after, ledger.paid_after, number)
        for voucher in self._vouchers[number]:
            part.voucher[voucher] = ledger.voucher[voucher]
            _copy(part.deal, ledger.deal, voucher)
            _copy(part.filing, ledger.filing, voucher)
            _copy(part.hops, ledger.hops, voucher)
            _copy_rows(part.hop, ledger.hop, voucher)


def _copy(part: dict[K, V], whole: dict[K, V], key: K) -> None:
    """An entry, where there is one."""
    if key in whole:
        part[key] = whole[key]


def _copy_rows(part: dict[tuple[K, int], V], whole: dict[tuple[K, int], V], key: K) -> None:
    """The entries of a key that are numbered from one."""
    number = 1
    while (key, number) in whole:
        part[key, number] = whole[key, number]
        number += 1
