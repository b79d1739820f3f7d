"""Whether the gateway is up, and whether its ledger answers."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.http.asof import latest
from api.http.authentication import Here
from api.http.replies import describe_problems, written
from api.http.views import AsOf, as_of

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process answers."""

    status: str = Field(examples=["alive"])


class Ready(BaseModel):
    """The ledger answers."""

    status: str = Field(examples=["ready"])
    chain_id: int = Field(examples=[131277322940537])
    head: AsOf


@router.get(
    "/livez",
    response_model=Alive,
    operation_id="getLiveness",
    summary="Whether the process answers",
    responses=describe_problems(),
)
def liveness() -> Response:
    """The process answers; nothing else is asked."""
    return written(Alive(status="alive"))


@router.get(
    "/readyz",
    response_model=Ready,
    operation_id="getReadiness",
    summary="Whether the ledger answers",
    responses=describe_problems(),
)
def readiness(gateway: Here) -> Response:
    """The ledger's latest block; 503 if the node does not answer."""
    head = as_of(latest(gateway.ledger))
    return written(Ready(status="ready", chain_id=gateway.ledger.manifest.chain_id, head=head))
