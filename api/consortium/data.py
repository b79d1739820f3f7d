"""The story's outcome as plain data: amounts in fen, times in seconds. Nothing in it is secret."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from api.consortium.founding import THRESHOLD
from api.consortium.story import Outcome


def outcome_as_data(outcome: Outcome) -> dict[str, Any]:
    """Everything the story came to."""
    return {
        "members": [
            {"name": member.name, "validator": member.address, "url": member.url}
            for member in outcome.network.members
        ],
        "manifest": asdict(outcome.founded.manifest),
        "governance": {
            "proposal": outcome.founded.proposal,
            "approved_by": list(outcome.founded.approved_by),
            "threshold": THRESHOLD,
        },
        "gateways": [
            {
                "member": member,
                "url": url,
                "database": outcome.databases[member],
                "serves": {
                    part: player.number for part, player in outcome.players.items() if player.member == member
                },
            }
            for member, url in outcome.gateways.items()
        ],
        "scenes": [asdict(scene) for scene in outcome.scenes],
        "refusals": [asdict(refusal) for refusal in outcome.refusals],
        "receivables": [asdict(issued) for issued in outcome.issued],
        "passed": asdict(outcome.passed),
        "score": {
            "private": outcome.scored.private,
            "clear": outcome.scored.clear,
            "job": outcome.scored.job,
            "outcome": outcome.scored.outcome,
            "proof_bytes": outcome.scored.proof_bytes,
            "proceeds": outcome.scored.offer.proceeds,
            "sold": outcome.sold,
        },
        "clearing": outcome.settled.clearing,
        "payouts": outcome.settled.payouts,
        "compared": asdict(outcome.compared),
        "audit": {
            "exported_from": outcome.audited.member,
            "bytes": outcome.audited.size,
            "report": outcome.audited.report.to_json(),
        },
        "writes": outcome.writes,
        "seconds_a_write": outcome.pace,
        "seconds": outcome.times,
    }
