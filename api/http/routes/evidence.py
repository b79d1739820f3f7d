"""Evidence that a participant keeps with the gateway, to grant others fields of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.http.authentication import Caller, Here
from api.http.formats import Hash
from api.http.idempotency import WriteRoute
from api.http.problems import ApiProblem
from api.http.replies import describe_write, written
from api.http.routes.common import Input
from flows.keeping import BadEvidence, evidence_from_json

writes = APIRouter(prefix="/v1/evidence", tags=["attestations"], route_class=WriteRoute)

MOST_FIELDS = 10_000

Text = Annotated[str, Field(max_length=10_000)]
Hex = Annotated[str, Field(max_length=66)]
FieldIn = Annotated[
    tuple[Text, Text, Text, Hex],
    Field(description="Path, type and value of a field, and its salt of 32 bytes."),
]


class EvidenceIn(Input):
    """Evidence as its owner keeps it, as `counterfoil evidence` writes it. It discloses every field."""

    schema_: str = Field(alias="schema", examples=["counterfoil.evidence.four-flows.v1"])
    flows: list[str] = Field(max_length=4, examples=[["invoice", "logistics", "trade"]])
    level: str | None = Field(examples=["L3"])
    feature_commitments: list[Hex] = Field(max_length=1000)
    fields: list[FieldIn] = Field(min_length=1, max_length=MOST_FIELDS)


class KeptView(BaseModel):
    """What is kept: the commitment is what an attester signs."""

    commitment: Hash
    root: Hash
    fields: int
    flows: list[str]
    level: str | None


@writes.post(
    "",
    status_code=201,
    response_model=KeptView,
    operation_id="keepEvidence",
    summary="Keep evidence with the gateway",
    responses=describe_write(),
)
def keep(gateway: Here, caller: Caller, body: EvidenceIn) -> Response:
    """Keeps the caller's evidence, to grant fields of it. Nothing of it is sent to the ledger."""
    try:
        evidence = evidence_from_json(body.model_dump_json(by_alias=True))
    except BadEvidence as error:
        raise ApiProblem("evidence-malformed", 422, f"It is no evidence: {error}.") from None
    gateway.vault.keep(caller.number, evidence)
    return written(
        KeptView(
            commitment=evidence.commitment,
            root=evidence.root,
            fields=len(evidence.fields),
            flows=sorted(flow.name.lower() for flow in evidence.flows),
            level=None if evidence.level is None else evidence.level.name,
        ),
        201,
    )
