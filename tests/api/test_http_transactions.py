"""Transactions taken on record without waiting: asked for, looked up, refused, found again."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from api.http.durable import durable
from api.http.gateway import Gateway
from api.http.sandbox import sandbox
from chain.database import reading
from chain.engines import connect, fund
from chain.outbox import Outbox, tables
from chain.signing import LocalSigner, new_signer
from tests.services import AnvilNode

pytestmark = pytest.mark.contracts

HOP = "0x" + "7b" * 32
ASYNC = {"Prefer": "respond-async"}
Serve = Callable[[Gateway], AbstractContextManager[str]]


@dataclass(frozen=True)
class House:
    """A gateway with a database, served; and what each member asks of it."""

    gateway: Gateway
    tokens: dict[str, str]
    url: str

    @property
    def outbox(self) -> Outbox:
        assert self.gateway.intake is not None
        return self.gateway.intake.outbox

    def client(self, alias: str) -> httpx.Client:
        return httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {self.tokens[alias]}"}, timeout=60
        )

    def post(self, alias: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with self.client(alias) as client:
            return client.post(path, json=body, headers=named)

    def get(self, alias: str, path: str, **query: Any) -> Any:
        with self.client(alias) as client:
            answer = client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def number(self, alias: str) -> int:
        return next(member.number for member in self.gateway.members if member.alias == alias)

    def signer(self, alias: str) -> LocalSigner:
        signer = next(member.signer for member in self.gateway.members if member.alias == alias)
        assert isinstance(signer, LocalSigner)
        return signer

    def ended(self, alias: str, where: str) -> dict[str, Any]:
        """A transaction once it has ended."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.get(alias, where)
            if found["state"] in ("final", "reverted", "expired"):
                return found
            time.sleep(0.05)
        raise AssertionError(found)

    def voucher(self) -> str:
        """The sandbox's own voucher: the first supplier's."""
        return str(1 << 48)

    def version(self) -> int:
        return int(self.get("tier1", f"/v1/vouchers/{self.voucher()}")["version"])

    def split(self, version: int, amount: str = "10") -> dict[str, Any]:
        return {
            "expected": version,
            "legs": [{"to": self.number("tier1"), "amount": amount, "evidence": HOP}],
        }

    def operation(self, key: str, version: int) -> dict[str, Any]:
        return {
            "key": key,
            "operation": "splitVoucher",
            "voucher": self.voucher(),
            "body": self.split(version),
        }

    def amount(self) -> int:
        return int(self.get("tier1", f"/v1/vouchers/{self.voucher()}")["amount"])

    def taken(self) -> int:
        """How many transactions there are on record."""
        with reading(self.outbox.database) as connection:
            return int(connection.execute(select(func.count(tables.transaction.c.id))).scalar_one())


@pytest.fixture(scope="module")
def house(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    node = AnvilNode(tmp_path_factory.mktemp("anvil")).start()
    database = f"sqlite:///{tmp_path_factory.mktemp('gateway') / 'gateway.db'}"
    try:
        gateway, tokens = sandbox(connect(node.url))
        with durable(gateway, node.url, database) as kept, serve(kept) as url:
            yield House(kept, tokens, url)
    finally:
        node.stop()


def key() -> str:
    return secrets.token_hex(8)


# One request, one transaction


def test_a_write_that_does_not_wait_is_answered_once_it_is_on_record(house: House) -> None:
    before, version = house.amount(), house.version()

    answer = house.post("tier1", f"/v1/vouchers/{house.voucher()}/split", house.split(version), **ASYNC)

    assert answer.status_code == 202, answer.text
    assert answer.headers["preference-applied"] == "respond-async"
    ended = house.ended("tier1", answer.headers["location"])
    assert (ended["state"], ended["refusal"], ended["hash"]) == ("final", None, answer.json()["hash"])
    assert [one["state"] for one in ended["history"]] == ["queued", "submitted", "included", "final"]
    assert house.amount() == before - 10


def test_the_same_key_is_the_same_transaction_and_the_same_answer(house: House) -> None:
    version, named, before = house.version(), key(), house.taken()
    path, body = f"/v1/vouchers/{house.voucher()}/split", house.split(version)

    first = house.post("tier1", path, body, Idempotency_Key=named, **ASYNC)
    house.ended("tier1", first.headers["location"])
    again = house.post("tier1", path, body, Idempotency_Key=named, **ASYNC)
    other = house.post("tier1", path, house.split(version, "11"), Idempotency_Key=named, **ASYNC)
    waiting = house.post("tier1", path, body, Idempotency_Key=named)

    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["rule"]) == (422, "idempotency-key-reused")
    assert waiting.status_code == 201, waiting.text
    assert waiting.json()["transaction"]["hash"] == first.json()["hash"]
    assert house.taken() == before + 1


def test_an_answer_that_was_waited_for_is_given_again_to_who_does_not_wait(house: House) -> None:
    named, path = key(), f"/v1/vouchers/{house.voucher()}/split"
    stale = house.split((house.version() + 1) % 256)

    refused = house.post("tier1", path, stale, Idempotency_Key=named)
    again = house.post("tier1", path, stale, Idempotency_Key=named, **ASYNC)
    other = house.post("tier1", path, house.split(house.version()), Idempotency_Key=named, **ASYNC)

    assert refused.json()["rule"] == "stale-voucher"
    assert (again.status_code, again.content) == (409, refused.content)
    assert (other.status_code, other.json()["rule"]) == (422, "idempotency-key-reused")


def test_many_requests_at_once_each_make_their_transaction(house: House) -> None:
    path, before = f"/v1/vouchers/{house.voucher()}/split", house.taken()
    with ThreadPoolExecutor(12) as pool:
        answers = list(
            pool.map(
                lambda n: house.post(
                    "tier1", path, house.split(n % 256, "1"), Idempotency_Key=f"m{n}", **ASYNC
                ),
                [*range(12), *range(12)],
            )
        )

    assert {each.status_code for each in answers} == {202}
    assert len({each.json()["hash"] for each in answers}) == 12
    assert house.taken() == before + 12
    for each in answers:
        house.ended("tier1", each.headers["location"])


def test_what_is_not_understood_is_not_taken(house: House) -> None:
    path, before = f"/v1/vouchers/{house.voucher()}/split", house.taken()

    wrong = house.post("tier1", path, {"expected": "0", "legs": []}, Idempotency_Key=key(), **ASYNC)
    nowhere = house.post("tier1", "/v1/vouchers/first/split", house.split(0), **ASYNC)
    with httpx.Client(base_url=house.url, headers=ASYNC) as client:
        nobody = client.post(path, json=house.split(0))

    assert (wrong.status_code, wrong.json()["rule"]) == (422, "request-invalid")
    assert {each["pointer"] for each in wrong.json()["errors"]} == {"#/expected", "#/legs"}
    assert nowhere.json()["errors"][0]["parameter"] == "voucher"
    assert nobody.status_code == 401
    assert house.taken() == before


def test_any_other_write_need_not_wait_either(house: House) -> None:
    invoice = {
        "nullifier": "0x" + secrets.token_hex(32),
        "creditor": house.number("tier1"),
        "currency": "CNY",
        "total": "100",
    }
    named = key()

    answer = house.post("tax", "/v1/invoices", invoice, Idempotency_Key=named, **ASYNC)
    again = house.post("tax", "/v1/invoices", invoice, Idempotency_Key=named, **ASYNC)

    assert answer.status_code == 202, answer.text
    assert again.content == answer.content
    assert house.ended("tax", answer.headers["location"])["state"] == "final"
    assert house.get("tax", f"/v1/invoices/{invoice['nullifier']}")["total"] == "100"


def test_without_the_preference_a_write_waits_as_ever(house: House) -> None:
    answer = house.post(
        "tier1",
        f"/v1/vouchers/{house.voucher()}/split",
        house.split(house.version()),
        Prefer="return=minimal",
    )

    assert answer.status_code == 201
    assert "preference-applied" not in answer.headers


# Refusals


def test_a_refusal_is_told_as_that_of_a_write_that_waits(house: House) -> None:
    stale = house.split((house.version() + 7) % 256)
    path = f"/v1/vouchers/{house.voucher()}/split"

    waited = house.post("tier1", path, stale).json()
    answer = house.post("tier1", path, stale, **ASYNC)
    ended = house.ended("tier1", answer.headers["location"])

    assert ended["state"] == "reverted"
    for field in ("rule", "status", "detail", "facts", "policy", "citation", "remedy"):
        assert ended["refusal"].get(field) == waited.get(field), field


def test_what_is_not_to_be_seen_is_refused_as_if_it_did_not_exist(house: House) -> None:
    hidden = house.post("tier3", f"/v1/vouchers/{house.voucher()}/split", house.split(0), **ASYNC)
    nothing = house.post("tier3", f"/v1/vouchers/{999 << 48}/split", house.split(0), **ASYNC)

    refusals = [house.ended("tier3", each.headers["location"])["refusal"] for each in (hidden, nothing)]

    assert [each["rule"] for each in refusals] == ["voucher-unknown"] * 2
    assert refusals[0]["facts"] == {"voucher": house.voucher()}


# Batches


def test_a_batch_is_taken_whole_in_its_order(house: House) -> None:
    version, before = house.version(), house.amount()
    operations = [house.operation(key(), (version + n) % 256) for n in range(20)]

    answer = house.post("tier1", "/v1/transactions", {"operations": operations})

    assert answer.status_code == 202, answer.text
    taken = answer.json()["transactions"]
    assert [each["key"] for each in taken] == [each["key"] for each in operations]
    for each in taken:
        house.ended("tier1", f"/v1/transactions/{each['id']}")
    found = house.get("tier1", "/v1/transactions", ids=",".join(str(each["id"]) for each in taken))
    assert {each["state"] for each in found["items"]} == {"final"}
    nonces = [each["nonce"] for each in found["items"]]
    assert nonces == list(range(nonces[0], nonces[0] + 20))
    assert house.amount() == before - 200


def test_a_batch_sent_again_makes_nothing_twice(house: House) -> None:
    version, before = house.version(), house.taken()
    batch = {"operations": [house.operation(key(), (version + n) % 256) for n in range(3)]}

    first = house.post("tier1", "/v1/transactions", batch)
    again = house.post("tier1", "/v1/transactions", batch)
    kept = house.post("tier1", "/v1/transactions", batch, Idempotency_Key=key())

    assert first.content == again.content == kept.content
    assert house.taken() == before + 3
    for each in first.json()["transactions"]:
        house.ended("tier1", f"/v1/transactions/{each['id']}")


def test_a_batch_with_one_operation_that_cannot_be_taken_is_not_taken_at_all(house: House) -> None:
    used = house.operation(key(), house.version())
    done = house.post("tier1", "/v1/transactions", {"operations": [used]}).json()["transactions"]
    house.ended("tier1", f"/v1/transactions/{done[0]['id']}")
    before = house.taken()
    other = {**used, "body": house.split(0, "12")}
    twice = house.operation(key(), 1)

    reused = house.post("tier1", "/v1/transactions", {"operations": [house.operation(key(), 0), other]})
    within = house.post(
        "tier1", "/v1/transactions", {"operations": [twice, {**twice, "body": house.split(2)}]}
    )
    wrong = house.post("tier1", "/v1/transactions", {"operations": [twice, {**twice, "voucher": "x"}]})
    unknown = house.post("tier1", "/v1/transactions", {"operations": [{**twice, "operation": "mint"}]})

    assert (reused.status_code, reused.json()["rule"]) == (422, "idempotency-key-reused")
    assert (within.status_code, within.json()["rule"]) == (422, "idempotency-key-reused")
    assert wrong.json()["errors"][0]["pointer"].startswith("#/operations/1")
    assert (unknown.status_code, unknown.json()["rule"]) == (422, "request-invalid")
    assert house.taken() == before


def test_a_voucher_goes_the_whole_way_in_operations(house: House) -> None:
    version, tier2 = house.version(), house.number("tier2")
    split = {**house.operation(key(), version)}
    split["body"] = {"expected": version, "legs": [{"to": tier2, "amount": "30", "evidence": HOP}]}
    taken = house.post("tier1", "/v1/transactions", {"operations": [split]}).json()["transactions"]
    house.ended("tier1", f"/v1/transactions/{taken[0]['id']}")
    (offered,) = [
        each["voucher"]["id"]
        for each in house.get("tier2", "/v1/offers")["items"]
        if each["voucher"]["amount"] == "30"
    ]
    refuse: dict[str, Any] = {"key": key(), "operation": "refuseOffer", "voucher": offered}
    refuse["body"] = {"expected": 0, "reason": "数量不符"}
    taken = house.post("tier2", "/v1/transactions", {"operations": [refuse]}).json()["transactions"]
    assert house.ended("tier2", f"/v1/transactions/{taken[0]['id']}")["state"] == "final"
    offer: dict[str, Any] = {"key": key(), "operation": "makeOffer"}
    offer["body"] = {"voucher": offered, "expected": 1, "to": tier2, "evidence": HOP}
    withdraw = {"key": key(), "operation": "withdrawOffer", "voucher": offered, "body": {"expected": 2}}
    again = {**offer, "key": key(), "body": {**offer["body"], "expected": 3}}
    both = {"operations": [offer, withdraw, again]}
    for each in house.post("tier1", "/v1/transactions", both).json()["transactions"]:
        assert house.ended("tier1", f"/v1/transactions/{each['id']}")["state"] == "final"
    accept = {"key": key(), "operation": "acceptOffer", "voucher": offered, "body": {"expected": 4}}
    taken = house.post("tier2", "/v1/transactions", {"operations": [accept]}).json()["transactions"]

    assert house.ended("tier2", f"/v1/transactions/{taken[0]['id']}")["state"] == "final"
    assert house.get("tier2", f"/v1/vouchers/{offered}")["holder"] == tier2


# Looking up


def test_an_account_sees_its_own_transactions_only(house: House) -> None:
    answer = house.post(
        "tier1", f"/v1/vouchers/{house.voucher()}/split", house.split(house.version()), **ASYNC
    )
    number = answer.json()["id"]
    house.ended("tier1", answer.headers["location"])

    with house.client("bank") as client:
        other = client.get(answer.headers["location"])
        nothing = client.get("/v1/transactions/999999999")

    assert (other.status_code, other.json()["rule"]) == (404, "transaction-unknown")
    assert nothing.json()["rule"] == "transaction-unknown"
    assert house.get("bank", "/v1/transactions", ids=str(number))["items"] == []
    assert number not in [each["id"] for each in house.get("bank", "/v1/transactions")["items"]]


def test_pages_lead_through_all_of_an_accounts_transactions(house: House) -> None:
    version = house.version()
    batch = {"operations": [house.operation(key(), (version + n) % 256) for n in range(5)]}
    taken = house.post("tier1", "/v1/transactions", batch).json()["transactions"]
    for each in taken:
        house.ended("tier1", f"/v1/transactions/{each['id']}")

    seen: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = house.get("tier1", "/v1/transactions", limit=3, **cursor)
        seen += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    since = house.get("tier1", "/v1/transactions", after=taken[1]["id"], state="final")["items"]
    live = house.get("tier1", "/v1/transactions", state=["queued", "submitted"])["items"]

    assert seen == sorted(set(seen))
    assert seen[-5:] == [each["id"] for each in taken]
    assert [each["id"] for each in since] == [each["id"] for each in taken[2:]]
    assert live == []


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ({"ids": "1,x"}, "request-invalid"),
        ({"ids": "1", "after": 3}, "ids-invalid"),
        ({"ids": ",".join(map(str, range(501)))}, "ids-invalid"),
        ({"state": "lost"}, "state-unknown"),
        ({"limit": 501}, "request-invalid"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(house: House, query: dict[str, Any], rule: str) -> None:
    with house.client("tier1") as client:
        answer = client.get("/v1/transactions", params=query)

    assert (answer.status_code, answer.json()["rule"]) == (422, rule)


# Signed by the client


def own_account(house: House) -> LocalSigner:
    """An account of the first supplier's whose key the gateway does not have."""
    signer = new_signer()
    fund(house.gateway.ledger.engine, signer.address)
    body = {"account": signer.address, "scope": ["supplier"]}
    answer = house.post("tier1", "/v1/accounts", body)
    assert answer.status_code == 201, answer.text
    return signer


def signed(house: House, signer: LocalSigner, version: int, nonce: int = 0) -> str:
    ledger = house.gateway.ledger
    to, data = ledger.receivables.encoded(
        "split", int(house.voucher()), version, [(house.number("tier1"), 10, bytes.fromhex(HOP[2:]))]
    )
    fields = {
        "chainId": ledger.manifest.chain_id,
        "nonce": nonce,
        "gasPrice": 2 * 10**9,
        "gas": 1_000_000,
        "to": to,
        "value": 0,
        "data": data,
    }
    return "0x" + signer.sign_transaction(fields).hex()


def test_a_client_may_sign_itself(house: House) -> None:
    signer, before = own_account(house), house.amount()
    raw = {"raw": signed(house, signer, house.version())}

    answer = house.post("tier1", "/v1/transactions/raw", raw)
    again = house.post("tier1", "/v1/transactions/raw", raw)

    assert answer.status_code == 202, answer.text
    assert again.content == answer.content
    ended = house.ended("tier1", answer.headers["location"])
    assert (ended["state"], ended["signer"]) == ("final", signer.address)
    assert house.amount() == before - 10


def test_a_signed_transaction_that_is_not_the_callers_to_send_is_refused(house: House) -> None:
    signer = own_account(house)
    raw = signed(house, signer, house.version())
    stranger = signed(house, new_signer(), 0)
    gateways = signed(house, house.signer("tier1"), 0, 999)
    used = signed(house, signer, 0)
    first = house.post("tier1", "/v1/transactions/raw", {"raw": raw})
    house.ended("tier1", first.headers["location"])

    def refused(alias: str, given: str) -> tuple[int, str]:
        answer = house.post(alias, "/v1/transactions/raw", {"raw": given})
        return answer.status_code, answer.json()["rule"]

    assert refused("tier2", raw) == (403, "signer-not-callers")
    assert refused("tier1", stranger) == (403, "signer-not-callers")
    assert refused("tier1", gateways) == (422, "transaction-refused")
    assert refused("tier1", used) == (422, "transaction-refused")
    assert refused("tier1", "0x" + "00" * 40) == (422, "transaction-refused")
    assert refused("tier1", "0xzz") == (422, "request-invalid")


# Without a database


def test_a_gateway_without_a_database_says_that_it_keeps_none(serve: Serve) -> None:
    gateway, tokens = sandbox()
    with serve(gateway) as url:
        house = House(gateway, tokens, url)
        version = house.version()
        batch = house.post("tier1", "/v1/transactions", {"operations": [house.operation(key(), version)]})
        raw = house.post("tier1", "/v1/transactions/raw", {"raw": "0x00"})
        with house.client("tier1") as client:
            listed = client.get("/v1/transactions")
        # A preference is one: who cannot follow it answers as ever (RFC 7240, section 2).
        split = house.post("tier1", f"/v1/vouchers/{house.voucher()}/split", house.split(version), **ASYNC)

    for answer in (batch, raw, listed):
        assert (answer.status_code, answer.json()["rule"]) == (501, "transactions-not-kept")
    assert split.status_code == 201
    assert "preference-applied" not in split.headers
