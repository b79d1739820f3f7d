"""Merkle Patricia tries: the root of a whole trie, and one value proved by the nodes on its path.

Source: Ethereum Yellow Paper, appendix D. Nibbles are the characters of the key in hex, so that keys sort
and share prefixes as strings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache

from chain.hashing import keccak
from chain.headers import rlp

EMPTY_ROOT = keccak(b"\x80")
"""Root of a trie with nothing in it: keccak-256 of the encoding of no bytes."""

_NOTHING = b"\x80"


class NotProved(ValueError):
    """The nodes given do not prove what they should; the message says which and why."""


def ordered_root(values: Sequence[bytes]) -> bytes:
    """Root of the trie of a list, its keys the encodings of 0, 1, 2, … (as of transactions and receipts)."""
    return root((_index(number), value) for number, value in enumerate(values))


def root(entries: Iterable[tuple[str, bytes]]) -> bytes:
    """Root of the trie that maps keys (in hex) to values; no key may begin another.

    The trie is built once from its sorted keys, so that every node is hashed once.
    """
    pairs = sorted(entries)
    return keccak(_node(pairs, 0, len(pairs), 0)) if pairs else EMPTY_ROOT


def storage_root(words: Iterable[tuple[int, int]]) -> bytes:
    """Root of the storage trie of a contract whose words (slot, value) are these and no others.

    Slots are hashed (the trie is a secure one); words of value zero are not in it.
    """
    return root(
        (keccak(slot.to_bytes(32, "big")).hex(), rlp.encode_int(value)) for slot, value in words if value
    )


def proved(root_hash: bytes, key: bytes, nodes: Sequence[bytes]) -> bytes | None:
    """The value of a key, or None of a key that is not in the trie.

    Args:
        root_hash: Root of the trie.
        key: The key, hashed already where the trie is a secure one.
        nodes: The encoded nodes from the root down, as `eth_getProof` gives them (EIP-1186); nodes shorter
            than 32 bytes are part of their parent.

    Raises:
        NotProved: a node is missing, altered, out of place or too many.
    """
    if root_hash == EMPTY_ROOT and not nodes:
        return None
    left = iter(nodes)

    def following(expected: bytes) -> rlp.Item:
        node = next(left, None)
        if node is None:
            raise NotProved(f"node 0x{expected.hex()} is missing")
        if keccak(node) != expected:
            raise NotProved(f"node 0x{keccak(node).hex()}, not 0x{expected.hex()}")
        return read_node(node)

    value = walked(root_hash, key, following)
    if next(left, None) is not None:
        raise NotProved("more nodes than the path has")
    return value


def walked(root_hash: bytes, key: bytes, node_of: Callable[[bytes], rlp.Item]) -> bytes | None:
    """The value of a key, or None, by the nodes that `node_of` gives for their hashes.

    Raises:
        NotProved: a node is not one of a trie, or whatever `node_of` raises.
    """
    if root_hash == EMPTY_ROOT:
        return None
    path, at = key.hex(), 0
    reference: rlp.Item = root_hash
    while at >= 0 and reference != b"":
        node = node_of(reference) if isinstance(reference, bytes) else reference
        reference, at = _step(node, path, at)
    if not isinstance(reference, bytes):
        raise NotProved("a value that is a list")
    return reference or None


def read_node(node: bytes) -> rlp.Item:
    """A node's items.

    Raises:
        NotProved: it is not canonically encoded.
    """
    try:
        return rlp.decode(node)
    except rlp.NotCanonical as error:
        raise NotProved(f"a node: {error}") from error


def _step(node: rlp.Item, path: str, at: int) -> tuple[rlp.Item, int]:
    """What a node says is next on the path and how far the path is walked; -1 at its end."""
    if isinstance(node, bytes) or len(node) not in (2, 17):
        raise NotProved("bytes that are no node of a trie")
    if len(node) == 17:
        if at == len(path):
            return node[16], -1
        return node[int(path[at], 16)], at + 1
    packed = node[0].hex() if isinstance(node[0], bytes) else ""
    if packed[:1] not in ("0", "1", "2", "3") or (packed[0] in "02" and packed[1] != "0"):
        raise NotProved("bytes that are no node of a trie")
    own = packed[1:] if packed[0] in "13" else packed[2:]
    if packed[0] in "23":
        return (node[1], -1) if path[at:] == own else (b"", -1)
    if not path.startswith(own, at):
        return b"", -1
    return node[1], at + len(own)


@cache
def _index(number: int) -> str:
    return rlp.encode_int(number).hex()


def _node(pairs: list[tuple[str, bytes]], low: int, high: int, depth: int) -> bytes:
    """The encoding of the node over the pairs from `low` to `high`, which share `depth` nibbles."""
    first = pairs[low][0]
    if high - low == 1:
        rest = first[depth:]
        path = bytes.fromhex(("3" if len(rest) & 1 else "20") + rest)
        return rlp.encode_list((rlp.encode_bytes(path), rlp.encode_bytes(pairs[low][1])))
    last = pairs[high - 1][0]
    shared = depth
    while first[shared] == last[shared]:
        shared += 1
    if shared > depth:
        rest = first[depth:shared]
        path = bytes.fromhex(("1" if len(rest) & 1 else "00") + rest)
        return rlp.encode_list((rlp.encode_bytes(path), _reference(pairs, low, high, shared)))
    children = [_NOTHING] * 17
    start = low
    while start < high:
        nibble = pairs[start][0][depth]
        stop = start + 1
        while stop < high and pairs[stop][0][depth] == nibble:
            stop += 1
        children[int(nibble, 16)] = _reference(pairs, start, stop, depth + 1)
        start = stop
    return rlp.encode_list(children)


def _reference(pairs: list[tuple[str, bytes]], low: int, high: int, depth: int) -> bytes:
    """How a parent refers to a node: the node itself if it is short, else its hash."""
    node = _node(pairs, low, high, depth)
    return node if len(node) < 32 else b"\xa0" + keccak(node)
