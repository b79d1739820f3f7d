from __future__ import annotations

from typing import Any

import pytest
import rlp as reference
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from chain.headers import rlp
from chain.headers.trie import EMPTY_ROOT, NotProved, ordered_root, proved, root, storage_root

ITEMS: st.SearchStrategy[Any] = st.recursive(
    st.binary(max_size=80), lambda inner: st.lists(inner, max_size=5), max_leaves=20
)


@given(ITEMS)
def test_items_are_encoded_as_the_library_does_and_come_back(item: Any) -> None:
    assert rlp.encode(item) == reference.encode(item)
    assert rlp.decode(rlp.encode(item)) == item


@given(st.integers(min_value=0, max_value=2**256))
def test_integers_are_encoded_as_the_library_does_and_come_back(value: int) -> None:
    assert rlp.encode_int(value) == reference.encode(value)
    assert rlp.integer(rlp.decode(rlp.encode_int(value))) == value


@given(st.binary(max_size=120))
def test_bytes_are_decoded_only_if_they_are_the_one_encoding(data: bytes) -> None:
    try:
        item = rlp.decode(data)
    except rlp.NotCanonical:
        return
    assert rlp.encode(item) == data


@pytest.mark.parametrize(
    "data",
    [
        "",  # nothing
        "8100",  # a small byte with a length
        "b800",  # a long length for nothing
        "b837" + "00" * 55,  # a long length for what a short one says
        "b90038" + "00" * 56,  # a length with a leading zero
        "83aabb",  # ends too early
        "c3820102c0",  # a list that ends before its payload
        "c28101",  # a small byte with a length, within a list
        "f7",  # a list that has nothing
        "f838",  # a long list that has nothing
        "0000",  # a second item
        "c1" * 17 + "c0",  # too deep
    ],
)
def test_what_is_not_canonical_is_refused(data: str) -> None:
    with pytest.raises(rlp.NotCanonical):
        rlp.decode(bytes.fromhex(data))


def test_an_integer_with_a_leading_zero_is_refused() -> None:
    with pytest.raises(rlp.NotCanonical, match="leading zero"):
        rlp.integer(b"\x00\x01")


def reference_trie(entries: dict[bytes, bytes]) -> Any:
    trie: Any = HexaryTrie({})
    for key, value in entries.items():
        trie[key] = value
    return trie


@pytest.mark.parametrize("count", [0, 1, 2, 16, 17, 127, 128, 129, 200, 300])
def test_the_root_of_a_list_is_that_of_the_library(count: int) -> None:
    values = [
        keccak(number.to_bytes(4, "big"))[: number % 32 + 1] * (number % 5 + 1) for number in range(count)
    ]

    expected = reference_trie({reference.encode(n): value for n, value in enumerate(values)})

    assert ordered_root(values) == expected.root_hash


@given(st.dictionaries(st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=60), max_size=30))
def test_the_root_of_a_map_is_that_of_the_library(entries: dict[bytes, bytes]) -> None:
    assert root((key.hex(), value) for key, value in entries.items()) == reference_trie(entries).root_hash


def test_words_of_value_zero_are_not_in_a_storage_trie() -> None:
    assert storage_root([(1, 5), (2, 0)]) == storage_root([(1, 5)])
    assert storage_root([(1, 0)]) == EMPTY_ROOT


@given(
    st.dictionaries(st.binary(min_size=3, max_size=3), st.binary(min_size=1, max_size=40), min_size=1),
    st.binary(min_size=3, max_size=3),
)
def test_presence_and_absence_are_proved_by_the_librarys_nodes(
    entries: dict[bytes, bytes], key: bytes
) -> None:
    trie = reference_trie(entries)

    for each in {key, *entries}:
        nodes = [reference.encode(node) for node in trie.get_proof(each)]
        # The library also lists nodes that are part of their parent.
        nodes = [node for at, node in enumerate(nodes) if at == 0 or len(node) >= 32]
        assert proved(trie.root_hash, each, nodes) == entries.get(each)


@pytest.fixture(scope="module")
def proof() -> tuple[bytes, bytes, list[bytes]]:
    trie = reference_trie({keccak(bytes((n,))): bytes((n + 1,)) * 40 for n in range(100)})
    key = keccak(b"\x07")
    return trie.root_hash, key, [reference.encode(node) for node in trie.get_proof(key)]


def test_a_proof_with_a_node_missing_swapped_altered_or_added_is_refused(
    proof: tuple[bytes, bytes, list[bytes]],
) -> None:
    root_hash, key, nodes = proof
    altered = [*nodes[:-1], nodes[-1][:-1] + bytes((nodes[-1][-1] ^ 1,))]
    wrong = [nodes[:-1], nodes[1:], [nodes[1], nodes[0], *nodes[2:]], altered, [*nodes, nodes[-1]], []]

    assert proved(root_hash, key, nodes) == b"\x08" * 40
    for each in wrong:
        with pytest.raises(NotProved):
            proved(root_hash, key, each)


@pytest.mark.parametrize(
    "node", [b"\x05", b"\xc0", reference.encode([b"\x50", b"v"]), reference.encode([[], b"v"])]
)
def test_a_node_that_is_none_is_refused(node: bytes) -> None:
    with pytest.raises(NotProved):
        proved(keccak(node), b"\x01", [node])


@given(st.lists(st.binary(max_size=80), min_size=1, max_size=20), st.data())
def test_what_stands_around_an_item_is_the_rest_of_its_list(items: list[bytes], data: st.DataObject) -> None:
    raw = rlp.encode(list(items))
    place = data.draw(st.integers(0, len(items) - 1))

    before, after = rlp.around(raw, list(items), place)

    assert rlp.encode_list((before, rlp.encode_bytes(items[place]), after)) == raw
    assert rlp.encode_list((before, after)) == rlp.encode([*items[:place], *items[place + 1 :]])
