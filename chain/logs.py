"""Log entries of the contracts as the ledger's events."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak
from web3.types import LogReceipt

from chain import events
from chain.artifacts import CONTRACTS, artifact
from chain.naming import python_name, python_value


class UnknownLog(Exception):
    """A log entry of one of the ledger's contracts that none of its events explains."""


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
    cls: type[events.Event]
    fields: tuple[tuple[str, str, bool], ...]  # name, ABI type, indexed


@cache
def _decoders() -> dict[tuple[str, bytes], _Decoder]:
    found: dict[tuple[str, bytes], _Decoder] = {}
    for name in CONTRACTS:
        for entry in artifact(name).abi:
            cls = getattr(events, entry["name"], None) if entry["type"] == "event" else None
            if cls is None:
                continue
            fields = tuple((python_name(a["name"]), a["type"], a["indexed"]) for a in entry["inputs"])
            signature = f"{entry['name']}({','.join(f[1] for f in fields)})"
            found[(name, keccak(signature.encode()))] = _Decoder(cls, fields)
    return found


def decode_log(contract: str, log: LogReceipt) -> LoggedEvent:
    """Decodes one entry logged by the named contract.

    Raises:
        UnknownLog: the entry's topic or data are not those of any event of the contract.
    """
    where = f"{contract} at block {log['blockNumber']}, log {log['logIndex']}"
    topics = [bytes(topic) for topic in log["topics"]]
    decoder = _decoders().get((contract, topics[0])) if topics else None
    if decoder is None:
        raise UnknownLog(f"{where}: no event has this topic")
    indexed = [f for f in decoder.fields if f[2]]
    plain = [f for f in decoder.fields if not f[2]]
    if len(indexed) != len(topics) - 1:
        raise UnknownLog(f"{where}: {len(topics) - 1} indexed arguments, {len(indexed)} expected")
    try:
        values: dict[str, Any] = {
            f[0]: decode([f[1]], topic)[0] for f, topic in zip(indexed, topics[1:], strict=True)
        }
        values |= dict(
            zip((f[0] for f in plain), decode([f[1] for f in plain], bytes(log["data"])), strict=True)
        )
    except DecodingError as error:
        raise UnknownLog(f"{where}: {error}") from error
    arguments = {f[0]: python_value(f[1], values[f[0]]) for f in decoder.fields}
    return LoggedEvent(
        event=decoder.cls(**arguments),
        contract=contract,
        block=log["blockNumber"],
        transaction=bytes(log["transactionHash"]).hex(),
        log_index=log["logIndex"],
    )
