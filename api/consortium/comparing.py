"""The two gateways compared: the same block, and of it the same state, to the last byte of each answer."""

from __future__ import annotations

from dataclasses import dataclass

from api.client import Answer
from api.consortium.stage import Stage, together
from api.consortium.waiting import wait_until
from api.story.stage import StoryBroken

WATCHERS = ("auditor", "court")
"""Who sees all of the ledger, at either gateway."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The last block both were asked about, its hash at either gateway, and the resources that agreed."""

    block: int
    hashes: dict[str, str]
    resources: tuple[str, ...]


def compare(stage: Stage) -> Compared:
    """Reads everything that a watcher may see at both gateways, each as of one block.

    Raises:
        StoryBroken: the gateways differ.
        TookTooLong: they are never at the same block.
    """
    numbers = [one["number"] for one in stage.clients[WATCHERS[0]].items("/v1/receivables")]
    paths = [
        "/v1/receivables",
        "/v1/policies",
        f"/v1/debtors/{stage.number('anchor')}/limit",
        *(f"/v1/receivables/{n}{part}" for n in numbers for part in ("/vouchers", "/history")),
    ]
    last = [_at_one_block(stage, path) for path in paths][-1]
    stage.scene(
        "auditor",
        f"compared the gateways on {len(paths)} resources, each as of one block: same hash, state and ETag",
    )
    blocks = {stage[part].member: one.block for part, one in zip(WATCHERS, last, strict=True)}
    return Compared(
        block=next(block.number for block in blocks.values() if block),
        hashes={member: block.hash for member, block in blocks.items() if block},
        resources=tuple(paths),
    )


def _at_one_block(stage: Stage, path: str) -> list[Answer]:
    found: list[Answer] = []

    def same() -> bool:
        found[:] = together(*(lambda part=part: stage.clients[part].get(path) for part in WATCHERS))
        numbers = {one.block.number if one.block else None for one in found}
        return len(numbers) == 1

    wait_until(f"both gateways answer {path} as of the same block", same)
    if found[0].block != found[1].block:
        raise StoryBroken(f"the gateways have different blocks: {found[0].block} and {found[1].block}")
    if (found[0].body, found[0].etag) != (found[1].body, found[1].etag):
        raise StoryBroken(f"the gateways answer {path} differently as of block {found[0].block}")
    return found
