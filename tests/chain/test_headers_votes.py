"""Validators voted in and out, counted from the headers: QBFT to Besu's rules, Kaia to its mode `ballot`."""

from __future__ import annotations

from typing import Any

import pytest

from api.bench.sealing import EPOCH, SealedChain, Validator, kaia_genesis
from chain.headers import BadHeader, ValidatorSet
from chain.headers import kaia as kaia_codec
from tests.chain.sealed import ENGINES, chain_of, followed, refused, trust, validators

NEW = Validator("newcomer")
OTHER = Validator("another newcomer")
ADD, REMOVE = "governance.addvalidator", "governance.removevalidator"


def vote_of(chain: SealedChain, candidate: Validator, adds: bool, voter: Validator | None = None) -> object:
    """The vote of the next proposer, in the engine's form."""
    if chain.engine == "qbft":
        return candidate.address, adds
    return (voter or chain.turn()).address, ADD if adds else REMOVE, candidate.address


def voted(chain: SealedChain, trusted: ValidatorSet, candidate: Validator, adds: bool) -> ValidatorSet:
    """After a block with the next proposer's vote, which the chain's validators follow."""
    after = followed(trusted, chain.add(vote=vote_of(chain, candidate, adds)))
    if candidate.address in after.validators and candidate not in chain.validators:
        chain.validators.append(candidate)
    if candidate.address not in after.validators and candidate in chain.validators:
        chain.validators.remove(candidate)
    return after


@pytest.fixture(params=ENGINES)
def chain(request: pytest.FixtureRequest) -> SealedChain:
    return chain_of(request.param)


def test_a_validator_is_in_from_the_block_after_the_vote_that_makes_more_than_half(
    chain: SealedChain,
) -> None:
    trusted = trust(chain)

    sizes = []
    for _ in range(3):
        trusted = voted(chain, trusted, NEW, True)
        sizes.append(len(trusted.validators))

    assert sizes == [4, 4, 5]
    assert NEW.address in trusted.validators
    assert trusted.quorum == 4
    assert followed(trusted, chain.add()).block == 4


def test_a_block_sealed_by_the_old_validators_only_is_refused_once_there_are_more(chain: SealedChain) -> None:
    trusted = trust(chain)
    old = tuple(chain.validators[:3])
    for _ in range(3):
        trusted = voted(chain, trusted, NEW, True)

    assert refused(trusted, chain.seal(chain.content(), chain.sealing(committers=old))).field == "seals"


def test_a_validator_is_out_from_the_block_after_the_vote_that_makes_more_than_half(
    chain: SealedChain,
) -> None:
    trusted, gone = trust(chain), chain.validators[3]

    for _ in range(3):
        trusted = voted(chain, trusted, gone, False)

    assert gone.address not in trusted.validators
    sealing = chain.sealing(committers=(*chain.validators[:2], gone))
    assert refused(trusted, chain.seal(chain.content(), sealing)).got == gone.address


def test_half_of_the_validators_are_not_enough(chain: SealedChain) -> None:
    trusted = trust(chain)

    for _ in range(2):
        trusted = voted(chain, trusted, NEW, True)

    assert trusted.validators == tuple(sorted(each.address for each in validators()))


def test_one_validator_that_votes_again_and_again_changes_nothing(chain: SealedChain) -> None:
    trusted, voter = trust(chain), chain.turn()

    for _ in range(13):
        vote = vote_of(chain, NEW, True) if chain.turn() == voter else None
        trusted = followed(trusted, chain.add(vote=vote))

    assert NEW.address not in trusted.validators
    assert len(trusted.ballots) == 1


def test_a_header_that_lists_a_validator_before_it_is_voted_in_is_refused(chain: SealedChain) -> None:
    trusted = voted(chain, trust(chain), NEW, True)
    listed = tuple(sorted((*chain.listed, NEW.address)))

    assert refused(trusted, chain.seal(chain.content(), chain.sealing(listed=listed))).field == "validators"


def test_votes_on_different_candidates_are_counted_apart(chain: SealedChain) -> None:
    trusted = trust(chain)

    for candidate in (NEW, OTHER, NEW, OTHER):
        trusted = voted(chain, trusted, candidate, True)

    assert len(trusted.validators) == 4
    assert len(trusted.ballots) == 4


def test_a_change_of_mind_takes_the_vote_back(chain: SealedChain) -> None:
    trusted = trust(chain)
    for _ in range(2):
        trusted = voted(chain, trusted, NEW, True)
    for _ in range(2):
        trusted = followed(trusted, chain.add())
    taken_back = OTHER if chain.engine == "kaia" else NEW
    adds = chain.engine == "kaia"
    for _ in range(2):
        trusted = voted(chain, trusted, taken_back, adds)

    trusted = voted(chain, trusted, NEW, True)

    assert NEW.address not in trusted.validators


@pytest.mark.parametrize("engine", ENGINES)
def test_votes_end_with_their_epoch(engine: str) -> None:
    chain = chain_of(engine)
    epoch = 3
    if engine == "kaia":
        chain.genesis, chain.hash = kaia_genesis(chain.listed, istanbul_epoch=epoch)
    trusted = trust(chain, epoch)

    counted = []
    for _ in range(4):
        trusted = voted(chain, trusted, NEW, True)
        counted.append(len(trusted.ballots))

    # Besu drops them with the last block of an epoch, whose own vote does not count; Kaia with the first.
    assert counted == {"qbft": [1, 0, 1, 2], "kaia": [1, 2, 1, 2]}[engine]
    assert NEW.address not in trusted.validators


def test_in_qbft_votes_on_a_candidate_are_dropped_once_they_came_to_a_change() -> None:
    chain = chain_of("qbft")
    trusted = trust(chain)

    for _ in range(3):
        trusted = voted(chain, trusted, NEW, True)

    assert trusted.ballots == ()


def test_in_qbft_the_votes_of_a_validator_that_goes_are_dropped() -> None:
    chain = chain_of("qbft")
    trusted = trust(chain)
    gone = chain.turn()
    trusted = voted(chain, trusted, NEW, True)
    for _ in range(3):
        trusted = voted(chain, trusted, gone, False)

    assert gone.address not in trusted.validators
    assert trusted.ballots == ()


def test_in_qbft_a_vote_for_a_validator_there_is_already_changes_nothing() -> None:
    chain = chain_of("qbft")
    trusted = trust(chain)

    for _ in range(4):
        trusted = voted(chain, trusted, chain.validators[0], True)

    assert trusted.validators == chain.listed


def test_the_last_validator_may_be_voted_out_and_nobody_can_follow() -> None:
    chain = chain_of("qbft", 1)
    trusted = followed(trust(chain), chain.add(vote=(chain.validators[0].address, False)))

    raw = chain.seal(chain.content(), chain.sealing(listed=(), committers=()))

    assert trusted.validators == ()
    assert refused(trusted, raw).got == "none are left"


def test_in_kaia_votes_stay_after_the_change_they_came_to() -> None:
    """So one vote more brings a validator back in that the epoch has voted in and out, as in the engine."""
    chain = chain_of("kaia")
    trusted = trust(chain)
    for _ in range(3):
        trusted = voted(chain, trusted, NEW, True)
    while NEW.address in trusted.validators:
        trusted = voted(chain, trusted, NEW, False) if chain.turn() != NEW else followed(trusted, chain.add())

    trusted = voted(chain, trusted, NEW, True)

    assert NEW.address in trusted.validators


def test_in_kaia_several_candidates_stand_or_fall_together() -> None:
    chain = chain_of("kaia")
    trusted, pair = trust(chain), [NEW.address, OTHER.address]
    for _ in range(3):
        trusted = followed(trusted, chain.add(vote=(chain.turn().address, ADD, pair)))

    assert set(pair) < set(trusted.validators)


def test_in_kaia_votes_of_validators_removed_by_a_list_cannot_be_taken_back() -> None:
    chain = chain_of("kaia", 5)
    trusted, gone = trust(chain), chain.turn()
    trusted = followed(trusted, chain.add(vote=(gone.address, ADD, NEW.address)))
    for _ in range(3):
        trusted = followed(trusted, chain.add(vote=(chain.turn().address, REMOVE, [gone.address])))
    chain.validators.remove(gone)
    for _ in range(2):
        assert NEW.address not in trusted.validators
        trusted = followed(trusted, chain.add(vote=(chain.turn().address, ADD, NEW.address)))

    assert gone.address not in trusted.validators
    assert NEW.address in trusted.validators


def test_in_kaia_a_validator_that_a_list_removed_may_vote_once_more_when_it_is_back() -> None:
    """Its first vote was nobody's any more by then, and both count, as in the engine."""
    chain = chain_of("kaia", 5)
    trusted, gone = trust(chain), chain.turn()
    others = [each for each in chain.validators if each != gone]

    def votes(trusted: ValidatorSet, voter: Validator, key: str, value: Any) -> ValidatorSet:
        """After the voter's next turn, in which it votes."""
        while chain.turn() != voter:
            trusted = followed(trusted, chain.add())
        return followed(trusted, chain.add(vote=(voter.address, key, value)))

    trusted = votes(trusted, gone, ADD, NEW.address)
    for voter in others[:3]:
        trusted = votes(trusted, voter, REMOVE, [gone.address])
    chain.validators.remove(gone)
    for voter in others[:3]:
        trusted = votes(trusted, voter, ADD, gone.address)
    chain.validators.append(gone)
    trusted = votes(trusted, gone, ADD, NEW.address)
    assert NEW.address not in trusted.validators

    assert NEW.address in votes(trusted, others[3], ADD, NEW.address).validators


@pytest.mark.parametrize(
    "vote",
    [
        (b"\7" * 20, ADD),
        (b"\7" * 20, "istanbul.timeout", b"\x27\x10"),
        (b"\7" * 20, ADD, []),
        (b"\7" * 20, ADD, [NEW.address, NEW.address]),
        (b"\7" * 20, ADD, [NEW.address[:19]]),
        (b"\7" * 20, b"\xff\xfe", NEW.address),
        (b"\7" * 19, ADD, NEW.address),
    ],
)
def test_in_kaia_what_the_engine_ignores_is_ignored(vote: tuple[object, ...]) -> None:
    chain = chain_of("kaia")

    trusted = followed(trust(chain), chain.add(vote=vote))

    assert trusted.ballots == ()


def test_in_kaia_a_vote_in_anothers_name_is_refused() -> None:
    """The engine would count it, and count it again: one proposer alone could vote a validator in."""
    chain = chain_of("kaia")
    victim = next(each for each in chain.validators if each != chain.turn())

    error = refused(trust(chain), chain.add(vote=vote_of(chain, NEW, True, voter=victim)))

    assert (error.field, error.got) == ("voteData", victim.address)


def test_in_kaia_a_vote_on_several_of_whom_one_is_there_already_is_none() -> None:
    chain = chain_of("kaia")
    pair = [NEW.address, chain.validators[0].address]

    trusted = followed(trust(chain), chain.add(vote=(chain.turn().address, ADD, pair)))

    assert trusted.ballots == ()


@pytest.mark.parametrize(
    ("governance", "field"),
    [
        ({"governance_governancemode": "none"}, "governanceData.governance.governancemode"),
        ({"governance_governancemode": "single"}, "governanceData.governance.governancemode"),
        ({"istanbul_epoch": 0}, "governanceData.istanbul.epoch"),
        ({"istanbul_epoch": True}, "governanceData.istanbul.epoch"),
        ({"istanbul_committeesize": 3}, "validators"),
    ],
)
def test_a_kaia_genesis_that_cannot_be_followed_is_refused(governance: dict[str, Any], field: str) -> None:
    raw, _ = kaia_genesis(chain_of("kaia").listed, **governance)

    with pytest.raises(BadHeader) as error:
        kaia_codec.genesis(raw)
    assert error.value.field == field


def test_a_genesis_without_validators_or_of_another_height_is_none(chain: SealedChain) -> None:
    empty = SealedChain(chain.engine, [])
    later = chain_of(chain.engine)
    later.genesis = later.add()

    for wrong, field in ((empty, "validators"), (later, "number")):
        with pytest.raises(BadHeader) as error:
            trust(wrong)
        assert error.value.field == field


def test_the_rules_of_a_kaia_network_are_those_of_its_genesis() -> None:
    trusted = trust(chain_of("kaia"))

    assert (trusted.consensus.epoch, trusted.consensus.in_turn) == (EPOCH, True)
