"""Sending many calls at once straight to a node, and waiting until blocks have them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from chain.rpc import HttpRpc, RpcError, call
from chain.signing import Signer

PATIENCE: Final = 120.0
GAS: Final = 10_000_000


class NotPoured(Exception):
    """A call was refused by the node or by the contract, or no block has it in time."""


def pour(rpc: HttpRpc, chain_id: int, calls: Sequence[tuple[Signer, str, bytes]]) -> None:
    """Signs calls (signer, target, data), each signer's in order, sends them and waits for their blocks.

    Raises:
        NotPoured: one of them did not succeed.
    """
    nonces: dict[str, int] = {}
    for signer, _, _ in calls:
        if signer.address not in nonces:
            nonces[signer.address] = int(call(rpc, "eth_getTransactionCount", signer.address, "latest"), 16)
    taken: dict[str, int] = defaultdict(int)
    raws = []
    for signer, to, data in calls:
        nonce = nonces[signer.address] + taken[signer.address]
        taken[signer.address] += 1
        fields = {"chainId": chain_id, "nonce": nonce, "gasPrice": 0, "gas": GAS, "to": to, "value": 0}
        raws.append("0x" + signer.sign_transaction({**fields, "data": data}).hex())
    hashes = rpc.batch([("eth_sendRawTransaction", [raw]) for raw in raws])
    for answer in hashes:
        if isinstance(answer, RpcError):
            raise NotPoured(f"{rpc.name}: {answer}")
    waiting, deadline = list(hashes), time.monotonic() + PATIENCE
    while waiting:
        receipts = rpc.batch([("eth_getTransactionReceipt", [each]) for each in waiting])
        for each, receipt in zip(waiting, receipts, strict=True):
            if receipt is not None and int(receipt["status"], 16) != 1:
                raise NotPoured(f"{rpc.name}: transaction {each} reverted")
        waiting = [each for each, receipt in zip(waiting, receipts, strict=True) if receipt is None]
        if waiting and time.monotonic() > deadline:
            raise NotPoured(f"{rpc.name}: no block has {len(waiting)} of {len(calls)} calls")
        time.sleep(0.2)
