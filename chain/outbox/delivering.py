"""Contract calls through the outbox: what `chain.sending` does on an engine that has one.

A call belongs to a request, whose idempotency key names it: the first call of a request is `KEY`, the second
`KEY#2`. So a request that is carried out again after a crash meets the transactions it made before, and makes
none twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from hexbytes import HexBytes
from web3.contract.contract import ContractFunction
from web3.types import Nonce, TxReceipt, Wei

from chain.engines import Engine
from chain.outbox.accepting import Submission, Taken, submit_many
from chain.outbox.entries import Entry, State, UnknownEntry, entry_of
from chain.outbox.outbox import Outbox
from chain.outbox.worker import wait
from chain.sending import TransactionReverted, ask
from chain.signing import Signer

PATIENCE = 30.0
"""Seconds that a call waits for a block to have its transaction."""

_IN_A_BLOCK = frozenset({State.INCLUDED, State.FINAL, State.REVERTED})


class NotYetIncluded(TimeoutError):
    """No block has the transaction yet. It is on record and will be sent until one does, or it expires."""

    def __init__(self, entry: Entry) -> None:
        why = entry.problem or "no block yet"
        super().__init__(f"transaction 0x{entry.hash.hex()} is {entry.state.value}: {why}")
        self.entry = entry


class OnRecord(Exception):
    """A call is on record and its request does not wait for more: it stops the request there."""

    def __init__(self, taken: Taken) -> None:
        super().__init__(f"transaction 0x{taken.entry.hash.hex()} is on record")
        self.taken = taken


@dataclass(slots=True)
class _Request:
    key: str
    waits: bool = True
    calls: int = 0

    def next_key(self) -> str:
        self.calls += 1
        return self.key if self.calls == 1 else f"{self.key}#{self.calls}"


_REQUEST: ContextVar[_Request | None] = ContextVar("outbox_request", default=None)


@contextmanager
def keyed(key: str, *, waits: bool = True) -> Iterator[None]:
    """Gives the calls made within an idempotency key. Threads that copy the context are within it.

    Unless the request `waits`, its call is taken on record without the node being asked first, and `OnRecord`
    is raised.
    """
    token = _REQUEST.set(_Request(key, waits))
    try:
        yield
    finally:
        _REQUEST.reset(token)


@dataclass(frozen=True)
class OutboxDelivery:
    """Delivers calls through an outbox that a worker works on."""

    outbox: Outbox = field(repr=False)
    patience: float = PATIENCE

    def deliver(self, engine: Engine, signer: Signer, function: ContractFunction) -> TxReceipt:
        """Asks the node whether the call passes, takes it on record and waits until a block has it.

        Under a key that was used before, the call is not asked about again: it may have been made.

        Raises:
            LedgerRefusal: a rule of the ledger refuses the call; nothing was sent.
            CallReverted: the call reverts for no reason of the ledger's; nothing was sent.
            KeyReused: the key stands for another call.
            NotYetIncluded: no block has it yet.
            TransactionReverted: the call passed and then did not, or expired: it will never be included.
            OnRecord: it is on record, and the request does not wait.
        """
        request = _REQUEST.get() or _Request(f"call {uuid.uuid4()}")
        key = request.next_key()
        if request.waits and not self._known(key):
            ask(engine, function, signer.address)
        call = function.build_transaction({"gas": 0, "gasPrice": Wei(0), "nonce": Nonce(0), "chainId": 0})
        data = bytes.fromhex(str(call["data"])[2:])
        submission = Submission(key, signer.address, str(function.address), data)
        (taken,) = submit_many(self.outbox, [submission])
        if not request.waits:
            raise OnRecord(taken)
        entry = wait(self.outbox, taken.entry.id, self.patience, _IN_A_BLOCK)
        if entry.state == State.EXPIRED:
            raise TransactionReverted(f"transaction 0x{entry.hash.hex()} expired: {entry.problem}")
        if entry.succeeded is None:
            raise NotYetIncluded(entry)
        if not entry.succeeded:
            ask(engine, function, signer.address)
            raise TransactionReverted(f"transaction 0x{entry.hash.hex()} reverted in block {entry.block}")
        return engine.w3.eth.get_transaction_receipt(HexBytes(entry.hash))

    def _known(self, key: str) -> bool:
        try:
            entry_of(self.outbox.database, key)
        except UnknownEntry:
            return False
        return True
