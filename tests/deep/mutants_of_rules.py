"""Faults seeded in the rules that replay runs."""

from __future__ import annotations

from tests.deep.mutants import Mutant

TESTS = " ".join(
    f"tests/{name}.py"
    for name in (
        "chain/test_boundaries",
        "chain/test_rules",
        "api/test_differential_command",
        "chain/test_refusals",
    )
)
"""Those of the rules alone first, for they are quick."""


def _in(part: str, before: str, after: str, fault: str, tests: str = TESTS) -> Mutant:
    return Mutant(f"chain/rules/{part}.py", before, after, fault, tests)


MUTANTS = (
    _in(
        "share",
        "lower = (2 * half * paid + face) // (2 * face)",
        "lower = half * paid // face",
        "rounds down",
    ),
    _in(
        "share",
        "            below += lower\n",
        "",
        "loses the lower half",
    ),
    # Vouchers
    _in(
        "vouchers",
        "if held.holder != actor:\n"
        "        raise errors.NotHolder(voucher, actor, held.holder)\n"
        "    if held.enc",
        "if held.enc",
        "anybody moves a voucher",
    ),
    _in(
        "vouchers",
        "if not 1 <= len(legs) <= receivable.max_legs:",
        "if not 1 <= len(legs) <= receivable.max_legs + 1:",
        "one leg too many",
    ),
    _in(
        "vouchers",
        "        rest -= leg.length\n        children",
        "        rest = parent.length - leg.length\n        children",
        "legs overlap",
    ),
    _in("vouchers", "if leg.length == rest:", "if leg.length == rest + 1:", "a split takes the whole"),
    _in(
        "vouchers",
        "if leg.length < receivable.min_length:",
        "if leg.length <= receivable.min_length:",
        "the smallest piece is too small",
    ),
    _in(
        "vouchers",
        "    if offered.counterparty != actor:\n"
        "        raise errors.NotCounterparty(voucher, actor, offered.counterparty)\n"
        "    return (_accept(",
        "    return (_accept(",
        "anybody accepts",
    ),
    _in(
        "vouchers",
        "if at.now > valid_until:",
        "if at.now >= valid_until:",
        "an acceptance ends a second early",
    ),
    _in("vouchers", "if signed_for != to:", "if False:", "anybody signs for the receiver"),
    _in(
        "vouchers", "if held.flags & HELD:", "if held.flags & VoucherFlag.DISPUTED:", "a frozen voucher moves"
    ),
    _in("vouchers", "tier=min(held.tier + 1, DEEPEST_TIER)", "tier=held.tier", "a hop does not count"),
    _in(
        "vouchers",
        "version=(voucher.version + writes) % 256",
        "version=(voucher.version + 1) % 256",
        "a split counts as one write",
    ),
    _in(
        "vouchers",
        "    if receivable and receivable.flags & ReceivableFlag.WAIVED:\n"
        "        raise errors.DefencesWaived(number)\n",
        "",
        "defences are never waived",
    ),
    _in(
        "vouchers",
        "    if at.now < due_at:\n        raise errors.NotDue(number, due_at)\n",
        "",
        "written off before it is due",
    ),
    # Settlement
    _in(
        "settlement",
        "taken = min(amount, outstanding)",
        "taken = amount",
        "a payment beyond the debt is taken for it",
    ),
    _in(
        "settlement",
        "credit = receivable.credit - amount\n",
        "credit = receivable.credit\n",
        "credit is returned and stays",
    ),
    _in("settlement", "        release(ledger, receivable, taken)\n", "", "a payment releases no limit"),
    _in(
        "settlement",
        "held = raised(replace(held, payments=receivable.payments))",
        "held = raised(held)",
        "a redemption leaves no trace",
    ),
    _in(
        "settlement",
        "    if actor not in (0, payee, held.holder):\n"
        "        raise errors.NotHolder(voucher, actor, held.holder)\n",
        "",
        "anybody redeems",
    ),
    _in(
        "settlement",
        "return held.counterparty if held.encumbrance == Encumbrance.PLEDGED else held.holder",
        "return held.holder",
        "a pledged voucher is paid to its borrower",
    ),
    _in(
        "settlement",
        "    if already:\n        raise errors.ReferenceUsed(reference, already)\n",
        "",
        "a bank's record counts twice",
    ),
    # Issue
    _in(
        "issuance",
        "if not 0 < terms.delivered_at <= at.now:",
        "if terms.delivered_at <= 0:",
        "a receivable rests on a prepayment",
    ),
    _in(
        "issuance",
        "if not at.now < terms.due_at <= latest:",
        "if not at.now < terms.due_at <= latest + 1:",
        "a second too long a term",
    ),
    _in(
        "issuance",
        "    if actor != confirmer:\n        raise errors.NotConfirmer(number, actor, confirmer)\n",
        "",
        "the proposer confirms",
    ),
    _in(
        "issuance",
        "    if issue.void_asked == actor:\n        raise errors.AlreadyAsked(number, actor)\n",
        "",
        "one party voids alone",
    ),
    _in("issuance", "    check_not_stopped(ledger, issue.debtor)\n", "", "a stopped debtor confirms"),
    _in(
        "issuance",
        "    release(ledger, receivable, receivable.face)\n",
        "",
        "a void receivable keeps its limit",
    ),
    # Financing
    _in(
        "financing",
        "price = max(unredeemed(ledger, voucher, held) - surpluses(ledger, voucher), 0)",
        "price = unredeemed(ledger, voucher, held)",
        "surpluses are paid twice",
    ),
    _in(
        "financing",
        "    if signed_for != financier:\n"
        "        raise errors.QuoteNotSigned(voucher, financier, signed_for)\n",
        "",
        "anybody signs a quote",
    ),
    _in(
        "financing",
        "    ledger.quote_over[digest] = True\n    # A financier",
        "    # A financier",
        "a quote is used twice",
    ),
    _in(
        "financing",
        "    ledger.filing[voucher] = NO_FILING\n    ledger.deal[voucher] = Deal(",
        "    ledger.deal[voucher] = Deal(",
        "a former filing stands in",
    ),
    _in(
        "financing",
        "    if amount != deal.proceeds:\n        raise errors.WrongAmount(voucher, amount, deal.proceeds)\n",
        "",
        "any amount is disbursed",
    ),
    _in(
        "financing",
        "        if at.now <= locked.until:\n",
        "        if at.now < locked.until:\n",
        "a lock ends a second early",
    ),
    _in(
        "financing",
        "    if at.now <= pledged.until:\n",
        "    if at.now < pledged.until:\n",
        "a pledge is enforced a second early",
    ),
    _in(
        "financing",
        "_push(ledger, voucher, Hop(locked.holder, surplus, True, 0))",
        "_push(ledger, voucher, Hop(financier, surplus, True, 0))",
        "recourse against oneself",
    ),
    _in(
        "financing",
        "surplus = deal.face - deal.owed - surpluses(ledger, voucher)",
        "surplus = deal.face - deal.owed",
        "an earlier surplus is promised twice",
    ),
    _in(
        "financing",
        "    if hop.demanded_at == 0:\n        raise errors.RecourseNotDemanded(voucher)\n",
        "",
        "bought back unasked",
    ),
    _in(
        "financing",
        "    if held.flags & VoucherFlag.FROZEN:\n        raise errors.Held(voucher, held.flags)\n",
        "",
        "a frozen voucher is bought back",
    ),
)
"""At least thirty with those of `tests/chain/test_faults.py`, each of which some test must find."""
