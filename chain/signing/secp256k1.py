"""From a bare ECDSA signature to Ethereum's: low s, parity, transactions and messages around it.

Tokens and services sign a digest and know nothing of Ethereum. Sources: EIP-2 (low s), EIP-155 (chain id),
EIP-1559 (type 2), EIP-191 (what a message's digest is of).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from eth_account.messages import SignableMessage

from chain.hashing import keccak
from chain.headers import rlp
from chain.headers.signatures import ORDER
from chain.headers.transactions import BadTransaction, recover
from chain.logs import checksummed
from chain.signing.port import SigningFailed

Signature = tuple[int, int, int]
"""r, s in the lower half of the order, and the parity of R's y coordinate, 0 or 1."""

Sign = Callable[[bytes], Signature]
"""From what is to be signed, not yet hashed, to its signature."""


def address_of(public_key: bytes) -> str:
    """The account of a public key: 64 bytes, or 65 with the prefix of an uncompressed point.

    Raises:
        SigningFailed: it is of another length or form.
    """
    if len(public_key) == 65 and public_key[0] == 4:
        public_key = public_key[1:]
    if len(public_key) != 64:
        raise SigningFailed(f"a public key of {len(public_key)} bytes, 64 are expected")
    return checksummed(keccak(public_key)[12:])


def completed(r: int, s: int, digest: bytes, address: str) -> Signature:
    """A signature with low s and the parity that recovers the signer.

    Raises:
        SigningFailed: it is not the signer's.
    """
    s = min(s, ORDER - s)
    for parity in (0, 1):
        try:
            if checksummed(recover(digest, parity, r, s)) == address:
                return r, s, parity
        except BadTransaction:
            continue
    raise SigningFailed(f"a signature that is not of {address}")


def sign_transaction(transaction: Mapping[str, Any], sign: Sign) -> bytes:
    """The raw transaction, legacy or of type 2, around a signature of it.

    Raises:
        SigningFailed: the transaction is of another type, or there is no signature.
        KeyError: a field is missing.
    """
    to, data = _bytes(transaction.get("to") or b""), _bytes(transaction.get("data", b""))
    common: list[rlp.Item] = [_int(transaction["gas"]), to, _int(transaction.get("value", 0)), data]
    chain_id = int(transaction["chainId"])
    if "maxFeePerGas" in transaction:
        if transaction.get("accessList"):
            raise SigningFailed("access lists are not signed here")
        fees = [_int(transaction[name]) for name in ("maxPriorityFeePerGas", "maxFeePerGas")]
        items: list[rlp.Item] = [_int(chain_id), _int(transaction["nonce"]), *fees, *common, []]
        r, s, parity = sign(b"\x02" + rlp.encode(items))
        return b"\x02" + rlp.encode([*items, _int(parity), _int(r), _int(s)])
    if transaction.get("type") not in (None, 0, "0x0"):
        raise SigningFailed(f"transactions of type {transaction['type']} are not signed here")
    items = [_int(transaction["nonce"]), _int(transaction["gasPrice"]), *common]
    r, s, parity = sign(rlp.encode([*items, _int(chain_id), b"", b""]))
    return rlp.encode([*items, _int(35 + 2 * chain_id + parity), _int(r), _int(s)])


def sign_message(message: SignableMessage, sign: Sign) -> bytes:
    """The 65 bytes r, s, v of a message, v being 27 or 28."""
    r, s, parity = sign(b"\x19" + bytes(message.version) + bytes(message.header) + bytes(message.body))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes((27 + parity,))


def _int(value: int | str) -> bytes:
    number = int(value, 16) if isinstance(value, str) else int(value)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _bytes(value: bytes | str) -> bytes:
    return bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else bytes(value)
