"""Whether the gateway is up, whether all of it works, and figures for monitoring. No token is needed."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from api.http.authentication import Here
from api.http.condition import Alarm, Figures, examine, figures
from api.http.metrics import metrics_text
from api.http.problems import ApiProblem
from api.http.replies import describe_problems, written
from api.http.views import AsOf, as_of
from chain.readmodel import cursor_of

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process answers."""

    status: str = Field(examples=["alive"])


class ReadModelState(BaseModel):
    """How far the read model has come."""

    block: int | None = Field(description="Its newest block; null before its first.", examples=[31])
    behind: int | None = Field(description="How many blocks the node has more.", examples=[0])


class Ready(BaseModel):
    """The ledger answers, and all of the gateway works."""

    status: str = Field(examples=["ready"])
    chain_id: int = Field(examples=[131277322940537])
    head: AsOf
    read_model: ReadModelState | None = Field(description="Of a gateway with a database.")


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
    summary="Whether the ledger answers and all of the gateway works",
    responses=describe_problems(),
)
def readiness(gateway: Here) -> Response:
    """The ledger's latest block.

    503 if the node or the database does not answer, or if sending or the read model has stopped: `rule` is of
    the first thing that is wrong, `detail` says each in a sentence, and `facts.alarms` lists them by part.
    """
    head, alarms = examine(gateway)
    if alarms or head is None:
        raise _not_ready(alarms)
    state = None
    if gateway.kept is not None:
        cursor = cursor_of(gateway.kept.database)
        block = cursor[0] if cursor else None
        state = ReadModelState(block=block, behind=None if block is None else max(0, head.number - block))
    chain_id = gateway.ledger.manifest.chain_id
    return written(Ready(status="ready", chain_id=chain_id, head=as_of(head), read_model=state))


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    operation_id="getMetrics",
    summary="Figures for monitoring, in Prometheus' text format",
    responses=describe_problems(),
)
def metrics(gateway: Here) -> Response:
    """Alarms by part; of a gateway with a database also transactions under way, heights and lag."""
    head, alarms = examine(gateway)
    shown: Figures | None = None
    if gateway.kept is not None:
        try:
            shown = figures(gateway.kept)
        except SQLAlchemyError:
            shown = None  # the alarm of the database says so
    text = metrics_text(alarms, None if head is None else head.number, shown)
    return PlainTextResponse(
        text, headers={"Cache-Control": "no-store"}, media_type="text/plain; version=0.0.4; charset=utf-8"
    )


def _not_ready(alarms: list[Alarm]) -> ApiProblem:
    listed = [{"part": one.part, "rule": one.rule, "detail": one.sentence} for one in alarms]
    return ApiProblem(
        alarms[0].rule,
        503,
        " ".join(one.sentence for one in alarms),
        facts={"alarms": listed},
        headers={"Retry-After": "5"},
    )
