"""What the chain has: every split of every voucher, counted from the contract's log."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from eth_utils.crypto import keccak

from api.bench.load.founding import Ground
from chain.rpc import HttpRpc, call, head_number

PAGE = 10
"""Blocks of one question: Kaia answers with at most ten thousand logs."""

SPLIT = "0x" + keccak(text="Split(uint80,uint80,uint32,uint48,bytes32,address)").hex()


@dataclass(frozen=True, slots=True)
class Counted:
    """Splits by the voucher that was cut, and the gas of the last of them."""

    splits: Counter[int]
    gas: int


def count_splits(ground: Ground) -> Counted:
    """Counts on the first node, from the ledger's first block to the head."""
    rpc, found, last = HttpRpc(ground.nodes[0]), Counter[int](), ""
    try:
        head = head_number(rpc)
        for first in range(ground.manifest.block, head + 1, PAGE):
            asked = {
                "address": ground.manifest.addresses["Receivables"],
                "fromBlock": hex(first),
                "toBlock": hex(min(first + PAGE - 1, head)),
                "topics": [SPLIT],
            }
            for log in call(rpc, "eth_getLogs", asked):
                found[int(log["topics"][2], 16)] += 1
                last = log["transactionHash"]
        receipt = call(rpc, "eth_getTransactionReceipt", last) if last else None
    finally:
        rpc.close()
    return Counted(found, int(receipt["gasUsed"], 16) if receipt is not None else 0)
