"""Plain Ethereum headers, in the form whose hash is the block's: development engines, and the base of QBFT's.

Sources: Ethereum Yellow Paper, section 4.3; EIP-1559 (London), EIP-4895 (Shanghai), EIP-4844 and EIP-4788
(Cancun), EIP-7685 (Prague). Each fork adds items at the end. Section 4.1 (accounts).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chain.hashing import keccak
from chain.headers import rlp
from chain.headers.header import BadHeader, Header, Sealed

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

SIZES: Mapping[str, int] = {
    **dict.fromkeys(("parentHash", "sha3Uncles", "stateRoot", "transactionsRoot", "receiptsRoot"), 32),
    **dict.fromkeys(("mixHash", "withdrawalsRoot", "parentBeaconBlockRoot", "requestsHash"), 32),
    **{"miner": 20, "logsBloom": 256, "nonce": 8},
}
TEXTS = frozenset({"extraData"})


def read_header(raw: bytes) -> Header:
    """Reads a header from its RLP and hashes it.

    Raises:
        BadHeader: an item is missing, too many, of another length or no canonical integer.
    """
    _, fields = read_fields(raw, FIELDS, LENGTHS, SIZES, TEXTS)
    check_no_ommers(fields)
    return header_of(fields, keccak(raw))


def read_fields(
    raw: bytes,
    names: Sequence[str],
    lengths: Sequence[int],
    sizes: Mapping[str, int],
    texts: frozenset[str],
) -> tuple[list[rlp.Item], dict[str, Any]]:
    """The items of a header, and the same by name: bytes of a size, bytes of any size, or integers.

    Raises:
        BadHeader: an item is missing, too many, of another length or no canonical integer.
    """
    try:
        items = rlp.decode_list(raw)
    except rlp.NotCanonical as error:
        raise BadHeader("encoding", "canonical RLP", error) from error
    if len(items) not in lengths:
        raise BadHeader("encoding", f"{' or '.join(map(str, lengths))} items", len(items))
    fields: dict[str, Any] = {}
    for name, item in zip(names, items, strict=False):
        try:
            if name in sizes:
                fields[name] = rlp.text(item, sizes[name])
            elif name in texts:
                fields[name] = rlp.text(item)
            else:
                fields[name] = rlp.integer(item)
        except rlp.NotCanonical as error:
            raise BadHeader(name, "canonical RLP", error, fields.get("number")) from error
    return items, fields


def check_no_ommers(fields: Mapping[str, Any]) -> None:
    """The block has no ommers.

    Raises:
        BadHeader: it has.
    """
    if fields["sha3Uncles"] != NO_OMMERS:
        raise BadHeader("sha3Uncles", NO_OMMERS, fields["sha3Uncles"], fields["number"])


def header_of(fields: Mapping[str, Any], digest: bytes, sealed: Sealed | None = None) -> Header:
    """A header from its fields and its hash."""
    return Header(
        hash=digest,
        parent=fields["parentHash"],
        number=fields["number"],
        timestamp=fields["timestamp"],
        gas_used=fields["gasUsed"],
        state_root=fields["stateRoot"],
        transactions_root=fields["transactionsRoot"],
        receipts_root=fields["receiptsRoot"],
        bloom=int.from_bytes(fields["logsBloom"], "big"),
        sealed=sealed,
    )


def encoded_header(fields: Mapping[str, Any]) -> bytes:
    """The RLP of a header from its JSON form, as many items as it has.

    Raises:
        KeyError: a field is missing that a later one needs.
    """
    last = max(number for number, name in enumerate(FIELDS) if fields.get(name) is not None)
    return encoded_fields(fields, FIELDS[: last + 1], SIZES, TEXTS)


def encoded_fields(
    fields: Mapping[str, Any], names: Sequence[str], sizes: Mapping[str, int], texts: frozenset[str]
) -> bytes:
    """The RLP of a list of named fields from their JSON form.

    Raises:
        KeyError: a field is missing.
    """
    items: list[rlp.Item] = []
    for name in names:
        value = fields[name][2:]
        if name in sizes or name in texts:
            items.append(bytes.fromhex(value))
        else:
            number = int(value, 16)
            items.append(number.to_bytes((number.bit_length() + 7) // 8, "big"))
    return rlp.encode(items)


def read_account(leaf: bytes) -> tuple[bytes, bytes]:
    """The storage root and the code hash of an account, from its leaf in the state trie.

    Raises:
        NotCanonical: the leaf is not of an account.
    """
    items = rlp.decode_list(leaf)
    if len(items) != 4:
        raise rlp.NotCanonical(f"an account of {len(items)} items")
    return rlp.text(items[2], 32), rlp.text(items[3], 32)
