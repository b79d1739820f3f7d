"""What Kaia's blocks and state hold: transactions, receipts and account leaves, in the engine's encodings.

Transactions of Ethereum's types have 0x78 before their type, legacy ones are as Ethereum's. A receipt is
RLP([status, gas, bloom, logs]) without type, with the gas of its own transaction; a status above 1 says what
the transaction failed of. An account's leaf is its type and RLP; a contract's is
2 ‖ RLP([[nonce, balance, human-readable, key…], storage root, code hash, code info]).

Sources: Kaia 1.0.3, `blockchain/types/tx_internal_data_serializer.go`, `blockchain/types/receipt.go`,
`blockchain/types/account/{account_serializer,smart_contract_account}.go`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chain.hashing import keccak
from chain.headers import rlp
from chain.headers.receipts import BadReceipt, Receipt, encoded_outcome, read_logs
from chain.headers.transactions import BadTransaction, Transaction
from chain.headers.transactions import encoded_transaction as encoded_ethereum_transaction
from chain.headers.transactions import read_transaction as read_ethereum_transaction

ENVELOPE = 0x78
LAST_OWN_TYPE = 0x4A
"""The highest of the types that are Kaia's own (chain data anchoring with partial fee delegation)."""

SUCCEEDED = 1
LAST_STATUS = 0x1E
OUT_OF_GAS, TOO_MUCH_COMPUTATION = 0x07, 0x0A
CONTRACT = 2


def read_transaction(raw: bytes) -> Transaction:
    """Reads a transaction as `kaia_getRawTransactionByHash` gives it.

    Of types that are Kaia's own no more than type and hash is read: they can be in any block, and the
    ledger's participants use none.

    Raises:
        BadTransaction: its form, a field or its signature is not as the sources have it.
    """
    kind = raw[0] if raw else 0
    if kind == ENVELOPE:
        return read_ethereum_transaction(raw[1:])
    if kind >= 0x80:
        return read_ethereum_transaction(raw)
    if not 0 < kind <= LAST_OWN_TYPE:
        raise BadTransaction("type", f"{ENVELOPE:#x}, or up to {LAST_OWN_TYPE:#x}", hex(kind))
    try:
        rlp.decode_list(raw[1:])
    except rlp.NotCanonical as error:
        raise BadTransaction("encoding", "canonical RLP", error) from error
    return Transaction(keccak(raw), kind, None, 0, 0, b"", 0, b"", bytes(20), readable=False)


def encoded_transaction(fields: Mapping[str, Any]) -> bytes | None:
    """The encoding of a transaction from its JSON form, which is also beside its receipt.

    None of a type that is Kaia's own, which `kaia_getRawTransactionByHash` gives.

    Raises:
        KeyError: a field is not there.
        ValueError: it has not one signature.
    """
    kind = int(fields["typeInt"])
    if kind and kind >> 8 != ENVELOPE:
        return None
    (signature,) = fields["signatures"]
    signed = {"v": signature["V"], "r": signature["R"], "s": signature["S"]}
    encoded = encoded_ethereum_transaction({**fields, "type": hex(kind & 0xFF), **signed})
    return bytes((ENVELOPE,)) + encoded if kind else encoded


def transaction_hash(raw: bytes) -> bytes:
    """The hash of a transaction in its encoding: the envelope of Ethereum's types is not part of it.

    Of the engine's own types with a fee payer it is not the hash they go by, which leaves that one out.
    """
    return keccak(raw[1:] if raw[:1] == bytes((ENVELOPE,)) else raw)


def read_receipt(raw: bytes, before: int) -> Receipt:
    """Reads a receipt; `before` is the gas of the block's transactions before it.

    Raises:
        BadReceipt: its form is not as the sources have it, or its bloom filter is not that of its logs.
    """
    try:
        items = rlp.decode_list(raw)
        if len(items) != 4:
            raise BadReceipt("encoding", "4 items", len(items))
        status, gas = rlp.integer(items[0]), rlp.integer(items[1])
        bloom, logs = read_logs(items[2], items[3])
    except rlp.NotCanonical as error:
        raise BadReceipt("encoding", "canonical RLP", error) from error
    if status > LAST_STATUS:
        raise BadReceipt("status", f"at most {LAST_STATUS}", status)
    exhausted = status in (OUT_OF_GAS, TOO_MUCH_COMPUTATION)
    return Receipt(None, status == SUCCEEDED, before + gas, bloom, logs, exhausted)


def encoded_receipt(fields: Mapping[str, Any]) -> bytes:
    """The RLP of a receipt from its JSON form (`kaia_getBlockReceipts`).

    Raises:
        KeyError: a field is not there.
    """
    # The JSON's status is 0 or 1; of what a transaction failed stands beside it.
    status = fields["status"] if int(fields["status"], 16) else fields.get("txError", "0x0")
    return encoded_outcome(int(status, 16), int(fields["gasUsed"], 16), fields)


def read_account(leaf: bytes) -> tuple[bytes, bytes]:
    """The storage root and the code hash of a contract's account, from its leaf in the state trie.

    Raises:
        NotCanonical: the leaf is not of a contract.
    """
    if leaf[:1] != bytes((CONTRACT,)):
        raise rlp.NotCanonical(f"an account of type {leaf[:1].hex()}, not {CONTRACT:02x}, a contract's")
    items = rlp.decode_list(leaf[1:])
    if len(items) != 4 or isinstance(items[0], bytes):
        raise rlp.NotCanonical("a contract's account of 4 items, the first a list, was expected")
    return rlp.text(items[1], 32), rlp.text(items[2], 32)
