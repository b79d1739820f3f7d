"""Evidence: what an attester signs, and what a bank may be shown of it.

Every field of the documents and of the results over them is a leaf of a Merkle tree, under a salt of its own
(selective disclosure as in RFC 9901, SD-JWT, by Merkle proof in place of a digest list). The commitment binds
the schema, the flows, the level, the root and the feature commitments made elsewhere over the same data.

    leaf       = keccak(keccak(abi.encode(bytes32 LEAF_DOMAIN, uint256 index, uint256 count, string path,
                                          string type, string value, bytes32 salt)))
    commitment = keccak(abi.encode(bytes32 COMMITMENT_DOMAIN, bytes32 schema, uint8 flows, uint8 level,
                                   uint256 count, bytes32 root, bytes32 features))
    features   = keccak(abi.encode(bytes[]))

`flows` is a bit map, 1 << Flow. `level` is 0 to 4, or 255 for none. A leaf carries its index and the count of
leaves, so a disclosure shows how much it withholds, and a leaf proves nothing under another count.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from flows.checks.cross import CrossCheck, Level
from flows.documents import Documents
from flows.fields import Field, evidence_fields
from flows.merkle import MerkleTree, leaf_hash, merkle_tree
from flows.records import Flow

SCHEMA_NAME: Final = "counterfoil.evidence.four-flows.v1"
SCHEMA: Final = keccak(text=SCHEMA_NAME)
LEAF_DOMAIN: Final = keccak(text="counterfoil.evidence.leaf.v1")
COMMITMENT_DOMAIN: Final = keccak(text="counterfoil.evidence.commitment.v1")
NO_LEVEL: Final = 255
SEED_BYTES: Final = 32
SALT_BYTES: Final = 32
FEATURE_BYTES: Final = 33
LEAF_ENCODING: Final = ("bytes32", "uint256", "uint256", "string", "string", "string", "bytes32")


@dataclass(frozen=True, slots=True, repr=False)
class Evidence:
    """Fields, their salts and what binds them. It holds secrets: whoever has it can disclose everything.

    Attributes:
        fields: in their order, which is the index of their leaves.
        salts: 32 bytes a field.
        flows: flows that have documents.
        level: of the cross-check; None where no attestation is allowed.
        feature_commitments: opaque 33-byte values over features of the same data.
        tree: over the leaves of all fields.
    """

    fields: tuple[Field, ...]
    salts: tuple[bytes, ...]
    flows: frozenset[Flow]
    level: Level | None
    feature_commitments: tuple[bytes, ...]
    tree: MerkleTree

    def __repr__(self) -> str:
        return f"Evidence(commitment=0x{self.commitment.hex()}, fields={len(self.fields)})"

    @property
    def root(self) -> bytes:
        """The 32-byte Merkle root of the fields."""
        return self.tree.root

    @property
    def commitment(self) -> bytes:
        """The 32 bytes an attester signs and the ledger keeps."""
        return commit(self.flows, self.level, len(self.fields), self.root, self.feature_commitments)


def make_evidence(
    documents: Documents,
    checked: CrossCheck,
    seed: bytes,
    feature_commitments: Iterable[bytes] = (),
) -> Evidence:
    """Build the evidence of one trade.

    Args:
        documents: the documents of the trade.
        checked: the result of `cross_check` on them.
        seed: 32 secret random bytes, kept by the owner of the documents: the salts derive from it, so it and
            the documents are all that is needed to disclose again years later.
        feature_commitments: 33-byte commitments (such as compressed curve points), bound in this order.

    Raises:
        ValueError: the seed or a feature commitment has another length, or two fields share a path.
    """
    return commit_fields(
        evidence_fields(documents, checked), seed, documents.flows, checked.level, tuple(feature_commitments)
    )


def commit_fields(
    fields: tuple[Field, ...],
    seed: bytes,
    flows: frozenset[Flow],
    level: Level | None,
    feature_commitments: tuple[bytes, ...] = (),
) -> Evidence:
    """Salt, hash and bind fields that are already flat; see `make_evidence`."""
    if len(seed) != SEED_BYTES:
        raise ValueError(f"seed must be {SEED_BYTES} bytes (got {len(seed)})")
    salts = _salts(seed, fields)
    count = len(fields)
    leaves = [
        field_leaf(index, count, one, salt)
        for index, (one, salt) in enumerate(zip(fields, salts, strict=True))
    ]
    evidence = Evidence(fields, salts, flows, level, feature_commitments, merkle_tree(leaves))
    _ = evidence.commitment  # refuses feature commitments of another length here, not when they are used
    return evidence


def field_leaf(index: int, count: int, field: Field, salt: bytes) -> bytes:
    """The leaf hash of a field, by the formula at the top of this module."""
    values = (LEAF_DOMAIN, index, count, field.path, field.type, field.value, salt)
    return leaf_hash(encode(LEAF_ENCODING, values))


def commit(
    flows: frozenset[Flow],
    level: Level | None,
    count: int,
    root: bytes,
    feature_commitments: tuple[bytes, ...],
) -> bytes:
    """The commitment of evidence, by the formula at the top of this module.

    Raises:
        ValueError: a feature commitment is not 33 bytes.
    """
    if any(len(one) != FEATURE_BYTES for one in feature_commitments):
        raise ValueError(f"feature commitments must be {FEATURE_BYTES} bytes each")
    bits = sum(1 << flow for flow in flows)
    features = keccak(encode(("bytes[]",), (feature_commitments,)))
    return keccak(
        encode(
            ("bytes32", "bytes32", "uint8", "uint8", "uint256", "bytes32", "bytes32"),
            (COMMITMENT_DOMAIN, SCHEMA, bits, NO_LEVEL if level is None else level, count, root, features),
        )
    )


def _salts(seed: bytes, fields: tuple[Field, ...]) -> tuple[bytes, ...]:
    """One salt a field, by HMAC-SHA-256 in two steps as HKDF (RFC 5869): extract over all fields, expand.

    The fields go into the key, so a seed used again for changed documents gives salts that share nothing: a
    salt disclosed once never opens the same field's next value.
    """
    digest = hashlib.sha256(
        encode(("(string,string,string)[]",), ([(f.path, f.type, f.value) for f in fields],))
    )
    key = hmac.digest(seed, b"counterfoil.evidence.salts.v1" + digest.digest(), "sha256")
    return tuple(
        hmac.digest(key, index.to_bytes(8, "big") + field.path.encode(), "sha256")
        for index, field in enumerate(fields)
    )
