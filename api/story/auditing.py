"""The audit: everything rebuilt from the chain alone, and one tampered value found."""

from __future__ import annotations

from dataclasses import dataclass

from api.story.stage import Stage, StoryBroken
from chain.progress import Progress
from chain.replay import Difference, Replay, replay
from chain.storage import expected_words


@dataclass(frozen=True, slots=True)
class Audited:
    """The replay of the untouched ledger, and what the replay of a tampered one names."""

    replay: Replay
    tampered: str
    difference: Difference


def audit(stage: Stage, voucher: int, progress: Progress | None) -> Audited:
    """Replays; lets somebody with the disk change one stored value; replays again; puts it back."""
    controls, manifest = stage.engine.controls, stage.ledger.manifest
    auditor = str(stage.cast["auditor"])
    first = replay(stage.engine, manifest, progress)
    if not first.agrees:
        raise StoryBroken(f"the replay differs: {first.differences}")
    stage.scene(
        auditor,
        f"replayed {first.events} events in {first.transactions} transactions, blocks {first.first_block} to "
        f"{first.last_block}: {len(first.invariants)} invariants hold, {first.words} stored words agree",
        saw="what is on the chain",
        did_not_see="documents, features, scores: none of it is there",
    )
    if controls is None:
        raise StoryBroken("this engine's storage cannot be tampered with")
    path = f"voucher[{voucher}]"
    word = next(word for word in expected_words(first.ledger) if word.path == path)
    length = next(member for member in word.members if member.name == "length")
    address = manifest.addresses[word.contract]
    controls.set_storage(address, word.slot, word.value + (10_000 << 8 * length.offset))
    stage.scene("Somebody with a node's disk", f"made voucher {voucher} CNY 100.00 longer, by no transaction")
    try:
        second = replay(stage.engine, manifest, progress)
    finally:
        controls.set_storage(address, word.slot, word.value)
    if second.agrees:
        raise StoryBroken("the replay did not see the tampered value")
    difference = second.differences[0]
    stage.scene(auditor, f"replayed again: {difference}")
    return Audited(first, f"{word.contract}.{path}.length", difference)
