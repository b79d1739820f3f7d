"""The story over HTTP: split, offer, accept, query the attestation; and each refused the other's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

import httpx
import pytest

from api.http.gateway import Gateway
from chain.lineage import read_lineage
from flows.disclosure import Disclosure, DisclosureRefused, verify_disclosure

Confirmed = Callable[..., dict[str, Any]]
HOP = "0x" + "7b" * 32


class Served(Protocol):
    gateway: Gateway

    def __call__(self, alias: str) -> httpx.Client: ...

    def number(self, alias: str) -> int: ...


def refused(answer: httpx.Response, status: int, rule: str) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["rule"]) == (status, rule), problem
    assert problem["status"] == status
    assert problem["type"] == f"urn:counterfoil:rule:{rule}"
    assert problem["instance"] == answer.request.url.path
    assert problem["title"]
    assert problem["detail"]
    return problem


def first_voucher(receivable: dict[str, Any]) -> str:
    return str(receivable["number"] << 48)


def split(served: Served, voucher: str, amount: str, to: str, expected: int = 0) -> httpx.Response:
    leg = {"to": served.number(to), "amount": amount, "evidence": HOP}
    return served("tier1").post(f"/v1/vouchers/{voucher}/split", json={"expected": expected, "legs": [leg]})


def test_a_piece_is_split_off_offered_accepted_and_seen_by_both(served: Served, confirmed: Confirmed) -> None:
    receivable = confirmed("100000")
    done = split(served, first_voucher(receivable), "40000", "tier2")
    assert done.status_code == 201, done.text
    assert done.json()["voucher"]["amount"] == "60000"
    (piece,) = done.json()["pieces"]
    assert (piece["start"], piece["end"], piece["encumbrance"]) == ("60000", "100000", "offered")
    assert (piece["holder"], piece["offered_to"]) == (
        served.number("tier1"),
        served.number("tier2"),
    )

    offers = served("tier2").get("/v1/offers").json()["items"]
    assert piece["id"] in [offer["voucher"]["id"] for offer in offers]
    made = served("tier1").get("/v1/offers", params={"direction": "made"}).json()["items"]
    assert piece["id"] in [offer["voucher"]["id"] for offer in made]

    taken = served("tier2").post(f"/v1/offers/{piece['id']}/accept", json={"expected": 0})
    assert taken.status_code == 200, taken.text
    assert taken.json()["voucher"]["holder"] == served.number("tier2")
    assert taken.json()["voucher"]["tier"] == 1

    for alias in ("tier1", "tier2", "anchor", "auditor"):
        tree = served(alias).get(f"/v1/receivables/{receivable['number']}/vouchers").json()
        assert tree["tiles"]
        assert [one["id"] for one in tree["vouchers"]] == [first_voucher(receivable), piece["id"]]
        assert tree["vouchers"][0]["children"] == [piece["id"]]
        assert tree["vouchers"][1]["parent"] == first_voucher(receivable)
        assert {one["participant"]: one["amount"] for one in tree["holdings"]} == {
            served.number("tier1"): "60000",
            served.number("tier2"): "40000",
        }
    entries = served("anchor").get(f"/v1/receivables/{receivable['number']}/history").json()["items"]
    assert [one["event"] for one in entries] == ["Proposed", "Confirmed", "Split", "Accepted"]
    assert entries[2]["facts"]["evidence"] == HOP
    assert read_lineage(served.gateway.ledger, receivable["number"]).tiles


def test_each_is_refused_what_is_the_others(served: Served, confirmed: Confirmed) -> None:
    receivable = confirmed("100000")
    whole = first_voucher(receivable)
    (piece,) = split(served, whole, "40000", "tier2").json()["pieces"]

    # Offered to the second supplier: the first may not accept it in its place.
    answer = served("tier1").post(f"/v1/offers/{piece['id']}/accept", json={"expected": 0})
    problem = refused(answer, 403, "not-counterparty")
    assert problem["facts"] == {
        "voucher": piece["id"],
        "actor": served.number("tier1"),
        "counterparty": served.number("tier2"),
    }
    # Held by the first supplier: the second sees it, and may not split it.
    leg = {"to": served.number("tier2"), "amount": "1", "evidence": HOP}
    body = {"expected": 1, "legs": [leg]}
    refused(served("tier2").post(f"/v1/vouchers/{whole}/split", json=body), 403, "not-holder")
    # The third has no part in any of it: for it there is no such thing, on whatever it tries.
    outsider = served("tier3")
    number = receivable["number"]
    unseen = refused(outsider.get(f"/v1/receivables/{number}"), 404, "issue-unknown")
    absent = refused(outsider.get("/v1/receivables/4000000"), 404, "issue-unknown")
    assert unseen["detail"].replace(str(number), "4000000") == absent["detail"]
    refused(outsider.get(f"/v1/receivables/{number}/vouchers"), 404, "issue-unknown")
    refused(outsider.get(f"/v1/receivables/{number}/history"), 404, "issue-unknown")
    refused(outsider.post(f"/v1/receivables/{number}/confirm"), 404, "issue-unknown")
    refused(outsider.get(f"/v1/vouchers/{piece['id']}"), 404, "voucher-unknown")
    refused(outsider.post(f"/v1/vouchers/{whole}/split", json=body), 404, "voucher-unknown")
    accept = outsider.post(f"/v1/offers/{piece['id']}/accept", json={"expected": 0})
    refused(accept, 404, "voucher-unknown")
    assert number not in [one["number"] for one in outsider.get("/v1/receivables").json()["items"]]
    assert outsider.get("/v1/offers").json()["items"] == []


def test_the_ledger_says_why(served: Served, confirmed: Confirmed) -> None:
    voucher = first_voucher(confirmed("100000"))
    problem = refused(split(served, voucher, "100001", "tier2"), 422, "split-exceeds-voucher")
    assert problem["facts"] == {"voucher": voucher, "requested": "100001", "available": "100000"}
    assert problem["detail"] == f"Voucher {voucher} has 100000 left; 100001 was to be split off."
    assert problem["policy"] == "transfer.conservation"
    assert problem["citation"] == "Counterfoil consortium, Rules of the ledger, I-01"
    assert problem["remedy"]
    refused(split(served, voucher, "1", "tier2", expected=7), 409, "stale-voucher")
    refused(split(served, voucher, "1", "anchor"), 422, "same-party")
    refused(split(served, voucher, "1", "auditor"), 403, "role-missing")


def test_an_offer_is_refused_or_withdrawn(served: Served, confirmed: Confirmed) -> None:
    voucher = first_voucher(confirmed())
    body = {"voucher": voucher, "expected": 0, "to": served.number("tier2"), "evidence": HOP}
    made = served("tier1").post("/v1/offers", json=body)
    assert made.status_code == 201, made.text
    refusal = {"expected": 1, "reason": "数量不符"}
    back = served("tier2").post(f"/v1/offers/{voucher}/refuse", json=refusal)
    assert back.json()["voucher"]["encumbrance"] == "free"
    assert served("tier1").post("/v1/offers", json={**body, "expected": 2}).status_code == 201
    taken = served("tier1").post(f"/v1/offers/{voucher}/withdraw", json={"expected": 3})
    assert (taken.status_code, taken.json()["voucher"]["holder"]) == (200, served.number("tier1"))


def test_a_proposal_is_rejected_or_cancelled(served: Served, evidence: str) -> None:
    nullifier, supplier = "0x" + "e1" * 32, served.number("tier1")
    invoice = {"nullifier": nullifier, "creditor": supplier, "currency": "CNY", "total": "500"}
    refused(served("tier1").post("/v1/invoices", json=invoice), 403, "role-missing")
    registered = served("tax").post("/v1/invoices", json=invoice)
    assert registered.status_code == 201
    body = {
        "debtor": served.number("anchor"),
        "creditor": served.number("tier1"),
        "face": "500",
        "currency": "CNY",
        "delivered_at": "2026-01-31T16:00:00Z",
        "due_at": "2027-03-31T16:00:00Z",
        "evidence": evidence,
        "invoice": nullifier,
    }
    # An invoice backs its creditor's receivables, in its currency, and no others.
    for other in ({"creditor": served.number("tier2")}, {"currency": "EUR"}):
        asked = served("anchor").post("/v1/receivables", json={**body, **other})
        problem = refused(asked, 409, "invoice-of-another")
        assert problem["facts"] == {"nullifier": nullifier, "creditor": supplier, "currency": "CNY"}
    for alias, verb, state in (
        ("anchor", "reject", "rejected"),
        ("tier1", "cancel", "cancelled"),
    ):
        where = served("tier1").post("/v1/receivables", json=body).headers["location"]
        refused(served("tier1").post("/v1/receivables", json=body), 409, "invoice-used-up")
        refused(served("bank").post(f"{where}/{verb}", json={"reason": "x"}), 404, "issue-unknown")
        ended = served(alias).post(f"{where}/{verb}", json={"reason": "重复"})
        assert ended.json()["receivable"]["state"] == state
    refused(served("tier1").post(f"{where}/confirm"), 409, "wrong-issue-state")


def test_a_voucher_is_financed_paid_and_redeemed(served: Served, confirmed: Confirmed) -> None:
    receivable = confirmed("100000")
    voucher, bank = first_voucher(receivable), served("bank")
    quote = {
        "voucher": voucher,
        "version": 0,
        "face": "100000",
        "proceeds": "98500",
        "interest": "1500",
        "valid_until": "2027-01-01T00:00:00Z",
        "terms": "0x" + "33" * 32,
    }
    refused(served("tier1").post("/v1/quotes", json=quote), 403, "role-missing")
    signed = bank.post("/v1/quotes", json=quote)
    assert signed.status_code == 201, signed.text
    refused(served("tier2").post("/v1/quotes/accept", json=signed.json()), 404, "voucher-unknown")
    better = {**signed.json(), "quote": {**signed.json()["quote"], "proceeds": "99999"}}
    # Of another quote than was signed, the signature is nobody's; and one financier's is not another's.
    refused(served("tier1").post("/v1/quotes/accept", json=better), 403, "not-participant")
    other = served("factor").post("/v1/quotes", json=quote).json()
    other["quote"]["financier"] = served.number("bank")
    refused(served("tier1").post("/v1/quotes/accept", json=other), 403, "not-participant")
    smaller = bank.post("/v1/quotes", json={**quote, "face": "99000"}).json()
    problem = refused(served("tier1").post("/v1/quotes/accept", json=smaller), 409, "quote-of-another-face")
    assert problem["facts"] == {"voucher": voucher, "face": "99000", "unpaid": "100000"}
    forged = {**signed.json(), "signature": "0x" + "00" * 65}
    answer = served("tier1").post("/v1/quotes/accept", json=forged)
    refused(answer, 422, "ecdsa-invalid-signature")
    locked = served("tier1").post("/v1/quotes/accept", json=signed.json())
    assert locked.json()["voucher"]["locked_for"] == served.number("bank")
    release = served("tier1").post(f"/v1/vouchers/{voucher}/release", json={"expected": 1})
    assert "disburse_by" in refused(release, 409, "lock-held")["facts"]

    settlement = served("settlement")
    paid = {"voucher": voucher, "expected": 1, "amount": "98500", "reference": "0x" + "44" * 32}
    refused(bank.post("/v1/disbursements", json=paid), 403, "role-missing")
    short = refused(settlement.post("/v1/disbursements", json={**paid, "amount": "1"}), 422, "wrong-amount")
    assert short["facts"]["expected"] == "98500"
    missing = refused(settlement.post("/v1/disbursements", json=paid), 409, "registration-missing")
    assert missing["facts"]["policy"] == missing["policy"] == "financing.registration"
    assert missing["citation"].endswith("article 13")
    filing = {"expected": 1, "registration": HOP, "agreement": HOP, "registered_at": "2026-06-01T00:00:00Z"}
    assert bank.post(f"/v1/vouchers/{voucher}/file", json=filing).status_code == 200
    assert bank.get(f"/v1/vouchers/{voucher}/deal").json()["filing"]["registration"] == HOP
    done = settlement.post("/v1/disbursements", json=paid)
    assert (done.status_code, done.json()["voucher"]["holder"]) == (201, served.number("bank"))

    payment = {"receivable": receivable["number"], "amount": "100000", "reference": "0x" + "55" * 32}
    assert settlement.post("/v1/payments", json=payment).json()["paid"] == "100000"
    again = {"receivable": receivable["number"], "vouchers": [voucher]}
    refused(served("tier3").post("/v1/redemptions", json=again), 404, "issue-unknown")
    beyond = {**again, "vouchers": [str(int(voucher) + 1)]}
    refused(settlement.post("/v1/redemptions", json=beyond), 404, "voucher-unknown")
    beyond = {**again, "vouchers": [str(int(voucher) + (1 << 48))]}
    refused(settlement.post("/v1/redemptions", json=beyond), 422, "voucher-of-another-receivable")
    beyond = {**again, "vouchers": [str(2**80)]}
    refused(settlement.post("/v1/redemptions", json=beyond), 422, "request-invalid")
    redeemed = settlement.post("/v1/redemptions", json=again)
    assert [one["amount"] for one in redeemed.json()["redeemed"]] == ["100000"]
    assert bank.get(f"/v1/vouchers/{voucher}").json()["life"] == "redeemed"


def test_the_bank_reads_what_was_granted_and_verifies_it_offline(served: Served, evidence: str) -> None:
    bank = served("bank")
    status = bank.get(f"/v1/attestations/{evidence}").json()["status"]
    assert (status["valid"], status["level"], status["attester"]) == (True, "L3", served.number("tax"))
    answer = bank.get(f"/v1/attestations/{evidence}/disclosure").json()
    given = Disclosure.from_json(json.dumps(answer["disclosure"]))
    attested = bytes.fromhex(evidence[2:])
    assert served.gateway.ledger.attestations.status_of(attested).valid
    shown = verify_disclosure(given, attested)
    assert len(shown) == 4 < given.count
    assert shown["check/level"].value == "L3"
    assert answer["as_of"]["block_hash"].startswith("0x")
    assert answer["contract"] == served.gateway.ledger.manifest.addresses["Attestations"]

    verified = bank.post(
        "/v1/attestations/verify", json={"commitment": evidence, "disclosure": answer["disclosure"]}
    )
    assert verified.status_code == 200, verified.text
    assert verified.json()["withheld"] == given.count - 4
    assert verified.json()["status"]["valid"]

    altered = json.loads(json.dumps(answer["disclosure"]))
    payable = next(one for one in altered["fields"] if one["path"].endswith("/totals/payable"))
    payable["value"] = "9" + payable["value"]
    with pytest.raises(DisclosureRefused):
        verify_disclosure(Disclosure.from_json(json.dumps(altered)), attested)
    body = {"commitment": evidence, "disclosure": altered}
    problem = refused(bank.post("/v1/attestations/verify", json=body), 422, "disclosure-refused")
    assert problem["facts"]["field"] == payable["path"]
    body = {"commitment": "0x" + "11" * 32, "disclosure": answer["disclosure"]}
    refused(bank.post("/v1/attestations/verify", json=body), 404, "attestation-unknown")


def test_nobody_reads_what_was_not_granted(served: Served, evidence: str) -> None:
    where = f"/v1/attestations/{evidence}"
    refused(served("tier2").get(f"{where}/disclosure"), 404, "nothing-granted")
    refused(served("tier2").get(f"{where}/grants"), 404, "evidence-not-kept")
    body = {"grantee": served.number("carrier"), "paths": ["check/level"]}
    refused(served("tier2").post(f"{where}/grants", json=body), 404, "evidence-not-kept")
    refused(served("bank").post(f"{where}/grants", json=body), 404, "evidence-not-kept")
    refused(served("bank").get("/v1/attestations/0x" + "22" * 32), 404, "attestation-unknown")

    owner = served("tier1")
    nothing = {**body, "paths": ["no/such/field"]}
    refused(owner.post(f"{where}/grants", json=nothing), 422, "disclosure-refused")
    refused(owner.post(f"{where}/grants", json={**body, "grantee": 999}), 404, "participant-unknown")
    assert owner.post(f"{where}/grants", json=body).status_code == 201
    granted = {one["grantee"] for one in owner.get(f"{where}/grants").json()["grants"]}
    assert granted == {served.number("bank"), served.number("carrier")}
    fields = served("carrier").get(f"{where}/disclosure").json()["disclosure"]["fields"]
    assert [one["path"] for one in fields] == ["check/level"]


def test_an_auditor_replays_and_a_supplier_may_not(served: Served, confirmed: Confirmed) -> None:
    confirmed()
    report = served("auditor").post("/v1/replays").json()
    assert (report["verdict"], report["differences"]) == ("agrees", [])
    assert report["words"] > 0
    block = served.gateway.ledger.engine.w3.eth.get_block(report["last_block"])
    assert report["last_block_hash"] == "0x" + bytes(block["hash"]).hex()
    assert not any(one["breaches"] for one in report["invariants"])
    problem = refused(served("tier1").post("/v1/replays"), 403, "role-missing")
    assert problem["facts"]["number"] == served.number("tier1")
