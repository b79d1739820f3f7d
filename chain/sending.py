"""Sending a call: refused before it costs anything, or included and its events read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_tester.exceptions import TransactionFailed
from web3.contract.contract import ContractConstructor, ContractFunction
from web3.exceptions import ContractLogicError
from web3.types import TxReceipt

from chain.engines import Engine, gas_price, refusal_in
from chain.logs import LoggedEvent
from chain.signing import Signer

GAS_LIMIT = 10_000_000


class TransactionReverted(Exception):
    """A transaction was included and reverted though the same call had passed a moment before."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An included transaction and the ledger's events in it."""

    transaction: str
    block: int
    gas_used: int
    events: tuple[LoggedEvent, ...]


def send(engine: Engine, signer: Signer, function: ContractFunction | ContractConstructor) -> TxReceipt:
    """Asks the node whether the call passes, signs it, sends it and waits for its receipt.

    Raises:
        LedgerRefusal: a rule of the ledger refuses the call; nothing was sent.
        CallReverted: the call reverts for no reason of the ledger's; nothing was sent.
        TransactionReverted: the call passed and then did not.
    """
    if engine.delivery is not None and isinstance(function, ContractFunction):
        return engine.delivery.deliver(engine, signer, function)
    w3 = engine.w3
    sender = w3.to_checksum_address(signer.address)
    with engine.lock:
        if isinstance(function, ContractFunction):
            ask(engine, function, sender)
        transaction = function.build_transaction(
            {
                "from": sender,
                "nonce": w3.eth.get_transaction_count(sender),
                "gas": GAS_LIMIT,
                "gasPrice": w3.to_wei(gas_price(engine), "wei"),
                "chainId": w3.eth.chain_id,
            }
        )
        digest = w3.eth.send_raw_transaction(signer.sign_transaction(dict(transaction)))
        receipt = w3.eth.wait_for_transaction_receipt(digest, poll_latency=0.01)
        if not receipt["status"]:
            if isinstance(function, ContractFunction):
                ask(engine, function, sender)
            raise TransactionReverted(
                f"transaction {digest.hex()} reverted in block {receipt['blockNumber']}"
            )
        return receipt


def ask(
    engine: Engine, function: ContractFunction, sender: str | None = None, block: int | None = None
) -> Any:
    """Calls a function without sending a transaction.

    Raises:
        LedgerRefusal: a rule of the ledger refuses the call.
        CallReverted: the call reverts for no reason of the ledger's.
    """
    w3 = engine.w3
    with engine.lock:
        try:
            return function.call(
                {"from": w3.to_checksum_address(sender)} if sender else {},
                block_identifier="latest" if block is None else block,
            )
        except (TransactionFailed, ContractLogicError) as error:
            raise refusal_in(error) from error
