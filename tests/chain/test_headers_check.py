"""What a Besu node would answer, held against headers that real keys sealed: no node is needed for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import rlp

from api.bench.sealing import SealedChain
from chain.headers import CODECS
from chain.headers.check import check_next, compare_nodes, follow_node
from chain.headers.ethereum import FIELDS, SIZES, TEXTS
from chain.headers.node import Ask, NodeLied, fetch_headers
from tests.chain.sealed import chain_of, trust


def answering(chain: SealedChain, count: int, lie: Callable[[dict[str, Any]], Any] | None = None) -> Ask:
    """Answers as a node does that has so many empty blocks, the third altered."""
    blocks = [as_json(chain.genesis), *(as_json(chain.add()) for _ in range(count))]
    if lie:
        lie(blocks[3])

    def ask(requests: list[tuple[str, list[Any]]]) -> list[Any]:
        return [
            blocks[int(at, 16)] if method == "eth_getBlockByNumber" else [] for method, (at, *_) in requests
        ]

    return ask


def as_json(raw: bytes) -> dict[str, Any]:
    items = dict(zip(FIELDS, rlp.decode(raw), strict=False))
    fields = {
        name: "0x" + item.hex() if name in SIZES or name in TEXTS else hex(int.from_bytes(item, "big"))
        for name, item in items.items()
    }
    return fields | {"hash": "0x" + CODECS["qbft"].read_header(raw).hash.hex(), "transactions": []}


def test_a_node_is_followed_page_by_page() -> None:
    chain = chain_of("qbft")
    trusted, ask = trust(chain), answering(chain, 250)

    after = follow_node(ask, trusted, 250)

    assert (after.block, after.hash) == (250, chain.hash)


def test_the_next_block_comes_with_its_certificate() -> None:
    chain = chain_of("qbft")
    trusted, ask = trust(chain), answering(chain, 1)

    block, after = check_next(ask, trusted)

    assert (block.transactions, block.receipts, after.block) == ((), (), 1)
    assert len(block.certificate.committers) == 3


@pytest.mark.parametrize(
    ("lie", "field"),
    [
        (lambda block: block.update(gasUsed="0x1"), "hash"),
        (lambda block: block.update(number="0x4"), "number"),
        (lambda block: block.update(hash="0x" + "11" * 32), "hash"),
        (lambda block: block.update(hash=None), "header"),
        (lambda block: block.update(extraData="0x"), "extraData"),
        (lambda block: block.update(mixHash="0x" + "00" * 32), "mixHash"),
        (lambda block: block.pop("stateRoot"), "header"),
        (lambda block: block.update(timestamp="yesterday"), "header"),
    ],
)
def test_a_false_header_is_named_by_method_block_and_field(
    lie: Callable[[dict[str, Any]], Any], field: str
) -> None:
    chain = chain_of("qbft")
    trusted, ask = trust(chain), answering(chain, 4, lie)

    with pytest.raises(NodeLied) as lied:
        follow_node(ask, trusted, 4)

    assert (lied.value.method, lied.value.block, lied.value.field) == ("eth_getBlockByNumber", 3, field)


def test_a_transaction_that_is_not_in_the_root_is_named() -> None:
    chain = chain_of("qbft")
    trusted = trust(chain)
    ask = answering(chain, 3, lambda block: block["transactions"].append({"hash": "0x", "type": "0x0"}))

    with pytest.raises(NodeLied, match="block 3: eth_getBlockByNumber"):
        check_next(ask, follow_node(ask, trusted, 2))


def test_no_headers_are_no_answer() -> None:
    assert fetch_headers("qbft", lambda _: [], []) == []


def test_two_nodes_that_hold_different_final_blocks_are_evidence_against_those_who_sealed_both() -> None:
    chain, twin = chain_of("qbft"), chain_of("qbft")
    trusted, one = trust(chain), answering(chain, 5)
    shared = [twin.add() for _ in range(2)]
    other = [as_json(twin.genesis), *map(as_json, shared), as_json(twin.add(gas_used=1))]

    def ask(requests: list[tuple[str, list[Any]]]) -> list[Any]:
        return [other[int(at, 16)] for _, (at, *_) in requests]

    found = compare_nodes(one, ask, trusted, 3)

    assert found is not None
    assert (found.block, len(found.both)) == (3, 3)
    assert compare_nodes(one, one, trusted, 3) is None


def test_two_nodes_of_whom_one_has_no_certificates_are_no_evidence() -> None:
    chain, twin = chain_of("qbft"), chain_of("qbft")
    trusted, one = trust(chain), answering(chain, 1)
    sealing = twin.sealing(committers=tuple(twin.validators[:2]))
    false = [as_json(twin.genesis), as_json(twin.seal(twin.content(gas_used=1), sealing))]

    def ask(requests: list[tuple[str, list[Any]]]) -> list[Any]:
        return [false[int(at, 16)] for _, (at, *_) in requests]

    with pytest.raises(NodeLied, match="block 1: headers: seals: 2"):
        compare_nodes(one, ask, trusted, 1)
