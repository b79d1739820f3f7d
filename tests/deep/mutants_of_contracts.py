"""Faults seeded in the contracts: those that open receivables contracts are known to have, and others."""

from __future__ import annotations

from tests.deep.mutants import Mutant

UNIT = "test/unit/*.t.sol"


def _in(contract: str, before: str, after: str, fault: str, tests: str = UNIT) -> Mutant:
    return Mutant(f"contracts/src/{contract}.sol", before, after, fault, tests)


MUTANTS = (
    # Receivables and vouchers
    _in(
        "Receivables",
        "left = rest - length;",
        "left = rest;",
        "a split does not shrink its parent",
    ),
    _in(
        "Receivables",
        "uint80 id = parent + left;",
        "uint80 id = parent + left + 1;",
        "a child begins one unit too late",
    ),
    _in(
        "Receivables",
        "require(w.holder() == actor, NotHolder(voucherId, actor, w.holder()));\n        uint8 encumbrance",
        "uint8 encumbrance",
        "anybody moves anybody's voucher",
    ),
    _in(
        "Receivables",
        "require(w.version() == expected, StaleVoucher(voucherId, w.version(), expected));\n"
        "        r = _passable",
        "r = _passable",
        "a call sent twice splits twice",
    ),
    _in(
        "Receivables",
        "require(block.timestamp < r.dueAt, PastDue(id, r.dueAt));",
        "require(block.timestamp <= r.dueAt, PastDue(id, r.dueAt));",
        "a voucher still moves at the moment it is due",
    ),
    _in(
        "Receivables",
        "require(r.flags & RED_LETTERED == 0, RedLettered(id));",
        "",
        "a red-letter note stops nothing",
    ),
    _in(
        "Receivables",
        "require(to == actor, NotCounterparty(voucherId, actor, to));",
        "",
        "anybody accepts an offer",
    ),
    _in(
        "Receivables",
        "require(block.timestamp <= w.until(), OfferLapsed(voucherId, w.until()));",
        "",
        "an offer never lapses",
    ),
    _in(
        "Receivables",
        "require(signedFor == to, AcceptanceOfAnother(voucherId, signedFor, to));",
        "",
        "anybody's signature accepts for the receiver",
    ),
    _in(
        "Receivables",
        "require(block.timestamp <= validUntil, AcceptanceExpired(voucherId, validUntil));",
        "",
        "a signed acceptance never expires",
    ),
    _in(
        "Receivables",
        "_raiseFlag(voucherId, FROZEN, document);",
        "_raiseFlag(voucherId, WRITTEN_OFF, document);",
        "a freeze freezes nothing",
    ),
    _in(
        "Receivables",
        "require(r.flags & WAIVED == 0, DefencesWaived(id));",
        "",
        "a debtor disputes what it has waived its defences against",
    ),
    _in(
        "Receivables",
        "participants.accountHasRole(msg.sender, Roles.REGULATOR)",
        "true",
        "anybody's dispute is ended by any debtor",
    ),
    _in(
        "Receivables",
        "uint48 taken = amount < outstanding ? amount : outstanding;",
        "uint48 taken = amount;",
        "a payment beyond the debt is taken for it",
    ),
    _in(
        "Receivables",
        "if (paid == r.face) r.state = ReceivableState.Settled;",
        "if (paid >= r.face - 1) r.state = ReceivableState.Settled;",
        "a receivable settles one unit short",
    ),
    _in(
        "Receivables",
        "            limits.release(r.debtor, r.group, r.currency, taken);",
        "            limits.release(r.debtor, r.group, r.currency, taken / 2);",
        "a payment releases half of its limit",
    ),
    _in(
        "Receivables",
        "require(redeemed < payments, NothingToRedeem(voucherId));",
        "",
        "a voucher is redeemed twice for one payment",
    ),
    _in(
        "Receivables",
        "            amount -= Share.part(uint48(voucherId), length, before, face);",
        "",
        "a second redemption pays the first one's part again",
    ),
    _in(
        "Receivables",
        "stored.word = w.paidUpTo(payments).raised(1);",
        "stored.word = w.raised(1);",
        "a redemption leaves no trace on the voucher",
    ),
    _in(
        "Receivables",
        "actor == 0 || actor == payee || actor == w.holder(),",
        "true,",
        "anybody redeems for anybody",
    ),
    _in(
        "Receivables",
        "encumbrance == uint8(Encumbrance.Pledged) ? w.counterparty() : w.holder();",
        "w.holder();",
        "a pledged voucher is paid to its borrower",
    ),
    _in(
        "Receivables",
        "require(already == 0, ReferenceUsed(reference_, already));",
        "",
        "a bank's record counts twice",
    ),
    _in(
        "Receivables",
        "require(amount <= r.credit, ExceedsCredit(id, amount, r.credit));",
        "if (amount > r.credit) amount = r.credit;",
        "more credit is returned than there is",
    ),
    _in(
        "Receivables",
        "require(flags & held == 0, Held(voucherId, flags));",
        "",
        "a frozen voucher is disbursed",
    ),
    _in(
        "Receivables",
        "child |= uint256(Encumbrance.Offered) << ENCUMBRANCE",
        "child |= uint256(Encumbrance.Free) << ENCUMBRANCE",
        "a piece for somebody else is not offered",
    ),
    _in(
        "Receivables",
        "uint256(holder) | uint256(uint48(parent)) << PARENT",
        "uint256(holder)",
        "a child forgets its parent",
    ),
    _in("VoucherWord", "moved + (1 << TIER)", "moved", "a hop does not count"),
    _in(
        "Share",
        "uint256 lower = (2 * half * paid + size) / (2 * size);",
        "uint256 lower = half * paid / size;",
        "the lower half's part is rounded down",
    ),
    # Issue, invoices, limits
    _in(
        "Issuance",
        "require(actor == confirmer, NotConfirmer(id, actor, confirmer));",
        "",
        "the proposer confirms its own proposal",
    ),
    _in(
        "Issuance",
        "require(actor == t.debtor || actor == t.creditor, NotParty(actor, t.debtor, t.creditor));",
        "",
        "a stranger makes somebody owe",
    ),
    _in(
        "Issuance",
        "require(t.deliveredAt != 0 && t.deliveredAt <= block.timestamp, NotDelivered(t.deliveredAt));",
        "",
        "a receivable rests on a prepayment",
    ),
    _in(
        "Issuance",
        "if (t.dueAt > latest) {",
        "if (t.dueAt >= latest + 1 days) {",
        "a day late for a small firm is on time",
    ),
    _in(
        "Issuance",
        "        invoices.release(i.invoice, i.face);\n        emit Voided",
        "        emit Voided",
        "a void receivable keeps its invoice",
    ),
    _in("Issuance", "require(asked != actor, AlreadyAsked(id, actor));", "", "one party voids alone"),
    _in(
        "Issuance",
        "require(notes > i.notesSeen, NotRedLettered(id));",
        "",
        "anybody flags what no note was written for",
    ),
    _in(
        "Issuance",
        "require(s.exists && !s.revoked && !s.expired, EvidenceInvalid(evidence));",
        "require(s.exists && !s.expired, EvidenceInvalid(evidence));",
        "revoked evidence still carries a receivable",
    ),
    _in(
        "Invoices",
        "invoice[nullifier].used = i.used + amount;",
        "invoice[nullifier].used = amount;",
        "an invoice remembers only its last use",
    ),
    _in(
        "Invoices",
        "require(invoice[nullifier].attester == 0, InvoiceExists(nullifier));",
        "",
        "one invoice overwrites another",
    ),
    _in(
        "Invoices",
        "return left > i.used ? left - i.used : 0;",
        "return i.total - i.used;",
        "red-letter notes leave an invoice as large as it was",
    ),
    _in(
        "Limits",
        "uint64 used = l.reserved + l.committed;",
        "uint64 used = l.committed;",
        "what is reserved can be reserved again",
    ),
    _in(
        "Limits",
        "require(amount <= available, GroupLimitExceeded(group, amount, available));",
        "",
        "a group has no limit",
    ),
    _in(
        "Limits",
        "require(cause == 0 && overdue == 0, DebtorStopped(debtor, cause, overdue));",
        "require(cause == 0, DebtorStopped(debtor, cause, overdue));",
        "an overdue debtor issues on",
    ),
    _in(
        "Limits",
        "owed && block.timestamp > from,",
        "block.timestamp > from,",
        "a paid receivable stops its debtor",
    ),
    # Financing
    _in(
        "Financing",
        "require(signer == quote.financier, QuoteNotSigned(quote.voucher, quote.financier, signer));",
        "",
        "anybody signs a bank's quote",
    ),
    _in("Financing", "        quoteOver[digest] = true;\n    }", "    }", "a quote is accepted twice"),
    _in(
        "Financing",
        "require(quote.face == unpaid, QuoteOfAnotherFace(voucherId, quote.face, unpaid));",
        "",
        "a quote for more than is unpaid is accepted",
    ),
    _in(
        "Financing",
        "require(costs <= available, CostsExceedFace(voucherId, costs, available));",
        "",
        "a financing costs more than the claim",
    ),
    _in(
        "Financing",
        "require(amount == d.proceeds, WrongAmount(voucherId, amount, d.proceeds));",
        "",
        "any amount is a disbursement",
    ),
    _in(
        "Financing",
        "        delete filing[voucherId];\n        deal[voucherId] = Deal({",
        "        deal[voucherId] = Deal({",
        "a former financier's registration stands in",
    ),
    _in(
        "Financing",
        "require(block.timestamp > v.until, LockHeld(voucherId, v.until));",
        "",
        "a holder breaks a lock before its time",
    ),
    _in(
        "Financing",
        "require(block.timestamp > v.until, LoanNotDue(voucherId, v.until));",
        "",
        "a pledge is enforced before the loan is due",
    ),
    _in(
        "Financing",
        "uint48 price = rest > due ? rest - due : 0;",
        "uint48 price = rest;",
        "a transferor pays back what is due to it",
    ),
    _in(
        "Financing",
        "require(h.demandedAt != 0, RecourseNotDemanded(voucherId));",
        "",
        "a voucher is bought back unasked",
    ),
    _in(
        "Financing",
        "return d.owed > collected ? d.owed - collected : 0;",
        "return d.owed;",
        "what a lender collected does not lower its loan",
    ),
    # Who may act, parameters
    _in(
        "Participants",
        "return uint32(word) & roles != 0 && uint8(word >> 32) == uint8(Status.Active)",
        "return uint32(word) & roles != 0",
        "a suspended participant acts on",
    ),
    _in(
        "Participants",
        "require(given & Roles.SIGNER != 0, RoleMissing(number, given, Roles.SIGNER));",
        "",
        "an account without the right signs",
    ),
    _in(
        "Participants",
        "require(approvals >= threshold, ApprovalsMissing(id, approvals, threshold));",
        "",
        "one governor decides alone",
    ),
    _in(
        "Desk",
        "require(d.maker != msg.sender, SameAccount(id, msg.sender));",
        "",
        "who makes a draft checks it",
    ),
    _in(
        "Policies",
        "if (v.effectiveFrom <= time) return v.value;",
        "return v.value;",
        "a parameter takes effect before its day",
    ),
    # Statements and computations
    _in(
        "Attestations",
        "expired: a.expiresAt != 0 && block.timestamp > a.expiresAt,",
        "expired: false,",
        "a statement never expires",
    ),
)
"""At least thirty, each of which some test must find."""
