"""A key in a hardware token: PKCS#11 v2.40, mechanism CKM_ECDSA on secp256k1.

The key never leaves the token. It signs a digest; low s and parity are added here.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pkcs11
from eth_account.messages import SignableMessage
from pkcs11.constants import Attribute, ObjectClass
from pkcs11.mechanisms import KeyType, Mechanism

from chain.hashing import keccak
from chain.signing import secp256k1
from chain.signing.port import SigningFailed

SECP256K1 = bytes.fromhex("06052b8104000a")
"""DER of the curve's object identifier 1.3.132.0.10 (SEC 2, section A.2)."""


class Token:
    """A session with a token, which does one thing at a time.

    A token logs a process in once, so all keys of a token are used through one of these.
    """

    def __init__(self, module: Path, label: str, pin: str) -> None:
        """Logs in.

        Args:
            module: the token maker's PKCS#11 library.
            label: the token's.
            pin: the user's.

        Raises:
            SigningFailed: there is no such library or token, or the PIN is wrong.
        """
        self._label = label
        self._lock = threading.Lock()
        try:
            self._session = pkcs11.lib(str(module)).get_token(token_label=label).open(user_pin=pin)
        except (pkcs11.PKCS11Error, RuntimeError) as error:
            raise SigningFailed(f"token {label!r}: {_why(error)}") from None

    def close(self) -> None:
        """Logs out."""
        self._session.close()

    def signer(self, key_label: str) -> Pkcs11Signer:
        """The signer for the key pair of a label.

        Raises:
            SigningFailed: there is no such pair, or more than one, or it is on another curve.
        """
        where = f"key {key_label!r} of token {self._label!r}"
        try:
            with self._lock:
                private_key, public_key = (
                    self._session.get_key(object_class=kind, key_type=KeyType.EC, label=key_label)
                    for kind in (ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY)
                )
                curve = bytes(public_key[Attribute.EC_PARAMS])
                point = bytes(public_key[Attribute.EC_POINT])
        except pkcs11.PKCS11Error as error:
            raise SigningFailed(f"{where}: {_why(error)}") from None
        if curve != SECP256K1:
            raise SigningFailed(f"{where}: is not on secp256k1")
        return Pkcs11Signer(secp256k1.address_of(_octets(point)), private_key, self._lock)


@dataclass(frozen=True)
class Pkcs11Signer:
    """A signer whose key is in a token. Safe for threads."""

    address: str
    _key: Any = field(repr=False)
    _lock: threading.Lock = field(repr=False)

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
                signature: bytes = self._key.sign(digest, mechanism=Mechanism.ECDSA)
        except pkcs11.PKCS11Error as error:
            raise SigningFailed(f"the token of {self.address}: {_why(error)}") from error
        if len(signature) != 64:
            raise SigningFailed(f"the token of {self.address} gave {len(signature)} bytes, not 64")
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        return secp256k1.completed(r, s, digest, self.address)


def _why(error: Exception) -> str:
    """What a library says about itself; PKCS#11's own errors are names and hold nothing else."""
    return type(error).__name__ if isinstance(error, pkcs11.PKCS11Error) else str(error)


def _octets(der: bytes) -> bytes:
    """What the DER OCTET STRING around a point holds (PKCS#11 v2.40, 2.3.3); some tokens leave it out."""
    return der[2:] if len(der) == 67 and der[:2] == b"\x04\x41" else der
