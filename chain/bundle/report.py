"""What the verification of a bundle found, in values that JSON has."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from chain.bundle.divergence import Divergence
from chain.bundle.finality import Finality

NOTES = {
    "anchor": (
        "The first header is believed: compare its hash, and the last one's, with what you know of the chain "
        "from elsewhere."
    ),
    "consensus": "Who sealed the blocks is not checked: the bundle has no validators' signatures.",
    "genesis": (
        "The genesis header is believed, and with it the first validators: compare its hash with what you "
        "know of the network from elsewhere, or give it to the verification."
    ),
    "round": (
        "The engine's seals do not cover the round: a block said to be of a later round than it was would "
        "not be noticed."
    ),
    "unproven": (
        "The engine proves no state: storage words and code are what the node said, bound to no header."
    ),
    "words": (
        "anvil keeps words of value zero in its storage trie: each word is proved, but not that there are no "
        "others."
    ),
    "withdrawals": "Withdrawals and blobs are in the headers by their roots only; the ledger uses neither.",
}
"""What a report says of the limits of what was verified."""


@dataclass(frozen=True, slots=True)
class BundleReport:
    """What the verification of a bundle found.

    Hashes are 0x-prefixed hex; `last_time` is in seconds since 1970 (UTC); counts are of what was verified
    before the first divergence. `proven` says that storage and code are bound to the last header's state
    root; `bound` says how, by contract: `whole` (these words and no others), `each word` or `not`. `refused`
    counts failed transactions by the rule that refuses them. `finality` says who made the blocks final, None
    of engines without certificates. `seconds` is time by stage: `elapsed` and
    `waiting` (for other processes) by the clock, the others of the processor, summed over all processes.
    `rates` are events a second: of everything by the clock, and of decoding, both derivations and comparison
    by one processor's time.
    """

    verdict: str
    engine: str
    chain_id: int
    addresses: dict[str, str]
    first_block: int
    first_hash: str
    last_block: int
    last_hash: str
    last_time: int
    state_root: str
    blocks: int
    transactions: int
    ledger_transactions: int
    events: int
    refused: dict[str, int]
    checkpoints: int
    words: int
    proven: bool
    bound: dict[str, str]
    finality: Finality | None
    divergences: tuple[Divergence, ...]
    notes: tuple[str, ...]
    seconds: dict[str, float]
    rates: dict[str, float]

    @property
    def agrees(self) -> bool:
        """Whether everything in the bundle is as it must be."""
        return not self.divergences

    @property
    def first_divergence(self) -> Divergence | None:
        """What is not as it must be, where it shows first."""
        return self.divergences[0] if self.divergences else None

    def to_json(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return {**asdict(self), "divergences": [asdict(each) for each in self.divergences]}
