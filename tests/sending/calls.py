"""Calls that can be told apart on the chain, counting them there, and what became of them."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from eth_utils.crypto import keccak

from chain.deployment import Manifest
from chain.ledger import OpenLedger
from chain.outbox import Entry, Outbox, State, entry_of, history_of
from chain.outbox.worker import work_once
from chain.rpc import HttpRpc, call, head_number


def proposal(ledger: OpenLedger, marker: str) -> tuple[str, bytes]:
    """A governors' proposal of one call, whose data is the marker's hash."""
    return ledger.participants.encoded("propose", [(ledger.participants.address, keccak(text=marker))])


def counted(rpc: HttpRpc, manifest: Manifest, markers: list[str]) -> Counter[str]:
    """How often each marker is in a transaction of the chain, whatever became of it; read from the blocks."""
    by_hash = {keccak(text=marker): marker for marker in markers}
    found: Counter[str] = Counter()
    numbers = range(manifest.block, head_number(rpc) + 1)
    for block in rpc.batch([("eth_getBlockByNumber", [hex(number), True]) for number in numbers]):
        for transaction in block["transactions"]:
            data = bytes.fromhex(transaction["input"][2:])
            found.update(marker for digest, marker in by_hash.items() if digest in data)
    return found


def made(rpc: HttpRpc, manifest: Manifest) -> int:
    """How many proposals the contract has logged: its own count of effects."""
    topic = "0x" + keccak(text="ProposalMade(uint32,address,bytes32,uint40)").hex()
    asked = {
        "address": manifest.addresses["Participants"],
        "fromBlock": hex(manifest.block),
        "toBlock": "latest",
        "topics": [topic],
    }
    return len(call(rpc, "eth_getLogs", asked))


def states(outbox: Outbox, each: Entry) -> list[State]:
    """The states it went through; sent again in between, a node may have said more about one of them."""
    return [state for state, _ in groupby(moment.state for moment in history_of(outbox.database, each.id))]


def worked(outbox: Outbox, *entries: Entry) -> list[Entry]:
    """The entries when all have ended.

    anvil may keep in its pool for ever what came while it made a block (docs/sending.md). If not all end for
    long its pool is emptied: what was in it is sent again.
    """
    for turn in range(1, 101):
        work_once(outbox)
        now = [entry_of(outbox.database, each.id) for each in entries]
        if all(each.state.ended for each in now):
            return now
        if turn % 25 == 0:
            call(outbox.nodes[0], "anvil_dropAllTransactions")
    raise AssertionError(f"not ended: {[each for each in now if not each.state.ended]}")
