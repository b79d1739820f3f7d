"""What a real network of Kaia nodes made (vectors/kaia/SOURCE), read and followed without it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rlp as reference
from eth_utils.crypto import keccak

from chain.headers import BadHeader, Header, ValidatorSet, certify, follow, rlp
from chain.headers.kaia import REMOVE, encoded_header, genesis, read_header
from chain.headers.kaia_contents import (
    encoded_receipt,
    read_account,
    read_receipt,
    read_transaction,
    transaction_hash,
)
from chain.headers.receipts import BadReceipt
from chain.headers.transactions import BadTransaction
from chain.headers.trie import ordered_root, proved
from tests.chain.sealed import EXTRA, changed, with_seals

VECTORS: dict[str, Any] = json.loads(
    gzip.decompress((Path(__file__).parent / "vectors" / "kaia" / "network.json.gz").read_bytes())
)
HEADERS = [bytes.fromhex(each) for each in VECTORS["headers"]]
BLOCKS = {int(number): block for number, block in VECTORS["blocks"].items()}
CROWDED = max(BLOCKS, key=lambda number: len(BLOCKS[number]["hashes"]))
TURNED, JOINED, LEFT = (int(VECTORS[name]) for name in ("turned", "joined", "left"))


def unhexed(value: str) -> bytes:
    return bytes.fromhex(value[2:])


def header(number: int) -> Header:
    return read_header(HEADERS[number])


def after(number: int) -> ValidatorSet:
    """The validators after a block, followed from the genesis."""
    trusted = genesis(HEADERS[0])
    for raw in HEADERS[1 : number + 1]:
        trusted = follow(trusted, read_header(raw))
    return trusted


def test_each_header_hashes_to_what_the_node_says() -> None:
    assert ["0x" + read_header(raw).hash.hex() for raw in HEADERS] == VECTORS["hashes"]


def test_the_json_of_a_header_is_encoded_as_it_is_hashed() -> None:
    assert encoded_header(VECTORS["header"]) == HEADERS[1]


def test_the_whole_chain_is_followed_and_its_validators_are_those_of_the_nodes_own_count() -> None:
    trusted = genesis(HEADERS[0])

    for number, raw in enumerate(HEADERS[1:], 1):
        assert sorted(map(unhexed, VECTORS["council"][number])) == list(trusted.validators)
        trusted = follow(trusted, read_header(raw))

    assert trusted.block == len(HEADERS) - 1


def test_a_member_was_voted_in_and_out() -> None:
    member = unhexed(VECTORS["validators"][4])

    assert [len(after(n).validators) for n in (JOINED - 2, JOINED - 1, LEFT - 2, LEFT - 1)] == [4, 5, 5, 4]
    assert member in after(JOINED - 1).validators
    assert member not in after(LEFT - 1).validators
    vote = read_header(HEADERS[LEFT - 1]).sealed
    assert vote is not None
    assert vote.vote is not None
    assert (vote.vote.key, vote.vote.candidates) == (REMOVE, (member,))


def test_a_killed_validators_turn_went_to_the_next_in_a_later_round() -> None:
    certificate, before = certify(header(TURNED)), certify(header(TURNED - 1))

    assert certificate.round > 0
    assert certificate.proposer != before.proposer
    assert len(certificate.committers) == 3


def test_a_round_before_the_proposers_turn_is_refused() -> None:
    raw = changed(HEADERS[TURNED], EXTRA["kaia"], lambda old: old[:31] + b"\0" + old[32:])

    with pytest.raises(BadHeader, match=f"block {TURNED}: round: 0"):
        follow(after(TURNED - 1), read_header(raw))


def test_every_block_has_a_quorum_of_distinct_validators() -> None:
    for number in range(1, len(HEADERS)):
        certificate = certify(header(number))
        assert len(set(certificate.committers)) == len(certificate.committers)
        assert len(certificate.committers) >= after(number - 1).quorum


@pytest.mark.parametrize("item", range(15))
def test_no_item_of_a_real_header_can_be_altered(item: int) -> None:
    raw = changed(HEADERS[CROWDED], item, lambda old: bytes((*old[:-1], old[-1] ^ 1)) if old else b"\1")

    with pytest.raises(BadHeader):
        follow(after(CROWDED - 1), read_header(raw))


def _twice(seals: list[bytes]) -> list[bytes]:
    return [*seals[:2], seals[0]]


def _of_another_block(seals: list[bytes]) -> list[bytes]:
    return [*seals[:2], reference.decode(reference.decode(HEADERS[1])[11][32:])[2][0]]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda seals: seals[:2], "seals"),
        (_twice, "seals[2]"),
        (_of_another_block, "seals[2]"),
        (lambda seals: [seals[0] + b"\0", *seals[1:]], "seals[0].length"),
    ],
)
def test_a_real_header_with_false_seals_is_refused(
    change: Callable[[list[bytes]], list[bytes]], field: str
) -> None:
    raw = with_seals("kaia", HEADERS[CROWDED], change)

    with pytest.raises(BadHeader) as error:
        follow(after(CROWDED - 1), read_header(raw))
    assert (error.value.block, error.value.field) == (CROWDED, field)


def test_a_seal_of_the_validator_that_left_is_refused() -> None:
    """The last block before it left, shown as the first after: its seals are true, and no longer enough."""
    trusted = after(LEFT - 1)
    gone = unhexed(VECTORS["validators"][4])
    sealed_by_it = next(n for n in range(JOINED, LEFT) if gone in certify(header(n)).committers)
    moved = replace(trusted, block=sealed_by_it - 1, hash=header(sealed_by_it).parent)
    moved = replace(moved, timestamp=header(sealed_by_it).timestamp)

    with pytest.raises(BadHeader) as error:
        follow(moved, header(sealed_by_it))
    assert error.value.field == "validators"


def test_a_header_whose_parent_was_left_out_is_refused() -> None:
    with pytest.raises(BadHeader, match="number: 3, not 2"):
        follow(after(1), header(3))


def test_a_header_of_another_length_is_refused() -> None:
    items = rlp.decode_list(HEADERS[1])

    for wrong in (items[:14], [*items, b"\1" * 96, b"\2" * 32]):
        with pytest.raises(BadHeader, match="encoding"):
            read_header(rlp.encode(wrong))


@pytest.mark.parametrize("number", [number for number in BLOCKS if BLOCKS[number]["hashes"]])
def test_transactions_make_the_root_of_their_header(number: int) -> None:
    raw = [unhexed(each) for each in BLOCKS[number]["transactions"]]

    assert ordered_root(raw) == header(number).transactions_root
    assert ["0x" + read_transaction(each).hash.hex() for each in raw] == BLOCKS[number]["hashes"]
    assert ["0x" + transaction_hash(each).hex() for each in raw] == BLOCKS[number]["hashes"]
    assert [read_transaction(each).sender for each in raw] == [
        unhexed(receipt["from"]) for receipt in BLOCKS[number]["receipts"]
    ]


@pytest.mark.parametrize("number", [number for number in BLOCKS if BLOCKS[number]["hashes"]])
def test_receipts_make_the_root_and_the_gas_of_their_header(number: int) -> None:
    raw = [encoded_receipt(receipt) for receipt in BLOCKS[number]["receipts"]]
    gas = 0
    for each in raw:
        gas = read_receipt(each, gas).cumulative_gas

    assert ordered_root(raw) == header(number).receipts_root
    assert gas == header(number).gas_used


def test_receipts_say_of_what_transactions_failed() -> None:
    read = [read_receipt(encoded_receipt(receipt), 0) for receipt in BLOCKS[CROWDED]["receipts"]]

    assert {(receipt.succeeded, receipt.exhausted) for receipt in read} == {
        *((True, False), (False, False)),
        (False, True),
    }
    assert {len(receipt.logs) for receipt in read if receipt.succeeded} == {1}


def test_all_three_kinds_of_transactions_are_read() -> None:
    assert {read_transaction(unhexed(each)).type for each in BLOCKS[CROWDED]["transactions"]} == {0, 1, 2}


def test_a_transaction_of_kaias_own_kinds_is_named_and_not_read() -> None:
    raw = b"\x08" + rlp.encode([b"\1", b"\2"])

    transaction = read_transaction(raw)

    assert (transaction.readable, transaction.type, transaction.hash) == (False, 8, keccak(raw))
    assert transaction_hash(raw) == keccak(raw)


@pytest.mark.parametrize("raw", [b"", b"\x7f\xc0", b"\x08\xc1", b"\x78\x05\xc0", b"\x4b\xc0", b"\x08\xc0\0"])
def test_bytes_that_are_no_transaction_are_refused(raw: bytes) -> None:
    with pytest.raises(BadTransaction):
        read_transaction(raw)


@pytest.mark.parametrize(
    "items",
    [[], [b"\1", b"\1", bytes(256)], [b"\x1f", b"\1", bytes(256), []], [b"\0\1", b"", bytes(256), []]],
)
def test_bytes_that_are_no_receipt_are_refused(items: list[rlp.Item]) -> None:
    with pytest.raises(BadReceipt):
        read_receipt(rlp.encode(items), 0)


@pytest.mark.parametrize("number", list(map(int, VECTORS["proofs"])))
def test_account_and_words_are_proved_under_the_state_root_of_their_block(number: int) -> None:
    proof = VECTORS["proofs"][str(number)]

    nodes = [unhexed(node) for node in proof["accountProof"]]
    leaf = proved(header(number).state_root, keccak(unhexed(VECTORS["contract"])), nodes)
    assert leaf is not None
    root, code_hash = read_account(leaf)
    words = {}
    for each in proof["storageProof"]:
        found = proved(root, keccak(unhexed(each["key"])), [unhexed(node) for node in each["proof"]])
        words[int(each["key"], 16)] = rlp.integer(rlp.decode(found)) if found else 0

    assert "0x" + root.hex() == proof["storageHash"]
    assert "0x" + code_hash.hex() == proof["codeHash"]
    last = number == max(map(int, VECTORS["proofs"]))
    assert words == {0: 7, 1: 0 if last else 8, 2**255: 2**256 - 1}


@pytest.mark.parametrize("leaf", [b"", b"\1\xc0", b"\2\xc0", b"\2" + rlp.encode([b"", b"", b"", b""])])
def test_a_leaf_that_is_of_no_contract_is_refused(leaf: bytes) -> None:
    with pytest.raises(rlp.NotCanonical):
        read_account(leaf)
