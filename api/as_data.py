"""Outcomes as plain data for `--json`: amounts in minor units, times in seconds since 1970 (UTC)."""

from __future__ import annotations

import json
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from api.story.examining import Findings
from api.story.financing import Financed
from api.story.issuing import Issued
from api.story.play import Outcome
from chain.lineage import Lineage
from chain.replay import Difference, Replay
from flows.reconciliation import Reconciliation


def write_json(path: Path, data: dict[str, Any]) -> None:
    """Writes data as indented UTF-8 JSON, whole or not at all."""
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    unfinished.replace(path)


def outcome_as_data(outcome: Outcome) -> dict[str, Any]:
    """The whole story."""
    return {
        "engine": outcome.engine,
        "seconds": round(outcome.seconds, 2),
        "manifest": asdict(outcome.manifest),
        "participants": {str(number): name for number, name in outcome.names.items()},
        "scenes": [asdict(scene) for scene in outcome.scenes],
        "refusals": [asdict(refusal) for refusal in outcome.refusals],
        "findings": None if outcome.findings is None else findings_as_data(outcome.findings),
        "receivable": {
            "number": outcome.issued.receivable,
            "due_at": outcome.issued.due_at,
            "face": outcome.tree.issue.face,
            "currency": outcome.tree.issue.currency,
        },
        "vouchers": lineage_as_data(outcome.tree),
        "score": {
            "private": outcome.score.private,
            "clear": outcome.score.clear,
            "proof_bytes": outcome.score.proof_bytes,
            "prove_ms": outcome.score.prove_ms,
            "verify_ms": outcome.score.verify_ms,
            "features": outcome.score.features,
            "model": outcome.score.model,
            "publish_ms": outcome.score.publish_ms,
        },
        "financing": financed_as_data(outcome.financed),
        "batch": [_issued_as_data(each) for each in outcome.batch],
        "payouts": [asdict(payout) for payout in outcome.settled.payouts],
        "clearing": [asdict(carried) for carried in outcome.settled.carried],
        "replay": replay_as_data(outcome.audited.replay),
        "tamper": {
            "tampered": outcome.audited.tampered,
            "difference": difference_as_data(outcome.audited.difference),
        },
    }


def findings_as_data(findings: Findings) -> dict[str, Any]:
    """What the cross-check of the user's documents found."""
    return {
        **asdict(findings),
        "quantities": {name: _number(value) for name, value in findings.quantities.items()},
    }


def financed_as_data(financed: Financed) -> dict[str, Any]:
    """The bank's decision and what it bought."""
    decision, offer = financed.decision, financed.offer
    return {
        "approved": decision.approved,
        "grade": decision.grade,
        "pd": str(decision.pd),
        "rate": str(decision.rate),
        "limit": decision.limit,
        "reasons": [asdict(reason) for reason in decision.reasons],
        "model_version": decision.model_version,
        "policy_version": decision.policy_version,
        "voucher": financed.voucher or None,
        "financed": offer.financed if offer else 0,
        "proceeds": offer.proceeds if offer else 0,
    }


def lineage_as_data(lineage: Lineage) -> list[dict[str, Any]]:
    """A receivable's vouchers, in the order in which they lie in its face."""
    return [
        {
            "voucher": node.id,
            "parent": node.parent,
            "holder": node.voucher.holder,
            "start": node.start,
            "length": node.voucher.length,
            "tier": node.voucher.tier,
            "life": node.voucher.life.name.lower(),
            "encumbrance": node.voucher.encumbrance.name.lower(),
        }
        for node in lineage.nodes
    ]


def replay_as_data(replay: Replay) -> dict[str, Any]:
    """A replay's report."""
    return {
        "verdict": replay.verdict,
        "chain_id": replay.chain_id,
        "first_block": replay.first_block,
        "last_block": replay.last_block,
        "last_block_hash": replay.last_block_hash,
        "transactions": replay.transactions,
        "events": replay.events,
        "words": replay.words,
        "invariants": [
            {"name": each.name, "states": each.states, "breaches": list(each.breaches)}
            for each in replay.invariants
        ],
        "differences": [difference_as_data(each) for each in replay.differences],
    }


def reconciliation_as_data(found: Reconciliation) -> dict[str, Any]:
    """What statements say of payments; amounts as decimal text in the currency's own unit."""
    return {
        "agrees": found.agrees,
        "outcomes": [
            {
                "id": one.line.id,
                "status": one.status.value,
                "expected": f"{one.line.amount:f}",
                "paid": f"{one.paid:f}",
                "difference": f"{one.difference:f}",
                "currency": one.line.currency,
                "entries": list(one.entries),
            }
            for one in found.outcomes
        ],
        "leftovers": [
            {
                "entry": one.entry.id,
                "end_to_end_id": one.entry.end_to_end_id,
                "amount": f"{one.entry.amount:f}",
                "currency": one.entry.currency,
                "reason": one.reason.value,
            }
            for one in found.leftovers
        ],
        "sums": [
            {
                "currency": one.currency,
                "expected": f"{one.expected:f}",
                "paid": f"{one.paid:f}",
                "leftover": f"{one.leftover:f}",
            }
            for one in found.sums
        ],
    }


def difference_as_data(difference: Difference) -> dict[str, str]:
    """One difference: where, what the chain says, what the replay says."""
    return {"where": difference.where, "chain": difference.chain, "replayed": difference.replayed}


def _issued_as_data(issued: Issued) -> dict[str, Any]:
    return {"receivable": issued.receivable, "voucher": issued.voucher, "face": issued.face}


def _number(value: Decimal) -> int | str:
    return int(value) if value == value.to_integral_value() else str(value)
