"""Kaia's headers, with the Istanbul BFT of its permissioned networks.

`extraData` is 32 bytes of vanity, whose last is the round, and RLP([[validators], proposer's seal, [committed
seals]]). A block's hash takes the round as 0 and leaves the committed seals out; each of these signs
keccak-256(hash ‖ 2), and the proposer's seal signs keccak-256 of the hash that leaves out both. So **no seal
covers the round**: all that can be said of it is that the proposer's turn had come by then, because a block
that was prepared may be proposed again in a later round.

Validators change by votes in `voteData`, RLP([voter, key, candidate or candidates]), which stand for an
epoch. The count here is the engine's in the mode `ballot`, with one difference: the engine takes the voter's
name from the vote, so that a proposer could vote for others; here a vote that is not its proposer's is
refused.

Sources: Kaia 1.0.3, `blockchain/types/block.go`, `blockchain/types/istanbul.go`,
`consensus/istanbul/backend/{engine,snapshot}.go`, `consensus/istanbul/core/core.go`,
`consensus/istanbul/validator/default.go`, `governance/handler.go`; KIP-71 (base fee).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from eth_utils.address import to_checksum_address

from chain.hashing import keccak
from chain.headers import rlp
from chain.headers.ethereum import encoded_fields, header_of, read_fields
from chain.headers.header import BadHeader, Header, Sealed, Vote, addresses
from chain.headers.validators import Ballot, Certificate, Consensus, ValidatorSet, after, sealed_of

FIELDS = (
    *("parentHash", "reward", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom", "blockScore"),
    *("number", "gasUsed", "timestamp", "timestampFoS", "extraData", "governanceData", "voteData"),
    "baseFeePerGas",
)
"""The items of a header in their order, by their JSON names (`kaia_getHeaderByNumber`).

Networks with the Randao fork have two more, whose signatures are of another kind; they are not read here.
"""

SIZES: Mapping[str, int] = {
    **dict.fromkeys(("parentHash", "stateRoot", "transactionsRoot", "receiptsRoot"), 32),
    **{"reward": 20, "logsBloom": 256},
}
TEXTS = frozenset({"extraData", "governanceData", "voteData"})
BLOCK_SCORE = 1
VANITY = 32
COMMIT = b"\2"
"""What follows the hash in what a committer signs: the code of the commit message."""

ADD, REMOVE = "governance.addvalidator", "governance.removevalidator"
LIST = "[]"
"""Added to a vote's key where it has a list: one candidate and a list of that one are counted apart."""

ROUND_ROBIN = 0
"""`istanbul.policy` by which proposers take turns."""

_EXTRA = FIELDS.index("extraData")


def read_header(raw: bytes) -> Header:
    """Reads a header from its RLP, with its hash and what its validators signed.

    Raises:
        BadHeader: a field is not as the engine makes it.
    """
    items, fields = read_fields(raw, FIELDS, (len(FIELDS),), SIZES, TEXTS)
    number: int = fields["number"]
    if fields["blockScore"] != BLOCK_SCORE:
        raise BadHeader("blockScore", BLOCK_SCORE, fields["blockScore"], number)
    if fields["timestampFoS"] > 255:
        raise BadHeader("timestampFoS", "a byte", fields["timestampFoS"], number)
    extra: bytes = fields["extraData"]
    vanity = extra[: VANITY - 1] + b"\0"
    validators, proposer_seal, seals = _read_extra(extra, number)
    before, behind = rlp.around(raw, items, _EXTRA)
    listed = rlp.encode(list(validators))

    def digest(seal: bytes) -> bytes:
        bare = vanity + rlp.encode_list((listed, rlp.encode_bytes(seal), b"\xc0"))
        return keccak(rlp.encode_list((before, rlp.encode_bytes(bare), behind)))

    hashed = digest(proposer_seal)
    sealed = Sealed(
        validators=validators,
        round=extra[VANITY - 1],
        vote=read_vote(fields["voteData"]),
        commit=keccak(hashed + COMMIT),
        seals=seals,
        proposal=keccak(digest(b"")) if number else b"",
        proposer_seal=proposer_seal if number else b"",
    )
    return header_of(fields, hashed, sealed)


def encoded_header(fields: Mapping[str, Any]) -> bytes:
    """The RLP of a header from its JSON form (`kaia_getHeaderByNumber`).

    Raises:
        KeyError: a field is not there.
    """
    return encoded_fields({"voteData": "0x", **fields}, FIELDS, SIZES, TEXTS)


def read_vote(raw: bytes) -> Vote | None:
    """The vote on validators in `voteData`; None of any other vote, and of bytes that the engine ignores."""
    try:
        items = rlp.decode_list(raw)
        if len(items) != 3:
            return None
        voter, key, value = rlp.text(items[0], 20), rlp.text(items[1]).decode(), items[2]
        listed = [value[-20:].rjust(20, b"\0")] if isinstance(value, bytes) else value
        candidates = tuple(rlp.text(each, 20) for each in listed)
    except (rlp.NotCanonical, UnicodeDecodeError):
        return None
    if key not in (ADD, REMOVE) or not candidates or len(set(candidates)) != len(candidates):
        return None
    return Vote(voter, key if isinstance(value, bytes) else key + LIST, candidates)


def genesis(raw: bytes) -> ValidatorSet:
    """The validators and the consensus that a genesis header fixes: its `governanceData` has both.

    Raises:
        BadHeader: it is no genesis header, lets single members change the validators, or has committees
            smaller than the validators.
    """
    header = read_header(raw)
    if header.number:
        raise BadHeader("number", 0, header.number, header.number)
    _, fields = read_fields(raw, FIELDS, (len(FIELDS),), SIZES, TEXTS)
    governance = _read_governance(fields["governanceData"])
    validators = tuple(sorted(sealed_of(header).validators))
    mode = governance.get("governance.governancemode")
    if mode != "ballot":
        raise BadHeader("governanceData.governance.governancemode", "ballot", mode, 0)
    epoch, committee = (_positive(governance, name) for name in ("istanbul.epoch", "istanbul.committeesize"))
    if not 0 < len(validators) <= committee:
        raise BadHeader(
            "validators", f"between 1 and {committee}, all in the committee", addresses(validators), 0
        )
    in_turn = governance.get("istanbul.policy") == ROUND_ROBIN
    consensus = Consensus("kaia", epoch, in_turn)
    return ValidatorSet(consensus, 0, header.hash, header.timestamp, validators)


def check_turn(trusted: ValidatorSet, header: Header, certificate: Certificate) -> None:
    """Checks that the proposer's turn had come by the header's round, where proposers take turns.

    Raises:
        BadHeader: it had not: in each round up to this one it was another's.
    """
    if not trusted.consensus.in_turn:
        return
    order = _order(trusted.validators)
    first = order.index(trusted.proposer) + 1 if trusted.proposer in order else min(1, trusted.block)
    turns = [order[(first + round_) % len(order)] for round_ in range(min(certificate.round + 1, len(order)))]
    if certificate.proposer not in turns:
        expected = f"one in which {certificate.proposer.hex()} has had its turn"
        raise BadHeader("round", expected, certificate.round, header.number)


def counted(trusted: ValidatorSet, header: Header, certificate: Certificate) -> ValidatorSet:
    """The validators after a checked block: its vote is counted.

    A change holds from the next block once more than half of the validators vote for it. Votes stay until
    their epoch ends, those that came to a change as well, as the engine has it.

    Raises:
        BadHeader: the vote is not its proposer's.
    """
    vote, following = sealed_of(header).vote, after(trusted, header, certificate.proposer)
    ballots = list(trusted.ballots) if header.number % trusted.consensus.epoch else []
    following = replace(following, ballots=tuple(ballots))
    if vote is None:
        return following
    if vote.voter != certificate.proposer:
        raise BadHeader(
            "voteData", f"a vote of its proposer {certificate.proposer.hex()}", vote.voter, header.number
        )
    adds = vote.key.startswith(ADD)
    if any((candidate in trusted.validators) == adds for candidate in vote.candidates):
        return following
    key, candidates = vote.key.removesuffix(LIST), frozenset(vote.candidates)
    ballots = [b for b in ballots if (b.voter, b.key.removesuffix(LIST)) != (vote.voter, key)]
    ballots.append(Ballot(vote.voter, vote.key, vote.candidates))
    alike = sum((b.key, b.candidates) == (vote.key, vote.candidates) for b in ballots)
    if alike < trusted.majority:
        return replace(following, ballots=tuple(ballots))
    if vote.key == REMOVE + LIST:
        ballots = [replace(b, voter=b"") if b.voter in candidates else b for b in ballots]
    members = frozenset(trusted.validators)
    members = members | candidates if adds else members - candidates
    return replace(following, validators=tuple(sorted(members)), ballots=tuple(ballots))


@lru_cache(maxsize=64)
def _order(validators: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The order of turns: by the addresses' text, whose capitals are those of their checksum."""
    return tuple(sorted(validators, key=to_checksum_address))


def _read_extra(extra: bytes, number: int) -> tuple[tuple[bytes, ...], bytes, tuple[bytes, ...]]:
    """Validators, proposer's seal and committed seals."""
    try:
        if len(extra) < VANITY:
            raise rlp.NotCanonical(f"{len(extra)} bytes, at least {VANITY} were expected")
        items = rlp.decode_list(extra[VANITY:])
        if len(items) != 3 or isinstance(items[0], bytes) or isinstance(items[2], bytes):
            raise rlp.NotCanonical("validators, a seal and a list of seals were expected")
        validators = tuple(rlp.text(each, 20) for each in items[0])
        return validators, rlp.text(items[1]), tuple(rlp.text(each) for each in items[2])
    except rlp.NotCanonical as error:
        raise BadHeader("extraData", "canonical RLP of an Istanbul engine's", error, number) from error


def _read_governance(raw: bytes) -> dict[str, Any]:
    try:
        values = json.loads(rlp.text(rlp.decode(raw)))
    except (rlp.NotCanonical, ValueError, RecursionError) as error:
        raise BadHeader("governanceData", "RLP of a JSON object", error, 0) from error
    if not isinstance(values, dict):
        raise BadHeader("governanceData", "a JSON object", type(values).__name__, 0)
    return values


def _positive(governance: dict[str, Any], name: str) -> int:
    value = governance.get(name)
    if type(value) is not int or value < 1:
        raise BadHeader(f"governanceData.{name}", "a positive integer", value, 0)
    return value
