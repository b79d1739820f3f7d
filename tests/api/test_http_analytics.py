"""Lists and sums from the read model: what the node says, for whom it may be seen, as of a block."""

from __future__ import annotations

import base64
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from api.http.durable import durable
from api.http.formats import time_of
from api.http.gateway import Gateway
from api.http.sandbox import sandbox
from chain.engines import connect
from tests.services import AnvilNode

pytestmark = pytest.mark.contracts

DAY = 24 * 3600
DOCUMENT = "0x" + "d0" * 32
SEES_ALL = {"auditor", "operator", "regulator", "settlement_bank"}
LISTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/v1/receivables", {}),
    ("/v1/offers", {"direction": "received"}),
    ("/v1/offers", {"direction": "made"}),
)
ANALYTICS = (
    *("exposure", "group-exposure", "ageing", "tiers", "holdings", "financing-rate", "financing-costs"),
    *("financing-costs/by-kind", "waiting-offers", "encumbered-vouchers"),
)


@dataclass
class House:
    """One ledger behind two gateways: `url` has a database and a read model, `plain` asks its node."""

    gateway: Gateway
    tokens: dict[str, str]
    url: str
    plain: str
    evidence: str = ""

    def ask(self, alias: str, path: str, *, plain: bool = False, **query: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[alias]}"}
        with httpx.Client(
            base_url=self.plain if plain else self.url, headers=headers, trust_env=False
        ) as client:
            return client.get(path, params=query)

    def items(self, alias: str, path: str, **query: Any) -> list[dict[str, Any]]:
        answer = self.ask(alias, path, **query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    def post(self, alias: str, path: str, body: object = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.tokens[alias]}"}
        with httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False) as client:
            answer = client.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text
        read: dict[str, Any] = answer.json()
        return read

    def number(self, alias: str) -> int:
        return next(member.number for member in self.gateway.members if member.alias == alias)

    @property
    def now(self) -> int:
        return int(self.gateway.ledger.engine.w3.eth.get_block("latest")["timestamp"])

    def voucher(self, face: str, term: int = 60 * DAY) -> str:
        """The voucher of a confirmed receivable of the first supplier."""
        invoice = {
            "nullifier": "0x" + secrets.token_hex(32),
            "creditor": self.number("tier1"),
            "currency": "CNY",
            "total": face,
        }
        self.post("tax", "/v1/invoices", invoice)
        terms = {
            "debtor": self.number("anchor"),
            "creditor": self.number("tier1"),
            "face": face,
            "currency": "CNY",
            "delivered_at": time_of(self.now - DAY),
            "due_at": time_of(self.now + term),
            "interest_share": 2000,
            "waives_defences": False,
            "evidence": self.evidence,
            "invoice": invoice["nullifier"],
        }
        number = self.post("tier1", "/v1/receivables", terms)["receivable"]["number"]
        self.post("anchor", f"/v1/receivables/{number}/confirm")
        return str(number << 48)

    def split(self, voucher: str, to: str, amount: str, by: str = "tier1", expected: int = 0) -> str:
        leg = {"to": self.number(to), "amount": amount, "evidence": DOCUMENT}
        made = self.post(by, f"/v1/vouchers/{voucher}/split", {"expected": expected, "legs": [leg]})
        return str(made["pieces"][0]["id"])

    def financed(self, voucher: str, kind: str) -> None:
        """Bought or lent against by the factor at 90,000, interest 2,000."""
        asked = {
            "voucher": voucher,
            "version": 0,
            "kind": kind,
            "face": "100000",
            "proceeds": "90000",
            "interest": "2000",
            "valid_until": time_of(self.now + DAY),
            "terms": DOCUMENT,
        }
        if kind == "pledge":
            asked["matures_at"] = time_of(self.now + 30 * DAY)
        self.post("tier1", "/v1/quotes/accept", self.post("factor", "/v1/quotes", asked))
        filing = {
            "expected": 1,
            "registration": DOCUMENT,
            "agreement": DOCUMENT,
            "registered_at": time_of(self.now),
        }
        self.post("factor", f"/v1/vouchers/{voucher}/file", filing)
        version = self.ask("auditor", f"/v1/vouchers/{voucher}").json()["version"]
        paid = {"voucher": voucher, "expected": version, "amount": "90000"}
        self.post("settlement", "/v1/disbursements", {**paid, "reference": "0x" + secrets.token_hex(32)})


@pytest.fixture(scope="module")
def house(
    serve: Callable[[Gateway], AbstractContextManager[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """A purchase, a sale with recourse and a loan; offers open, lapsed and passed on; one debt overdue."""
    node = AnvilNode(tmp_path_factory.mktemp("anvil")).start()
    database = f"sqlite:///{tmp_path_factory.mktemp('gateway') / 'gateway.db'}"
    try:
        gateway, tokens = sandbox(connect(node.url))
        with durable(gateway, node.url, database) as kept, serve(kept) as url, serve(gateway) as plain:
            house = House(kept, tokens, url, plain)
            house.evidence = house.items("anchor", "/v1/receivables")[0]["evidence"]
            for kind in ("purchase", "recourse-purchase", "pledge"):
                house.financed(house.voucher("100000"), kind)
            piece = house.split(house.voucher("700000"), "tier2", "300000")
            house.post("tier2", f"/v1/offers/{piece}/accept", {"expected": 0})
            house.split(piece, "tier3", "50000", by="tier2", expected=1)
            house.voucher("40000", term=2 * DAY)
            controls = kept.ledger.engine.controls
            assert controls is not None
            controls.advance_to(house.now + 40 * DAY)
            house.split(house.voucher("90000"), "tier2", "10000")
            yield house
    finally:
        node.stop()


def everybody(house: House) -> list[str]:
    return sorted(house.tokens)


@pytest.mark.parametrize("limit", [2, 200])
def test_lists_are_the_nodes_own_for_everybody(house: House, limit: int) -> None:
    """The rule who sees what is written twice, in Python for the node and in SQL: they must agree."""
    seen = 0
    for alias in everybody(house):
        for path, query in LISTS:
            cursor: str | None = None
            while True:
                page: dict[str, Any] = {"limit": limit, **query, **({"cursor": cursor} if cursor else {})}
                modelled, asked = (house.ask(alias, path, plain=plain, **page) for plain in (False, True))
                assert modelled.status_code == 200, modelled.text
                assert modelled.json() == asked.json(), (alias, path)
                assert modelled.headers["ledger-block"] == asked.headers["ledger-block"]
                assert modelled.headers["ledger-block-hash"] == asked.headers["ledger-block-hash"]
                assert modelled.headers["etag"] == asked.headers["etag"]
                seen += len(modelled.json()["items"])
                cursor = modelled.json()["next_cursor"]
                if cursor is None:
                    break
    assert seen > 20


def test_a_history_is_the_nodes_own_for_everybody(house: House) -> None:
    shown = 0
    for alias in everybody(house):
        for number in (1, 2, 4, 5, 99):
            path = f"/v1/receivables/{number}/history"
            modelled, asked = (house.ask(alias, path, plain=plain, limit=3) for plain in (False, True))
            assert (modelled.status_code, modelled.json()) == (asked.status_code, asked.json()), (
                alias,
                number,
            )
            shown += modelled.status_code == 200
            if modelled.status_code == 200 and modelled.json()["next_cursor"]:
                more = {"limit": 200, "cursor": modelled.json()["next_cursor"]}
                modelled, asked = (house.ask(alias, path, plain=plain, **more) for plain in (False, True))
                assert modelled.json() == asked.json()
    assert shown > 10


def test_a_history_that_is_not_for_the_caller_is_unknown(house: House) -> None:
    for number in (2, 99):
        answer = house.ask("carrier", f"/v1/receivables/{number}/history")
        assert (answer.status_code, answer.json()["rule"]) == (404, "issue-unknown")


def test_who_has_written_finds_it_in_the_list_at_once(house: House) -> None:
    for _ in range(3):
        voucher = int(house.voucher("1000"))
        numbers = [one["number"] for one in house.items("tier1", "/v1/receivables", limit=200)]
        assert voucher >> 48 in numbers


def test_sums_are_those_of_the_lists(house: House) -> None:
    anchor = house.number("anchor")
    open_ = [one for one in house.items("auditor", "/v1/receivables", limit=200) if one["state"] == "open"]
    unpaid = sum(int(one["face"]) - int(one["paid"]) for one in open_)
    overdue = sum(int(one["face"]) - int(one["paid"]) for one in open_ if one["overdue"])

    (exposure,) = house.items("auditor", "/v1/analytics/exposure", debtor=anchor, currency="CNY")
    assert (int(exposure["unpaid"]), exposure["receivables"]) == (unpaid, len(open_))
    assert 0 < int(exposure["overdue"]) == overdue
    aged = house.items("auditor", "/v1/analytics/ageing", debtor=anchor)
    assert sum(int(one["unpaid"]) for one in aged) == unpaid
    assert "31-60" in [one["bucket"] for one in aged]

    held: dict[int, int] = defaultdict(int)
    next_due: dict[int, str] = {}
    for one in open_:
        for holding in house.ask("auditor", f"/v1/receivables/{one['number']}/vouchers").json()["holdings"]:
            holder = holding["participant"]
            held[holder] += int(holding["amount"])
            if not one["overdue"]:
                next_due[holder] = min(one["due_at"], next_due.get(holder, one["due_at"]))
    holdings = house.items("auditor", "/v1/analytics/holdings")
    assert {one["holder"]: int(one["held"]) for one in holdings} == held
    assert {one["holder"]: one["next_due_at"] for one in holdings if one["next_due_at"]} == next_due
    assert next_due
    tiers = house.items("auditor", "/v1/analytics/tiers")
    assert sum(int(one["held"]) for one in tiers) == sum(held.values())
    assert {one["tier"] for one in tiers} >= {0, 1}


def test_financings_cost_what_they_cost(house: House) -> None:
    costs = house.items("auditor", "/v1/analytics/financing-costs")

    found = {one["kind"]: (one["face"], one["amount"], one["cost"]) for one in costs}
    assert found == {
        "purchase": ("100000", "90000", "10000"),
        "recourse-purchase": ("100000", "90000", "2000"),
        "pledge": ("100000", "90000", "2000"),
    }
    assert all(float(one["yearly_rate"]) > 0 for one in costs)
    by_kind = house.items("auditor", "/v1/analytics/financing-costs/by-kind")
    assert {one["kind"]: one["cost"] for one in by_kind} == {kind: cost for kind, (*_, cost) in found.items()}
    assert {one["kind"]: one["yearly_rate"] for one in by_kind} == {
        one["kind"]: one["yearly_rate"] for one in costs
    }
    (rate,) = house.items("anchor", "/v1/analytics/financing-rate")
    assert (rate["financed"], rate["pledged"]) == ("300000", "100000")
    assert rate["rate"] == f"{300_000 / int(rate['face']):.6f}"


@pytest.mark.parametrize("path", ANALYTICS)
def test_who_sees_all_sees_all_and_others_their_own(house: House, path: str) -> None:
    everything = house.items("auditor", f"/v1/analytics/{path}", **paged(path))
    assert house.items("settlement", f"/v1/analytics/{path}", **paged(path)) == everything
    about = {
        "exposure": "debtor",
        "group-exposure": "head",
        "ageing": "debtor",
        "tiers": "debtor",
        "holdings": "holder",
        "financing-rate": "debtor",
        "waiting-offers": "participant",
    }
    roles = {
        one["number"]: set(one["roles"]) for one in house.items("auditor", "/v1/participants", limit=200)
    }
    for alias in everybody(house):
        if roles[house.number(alias)] & SEES_ALL:
            continue
        own = house.items(alias, f"/v1/analytics/{path}", **paged(path))
        if path in about:
            assert own == [one for one in everything if one[about[path]] == house.number(alias)], alias
        elif path != "financing-costs/by-kind":
            numbers = {one["number"] for one in house.items(alias, "/v1/receivables", plain=True, limit=200)}
            assert own == [one for one in everything if one["receivable"] in numbers], alias


def paged(path: str) -> dict[str, Any]:
    return {} if path == "financing-costs/by-kind" else {"limit": 200}


def test_costs_by_kind_are_of_what_the_caller_may_see(house: House) -> None:
    assert house.items("carrier", "/v1/analytics/financing-costs/by-kind") == []
    assert house.items("tier3", "/v1/analytics/financing-costs/by-kind") == []
    for alias in ("factor", "tier1", "anchor"):
        kinds = {one["kind"] for one in house.items(alias, "/v1/analytics/financing-costs/by-kind")}
        assert kinds >= {"recourse-purchase", "pledge"}, alias
    assert house.items("auditor", "/v1/analytics/financing-costs/by-kind", currency="USD") == []


def test_encumbered_vouchers_say_why(house: House) -> None:
    found = house.items("auditor", "/v1/analytics/encumbered-vouchers", limit=200)
    by_encumbrance: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in found:
        by_encumbrance[one["encumbrance"]].append(one)
    (pledged,) = by_encumbrance["pledged"]
    assert (pledged["kind"], pledged["counterparty"]) == ("pledge", house.number("factor"))
    assert pledged["past"] is True
    assert {one["counterparty"] for one in by_encumbrance["offered"]} == {
        house.number("tier2"),
        house.number("tier3"),
    }
    assert any(one["bound"] for one in by_encumbrance["free"])
    waiting = house.items("tier3", "/v1/analytics/waiting-offers")
    assert [(one["vouchers"], one["lapsed"], one["next_lapses_at"]) for one in waiting] == [(0, 1, None)]
    (open_,) = house.items("tier2", "/v1/analytics/waiting-offers")
    assert (open_["vouchers"], open_["offered"], open_["lapsed"]) == (1, "10000", 0)
    assert open_["next_lapses_at"]


@pytest.mark.parametrize("path", [each for each in ANALYTICS if "by-kind" not in each])
def test_pages_lead_through_a_list_once(house: House, path: str) -> None:
    whole = house.items("auditor", f"/v1/analytics/{path}", limit=200)
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        query: dict[str, Any] = {"limit": 1, **({"cursor": cursor} if cursor else {})}
        answer = house.ask("auditor", f"/v1/analytics/{path}", **query).json()
        found += answer["items"]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert found == whole


@pytest.mark.parametrize(
    "keys",
    [
        "v2:[1]",
        "v2:[1,156,3]",
        'v2:["a","b"]',
        "v2:[-1,156]",
        f"v2:[{2**300},156]",
        "v1:7",
        "v2:[1,true]",
        "[",
    ],
)
def test_a_cursor_of_ones_own_making_is_refused(house: House, keys: str) -> None:
    cursor = base64.urlsafe_b64encode(keys.encode()).decode().rstrip("=")[:100]
    answer = house.ask("auditor", "/v1/analytics/exposure", cursor=cursor)
    assert (answer.status_code, answer.json()["rule"]) == (422, "cursor-invalid")


def test_a_far_cursor_is_past_the_end(house: House) -> None:
    for path, keys in (("encumbered-vouchers", [2**80 - 1]), ("financing-costs", [2**80 - 1, 2**80 - 1])):
        text = f"v2:[{','.join(map(str, keys))}]"
        cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        assert house.items("auditor", f"/v1/analytics/{path}", cursor=cursor) == []


def test_a_response_names_its_block_and_holds_until_it_changes(house: House) -> None:
    first = house.ask("anchor", "/v1/analytics/exposure")
    head = house.ask("anchor", "/v1/receivables", plain=True)
    assert first.headers["ledger-block-hash"] == head.headers["ledger-block-hash"]
    headers = {
        "Authorization": f"Bearer {house.tokens['anchor']}",
        "If-None-Match": first.headers["etag"],
    }
    with httpx.Client(base_url=house.url, headers=headers, trust_env=False) as client:
        assert client.get("/v1/analytics/exposure").status_code == 304
        house.voucher("2000")
        assert client.get("/v1/analytics/exposure").status_code == 200


def test_a_gateway_without_a_database_has_no_sums(house: House) -> None:
    for path in ANALYTICS:
        answer = house.ask("auditor", f"/v1/analytics/{path}", plain=True)
        assert (answer.status_code, answer.json()["rule"]) == (501, "read-model-missing")


def test_a_read_model_that_has_stopped_gives_no_sums_and_lists_come_from_the_node(
    house: House, serve: Callable[[Gateway], AbstractContextManager[str]]
) -> None:
    from chain.readmodel import ModelWorker

    kept = house.gateway.kept
    assert kept is not None
    never_started = ModelWorker(kept.model.model, kept.node)
    with serve(replace(house.gateway, kept=replace(kept, model=never_started))) as url:
        stopped = replace(house, url=url)
        answer = stopped.ask("auditor", "/v1/analytics/exposure")
        listed = stopped.items("auditor", "/v1/receivables", limit=200)

    assert (answer.status_code, answer.json()["rule"]) == (503, "read-model-stopped")
    assert listed == house.items("auditor", "/v1/receivables", limit=200)
