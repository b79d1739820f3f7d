"""Calldata as calls of the ledger's contracts, read the way the contracts read it.

Source: Solidity ABI specification; the contracts refuse calldata that is too short, values with bits beyond
their type and offsets beyond the end, and ignore what follows the arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from chain.artifacts import CONTRACTS, artifact
from chain.bundle.transactions import BadTransaction, recover
from chain.logs import BadWord, WordReader, checksummed, word_reader
from chain.rules.state import Leg, Policy, Quote

InnerCall = tuple[bytes, bytes]
"""A governors' call: target (20 bytes) and data."""


class CallRefused(Exception):
    """The contracts revert on such a call before any rule of the ledger is asked; `rule` names why."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function of one of the contracts; `changes` is false of one that only reads.

    `arguments` are those of the rule: legs, policies and quotes as records, proposals' calls as their hash,
    a quote's signature as the account that signed.
    """

    contract: str
    function: str
    arguments: tuple[Any, ...]
    changes: bool = True


@dataclass(frozen=True, slots=True)
class _Function:
    name: str
    changes: bool
    readers: tuple[WordReader, ...]
    special: Callable[[bytes, bytes], tuple[Any, ...]] | None


def read_call(contract: str, data: bytes, domain: bytes) -> Call:
    """Reads the calldata of a call of the named contract.

    Args:
        contract: One of `CONTRACTS`.
        data: Selector and arguments.
        domain: Separator of the EIP-712 domain that quotes are signed for, see `quote_domain`.

    Raises:
        CallRefused: the contract reverts on them.
    """
    function = _functions().get((contract, data[:4]))
    if function is None:
        raise CallRefused("no-such-function")
    if not function.changes:
        return Call(contract, function.name, (), changes=False)
    arguments = data[4:]
    try:
        if function.special:
            return Call(contract, function.name, function.special(arguments, domain))
        return Call(contract, function.name, _words(function.readers, arguments, 0))
    except (BadWord, IndexError) as error:
        raise CallRefused("bad-calldata") from error


def quote_domain(chain_id: int, receivables: bytes) -> bytes:
    """Separator of the EIP-712 domain of the Receivables contract at an address."""
    of_type = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    name, version = keccak(b"Counterfoil Receivables"), keccak(b"1")
    return keccak(of_type + name + version + chain_id.to_bytes(32, "big") + bytes(12) + receivables)


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
            special = _SPECIAL.get((contract, entry["name"]))
            types = [argument["type"] for argument in entry["inputs"]]
            readers = tuple(map(word_reader, types)) if changes and not special else ()
            selector = keccak(signature_of(entry).encode())[:4]
            found[(contract, selector)] = _Function(entry["name"], changes, readers, special)
    return found


def _words(readers: tuple[WordReader, ...], data: bytes, at: int) -> tuple[Any, ...]:
    """Values of one word each from a place on."""
    if len(data) < at + 32 * len(readers):
        raise IndexError("calldata is too short")
    return tuple(read(data[at + 32 * i : at + 32 * i + 32]) for i, read in enumerate(readers))


_UINT = word_reader("uint256")
_ADDRESS = word_reader("address")


@cache
def _parts(contract: str, function: str, argument: int) -> tuple[dict[str, str], ...]:
    """The members of a struct that a function takes, as its ABI names them."""
    (abi,) = (e for e in artifact(contract).abi if e["type"] == "function" and e["name"] == function)
    return tuple(abi["inputs"][argument]["components"])


@cache
def _struct(contract: str, function: str, argument: int) -> tuple[WordReader, ...]:
    """Readers of the members of a struct, each of one word."""
    return tuple(word_reader(part["type"]) for part in _parts(contract, function, argument))


@cache
def quote_type() -> bytes:
    """Type hash of a quote (EIP-712, `encodeType`), from the names and types of the contract's struct."""
    members = ",".join(f"{part['type']} {part['name']}" for part in _parts("Receivables", "acceptQuote", 0))
    return keccak(f"Quote({members})".encode())


def _tail(data: bytes, base: int, word: int, stride: int) -> tuple[int, int]:
    """Where a dynamic value starts and how many items it has; its offset counts from `base`."""
    start = base + _words((_UINT,), data, word)[0]
    (length,) = _words((_UINT,), data, start)
    if start + 32 + stride * length > len(data):
        raise IndexError("calldata is too short")
    return start + 32, length


def _split(data: bytes, _: bytes) -> tuple[Any, ...]:
    voucher, expected, _offset = _words((word_reader("uint64"), word_reader("uint8"), _UINT), data, 0)
    leg = _struct("Receivables", "split", 2)
    size = 32 * len(leg)
    start, length = _tail(data, 0, 64, size)
    return voucher, expected, [Leg(*_words(leg, data, start + size * i)) for i in range(length)]


def _redeem(data: bytes, _: bytes) -> tuple[Any, ...]:
    receivable, _offset = _words((word_reader("uint32"), _UINT), data, 0)
    start, length = _tail(data, 0, 32, 32)
    return receivable, list(_words((word_reader("uint24"),) * length, data, start))


def _set_policy(data: bytes, _: bytes) -> tuple[Any, ...]:
    return (Policy(*_words(_struct("Receivables", "setPolicy", 0), data, 0)),)


def _accept_quote(data: bytes, domain: bytes) -> tuple[Any, ...]:
    members = _struct("Receivables", "acceptQuote", 0)
    size = 32 * len(members)
    quote = Quote(*_words(members, data, 0))
    start, length = _tail(data, 0, size, 1)
    signature = data[start : start + length]
    digest = keccak(b"\x19\x01" + domain + keccak(quote_type() + data[:size]))
    try:
        if length != 65:
            raise BadTransaction("signature", "65 bytes", length)
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
        signer = recover(digest, signature[64] - 27, r, s)
    except BadTransaction as error:
        raise CallRefused("bad-quote-signature") from error
    return quote, checksummed(signer)


def _calls(data: bytes, word: int) -> tuple[InnerCall, ...]:
    start, length = _tail(data, 0, word, 32)
    found: list[InnerCall] = []
    for i in range(length):
        at = start + _words((_UINT,), data, start + 32 * i)[0]
        (target, _offset) = _words((_ADDRESS, _UINT), data, at)
        begin, size = _tail(data, at, at + 32, 1)
        found.append((bytes.fromhex(target[2:]), data[begin : begin + size]))
    return tuple(found)


def _hash(calls: tuple[InnerCall, ...]) -> bytes:
    return keccak(encode(["(address,bytes)[]"], [calls]))


def _propose(data: bytes, _: bytes) -> tuple[Any, ...]:
    return (_hash(_calls(data, 0)),)


def _execute(data: bytes, _: bytes) -> tuple[Any, ...]:
    (number, _offset) = _words((word_reader("uint32"), _UINT), data, 0)
    calls = _calls(data, 32)
    return number, _hash(calls), calls


_SPECIAL: Mapping[tuple[str, str], Callable[[bytes, bytes], tuple[Any, ...]]] = {
    ("Participants", "propose"): _propose,
    ("Participants", "execute"): _execute,
    ("Receivables", "split"): _split,
    ("Receivables", "redeem"): _redeem,
    ("Receivables", "setPolicy"): _set_policy,
    ("Receivables", "acceptQuote"): _accept_quote,
}
