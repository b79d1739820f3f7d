"""Merkle trees in OpenZeppelin's standard layout: double-hashed leaves, sorted, sorted pairs, keccak-256.

A verifier needs nothing of ours: `MerkleProof.verify` in Solidity and the JavaScript library
@openzeppelin/merkle-tree ("standard-v1") accept the same roots and proofs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eth_utils.crypto import keccak


def leaf_hash(encoded: bytes) -> bytes:
    """Hash a leaf twice, so that no inner node (64 bytes, hashed once) can pass for a leaf."""
    return keccak(keccak(encoded))


@dataclass(frozen=True, slots=True)
class MerkleTree:
    """A complete binary tree in an array: node i has children 2i+1 and 2i+2, the root is node 0.

    Attributes:
        nodes: 32-byte hashes, 2n-1 for n leaves; leaves are at the end, the smallest hash last.
        places: for each leaf in the order given, its place in `nodes`.
    """

    nodes: tuple[bytes, ...]
    places: tuple[int, ...]

    @property
    def root(self) -> bytes:
        """The 32-byte root."""
        return self.nodes[0]

    def proof(self, index: int) -> tuple[bytes, ...]:
        """The siblings from leaf `index` (in the order given) up to the root."""
        place, siblings = self.places[index], []
        while place:
            siblings.append(self.nodes[place + 1 if place % 2 else place - 1])
            place = (place - 1) // 2
        return tuple(siblings)


def merkle_tree(leaves: Sequence[bytes], *, sort: bool = True) -> MerkleTree:
    """Build the tree over leaf hashes.

    Args:
        leaves: 32-byte leaf hashes, at least one.
        sort: place leaves by hash rather than in the order given, so that a place tells nothing.

    Raises:
        ValueError: no leaves, or one that is not 32 bytes.
    """
    if not leaves or any(len(leaf) != 32 for leaf in leaves):
        raise ValueError("a Merkle tree needs at least one leaf, each of 32 bytes")
    order = sorted(range(len(leaves)), key=lambda i: leaves[i]) if sort else list(range(len(leaves)))
    size = 2 * len(leaves) - 1
    nodes, places = [b""] * size, [0] * len(leaves)
    for rank, index in enumerate(order):
        places[index] = size - 1 - rank
        nodes[size - 1 - rank] = leaves[index]
    for place in range(size - 1 - len(leaves), -1, -1):
        nodes[place] = _pair(nodes[2 * place + 1], nodes[2 * place + 2])
    return MerkleTree(tuple(nodes), tuple(places))


def root_from_proof(leaf: bytes, proof: Iterable[bytes]) -> bytes:
    """The root that a leaf hash and its siblings lead to."""
    for sibling in proof:
        leaf = _pair(leaf, sibling)
    return leaf


def _pair(one: bytes, other: bytes) -> bytes:
    return keccak(one + other if one <= other else other + one)
