"""At maturity: what is overdue stops its debtor; payments, clearing list, redemption; recourse; paid late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from api.consortium.financing import Deals
from api.consortium.founding import SHORT
from api.consortium.issuing import Issued
from api.consortium.passing import Passed
from api.consortium.stage import Json, Stage, digest, together
from api.consortium.waiting import wait_until
from api.story.issuing import money
from api.story.papers import day
from api.story.stage import StoryBroken
from flows.pain import payment_initiation
from flows.sample_statements import bookings, write_sample_statement
from flows.xml import parse_bytes


@dataclass(frozen=True, slots=True)
class Settled:
    """The clearing list as both gateways work it out, and what each voucher was paid, in fen."""

    clearing: Json
    payouts: dict[str, int]


def fall_due(stage: Stage, recourse: Issued, passed: Passed, another: Json) -> None:
    """A due date passes, for real, without a payment."""
    waited = max(0, recourse.due_at - stage.now())
    grace = SHORT["issue.overdue-grace"].value
    stage.wait_for_time(recourse.due_at + grace, f"receivable {recourse.receivable} is overdue")
    stage.aside(
        "Time", f"the due date passes without a payment ({waited} s were waited for, for real): overdue"
    )
    attempt = "an offer is accepted after it has lapsed"
    where = f"/v1/offers/{passed.unanswered}/accept"
    wait_until("the offer has lapsed", lambda: _lapsed(stage, passed.unanswered))
    stage.refused(attempt, "tier2", where, {"expected": 0}, "offer-lapsed")
    number = recourse.receivable
    stage.post("bank", f"/v1/receivables/{number}/count-overdue")
    stage.scene("bank", f"counted receivable {number} as overdue (15 条): the anchor's issues stop")
    attempt = "an anchor that is overdue issues a new receivable, at the other gateway"
    stage.refused(attempt, "anchor", "/v1/receivables", another, "debtor-stopped")


def recover(stage: Stage, recourse: Issued, deals: Deals) -> None:
    """The bank (at B) demands recourse; tier 1 (at A) buys its voucher back."""
    voucher = recourse.voucher
    demand = {"document": digest("notice of recourse")}
    stage.post("bank", f"/v1/vouchers/{voucher}/demand-recourse", demand)
    stage.scene("bank", f"demanded recourse on voucher {voucher}, overdue (追索)")
    price = recourse.face - deals.surplus
    bought = {
        "expected": stage.version("bank", voucher),
        "amount": str(price),
        "reference": digest(f"bought back {voucher}"),
    }
    back = stage.post("settlement", f"/v1/vouchers/{voucher}/buy-back", bought)["voucher"]
    if stage.get("tier1", f"/v1/vouchers/{voucher}")["holder"] != back["holder"]:
        raise StoryBroken("the gateways disagree about who bought back")
    stage.scene(
        "settlement", f"attested that tier 1 bought voucher {voucher} back for {money(price)} (反转让)"
    )


def mature(stage: Stage, whole: Issued) -> None:
    """The receivable that was passed down the chain comes to its due date."""
    waited = max(0, whole.due_at - stage.now())
    stage.wait_for_time(whole.due_at, f"receivable {whole.receivable} is due")
    stage.aside("Time", f"receivable {whole.receivable} is due (到期), {waited} s later")


def settle(stage: Stage, owed: Sequence[Issued]) -> Settled:
    """The anchor pays, one 分 too much on the first; everybody is cleared, paid and redeemed."""
    payments = [
        {
            "receivable": one.receivable,
            "amount": str(one.face + (one is owed[0])),
            "reference": digest(f"the anchor paid receivable {one.receivable}"),
        }
        for one in owed
    ]
    together(*(lambda body=body: stage.post("settlement", "/v1/payments", body) for body in payments))
    total = sum(one.face for one in owed) + 1
    stage.scene(
        "settlement",
        f"attested that the anchor paid {money(total)}: one debt at maturity, two late, one 分 too much",
    )
    attempt = "the same payment is counted twice"
    stage.refused(attempt, "settlement", "/v1/payments", payments[0], "reference-used")
    cleared = _clearing(stage, owed[0].receivable)
    paid = ", ".join(f"participant {one['payee']} {money(int(one['amount']))}" for one in cleared["lines"])
    stage.scene("settlement", f"worked out the clearing list (清分): {paid}; hash {cleared['hash'][:14]}…")
    stage.scene("auditor", "worked out the same list at the other gateway: the same hash at the same block")
    _carry_out(stage, owed)
    payouts = _redeem(stage, owed)
    credit = {
        "receivable": owed[0].receivable,
        "amount": "1",
        "reference": digest("credit returned to the anchor"),
    }
    number = owed[1].receivable
    together(
        lambda: stage.post("settlement", "/v1/credit-returns", credit),
        lambda: stage.post("tier1", f"/v1/receivables/{number}/lift-overdue"),
    )
    stage.scene("settlement", f"gave {money(1)} back to the anchor, which had paid it too much")
    stage.scene("tier1", f"took the stop off its debtor: receivable {number} is paid, anyone may")
    return Settled(cleared, payouts)


def _clearing(stage: Stage, number: int) -> Json:
    """The clearing list of a receivable, worked out at both gateways as of the same block."""
    found: list[Json] = []

    def same_block() -> bool:
        found[:] = together(
            *(
                lambda part=part: stage.get(part, f"/v1/receivables/{number}/clearing", basis="paid")
                for part in ("settlement", "auditor")
            )
        )
        return bool(found[0]["as_of"] == found[1]["as_of"])

    wait_until("both gateways answer as of the same block", same_block)
    if found[0]["hash"] != found[1]["hash"]:
        raise StoryBroken("the gateways work out different clearing lists")
    return found[0]


def _carry_out(stage: Stage, owed: Sequence[Issued]) -> None:
    """The bank is instructed, pays, reports; every line is found on its statement to the last fen."""
    today: date = day(stage.now())
    accounts = [
        {"participant": player.number, "name": player.party.name, "account": f"6222-{part}"}
        for part, player in stage.players.items()
    ]
    asked = {
        "receivables": [one.receivable for one in owed],
        "execution": today.isoformat(),
        "accounts": accounts,
    }
    made = stage.post("settlement", "/v1/clearing/instructions", asked)
    (instruction,) = payment_initiation(
        parse_bytes(made["pain001"].encode(), "pain001"), "pain001"
    ).instructions
    statement = write_sample_statement(
        stage.folder / "statement.xml",
        instruction=instruction,
        booked=today + timedelta(days=1),
        carried_out=bookings(instruction),
    ).read_text(encoding="utf-8")
    body = {"pain001": made["pain001"], "statements": [statement]}
    found = stage.post("settlement", "/v1/clearing/reconciliations", body)
    if not found["agrees"]:
        raise StoryBroken("the bank's statement does not agree with its instructions")
    stage.scene(
        "settlement",
        f"instructed {made['payments']} payments (pain.001) and found each on its statement (camt.053)",
    )


def _redeem(stage: Stage, owed: Sequence[Issued]) -> dict[str, int]:
    """Every live voucher is redeemed by the settlement bank; what each was paid."""

    def redeem(one: Issued) -> Json:
        tree = stage.get("settlement", f"/v1/receivables/{one.receivable}/vouchers")
        vouchers = [voucher["id"] for voucher in tree["vouchers"]]
        body = {"receivable": one.receivable, "vouchers": vouchers}
        return stage.post("settlement", "/v1/redemptions", body)

    paid = {
        line["voucher"]: int(line["amount"])
        for done in together(*(lambda one=one: redeem(one) for one in owed))
        for line in done["redeemed"]
    }
    if sum(paid.values()) != sum(one.face for one in owed):
        raise StoryBroken("the vouchers were not paid what the anchor paid")
    stage.scene(
        "settlement",
        f"redeemed {len(paid)} vouchers (兑付) for {money(sum(paid.values()))} in all, to the last 分",
    )
    return paid


def _lapsed(stage: Stage, voucher: str) -> bool:
    offers = stage.get("tier2", "/v1/offers")["items"]
    return all(one["lapsed"] for one in offers if one["voucher"]["id"] == voucher)
