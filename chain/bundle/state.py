"""The state at the last block: accounts proved against its header, storage by the root of all of it.

A contract's storage is bound as a whole. The bundle holds every word that the derived state must have
written; the root of the trie over exactly these words must be the one in the account, and the account is
proved by the nodes from the header's state root down. So every word is proved, and that there is no other.

Sources: Ethereum Yellow Paper, section 4.1 (accounts), appendix D; EIP-1186 (account proofs).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from eth_utils.crypto import keccak

from chain.artifacts import CONTRACTS, artifact
from chain.bundle import rlp
from chain.bundle.blocks import unhexed
from chain.bundle.divergence import Divergence, diverge
from chain.bundle.file import parsed
from chain.bundle.trie import NotProved, proved, storage_root
from chain.deployment import Manifest
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


def read_account(line: bytes, contract: str, manifest: Manifest, state_root: bytes) -> Account:
    """Reads a contract's account and checks its code, and its proof if it has one.

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
        items = rlp.decode_list(leaf)
        if len(items) != 4:
            raise NotProved(f"an account of {len(items)} items")
        root, code_hash = rlp.text(items[2], 32), rlp.text(items[3], 32)
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


def read_words(line: bytes) -> Iterator[tuple[str, int, int]]:
    """The words of a line: contract, slot, value.

    Raises:
        Diverges: it is no line of words.
    """
    values = parsed(line)
    if list(values) != ["storage", "words"] or values["storage"] not in CONTRACTS:
        raise diverge("file", "storage", "a page of words", list(values))
    for entry in values["words"]:
        if not isinstance(entry, list) or len(entry) != 2:
            raise diverge("file", "words", "slot and value", entry)
        slot, value = (unhexed(each, "words") for each in entry)
        if len(slot) != 32 or len(value) != 32:
            raise diverge("file", "words", "32 bytes each", entry)
        yield values["storage"], int.from_bytes(slot, "big"), int.from_bytes(value, "big")


def compare(
    ledger: Ledger, stored: Iterator[tuple[str, int, int]], accounts: dict[str, Account], block: int
) -> tuple[int, list[Divergence]]:
    """Compares what the state must have written with the words of the bundle.

    Returns:
        How many words there are, and the differences, each word's members by name; then, of a contract whose
        words are all as they must be, its storage root if that is another.

    Raises:
        Diverges: the bundle lacks a word or has one that it must not have.
    """
    count = 0
    found: list[Divergence] = []
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
    for name, account in accounts.items():
        root = storage_root(held.pop(name)) if account.storage_root is not None else None
        if root != account.storage_root:
            shown = diverge("storage-root", name, account.storage_root, root, block)
            found.append(shown.divergence)
    return count, found


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
