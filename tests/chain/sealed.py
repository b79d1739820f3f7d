"""Sealed chains for tests: four validators on each BFT engine, and what is trusted of them."""

from __future__ import annotations

from collections.abc import Callable

import rlp

from api.bench.sealing import EPOCH, SealedChain, Validator
from chain.headers import CODECS, BadHeader, Consensus, Header, ValidatorSet, follow
from chain.headers import kaia as kaia_codec
from chain.headers import qbft as qbft_codec

ENGINES = ("qbft", "kaia")
EXTRA = {"qbft": 12, "kaia": 11}
"""Where `extraData` stands among a header's items."""


def validators(count: int = 4) -> list[Validator]:
    return [Validator(f"validator {number}") for number in range(count)]


def chain_of(engine: str, count: int = 4) -> SealedChain:
    return SealedChain(engine, validators(count))


def trust(chain: SealedChain, epoch: int = EPOCH) -> ValidatorSet:
    """What is trusted of a chain: its genesis."""
    if chain.engine == "kaia":
        return kaia_codec.genesis(chain.genesis)
    return qbft_codec.genesis(chain.genesis, Consensus("qbft", epoch))


def read(engine: str, raw: bytes) -> Header:
    return CODECS[engine].read_header(raw)


def followed(trusted: ValidatorSet, *headers: bytes) -> ValidatorSet:
    """The validators after some headers."""
    for raw in headers:
        trusted = follow(trusted, read(trusted.consensus.engine, raw))
    return trusted


def refused(trusted: ValidatorSet, raw: bytes) -> BadHeader:
    """Why a header is refused."""
    try:
        followed(trusted, raw)
    except BadHeader as error:
        return error
    raise AssertionError("the header was not refused")


def changed(raw: bytes, item: int, change: Callable[[bytes], bytes]) -> bytes:
    """A header with one of its items changed."""
    items = list(rlp.decode(raw))
    items[item] = change(items[item])
    return bytes(rlp.encode(items))


def with_seals(engine: str, raw: bytes, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """A header with other committed seals."""

    def extra(old: bytes) -> bytes:
        vanity, data = (b"", old) if engine == "qbft" else (old[:32], old[32:])
        items = list(rlp.decode(data))
        items[-1] = change(list(items[-1]))
        return vanity + bytes(rlp.encode(items))

    return changed(raw, EXTRA[engine], extra)
