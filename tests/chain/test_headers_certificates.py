"""Certificates of both BFT engines: what is accepted, and each way in which a header can be false."""

from __future__ import annotations

from dataclasses import replace

import pytest
import rlp
from hypothesis import given, settings
from hypothesis import strategies as st

from api.bench.sealing import START, Content, SealedChain, Validator
from chain.headers import BadHeader, certify
from chain.headers.signatures import ORDER
from tests.chain.sealed import (
    ENGINES,
    EXTRA,
    chain_of,
    changed,
    followed,
    read,
    refused,
    trust,
    with_seals,
)

STRANGER = Validator("stranger")


@pytest.fixture(params=ENGINES)
def chain(request: pytest.FixtureRequest) -> SealedChain:
    return chain_of(request.param)


def test_a_certificate_names_who_proposed_and_who_committed(chain: SealedChain) -> None:
    proposer = chain.turn()

    certificate = certify(read(chain.engine, chain.add()))

    assert certificate.proposer == proposer.address
    assert certificate.committers == tuple(each.address for each in chain.validators[:3])
    assert (certificate.validators, certificate.round) == (chain.listed, 0)


def test_the_set_after_a_block_is_of_that_block(chain: SealedChain) -> None:
    trusted = trust(chain)

    after = followed(trusted, *(chain.add() for _ in range(5)))

    assert (after.block, after.hash, after.timestamp) == (5, chain.hash, START + 5)
    assert after.validators == trusted.validators == chain.listed


def test_a_block_of_a_later_round_is_followed_and_says_its_round(chain: SealedChain) -> None:
    trusted = trust(chain)

    raw = chain.add(round_=2)

    assert certify(read(chain.engine, raw)).round == 2
    assert followed(trusted, raw).block == 1


@pytest.mark.parametrize(
    ("count", "quorum"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (10, 7)]
)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_quorum_is_two_thirds_rounded_up_and_one_less_is_refused(
    engine: str, count: int, quorum: int
) -> None:
    chain = chain_of(engine, count)
    trusted = trust(chain)
    enough = chain.seal(chain.content(), chain.sealing(committers=tuple(chain.validators[:quorum])))
    less = chain.seal(chain.content(), chain.sealing(committers=tuple(chain.validators[: quorum - 1])))

    assert followed(trusted, enough).block == 1
    error = refused(trusted, less)
    assert (error.block, error.field, error.got) == (1, "seals", quorum - 1)


def test_two_of_four_seals_are_refused(chain: SealedChain) -> None:
    raw = chain.seal(chain.content(), chain.sealing(committers=tuple(chain.validators[2:])))

    error = refused(trust(chain), raw)

    assert str(error) == "block 1: seals: 2, not at least 3 of 4 validators'"


def test_a_seal_of_a_stranger_is_refused_however_many_there_are(chain: SealedChain) -> None:
    raw = chain.seal(chain.content(), chain.sealing(committers=(*chain.validators, STRANGER)))

    error = refused(trust(chain), raw)

    assert (error.field, error.got) == ("seals[4]", STRANGER.address)


def test_a_second_seal_of_the_same_validator_is_refused(chain: SealedChain) -> None:
    twice = (*chain.validators[:2], chain.validators[1])
    raw = chain.seal(chain.content(), chain.sealing(committers=twice))

    assert refused(trust(chain), raw).field == "seals[2]"


def test_a_seal_of_a_validator_that_was_removed_is_refused(chain: SealedChain) -> None:
    trusted, gone = trust(chain), chain.validators[3]
    trusted = replace(trusted, validators=tuple(v for v in trusted.validators if v != gone.address))
    chain.validators.remove(gone)
    sealing = chain.sealing(committers=(*chain.validators[:2], gone))

    assert refused(trusted, chain.seal(chain.content(), sealing)).got == gone.address


def test_a_header_that_lists_other_validators_is_refused(chain: SealedChain) -> None:
    listed = tuple(sorted((*chain.listed, STRANGER.address)))
    raw = chain.seal(chain.content(), chain.sealing(listed=listed))

    error = refused(trust(chain), raw)

    assert error.field == "validators"
    assert STRANGER.address.hex() in str(error.got)


def test_a_header_that_lists_its_validators_in_another_order_is_refused(chain: SealedChain) -> None:
    raw = chain.seal(chain.content(), chain.sealing(listed=chain.listed[::-1]))

    assert refused(trust(chain), raw).field == "validators"


def test_a_proposer_who_is_no_validator_is_refused(chain: SealedChain) -> None:
    raw = chain.seal(chain.content(), chain.sealing(proposer=STRANGER))

    error = refused(trust(chain), raw)

    assert (error.field, error.got) == ("proposer", STRANGER.address)


def test_a_header_of_no_validators_at_all_is_refused(chain: SealedChain) -> None:
    trusted = replace(trust(chain), validators=())
    raw = chain.seal(chain.content(), chain.sealing(listed=(), committers=()))

    assert refused(trusted, raw).field == "validators"


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("number", {"number": 3}),
        ("parentHash", {"parent": b"\7" * 32}),
        ("timestamp", {"timestamp": START - 1}),
    ],
)
def test_a_header_out_of_line_is_refused_though_all_have_sealed_it(
    chain: SealedChain, field: str, change: dict[str, int | bytes]
) -> None:
    raw = chain.seal(chain.content(**change), chain.sealing())

    assert refused(trust(chain), raw).field == field


def test_the_header_after_another_genesis_is_refused(chain: SealedChain) -> None:
    other = SealedChain(chain.engine, [*chain.validators, STRANGER])

    error = refused(trust(chain), other.add())

    assert error.field == "parentHash"


ITEMS = [("qbft", item) for item in range(16)] + [("kaia", item) for item in range(15)]


@pytest.mark.parametrize(("engine", "item"), ITEMS)
def test_each_altered_item_is_refused(engine: str, item: int) -> None:
    """Either the item alone is not what it may be, or nothing is sealed as it says."""
    chain = chain_of(engine)
    raw = chain.seal(chain.content(gas_used=7), chain.sealing())

    altered = changed(raw, item, lambda old: bytes((*old[:-1], old[-1] ^ 1)) if old else b"\1")

    assert altered != raw
    with pytest.raises(BadHeader):
        followed(trust(chain), altered)


CONSTANTS = [("qbft", 13, "mixHash"), ("qbft", 7, "difficulty"), ("qbft", 1, "sha3Uncles")]


@pytest.mark.parametrize(("engine", "item", "field"), [*CONSTANTS, ("kaia", 6, "blockScore")])
def test_what_the_engine_never_changes_is_refused_before_any_seal_is_looked_at(
    engine: str, item: int, field: str
) -> None:
    chain = chain_of(engine)
    raw = chain.seal(chain.content(), chain.sealing())

    with pytest.raises(BadHeader) as error:
        read(engine, changed(raw, item, lambda old: bytes((*old[:-1], old[-1] ^ 2))))
    assert (error.value.field, error.value.block) == (field, 1)


@pytest.mark.parametrize("engine", ENGINES)
@settings(deadline=None)
@given(data=st.data())
def test_no_flipped_bit_passes_but_in_the_round_of_kaia(engine: str, data: st.DataObject) -> None:
    chain = chain_of(engine)
    raw = bytearray(chain.seal(chain.content(), chain.sealing()))
    unsealed = {_round_of_kaia(chain)} if engine == "kaia" else set()
    place = data.draw(st.integers(0, len(raw) - 1).filter(lambda place: place not in unsealed))
    raw[place] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(BadHeader):
        followed(trust(chain), bytes(raw))


def _round_of_kaia(chain: SealedChain) -> int:
    """Where the byte of the round stands: it is all that differs between two rounds."""
    content, sealing = chain.content(), chain.sealing()
    one, other = (chain.seal(content, replace(sealing, round=round_)) for round_ in (0, 1))
    return next(place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)


def test_bytes_after_the_header_are_refused(chain: SealedChain) -> None:
    assert refused(trust(chain), chain.seal(chain.content(), chain.sealing()) + b"\0").field == "encoding"


def test_bytes_after_the_extra_data_are_refused(chain: SealedChain) -> None:
    raw = chain.seal(chain.content(), chain.sealing())

    assert (
        refused(trust(chain), changed(raw, EXTRA[chain.engine], lambda old: old + b"\0")).field == "extraData"
    )


def test_an_integer_with_a_leading_zero_is_refused(chain: SealedChain) -> None:
    number = 8 if chain.engine == "qbft" else 7
    raw = changed(chain.seal(chain.content(), chain.sealing()), number, lambda old: b"\0" + old)

    assert refused(trust(chain), raw).field == "number"


def test_a_round_with_a_leading_zero_is_refused_in_qbft() -> None:
    chain = chain_of("qbft")
    raw = chain.seal(chain.content(), chain.sealing(round_=1))

    def padded(old: bytes) -> bytes:
        items = list(rlp.decode(old))
        items[3] = b"\0" + items[3]
        return bytes(rlp.encode(items))

    assert refused(trust(chain), changed(raw, EXTRA["qbft"], padded)).field == "extraData"


def test_a_seal_whose_s_is_high_is_refused_though_it_is_of_the_same_key(chain: SealedChain) -> None:
    def high(seals: list[bytes]) -> list[bytes]:
        s = ORDER - int.from_bytes(seals[0][32:64], "big")
        return [seals[0][:32] + s.to_bytes(32, "big") + bytes((seals[0][64] ^ 1,)), *seals[1:]]

    raw = with_seals(chain.engine, chain.seal(chain.content(), chain.sealing()), high)

    assert refused(trust(chain), raw).field == "seals[0].s"


@pytest.mark.parametrize(
    ("field", "seal"),
    [
        ("length", bytes(64)),
        ("length", bytes(66)),
        ("r", bytes(32) + b"\1" * 33),
        ("r", b"\xff" * 32 + b"\1" * 33),
        ("v", b"\1" * 64 + b"\2"),
        ("s", b"\1" * 32 + bytes(32) + b"\1"),
        ("v", b"\1" * 64 + b"\x1b"),
    ],
)
def test_a_seal_that_is_no_signature_is_refused(chain: SealedChain, field: str, seal: bytes) -> None:
    raw = with_seals(
        chain.engine, chain.seal(chain.content(), chain.sealing()), lambda seals: [seal, *seals[1:]]
    )

    assert refused(trust(chain), raw).field == f"seals[0].{field}"


def test_seals_of_another_block_are_refused(chain: SealedChain) -> None:
    own = chain.seal(chain.content(), chain.sealing())
    other = chain.seal(chain.content(gas_used=1), chain.sealing())
    extra = EXTRA[chain.engine]
    foreign = rlp.decode(other)[extra]

    assert refused(trust(chain), changed(own, extra, lambda _: foreign)).field in ("seals[0]", "proposer")


def test_a_round_that_was_not_sealed_is_refused_in_qbft() -> None:
    chain = chain_of("qbft")
    raw = chain.seal(chain.content(), chain.sealing())

    def later(old: bytes) -> bytes:
        items = list(rlp.decode(old))
        items[3] = b"\1"
        return bytes(rlp.encode(items))

    error = refused(trust(chain), changed(raw, EXTRA["qbft"], later))

    assert error.field == "seals[0]"


def test_a_round_before_the_proposers_turn_is_refused_in_kaia() -> None:
    chain = chain_of("kaia")
    raw = chain.seal(chain.content(), chain.sealing(round_=2))
    earlier = changed(raw, EXTRA["kaia"], lambda old: old[:31] + b"\1" + old[32:])

    error = refused(trust(chain), earlier)

    assert (error.field, error.got) == ("round", 1)


def test_a_block_prepared_in_a_round_may_be_proposed_again_in_a_later_one_in_kaia() -> None:
    chain = chain_of("kaia")
    raw = chain.seal(chain.content(), replace(chain.sealing(), round=3))

    assert followed(trust(chain), raw).block == 1


def test_the_turn_after_a_removed_proposer_is_the_second_validators_in_kaia() -> None:
    """The engine looks for the last proposer among the validators and takes the first place if it is gone."""
    chain = chain_of("kaia")
    trusted = followed(trust(chain), chain.add())
    chain.proposer = STRANGER

    assert followed(replace(trusted, proposer=STRANGER.address), chain.add()).block == 2


def test_a_header_of_a_development_engine_has_no_certificate() -> None:
    chain = chain_of("qbft")
    header = replace(read("qbft", chain.add()), sealed=None)

    with pytest.raises(BadHeader, match="block 1: seals: none"):
        certify(header)


def test_contents_of_a_header_are_what_it_was_made_of(chain: SealedChain) -> None:
    content = Content(1, chain.hash, START + 9, b"\1" * 32, b"\2" * 32, b"\3" * 32, b"\4" * 256, 21_000)

    header = read(chain.engine, chain.seal(content, chain.sealing()))

    assert (header.number, header.parent, header.timestamp) == (1, chain.hash, START + 9)
    assert (header.state_root, header.transactions_root, header.receipts_root) == (
        *(b"\1" * 32, b"\2" * 32),
        b"\3" * 32,
    )
    assert (header.bloom, header.gas_used) == (int.from_bytes(b"\4" * 256, "big"), 21_000)
