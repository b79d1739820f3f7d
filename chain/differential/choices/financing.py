"""Quotes, deals, pledges, recourse and claims."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chain.deployment import DAY
from chain.differential.choices.passing import free
from chain.differential.choosing import MOST, NONE, Chooser
from chain.differential.steps import Step
from chain.rules.financing import owed_on, surpluses
from chain.rules.settlement import unpaid, unredeemed
from chain.rules.state import (
    HOLDER,
    NO_FILING,
    Encumbrance,
    Kind,
    Ledger,
    Life,
    Quote,
    ReceivableFlag,
    Role,
    VoucherFlag,
    receivable_of,
)


def quote(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    """A financier's quote is accepted, or taken back."""
    if c.accepted and c.random.random() < 0.03:
        return c.random.choice(c.accepted)
    number = free(c, ledger, now, bound=True)
    if number is None:
        return None
    offered = _quote(c, ledger, now, number)
    financier = c.account(ledger, offered.financier, Role.FINANCIER)
    if c.random.random() < 0.08:
        return Step("Financing", "cancelQuote", financier, (offered,))
    by = c.account(ledger, offered.financier, Role.SIGNER)
    if c.random.random() < 0.1:
        offered = replace(offered, **_slip(c, ledger, now, offered))
        by = c.random.choice([by, c.account(ledger, c.anyone(ledger, Role.FINANCIER), Role.SIGNER)])
    signature = c.world.sign_quote(by, offered)
    holder = c.account(ledger, ledger.voucher[number].holder, HOLDER)
    extended = ledger.receivable[receivable_of(number)].flags & ReceivableFlag.EXTENDED
    justification = c.fresh() if extended and c.random.random() < 0.8 else NONE
    return Step("Financing", "acceptQuote", holder, (offered, *signature, justification))


def _quote(c: Chooser, ledger: Ledger, now: int, number: int) -> Quote:
    held, receivable = ledger.voucher[number], ledger.receivable[receivable_of(number)]
    face = unpaid(ledger, number, held)
    left = max(face - surpluses(ledger, number), 1)
    proceeds = c.random.choice([left, max(1, left * 4 // 5), max(1, left // 2), 1])
    interest = c.random.choice([0, left - proceeds, (left - proceeds) // 2])
    debtor_interest = c.random.choice([0, interest * receivable.interest_share // 10_000])
    kind = c.random.choice(list(Kind))
    latest = max(receivable.due_at, now + 2)
    maturities = [latest, now + 1 + (latest - now) // 2]
    if c.random.random() < 0.1:
        maturities = [latest + 1, now]
    return Quote(
        voucher=number,
        version=held.version,
        financier=c.anyone(ledger, Role.FINANCIER, held.holder),
        kind=kind,
        face=face,
        proceeds=proceeds,
        interest=interest,
        debtor_interest=min(debtor_interest, interest),
        fees=c.random.choice([0, 0, max(left - proceeds - interest, 0)]),
        matures_at=c.random.choice(maturities) if kind == Kind.PLEDGE else 0,
        valid_until=now + c.random.choice([5 * DAY, 5 * DAY, 0]),
        terms=c.fresh(),
    )


def _slip(c: Chooser, ledger: Ledger, now: int, offered: Quote) -> dict[str, Any]:
    """One thing that is wrong with a quote."""
    number = offered.voucher
    holder, debtor = ledger.voucher[number].holder, ledger.receivable[receivable_of(number)].debtor
    slips: list[dict[str, Any]] = [
        {"version": (offered.version + 1) % 256},
        {"financier": holder},
        {"financier": debtor},
        {"face": min(offered.face + 1, MOST)},
        {"proceeds": 0},
        {"proceeds": min(offered.face + 1, MOST)},
        {"debtor_interest": min(offered.interest + 1, MOST)},
        {"matures_at": c.random.choice([0, now, now + DAY])},
        {"valid_until": now - 1},
        {"voucher": number + 1},
    ]
    return c.random.choice(slips)


def complete(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    """A locked voucher's financier files, its bank disburses, or the lock is released."""
    number = c.find(ledger, "voucher", lambda _, v: v.encumbrance == Encumbrance.LOCKED)
    if number is None:
        return None
    held, deal = ledger.voucher[number], ledger.deal[number]
    draw = c.random.random()
    if draw < 0.1:
        bank, financier = c.anyone(ledger, Role.SETTLEMENT_BANK), held.counterparty
        late = now > held.until
        releasing = c.random.choice([held.holder, bank if late else financier, financier])
        return Step("Financing", "releaseLock", c.account(ledger, releasing), (number, held.version))
    filing = ledger.filing.get(number, NO_FILING)
    filed = any(filing.registration) and any(filing.agreement)
    if not filed and draw < 0.9:
        registration, agreement = (c.fresh() if c.random.random() < 0.85 else NONE for _ in range(2))
        at = now - c.random.choice([0, DAY]) if any(registration) else 0
        sender = c.account(ledger, held.counterparty, Role.FINANCIER)
        return Step("Financing", "file", sender, (number, held.version, registration, agreement, at))
    sender = c.sender(ledger, Role.SETTLEMENT_BANK)
    arguments = (number, held.version, deal.proceeds, c.reference(ledger))
    return Step("Financing", "disburse", sender, arguments)


def lend(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    """A loan is repaid, given up, enforced or, once its voucher was paid, closed."""
    draw = c.random.random()
    if draw < 0.25:
        over = c.find(
            ledger,
            "deal",
            lambda n, d: d.face and (ledger.voucher[n].life == Life.REDEEMED or c.random.random() < 0.02),
        )
        if over is not None:
            return Step("Financing", "closeLoan", c.random.choice(c.accounts), (over,))
    number = c.find(
        ledger,
        "voucher",
        lambda _, v: (
            v.encumbrance == Encumbrance.PLEDGED and (draw < 0.6 or v.until < now or c.random.random() < 0.1)
        ),
    )
    if number is None:
        return None
    held = ledger.voucher[number]
    if draw < 0.45:
        bank, owed = c.sender(ledger, Role.SETTLEMENT_BANK), owed_on(ledger, number)
        return Step("Financing", "repay", bank, (number, held.version, owed, c.reference(ledger)))
    lender = c.account(ledger, held.counterparty, Role.FINANCIER)
    if draw < 0.6:
        holder = c.account(ledger, held.holder, HOLDER)
        return Step("Financing", "releasePledge", c.random.choice([lender, holder]), (number, held.version))
    return Step("Financing", "enforcePledge", lender, (number, held.version))


def recourse(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    """A holder demands that a voucher be bought back, or gives that up; a bank attests that it was."""
    number = c.find(
        ledger,
        "hops",
        lambda n, count: (
            (count and ledger.voucher[n].life == Life.LIVE)
            and (ledger.voucher[n].encumbrance == Encumbrance.FREE or c.random.random() < 0.1)
        ),
    )
    if number is None:
        return None
    held, hop = ledger.voucher[number], ledger.hop[number, ledger.hops[number]]
    holder = c.account(ledger, held.holder, HOLDER)
    draw = c.random.random()
    if (hop.demanded_at and draw < 0.8) or draw > 0.97:
        price = max(unredeemed(ledger, number, held) - surpluses(ledger, number), 0)
        bank = c.sender(ledger, Role.SETTLEMENT_BANK)
        return Step("Financing", "buyBack", bank, (number, held.version, price, c.reference(ledger)))
    due = ledger.receivable[receivable_of(number)].due_at <= now or held.flags & VoucherFlag.DISPUTED
    if (due and draw < 0.9) or draw < 0.1:
        return Step("Financing", "demandRecourse", holder, (number, c.fresh()))
    return Step("Financing", "waiveRecourse", holder, (number,)) if draw < 0.3 else None


def claim(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    """A financier claims a receivable from outside, or withdraws."""
    known = c.find(ledger, "claim", lambda _, k: not k.withdrawn or c.random.random() < 0.1)
    if known is not None and c.random.random() < 0.4:
        sender = c.account(ledger, ledger.claim[known].claimant, Role.FINANCIER)
        return Step("Financing", "withdrawClaim", sender, (known,))
    number = c.some(ledger, "receivable")
    if number is None:
        return None
    registered_at, noticed_at = (c.random.choice([0, now - DAY, now, now + DAY]) for _ in range(2))
    arguments = (number, c.amount(1_000), registered_at, noticed_at, c.fresh())
    return Step("Financing", "assertClaim", c.sender(ledger, Role.FINANCIER), arguments)
