"""Red-letter notes (红字发票): nothing of the receivable is passed on until the debtor has spoken.

A note lowers what the invoice backs. Vouchers of a receivable that rests on it stop moving (I-17); what the
debtor pays still reaches their holders. The debtor may state that it owes the whole face all the same, as
long as the invoice covers what is used of it: a debtor who confirmed cannot plead to a financier that the
debt is not there (Civil Code, articles 763 and 765).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chain import errors, events
from chain.rules.invoices import check_covered, own_invoice
from chain.rules.issuance import confirmed
from chain.rules.participants import actor_of
from chain.rules.state import Invoice, Issue, Ledger, Moment, ReceivableFlag, Role


def credit_invoice(
    ledger: Ledger, at: Moment, nullifier: bytes, amount: int, document: bytes, receivables: Sequence[int]
) -> tuple[events.Event, ...]:
    """An invoice's attester notes a red letter of an amount, and flags the receivables it knows of.

    The contract of invoices flags them, as anyone may; whoever finds one missing may flag it.
    """
    actor, invoice = own_invoice(ledger, at, nullifier, document)
    if amount == 0:
        raise errors.AmountZero()
    credited = invoice.credited + amount
    if credited > invoice.total:
        raise errors.CreditExceedsInvoice(nullifier, credited, invoice.total)
    changed = replace(invoice, credited=credited, notes=invoice.notes + 1)
    for number in receivables:
        issue = confirmed(ledger, number)
        _check_noted(number, issue, changed if issue.invoice == nullifier else ledger.invoice[issue.invoice])
    ledger.invoice[nullifier] = changed
    by_invoices = Moment(at.now, ledger.invoices)
    flagged = [flag_red_letter(ledger, by_invoices, number)[0] for number in receivables]
    return (events.InvoiceCredited(nullifier, actor, credited, document, at.sender), *flagged)


def flag_red_letter(ledger: Ledger, at: Moment, number: int) -> tuple[events.Event, ...]:
    """Anyone says that a note has come since confirmation: the invoice itself tells."""
    issue = confirmed(ledger, number)
    _check_noted(number, issue, ledger.invoice[issue.invoice])
    receivable = ledger.receivable[number]
    flags = receivable.flags | ReceivableFlag.RED_LETTERED
    ledger.receivable[number] = replace(receivable, flags=flags)
    return (events.RedLettered(number, issue.invoice, at.sender),)


def reaffirm(ledger: Ledger, at: Moment, number: int, document: bytes) -> tuple[events.Event, ...]:
    """The debtor owes the whole face despite the notes so far; only a later one flags it again."""
    issue = confirmed(ledger, number)
    actor = actor_of(ledger, at, Role.DEBTOR)
    if actor != issue.debtor:
        raise errors.NotParty(actor, issue.debtor, issue.creditor)
    if not any(document):
        raise errors.DocumentEmpty()
    notes_seen = check_covered(ledger, issue.invoice)
    receivable = ledger.receivable[number]
    flags = receivable.flags & ~ReceivableFlag.RED_LETTERED
    ledger.receivable[number] = replace(receivable, flags=flags)
    ledger.issue[number] = replace(issue, notes_seen=notes_seen)
    return (events.Reaffirmed(number, document, at.sender),)


def _check_noted(number: int, issue: Issue, invoice: Invoice) -> None:
    if invoice.notes <= issue.notes_seen:
        raise errors.NotRedLettered(number)
