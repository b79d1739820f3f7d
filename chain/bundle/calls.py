"""Calldata as calls of the ledger's contracts, with the arguments that the rules take.

What the contracts check before any rule is checked here: that the arguments can be read, and that a signature
of 65 bytes has a signer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi.abi import encode

from chain.artifacts import CONTRACTS, artifact
from chain.bundle.abi import SELECTOR, reader_of_all
from chain.bundle.signatures import (
    Domains,
    SignedAcceptance,
    digest_of,
    members_of,
    quote_type,
    signer_of,
    signer_of_compact,
    type_hash,
)
from chain.hashing import keccak
from chain.headers.transactions import BadTransaction
from chain.logs import BadWord
from chain.rules.desk import hash_of_call
from chain.rules.state import IssueTerms, Kind, Leg, Quote, Statement, Terms

InnerCall = tuple[bytes, bytes]
"""A call that another one makes, governance's or a hand's: target (20 bytes) and data."""


class CallRefused(Exception):
    """The contracts revert on such a call before any rule of the ledger is asked; `rule` names why."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function of one of the contracts; `changes` is false of one that only reads.

    `arguments` are those of the rule: structs as records, a proposal's calls and a draft's call as their
    hash, a signature as the account that signed, or as what tells it of an acceptance. `inner` are the calls
    that it makes.
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
        domains: What signatures are made for, see `chain.bundle.signatures`.

    Raises:
        CallRefused: the contract reverts on them.
    """
    function = _functions().get((contract, data[:SELECTOR]))
    if function is None:
        raise CallRefused("no-such-function")
    if not function.changes:
        return Call(contract, function.name, (), changes=False)
    try:
        values = function.read(data)
    except (BadWord, IndexError) as error:
        raise CallRefused("bad-calldata") from error
    inner = _inner(contract, function.name, values)
    arguments = _ARGUMENTS.get((contract, function.name))
    if arguments is not None:
        values = arguments(values, data, domains)
    return Call(contract, function.name, values, inner=inner)


def signature_of(abi: Mapping[str, Any]) -> str:
    """A function's signature, `name(type,…)`, from its ABI."""
    return f"{abi['name']}({','.join(map(_type, abi['inputs']))})"


def _type(argument: Mapping[str, Any]) -> str:
    if not argument["type"].startswith("tuple"):
        return str(argument["type"])
    return f"({','.join(map(_type, argument['components']))}){argument['type'][5:]}"


@cache
def _functions() -> dict[tuple[str, bytes], _Function]:
    found: dict[tuple[str, bytes], _Function] = {}
    for contract in CONTRACTS:
        for entry in artifact(contract).abi:
            if entry["type"] != "function":
                continue
            changes = entry["stateMutability"] not in ("view", "pure")
            read = reader_of_all(entry["inputs"] if changes else ())
            selector = keccak(signature_of(entry).encode())[:SELECTOR]
            found[contract, selector] = _Function(entry["name"], changes, read)
    return found


Values = tuple[Any, ...]


def _words(data: bytes, count: int) -> bytes:
    """The first words of a call's arguments."""
    return data[SELECTOR : SELECTOR + 32 * count]


def _signed(primary: str, contract: str, function: str) -> Callable[[Values, bytes, Domains], Values]:
    """Of a function whose last argument is a signature of all the others, each of one word."""

    def arguments(values: Values, data: bytes, domains: Domains) -> Values:
        members = members_of(contract, function)[:-1]
        digest = digest_of(domains[contract], type_hash(primary, members), _words(data, len(members)))
        try:
            return (*values[:-1], signer_of(digest, values[-1]))
        except BadTransaction as error:
            raise CallRefused("bad-signature") from error

    return arguments


def _quote(values: Values) -> Quote:
    voucher, version, financier, kind, *rest = values
    try:
        return Quote(voucher, version, financier, Kind(kind), *rest)
    except ValueError as error:
        raise CallRefused("bad-calldata") from error


def _quote_digest(data: bytes, domains: Domains) -> bytes:
    """What was signed of a quote that is a call's first argument."""
    words = _words(data, len(members_of("Financing", "quoteDigest")))
    return digest_of(domains["Financing"], quote_type(), words)


def _accept_quote(values: Values, data: bytes, domains: Domains) -> Values:
    quote, r, vs, justification = values
    digest = _quote_digest(data, domains)
    return _quote(quote), digest, signer_of_compact(digest, r, vs), justification


def _with_acceptance(values: Values, _: bytes, domains: Domains) -> Values:
    return (*values[:-2], SignedAcceptance(domains["Receivables"], *values[-2:]))


def _attest_by_signature(values: Values, data: bytes, domains: Domains) -> Values:
    signed = _signed("Attest", "Attestations", "attestBySignature")
    statement, deadline, signer = signed(values, data, domains)
    return Statement(*statement), deadline, signer


def _terms(value: Values) -> Terms:
    purpose, protocol, model, inputs = value
    return Terms(purpose, protocol, model, tuple(inputs))


def _split(values: Values, *_: object) -> Values:
    voucher, expected, legs = values
    return voucher, expected, tuple(Leg(*leg) for leg in legs)


_ARGUMENTS: Mapping[tuple[str, str], Callable[[Values, bytes, Domains], Values]] = {
    ("Participants", "propose"): lambda v, *_: (_hash_of_calls(v[0]),),
    ("Participants", "execute"): lambda v, *_: (v[0], _hash_of_calls(v[1])),
    ("Desk", "make"): lambda v, *_: (v[0], hash_of_call(v[0], v[1])),
    ("Desk", "check"): lambda v, *_: (v[0], hash_of_call(v[1], v[2])),
    ("Attestations", "attest"): lambda v, *_: (Statement(*v[0]),),
    ("Attestations", "attestMany"): lambda v, *_: (tuple(Statement(*each) for each in v[0]),),
    ("Attestations", "attestBySignature"): _attest_by_signature,
    ("Attestations", "revokeBySignature"): _signed("Revoke", "Attestations", "revokeBySignature"),
    ("Attestations", "supersede"): lambda v, *_: (v[0], Statement(*v[1])),
    ("Computations", "grant"): lambda v, *_: (tuple(v[0]), _terms(v[1]), *v[2:]),
    ("Computations", "open"): lambda v, *_: (v[0], _terms(v[1])),
    ("Issuance", "propose"): lambda v, *_: (IssueTerms(*v[0]),),
    ("Issuance", "proposeMany"): lambda v, *_: (tuple(IssueTerms(*each) for each in v[0]),),
    ("Receivables", "split"): _split,
    ("Receivables", "transfer"): _with_acceptance,
    ("Receivables", "acceptBySignature"): _with_acceptance,
    ("Financing", "cancelQuote"): lambda v, data, domains: (_quote(v[0]), _quote_digest(data, domains)),
    ("Financing", "acceptQuote"): _accept_quote,
}
"""Where the rules take something else than what was read: from values, calldata and domains to arguments."""


def _hash_of_calls(calls: list[tuple[str, bytes]]) -> bytes:
    return keccak(encode(["(address,bytes)[]"], [calls]))


def _inner(contract: str, function: str, values: Values) -> tuple[InnerCall, ...]:
    """The calls that a call makes of its own."""
    match contract, function:
        case "Participants", "execute":
            calls = values[1]
        case "Desk", "check":
            calls = [values[1:]]
        case _:
            return ()
    return tuple((bytes.fromhex(target[2:]), data) for target, data in calls)
