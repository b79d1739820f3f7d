"""A node of a Kaia network in this process: the blocks of a development chain, sealed by four validators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.bench.sealing import SealedChain
from chain.bundle.sources import EmbeddedSource
from chain.headers import kaia, rlp
from chain.headers.kaia_contents import read_receipt, read_transaction
from chain.headers.trie import ordered_root
from chain.rpc import Call, RpcError
from tests.chain.scenario import Scene
from tests.chain.sealed import chain_of
from tests.chain.sealed_bundle import kaia_receipts

Lie = Callable[[list[Any], Any], Any]
"""What is answered instead, from the parameters and the true answer."""

METHOD_NOT_FOUND = -32601


@dataclass
class SealedNode:
    """Answers from blocks that were sealed beforehand; `lies` by method, `asked` what it was asked."""

    name: str = "sealed"
    blocks: list[dict[str, Any]] = field(default_factory=list)
    lies: dict[str, Lie] = field(default_factory=dict)
    asked: list[Call] = field(default_factory=list)
    head: int | None = None

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        self.asked += calls
        found = []
        for method, arguments in calls:
            answer = self._answer(method, arguments)
            lie = self.lies.get(method)
            found.append(answer if lie is None else lie(arguments, answer))
        return found

    def _answer(self, method: str, arguments: list[Any]) -> Any:
        last = len(self.blocks) - 1 if self.head is None else self.head
        if method == "eth_blockNumber":
            return hex(last)
        if method == "eth_getLogs":
            asked = arguments[0]
            addresses = {each.lower() for each in asked["address"]}
            numbers = range(int(asked["fromBlock"], 16), min(int(asked["toBlock"], 16), last) + 1)
            return [
                dict(log) for n in numbers for log in self.blocks[n]["logs"] if log["address"] in addresses
            ]
        number = int(arguments[0], 16)
        if number > last:
            return None
        block = self.blocks[number]
        match method:
            case "kaia_getHeaderByNumber":
                return dict(block["header"])
            case "kaia_getBlockReceipts":
                return [dict(each) for each in block["receipts"]]
            case "eth_getBlockByNumber":
                return {**block["header"], "extraData": "0x", "transactions": list(block["transactions"])}
            case "eth_getBlockReceipts":
                of = block["transactions"]
                return [
                    {"logs": [log for log in block["logs"] if log["transactionHash"] == each]} for each in of
                ]
        return RpcError(method, METHOD_NOT_FOUND, "the method does not exist")


def sealed_node(scene: Scene, chain: SealedChain | None = None, few_seals_at: int = 0) -> SealedNode:
    """The chain of a scene on the embedded engine as a Kaia network has it.

    The block `few_seals_at` has one seal less than it needs.
    """
    chain = chain or chain_of("kaia")
    controls: Any = scene.engine.controls
    source = EmbeddedSource(controls.tester.backend.chain)
    node = SealedNode()
    node.blocks.append({"header": _header(chain.genesis), "transactions": [], "receipts": [], "logs": []})
    for block in source.blocks(1, source.head()):
        transactions = [(b"\x78" if raw[0] < 0x80 else b"") + raw for raw in block.transactions]
        receipts = kaia_receipts([raw.hex() for raw in block.receipts])
        read = [read_receipt(raw, 0) for raw in receipts]
        bloom = 0
        for each in read:
            bloom |= each.bloom
        content: dict[str, Any] = {
            "timestamp": block.timestamp,
            "transactions_root": ordered_root(transactions),
            "receipts_root": ordered_root(receipts),
            "bloom": bloom.to_bytes(256, "big"),
            "gas_used": sum(each.cumulative_gas for each in read),
        }
        if block.number == few_seals_at:
            quorum = chain.sealing().committers
            sealing = chain.sealing(committers=quorum[:-1])
            false = chain.seal(chain.content(**content), sealing)
            chain.add(**content)
            raw_header = false
        else:
            raw_header = chain.add(**content)
        header = _header(raw_header)
        hashes = ["0x" + read_transaction(raw).hash.hex() for raw in transactions]
        logs: list[dict[str, Any]] = []
        for place, (digest, each) in enumerate(zip(hashes, read, strict=True)):
            for log in each.logs:
                logs.append(
                    {
                        "address": "0x" + log.address.hex(),
                        "topics": ["0x" + topic.hex() for topic in log.topics],
                        "data": "0x" + log.data.hex(),
                        "blockNumber": hex(block.number),
                        "blockHash": header["hash"],
                        "transactionHash": digest,
                        "transactionIndex": hex(place),
                        "logIndex": hex(len(logs)),
                    }
                )
        node.blocks.append(
            {
                "header": header,
                "transactions": hashes,
                "receipts": [
                    {"transactionHash": digest, **_transaction(raw), **_receipt(receipt)}
                    for digest, raw, receipt in zip(hashes, transactions, receipts, strict=True)
                ],
                "logs": logs,
            }
        )
    return node


def _header(raw: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = {"hash": "0x" + kaia.read_header(raw).hash.hex()}
    for name, item in zip(kaia.FIELDS, rlp.decode_list(raw), strict=True):
        assert isinstance(item, bytes)
        is_text = name in kaia.SIZES or name in kaia.TEXTS
        fields[name] = "0x" + item.hex() if is_text else hex(rlp.integer(item))
    return fields


def _transaction(raw: bytes) -> dict[str, Any]:
    """A transaction's fields as Kaia has them beside its receipt; of the two types that web3 sends."""
    dynamic = raw[:2] == b"\x78\x02"
    items = rlp.decode_list(raw[2:] if dynamic else raw)
    prices = ("maxPriorityFeePerGas", "maxFeePerGas") if dynamic else ("gasPrice",)
    names = [*(("chainId",) if dynamic else ()), "nonce", *prices, "gas", "to", "value", "input"]
    fields: dict[str, Any] = {"typeInt": 0x7802 if dynamic else 0}
    for name, item in zip(names, items, strict=False):
        assert isinstance(item, bytes)
        fields[name] = "0x" + item.hex() if name in ("to", "input") else hex(rlp.integer(item))
    fields["to"] = None if fields["to"] == "0x" else fields["to"]
    v, r, s = (hex(rlp.integer(item)) for item in items[-3:] if isinstance(item, bytes))
    return {**fields, "accessList": None, "signatures": [{"V": v, "R": r, "S": s}]}


def _receipt(raw: bytes) -> dict[str, Any]:
    status, gas, bloom, logs = rlp.decode_list(raw)
    assert isinstance(bloom, bytes)
    assert isinstance(logs, list)
    code = rlp.integer(status)
    listed = []
    for log in logs:
        assert isinstance(log, list)
        address, topics, data = log
        assert isinstance(address, bytes)
        assert isinstance(topics, list)
        assert isinstance(data, bytes)
        listed.append(
            {
                "address": "0x" + address.hex(),
                "topics": ["0x" + bytes(topic).hex() for topic in topics],  # type: ignore[arg-type]
                "data": "0x" + data.hex(),
            }
        )
    return {
        "status": hex(code == 1),
        "txError": hex(code),
        "gasUsed": hex(rlp.integer(gas)),
        "logsBloom": "0x" + bloom.hex(),
        "logs": listed,
    }
