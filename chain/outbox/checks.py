"""What a transaction must be before it is on record: nodes accept some that are never included."""

from __future__ import annotations

from collections.abc import Collection

from chain.headers.transactions import BadTransaction, Transaction, read_transaction
from chain.logs import checksummed

LONGEST = 128 * 1024
"""Bytes of a raw transaction: pools of geth's family refuse more (go-ethereum, core/txpool `txMaxSize`)."""

MOST_GAS = 30_000_000


class TransactionRefused(ValueError):
    """A transaction is not one the outbox sends; the message names the field and the rule."""


def check_call(to: str, size: int, gas: int, contracts: Collection[str]) -> None:
    """Refuses a call that the outbox does not send.

    Args:
        to: its destination, with checksum.
        size: bytes of the raw transaction.
        gas: its limit.
        contracts: of the ledger.

    Raises:
        TransactionRefused: size, destination or gas is not allowed.
    """
    if size > LONGEST:
        raise TransactionRefused(f"size: {size:,} bytes, at most {LONGEST:,} are allowed")
    if to not in contracts:
        raise TransactionRefused(f"to: {to} is no contract of the ledger")
    if gas > MOST_GAS:
        raise TransactionRefused(f"gas: {gas:,}, at most {MOST_GAS:,} are allowed")


def checked(raw: bytes, chain_id: int, contracts: Collection[str]) -> Transaction:
    """Reads a raw transaction that calls one of the ledger's contracts.

    Raises:
        TransactionRefused: its form, signature, size, chain id, destination, value or gas is not allowed.
    """
    if len(raw) > LONGEST:
        raise TransactionRefused(f"size: {len(raw):,} bytes, at most {LONGEST:,} are allowed")
    try:
        read = read_transaction(raw)
    except BadTransaction as error:
        raise TransactionRefused(str(error)) from error
    if read.chain_id != chain_id:
        said = "none" if read.chain_id is None else read.chain_id
        raise TransactionRefused(f"chain id: {said}, it must be {chain_id}")
    if not read.to or checksummed(read.to) not in contracts:
        to = checksummed(read.to) if read.to else "nothing"
        raise TransactionRefused(f"to: {to} is no contract of the ledger")
    if read.value:
        raise TransactionRefused(f"value: {read.value} wei, the ledger holds no money")
    if read.gas > MOST_GAS:
        raise TransactionRefused(f"gas: {read.gas:,}, at most {MOST_GAS:,} are allowed")
    return read
