"""Headers that real networks of Hyperledger Besu made (vectors/besu/SOURCE)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import rlp

from chain.headers import BadHeader, Consensus, ValidatorSet, certify, follow
from chain.headers.qbft import genesis, read_header
from tests.chain.sealed import changed, with_seals

VECTORS = {
    name: bytes.fromhex(value)
    for name, value in json.loads(
        (Path(__file__).parent / "vectors" / "besu" / "qbft.json").read_text(encoding="utf-8")
    ).items()
}
CONSENSUS = Consensus("qbft", 30_000)


def after_27() -> ValidatorSet:
    header = read_header(VECTORS["block_27"])
    certificate = certify(header)
    return ValidatorSet(CONSENSUS, 27, header.hash, header.timestamp, certificate.validators)


def test_what_validators_signed_in_a_later_round_is_the_published_digest() -> None:
    header = read_header(VECTORS["block_7528"])

    assert header.sealed is not None
    assert header.sealed.commit == VECTORS["commit_digest_7528"]
    assert header.sealed.round == 1
    assert header.hash != header.sealed.commit


def test_committers_are_recovered_and_are_validators() -> None:
    certificate = certify(read_header(VECTORS["block_7528"]))

    assert len(set(certificate.committers)) == 3
    assert set(certificate.committers) < set(certificate.validators)
    assert certificate.proposer in certificate.validators


def test_a_block_names_the_hash_of_the_one_before() -> None:
    assert read_header(VECTORS["block_28"]).parent == read_header(VECTORS["block_27"]).hash


def test_a_block_is_followed_from_the_one_before() -> None:
    trusted = follow(after_27(), read_header(VECTORS["block_28"]))

    assert (trusted.block, len(trusted.validators)) == (28, 4)


def test_without_one_of_three_seals_a_block_is_refused() -> None:
    raw = with_seals("qbft", VECTORS["block_28"], lambda seals: seals[:2])

    with pytest.raises(BadHeader, match="block 28: seals: 2, not at least 3 of 4 validators'"):
        follow(after_27(), read_header(raw))


@pytest.mark.parametrize("item", range(16))
def test_no_item_of_a_real_header_can_be_altered(item: int) -> None:
    raw = changed(VECTORS["block_28"], item, lambda old: bytes((*old[:-1], old[-1] ^ 1)) if old else b"\1")

    with pytest.raises(BadHeader):
        follow(after_27(), read_header(raw))


def test_the_documented_extra_data_names_four_validators() -> None:
    raw = changed(VECTORS["block_28"], 12, lambda _: VECTORS["documented_extra_data"])
    raw = changed(changed(raw, 8, lambda _: b""), 2, lambda _: bytes(20))

    trusted = genesis(raw, CONSENSUS)

    assert len(VECTORS["documented_extra_data"]) == 124
    assert [each.hex()[:8] for each in trusted.validators] == ["3923390a", "64a702e6", "aefdb9a7", "c7eeb9a4"]


def test_the_codecs_known_encoding_has_a_vote_a_round_and_two_seals() -> None:
    raw = changed(VECTORS["block_28"], 12, lambda _: VECTORS["codec_extra_data"])

    sealed = read_header(raw).sealed

    assert sealed is not None
    assert sealed.vote is not None
    assert (sealed.vote.key, sealed.vote.candidates) == ("add", (bytes(19) + b"\1",))
    assert (sealed.round, len(sealed.seals)) == (0xFEDCBA, 2)
    assert sealed.validators == (bytes(19) + b"\1", bytes(19) + b"\2")


@pytest.mark.parametrize(
    "vote", [[b"\1" * 20], [b"\1" * 20, b"\1"], [b"\1" * 19, b""], [b"\1" * 20, b"", b""], b"\1"]
)
def test_a_vote_of_another_form_is_refused(vote: object) -> None:
    def voted(old: bytes) -> bytes:
        items = list(rlp.decode(old))
        items[2] = vote
        return bytes(rlp.encode(items))

    with pytest.raises(BadHeader, match="block 28: extraData"):
        read_header(changed(VECTORS["block_28"], 12, voted))
