"""Block headers, in the form whose hash is the block's.

Sources: Ethereum Yellow Paper, section 4.3; EIP-1559 (London), EIP-4895 (Shanghai), EIP-4844 and EIP-4788
(Cancun), EIP-7685 (Prague). Each fork adds items at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from chain.bundle import rlp

FIELDS = (
    *("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom"),
    *("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce"),
    *("baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot"),
    "requestsHash",
)
"""The items of a header in their order, by their JSON names (execution-apis)."""

LENGTHS = (15, 16, 17, 20, 21)
"""How many items a header has: up to Berlin, London, Shanghai, Cancun, Prague."""

NO_OMMERS = keccak(b"\xc0")
"""`sha3Uncles` of a block without ommers: the hash of the encoding of an empty list."""

_SIZES: Mapping[str, int] = {
    **dict.fromkeys(("parentHash", "sha3Uncles", "stateRoot", "transactionsRoot", "receiptsRoot"), 32),
    **dict.fromkeys(("mixHash", "withdrawalsRoot", "parentBeaconBlockRoot", "requestsHash"), 32),
    **{"miner": 20, "logsBloom": 256, "nonce": 8},
}


class BadHeader(ValueError):
    """A header is not well formed; `field` names what is wrong, `expected` and `got` say how."""

    def __init__(self, field: str, expected: object, got: object) -> None:
        super().__init__(f"{field}: {got}, not {expected}")
        self.field, self.expected, self.got = field, expected, got


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says of its block; `timestamp` in seconds since 1970 (UTC), `bloom` as a number."""

    hash: bytes
    parent: bytes
    number: int
    timestamp: int
    gas_used: int
    state_root: bytes
    transactions_root: bytes
    receipts_root: bytes
    bloom: int


def read_header(raw: bytes) -> Header:
    """Reads a header from its RLP and hashes it.

    Raises:
        BadHeader: an item is missing, too many, of another length or no canonical integer.
    """
    try:
        items = rlp.decode_list(raw)
    except rlp.NotCanonical as error:
        raise BadHeader("encoding", "canonical RLP", error) from error
    if len(items) not in LENGTHS:
        raise BadHeader("encoding", f"{' or '.join(map(str, LENGTHS))} items", len(items))
    fields: dict[str, Any] = {}
    for name, item in zip(FIELDS, items, strict=False):
        try:
            if name in _SIZES:
                fields[name] = rlp.text(item, _SIZES[name])
            elif name == "extraData":
                fields[name] = rlp.text(item)
            else:
                fields[name] = rlp.integer(item)
        except rlp.NotCanonical as error:
            raise BadHeader(name, "canonical RLP", error) from error
    if fields["sha3Uncles"] != NO_OMMERS:
        raise BadHeader("sha3Uncles", "0x" + NO_OMMERS.hex(), "0x" + fields["sha3Uncles"].hex())
    return Header(
        hash=keccak(raw),
        parent=fields["parentHash"],
        number=fields["number"],
        timestamp=fields["timestamp"],
        gas_used=fields["gasUsed"],
        state_root=fields["stateRoot"],
        transactions_root=fields["transactionsRoot"],
        receipts_root=fields["receiptsRoot"],
        bloom=int.from_bytes(fields["logsBloom"], "big"),
    )


def encoded_header(fields: Mapping[str, Any]) -> bytes:
    """The RLP of a header from its JSON form, as many items as it has.

    Raises:
        KeyError: a field is missing that a later one needs.
    """
    last = max(number for number, name in enumerate(FIELDS) if fields.get(name) is not None)
    items: list[rlp.Item] = []
    for name in FIELDS[: last + 1]:
        value = fields[name][2:]
        if name in _SIZES or name == "extraData":
            items.append(bytes.fromhex(value))
        else:
            number = int(value, 16)
            items.append(number.to_bytes((number.bit_length() + 7) // 8, "big"))
    return rlp.encode(items)
