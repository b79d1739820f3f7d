"""The model that is published under encryption, and what names it: integers only, within stated bounds."""

from __future__ import annotations

from dataclasses import dataclass

from privacy.errors import OutOfRange
from privacy.primitives.secret import Secret
from privacy.primitives.wire import check_integer, encode_uint
from privacy.proofs.range import signed_interval
from privacy.protocols.score_messages import (
    ADDRESS_BYTES,
    CHAIN_ID_BYTES,
    MAX_FEATURES,
    PARTICIPANT_BYTES,
    check_length,
)

WEIGHT_INTERVAL = signed_interval(16)
BIAS_LIMB_INTERVAL = signed_interval(31)
BIAS_LIMBS = 2
BIAS_LIMB_BASE = 1 << BIAS_LIMB_INTERVAL.bits
BIAS_LIMIT = 1 << 60


@dataclass(frozen=True, slots=True, repr=False)
class IntegerModel(Secret):
    """A linear model over integers: score = sum of weights[i] * x[i] + bias.

    Attributes:
        weights: 1 to 64 signed 16-bit integers.
        bias: |bias| <= 2^60, in units of weight times feature.

    Raises:
        OutOfRange: A number is no integer, or a number or the count is out of range.
    """

    weights: tuple[int, ...]
    bias: int

    def __post_init__(self) -> None:
        if not 1 <= len(self.weights) <= MAX_FEATURES:
            raise OutOfRange(f"a model has 1 to {MAX_FEATURES} weights, got {len(self.weights)}")
        for number in (*self.weights, self.bias):
            check_integer(number, "a weight or the bias")
        if any(weight not in WEIGHT_INTERVAL for weight in self.weights):
            raise OutOfRange("a weight is no signed 16-bit integer")
        if abs(self.bias) > BIAS_LIMIT:
            raise OutOfRange("the bias exceeds 2^60")

    def entries(self) -> tuple[int, ...]:
        """Return what is encrypted: the weights, then the high and the low limb of the bias."""
        half = BIAS_LIMB_BASE // 2
        low = (self.bias + half) % BIAS_LIMB_BASE - half
        return (*self.weights, (self.bias - low) // BIAS_LIMB_BASE, low)


@dataclass(frozen=True, slots=True)
class ModelContext:
    """Whose model it is and where it is registered.

    Attributes:
        chain_id: Chain identifier, below 2^64.
        ledger: 20-byte address of the ledger contract.
        bank: Participant number of the bank, below 2^32.
        version: The bank's number for this model version, below 2^32.

    Raises:
        MalformedEncoding: The address has another length.
        OutOfRange: A number is out of range.
    """

    chain_id: int
    ledger: bytes
    bank: int
    version: int

    def __post_init__(self) -> None:
        check_length(self.ledger, ADDRESS_BYTES, "a contract address")
        self.to_bytes()

    def key_bytes(self) -> bytes:
        """Return the context of proofs about the key, which outlives a model version."""
        return (
            encode_uint(self.chain_id, CHAIN_ID_BYTES)
            + self.ledger
            + encode_uint(self.bank, PARTICIPANT_BYTES)
        )

    def to_bytes(self) -> bytes:
        """Return the canonical encoding, 36 bytes, a fragment of a versioned message."""
        return self.key_bytes() + encode_uint(self.version, 4)
