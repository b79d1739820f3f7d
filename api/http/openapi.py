"""The OpenAPI document: what FastAPI derives from the routes, and what it cannot."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

from api.http.idempotency import LONGEST_KEY, WriteRoute
from api.http.problems import Problem

TAGS: Final = [
    {"name": "participants", "description": "Who is on the ledger, and who may act for whom."},
    {"name": "desk", "description": "Maker and checker: one drafts a call, another checks it."},
    {"name": "policies", "description": "The ledger's parameters, with what each rests on."},
    {"name": "limits", "description": "What a debtor may owe, and what stops its issues."},
    {"name": "invoices", "description": "What each invoice may back, and red-letter notes."},
    {"name": "receivables", "description": "Debts: proposed, confirmed, and what they were split into."},
    {"name": "vouchers", "description": "Parts of a receivable: split, offered on, accepted, frozen."},
    {"name": "financing", "description": "Quotes, purchases, pledges, recourse, and claims from outside."},
    {"name": "settlement", "description": "Payments, redemptions, clearing lists and reconciliation."},
    {"name": "attestations", "description": "What was attested, and the fields granted of its evidence."},
    {"name": "computations", "description": "Consents to joint computations, and what came of them."},
    {"name": "transactions", "description": "Taken on record without waiting, and what became of them."},
    {"name": "replays", "description": "The ledger rebuilt from its log and compared with what is stored."},
    {"name": "analytics", "description": "What is owed, held, on offer and financed; from the read model."},
    {"name": "health", "description": "Whether the gateway and its ledger answer."},
]

_DESCRIPTION: Final = """
Amounts are text of whole minor units; hashes 0x and lowercase; times RFC 3339, UTC. Every failure is
`application/problem+json` (RFC 9457); a refusal of the ledger names its rule and facts, the policy behind
it, where that is written and what helps, in Chinese or English (`Accept-Language`). Reads carry the block
they are as of (`Ledger-Block`, `Ledger-Block-Hash`, `Ledger-Block-Time`) and a strong `ETag`. Writes take
the version they expect, and an `Idempotency-Key`.
"""

_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Chosen by the caller, a new one for each new write: the same request with the same key "
    "is carried out once and answered alike.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    "example": "3f1c9d52-9a0e-4f58-a8a4-0a8f6f3c2b11",
}
_PREFER: Final = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "`respond-async`: do not wait for a block. A gateway that has a database answers 202 once "
    "the transaction is on record, `Location` leads to it, and the ledger is not asked beforehand.",
    "schema": {"type": "string"},
    "example": "respond-async",
}
_TAKEN: Final = {
    "description": "With `Prefer: respond-async`: the transaction is on record and will be sent.",
    "headers": {
        "Location": {"description": "Where the transaction is looked up.", "schema": {"type": "string"}},
        "Preference-Applied": {"description": "`respond-async`.", "schema": {"type": "string"}},
    },
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TakenView"}}},
}
_IF_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of an earlier response.",
    "schema": {"type": "string"},
}


def describe(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Lets an application of these routers describe itself completely."""
    writes = {
        route.operation_id for router in routers for route in router.routes if isinstance(route, WriteRoute)
    }

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _document(app, writes)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it


def _document(app: FastAPI, writes: set[str | None]) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=_DESCRIPTION.strip(),
        routes=app.routes,
        tags=app.openapi_tags,
    )
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    nested = problem.pop("$defs", {})
    document["components"]["schemas"] |= {"Problem": problem, **nested}
    for path in document["paths"].values():
        for operation in path.values():
            if operation["operationId"] in writes:
                operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
                if "202" not in operation["responses"]:
                    operation["parameters"].append(_PREFER)
                    operation["responses"]["202"] = _TAKEN
            if "304" in operation["responses"]:
                operation.setdefault("parameters", []).append(_IF_NONE_MATCH)
    return document
