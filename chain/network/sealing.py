"""Who made a block and who agreed to it, from its header.

Source: Kaia v1.0.3, blockchain/types/istanbul.go and consensus/istanbul. extraData is 32 bytes, the last of
which is the round, then RLP([validators, proposer's seal, committed seals]). A validator commits by signing
keccak(block hash ‖ 2); the proposer signs keccak(keccak(header without any seal)).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coincurve import PublicKey

from chain.hashing import keccak
from chain.headers import rlp
from chain.network.keys import address_of

VANITY_BYTES = 32
COMMIT = b"\x02"


@dataclass(frozen=True)
class Seals:
    """A block's round (0 is the first try), proposer, and who committed to it, in ascending order."""

    round: int
    proposer: str
    committers: tuple[str, ...]


def seals_of(header: Mapping[str, Any]) -> Seals:
    """The seals of a header as `kaia_getHeaderByNumber` gives it, of any block but the first.

    This reports what a node of one's own says: it does not check that the committers are validators.

    Raises:
        NotCanonical: the extraData is not as above.
        ValueError: a seal is no signature.
    """
    extra = bytes.fromhex(header["extraData"][2:])
    vanity, sealing = extra[:VANITY_BYTES], extra[VANITY_BYTES:]
    validators, seal, committed = _three(rlp.decode_list(sealing))
    if isinstance(committed, bytes):
        raise rlp.NotCanonical("the committed seals are no list")
    unsealed = vanity[:-1] + b"\0" + rlp.encode([validators, b"", []])
    commit = keccak(bytes.fromhex(header["hash"][2:]) + COMMIT)
    return Seals(
        round=vanity[-1],
        proposer=_signer(rlp.text(seal), keccak(keccak(_encoded(header, unsealed)))),
        committers=tuple(sorted(_signer(rlp.text(one), commit) for one in committed)),
    )


def _three(items: list[rlp.Item]) -> tuple[rlp.Item, rlp.Item, rlp.Item]:
    if len(items) != 3:
        raise rlp.NotCanonical(f"{len(items)} items of extraData, 3 were expected")
    return items[0], items[1], items[2]


def _signer(seal: bytes, digest: bytes) -> str:
    public = PublicKey.from_signature_and_message(seal, digest, hasher=None)
    return address_of(public.format(compressed=False)[1:])


def _encoded(header: Mapping[str, Any], extra: bytes) -> bytes:
    def data(name: str) -> bytes:
        return bytes.fromhex(header[name][2:])

    def number(name: str) -> rlp.Item:
        value = int(header[name], 16)
        return value.to_bytes((value.bit_length() + 7) // 8, "big")

    return rlp.encode(
        [
            *map(
                data, ("parentHash", "reward", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom")
            ),
            *map(number, ("blockScore", "number", "gasUsed", "timestamp", "timestampFoS")),
            extra,
            *map(data, ("governanceData", "voteData")),
            number("baseFeePerGas"),
        ]
    )
