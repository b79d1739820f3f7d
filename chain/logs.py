"""Log entries of the contracts as the ledger's events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from chain import events
from chain.artifacts import CONTRACTS, artifact
from chain.hashing import keccak
from chain.naming import python_name, python_value

if TYPE_CHECKING:
    from web3.types import LogReceipt

WordReader = Callable[[bytes], Any]
"""From the 32 bytes of a value to the value as the records hold it."""


class UnknownLog(Exception):
    """A log entry of one of the ledger's contracts that none of its events explains."""


class BadWord(ValueError):
    """32 bytes that no value of the type is encoded as."""


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event and where it stands: block, transaction, position in the block."""

    event: events.Event
    contract: str
    block: int
    transaction: str
    log_index: int


@dataclass(frozen=True, slots=True)
class _Decoder:
    """How an event is read: one word each of topics, and the data, then put in the order of the class."""

    cls: type[events.Event]
    topics: tuple[WordReader, ...]
    data: Callable[[bytes], tuple[Any, ...]]
    order: tuple[int, ...]


@cache
def _decoders() -> dict[tuple[str, bytes], _Decoder]:
    found: dict[tuple[str, bytes], _Decoder] = {}
    for name in CONTRACTS:
        for entry in artifact(name).abi:
            cls = getattr(events, entry["name"], None) if entry["type"] == "event" else None
            if cls is None:
                continue
            inputs = entry["inputs"]
            signature = f"{entry['name']}({','.join(a['type'] for a in inputs)})"
            indexed = [a for a in inputs if a["indexed"]]
            plain = [a for a in inputs if not a["indexed"]]
            read = [python_name(a["name"]) for a in (*indexed, *plain)]
            found[(name, keccak(signature.encode()))] = _Decoder(
                cls,
                tuple(word_reader(a["type"]) for a in indexed),
                _data_reader([a["type"] for a in plain]),
                tuple(read.index(each.name) for each in fields(cls)),
            )
    return found


def decode_event(contract: str, topics: Sequence[bytes], data: bytes) -> events.Event:
    """Decodes what the named contract logged.

    Raises:
        UnknownLog: the topics or the data are not those of any event of the contract.
    """
    decoder = _decoders().get((contract, topics[0])) if topics else None
    if decoder is None:
        raise UnknownLog("no event has this topic")
    if len(decoder.topics) != len(topics) - 1:
        raise UnknownLog(f"{len(topics) - 1} indexed arguments, {len(decoder.topics)} expected")
    try:
        values = [read(topic) for read, topic in zip(decoder.topics, topics[1:], strict=True)]
        values += decoder.data(data)
    except BadWord as error:
        raise UnknownLog(str(error)) from error
    return decoder.cls(*(values[at] for at in decoder.order))


def decode_log(contract: str, log: LogReceipt) -> LoggedEvent:
    """Decodes one entry logged by the named contract.

    Raises:
        UnknownLog: the entry's topic or data are not those of any event of the contract.
    """
    try:
        event = decode_event(contract, [bytes(topic) for topic in log["topics"]], bytes(log["data"]))
    except UnknownLog as error:
        where = f"{contract} at block {log['blockNumber']}, log {log['logIndex']}"
        raise UnknownLog(f"{where}: {error}") from error
    return LoggedEvent(
        event=event,
        contract=contract,
        block=log["blockNumber"],
        transaction=bytes(log["transactionHash"]).hex(),
        log_index=log["logIndex"],
    )


def _data_reader(types: list[str]) -> Callable[[bytes], tuple[Any, ...]]:
    """Reads the data of an event whose arguments beside the indexed ones are of these types."""
    if "string" in types:
        return lambda data: _with_text(types, data)
    readers = tuple(map(word_reader, types))

    def read(data: bytes) -> tuple[Any, ...]:
        if len(data) != 32 * len(readers):
            raise BadWord(f"{len(data)} bytes of data, {32 * len(readers)} expected")
        return tuple(each(data[32 * at : 32 * at + 32]) for at, each in enumerate(readers))

    return read


def _with_text(types: list[str], data: bytes) -> tuple[Any, ...]:
    """Values some of which are text, encoded in the one way that contracts encode them.

    No contract checks that text is UTF-8: bytes that are not come as surrogates (PEP 383).
    """
    on_the_wire = ["bytes" if each == "string" else each for each in types]
    try:
        values = decode(on_the_wire, data)
    except DecodingError as error:
        raise BadWord(f"{len(data)} bytes of data are not {','.join(types)}: {error}") from error
    if encode(on_the_wire, values) != data:
        raise BadWord(f"{len(data)} bytes of data are not {','.join(types)} as contracts encode them")
    return tuple(
        text_of(value) if each == "string" else python_value(each, value)
        for each, value in zip(types, values, strict=True)
    )


def text_of(data: bytes) -> str:
    """Text of a contract: UTF-8, and any byte that is not of it as a surrogate (PEP 383)."""
    return data.decode("utf-8", "surrogateescape")


@cache
def word_reader(abi_type: str) -> WordReader:
    """Reads values of a one-word type (Solidity ABI specification, "Formal Specification of the Encoding").

    Raises:
        TypeError: the type has more than one word or is not used by the contracts.
    """
    if abi_type == "bytes32":
        return bytes
    if abi_type == "address":
        return _read_address
    if abi_type == "bool":
        return _read_bool
    if abi_type.startswith("uint") and abi_type[4:].isdigit():
        bits = int(abi_type[4:])

        def read(word: bytes) -> int:
            value = int.from_bytes(word, "big")
            if value >> bits:
                raise BadWord(f"0x{word.hex()} is no {abi_type}")
            return value

        return read
    raise TypeError(f"{abi_type} is not of one word")


@lru_cache(maxsize=65536)
def checksummed(address: bytes) -> str:
    """An address of 20 bytes as the records hold it (EIP-55)."""
    return to_checksum_address(address)


def _read_address(word: bytes) -> str:
    if any(word[:12]):
        raise BadWord(f"0x{word.hex()} is no address")
    return checksummed(word[12:])


def _read_bool(word: bytes) -> bool:
    if word[31] > 1 or any(word[:31]):
        raise BadWord(f"0x{word.hex()} is no bool")
    return bool(word[31])
