"""Replays: the ledger rebuilt from its log, checked, and compared with what the chain stores."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.http.asof import reading
from api.http.authentication import Caller, Here
from api.http.formats import Hash
from api.http.replies import describe_write, written
from api.http.visibility import require_role
from chain.replay import Replay, replay
from chain.rules.state import Role

router = APIRouter(prefix="/v1/replays", tags=["replays"])


class InvariantView(BaseModel):
    """An invariant and every breach of it; none is how it should be."""

    name: str = Field(examples=["intervals_tile_the_face"])
    states: str
    breaches: list[str] = Field(examples=[[]])


class DifferenceView(BaseModel):
    """Something the chain says and the replay does not."""

    where: str
    chain: str
    replayed: str


class ReplayView(BaseModel):
    """What a replay found."""

    verdict: str = Field(examples=["agrees"], json_schema_extra={"enum": ["agrees", "differs"]})
    chain_id: int
    first_block: int
    last_block: int
    last_block_hash: Hash
    transactions: int
    events: int
    words: int = Field(description="Storage words compared.")
    invariants: list[InvariantView]
    differences: list[DifferenceView]


@router.post(
    "",
    response_model=ReplayView,
    operation_id="runReplay",
    summary="Replay the ledger from its deployment to the latest block",
    responses=describe_write(),
)
def run_replay(gateway: Here, caller: Caller) -> Response:
    """For auditors and operators. It takes as long as the ledger is, and writes nothing."""
    with reading(gateway.ledger) as view:
        require_role(view, caller.number, Role.AUDITOR | Role.OPERATOR)
    return written(replay_view(replay(gateway.ledger.engine, gateway.ledger.manifest)))


def replay_view(found: Replay) -> ReplayView:
    """A replay's report."""
    return ReplayView(
        verdict=found.verdict,
        chain_id=found.chain_id,
        first_block=found.first_block,
        last_block=found.last_block,
        last_block_hash=bytes.fromhex(found.last_block_hash.removeprefix("0x")),
        transactions=found.transactions,
        events=found.events,
        words=found.words,
        invariants=[
            InvariantView(name=one.name, states=one.states, breaches=list(one.breaches))
            for one in found.invariants
        ],
        differences=[
            DifferenceView(where=one.where, chain=one.chain, replayed=one.replayed)
            for one in found.differences
        ],
    )
