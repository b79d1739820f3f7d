"""A node behind checks: what is true passes, a liar is named and asked no more. Real keys sealed it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from api.bench.sealing import SealedChain
from chain.headers.vetted import NodeDistrusted, VettedRpc
from chain.rpc import Call, NodeUnreachable, RpcError, call, head_number, read_headers
from tests.chain.sealed import chain_of, trust
from tests.chain.test_headers_check import as_json

Lie = Callable[[str, list[Any], Any], Any]


@dataclass
class Node:
    """Answers as a node does that has five empty blocks, once it has been asked through its lie."""

    chain: SealedChain
    lie: Lie | None = None
    name: str = "10.1.0.1:8545"
    asked: int = 0
    blocks: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.blocks = [as_json(self.chain.genesis), *(as_json(self.chain.add()) for _ in range(5))]

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        self.asked += 1
        answers = [self._answer(method, arguments) for method, arguments in calls]
        if self.lie is None:
            return answers
        return [self.lie(method, args, said) for (method, args), said in zip(calls, answers, strict=True)]

    def _answer(self, method: str, arguments: list[Any]) -> Any:
        match method:
            case "eth_blockNumber":
                return "0x5"
            case "eth_getBlockByNumber":
                number = int(arguments[0], 16)
                return dict(self.blocks[number]) if number < len(self.blocks) else None
            case "eth_getBlockReceipts":
                return []
            case _:
                return RpcError(method, -32601, "no such method")


@pytest.fixture
def node() -> Node:
    return Node(chain_of("qbft"))


@pytest.fixture
def vetted(node: Node) -> VettedRpc:
    return VettedRpc(node, trust(node.chain))


def altered(method: str, **fields: Any) -> Lie:
    """A node whose third block is not what it is, by one method and without a second word."""

    def lie(asked: str, arguments: list[Any], answer: Any) -> Any:
        # With all transactions the block is asked for to be checked: there it tells the truth.
        if asked != method or arguments[0] != "0x3" or arguments[1:] == [True]:
            return answer
        return {**answer, **fields} if isinstance(answer, dict) else fields["instead"]

    return lie


def test_what_is_true_passes_as_the_node_said_it(node: Node, vetted: VettedRpc) -> None:
    headers = read_headers(vetted, [2, 5, 0, 1])

    assert [each.number for each in headers] == [2, 5, 0, 1]
    assert f"0x{headers[1].hash.hex()}" == node.blocks[5]["hash"]
    assert call(vetted, "eth_getBlockReceipts", "0x4") == []
    assert head_number(vetted) == 5
    assert vetted.name == node.name
    assert vetted.lie is None


@pytest.mark.parametrize(
    ("method", "fields", "named"),
    [
        ("eth_getBlockByNumber", {"hash": "0x" + 32 * "11"}, "hash"),
        ("eth_getBlockByNumber", {"parentHash": "0x" + 32 * "11"}, "parentHash"),
        ("eth_getBlockByNumber", {"timestamp": "0x1"}, "timestamp"),
        ("eth_getBlockByNumber", {"number": "0x4"}, "number"),
        ("eth_getBlockByNumber", {"transactions": ["0x" + 32 * "11"]}, "transactions"),
        ("eth_getBlockByNumber", {"transactions": None}, "answer"),
        ("eth_getBlockReceipts", {"instead": [{"status": "0x1"}]}, "receipts"),
    ],
)
def test_a_liar_is_named_with_block_and_field_and_asked_no_more(
    node: Node, vetted: VettedRpc, method: str, fields: dict[str, Any], named: str
) -> None:
    arguments = ["0x3"] if method == "eth_getBlockReceipts" else ["0x3", False]
    read_headers(vetted, [1, 2, 3])
    node.lie = altered(method, **fields)

    with pytest.raises(NodeDistrusted, match=f"10.1.0.1:8545 lied: .*{method}: {named}"):
        vetted.batch([(method, arguments)])

    assert vetted.lie is not None
    assert (vetted.lie.method, vetted.lie.field) == (method, named)
    node.lie, before = None, node.asked
    with pytest.raises(NodeUnreachable, match="lied"):
        head_number(vetted)
    assert node.asked == before


def test_a_false_header_is_caught_by_its_seals_though_the_node_sticks_to_it(
    node: Node, vetted: VettedRpc
) -> None:
    node.blocks[2]["stateRoot"] = "0x" + 32 * "11"

    with pytest.raises(NodeDistrusted, match="block 2"):
        read_headers(vetted, [4])


def test_what_a_node_does_not_have_or_refuses_is_no_lie(vetted: VettedRpc) -> None:
    assert vetted.batch([("eth_getBlockByNumber", ["0x9", False])]) == [None]
    with pytest.raises(RpcError):
        call(vetted, "eth_nothing")
    assert vetted.lie is None
