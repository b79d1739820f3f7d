"""Signatures that stand in for their signer's own transaction: statements, revocations, quotes, acceptances.

Sources: EIP-712 (typed data), EIP-2 (low s), EIP-2098 (compact form). What is signed is a struct by the names
and types that the contracts' ABI has, under a domain of contract and chain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cache
from typing import Any

from eth_abi.abi import encode

from chain.artifacts import artifact
from chain.hashing import keccak
from chain.headers.transactions import BadTransaction, recover
from chain.logs import checksummed
from chain.rules.state import NOBODY, Acceptance

Domains = Mapping[str, bytes]
"""Separators of the EIP-712 domains that is signed for, by contract."""

_LOW = 2**255 - 1


def signing_domain(contract: str, chain_id: int, address: bytes) -> bytes:
    """Separator of the EIP-712 domain of the named contract at an address."""
    of_type = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    name, version = keccak(f"Counterfoil {contract}".encode()), keccak(b"1")
    return keccak(of_type + name + version + chain_id.to_bytes(32, "big") + bytes(12) + address)


def signing_domains(chain_id: int, contract_of: Mapping[bytes, str]) -> Domains:
    """The domains of a ledger's contracts, which are given by address."""
    return {name: signing_domain(name, chain_id, address) for address, name in contract_of.items()}


@cache
def members_of(contract: str, function: str) -> tuple[tuple[str, str], ...]:
    """Type and name of what a function takes, a struct as its own members."""
    (abi,) = (e for e in artifact(contract).abi if e["type"] == "function" and e["name"] == function)
    found: list[tuple[str, str]] = []
    for argument in abi["inputs"]:
        found += ((part["type"], part["name"]) for part in argument.get("components", [argument]))
    return tuple(found)


@cache
def type_hash(primary: str, members: Sequence[tuple[str, str]]) -> bytes:
    """Hash of a struct's type (EIP-712, `encodeType`), all its members of one word."""
    return keccak(f"{primary}({','.join(f'{kind} {name}' for kind, name in members)})".encode())


def digest_of(domain: bytes, of_type: bytes, words: bytes) -> bytes:
    """What is signed: a struct, given by its members' words, under a domain."""
    return keccak(b"\x19\x01" + domain + keccak(of_type + words))


def quote_type() -> bytes:
    """The type of a financier's quote."""
    return type_hash("Quote", members_of("Financing", "quoteDigest"))


def acceptance_type() -> bytes:
    """The type of a receiver's acceptance."""
    return type_hash("Acceptance", members_of("Receivables", "acceptanceDigest"))


def signer_of(digest: bytes, signature: bytes) -> str:
    """The account whose signature of 65 bytes (r, s, v) it is.

    Raises:
        BadTransaction: it is none.
    """
    if len(signature) != 65:
        raise BadTransaction("signature", "65 bytes", len(signature))
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    return checksummed(recover(digest, signature[64] - 27, r, s))


def signer_of_compact(digest: bytes, r: bytes, vs: bytes) -> str:
    """The account whose compact signature it is; the zero address if it is none."""
    packed = int.from_bytes(vs, "big")
    try:
        return checksummed(recover(digest, packed >> 255, int.from_bytes(r, "big"), packed & _LOW))
    except BadTransaction:
        return NOBODY


@dataclass(frozen=True, slots=True)
class SignedAcceptance:
    """A compact signature of an acceptance, which only the ledger's state completes: it is called with that.

    `domain` is that of the Receivables contract.
    """

    domain: bytes
    r: bytes
    vs: bytes

    def __call__(self, acceptance: Acceptance) -> str:
        """The account that signed, or the zero address."""
        kinds = [kind for kind, _ in members_of("Receivables", "acceptanceDigest")]
        values: tuple[Any, ...] = astuple(acceptance)
        digest = digest_of(self.domain, acceptance_type(), encode(kinds, values))
        return signer_of_compact(digest, self.r, self.vs)
