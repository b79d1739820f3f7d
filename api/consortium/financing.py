"""Financing across gateways: quoted at B, accepted at A, filed and paid at B; loans, recourse, a lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.consortium.issuing import Issued
from api.consortium.stage import Json, Stage, digest, ids, together, when
from api.story.issuing import money
from api.story.stage import StoryBroken

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Price:
    """What a financier pays for a voucher of a face and takes for it, in fen; `matures_at` of a loan."""

    face: int
    proceeds: int
    interest: int
    fees: int = 0
    debtor_interest: int = 0
    matures_at: int = 0


def quote(stage: Stage, financier: str, voucher: str, version: int, kind: str, price: Price) -> Json:
    """A financier's signed offer, which reaches the holder outside the ledger."""
    body = {
        "voucher": voucher,
        "version": version,
        "kind": kind,
        "face": str(price.face),
        "proceeds": str(price.proceeds),
        "interest": str(price.interest),
        "debtor_interest": str(price.debtor_interest),
        "fees": str(price.fees),
        "valid_until": when(stage.now() + HOUR),
        "terms": digest(f"contract of a {kind}, voucher {voucher}"),
    }
    if price.matures_at:
        body["matures_at"] = when(price.matures_at)
    return stage.post(financier, "/v1/quotes", body)


def accept(stage: Stage, holder: str, signed: Json) -> int:
    """The holder accepts at its own gateway; the version of the locked voucher."""
    return int(stage.post(holder, "/v1/quotes/accept", signed)["voucher"]["version"])


def file(stage: Stage, financier: str, voucher: str, version: int) -> int:
    """The financier files registration and contract; the voucher's version then."""
    filing = {
        "expected": version,
        "registration": digest(f"registration, voucher {voucher}"),
        "agreement": digest(f"contract, voucher {voucher}"),
        "registered_at": when(stage.now(financier)),
    }
    return int(stage.post(financier, f"/v1/vouchers/{voucher}/file", filing)["voucher"]["version"])


def disbursement(voucher: str, version: int, amount: int) -> Json:
    """What the settlement bank attests of a payment to the holder."""
    return {
        "voucher": voucher,
        "expected": version,
        "amount": str(amount),
        "reference": digest(f"disbursed for voucher {voucher}"),
    }


def finance(
    stage: Stage, holder: str, financier: str, voucher: str, version: int, kind: str, price: Price
) -> Json:
    """A whole financing; the voucher as it is then."""
    signed = quote(stage, financier, voucher, version, kind, price)
    version = file(stage, financier, voucher, accept(stage, holder, signed))
    done: Json = stage.post("settlement", "/v1/disbursements", disbursement(voucher, version, price.proceeds))
    return dict(done["voucher"])


def piece_of(stage: Stage, holder: str, voucher: str, amount: int) -> str:
    """The part of a voucher that is to be sold: split off and kept, or the whole of it."""
    held = stage.get(holder, f"/v1/vouchers/{voucher}")
    if int(held["amount"]) == amount:
        return voucher
    leg = {"to": stage.number(holder), "amount": str(amount), "evidence": "0x" + "00" * 32}
    body = {"expected": held["version"], "legs": [leg]}
    (piece,) = ids(stage.post(holder, f"/v1/vouchers/{voucher}/split", body)["pieces"])
    stage.scene(
        holder, f"split {money(amount)} off voucher {voucher} as {piece}, to sell it: its limit's worth"
    )
    return piece


def buy(stage: Stage, voucher: str, price: Price) -> Json:
    """The bank (at B) buys tier 3's voucher (at A); the voucher as it is then."""
    version = stage.version("tier3", voucher)
    signed = quote(stage, "bank", voucher, version, "purchase", price)
    stage.scene(
        "bank",
        f"signed a quote for voucher {voucher}: {money(price.proceeds)} for {money(price.face)}; it goes to "
        "tier 3 at the other gateway, outside the ledger",
    )
    better = {**signed, "quote": {**signed["quote"], "interest": str(price.interest - 1)}}
    attempt = "tier 3 lowers the interest of the signed quote"
    stage.refused(attempt, "tier3", "/v1/quotes/accept", better, "not-participant")
    version = accept(stage, "tier3", signed)
    stage.scene("tier3", f"accepted the quote: voucher {voucher} is locked until the money is there")
    offer = {
        "voucher": voucher,
        "expected": version,
        "to": stage.number("tier1"),
        "evidence": digest("a trade"),
    }
    stage.refused("tier 3 passes on the voucher it has sold", "tier3", "/v1/offers", offer, "encumbered")
    paid = disbursement(voucher, version, price.proceeds)
    attempt = "money is paid out before the assignment is registered"
    stage.refused(attempt, "settlement", "/v1/disbursements", paid, "registration-missing")
    version = file(stage, "bank", voucher, version)
    stage.scene("bank", "registered the assignment (中登网) and filed its number and the signed contract")
    paid = disbursement(voucher, version, price.proceeds)
    held: Json = stage.post("settlement", "/v1/disbursements", paid)["voucher"]
    if held["holder"] != stage.number("bank"):
        raise StoryBroken("the bank has paid and holds nothing")
    stage.scene(
        "settlement",
        f"attested the disbursement of {money(price.proceeds)}; voucher {voucher} is the bank's",
        saw="its own notification of the payment",
        did_not_see="score, decision, the trade",
    )
    return held


@dataclass(frozen=True, slots=True)
class Deals:
    """What is due back to tier 1 on the voucher sold with recourse, in fen."""

    surplus: int


def lend_and_factor(stage: Stage, whole: Issued, recourse: Issued, pledge: Issued) -> Deals:
    """At the same time: a loan by the factor (A), a purchase with recourse by the bank (B), a lock let go."""
    lent = Price(
        face=pledge.face,
        proceeds=pledge.face * 7 // 10,
        interest=pledge.face // 100,
        debtor_interest=pledge.face // 500,
        matures_at=pledge.due_at,
    )
    bought = Price(recourse.face, recourse.face * 9 // 10, recourse.face // 50, fees=recourse.face // 200)
    pledged, sold, locked = together(
        lambda: finance(stage, "tier1", "factor", pledge.voucher, 0, "pledge", lent),
        lambda: finance(stage, "tier1", "bank", recourse.voucher, 0, "recourse-purchase", bought),
        lambda: _lock(stage, whole),
    )
    stage.scene(
        "factor", f"lent tier 1 {money(lent.proceeds)} on voucher {pledge.voucher}, pledged to it (质押)"
    )
    stage.scene(
        "bank",
        f"bought voucher {recourse.voucher} at the other gateway with recourse (有追索权保理) for "
        f"{money(bought.proceeds)}",
    )
    _repay(stage, pledge, pledged)
    attempt = "the bank demands recourse before anything is overdue"
    demand = {"document": digest("notice of recourse")}
    where = f"/v1/vouchers/{recourse.voucher}/demand-recourse"
    stage.refused(attempt, "bank", where, demand, "recourse-not-due")
    _release(stage, whole, locked)
    (hop,) = stage.get("tier1", f"/v1/vouchers/{sold['id']}/deal")["hops"]
    return Deals(int(hop["surplus"]))


def _lock(stage: Stage, whole: Issued) -> Json:
    """Tier 1 accepts a quote of the factor, who does not pay; the locked voucher."""
    voucher = stage.get("tier1", f"/v1/vouchers/{whole.voucher}")
    face = int(voucher["amount"])
    price = Price(face, face * 9 // 10, face // 50)
    signed = quote(stage, "factor", whole.voucher, voucher["version"], "purchase", price)
    accept(stage, "tier1", signed)
    return stage.get("tier1", f"/v1/vouchers/{whole.voucher}")


def _repay(stage: Stage, pledge: Issued, pledged: Json) -> None:
    voucher, version = pledge.voucher, pledged["version"]
    owed = int(stage.get("tier1", f"/v1/vouchers/{voucher}/deal")["owed"])
    document = digest("a trade")
    offer = {"voucher": voucher, "expected": version, "to": stage.number("tier2"), "evidence": document}
    stage.refused("tier 1 passes on the voucher it has pledged", "tier1", "/v1/offers", offer, "encumbered")
    attempt = "the lender takes its pledge before the loan is due"
    where = f"/v1/vouchers/{voucher}/enforce-pledge"
    stage.refused(attempt, "factor", where, {"expected": version}, "loan-not-due")
    paid = {"expected": version, "amount": str(owed - 1), "reference": digest(f"repaid {voucher}")}
    attempt = "the loan is said to be repaid by less than is owed"
    stage.refused(attempt, "settlement", f"/v1/vouchers/{voucher}/repay", paid, "wrong-amount")
    stage.post("settlement", f"/v1/vouchers/{voucher}/repay", {**paid, "amount": str(owed)})
    stage.scene("settlement", f"attested that tier 1 repaid {money(owed)}; voucher {voucher} is free")


def _release(stage: Stage, whole: Issued, locked: Json) -> None:
    where, expected = f"/v1/vouchers/{whole.voucher}/release", {"expected": locked["version"]}
    until = _seconds(locked["until"])
    stage.wait_for_time(until, f"the time to disburse on voucher {whole.voucher} is over")
    stage.post("tier1", where, expected)
    stage.scene(
        "tier1", f"took voucher {whole.voucher} back: the factor had not paid in time, waited for real"
    )


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
