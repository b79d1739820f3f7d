"""What holds of every call: who may ask, problems, idempotency, ETags, pages, the OpenAPI document."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import httpx
import pytest

from api.http.answers import Answer, Answers
from api.http.bodies import check_depth
from api.http.gateway import Gateway, Member, hash_token
from api.http.problems import ApiProblem
from api.http.refusals import CONFLICT, FORBIDDEN, STATUS, UNKNOWN, UNPROCESSABLE
from chain.errors import BY_NAME

Confirmed = Callable[..., dict[str, Any]]
HOP = "0x" + "7b" * 32
METHODS = {"get", "post", "put", "delete", "patch"}


class Served(Protocol):
    gateway: Gateway
    tokens: dict[str, str]
    url: str

    def __call__(self, alias: str) -> httpx.Client: ...

    def number(self, alias: str) -> int: ...


@pytest.fixture(scope="module")
def document(served: Served) -> dict[str, Any]:
    answer: dict[str, Any] = served("").get("/openapi.json").json()
    return answer


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert method in METHODS
            yield path, method, operation


def problem_of(answer: httpx.Response, status: int, rule: str) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["status"], problem["rule"]) == (status, status, rule)
    assert problem["type"] == f"urn:counterfoil:rule:{rule}"
    return problem


def test_only_a_token_opens(served: Served, document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        if "security" not in operation:
            assert path in ("/livez", "/readyz", "/metrics")
            assert served("").request(method, path).status_code == 200
            continue
        where = path.format(
            number=1,
            voucher=1,
            claim=1,
            debtor=1,
            account="0x" + "00" * 20,
            commitment="0x" + "00" * 32,
            job="0x" + "00" * 32,
            nullifier="0x" + "00" * 32,
        )
        answer = served("").request(method, where)
        problem_of(answer, 401, "token-missing")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    for wrong in ("Bearer wrong", f"Basic {served.tokens['bank']}", "Bearer", served.tokens["bank"]):
        answer = served("").get("/v1/participants/me", headers={"Authorization": wrong})
        rule = "token-invalid" if wrong == "Bearer wrong" else "token-missing"
        problem_of(answer, 401, rule)
        assert "www-authenticate" in answer.headers
    assert served("").get("/docs").status_code == 200


def test_a_token_acts_for_one_participant(served: Served) -> None:
    for alias in served.tokens:
        me = served(alias).get("/v1/participants/me").json()
        assert me["number"] == served.number(alias)
    member = served.gateway.members[0]
    twin = Member(99, "twin", "twin", member.signer, member.token_sha256)
    with pytest.raises(ValueError, match="a token of its own"):
        Gateway(served.gateway.ledger, (member, twin))


def test_no_secret_is_shown(served: Served) -> None:
    shown = repr(served.gateway) + repr(served.gateway.members) + str(served.gateway)
    for token in served.tokens.values():
        assert token not in shown
        assert hash_token(token).hex() not in shown
        assert repr(hash_token(token)) not in shown
    assert "0x" not in shown


def test_every_refusal_of_the_ledger_has_its_status() -> None:
    listed = [*FORBIDDEN, *UNKNOWN, *CONFLICT, *UNPROCESSABLE]
    assert len(listed) == len(set(listed))
    assert set(STATUS) == set(listed) == set(BY_NAME.values())


def test_what_is_not_there_is_a_problem(served: Served) -> None:
    problem_of(served("bank").get("/v2"), 404, "not-found")
    problem_of(served("").get("/nothing/at/all"), 404, "not-found")
    answer = served("bank").delete("/v1/receivables")
    problem_of(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["allow"]
    problem_of(served("bank").get("/v1/participants/999"), 404, "participant-unknown")


def test_what_is_not_understood_is_pointed_at(served: Served) -> None:
    leg = {"to": 3, "amount": 40000, "evidence": "0xABC", "more": 1}
    body = {"expected": "0", "legs": [leg]}
    answer = served("tier1").post("/v1/vouchers/281474976710656/split", json=body)
    problem = problem_of(answer, 422, "request-invalid")
    assert {one["pointer"] for one in problem["errors"]} == {
        "#/expected",
        "#/legs/0/amount",
        "#/legs/0/evidence",
        "#/legs/0/more",
    }
    amount = next(one for one in problem["errors"] if one["pointer"] == "#/legs/0/amount")
    assert amount["detail"] == "must be text of whole minor units, such as '4000000'"
    answer = served("tier1").get("/v1/receivables", params={"limit": 0})
    assert problem_of(answer, 422, "request-invalid")["errors"][0]["parameter"] == "limit"
    answer = served("tier1").get("/v1/vouchers/first")
    assert problem_of(answer, 422, "request-invalid")["errors"][0]["parameter"] == "voucher"
    headers = {"Content-Type": "application/json"}
    answer = served("tier1").post("/v1/offers", content=b'{"vou', headers=headers)
    assert problem_of(answer, 422, "request-invalid")["errors"][0]["pointer"] == "#"
    answer = served("tier1").post("/v1/quotes", json={"a/b~": 1})
    pointers = [one["pointer"] for one in problem_of(answer, 422, "request-invalid")["errors"]]
    assert "#/a~1b~0" in pointers
    half = b'{"\\ud800": "\\udfff"}'
    answer = served("tier1").post("/v1/quotes", content=half, headers=headers)
    problem_of(answer, 422, "request-invalid")


def test_a_body_too_large_or_too_deep_is_not_parsed(served: Served) -> None:
    for client in (served(""), served("tier1")):
        for body in (b"[" * 100_000, b'{"a":' * 100_000, b"[" * 17 + b"]" * 17):
            problem_of(client.post("/v1/offers", content=body), 422, "body-too-deep")
        problem_of(client.post("/v1/offers", content=b" " * (2**20 + 1)), 413, "body-too-large")
    check_depth(b"[]" * 1000 + b'"' + b"[" * 1000 + b'\\"' + b"{" * 1000 + b'"' + b"]")
    check_depth(b'"' + b'\\"[' * 250_000 + b"\\")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("face", "281474976710656"),
        ("face", "-1"),
        ("face", "1.5"),
        ("currency", "RMB"),
        ("due_at", "2027-03-31"),
        ("due_at", "2027-13-31T00:00:00Z"),
        ("due_at", "2027-03-31T00:00:00"),
        ("due_at", "9999-12-31T23:59:59Z"),
        ("evidence", "0x" + "AB" * 32),
        ("invoice", "ab" * 32),
        ("debtor", 2**32),
        ("debtor", True),
    ],
)
def test_values_out_of_range_are_refused(served: Served, field: str, value: object) -> None:
    body = {
        "debtor": 1,
        "creditor": 2,
        "face": "1",
        "currency": "CNY",
        "delivered_at": "2026-01-31T00:00:00+08:00",
        "due_at": "2027-03-31T00:00:00+08:00",
        "evidence": HOP,
        "invoice": HOP,
    }
    answer = served("tier1").post("/v1/receivables", json={**body, field: value})
    problem = problem_of(answer, 422, "request-invalid")
    assert [one["pointer"] for one in problem["errors"]] == [f"#/{field}"]
    problem_of(served("tier1").post("/v1/receivables", json=body), 409, "evidence-invalid")


def test_a_failure_inside_shows_nothing(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the secret of the house")

    def hang_up(*_: object) -> None:
        raise ConnectionError("http://node.internal:8545 does not answer")

    monkeypatch.setattr("api.http.routes.participants.reading", fail)
    answer = served("bank").get("/v1/participants/me")
    problem_of(answer, 500, "internal-error")
    assert answer.headers["connection"] == "close"
    assert "secret" not in answer.text
    monkeypatch.setattr("api.http.routes.participants.reading", hang_up)
    answer = served("bank").get("/v1/participants/me")
    problem_of(answer, 503, "ledger-unreachable")
    assert "node.internal" not in answer.text


def test_a_write_sent_twice_happens_once(served: Served, confirmed: Confirmed) -> None:
    voucher = str(confirmed("100000")["number"] << 48)
    leg = {"to": served.number("tier2"), "amount": "40000", "evidence": HOP}
    body = {"expected": 0, "legs": [leg]}
    headers = {"Idempotency-Key": secrets.token_hex()}
    where = f"/v1/vouchers/{voucher}/split"
    first = served("tier1").post(where, json=body, headers=headers)
    again = served("tier1").post(where, json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert served("tier1").get(f"/v1/vouchers/{voucher}").json()["amount"] == "60000"

    other = {"expected": 1, "legs": [leg]}
    answer = served("tier1").post(where, json=other, headers=headers)
    problem_of(answer, 422, "idempotency-key-reused")
    # Another participant's key is another key; and without any, the version guards.
    answer = served("tier2").post(where, json=body, headers=headers)
    problem_of(answer, 403, "not-holder")
    problem_of(served("tier1").post(where, json=body), 409, "stale-voucher")
    long = {"Idempotency-Key": "k" * 256}
    problem_of(served("tier1").post(where, json=body, headers=long), 422, "idempotency-key-invalid")
    problem_of(served("").post(where, json=body, headers=headers), 401, "token-missing")


def test_a_refusal_is_answered_alike_and_a_misunderstanding_frees_its_key(
    served: Served, confirmed: Confirmed
) -> None:
    voucher = str(confirmed("100000")["number"] << 48)
    where = f"/v1/vouchers/{voucher}/split"
    leg = {"to": served.number("tier2"), "amount": "0", "evidence": HOP}
    headers = {"Idempotency-Key": secrets.token_hex()}
    bad = {"expected": "x", "legs": [leg]}
    problem_of(served("tier1").post(where, json=bad, headers=headers), 422, "request-invalid")
    body = {"expected": 0, "legs": [leg]}
    first = served("tier1").post(where, json=body, headers=headers)
    again = served("tier1").post(where, json=body, headers=headers)
    problem_of(first, 422, "leg-too-short")
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content


def test_a_write_sent_many_times_at_once_happens_once(served: Served, confirmed: Confirmed) -> None:
    voucher = str(confirmed("100000")["number"] << 48)
    leg = {"to": served.number("tier1"), "amount": "10", "evidence": HOP}
    body = {"expected": 0, "legs": [leg]}
    headers = {"Idempotency-Key": secrets.token_hex(), "Authorization": f"Bearer {served.tokens['tier1']}"}
    ready = threading.Barrier(4)

    def send() -> httpx.Response:
        ready.wait()
        return httpx.post(f"{served.url}/v1/vouchers/{voucher}/split", json=body, headers=headers)

    with ThreadPoolExecutor(4) as pool:
        answers = [one.result() for one in [pool.submit(send) for _ in range(4)]]
    assert {one.status_code for one in answers} <= {201, 409}
    for one in answers:
        if one.status_code == 409:
            problem_of(one, 409, "request-in-progress")
    assert served("tier1").get(f"/v1/vouchers/{voucher}").json()["amount"] == "99990"


def test_answers_are_kept_up_to_a_number_and_never_forgotten_while_worked_on() -> None:
    answers = Answers(most=2)
    assert answers.begin("0x1", "working", b"f") is None
    for key in ("a", "b", "c"):
        assert answers.begin("0x1", key, b"f") is None
        answers.finish("0x1", key, Answer(201, {}, key.encode()))
    with pytest.raises(ApiProblem) as caught:
        answers.begin("0x1", "working", b"f")
    assert (caught.value.status, caught.value.rule) == (409, "request-in-progress")
    kept = answers.begin("0x1", "c", b"f")
    assert kept is not None
    assert kept.body == b"c"
    assert answers.begin("0x1", "a", b"f") is None


def test_an_etag_holds_from_block_to_block_until_the_thing_changes(
    served: Served, confirmed: Confirmed
) -> None:
    number = confirmed("100000")["number"]
    where = f"/v1/receivables/{number}/vouchers"
    first = served("anchor").get(where)
    etag = first.headers["etag"]
    assert etag.startswith('"')
    block = served.gateway.ledger.engine.w3.eth.get_block(int(first.headers["ledger-block"]))
    assert first.headers["ledger-block-hash"] == "0x" + bytes(block["hash"]).hex()

    confirmed("5")
    same = served("anchor").get(where, headers={"If-None-Match": f'"other", W/{etag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    assert int(same.headers["ledger-block"]) > int(first.headers["ledger-block"])

    body = {"voucher": str(number << 48), "expected": 0, "to": served.number("tier2"), "evidence": HOP}
    assert served("tier1").post("/v1/offers", json=body).status_code == 201
    changed = served("anchor").get(where, headers={"If-None-Match": etag})
    assert (changed.status_code, changed.headers["etag"] == etag) == (200, False)


def test_pages_lead_through_the_whole_list(served: Served, confirmed: Confirmed) -> None:
    for _ in range(3):
        confirmed("7")
    whole = served("auditor").get("/v1/receivables", params={"limit": 200}).json()
    assert whole["next_cursor"] is None
    seen, cursor = [], None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        part = served("auditor").get("/v1/receivables", params=query).json()
        assert 0 < len(part["items"]) <= 2
        seen += part["items"]
        cursor = part["next_cursor"]
        if cursor is None:
            break
    assert seen == whole["items"]
    assert [one["number"] for one in seen] == list(range(1, len(seen) + 1))
    for wrong in ("nonsense", "djI6MQ", "%00", "é"):
        answer = served("auditor").get("/v1/receivables", params={"cursor": wrong})
        problem_of(answer, 422, "cursor-invalid")
    everybody = served("bank").get("/v1/participants").json()["items"]
    assert [one["number"] for one in everybody] == [member.number for member in served.gateway.members]
    assert everybody[0]["roles"] == ["debtor", "large_firm"]
    assert everybody[0]["name"] == served.gateway.members[0].name


def test_the_openapi_document_is_complete(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    tags = {tag["name"] for tag in document["tags"]}
    ids = []
    for path, method, operation in operations(document):
        ids.append(operation["operationId"])
        assert operation["summary"], (path, method)
        assert operation["description"], (path, method)
        assert set(operation["tags"]) <= tags
        success = [status for status in operation["responses"] if status.startswith("2")]
        if "Prefer" in {one["name"] for one in operation.get("parameters", [])}:
            success.remove("202")
        assert len(success) == 1
        content = operation["responses"][success[0]]["content"]
        if path == "/metrics":
            assert list(content) == ["text/plain"]
        else:
            assert content["application/json"]["schema"]["$ref"].startswith("#/components/schemas/")
        problems = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert {"500", "503"} <= set(problems)
        assert ("401" in problems) == ("security" in operation)
        for answer in problems.values():
            assert answer["content"] == {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }
        names = [one["name"] for one in operation.get("parameters", [])]
        if method == "get" and "security" in operation:
            assert "If-None-Match" in names
            assert "ETag" in operation["responses"]["200"]["headers"]
        if method == "post":
            reads = (
                "/v1/replays",
                "/v1/attestations/verify",
                "/v1/clearing/instructions",
                "/v1/clearing/reconciliations",
            )
            assert ("Idempotency-Key" in names) == (path not in reads), path
    assert len(ids) == len(set(ids))


def test_the_openapi_document_refers_to_what_it_has(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    schemas = document["components"]["schemas"]
    for part in text.split('"$ref": "')[1:]:
        reference = part.split('"')[0]
        assert reference.startswith("#/components/schemas/")
        assert reference.removeprefix("#/components/schemas/") in schemas
    assert "HTTPValidationError" not in schemas
    for name, schema in schemas.items():
        assert schema.get("description"), name
        for member, described in schema.get("properties", {}).items():
            assert described, (name, member)
