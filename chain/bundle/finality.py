"""The certificates of a bundle from a BFT network: followed from the genesis to the last block.

Such a bundle's opening names the consensus and has the genesis header, which names the first validators. The
headers between the genesis and the first block of the ledger come next, alone; the others with their blocks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from chain.bundle.divergence import Divergence, Diverges, diverge
from chain.bundle.file import parsed, unhexed
from chain.headers import BadHeader, Certificate, Header, ValidatorSet, certify, follow
from chain.headers.codecs import CODECS, trusted_genesis

PAGE = 1000
"""Headers a line."""

ENGINES = ("qbft", "kaia")
FIELDS = ["engine", "epoch", "genesis"]

_LINKS = ("number", "parentHash", "timestamp")


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the validators: they are others from the block after `block`; addresses 0x-prefixed."""

    block: int
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finality:
    """What the certificates of a bundle say, in values that JSON has; addresses and hashes 0x-prefixed.

    `pinned` says whether the auditor knew the genesis' hash; if not, it is believed. `certificates` counts
    the blocks, each with a quorum. `committers` and `proposers` count the blocks that each validator sealed
    and proposed; `later_rounds` those that were not made in their first round. `validators` are those after
    the last block.
    """

    engine: str
    genesis: str
    pinned: bool
    certificates: int
    validators: tuple[str, ...]
    committers: dict[str, int]
    proposers: dict[str, int]
    later_rounds: int
    changes: tuple[Change, ...]


@dataclass(slots=True)
class Followed:
    """How far a bundle's certificates have been followed; `trusted` are the validators after the last."""

    trusted: ValidatorSet
    genesis: bytes
    pinned: bool
    certificates: int = 0
    later_rounds: int = 0
    committers: Counter[bytes] = field(default_factory=Counter)
    proposers: Counter[bytes] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)

    def take(self, header: Header, certificate: Certificate | None) -> None:
        """Follows one block.

        Raises:
            Diverges: it does not follow, or its certificate is not one of the validators before it.
        """
        before = self.trusted.validators
        try:
            certificate = certificate or certify(header)
            self.trusted = follow(self.trusted, header, certificate)
        except BadHeader as error:
            raise diverges(error) from error
        self.certificates += 1
        self.later_rounds += certificate.round > 0
        self.committers.update(certificate.committers)
        self.proposers[certificate.proposer] += 1
        after = self.trusted.validators
        if after != before:
            added, removed = (_shown(set(one) - set(two)) for one, two in ((after, before), (before, after)))
            self.changes.append(Change(header.number, added, removed))

    def report(self) -> Finality:
        """What has been found so far."""
        return Finality(
            engine=self.trusted.consensus.engine,
            genesis="0x" + self.genesis.hex(),
            pinned=self.pinned,
            certificates=self.certificates,
            validators=_shown(self.trusted.validators),
            committers={"0x" + each.hex(): self.committers[each] for each in sorted(self.committers)},
            proposers={"0x" + each.hex(): self.proposers[each] for each in sorted(self.proposers)},
            later_rounds=self.later_rounds,
            changes=tuple(self.changes),
        )


def diverges(error: BadHeader) -> Diverges:
    """The divergence that a false header or certificate is."""
    kind = "header" if error.field in _LINKS else "certificate"
    return diverge(kind, error.field, error.expected, error.got, error.block)


def consensus_values(trusted: ValidatorSet, genesis: bytes) -> dict[str, Any]:
    """The consensus as an opening has it."""
    return {
        "engine": trusted.consensus.engine,
        "epoch": trusted.consensus.epoch,
        "genesis": genesis.hex(),
    }


def read_consensus(values: Any, pinned: bytes | None) -> Followed | None:
    """Reads the consensus of an opening; None of a network without certificates.

    Args:
        values: What the opening says.
        pinned: The hash of the genesis that the auditor knows, if any.

    Raises:
        Diverges: it is of another form or of another genesis, or there is none and a genesis was pinned.
    """
    if values is None:
        if pinned is not None:
            raise diverge("genesis", "hash", pinned, "none: the bundle has no certificates")
        return None
    if not isinstance(values, dict) or list(values) != FIELDS or values["engine"] not in ENGINES:
        raise diverge("file", "consensus", f"{FIELDS} of {' or '.join(ENGINES)}", values)
    if type(values["epoch"]) is not int or values["epoch"] < 1:
        raise diverge("file", "consensus.epoch", "a number of blocks", values["epoch"])
    genesis = unhexed(values["genesis"], "consensus.genesis")
    try:
        trusted = trusted_genesis(values["engine"], genesis, values["epoch"])
    except BadHeader as error:
        raise diverge("genesis", error.field, error.expected, error.got, error.block) from error
    if pinned is not None and trusted.hash != pinned:
        raise diverge("genesis", "hash", pinned, trusted.hash, 0)
    return Followed(trusted, trusted.hash, pinned is not None)


def headers_values(headers: list[bytes]) -> dict[str, Any]:
    """A line of headers alone."""
    return {"headers": [each.hex() for each in headers]}


def check_headers(
    lines: Iterable[bytes], codec: str
) -> tuple[list[tuple[Header, Certificate]], Divergence | None]:
    """Reads lines of headers and recovers their certificates, up to the first that diverges."""
    found: list[tuple[Header, Certificate]] = []
    try:
        for line in lines:
            found += ((header, certified(header)) for header in _headers(line, codec))
    except Diverges as diverged:
        return found, diverged.divergence
    return found, None


def certified(header: Header) -> Certificate:
    """The certificate of a header.

    Raises:
        Diverges: a seal is no signature.
    """
    try:
        return certify(header)
    except BadHeader as error:
        raise diverges(error) from error


def _headers(line: bytes, codec: str) -> Iterator[Header]:
    values = parsed(line)
    if list(values) != ["headers"] or not isinstance(values["headers"], list) or not values["headers"]:
        raise diverge("file", "headers", "a page of headers", list(values))
    for each in values["headers"]:
        try:
            yield CODECS[codec].read_header(unhexed(each, "headers"))
        except BadHeader as error:
            raise diverge("header", error.field, error.expected, error.got, error.block) from error


def _shown(values: Iterable[bytes]) -> tuple[str, ...]:
    return tuple("0x" + each.hex() for each in sorted(values))
