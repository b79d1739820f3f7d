"""Calldata as calls of the ledger's contracts, with the arguments that the rules take.

What the contracts check before any rule is checked here: that the arguments can be read, and that a signature
has a signer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from chain.artifacts import CONTRACTS, artifact
from chain.bundle.abi import reader_of_all
from chain.bundle.transactions import BadTransaction, recover
from chain.logs import BadWord, checksummed
from chain.rules.desk import hash_of_call
from chain.rules.state import Leg, Policy, Quote, Statement, Terms

InnerCall = tuple[bytes, bytes]
"""A call that another one makes, governance's or a hand's: target (20 bytes) and data."""

Domains = Mapping[str, bytes]
"""Separators of the EIP-712 domains that is signed for, by contract."""


class CallRefused(Exception):
    """The contracts revert on such a call before any rule of the ledger is asked; `rule` names why."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function of one of the contracts; `changes` is false of one that only reads.

    `arguments` are those of the rule: structs as records, a proposal's calls and a draft's call as their
    hash, a signature as the account that signed. `inner` are the calls that it makes.
    """

    contract: str
    function: str
    arguments: tuple[Any, ...]
    changes: bool = True
    inner: tuple[InnerCall, ...] = ()


@dataclass(frozen=True, slots=True)
class _Function:
    name: str
    changes: bool
    read: Callable[[bytes], tuple[Any, ...]]


def read_call(contract: str, data: bytes, domains: Domains) -> Call:
    """Reads the calldata of a call of the named contract.

    Args:
        contract: One of `CONTRACTS`.
        data: Selector and arguments.
        domains: What signatures are made for, see `signing_domains`.

    Raises:
        CallRefused: the contract reverts on them.
    """
    function = _functions().get((contract, data[:4]))
    if function is None:
        raise CallRefused("no-such-function")
    if not function.changes:
        return Call(contract, function.name, (), changes=False)
    try:
        values = function.read(data[4:])
    except (BadWord, IndexError) as error:
        raise CallRefused("bad-calldata") from error
    match contract, function.name:
        case "Participants", "propose":
            return Call(contract, function.name, (_hash_of_calls(values[0]),))
        case "Participants", "execute":
            number, calls = values
            return Call(contract, function.name, (number, _hash_of_calls(calls)), inner=_inner(calls))
        case "Desk", "make":
            target, draft = values
            return Call(contract, function.name, (target, hash_of_call(target, draft)))
        case "Desk", "check":
            number, target, draft = values
            hashed = hash_of_call(target, draft)
            return Call(contract, function.name, (number, hashed), inner=_inner([(target, draft)]))
    signed = _SIGNED.get((contract, function.name))
    if signed is not None:
        values = (*values[:-1], signed.signer(data[4:], values[-1], domains[contract]))
    records = _RECORDS.get((contract, function.name))
    return Call(contract, function.name, records(*values) if records else values)


def signing_domain(contract: str, chain_id: int, address: bytes) -> bytes:
    """Separator of the EIP-712 domain of the named contract at an address."""
    of_type = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    name, version = keccak(f"Counterfoil {contract}".encode()), keccak(b"1")
    return keccak(of_type + name + version + chain_id.to_bytes(32, "big") + bytes(12) + address)


def signing_domains(chain_id: int, contract_of: Mapping[bytes, str]) -> Domains:
    """The domains of a ledger's contracts, which are given by address."""
    return {name: signing_domain(name, chain_id, address) for address, name in contract_of.items()}


def signature_of(abi: Mapping[str, Any]) -> str:
    """A function's signature, `name(type,…)`, from its ABI."""
    return f"{abi['name']}({','.join(map(_type, abi['inputs']))})"


def _type(argument: Mapping[str, Any]) -> str:
    if not argument["type"].startswith("tuple"):
        return str(argument["type"])
    return f"({','.join(map(_type, argument['components']))}){argument['type'][5:]}"


def _abi(contract: str, function: str) -> Mapping[str, Any]:
    (abi,) = (e for e in artifact(contract).abi if e["type"] == "function" and e["name"] == function)
    return abi


@cache
def _functions() -> dict[tuple[str, bytes], _Function]:
    found: dict[tuple[str, bytes], _Function] = {}
    for contract in CONTRACTS:
        for entry in artifact(contract).abi:
            if entry["type"] != "function":
                continue
            changes = entry["stateMutability"] not in ("view", "pure")
            read = reader_of_all(entry["inputs"] if changes else ())
            selector = keccak(signature_of(entry).encode())[:4]
            found[contract, selector] = _Function(entry["name"], changes, read)
    return found


@cache
def signed_type(primary: str, contract: str, function: str) -> bytes:
    """Type hash (EIP-712, `encodeType`) of what a function takes signed, by the names in its ABI.

    Its members are the function's arguments but the last, which is the signature; a struct counts as its own
    members.
    """
    members: list[str] = []
    for argument in _abi(contract, function)["inputs"][:-1]:
        members += (f"{part['type']} {part['name']}" for part in argument.get("components", [argument]))
    return keccak(f"{primary}({','.join(members)})".encode())


@dataclass(frozen=True, slots=True)
class _Signed:
    """A function whose last argument is a signature of all others, each of one word: `words` in all."""

    primary: str
    contract: str
    function: str
    words: int

    def signer(self, data: bytes, signature: bytes, domain: bytes) -> str:
        """The account that signed the arguments in the data.

        Raises:
            CallRefused: there is none.
        """
        struct = keccak(signed_type(self.primary, self.contract, self.function) + data[: 32 * self.words])
        try:
            if len(signature) != 65:
                raise BadTransaction("signature", "65 bytes", len(signature))
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
            return checksummed(recover(keccak(b"\x19\x01" + domain + struct), signature[64] - 27, r, s))
        except BadTransaction as error:
            raise CallRefused("bad-signature") from error


def _signed(primary: str, contract: str, function: str, words: int) -> dict[tuple[str, str], _Signed]:
    return {(contract, function): _Signed(primary, contract, function, words)}


_SIGNED: Mapping[tuple[str, str], _Signed] = {
    **_signed("Attest", "Attestations", "attestBySignature", 6),
    **_signed("Revoke", "Attestations", "revokeBySignature", 3),
    **_signed("Quote", "Receivables", "acceptQuote", 7),
}


def _terms(value: tuple[Any, ...]) -> Terms:
    purpose, protocol, model, inputs = value
    return Terms(purpose, protocol, model, tuple(inputs))


_RECORDS: Mapping[tuple[str, str], Callable[..., tuple[Any, ...]]] = {
    ("Attestations", "attest"): lambda s: (Statement(*s),),
    ("Attestations", "attestMany"): lambda many: (tuple(Statement(*s) for s in many),),
    ("Attestations", "attestBySignature"): lambda s, *rest: (Statement(*s), *rest),
    ("Attestations", "supersede"): lambda old, s: (old, Statement(*s)),
    ("Computations", "grant"): lambda parties, terms, *rest: (tuple(parties), _terms(terms), *rest),
    ("Computations", "open"): lambda number, terms: (number, _terms(terms)),
    ("Receivables", "split"): lambda voucher, expected, legs: (
        voucher,
        expected,
        [Leg(*leg) for leg in legs],
    ),
    ("Receivables", "setPolicy"): lambda policy: (Policy(*policy),),
    ("Receivables", "acceptQuote"): lambda quote, signer: (Quote(*quote), signer),
}
"""Where the rules take records: from what was read to what they take."""


def _hash_of_calls(calls: list[tuple[str, bytes]]) -> bytes:
    return keccak(encode(["(address,bytes)[]"], [calls]))


def _inner(calls: list[tuple[str, bytes]]) -> tuple[InnerCall, ...]:
    return tuple((bytes.fromhex(target[2:]), data) for target, data in calls)
