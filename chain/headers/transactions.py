"""Signed transactions as blocks hold them: read strictly, their senders recovered.

Sources: Ethereum Yellow Paper, section 4.2 and appendix F; EIP-2 (low s), EIP-155 (chain id), EIP-2718
(types), EIP-2930, EIP-1559, EIP-4844 and EIP-7702 (types 1 to 4). The last three items of every form are the
signature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chain.hashing import keccak
from chain.headers import rlp
from chain.headers.signatures import BadSignature, signer

_LEGACY = ("nonce", "gasPrice", "gas", "to", "value", "input", "v", "r", "s")
_FORMS: Mapping[int, tuple[str, ...]] = {
    0: _LEGACY,
    1: ("chainId", "nonce", "gasPrice", "gas", "to", "value", "input", "accessList", "v", "r", "s"),
    2: (
        *("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value", "input"),
        *("accessList", "v", "r", "s"),
    ),
    3: (
        *("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value", "input"),
        *("accessList", "maxFeePerBlobGas", "blobVersionedHashes", "v", "r", "s"),
    ),
    4: (
        *("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value", "input"),
        *("accessList", "authorizationList", "v", "r", "s"),
    ),
}
_BYTES = frozenset({"to", "input"})
_LISTS = frozenset({"accessList", "blobVersionedHashes", "authorizationList"})


class BadTransaction(ValueError):
    """A transaction is not well formed; `field` names what is wrong, `expected` and `got` say how."""

    def __init__(self, field: str, expected: object, got: object) -> None:
        super().__init__(f"{field}: {got}, not {expected}")
        self.field, self.expected, self.got = field, expected, got


@dataclass(frozen=True, slots=True)
class Transaction:
    """A signed transaction: `to` is empty where it makes a contract, `value` is in wei.

    `chain_id` is None of a legacy transaction that names none (before EIP-155). `readable` is False of a kind
    that only one engine knows: of such a transaction no more is known than its hash and its type.
    """

    hash: bytes
    type: int
    chain_id: int | None
    nonce: int
    gas: int
    to: bytes
    value: int
    data: bytes
    sender: bytes
    readable: bool = True


def read_transaction(raw: bytes) -> Transaction:
    """Reads a transaction from its EIP-2718 encoding and recovers who signed it.

    Raises:
        BadTransaction: its form, a field or its signature is not as the sources have it.
    """
    kind = raw[0] if raw and raw[0] < 0x80 else 0
    form = _FORMS.get(kind)
    if form is None:
        raise BadTransaction("type", "one of 0 to 4", kind)
    body = raw[1:] if kind else raw
    try:
        items = rlp.decode_list(body)
    except rlp.NotCanonical as error:
        raise BadTransaction("encoding", "canonical RLP", error) from error
    if len(items) != len(form):
        raise BadTransaction("encoding", f"{len(form)} items", len(items))
    fields: dict[str, Any] = {}
    for name, item in zip(form, items, strict=True):
        try:
            if name in _BYTES:
                fields[name] = rlp.text(item)
            elif name not in _LISTS:
                fields[name] = rlp.integer(item)
        except rlp.NotCanonical as error:
            raise BadTransaction(name, "canonical RLP", error) from error
    if len(fields["to"]) not in (0, 20):
        raise BadTransaction("to", "an address or nothing", fields["to"].hex())
    chain_id, parity = fields.get("chainId"), fields["v"]
    unsigned = items[:-3]
    if not kind:
        if parity in (27, 28):
            parity -= 27
        elif parity >= 35:
            chain_id, parity = divmod(parity - 35, 2)
            unsigned = [*unsigned, _minimal(chain_id), b"", b""]
    digest = keccak((bytes((kind,)) if kind else b"") + rlp.encode(unsigned))
    return Transaction(
        hash=keccak(raw),
        type=kind,
        chain_id=chain_id,
        nonce=fields["nonce"],
        gas=fields["gas"],
        to=fields["to"],
        value=fields["value"],
        data=fields["input"],
        sender=recover(digest, parity, fields["r"], fields["s"]),
    )


def recover(digest: bytes, parity: int, r: int, s: int) -> bytes:
    """The address, 20 bytes, whose key signed the digest.

    Raises:
        BadTransaction: the signature is of no key, or s is in the upper half of the order (EIP-2).
    """
    if parity not in (0, 1):
        raise BadTransaction("v", "a parity of 0 or 1", parity)
    for name, value in (("r", r), ("s", s)):
        if value >> 256:
            raise BadTransaction(name, "an integer of 32 bytes", hex(value))
    try:
        return signer(digest, r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes((parity,)))
    except BadSignature as error:
        raise BadTransaction(error.field, error.expected, error.got) from error


def encoded_transaction(fields: Mapping[str, Any]) -> bytes:
    """The EIP-2718 encoding of a transaction from its JSON form (execution-apis, `TransactionInfo`).

    Raises:
        KeyError: the type is unknown or a field is not there.
    """
    kind = int(fields.get("type") or "0x0", 16)
    items: list[rlp.Item] = []
    for name in _FORMS[kind]:
        value = fields["yParity"] if name == "v" and kind and "v" not in fields else fields.get(name)
        if name == "accessList":
            items.append([[_hex(e["address"]), [_hex(k) for k in e["storageKeys"]]] for e in value or ()])
        elif name == "blobVersionedHashes":
            items.append([_hex(each) for each in value or ()])
        elif name == "authorizationList":
            items.append([_authorization(each) for each in value or ()])
        elif name in _BYTES:
            items.append(_hex(value or "0x"))
        else:
            items.append(_minimal(int(fields[name] if value is None else value, 16)))
    return (bytes((kind,)) if kind else b"") + rlp.encode(items)


def _authorization(entry: Mapping[str, str]) -> list[rlp.Item]:
    numbers = [_minimal(int(entry[name], 16)) for name in ("chainId", "nonce", "yParity", "r", "s")]
    return [numbers[0], _hex(entry["address"]), *numbers[1:]]


def _hex(value: str) -> bytes:
    return bytes.fromhex(value[2:])


def _minimal(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
