"""Down the chain, from gateway to gateway: split, offered, accepted there or by a signature carried there."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from api.consortium.issuing import Issued, Trades
from api.consortium.stage import Json, Stage, digest, ids, when
from api.http.formats import hex_of
from api.story.issuing import money
from api.story.papers import TradePapers
from api.story.stage import StoryBroken
from flows.disclosure import disclose

HOUR = 3600
NOTHING = "0x" + "00" * 32


@dataclass(frozen=True, slots=True)
class Passed:
    """The vouchers of tier 2 and tier 3, and one that was offered to tier 2 and never answered."""

    tier2: str
    tier3: str
    unanswered: str


def pass_down(stage: Stage, issued: Issued, trades: Trades) -> Passed:
    """Tier 1 (at A) pays tier 2 (at B) with a piece; tier 2 pays tier 3 (at A) with a piece of that."""
    whole = issued.voucher
    _try_what_is_not_theirs(stage, issued)
    small = issued.face // 100
    legs = [
        _leg(stage, "tier2", trades.second),
        {**_leg(stage, "tier2", trades.second), "amount": str(small)},
    ]
    split = stage.post("tier1", f"/v1/vouchers/{whole}/split", {"expected": 0, "legs": legs})
    piece, unanswered = ids(split["pieces"])
    stage.scene(
        "tier1",
        f"split {money(trades.second.minor)} and {money(small)} off voucher {whole} and offered both to "
        f"{stage['tier2'].label}, who is at the other gateway",
    )
    attempt = "somebody else accepts an offered voucher"
    stage.refused(attempt, "tier1", f"/v1/offers/{piece}/accept", {"expected": 0}, "not-counterparty")
    offered = ids([one["voucher"] for one in stage.get("tier2", "/v1/offers")["items"]])
    if piece not in offered:
        raise StoryBroken("the other gateway does not show the offer")
    _show_evidence(stage, "tier2", trades.second)
    held = stage.post("tier2", f"/v1/offers/{piece}/accept", {"expected": 0})["voucher"]
    stage.scene(
        "tier2",
        f"accepted voucher {piece} (签收): [{held['start']}, {held['end']}), tier {held['tier']}",
        saw="debtor, due date, face, the evidence granted for this hop",
        did_not_see="the supplier's prices and its other vouchers' buyers",
    )
    stale = {"expected": 0, "legs": [_leg(stage, "tier3", trades.third)]}
    attempt = "a call made for an older state of the voucher comes late"
    stage.refused(attempt, "tier2", f"/v1/vouchers/{piece}/split", stale, "stale-voucher")
    fresh = {"expected": held["version"], "legs": [_leg(stage, "tier3", trades.third)]}
    split = stage.post("tier2", f"/v1/vouchers/{piece}/split", fresh)
    (last,) = ids(split["pieces"])
    stage.scene("tier2", f"split {money(trades.third.minor)} off voucher {piece} for {stage['tier3'].label}")
    _carry(stage, split["pieces"][0])
    return Passed(piece, last, unanswered)


def _carry(stage: Stage, piece: Json) -> None:
    """Tier 3 signs at A what it accepts; tier 2 brings the signature to the ledger through B."""
    voucher, until = str(piece["id"]), when(stage.now() + HOUR)
    acceptance = {
        "voucher": voucher,
        "version": piece["version"],
        "sender": stage.number("tier2"),
        "amount": piece["amount"],
        "evidence": NOTHING,
        "valid_until": until,
    }
    signed = stage.post("tier3", "/v1/acceptances", acceptance)
    carried = {"expected": piece["version"], "valid_until": until, "signature": signed["signature"]}
    forged = stage.post("bank", "/v1/acceptances", acceptance)["signature"]
    attempt = "the bank signs in the place of tier 3"
    where = f"/v1/offers/{voucher}/accept-signed"
    stage.refused(attempt, "tier2", where, {**carried, "signature": forged}, "not-participant")
    moved = stage.post("tier2", where, carried)["voucher"]
    if moved["holder"] != stage.number("tier3"):
        raise StoryBroken("the carried signature moved nothing")
    stage.scene("tier3", f"signed its acceptance of voucher {voucher} (EIP-712): nothing is sent from here")
    stage.scene(
        "tier2", "brought that signature to the ledger through the other gateway: tier 3 holds it now"
    )
    if stage.get("tier3", f"/v1/vouchers/{voucher}")["holder"] != stage.number("tier3"):
        raise StoryBroken("the gateways disagree about a holder")


def freeze_and_release(stage: Stage, voucher: str) -> None:
    """A court (at B) freezes a voucher of tier 2, which cannot pass it on until the court lets go."""
    document = digest("order of the court")
    order = {"reason": "财产保全", "document": document}
    frozen = stage.post("court", f"/v1/vouchers/{voucher}/freeze", order)["voucher"]
    stage.scene("court", f"froze voucher {voucher} (冻结): this interval and no other")
    offer = {
        "voucher": voucher,
        "expected": frozen["version"],
        "to": stage.number("tier3"),
        "evidence": document,
    }
    stage.refused("the holder passes a frozen voucher on", "tier2", "/v1/offers", offer, "held")
    lifting = {"document": document}
    attempt = "the bank lifts the court's freeze"
    # The bank has no part in this receivable: for it there is no such voucher.
    stage.refused(attempt, "bank", f"/v1/vouchers/{voucher}/unfreeze", lifting, "voucher-unknown")
    stage.post("court", f"/v1/vouchers/{voucher}/unfreeze", lifting)
    stage.scene("court", f"released voucher {voucher} (解冻)")


def show(stage: Stage, reader: str, papers: TradePapers, *paths: str) -> Json:
    """Fields that the evidence's owner sends to somebody, who verifies them at its own gateway."""
    disclosure = disclose(papers.evidence, tuple(f"invoice/{papers.invoice.id}/{path}" for path in paths))
    body = {
        "commitment": hex_of(papers.evidence.commitment),
        "disclosure": json.loads(disclosure.to_json()),
    }
    shown = stage.post(reader, "/v1/attestations/verify", body)
    if not shown["status"]["valid"]:
        raise StoryBroken("sound evidence does not count")
    return shown


def _show_evidence(stage: Stage, reader: str, papers: TradePapers) -> None:
    shown = show(stage, reader, papers, "totals/payable", "due")
    stage.scene(
        reader,
        f"verified the evidence of the hop at its own gateway: attested by participant "
        f"{shown['status']['attester']} at {shown['status']['level']}",
        saw=", ".join(f"{one['path']} = {one['value']}" for one in shown["fields"]),
        did_not_see=f"the other {shown['withheld']} attested fields",
    )
    disclosure = disclose(papers.evidence, (f"invoice/{papers.invoice.id}/totals/payable",))
    (field,) = disclosure.fields
    altered = replace(disclosure, fields=(replace(field, field=replace(field.field, value="999999.00")),))
    body = {"commitment": hex_of(papers.evidence.commitment), "disclosure": json.loads(altered.to_json())}
    attempt = "a field is altered after its attestation"
    stage.refused(attempt, reader, "/v1/attestations/verify", body, "disclosure-refused")


def _leg(stage: Stage, to: str, papers: TradePapers) -> Json:
    return {
        "to": stage.number(to),
        "amount": str(papers.minor),
        "evidence": hex_of(papers.evidence.commitment),
    }


def _try_what_is_not_theirs(stage: Stage, issued: Issued) -> None:
    voucher, nothing = issued.voucher, digest("no trade at all")
    leg = {"to": stage.number("tier2"), "amount": str(issued.face + 1), "evidence": nothing}
    too_much = {"expected": 0, "legs": [leg]}
    where = f"/v1/vouchers/{voucher}/split"
    stage.refused("the holder splits more than it holds", "tier1", where, too_much, "split-exceeds-voucher")
    offer = {"voucher": voucher, "expected": 0, "to": stage.number("tier3"), "evidence": nothing}
    attempt = "a supplier at the other gateway transfers a voucher it has no part in"
    stage.refused(attempt, "tier2", "/v1/offers", offer, "voucher-unknown")
    offer = {**offer, "to": stage.number("tier2")}
    stage.refused("the debtor transfers what it owes", "anchor", "/v1/offers", offer, "role-missing")
