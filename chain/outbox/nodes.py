"""Speaking with the nodes of a chain, and what their answers to a send mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TypeVar

from chain.outbox.outbox import Outbox
from chain.rpc import NodeUnreachable, Rpc, RpcError, call

T = TypeVar("T")


class Verdict(Enum):
    """What a node made of a raw transaction."""

    TAKEN = "taken"
    """It is in the node's pool, by this send or an earlier one."""
    NONCE_USED = "nonce used"
    """The chain has a transaction with this nonce: this one, or another."""
    NONCE_HELD = "nonce held"
    """The pool has another transaction with this nonce, which this one does not outbid."""
    REFUSED = "refused"
    """The node does not want it as things are."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict and the words it was given in."""

    verdict: Verdict
    said: str = ""


# The words of geth's family (go-ethereum, core/txpool/errors.go and core/error.go), Besu
# (TransactionInvalidReason), anvil and ganache.
_KNOWN = re.compile(r"already.?(known|imported|exists)|known transaction|transaction.*already", re.IGNORECASE)
_TOO_LOW = re.compile(r"nonce.{0,10}too low|nonce_too_low|old nonce", re.IGNORECASE)
_HELD = re.compile(r"replacement transaction|underpriced.*replac|replacement_underpriced", re.IGNORECASE)
_GANACHE = re.compile(r"correct nonce\. account has nonce of: (\d+) tx has nonce of: (\d+)")


def first_answer(outbox: Outbox, ask: Callable[[Rpc], T]) -> T:
    """What the first node says that answers.

    Raises:
        NodeUnreachable: none does.
    """
    silent: list[str] = []
    for node in outbox.nodes:
        try:
            return ask(node)
        except NodeUnreachable as error:
            silent.append(str(error))
    raise NodeUnreachable("; ".join(silent))


def used(node: Rpc, signer: str, block: int | None = None) -> int:
    """How many transactions of an account are in the chain up to a block, the latest if none is named."""
    return int(call(node, "eth_getTransactionCount", signer, "latest" if block is None else hex(block)), 16)


def used_by(outbox: Outbox, signer: str, block: int | None = None) -> int:
    """How many transactions of an account the first node that answers has in the chain, as `used`.

    Not the most that any node says: no header commits to it, and somebody else's node could leave a gap.

    Raises:
        NodeUnreachable: none answers.
    """
    return first_answer(outbox, partial(used, signer=signer, block=block))


def send_raw(node: Rpc, raw: Sequence[bytes]) -> list[Answer]:
    """Gives a node raw transactions, in order; what it made of each.

    Raises:
        NodeUnreachable: there is no answer to all of them; it may have taken some.
    """
    results = node.batch([("eth_sendRawTransaction", ["0x" + each.hex()]) for each in raw])
    return [
        understood(result) if isinstance(result, RpcError) else Answer(Verdict.TAKEN) for result in results
    ]


def understood(error: RpcError) -> Answer:
    """What a node's error about a raw transaction means."""
    said = error.message[:300]
    ganache = _GANACHE.search(said)
    if ganache is not None:
        behind = int(ganache[2]) < int(ganache[1])
        return Answer(Verdict.NONCE_USED if behind else Verdict.REFUSED, said)
    if _TOO_LOW.search(said):
        return Answer(Verdict.NONCE_USED, said)
    if _HELD.search(said):
        return Answer(Verdict.NONCE_HELD, said)
    if _KNOWN.search(said):
        return Answer(Verdict.TAKEN, said)
    return Answer(Verdict.REFUSED, said)
