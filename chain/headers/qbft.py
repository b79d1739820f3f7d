"""QBFT headers, as Hyperledger Besu makes them.

They are Ethereum's, with the consensus in `extraData`: RLP([vanity, [validators], vote, round, [seals]]). The
vote is empty, or [candidate, 0xff] to add and [candidate, empty] to drop a validator; it is the
beneficiary's, who is the proposer. A block's hash leaves out the seals and takes the round as 0; what a
validator signs leaves out the seals and keeps the round. Validators are kept in the headers, not in a
contract.

Sources: Besu (Apache-2.0), `QbftExtraDataCodec`, `BftBlockHashing`, `VoteTally`, `VoteTallyUpdater`,
`EpochManager`, `QbftBlockHeaderValidationRulesetFactory`; Besu's documentation, "Configure QBFT consensus".
"""

from __future__ import annotations

from dataclasses import replace

from chain.hashing import keccak
from chain.headers import rlp
from chain.headers.ethereum import FIELDS, LENGTHS, SIZES, TEXTS, check_no_ommers, header_of, read_fields
from chain.headers.header import BadHeader, Header, Sealed, Vote
from chain.headers.validators import Ballot, Certificate, Consensus, ValidatorSet, after, sealed_of

MIX_HASH = bytes.fromhex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365")
"""`mixHash` of every block: it says that the engine is a BFT one."""

ADD, DROP = "add", "drop"
EPOCH = 30_000
"""Blocks of an epoch where the genesis names no `epochlength`."""

_EXTRA = FIELDS.index("extraData")
_VOTES = {b"\xff": ADD, b"": DROP}


def read_header(raw: bytes) -> Header:
    """Reads a header from its RLP, with its hash and what its validators signed.

    Raises:
        BadHeader: a field is not as the engine makes it.
    """
    items, fields = read_fields(raw, FIELDS, LENGTHS, SIZES, TEXTS)
    check_no_ommers(fields)
    number: int = fields["number"]
    for field, expected in (("mixHash", MIX_HASH), ("difficulty", 1)):
        if fields[field] != expected:
            raise BadHeader(field, expected, fields[field], number)
    extra, sealed = _read_extra(fields["extraData"], fields["miner"], number)
    before, behind = rlp.around(raw, items, _EXTRA)

    def digest(round_: bytes) -> bytes:
        bare = rlp.encode([*extra[:3], round_, []])
        return keccak(rlp.encode_list((before, rlp.encode_bytes(bare), behind)))

    # The genesis is sealed by nobody: its hash is that of all of it.
    hashed = digest(b"") if number else keccak(raw)
    round_ = rlp.text(extra[3])
    commit = digest(round_) if round_ else hashed
    return header_of(fields, hashed, replace(sealed, commit=commit))


def genesis(raw: bytes, consensus: Consensus) -> ValidatorSet:
    """The validators that a genesis header names.

    Raises:
        BadHeader: it is not a genesis header, or names no validators.
    """
    header = read_header(raw)
    validators = sealed_of(header).validators
    if header.number:
        raise BadHeader("number", 0, header.number, header.number)
    if not validators:
        raise BadHeader("validators", "at least one (contracts that name them are not followed)", "none", 0)
    return ValidatorSet(consensus, 0, header.hash, header.timestamp, tuple(sorted(validators)))


def counted(trusted: ValidatorSet, header: Header, certificate: Certificate) -> ValidatorSet:
    """The validators after a checked block: its vote is counted.

    A change holds once more than half of the validators vote for it; then the votes on its candidate are
    dropped, and, of a validator that goes, its own. The last block of an epoch drops all votes and its own is
    not counted.
    """
    vote, following = sealed_of(header).vote, after(trusted, header, certificate.proposer)
    if not (header.number + 1) % trusted.consensus.epoch:
        return replace(following, ballots=())
    if vote is None:
        return following
    (candidate,) = vote.candidates
    ballots = [b for b in trusted.ballots if (b.voter, b.candidates) != (vote.voter, vote.candidates)]
    ballots.append(Ballot(vote.voter, vote.key, vote.candidates))
    validators = set(trusted.validators)
    for key in (ADD, DROP):
        if sum((b.key, b.candidates) == (key, vote.candidates) for b in ballots) < trusted.majority:
            continue
        if key == ADD:
            validators.add(candidate)
        else:
            validators.discard(candidate)
            ballots = [b for b in ballots if b.voter != candidate]
        ballots = [b for b in ballots if b.candidates != vote.candidates]
    return replace(following, validators=tuple(sorted(validators)), ballots=tuple(ballots))


def _read_extra(raw: bytes, beneficiary: bytes, number: int) -> tuple[list[rlp.Item], Sealed]:
    """The items of `extraData`, and what they say; its digest is still to come."""
    try:
        items = rlp.decode_list(raw)
        if len(items) != 5:
            raise rlp.NotCanonical(f"{len(items)} items, 5 were expected")
        rlp.text(items[0], 32)
        validators = tuple(rlp.text(each, 20) for each in _list(items[1], "validators"))
        vote = _read_vote(_list(items[2], "vote"), beneficiary)
        round_ = rlp.integer(items[3])
        seals = tuple(rlp.text(each) for each in _list(items[4], "seals"))
    except rlp.NotCanonical as error:
        raise BadHeader("extraData", "canonical RLP of a QBFT engine's", error, number) from error
    return items, Sealed(validators, round_, vote, b"", seals, proposer=beneficiary)


def _read_vote(items: list[rlp.Item], voter: bytes) -> Vote | None:
    if not items:
        return None
    if len(items) != 2:
        raise rlp.NotCanonical(f"a vote of {len(items)} items")
    key = _VOTES.get(rlp.text(items[1]))
    if key is None:
        raise rlp.NotCanonical(f"a vote of {rlp.text(items[1]).hex()}, neither ff nor nothing")
    return Vote(voter, key, (rlp.text(items[0], 20),))


def _list(item: rlp.Item, name: str) -> list[rlp.Item]:
    if isinstance(item, bytes):
        raise rlp.NotCanonical(f"{name}: a list was expected")
    return item
