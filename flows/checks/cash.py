"""Rules about money: past payments of the pair, and the credit that settles the invoice."""

from __future__ import annotations

from decimal import Decimal

from flows.checks.amounts import gross
from flows.checks.matching import quoted, related_credit_notes
from flows.checks.naming import name, names, plain
from flows.checks.parties import same_name
from flows.checks.rule import Finding, Policy, absent, rule, verdict
from flows.documents import Documents
from flows.records import Flow

ZERO = Decimal(0)
_TENTH = Decimal("0.1")


@rule("X-08", "Term is no longer than this buyer has taken to pay before", weight=1)
def term_against_history(documents: Documents, policy: Policy) -> Finding:
    """The invoice's term, at most the mean plus two standard deviations of earlier days to pay."""
    lags = [Decimal((one.paid - one.issued).days) for one in documents.history if one.paid is not None]
    terms = [(one.due - one.issued).days for one in documents.invoices if one.due is not None]
    if len(lags) < policy.least_history or not terms:
        return absent(f"fewer than {policy.least_history} earlier payments, or no due date, are known")
    mean = sum(lags, ZERO) / len(lags)
    deviation = (sum(((lag - mean) ** 2 for lag in lags), ZERO) / len(lags)).sqrt()
    limit = (mean + 2 * deviation).quantize(_TENTH)
    longest = Decimal(max(terms))
    sentence = (
        f"the term is {plain(longest)} days, {len(lags)} earlier payments took {mean.quantize(_TENTH)} on "
        f"average and {limit} at mean plus two deviations"
    )
    return verdict(
        [sentence] if longest > limit else [],
        sentence[0].upper() + sentence[1:] + ".",
        names(documents.invoices),
        {"term_days": longest, "mean_days": mean.quantize(_TENTH), "limit_days": limit},
    )


@rule("X-09a", "Credits that quote the invoice come to what is payable", weight=3, flows=(Flow.FUNDS,))
def paid_in_full(documents: Documents, _: Policy) -> Finding:
    """Booked credits that quote an invoice, against payable amounts less credit notes."""
    if not documents.payments or not documents.invoices:
        return absent("there is no payment, or no invoice, to match")
    matched = quoted(documents)
    if not matched:
        return verdict(
            [f"none of {len(documents.payments)} payments is a booked credit that quotes an invoice"],
            "",
            names(documents.invoices, documents.payments),
            {"paid_amount": ZERO},
        )
    payments = tuple(dict.fromkeys(payment for payment, _ in matched))
    credited = sum((gross(one) for one in related_credit_notes(documents)), ZERO)
    payable = sum((one.totals.payable for one in documents.invoices), ZERO) - credited
    currency = documents.invoices[0].currency
    paid = sum((payment.amount for payment in payments if payment.currency == currency), ZERO)
    foreign = [payment for payment in payments if payment.currency != currency]
    faults = [f"{name(one)} is in {one.currency}, the invoice in {currency}" for one in foreign]
    if paid != payable:
        faults.append(f"{paid} {currency} is paid, {payable} is payable after {credited} credited")
    return verdict(
        faults,
        f"{paid} {currency} is paid, all that is payable.",
        names(documents.invoices, payments),
        {"paid_amount": paid, "payable_amount": payable},
    )


@rule("X-09b", "Payer is the debtor", weight=2, flows=(Flow.FUNDS,))
def payer_is_debtor(documents: Documents, _: Policy) -> Finding:
    """The name the bank gives for the payer, against the invoice's buyer."""
    named = [(payment, invoice) for payment, invoice in quoted(documents) if payment.debtor]
    if not named:
        return absent("no payment that quotes an invoice names its payer")
    faults = [
        f"{name(payment)} is paid by {payment.debtor}, {name(invoice)} is owed by {invoice.buyer.name}"
        for payment, invoice in named
        if not same_name(payment.debtor, invoice.buyer.name)
    ]
    used = names((payment for payment, _ in named), (invoice for _, invoice in named))
    return verdict(faults, f"All {len(named)} payments come from the debtor.", used)


@rule("X-09c", "Payment reaches the account on the invoice", weight=2, flows=(Flow.FUNDS,))
def bound_account(documents: Documents, _: Policy) -> Finding:
    """The credited account, against the payee account the invoice states."""
    known = [
        (payment, invoice)
        for payment, invoice in quoted(documents)
        if invoice.payee_account and (payment.account or payment.creditor_account)
    ]
    if not known:
        return absent("no invoice that is paid states an account")
    faults = [
        f"{name(payment)} reaches account {payment.account or payment.creditor_account}, {name(invoice)} "
        f"asks for {invoice.payee_account}"
        for payment, invoice in known
        if _compact(invoice.payee_account)
        not in (_compact(payment.account), _compact(payment.creditor_account))
    ]
    used = names((payment for payment, _ in known), (invoice for _, invoice in known))
    return verdict(faults, f"All {len(known)} payments reach the account on the invoice.", used)


def _compact(account: str) -> str:
    return "".join(c for c in account if c.isalnum()).upper()
