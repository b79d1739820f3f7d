"""Why the contract refused a transaction: asked of a node, as of the block that has it."""

from __future__ import annotations

from typing import Any

from chain.headers.transactions import read_transaction
from chain.outbox.entries import Entry
from chain.outbox.nodes import first_answer
from chain.outbox.outbox import Outbox
from chain.revert import CallReverted, refusal_of
from chain.rpc import Rpc, RpcError


def refusal_in_block(outbox: Outbox, entry: Entry) -> Exception:
    """What a reverted transaction was refused with: a `LedgerRefusal`, or `CallReverted` without a reason.

    The call is made again on the state after its block and, if it passes there, on that before. Where other
    transactions of the block decided, neither may tell; then there is no reason to be had.

    Raises:
        ValueError: no block has the transaction.
        NodeUnreachable: no node answers.
    """
    if entry.block is None:
        raise ValueError(f"transaction 0x{entry.hash.hex()} is in no block")
    read = read_transaction(entry.raw)
    call = {
        "from": entry.signer,
        "to": entry.to,
        "gas": hex(read.gas),
        "value": "0x0",
        "data": f"0x{read.data.hex()}",
    }
    blocks = (entry.block, entry.block - 1)

    def ask(node: Rpc) -> list[Any]:
        return node.batch([("eth_call", [call, hex(number)]) for number in blocks])

    for answer in first_answer(outbox, ask):
        if isinstance(answer, RpcError):
            refusal = refusal_of(_data(answer.data))
            if not isinstance(refusal, CallReverted):
                return refusal
    return CallReverted(b"")


def _data(given: Any) -> bytes:
    """The revert data of an error: plain in geth's family, within an object in ganache."""
    if isinstance(given, dict):
        given = given.get("result") or given.get("data")
    if not isinstance(given, str) or not given.startswith("0x"):
        return b""
    try:
        return bytes.fromhex(given[2:])
    except ValueError:
        return b""
