"""The state at the last block: accounts proved against its header, storage by the root of all of it.

A contract's storage is bound as a whole. The bundle holds every word that the derived state must have
written; the root of the trie over exactly these words must be the one in the account, and the account is
proved by the nodes from the header's state root down. So every word is proved, and that there is no other.

anvil leaves words in the trie that were read or set to zero (leaves of value zero, which other machines
remove), so that its root cannot be computed from the words. Its bundles hold the nodes of `eth_getProof` of
every word, each node once: every word is proved, but not that there is no other.

Sources: Ethereum Yellow Paper, section 4.1 (accounts), appendix D; EIP-1186 (account proofs).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import Any

from chain.artifacts import CONTRACTS, artifact
from chain.bundle.divergence import Divergence, diverge
from chain.bundle.file import parsed, unhexed
from chain.deployment import Manifest
from chain.hashing import keccak
from chain.headers import rlp
from chain.headers.codecs import CODECS
from chain.headers.trie import NotProved, proved, read_node, storage_root, walked
from chain.rules.state import Ledger
from chain.storage import Member, Word, expected_words

PAGE = 1000
"""Words a line."""

MAX_NAMED = 100
"""Differences named: the first says it all, more help to see a pattern."""


@dataclass(frozen=True, slots=True)
class Account:
    """A contract's account; `storage_root` is None where the engine proves nothing."""

    contract: str
    storage_root: bytes | None


def account_values(contract: str, code: bytes, proof: list[bytes] | None) -> dict[str, Any]:
    """The line of a contract's account; `proof` has the nodes from the state root down."""
    return {
        "account": contract,
        "code": code.hex(),
        "proof": None if proof is None else [node.hex() for node in proof],
    }


def read_account(
    line: bytes, contract: str, manifest: Manifest, state_root: bytes, codec: str = "ethereum"
) -> Account:
    """Reads a contract's account and checks its code, and its proof if it has one; `codec` is the engine's.

    Raises:
        Diverges: the code is not the artifact's or not the account's, or the proof proves something else.
    """
    values = parsed(line)
    if list(values) != ["account", "code", "proof"] or values["account"] != contract:
        raise diverge("file", "account", contract, values.get("account", list(values)))
    code = unhexed(values["code"], f"{contract}.code")
    masked = "0x" + keccak(artifact(contract).masked(code)).hex()
    if masked != manifest.code_hashes[contract]:
        raise diverge("code", contract, manifest.code_hashes[contract], masked)
    if values["proof"] is None:
        return Account(contract, None)
    if not isinstance(values["proof"], list):
        raise diverge("file", f"{contract}.proof", "a list of nodes", type(values["proof"]).__name__)
    nodes = [unhexed(node, f"{contract}.proof") for node in values["proof"]]
    address = bytes.fromhex(manifest.addresses[contract][2:])
    try:
        leaf = proved(state_root, keccak(address), nodes)
        if leaf is None:
            raise NotProved("there is no such account")
        root, code_hash = CODECS[codec].read_account(leaf)
    except (NotProved, rlp.NotCanonical) as error:
        raise diverge(
            "account-proof", contract, "a proof under the last header's state root", error
        ) from error
    if keccak(code) != code_hash:
        raise diverge("code", f"{contract} in its account", code_hash, keccak(code))
    return Account(contract, root)


def page_values(contract: str, words: list[tuple[int, int]]) -> dict[str, Any]:
    """A line of storage words: slot and value of each."""
    return {"storage": contract, "words": [[f"{slot:064x}", f"{value:064x}"] for slot, value in words]}


def nodes_values(contract: str, nodes: list[bytes]) -> dict[str, Any]:
    """A line of nodes of a contract's storage trie."""
    return {"proofs": contract, "nodes": [node.hex() for node in nodes]}


@dataclass(slots=True)
class Nodes:
    """Nodes of one storage trie by their hash; each must serve some word."""

    by_hash: dict[bytes, rlp.Item] = field(default_factory=dict)
    used: set[bytes] = field(default_factory=set)

    def node_of(self, expected: bytes) -> rlp.Item:
        """The node of a hash."""
        if expected not in self.by_hash:
            raise NotProved(f"node 0x{expected.hex()} is missing")
        self.used.add(expected)
        return self.by_hash[expected]


def compare(
    ledger: Ledger, lines: Iterator[bytes], accounts: dict[str, Account], block: int
) -> tuple[int, dict[str, str], list[Divergence]]:
    """Compares what the state must have written with the words in the rest of the bundle.

    Returns:
        How many words there are; how each contract's storage is bound to the header (`whole`, `each word` or
        `not`); and the differences, each word's members by name, then storage that is not what the account
        says.

    Raises:
        Diverges: the bundle lacks a word or has one that it must not have, or a node proves nothing.
    """
    count = 0
    found: list[Divergence] = []
    nodes, stored = read_state(lines)
    held: dict[str, list[tuple[int, int]]] = {name: [] for name in CONTRACTS}
    for word, given in zip_longest(expected_words(ledger), stored):
        if given is None or word is None or (word.contract, word.slot) != given[:2]:
            expected = f"{word.contract} {word.slot:#x}" if word else "no further word"
            got = f"{given[0]} {given[1]:#x}" if given else "none"
            raise diverge(
                "storage", f"{word.contract}.{word.path}" if word else "words", expected, got, block
            )
        count += 1
        held[word.contract].append(given[1:])
        if given[2] != word.value and len(found) < MAX_NAMED:
            found += _named(word, given[2], block)
    bound = {}
    for name, account in accounts.items():
        bound[name], divergence = prove_words(account, held.pop(name), nodes.get(name), block)
        found += [divergence] if divergence else []
    return count, bound, found


def read_state(lines: Iterator[bytes]) -> tuple[dict[str, Nodes], Iterator[tuple[str, int, int]]]:
    """The nodes of storage tries, and then the words one by one: contract, slot, value.

    Raises:
        Diverges: a line is neither.
    """
    nodes: dict[str, Nodes] = {}
    for line in lines:
        if not line.startswith(b'{"proofs":'):
            return nodes, chain.from_iterable(map(_words, chain((line,), lines)))
        values = parsed(line)
        if list(values) != ["proofs", "nodes"] or values["proofs"] not in CONTRACTS:
            raise diverge("file", "proofs", "a page of nodes", list(values))
        own = nodes.setdefault(values["proofs"], Nodes())
        for each in values["nodes"] if isinstance(values["nodes"], list) else ():
            raw = unhexed(each, "nodes")
            try:
                own.by_hash[keccak(raw)] = read_node(raw)
            except NotProved as error:
                raise diverge("storage-proof", values["proofs"], "a node of a trie", error) from error
    return nodes, iter(())


def _words(line: bytes) -> Iterator[tuple[str, int, int]]:
    """The words of a line: contract, slot, value."""
    values = parsed(line)
    if list(values) != ["storage", "words"] or values["storage"] not in CONTRACTS:
        raise diverge("file", "storage", "a page of words", list(values))
    for entry in values["words"] if isinstance(values["words"], list) else ():
        if not isinstance(entry, list) or len(entry) != 2:
            raise diverge("file", "words", "slot and value", entry)
        slot, value = (unhexed(each, "words") for each in entry)
        if len(slot) != 32 or len(value) != 32:
            raise diverge("file", "words", "32 bytes each", entry)
        yield values["storage"], int.from_bytes(slot, "big"), int.from_bytes(value, "big")


def prove_words(
    account: Account, words: list[tuple[int, int]], nodes: Nodes | None, block: int
) -> tuple[str, Divergence | None]:
    """How a contract's words are bound to its account (`whole`, `each word`, `not`), and if they are others.

    Raises:
        Diverges: nodes are there and do not prove each word.
    """
    root = account.storage_root
    if root is None:
        return "not", None
    if nodes is not None:
        _prove(account.contract, root, words, nodes, block)
        return "each word", None
    own = storage_root(words)
    if own == root:
        return "whole", None
    return "whole", diverge("storage-root", account.contract, root, own, block).divergence


def _prove(contract: str, root: bytes, words: list[tuple[int, int]], nodes: Nodes, block: int) -> None:
    """Every word by the nodes of its path, and no node for nothing."""
    for slot, value in words:
        field_name = f"{contract} {slot:#x}"
        try:
            leaf = walked(root, keccak(slot.to_bytes(32, "big")), nodes.node_of)
            proven = rlp.integer(rlp.decode(leaf)) if leaf else 0
        except (NotProved, rlp.NotCanonical) as error:
            raise diverge("storage-proof", field_name, "a proof of the word", error, block) from error
        if proven != value:
            raise diverge("storage-proof", field_name, hex(proven), hex(value), block)
    if len(nodes.used) != len(nodes.by_hash):
        unused = next(each for each in nodes.by_hash if each not in nodes.used)
        raise diverge("storage-proof", contract, "every node on the path of a word", unused, block)


def _named(word: Word, stored: int, block: int) -> list[Divergence]:
    """A word that differs, by its members."""
    members = [member for member in word.members if member.of(stored) != member.value]
    if not members:
        field = f"{word.contract}.{word.path} (unused bytes of slot {word.slot:#x})"
        return [Divergence("storage", field, hex(word.value), hex(stored), block)]
    return [
        Divergence(
            "storage",
            ".".join(part for part in (word.contract, word.path, member.name) if part),
            _shown(member, member.value),
            _shown(member, member.of(stored)),
            block,
        )
        for member in members
    ]


def _shown(member: Member, value: int) -> str:
    return f"0x{value:0{2 * member.size}x}" if member.size > 16 else str(value)
