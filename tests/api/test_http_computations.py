"""Consents and joint computations over HTTP: granted, spent, completed, abandoned, hidden from others."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Served = Callable[[str], httpx.Client]
LATER = "2090-01-01T00:00:00Z"


def hashed() -> str:
    return "0x" + secrets.token_hex(32)


def attested(served: Served, attester: str, schema: int) -> str:
    commitment = hashed()
    body = {"commitment": commitment, "schema": schema, "subject": hashed(), "level": 2}
    assert served(attester).post("/v1/attestations", json=body).status_code == 201
    return commitment


@pytest.fixture
def consent(served: Any) -> dict[str, Any]:
    """What tier 3 allows the bank, twice; the body it was granted by and the consent."""
    body = {
        "counterparties": [served.number("bank")],
        "terms": {
            "purpose": hashed(),
            "protocol": hashed(),
            "model": attested(served, "auditor", 4),
            "inputs": [attested(served, "tax", 3)],
        },
        "budget": 2,
        "expires_at": LATER,
    }
    answer = served("tier3").post("/v1/consents", json=body)
    assert answer.status_code == 201, answer.text
    return {**body, **answer.json()["consent"], "terms": body["terms"]}


def test_a_consent_is_spent_and_a_computation_completed_once(served: Any, consent: dict[str, Any]) -> None:
    bank = served("bank")
    opening = {"consent": consent["number"], "terms": consent["terms"]}
    first, second = (bank.post("/v1/jobs", json=opening).json()["job"] for _ in range(2))
    third = bank.post("/v1/jobs", json=opening)
    assert (third.status_code, third.json()["rule"]) == (409, "budget-spent")
    assert bank.get(f"/v1/consents/{consent['number']}").json()["spent"] == 2

    result = {"result": hashed(), "proof": hashed(), "transcript": hashed()}
    where = f"/v1/jobs/{first['id']}/complete"
    assert served("tier3").post(where, json=result).json()["rule"] == "role-missing"
    done = bank.post(where, json=result).json()["job"]
    assert (done["state"], first["state"], first["outcome"]) == ("completed", "open", None)
    assert done["outcome"].startswith("0x")
    assert bank.post(where, json=result).json()["rule"] == "job-closed"
    assert served("tier3").get(f"/v1/jobs/{first['id']}").json() == done

    gone = bank.post(f"/v1/jobs/{second['id']}/abandon", json={"reason": "申请撤回"}).json()["job"]
    assert (gone["state"], gone["outcome"] is None) == ("abandoned", True)


def test_who_has_no_part_in_a_consent_sees_neither_it_nor_its_computations(
    served: Any, consent: dict[str, Any]
) -> None:
    opening = {"consent": consent["number"], "terms": consent["terms"]}
    job = served("bank").post("/v1/jobs", json=opening).json()["job"]["id"]
    where = f"/v1/consents/{consent['number']}"

    assert served("auditor").get(where).json()["owner"] == served.number("tier3")
    for alias in ("tier1", "anchor", "factor"):
        outsider = served(alias)
        for answer in (outsider.get(where), outsider.post("/v1/jobs", json=opening)):
            assert (answer.status_code, answer.json()["rule"]) == (404, "consent-unknown")
        for answer in (
            outsider.get(f"/v1/jobs/{job}"),
            outsider.post(f"/v1/jobs/{job}/abandon", json={"reason": "x"}),
        ):
            assert (answer.status_code, answer.json()["rule"]) == (404, "job-unknown")
    assert served("bank").post(f"{where}/withdraw").json()["rule"] == "not-consent-owner"


def test_a_withdrawn_consent_is_for_no_more_computations(served: Any, consent: dict[str, Any]) -> None:
    ended = served("tier3").post(f"/v1/consents/{consent['number']}/withdraw").json()["consent"]
    assert ended["withdrawn"]
    opening = {"consent": consent["number"], "terms": consent["terms"]}
    refused = served("bank").post("/v1/jobs", json=opening)
    assert (refused.status_code, refused.json()["rule"]) == (409, "consent-ended")


def test_other_terms_than_were_consented_to_open_nothing(served: Any, consent: dict[str, Any]) -> None:
    other = {**consent["terms"], "purpose": hashed()}
    refused = served("bank").post("/v1/jobs", json={"consent": consent["number"], "terms": other})
    assert refused.status_code in (409, 422)
    assert refused.json()["citation"]
