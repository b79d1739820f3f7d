"""What may be signed at all: calls of the ledger's contracts on its chain, and their typed data.

A key that signs whatever it is given is only as safe as whoever reaches it. The allow-list comes from the
contracts' own interface, so nothing has to be configured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eth_abi.abi import encode
from eth_account.messages import SignableMessage
from eth_utils.abi import function_abi_to_4byte_selector
from eth_utils.address import to_checksum_address

from chain.artifacts import CONTRACTS, artifact
from chain.deployment import Manifest
from chain.hashing import keccak
from chain.signing.port import Signer

_DOMAIN = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")


class SigningRefused(Exception):
    """The policy does not allow a signature; the message names the field and the rule."""


@dataclass(frozen=True, slots=True)
class SigningPolicy:
    """Chain, contracts by address with the selectors that may be called, EIP-712 domains by their hash."""

    chain_id: int
    selectors: Mapping[str, frozenset[bytes]] = field(repr=False)
    domains: frozenset[bytes] = field(repr=False)

    def check_transaction(self, transaction: Mapping[str, Any], signer: str) -> None:
        """Refuses anything but a call of the ledger, and the empty transaction that frees a nonce.

        Raises:
            SigningRefused: a field is not as it must be.
        """
        if transaction.get("chainId") != self.chain_id:
            raise SigningRefused(f"chain id: {transaction.get('chainId')}, it must be {self.chain_id}")
        if transaction.get("value"):
            raise SigningRefused(f"value: {transaction['value']} wei, the ledger holds no money")
        if not transaction.get("to"):
            raise SigningRefused("to: is missing; contracts are not made with this key")
        # An address of the ledger's is known as it stands; any other is brought to that form first.
        to = (
            transaction["to"]
            if transaction["to"] in self.selectors
            else to_checksum_address(transaction["to"])
        )
        data = _data(transaction.get("data", b""))
        if to == signer and not data:
            return
        allowed = self.selectors.get(to)
        if allowed is None:
            raise SigningRefused(f"to: {to} is no contract of the ledger")
        if data[:4] not in allowed:
            raise SigningRefused(f"data: 0x{data[:4].hex()} is no function of {to} that changes anything")

    def check_message(self, message: SignableMessage) -> None:
        """Refuses anything but EIP-712 data of one of the ledger's contracts.

        Raises:
            SigningRefused: the message is of another kind or domain.
        """
        if bytes(message.version) != b"\x01" or bytes(message.header) not in self.domains:
            raise SigningRefused("message: is no typed data of one of the ledger's contracts")


@dataclass(frozen=True, slots=True)
class PolicedSigner:
    """A signer that signs only what a policy allows."""

    signer: Signer
    policy: SigningPolicy

    @property
    def address(self) -> str:
        """The account, with checksum."""
        return self.signer.address

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """The signed raw transaction.

        Raises:
            SigningRefused: the policy does not allow it.
            SigningFailed: there is no signature.
        """
        self.policy.check_transaction(transaction, self.address)
        return self.signer.sign_transaction(transaction)

    def sign_message(self, message: SignableMessage) -> bytes:
        """The 65-byte signature r, s, v.

        Raises:
            SigningRefused: the policy does not allow it.
            SigningFailed: there is no signature.
        """
        self.policy.check_message(message)
        return self.signer.sign_message(message)


def policy_of(manifest: Manifest) -> SigningPolicy:
    """The policy for a ledger: what its contracts have that changes anything, and what they take signed.

    Which of them take signatures is in their interface: `eip712Domain` (EIP-5267).
    """
    return SigningPolicy(
        chain_id=manifest.chain_id,
        selectors={
            manifest.addresses[name]: frozenset(
                function_abi_to_4byte_selector(entry)  # type: ignore[arg-type]
                for entry in artifact(name).abi
                if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
            )
            for name in CONTRACTS
        },
        domains=frozenset(
            _domain(f"Counterfoil {name}", manifest.chain_id, manifest.addresses[name])
            for name in CONTRACTS
            if any(entry.get("name") == "eip712Domain" for entry in artifact(name).abi)
        ),
    )


def _domain(name: str, chain_id: int, contract: str) -> bytes:
    """EIP-712, "Definition of domainSeparator"; the contracts are of version 1."""
    types = ("bytes32", "bytes32", "bytes32", "uint256", "address")
    return keccak(encode(types, (_DOMAIN, keccak(name.encode()), keccak(b"1"), chain_id, contract)))


def _data(data: bytes | str) -> bytes:
    return bytes.fromhex(data.removeprefix("0x")) if isinstance(data, str) else bytes(data)
