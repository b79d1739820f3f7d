"""A key in a hardware token: PKCS#11 v2.40, mechanism CKM_ECDSA on secp256k1.

The key never leaves the token. It signs a digest; low s and parity are added here.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pkcs11
from eth_account.messages import SignableMessage
from eth_utils.crypto import keccak
from pkcs11.constants import Attribute, ObjectClass
from pkcs11.mechanisms import KeyType, Mechanism

from chain.signing import secp256k1
from chain.signing.port import SigningFailed

SECP256K1 = bytes.fromhex("06052b8104000a")
"""DER of the curve's object identifier 1.3.132.0.10 (SEC 2, section A.2)."""


class Pkcs11Signer:
    """A signer whose key is in a token. Safe for threads: a session does one thing at a time."""

    def __init__(self, private_key: Any, address: str) -> None:
        """Use `open_token_key`."""
        self._private_key = private_key
        self._address = address
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Pkcs11Signer({self._address})"

    @property
    def address(self) -> str:
        """The account, with checksum."""
        return self._address

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """The signed raw transaction.

        Raises:
            SigningFailed: the token gives no signature.
        """
        return secp256k1.sign_transaction(transaction, self._sign)

    def sign_message(self, message: SignableMessage) -> bytes:
        """The 65-byte signature r, s, v.

        Raises:
            SigningFailed: the token gives no signature.
        """
        return secp256k1.sign_message(message, self._sign)

    def _sign(self, payload: bytes) -> secp256k1.Signature:
        digest = keccak(payload)
        try:
            with self._lock:
                signature: bytes = self._private_key.sign(digest, mechanism=Mechanism.ECDSA)
        except pkcs11.PKCS11Error as error:
            raise SigningFailed(f"the token of {self._address}: {type(error).__name__}") from error
        if len(signature) != 64:
            raise SigningFailed(f"the token of {self._address} gave {len(signature)} bytes, not 64")
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        return secp256k1.completed(r, s, digest, self._address)


def open_token_key(module: Path, token_label: str, key_label: str, pin: str) -> Pkcs11Signer:
    """A signer for a key pair of a token, found by its label.

    Args:
        module: the token maker's PKCS#11 library.
        token_label: the token's.
        key_label: of both keys of the pair; there must be one.
        pin: the user's.

    Raises:
        SigningFailed: there is no such library, token or key, the PIN is wrong, or the key is on another
            curve.
    """
    try:
        token = pkcs11.lib(str(module)).get_token(token_label=token_label)
        session = token.open(user_pin=pin)
        private_key = session.get_key(
            object_class=ObjectClass.PRIVATE_KEY, key_type=KeyType.EC, label=key_label
        )
        public_key = session.get_key(
            object_class=ObjectClass.PUBLIC_KEY, key_type=KeyType.EC, label=key_label
        )
        curve, point = public_key[Attribute.EC_PARAMS], public_key[Attribute.EC_POINT]
    except (pkcs11.PKCS11Error, RuntimeError) as error:
        why = type(error).__name__ if isinstance(error, pkcs11.PKCS11Error) else str(error)
        raise SigningFailed(f"key {key_label!r} of token {token_label!r}: {why}") from None
    if bytes(curve) != SECP256K1:
        raise SigningFailed(f"key {key_label!r} of token {token_label!r}: is not on secp256k1")
    return Pkcs11Signer(private_key, secp256k1.address_of(_octets(bytes(point))))


def _octets(der: bytes) -> bytes:
    """What the DER OCTET STRING around a point holds (PKCS#11 v2.40, 2.3.3); some tokens leave it out."""
    return der[2:] if len(der) == 67 and der[:2] == b"\x04\x41" else der
