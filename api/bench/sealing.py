"""Headers sealed with keys of our own, to the engines' published rules, for measuring and testing offline.

Written apart from `chain.headers`, and with another RLP, so that a mistake there is not made here as well.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import rlp
from coincurve import PrivateKey
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

EMPTY_ROOT = keccak(b"\x80")
MIX_HASH = b"ctical byzantine fault tolerance"
START = 1_700_000_000
EPOCH = 1_000
COMMITTEE = 21


@dataclass(frozen=True)
class Validator:
    """A validator's key; the same for a name always."""

    name: str

    @cached_property
    def key(self) -> PrivateKey:
        """The private key."""
        return PrivateKey(keccak(text=f"counterfoil sealing key of {self.name}"))

    @cached_property
    def address(self) -> bytes:
        """The address, 20 bytes."""
        return keccak(self.key.public_key.format(compressed=False)[1:])[12:]

    def sign(self, digest: bytes) -> bytes:
        """A seal: r, s and parity, 65 bytes, s in the lower half of the order."""
        return bytes(self.key.sign_recoverable(digest, hasher=None))


@dataclass(frozen=True)
class Content:
    """What a header says besides its sealing; roots of 32 bytes, time in seconds since 1970 (UTC)."""

    number: int
    parent: bytes
    timestamp: int
    state_root: bytes = EMPTY_ROOT
    transactions_root: bytes = EMPTY_ROOT
    receipts_root: bytes = EMPTY_ROOT
    bloom: bytes = bytes(256)
    gas_used: int = 0


@dataclass(frozen=True)
class Sealing:
    """Who seals a header and how; `listed` are the validators it lists, `vote` is in the engine's form."""

    listed: tuple[bytes, ...]
    proposer: Validator
    committers: tuple[Validator, ...]
    round: int = 0
    vote: Any = None


def qbft_header(content: Content, sealing: Sealing) -> tuple[bytes, bytes]:
    """A QBFT header and its hash; the vote is (candidate, adds) or None."""
    vote = [] if sealing.vote is None else [sealing.vote[0], b"\xff" if sealing.vote[1] else b""]

    def encoded(round_: int, seals: Sequence[bytes]) -> bytes:
        extra = rlp.encode([bytes(32), list(sealing.listed), vote, round_, list(seals)])
        return _ethereum(content, sealing.proposer.address, extra)

    hashed = keccak(encoded(0, []))
    commit = keccak(encoded(sealing.round, []))
    seals = [each.sign(commit) for each in sealing.committers]
    return encoded(sealing.round, seals), hashed


def kaia_header(content: Content, sealing: Sealing) -> tuple[bytes, bytes]:
    """A Kaia header and its hash; the vote is (voter, key, candidate or candidates) or None."""
    vote = b"" if sealing.vote is None else rlp.encode(list(sealing.vote))

    def encoded(round_: int, seal: bytes, seals: Sequence[bytes]) -> bytes:
        extra = bytes(31) + bytes((round_,)) + rlp.encode([list(sealing.listed), seal, list(seals)])
        return _kaia(content, sealing.proposer.address, extra, b"", vote)

    own = sealing.proposer.sign(keccak(keccak(encoded(0, b"", []))))
    hashed = keccak(encoded(0, own, []))
    seals = [each.sign(keccak(hashed + b"\2")) for each in sealing.committers]
    return encoded(sealing.round, own, seals), hashed


def qbft_genesis(validators: Sequence[bytes], state_root: bytes = EMPTY_ROOT) -> tuple[bytes, bytes]:
    """The genesis header of a QBFT network and its hash."""
    extra = rlp.encode([bytes(32), sorted(validators), [], 0, []])
    raw = _ethereum(Content(0, bytes(32), START, state_root), bytes(20), extra)
    return raw, keccak(raw)


def kaia_genesis(
    validators: Sequence[bytes], state_root: bytes = EMPTY_ROOT, **governance: Any
) -> tuple[bytes, bytes]:
    """The genesis header of a Kaia network and its hash; `governance` replaces items of its parameters."""
    named = {name.replace("_", "."): value for name, value in governance.items()}
    values = {
        "governance.governancemode": "ballot",
        "istanbul.committeesize": COMMITTEE,
        "istanbul.epoch": EPOCH,
        "istanbul.policy": 0,
    } | named
    extra = bytes(32) + rlp.encode([sorted(validators), bytes(65), []])
    data = rlp.encode(json.dumps(values, separators=(",", ":")).encode())
    raw = _kaia(Content(0, bytes(32), START, state_root), bytes(20), extra, data, b"")
    return raw, keccak(raw)


@dataclass
class SealedChain:
    """A chain under way: its validators' keys and the last block. `engine` is `qbft` or `kaia`."""

    engine: str
    validators: list[Validator]
    genesis: bytes = field(init=False)
    hash: bytes = field(init=False)
    number: int = 0
    timestamp: int = START
    proposer: Validator | None = None

    def __post_init__(self) -> None:
        make = qbft_genesis if self.engine == "qbft" else kaia_genesis
        self.genesis, self.hash = make([each.address for each in self.validators])

    @property
    def listed(self) -> tuple[bytes, ...]:
        """The validators as the next header lists them."""
        return tuple(sorted(each.address for each in self.validators))

    def turn(self, round_: int = 0) -> Validator:
        """Whose turn it is to propose the next block in a round."""
        order = sorted(self.validators, key=lambda each: to_checksum_address(each.address))
        first = order.index(self.proposer) + 1 if self.proposer in order else min(self.number, 1)
        return order[(first + round_) % len(order)]

    def content(self, **changed: Any) -> Content:
        """What the next header says if nothing is changed."""
        usual: dict[str, Any] = {"parent": self.hash, "timestamp": self.timestamp + 1}
        return Content(**{"number": self.number + 1, **usual, **changed})

    def sealing(self, round_: int = 0, **changed: Any) -> Sealing:
        """How the next header is sealed if nothing is changed: by as many as are needed."""
        quorum = -(-2 * len(self.validators) // 3)
        usual: dict[str, Any] = {"listed": self.listed, "proposer": self.turn(round_), "round": round_}
        return Sealing(**{"committers": tuple(self.validators[:quorum]), **usual, **changed})

    def seal(self, content: Content, sealing: Sealing) -> bytes:
        """A header; the chain stays where it is."""
        return self._make(content, sealing)[0]

    def add(self, round_: int = 0, vote: Any = None, **changed: Any) -> bytes:
        """The next header, added to the chain."""
        content, sealing = self.content(**changed), self.sealing(round_, vote=vote)
        raw, self.hash = self._make(content, sealing)
        self.number, self.timestamp, self.proposer = content.number, content.timestamp, sealing.proposer
        return raw

    def _make(self, content: Content, sealing: Sealing) -> tuple[bytes, bytes]:
        return (qbft_header if self.engine == "qbft" else kaia_header)(content, sealing)


def _ethereum(content: Content, beneficiary: bytes, extra: bytes) -> bytes:
    """Up to the London fork's items, with a base fee of zero."""
    return bytes(
        rlp.encode(
            [
                *(content.parent, keccak(b"\xc0"), beneficiary, content.state_root),
                *(content.transactions_root, content.receipts_root, content.bloom, 1, content.number),
                *(50_000_000, content.gas_used, content.timestamp, extra, MIX_HASH, bytes(8), 0),
            ]
        )
    )


def _kaia(content: Content, reward: bytes, extra: bytes, governance: bytes, vote: bytes) -> bytes:
    return bytes(
        rlp.encode(
            [
                *(content.parent, reward, content.state_root, content.transactions_root),
                *(content.receipts_root, content.bloom, 1, content.number, content.gas_used),
                *(content.timestamp, 0, extra, governance, vote, 0),
            ]
        )
    )
