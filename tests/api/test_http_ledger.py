"""What suppliers, banks, attesters, settlement banks, regulators and auditors do over HTTP, to the end."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api.http.durable import durable
from api.http.formats import time_of
from api.http.gateway import Gateway, Member, hash_token
from api.http.sandbox import sandbox
from chain.compliance import CATALOGUE
from chain.database import reading
from chain.engines import connect, fund
from chain.outbox import State, tables
from chain.outbox.delivering import OutboxDelivery
from chain.policies import DEFAULT_POLICIES
from chain.signing import new_signer
from flows.pain import payment_initiation
from flows.sample_statements import bookings, write_sample_statement
from flows.xml import parse_bytes
from tests.services import AnvilNode

DAY = 24 * 3600
DOCUMENT = "0x" + "d0" * 32


@dataclass
class House:
    """A sandbox of this module's own, whose time it may move; `done` counts what was made."""

    gateway: Gateway
    tokens: dict[str, str]
    url: str
    evidence: str

    def __call__(self, alias: str, language: str = "en") -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.tokens[alias]}", "Accept-Language": language}
        return httpx.Client(base_url=self.url, headers=headers)

    def post(self, alias: str, path: str, body: object = None, status: int = 200) -> dict[str, Any]:
        with self(alias) as client:
            answer = client.post(path, json=body)
        assert answer.status_code == status, answer.text
        read: dict[str, Any] = answer.json()
        return read

    def get(self, alias: str, path: str, **query: str) -> dict[str, Any]:
        with self(alias) as client:
            answer = client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        read: dict[str, Any] = answer.json()
        return read

    def refused(self, alias: str, path: str, body: object, status: int, rule: str) -> dict[str, Any]:
        problem = self.post(alias, path, body, status)
        assert problem["rule"] == rule, problem
        assert problem["citation"]
        return problem

    def number(self, alias: str) -> int:
        return next(member.number for member in self.gateway.members if member.alias == alias)

    @property
    def now(self) -> int:
        return int(self.gateway.ledger.engine.w3.eth.get_block("latest")["timestamp"])

    def wait(self, seconds: int) -> None:
        controls = self.gateway.ledger.engine.controls
        assert controls is not None
        controls.advance_to(self.now + seconds)

    def terms(self, face: str = "100000", term: int = 60 * DAY, *, waives: bool = False) -> dict[str, Any]:
        nullifier = "0x" + secrets.token_hex(32)
        invoice = {
            "nullifier": nullifier,
            "creditor": self.number("tier1"),
            "currency": "CNY",
            "total": face,
        }
        self.post("tax", "/v1/invoices", invoice, 201)
        return {
            "debtor": self.number("anchor"),
            "creditor": self.number("tier1"),
            "face": face,
            "currency": "CNY",
            "delivered_at": time_of(self.now - DAY),
            "due_at": time_of(self.now + term),
            "interest_share": 2000,
            "waives_defences": waives,
            "evidence": self.evidence,
            "invoice": nullifier,
        }

    def voucher(self, face: str = "100000", *, term: int = 60 * DAY, waives: bool = False) -> str:
        """The voucher of a confirmed receivable of the first supplier."""
        made = self.post("tier1", "/v1/receivables", self.terms(face, term, waives=waives), 201)
        number = made["receivable"]["number"]
        assert self.post("anchor", f"/v1/receivables/{number}/confirm")["receivable"]["state"] == "open"
        return str(number << 48)

    def version(self, voucher: str) -> int:
        return int(self.get("auditor", f"/v1/vouchers/{voucher}")["version"])

    def financed(self, kind: str, by: str = "factor", **quote: str) -> str:
        """A voucher of 100,000 bought or lent against at 90,000, interest 2,000."""
        voucher = self.voucher()
        asked = {
            "voucher": voucher,
            "version": 0,
            "kind": kind,
            "face": "100000",
            "proceeds": "90000",
            "interest": "2000",
            "valid_until": time_of(self.now + DAY),
            "terms": DOCUMENT,
            **quote,
        }
        signed = self.post(by, "/v1/quotes", asked, 201)
        self.post("tier1", "/v1/quotes/accept", signed)
        filing = {
            "expected": 1,
            "registration": DOCUMENT,
            "agreement": DOCUMENT,
            "registered_at": time_of(self.now),
        }
        self.post(by, f"/v1/vouchers/{voucher}/file", filing)
        paid = {"voucher": voucher, "expected": self.version(voucher), "amount": "90000"}
        self.post("settlement", "/v1/disbursements", {**paid, "reference": reference()}, 201)
        return voucher


def reference() -> str:
    return "0x" + secrets.token_hex(32)


Serve = Callable[[Gateway], AbstractContextManager[str]]


def staffed(gateway: Gateway, tokens: dict[str, str]) -> Gateway:
    """With keys for a maker and a checker of the first supplier, whose accounts are not on the ledger yet."""
    people = []
    firm = next(member.number for member in gateway.members if member.alias == "tier1")
    for alias in ("maker", "checker"):
        signer = new_signer()
        fund(gateway.ledger.engine, signer.address)
        people.append(Member(firm, alias, alias, signer, hash_token(alias)))
        tokens[alias] = alias
    return replace(gateway, members=(*gateway.members, *people))


@contextmanager
def housed(gateway: Gateway, tokens: dict[str, str], serve: Serve) -> Iterator[House]:
    with serve(gateway) as url:
        made = House(gateway, tokens, url, "")
        yield replace(made, evidence=made.get("anchor", "/v1/receivables/1")["evidence"])


@pytest.fixture(scope="module")
def house_in_memory(serve: Serve) -> Iterator[House]:
    gateway, tokens = sandbox()
    with housed(staffed(gateway, tokens), tokens, serve) as house:
        yield house


@pytest.fixture(scope="module")
def house_with_a_database(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """On a node, with an outbox."""
    node = AnvilNode(tmp_path_factory.mktemp("anvil")).start()
    database = f"sqlite:///{tmp_path_factory.mktemp('gateway') / 'gateway.db'}"
    try:
        gateway, tokens = sandbox(connect(node.url))
        with (
            durable(staffed(gateway, tokens), node.url, database) as kept,
            housed(kept, tokens, serve) as house,
        ):
            yield house
    finally:
        node.stop()


@pytest.fixture(
    scope="module", params=["in_memory", pytest.param("with_a_database", marks=pytest.mark.contracts)]
)
def house(request: pytest.FixtureRequest) -> House:
    """A gateway of each kind, whose time tests may move."""
    found: House = request.getfixturevalue(f"house_{request.param}")
    return found


def test_a_refusal_names_policy_citation_and_remedy_in_both_languages(house: House) -> None:
    terms = house.terms(term=400 * DAY)
    found = {}
    for language, wanted in (
        ("en", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.5", "zh"),
        ("fr, zh;q=0.2, en;q=0.1", "zh"),
    ):
        with house("tier1", language) as client:
            answer = client.post("/v1/receivables", json=terms)
        assert answer.headers["content-language"] == wanted
        found[wanted] = answer.json()
    for language in ("en", "zh"):
        problem, policy = found[language], CATALOGUE["term.longest"]
        assert (problem["status"], problem["rule"]) == (422, "bad-due-date")
        assert problem["policy"] == problem["facts"]["policy"] == "term.longest"
        assert problem["title"] == policy.title.of(language)  # type: ignore[arg-type] # one of the two
        assert problem["citation"] == policy.source.of(language)  # type: ignore[arg-type]
        assert problem["remedy"] == policy.remedy.of(language)  # type: ignore[arg-type]
    assert "第十一条" in found["zh"]["citation"]
    assert found["zh"]["detail"] != found["en"]["detail"]
    assert found["zh"]["facts"] == found["en"]["facts"]


def test_every_parameter_is_shown_with_its_citation(house: House) -> None:
    shown = {one["name"]: one for one in house.get("tier3", "/v1/policies")["policies"]}
    for setting in DEFAULT_POLICIES:
        (version,) = shown[setting.name]["versions"]
        assert shown[setting.name]["value"] == version["value"] == setting.value
        assert version["citation"]["document"] == setting.citation.document
        assert version["citation"]["article"] == setting.citation.article


def test_a_batch_is_proposed_and_confirmed_whole_or_not_at_all(house: House) -> None:
    batch = [house.terms("1000"), house.terms("2000")]
    twice = {"receivables": [*batch, batch[0]]}
    house.refused("anchor", "/v1/receivables/batches", twice, 409, "invoice-used-up")
    made = house.post("anchor", "/v1/receivables/batches", {"receivables": batch}, 201)["receivables"]
    assert [(one["face"], one["state"]) for one in made] == [("1000", "proposed"), ("2000", "proposed")]
    numbers = [one["number"] for one in made]
    done = house.post("tier1", "/v1/receivables/confirmations", {"receivables": numbers})
    assert [one["state"] for one in done["receivables"]] == ["open", "open"]
    house.refused("tier1", f"/v1/receivables/{numbers[0]}/confirm", None, 409, "wrong-issue-state")


def test_both_parties_void_what_nobody_has_touched(house: House) -> None:
    number = int(house.voucher()) >> 48
    asked = house.post("tier1", f"/v1/receivables/{number}/void", {"reason": "重复开立"})["receivable"]
    assert (asked["state"], asked["void_asked_by"]) == ("open", house.number("tier1"))
    again = {"reason": "重复开立"}
    house.refused("tier1", f"/v1/receivables/{number}/void", again, 409, "already-asked")
    done = house.post("anchor", f"/v1/receivables/{number}/void", again)["receivable"]
    assert done["state"] == "void"
    assert house.get("tier1", f"/v1/vouchers/{number << 48}")["life"] == "void"


def test_a_receiver_signs_and_others_carry_its_signature(house: House) -> None:
    voucher, until = house.voucher(), time_of(house.now + DAY)
    accepted = {
        "voucher": voucher,
        "version": 0,
        "sender": house.number("tier1"),
        "amount": "100000",
        "evidence": DOCUMENT,
        "valid_until": until,
    }
    signed = house.post("tier2", "/v1/acceptances", accepted, 201)
    carried = {
        "expected": 0,
        "to": house.number("tier2"),
        "evidence": DOCUMENT,
        "valid_until": until,
        "signature": signed["signature"],
    }
    house.refused(
        "tier1",
        f"/v1/vouchers/{voucher}/transfer",
        {**carried, "to": house.number("tier3")},
        403,
        "not-participant",
    )
    moved = house.post("tier1", f"/v1/vouchers/{voucher}/transfer", carried)["voucher"]
    assert (moved["holder"], moved["tier"]) == (house.number("tier2"), 1)

    offer = {"voucher": voucher, "expected": 1, "to": house.number("tier3"), "evidence": DOCUMENT}
    house.post("tier2", "/v1/offers", offer, 201)
    accepted |= {"version": 2, "sender": house.number("tier2"), "evidence": "0x" + "00" * 32}
    signed = house.post("tier3", "/v1/acceptances", accepted, 201)
    carried = {"expected": 2, "valid_until": until, "signature": signed["signature"]}
    moved = house.post("tier2", f"/v1/offers/{voucher}/accept-signed", carried)["voucher"]
    assert moved["holder"] == house.number("tier3")
    house.post("bank", "/v1/acceptances", accepted, 201)
    assert house.post("carrier", "/v1/acceptances", accepted, 403)["rule"] == "role-missing"


def test_a_court_freezes_and_releases_and_a_debtor_disputes_unless_it_has_waived(house: House) -> None:
    voucher = house.voucher()
    order = {"reason": "财产保全", "document": DOCUMENT}
    house.refused("auditor", f"/v1/vouchers/{voucher}/freeze", order, 403, "role-missing")
    frozen = house.post("court", f"/v1/vouchers/{voucher}/freeze", order)["voucher"]
    assert frozen["flags"] == ["frozen"]
    offer = {"voucher": voucher, "expected": 1, "to": house.number("tier2"), "evidence": DOCUMENT}
    house.refused("tier1", "/v1/offers", offer, 409, "held")
    house.post("court", f"/v1/vouchers/{voucher}/unfreeze", {"document": DOCUMENT})
    assert house.post("anchor", f"/v1/vouchers/{voucher}/dispute", order)["voucher"]["flags"] == ["disputed"]
    ended = house.post("anchor", f"/v1/vouchers/{voucher}/end-dispute", {"document": DOCUMENT})["voucher"]
    assert ended["flags"] == []
    waived = house.voucher(waives=True)
    problem = house.refused("anchor", f"/v1/vouchers/{waived}/dispute", order, 409, "defences-waived")
    assert "article 548" in problem["citation"]


def test_a_red_letter_note_stops_what_rests_on_the_invoice(house: House) -> None:
    terms = house.terms()
    number = house.post("tier1", "/v1/receivables", terms, 201)["receivable"]["number"]
    house.post("anchor", f"/v1/receivables/{number}/confirm")
    nullifier = terms["invoice"]
    before = house.get("bank", f"/v1/invoices/{nullifier}")
    assert (before["total"], before["used"], before["available"]) == ("100000", "100000", "0")
    note = {"amount": "30000", "document": DOCUMENT, "receivables": [number]}
    credited = house.post("tax", f"/v1/invoices/{nullifier}/credit-notes", note, 201)["invoice"]
    assert (credited["credited"], credited["notes"]) == ("30000", 1)
    assert house.get("tier1", f"/v1/receivables/{number}")["flags"][-1] == "red_lettered"
    offer = {
        "voucher": str(number << 48),
        "expected": 0,
        "to": house.number("tier2"),
        "evidence": DOCUMENT,
    }
    house.refused("tier1", "/v1/offers", offer, 409, "red-lettered")
    document = {"document": DOCUMENT}
    house.refused("anchor", f"/v1/receivables/{number}/reaffirm", document, 409, "invoice-used-up")


def test_a_loan_is_made_on_a_pledge_and_repaid(house: House) -> None:
    voucher = house.financed("pledge", matures_at=time_of(house.now + 30 * DAY), debtor_interest="400")
    shown = house.get("tier1", f"/v1/vouchers/{voucher}")
    assert (shown["encumbrance"], shown["pledged_to"]) == ("pledged", house.number("factor"))
    deal = house.get("tier1", f"/v1/vouchers/{voucher}/deal")
    assert (deal["kind"], deal["owed"]) == ("pledge", "91600")
    lines = house.get("factor", f"/v1/receivables/{int(voucher) >> 48}/clearing")["lines"]
    assert [(one["payee"], one["amount"], one["why"]) for one in lines] == [
        (house.number("factor"), "91600", "lender"),
        (house.number("tier1"), "8400", "borrower"),
    ]
    version = house.version(voucher)
    body = {"expected": version}
    house.refused("factor", f"/v1/vouchers/{voucher}/enforce-pledge", body, 409, "loan-not-due")
    paid = {"expected": version, "amount": "91600", "reference": reference()}
    short = {**paid, "amount": "1"}
    house.refused("settlement", f"/v1/vouchers/{voucher}/repay", short, 422, "wrong-amount")
    free = house.post("settlement", f"/v1/vouchers/{voucher}/repay", paid)["voucher"]
    assert (free["encumbrance"], free["holder"]) == ("free", house.number("tier1"))


def test_who_sold_with_recourse_still_sees_its_voucher_and_what_is_due_back(house: House) -> None:
    voucher = house.financed("recourse-purchase")
    (hop,) = house.get("tier1", f"/v1/vouchers/{voucher}/deal")["hops"]
    assert (hop["transferor"], hop["surplus"], hop["recourse"]) == (house.number("tier1"), "8000", True)
    lines = house.get("tier1", f"/v1/receivables/{int(voucher) >> 48}/clearing")["lines"]
    assert [(one["payee"], one["amount"], one["why"], one["hop"]) for one in lines] == [
        (house.number("factor"), "92000", "holder", None),
        (house.number("tier1"), "8000", "surplus", 1),
    ]
    notice = {"document": DOCUMENT}
    house.refused("factor", f"/v1/vouchers/{voucher}/demand-recourse", notice, 409, "recourse-not-due")


def test_claims_are_ordered_by_registration_then_notice(house: House) -> None:
    voucher = house.financed("purchase")
    number = int(voucher) >> 48
    claim = {"receivable": number, "amount": "50000", "document": DOCUMENT}
    early = {**claim, "registered_at": time_of(house.now - 30 * DAY)}
    first = house.post("bank", "/v1/claims", early, 201)["claim"]
    house.post("bank", "/v1/claims", claim, 201)
    rights = house.get("anchor", f"/v1/receivables/{number}/priority")["rights"]
    assert [(one["rank"], one["claimant"], one["voucher"]) for one in rights] == [
        (1, house.number("bank"), None),
        (2, house.number("factor"), voucher),
        (3, house.number("bank"), None),
    ]
    house.refused("factor", f"/v1/claims/{first['number']}/withdraw", None, 403, "not-claimant")
    assert house.post("bank", f"/v1/claims/{first['number']}/withdraw")["claim"]["withdrawn"]
    left = house.get("anchor", f"/v1/receivables/{number}/priority")["rights"]
    assert [one["claimant"] for one in left] == [house.number("factor"), house.number("bank")]


def test_a_payment_is_cleared_instructed_reconciled_and_redeemed_to_the_last_fen(
    house: House, tmp_path: Path
) -> None:
    voucher = house.voucher("100001")
    number = int(voucher) >> 48
    leg = {"to": house.number("tier1"), "amount": "33333", "evidence": DOCUMENT}
    house.post("tier1", f"/v1/vouchers/{voucher}/split", {"expected": 0, "legs": [leg]}, 201)
    payment = {"receivable": number, "amount": "100003", "reference": reference()}
    done = house.post("settlement", "/v1/payments", payment, 201)
    assert (done["paid"], done["credit"]) == ("100001", "2")

    cleared = house.get("settlement", f"/v1/receivables/{number}/clearing", basis="paid")
    assert sum(int(one["amount"]) for one in cleared["lines"]) == 100_003
    assert [one["why"] for one in cleared["lines"]] == ["holder", "holder", "credit"]
    accounts = [
        {"participant": house.number(alias), "name": alias, "account": f"6222-{alias}"}
        for alias in ("anchor", "tier1")
    ]
    today = datetime.fromtimestamp(house.now, UTC).date().isoformat()
    asked = {"receivables": [number], "execution": today, "accounts": accounts}
    lacking = house.post("settlement", "/v1/clearing/instructions", {**asked, "accounts": accounts[:1]}, 422)
    assert (lacking["rule"], lacking["facts"]) == ("account-missing", {"number": house.number("tier1")})
    made = house.post("settlement", "/v1/clearing/instructions", asked)
    assert (made["payments"], made["hash"]) == (3, cleared["hash"])

    (instruction,) = payment_initiation(parse_bytes(made["pain001"].encode(), "p"), "p").instructions
    carried_out = bookings(instruction)
    statement = write_sample_statement(
        tmp_path / "s.xml", instruction=instruction, booked=date.fromisoformat(today), carried_out=carried_out
    ).read_text(encoding="utf-8")
    asked = {"pain001": made["pain001"], "statements": [statement]}
    found = house.post("settlement", "/v1/clearing/reconciliations", asked)
    assert found["agrees"]
    (sums,) = found["sums"]
    assert (sums["expected"], sums["paid"], sums["leftover"]) == ("1000.03", "1000.03", "0.00")
    lines = [{"id": one["id"], "amount": one["amount"], "currency": "CNY"} for one in cleared["lines"][:2]]
    partly = {"lines": lines, "statements": [statement]}
    found = house.post("settlement", "/v1/clearing/reconciliations", partly)
    assert not found["agrees"]
    assert [one["reason"] for one in found["leftovers"]] == ["unknown"]
    received = {**partly, "direction": "received"}
    found = house.post("settlement", "/v1/clearing/reconciliations", received)
    assert {one["status"] for one in found["outcomes"]} == {"missing"}
    bad = {**partly, "statements": ["<Document/>"]}
    assert house.post("settlement", "/v1/clearing/reconciliations", bad, 422)["rule"] == "document-invalid"

    vouchers = [one["voucher"] for one in cleared["lines"] if one["voucher"]]
    redemption = {"receivable": number, "vouchers": vouchers}
    redeemed = house.post("settlement", "/v1/redemptions", redemption, 201)["redeemed"]
    assert [one["amount"] for one in redeemed] == [one["amount"] for one in cleared["lines"][:2]]
    credit = {"receivable": number, "amount": "2", "reference": reference()}
    assert house.post("settlement", "/v1/credit-returns", credit, 201)["credit"] == "0"
    assert house.get("settlement", f"/v1/receivables/{number}/clearing", basis="paid")["lines"] == []


def test_attesters_state_supersede_and_revoke(house: House) -> None:
    stated = {"commitment": reference(), "schema": 1, "subject": reference(), "level": 2}
    made = house.post("tax", "/v1/attestations", stated, 201)
    assert (made["status"]["valid"], made["status"]["level"]) == (True, "L2")
    newer = {**stated, "commitment": reference(), "level": 3}
    where = f"/v1/attestations/{stated['commitment']}"
    house.refused("carrier", f"{where}/supersede", newer, 403, "not-attester")
    house.post("tax", f"{where}/supersede", newer, 201)
    assert house.get("bank", where)["status"]["revoked"]
    gone = house.post("tax", f"/v1/attestations/{newer['commitment']}/revoke", {"reason": "有误"})
    assert not gone["status"]["valid"]


def test_a_maker_drafts_and_a_checker_checks(house: House) -> None:
    ledger, gateway = house.gateway.ledger, house.gateway
    voucher, firm = house.voucher(), house.number("tier1")
    people = {member.alias: member for member in gateway.members if member.alias in ("maker", "checker")}
    for alias, member in people.items():
        account = {"account": member.signer.address, "scope": [alias]}
        house.post("tier1", "/v1/accounts", account, 201)
    hand = house.post("tier1", "/v1/desk", status=201)["hand"]
    house.post("tier1", "/v1/accounts", {"account": hand, "scope": ["supplier"]}, 201)
    shown = {
        one["account"]: one for one in house.get("tier1", f"/v1/participants/{firm}/accounts")["accounts"]
    }
    assert shown[hand]["may"] == ["supplier"]
    assert shown[people["maker"].signer.address]["scope"] == ["maker"]

    offer = {"voucher": voucher, "expected": 0, "to": house.number("tier2"), "evidence": DOCUMENT}
    house.refused("maker", "/v1/offers", offer, 403, "role-missing")
    target, data = ledger.receivables.encoded(
        "offer", int(voucher), 0, house.number("tier2"), bytes.fromhex(DOCUMENT[2:])
    )
    call = {"target": target, "data": "0x" + data.hex()}
    draft = house.post("maker", "/v1/drafts", call, 201)["draft"]
    where = f"/v1/drafts/{draft['number']}"
    house.refused("maker", f"{where}/check", call, 403, "role-missing")
    house.refused("checker", f"{where}/check", {**call, "data": call["data"] + "00"}, 422, "draft-changed")
    assert house.post("checker", f"{where}/check", call)["draft"]["state"] == "checked"
    assert house.get("tier1", f"/v1/vouchers/{voucher}")["offered_to"] == house.number("tier2")
    with house("tier2") as client:
        assert client.get(where).json()["rule"] == "draft-unknown"


def test_what_is_overdue_stops_its_debtor_until_it_is_paid(house: House) -> None:
    voucher = house.financed("recourse-purchase", fees="1000")
    number, anchor = int(voucher) >> 48, house.number("anchor")
    limit = house.get("anchor", f"/v1/debtors/{anchor}/limit")
    assert limit["own"]["amount"] == "1000000000"
    assert (
        int(limit["own"]["available"]) + int(limit["own"]["committed"]) + int(limit["own"]["reserved"])
        == 10**9
    )
    assert not limit["stopped"]
    with house("tier2") as client:
        assert client.get(f"/v1/debtors/{anchor}/limit").json()["rule"] == "role-missing"
    terms = house.terms()
    house.wait(60 * DAY)
    house.refused("tier1", f"/v1/receivables/{number}/count-overdue", None, 409, "not-overdue")
    house.wait(2 * DAY)
    assert house.get("tier1", f"/v1/receivables/{number}")["overdue"]
    counted = house.post("tier1", f"/v1/receivables/{number}/count-overdue")
    assert (counted["stopped"], counted["overdue"], counted["cause"]) == (True, 1, None)
    later = {**terms, "due_at": time_of(house.now + DAY)}
    problem = house.refused("tier1", "/v1/receivables", later, 409, "debtor-stopped")
    assert "article 15" in problem["citation"]

    house.post("factor", f"/v1/vouchers/{voucher}/demand-recourse", {"document": DOCUMENT})
    bought = {"expected": house.version(voucher), "amount": "93000", "reference": reference()}
    back = house.post("settlement", f"/v1/vouchers/{voucher}/buy-back", bought)["voucher"]
    assert (back["holder"], back["flags"]) == (house.number("tier1"), [])
    written_off = {"expected": house.version(voucher), "document": DOCUMENT}
    flags = house.post("tier1", f"/v1/vouchers/{voucher}/write-off", written_off)["voucher"]["flags"]
    assert flags == ["written_off"]

    due = house.get("settlement", "/v1/clearing", due_by=time_of(house.now))
    assert number in [one["receivable"] for one in due["receivables"]]
    assert sum(int(one["total"]) for one in due["receivables"]) == sum(
        int(one["amount"]) for one in due["lines"]
    )
    with house("tier1") as client:
        answer = client.get("/v1/clearing", params={"due_by": time_of(house.now)})
        assert answer.json()["rule"] == "role-missing"
    payment = {"receivable": number, "amount": "100000", "reference": reference()}
    house.post("settlement", "/v1/payments", payment, 201)
    unseen = house.post("tier2", f"/v1/receivables/{number}/lift-overdue", status=404)
    assert unseen["rule"] == "issue-unknown"
    assert not house.post("tier1", f"/v1/receivables/{number}/lift-overdue")["stopped"]

    stopped = {"debtor": anchor, "cause": "bond default", "document": DOCUMENT}
    house.refused("tier1", "/v1/stops", stopped, 403, "role-missing")
    assert house.post("court", "/v1/stops", stopped, 201)["cause"] == "bond default"


@pytest.mark.contracts
def test_with_a_database_every_transaction_was_on_record(house_with_a_database: House) -> None:
    """The chain counts what an account has sent: what no outbox has had would be missing from its nonces."""
    house = house_with_a_database
    house.terms()  # registers an invoice
    engine = house.gateway.ledger.engine
    assert isinstance(engine.delivery, OutboxDelivery)
    with reading(engine.delivery.outbox.database) as connection:
        rows = connection.execute(select(tables.transaction)).all()

    lanes: dict[str, list[int]] = {}
    for row in sorted(rows, key=lambda row: int(row.nonce)):
        assert row.state in (State.INCLUDED, State.FINAL)
        lanes.setdefault(row.signer, []).append(row.nonce)
    for signer, nonces in lanes.items():
        sent = engine.w3.eth.get_transaction_count(engine.w3.to_checksum_address(signer))
        # Only the sandbox's own trade was sent before there was an outbox.
        assert nonces == list(range(nonces[0], sent)), signer
        assert nonces[0] <= 2
    quiet = {member.signer.address for member in house.gateway.members} - lanes.keys()
    for address in quiet:
        assert engine.w3.eth.get_transaction_count(engine.w3.to_checksum_address(address)) == 0
