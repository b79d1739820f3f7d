"""Invoices, issues, limits and stops."""

from __future__ import annotations

from chain.deployment import DAY
from chain.differential.choosing import MOST, NONE, Chooser
from chain.differential.steps import Step
from chain.rules.attestations import is_valid
from chain.rules.limits import STOPPERS
from chain.rules.policies import EVIDENCE_LEVEL, LONGEST_TERM, OVERDUE_GRACE
from chain.rules.state import (
    Invoice,
    IssueState,
    IssueTerms,
    Ledger,
    Moment,
    ReceivableFlag,
    ReceivableState,
    Role,
    voucher_id,
)

PARTY = Role.DEBTOR | Role.SUPPLIER


def register(c: Chooser, ledger: Ledger, _now: int) -> Step:
    """A tax attester registers an invoice."""
    total = c.random.choice([1, 7, 100, 99_999, 10**6, 10**6, 10**6, MOST])
    currency = c.random.choice([156, 156, 156, 156, 156, 156, 978])
    arguments = (c.fresh(), c.anyone(ledger, Role.SUPPLIER), currency, total)
    return Step("Invoices", "register", c.sender(ledger, Role.ATTESTER), arguments)


def change_invoice(c: Chooser, ledger: Ledger, _now: int) -> Step | None:
    """Its attester corrects an invoice or notes a red letter; receivables are flagged, debtors reaffirm."""
    draw = c.random.random()
    if draw < 0.35:
        return _reaffirm(c, ledger) or _flag(c, ledger)
    nullifier = c.find(ledger, "invoice", lambda _, i: (i.used == 0) == (draw < 0.53))
    if nullifier is None:
        return None
    invoice = ledger.invoice[nullifier]
    sender = c.account(ledger, invoice.attester, Role.ATTESTER)
    if draw < 0.55:
        return Step("Invoices", "correct", sender, (nullifier, c.amount(invoice.total), c.fresh()))
    left = invoice.total - invoice.credited
    amount = c.random.choice([1, max(left // 20, 1), max(left - invoice.used, 1), left + 1])
    resting = _resting_on(c, ledger, nullifier)
    known = resting if c.random.random() < 0.7 else []
    return Step("Invoices", "credit", sender, (nullifier, min(amount, MOST), c.fresh(), known))


def _resting_on(c: Chooser, ledger: Ledger, nullifier: bytes) -> list[int]:
    return [
        number
        for number in c.recent(ledger, "receivable")
        if ledger.issue[number].invoice == nullifier and ledger.issue[number].state == IssueState.CONFIRMED
    ]


def _flag(c: Chooser, ledger: Ledger) -> Step | None:
    number = c.find(
        ledger,
        "receivable",
        lambda n, _: ledger.invoice[ledger.issue[n].invoice].notes or c.random.random() < 0.02,
    )
    return (
        None if number is None else Step("Issuance", "flagRedLetter", c.random.choice(c.accounts), (number,))
    )


def _reaffirm(c: Chooser, ledger: Ledger) -> Step | None:
    number = c.find(ledger, "receivable", lambda _, r: r.flags & ReceivableFlag.RED_LETTERED)
    if number is None:
        return None
    sender = c.account(ledger, ledger.receivable[number].debtor, Role.DEBTOR)
    return Step("Issuance", "reaffirm", sender, (number, c.fresh()))


def propose(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    """Debtor or creditor proposes a receivable, or several at once."""
    terms = _terms(c, ledger, now)
    if terms is None:
        return None
    sender = c.account(ledger, c.random.choice([terms.debtor, terms.creditor]), PARTY)
    if c.random.random() < 0.9:
        return Step("Issuance", "propose", sender, (terms,))
    more = [each for _ in range(c.random.choice([0, 1, 2])) if (each := _terms(c, ledger, now))]
    return Step("Issuance", "proposeMany", c.account(ledger, terms.debtor, PARTY), ([terms, *more],))


def _terms(c: Chooser, ledger: Ledger, now: int) -> IssueTerms | None:
    at = Moment(now, "")
    careless = c.random.random() < 0.05
    needed = c.policy(ledger, EVIDENCE_LEVEL, now, 0)
    evidence = c.find(
        ledger, "attestation", lambda k, a: careless or (is_valid(ledger, at, k) and a.level >= needed)
    )
    nullifier = c.find(ledger, "invoice", lambda _, i: _left(i) > 0)
    if evidence is None or nullifier is None:
        return None
    invoice = ledger.invoice[nullifier]
    debtor = c.anyone(ledger, Role.DEBTOR, invoice.creditor)
    return IssueTerms(
        debtor=debtor,
        creditor=invoice.creditor if c.random.random() < 0.97 else c.anyone(ledger, Role.SUPPLIER),
        face=min(c.amount(_left(invoice)), MOST),
        currency=invoice.currency,
        delivered_at=now - c.random.choice([0, DAY, 20 * DAY, 20 * DAY, 40 * DAY]),
        due_at=now + c.random.randrange(1, c.policy(ledger, LONGEST_TERM, now, 60 * DAY)),
        interest_share=c.random.choice([0, 0, 0, 2_500, 2_500, 10_000, 10_000, 10_001]),
        waives_defences=c.random.random() < 0.3,
        evidence=evidence,
        invoice=nullifier,
    )


def _left(invoice: Invoice) -> int:
    return invoice.total - invoice.credited - invoice.used


def answer(c: Chooser, ledger: Ledger, _now: int) -> Step | None:
    """The other party confirms or rejects, the proposer takes back; several are confirmed at once."""
    number = c.find(ledger, "issue", lambda _, i: i.state == IssueState.PROPOSED)
    if number is None:
        return None
    issue = ledger.issue[number]
    parties = [issue.debtor, issue.creditor]
    proposer, other = parties if issue.proposed_by_debtor else reversed(parties)
    draw = c.random.random()
    if draw < 0.75:
        return Step("Issuance", "confirm", c.account(ledger, other, PARTY), (number,))
    if draw < 0.85:
        same = [n for n in c.recent(ledger, "issue") if _waits_like(ledger, n, number)]
        return Step("Issuance", "confirmMany", c.account(ledger, other, PARTY), (same[-3:],))
    if draw < 0.92:
        return Step("Issuance", "reject", c.account(ledger, other, PARTY), (number, c.fresh()))
    return Step("Issuance", "cancel", c.account(ledger, proposer, PARTY), (number, c.fresh()))


def _waits_like(ledger: Ledger, number: int, like: int) -> bool:
    issue, other = ledger.issue[number], ledger.issue[like]
    return (issue.state, issue.debtor, issue.proposed_by_debtor) == (
        IssueState.PROPOSED,
        other.debtor,
        other.proposed_by_debtor,
    )


def void(c: Chooser, ledger: Ledger, _now: int) -> Step | None:
    """Debtor or creditor asks for an untouched receivable to be void, or agrees."""
    asked = c.random.random() < 0.6
    number = c.find(
        ledger,
        "issue",
        lambda n, i: (
            i.state == IssueState.CONFIRMED
            and (i.void_asked or not asked)
            and (ledger.voucher[voucher_id(n, 0)].version == 0 or c.random.random() < 0.05)
        ),
    )
    if number is None:
        return None
    issue = ledger.issue[number]
    other = issue.creditor if issue.void_asked == issue.debtor else issue.debtor
    party = other if c.random.random() < 0.9 else issue.void_asked or issue.creditor
    return Step("Issuance", "voidIssue", c.account(ledger, party, PARTY), (number, c.fresh()))


def stop(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    """A debtor is stopped for a cause, or by what is overdue; what was overdue and is paid is lifted."""
    draw = c.random.random()
    if draw < 0.15:
        cause = c.random.choice([c.fresh(), c.fresh(), NONE])
        debtor = c.anyone(ledger, Role.DEBTOR)
        return Step("Limits", "stop", c.sender(ledger, STOPPERS), (debtor, cause, c.fresh()))
    anyone = c.random.choice(c.accounts)
    counted = c.find(ledger, "overdue_stop", lambda _, stops: stops)
    if counted is not None and draw < 0.75:
        receivable = ledger.receivable[counted]
        if receivable.state == ReceivableState.OPEN and draw < 0.7:
            left = receivable.face - receivable.paid
            bank = c.sender(ledger, Role.SETTLEMENT_BANK)
            return Step("Receivables", "recordPayment", bank, (counted, left, c.reference(ledger)))
        return Step("Limits", "liftOverdue", anyone, (counted,))
    grace = c.policy(ledger, OVERDUE_GRACE, now, 0)
    number = c.find(
        ledger,
        "receivable",
        lambda n, r: (
            r.state == ReceivableState.OPEN
            and (r.due_at + grace < now or c.random.random() < 0.02)
            and not (ledger.overdue_stop.get(n) and draw < 0.95)
        ),
    )
    return None if number is None else Step("Limits", "stopOverdue", anyone, (number,))
