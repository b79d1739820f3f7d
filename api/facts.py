"""What the ledger says of one thing, as plain facts: amounts in minor units, times as RFC 3339."""

from __future__ import annotations

from typing import Any

from api.http.formats import time_of
from chain import errors
from chain.ledger import OpenLedger
from chain.lineage import read_lineage
from chain.rules.state import Limit, ReceivableFlag, VoucherFlag, receivable_of
from flows.money import currency_code


def voucher_facts(ledger: OpenLedger, voucher: int) -> dict[str, Any]:
    """A voucher: what it is worth, who owes it, when it is due, who holds it, what is on it.

    Raises:
        VoucherUnknown: there is none of that id.
    """
    try:
        lineage = read_lineage(ledger, receivable_of(voucher))
    except errors.IssueUnknown:
        raise errors.VoucherUnknown(voucher) from None
    node = next((node for node in lineage.nodes if node.id == voucher), None)
    if node is None:
        raise errors.VoucherUnknown(voucher)
    issue, held = lineage.issue, node.voucher
    evidence = ledger.attestations.status_of(issue.evidence)
    hops = [ledger.financing.hop(voucher, n) for n in range(1, ledger.financing.hops(voucher) + 1)]
    return {
        "amount": held.length,
        "unpaid": ledger.receivables.unpaid_of(voucher),
        "currency": currency_code(issue.currency),
        "owed_by": issue.debtor,
        "due_at": time_of(issue.due_at),
        "holder": held.holder,
        "life": held.life.name.lower(),
        "encumbrance": held.encumbrance.name.lower(),
        "for": held.counterparty or None,
        "until": time_of(held.until) if held.until else None,
        "flags": _names(VoucherFlag, held.flags),
        "receivable_flags": _names(ReceivableFlag, lineage.receivable.flags if lineage.receivable else 0),
        "tier": held.tier,
        "interval": [node.start, node.end],
        "cut_from": node.parent,
        "surplus_due_to": {hop.transferor: hop.surplus for hop in hops if hop.surplus},
        "recourse_to": [hop.transferor for hop in hops if hop.recourse],
        "evidence": f"0x{issue.evidence.hex()}",
        "evidence_level": f"L{evidence.level}",
        "evidence_valid": evidence.valid,
        "version": held.version,
    }


def invoice_facts(ledger: OpenLedger, nullifier: bytes) -> dict[str, Any]:
    """An invoice: whose it is, what it may back, what it backs.

    Raises:
        InvoiceUnknown: nobody registered it.
    """
    found = ledger.invoices.invoice(nullifier)
    if not found.attester:
        raise errors.InvoiceUnknown(nullifier)
    return {
        "nullifier": f"0x{nullifier.hex()}",
        "registered_by": found.attester,
        "creditor": found.creditor,
        "currency": currency_code(found.currency),
        "total": found.total,
        "credited": found.credited,
        "used": found.used,
        "available": max(0, found.total - found.credited - found.used),
    }


def debtor_facts(ledger: OpenLedger, number: int, currency: int) -> dict[str, Any]:
    """A debtor: its limit and its group's in a currency, and what stops its issues."""
    group = ledger.limits.group_of(number)
    cause = ledger.limits.stop_cause(number).rstrip(b"\0")
    overdue = ledger.limits.overdue_count(number)
    return {
        "debtor": number,
        "currency": currency_code(currency),
        "limit": _limit(ledger.limits.limit(number, currency)),
        "group": group or None,
        "group_limit": _limit(ledger.limits.group_limit(group, currency)) if group else None,
        "stopped": bool(cause or overdue),
        "cause": cause.decode("ascii", "backslashreplace") or None,
        "overdue": overdue,
    }


def attestation_facts(ledger: OpenLedger, commitment: bytes) -> dict[str, Any]:
    """A statement: who stands for it, at which level, and whether it may be relied on.

    Raises:
        AttestationUnknown: nobody attested it.
    """
    status = ledger.attestations.status_of(commitment)
    if not status.exists:
        raise errors.AttestationUnknown(commitment)
    return {
        "commitment": f"0x{commitment.hex()}",
        "valid": status.valid,
        "revoked": status.revoked,
        "expired": status.expired,
        "attester": status.attester,
        "schema": status.schema,
        "level": f"L{status.level}",
        "attested_at": time_of(status.attested_at),
    }


def _limit(limit: Limit) -> dict[str, int] | None:
    if not limit.set:
        return None
    return {"amount": limit.amount, "reserved": limit.reserved, "committed": limit.committed}


def _names(kind: type[VoucherFlag] | type[ReceivableFlag], flags: int) -> list[str]:
    return [each.name.lower() for each in kind if each.name and each & flags]
