"""What the headers of all engines have in common, and what those of BFT engines add."""

from __future__ import annotations

from dataclasses import dataclass


class BadHeader(ValueError):
    """A header is not what it must be; `block` if known, `field`, `expected` and `got` say where and how."""

    def __init__(self, field: str, expected: object, got: object, block: int | None = None) -> None:
        at = "" if block is None else f"block {block}: "
        super().__init__(f"{at}{field}: {shown(got)}, not {shown(expected)}")
        self.field, self.expected, self.got, self.block = field, expected, got, block

    def __reduce__(self) -> tuple[type[BadHeader], tuple[object, ...]]:
        return type(self), (self.field, self.expected, self.got, self.block)


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote on the validators in a header, as its engine names what is voted on.

    `voter` and the `candidates` are addresses of 20 bytes. Several candidates stand or fall together.
    """

    voter: bytes
    key: str
    candidates: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a header of a BFT engine says of its own making; nothing of it is verified yet.

    `validators` are those the header lists. `commit` is the digest that each of the `seals` signs. The
    proposer is an address that the header names, or whoever made `proposer_seal` over the digest `proposal`,
    by the engine; the other is empty.
    """

    validators: tuple[bytes, ...]
    round: int
    vote: Vote | None
    commit: bytes
    seals: tuple[bytes, ...]
    proposer: bytes = b""
    proposal: bytes = b""
    proposer_seal: bytes = b""


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says of its block; `timestamp` in seconds since 1970 (UTC), `bloom` as a number.

    `sealed` is None of engines whose blocks are final for no reason the header shows.
    """

    hash: bytes
    parent: bytes
    number: int
    timestamp: int
    gas_used: int
    state_root: bytes
    transactions_root: bytes
    receipts_root: bytes
    bloom: int
    sealed: Sealed | None = None


def shown(value: object) -> str:
    """A value as messages show it: bytes in hex."""
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


def addresses(values: tuple[bytes, ...]) -> str:
    """Addresses as messages show them."""
    return ", ".join(map(shown, values)) or "none"
