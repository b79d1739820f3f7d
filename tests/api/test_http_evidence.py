"""Evidence goes into a gateway over HTTP, stays its owner's, and others see what they are granted of it."""

from __future__ import annotations

import json
import secrets
from typing import Any, Protocol

import httpx
import pytest

from flows.checks.cross import Level
from flows.disclosure import Disclosure, verify_disclosure
from flows.evidence import Evidence, commit_fields
from flows.fields import Field
from flows.keeping import evidence_to_json
from flows.records import Flow

TOTAL, SECRET = "invoice/INV-7/totals/payable", "invoice/INV-7/buyer/name"


class Served(Protocol):
    def __call__(self, alias: str) -> httpx.Client: ...

    def number(self, alias: str) -> int: ...


@pytest.fixture
def evidence() -> Evidence:
    fields = (Field(TOTAL, "amount", "113.00"), Field(SECRET, "text", "买方秘密有限公司"))
    return commit_fields(fields, secrets.token_bytes(32), frozenset({Flow.INVOICE}), Level.L2)


def body_of(evidence: Evidence, **changed: Any) -> dict[str, Any]:
    return {**json.loads(evidence_to_json(evidence)), **changed}


def test_what_its_owner_uploads_and_grants_a_bank_reads_and_verifies(
    served: Served, evidence: Evidence
) -> None:
    commitment = f"0x{evidence.commitment.hex()}"
    where = f"/v1/attestations/{commitment}"
    stated = {"commitment": commitment, "schema": 1, "subject": "0x" + secrets.token_hex(32), "level": 2}

    kept = served("tier1").post("/v1/evidence", json=body_of(evidence))
    attested = served("tax").post("/v1/attestations", json=stated)
    grant = {"grantee": served.number("bank"), "paths": [TOTAL]}
    granted = served("tier1").post(f"{where}/grants", json=grant)
    shown = served("bank").get(f"{where}/disclosure")

    assert kept.status_code == 201, kept.text
    assert kept.json() == {
        "commitment": commitment,
        "root": f"0x{evidence.root.hex()}",
        "fields": 2,
        "flows": ["invoice"],
        "level": "L2",
    }
    assert attested.status_code == granted.status_code == 201, attested.text + granted.text
    disclosure = Disclosure.from_json(json.dumps(shown.json()["disclosure"]))
    fields = verify_disclosure(disclosure, evidence.commitment)
    assert {path: field.value for path, field in fields.items()} == {TOTAL: "113.00"}
    assert "秘密" not in shown.text


def test_what_one_uploaded_another_cannot_grant(served: Served, evidence: Evidence) -> None:
    where = f"/v1/attestations/0x{evidence.commitment.hex()}/grants"
    assert served("tier1").post("/v1/evidence", json=body_of(evidence)).status_code == 201

    refused = served("tier2").post(where, json={"grantee": served.number("tier2"), "paths": [SECRET]})

    assert (refused.status_code, refused.json()["rule"]) == (404, "evidence-not-kept")


def test_an_upload_that_is_sent_again_is_kept_once(served: Served, evidence: Evidence) -> None:
    headers = {"Idempotency-Key": secrets.token_hex(8)}

    first = served("tier1").post("/v1/evidence", json=body_of(evidence), headers=headers)
    again = served("tier1").post("/v1/evidence", json=body_of(evidence), headers=headers)

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    ("change", "rule", "said"),
    [
        ({"schema": "another"}, "evidence-malformed", "schema"),
        ({"flows": ["gossip"]}, "evidence-malformed", "not as it is written here"),
        ({"fields": [["a", "text", "秘密", "00" * 32]] * 2}, "evidence-malformed", "two have the same path"),
        ({"fields": [["a", "text", "秘密", "00" * 31]]}, "evidence-malformed", "32 bytes"),
        ({"fields": [["a", "text", "秘密"]]}, "request-invalid", "/fields/0"),
        ({"fields": []}, "request-invalid", "/fields"),
        ({"secret": "秘密"}, "request-invalid", "/secret"),
    ],
)
def test_what_is_no_evidence_is_refused_without_its_content(
    served: Served, evidence: Evidence, change: dict[str, Any], rule: str, said: str
) -> None:
    refused = served("tier1").post("/v1/evidence", json=body_of(evidence, **change))

    assert (refused.status_code, refused.json()["rule"]) == (422, rule)
    assert said in refused.text
    assert "秘密" not in refused.text
