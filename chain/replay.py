"""Replay: rebuild the ledger from its log alone, check it, and compare it with what the chain stores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chain.artifacts import CONTRACTS
from chain.bundle.sources import source_of
from chain.deployment import Manifest, check_deployment, empty_ledger
from chain.derivation import Derivation, Diverged
from chain.engines import Engine, logs_of, storage_at
from chain.hashing import keccak
from chain.headers.codecs import CODECS, codec_name
from chain.headers.trie import proved, storage_root
from chain.logs import LoggedEvent, UnknownLog, decode_log
from chain.progress import Progress
from chain.rules.invariants import INVARIANTS
from chain.rules.state import Ledger
from chain.storage import Word, expected_words

ETHEREUM_TRIES = {"embedded", "ganache", "klaytn", "kaia", "besu"}
"""Engines whose storage tries hold the words a contract has written, and nothing else."""

PAGE = 500
"""Blocks asked for at once: every engine answers that many."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something the chain says and the replay does not.

    `where` names the value (contract, entry, field) or the log entry; `chain` and `replayed` are what each
    says.
    """

    where: str
    chain: str
    replayed: str

    def __str__(self) -> str:
        return f"{self.where}: the chain says {self.chain}, the replay {self.replayed}"


@dataclass(frozen=True, slots=True)
class Invariant:
    """One invariant and every breach of it; none is how it should be."""

    name: str
    states: str
    breaches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found; `ledger` is the state rebuilt."""

    chain_id: int
    first_block: int
    last_block: int
    last_block_hash: str
    transactions: int
    events: int
    words: int
    invariants: tuple[Invariant, ...]
    differences: tuple[Difference, ...]
    ledger: Ledger

    @property
    def agrees(self) -> bool:
        """Whether log, rules, invariants and storage all say the same."""
        return not self.differences and not any(i.breaches for i in self.invariants)

    @property
    def verdict(self) -> str:
        """`agrees` or `differs`."""
        return "agrees" if self.agrees else "differs"


def replay(engine: Engine, manifest: Manifest, progress: Progress | None = None) -> Replay:
    """Replays a ledger from its deployment to the head of the chain.

    Storage is read at the same block the log ends with. A log that the rules refuse ends the replay there:
    the state up to it is still checked against the invariants, but not against storage.

    Raises:
        WrongChain: the chain does not hold the ledger of the manifest.
    """
    told = progress or (lambda *_: None)
    with engine.lock:
        check_deployment(engine, manifest)
        head = engine.w3.eth.get_block("latest")
        last_block = head["number"]
        derivation = Derivation(empty_ledger(manifest))
        differences: list[Difference] = []
        transactions: set[str] = set()
        try:
            for logged, now in _read(engine, manifest, last_block, told):
                transactions.add(logged.transaction)
                derivation.take(logged, now)
        except Diverged as diverged:
            differences.append(Difference(_place(diverged.at), f"{diverged.at.event}", diverged.why))
        except UnknownLog as unknown:
            differences.append(Difference("log", str(unknown), "no event of the ledger"))
        invariants = tuple(
            Invariant(check.__name__, (check.__doc__ or "").strip(), tuple(check(derivation.ledger)))
            for check in INVARIANTS
        )
        words = 0
        if not differences:
            expected = list(expected_words(derivation.ledger))
            words = len(expected)
            differences.extend(_compare(engine, manifest, expected, last_block, told))
        if not differences:
            differences.extend(_planted(engine, manifest, expected, last_block, bytes(head["stateRoot"])))
    return Replay(
        chain_id=manifest.chain_id,
        first_block=manifest.block,
        last_block=last_block,
        last_block_hash="0x" + bytes(head["hash"]).hex(),
        transactions=len(transactions),
        events=derivation.derived,
        words=words,
        invariants=invariants,
        differences=tuple(differences),
        ledger=derivation.ledger,
    )


def read_events(engine: Engine, manifest: Manifest) -> list[LoggedEvent]:
    """The ledger's log from its deployment to the head, in order."""
    return [logged for logged, _ in read_timed_events(engine, manifest)]


def read_timed_events(engine: Engine, manifest: Manifest) -> list[tuple[LoggedEvent, int]]:
    """As `read_events`, each entry with its block's time in seconds since 1970 (UTC)."""
    with engine.lock:
        last_block = engine.w3.eth.block_number
        return list(_read(engine, manifest, last_block, lambda *_: None))


def _read(
    engine: Engine, manifest: Manifest, last_block: int, told: Progress
) -> Iterator[tuple[LoggedEvent, int]]:
    """The log in order, each entry with its block's time."""
    w3 = engine.w3
    contract_of = {address: name for name, address in manifest.addresses.items()}
    block, now = -1, 0
    for first in range(manifest.block, last_block + 1, PAGE):
        final = min(first + PAGE - 1, last_block)
        told("reading the log", first - manifest.block, last_block - manifest.block + 1)
        for log in logs_of(engine, contract_of, first, final):
            if log["blockNumber"] != block:
                block = log["blockNumber"]
                now = w3.eth.get_block(block)["timestamp"]
            yield decode_log(contract_of[log["address"]], log), now


def _compare(
    engine: Engine, manifest: Manifest, expected: list[Word], block: int, told: Progress
) -> Iterator[Difference]:
    """Every stored value that is not what the state must have written."""
    for done, word in enumerate(expected):
        told("comparing storage", done, len(expected))
        stored = storage_at(engine, manifest.addresses[word.contract], word.slot, block)
        if stored == word.value:
            continue
        named = [m for m in word.members if m.of(stored) != m.value]
        for member in named:
            name = ".".join(part for part in (word.contract, word.path, member.name) if part)
            yield Difference(name, _shown(member.of(stored), member.size), _shown(member.value, member.size))
        if not named:
            yield Difference(
                f"{word.contract}.{word.path} (unused bytes of slot {word.slot:#x})",
                hex(stored),
                hex(word.value),
            )


def _planted(
    engine: Engine, manifest: Manifest, expected: list[Word], block: int, state_root: bytes
) -> Iterator[Difference]:
    """Contracts whose storage holds words that no event explains, though every word expected is right.

    The root of the storage trie says so, on engines whose tries are Ethereum's: anvil keeps words of value
    zero in its own, and Kaia's accounts have another form.
    """
    if engine.name not in ETHEREUM_TRIES:
        return
    source = source_of(engine)
    for name in CONTRACTS:
        nodes = source.proof(manifest.addresses[name], block) or []
        leaf = proved(state_root, keccak(bytes.fromhex(manifest.addresses[name][2:])), nodes)
        stored = CODECS[codec_name(engine.name)].read_account(leaf)[0] if leaf else b""
        root = storage_root((word.slot, word.value) for word in expected if word.contract == name)
        if stored != root:
            yield Difference(
                f"{name}: storage has words that no event explains (storage root)",
                f"0x{stored.hex()}",
                f"0x{root.hex()}",
            )


def _shown(value: int, size: int) -> str:
    return f"0x{value:0{2 * size}x}" if size > 16 else str(value)


def _place(at: LoggedEvent) -> str:
    return f"block {at.block}, transaction 0x{at.transaction}, log {at.log_index}"
