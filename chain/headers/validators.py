"""Certificates, and the validators who may give one: what a header is checked against, and what follows it.

A block of a BFT engine is final once enough of the validators after its parent have sealed it: at least
two thirds of them, rounded up. Nothing but the headers is needed to follow the validators from a block that
is trusted to any later one, so that whoever trusts a genesis needs to trust no node.

Sources: Besu, `BftHelpers.calculateRequiredValidatorQuorum`, `BftCommitSealsValidationRule`,
`BftValidatorsValidationRule`, `BftCoinbaseValidationRule`; Kaia 1.0.3, `consensus/istanbul`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from chain.headers.header import BadHeader, Header, Sealed, addresses
from chain.headers.signatures import BadSignature, signer


@dataclass(frozen=True, slots=True)
class Certificate:
    """Who made a block final: addresses of 20 bytes, recovered from signatures where the engine has them.

    `validators` are those the header lists, `committers` those who sealed it, in the header's order.
    """

    validators: tuple[bytes, ...]
    proposer: bytes
    committers: tuple[bytes, ...]
    round: int


@dataclass(frozen=True, slots=True)
class Ballot:
    """A vote that counts until its epoch ends; `voter` is empty of one that its voter cannot take back."""

    voter: bytes
    key: str
    candidates: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Consensus:
    """What a network's genesis fixes of its consensus and its later headers do not say.

    `engine` is `qbft` or `kaia`. Votes of an epoch (in blocks) count until the next begins. `in_turn` says
    that proposers take turns in the order of their addresses.
    """

    engine: str
    epoch: int
    in_turn: bool = False


@dataclass(frozen=True, slots=True)
class ValidatorSet:
    """The validators after a block, who alone may seal the next, and what else the next is checked against.

    `block`, `hash`, `timestamp` and `proposer` are that block's; the proposer of a genesis is empty.
    `validators` are ascending; `ballots` are the votes that have not come to a change.
    """

    consensus: Consensus
    block: int
    hash: bytes
    timestamp: int
    validators: tuple[bytes, ...]
    ballots: tuple[Ballot, ...] = ()
    proposer: bytes = b""

    @property
    def quorum(self) -> int:
        """How many of the validators must seal a block: two thirds, rounded up."""
        return -(-2 * len(self.validators) // 3)

    @property
    def majority(self) -> int:
        """How many of the validators must vote for a change of them: more than half."""
        return len(self.validators) // 2 + 1


def certify(header: Header) -> Certificate:
    """Recovers who proposed and who sealed a block; whether they were allowed to is for `check`.

    Raises:
        BadHeader: the header is of no BFT engine, or a seal is not a canonical signature.
    """
    sealed = sealed_of(header)
    proposer = sealed.proposer
    if sealed.proposal:
        proposer = _signer(header, "proposerSeal", sealed.proposal, sealed.proposer_seal)
    committers = tuple(
        _signer(header, f"seals[{number}]", sealed.commit, seal) for number, seal in enumerate(sealed.seals)
    )
    return Certificate(sealed.validators, proposer, committers, sealed.round)


def sealed_of(header: Header) -> Sealed:
    """What a BFT header says of its making.

    Raises:
        BadHeader: the header is of no BFT engine.
    """
    if header.sealed is None:
        raise BadHeader("seals", "those of a BFT engine", "none", header.number)
    return header.sealed


def check(trusted: ValidatorSet, header: Header, certificate: Certificate) -> None:
    """Checks that a block follows a trusted one and that enough of its validators sealed it.

    Raises:
        BadHeader: the block is another's successor, goes back in time, lists other validators, was proposed
            by none of them, or a seal is a stranger's, a second one of the same, or there are too few.
    """
    number = trusted.block + 1
    if header.number != number:
        raise BadHeader("number", number, header.number, header.number)
    if header.parent != trusted.hash:
        raise BadHeader("parentHash", trusted.hash, header.parent, number)
    if header.timestamp < trusted.timestamp:
        raise BadHeader("timestamp", f"{trusted.timestamp} or later", header.timestamp, number)
    members = frozenset(trusted.validators)
    if not members:
        raise BadHeader("validators", "at least one", "none are left", number)
    if certificate.validators != trusted.validators:
        raise BadHeader(
            "validators", addresses(trusted.validators), addresses(certificate.validators), number
        )
    if certificate.proposer not in members:
        raise BadHeader("proposer", addresses(trusted.validators), certificate.proposer, number)
    sealed: set[bytes] = set()
    for place, committer in enumerate(certificate.committers):
        if committer not in members:
            raise BadHeader(f"seals[{place}]", "one of a validator", committer, number)
        if committer in sealed:
            raise BadHeader(
                f"seals[{place}]", "one seal a validator", f"a second of {committer.hex()}", number
            )
        sealed.add(committer)
    if len(sealed) < trusted.quorum:
        of = len(trusted.validators)
        raise BadHeader("seals", f"at least {trusted.quorum} of {of} validators'", len(sealed), number)


def after(trusted: ValidatorSet, header: Header, proposer: bytes) -> ValidatorSet:
    """The set after a block that has been checked, before its vote is counted."""
    return replace(
        trusted, block=header.number, hash=header.hash, timestamp=header.timestamp, proposer=proposer
    )


def _signer(header: Header, field: str, digest: bytes, seal: bytes) -> bytes:
    try:
        return signer(digest, seal)
    except BadSignature as error:
        raise BadHeader(f"{field}.{error.field}", error.expected, error.got, header.number) from error
