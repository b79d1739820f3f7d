"""What a signer is."""

from __future__ import annotations

from typing import Any, Protocol

from eth_account.messages import SignableMessage


class SigningFailed(Exception):
    """A signature could not be had; the message says why and holds no secret."""


class Signer(Protocol):
    """An account that can sign; where its key is kept is its own affair."""

    @property
    def address(self) -> str:
        """The account, with checksum."""
        ...

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """The signed raw transaction.

        Raises:
            SigningFailed: there is no signature.
        """
        ...

    def sign_message(self, message: SignableMessage) -> bytes:
        """The 65-byte signature r, s, v.

        Raises:
            SigningFailed: there is no signature.
        """
        ...
