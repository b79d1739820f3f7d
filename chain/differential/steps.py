"""Steps of a random history, and the ledger they are taken on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, is_dataclass
from functools import cache, cached_property
from typing import Any

from eth_abi.abi import encode
from eth_account.messages import SignableMessage
from hexbytes import HexBytes

from chain.artifacts import CONTRACTS, artifact
from chain.bundle.calls import signature_of
from chain.bundle.signatures import Domains, acceptance_type, quote_type, signing_domains, type_hash
from chain.clients.base import compact
from chain.hashing import keccak
from chain.rules.state import Acceptance, Quote, Statement
from chain.signing import Signer

InnerCall = tuple[str, bytes]
"""A call inside a call, a governors' or a draft's: target and data."""

STATEMENT = ("bytes32", "uint32", "bytes32", "uint8", "uint40")
ATTEST = type_hash(
    "Attest",
    (
        *zip(STATEMENT, ("commitment", "schema", "subject", "level", "expiresAt"), strict=True),
        ("uint40", "deadline"),
    ),
)
REVOKE = type_hash("Revoke", (("bytes32", "commitment"), ("bytes32", "reason"), ("uint40", "deadline")))


@dataclass(frozen=True)
class Step:
    """A call: which function of which contract, by whom, with which arguments, records among them."""

    contract: str
    function: str
    sender: str
    arguments: tuple[Any, ...]

    @cached_property
    def data(self) -> bytes:
        """The calldata."""
        return encoded(self.contract, self.function, self.arguments)

    @property
    def verb(self) -> str:
        """What is done, for counting: contract and function."""
        return f"{self.contract}.{self.function}"


@dataclass(frozen=True)
class World:
    """A ledger's place and people: where its contracts are, and everybody's keys."""

    chain_id: int
    addresses: Mapping[str, str]
    signers: Mapping[str, Signer]

    @cached_property
    def contract_of(self) -> dict[bytes, str]:
        """The contracts by address."""
        return {bytes.fromhex(self.addresses[name][2:]): name for name in CONTRACTS}

    @cached_property
    def domains(self) -> Domains:
        """The domains that signatures are made for."""
        return signing_domains(self.chain_id, self.contract_of)

    def call(self, contract: str, function: str, *arguments: Any) -> InnerCall:
        """A call as a proposal or a draft has it."""
        return self.addresses[contract], encoded(contract, function, arguments)

    def sign_quote(self, by: str, quote: Quote) -> tuple[bytes, bytes]:
        """A financier's signature of a quote, compact."""
        return compact(self._sign(by, "Financing", quote_type(), "Financing", "quoteDigest", quote))

    def sign_acceptance(self, by: str, acceptance: Acceptance) -> tuple[bytes, bytes]:
        """A receiver's signature of an acceptance, compact."""
        of_type = acceptance_type()
        return compact(self._sign(by, "Receivables", of_type, "Receivables", "acceptanceDigest", acceptance))

    def sign_statement(self, by: str, statement: Statement, deadline: int) -> bytes:
        """An attester's signature of a statement, 65 bytes."""
        words = encode((*STATEMENT, "uint40"), (*astuple(statement), deadline))
        return self._signature(by, "Attestations", ATTEST, words)

    def sign_revocation(self, by: str, commitment: bytes, reason: bytes, deadline: int) -> bytes:
        """An attester's signature of a revocation, 65 bytes."""
        words = encode(("bytes32", "bytes32", "uint40"), (commitment, reason, deadline))
        return self._signature(by, "Attestations", REVOKE, words)

    def _sign(
        self, by: str, domain: str, of_type: bytes, contract: str, function: str, record: Quote | Acceptance
    ) -> bytes:
        words = encoded(contract, function, (record,))[4:]
        return self._signature(by, domain, of_type, words)

    def _signature(self, by: str, domain: str, of_type: bytes, words: bytes) -> bytes:
        body = keccak(of_type + words)
        message = SignableMessage(HexBytes(b"\x01"), HexBytes(self.domains[domain]), HexBytes(body))
        return self.signers[by].sign_message(message)


def encoded(contract: str, function: str, arguments: tuple[Any, ...]) -> bytes:
    """Calldata; structs may be records."""
    selector, types = _function(contract, function)
    return selector + encode(types, [plain(each) for each in arguments])


def plain(value: Any) -> Any:
    """A value with its records as tuples, as the ABI has structs."""
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(map(plain, astuple(value)))
    if isinstance(value, list | tuple):
        return tuple(map(plain, value))
    return value


@cache
def inputs_of(contract: str, function: str) -> tuple[Mapping[str, Any], ...]:
    """What a function takes, as its ABI describes it."""
    (abi,) = (e for e in artifact(contract).abi if e["type"] == "function" and e["name"] == function)
    return tuple(abi["inputs"])


@cache
def _function(contract: str, function: str) -> tuple[bytes, tuple[str, ...]]:
    inputs = inputs_of(contract, function)
    signature = signature_of({"name": function, "inputs": inputs})
    return keccak(signature.encode())[:4], tuple(map(_type, inputs))


def _type(argument: Mapping[str, Any]) -> str:
    if not argument["type"].startswith("tuple"):
        return str(argument["type"])
    return f"({','.join(map(_type, argument['components']))}){argument['type'][5:]}"
