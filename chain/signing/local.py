"""A key in this process, read from a keystore file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coincurve import PrivateKey
from eth_account import Account
from eth_account.messages import SignableMessage
from eth_account.signers.local import LocalAccount

from chain.hashing import keccak
from chain.signing import secp256k1


@dataclass(frozen=True, slots=True)
class LocalSigner:
    """A signer whose key is in this process's memory."""

    account: LocalAccount = field(repr=False)
    _key: PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_key", PrivateKey(bytes(self.account.key)))

    @property
    def address(self) -> str:
        """The account, with checksum."""
        return str(self.account.address)

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """The signed raw transaction."""
        sender = transaction.get("from", self.address)
        if "gasPrice" in transaction and "accessList" not in transaction and sender == self.address:
            # libsecp256k1 around our own encoding: the same bytes, eight times as fast.
            return secp256k1.sign_transaction(transaction, self._sign)
        return bytes(self.account.sign_transaction(transaction).raw_transaction)

    def sign_message(self, message: SignableMessage) -> bytes:
        """The 65-byte signature r, s, v."""
        return bytes(self.account.sign_message(message).signature)

    def _sign(self, payload: bytes) -> secp256k1.Signature:
        """Deterministic (RFC 6979), with s in the lower half of the order."""
        signature = self._key.sign_recoverable(keccak(payload), hasher=None)
        return (
            int.from_bytes(signature[:32], "big"),
            int.from_bytes(signature[32:64], "big"),
            signature[64],
        )


def new_signer() -> LocalSigner:
    """A signer with a fresh random key."""
    return LocalSigner(Account.create())


def read_keystore(path: Path, password: str) -> LocalSigner:
    """A signer from a keystore file (Web3 Secret Storage, version 3).

    Raises:
        ValueError: the password is wrong or the file is not a keystore.
    """
    try:
        keystore = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError(f"{path} is nested too deeply for a keystore") from None
    return LocalSigner(Account.from_key(Account.decrypt(keystore, password)))


def write_keystore(signer: LocalSigner, path: Path, password: str, work: int | None = None) -> None:
    """Writes the signer's key to a new keystore file, readable by its owner only.

    Args:
        signer: whose key it is.
        path: of the new file.
        password: of the keystore.
        work: scrypt's cost, a power of two; the usual one, seconds for each guess, if there is none. A
            password of 128 random bits or more cannot be guessed at any cost and needs little.

    Raises:
        FileExistsError: the file exists; a key is never overwritten.
    """
    encrypted = json.dumps(Account.encrypt(signer.account.key, password, kdf="scrypt", iterations=work))
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(encrypted, encoding="utf-8")
