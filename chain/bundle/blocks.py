"""One block on its own: everything that can be checked of it without knowing any other.

Blocks are checked by several processes; what the ledger's derivation needs of each comes back.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chain import events as ev
from chain.bundle.calls import Call, CallRefused, read_call
from chain.bundle.divergence import Divergence, Diverges, diverge
from chain.bundle.execution import Creation, read_creation
from chain.bundle.file import parsed, unhexed
from chain.bundle.finality import certified
from chain.bundle.signatures import Domains, SignedAcceptance
from chain.bundle.transport import travels
from chain.deployment import created_address
from chain.headers.codecs import CODECS, Codec
from chain.headers.header import BadHeader, Header, Sealed, Vote
from chain.headers.receipts import BadReceipt, Receipt
from chain.headers.transactions import BadTransaction, Transaction
from chain.headers.trie import ordered_root
from chain.headers.validators import Certificate
from chain.logs import UnknownLog, checksummed, decode_event
from chain.rules.state import IssueTerms, Leg, Quote, Statement, Terms

FIELDS = ["hash", "header", "transactions", "receipts"]
"""What a block's line has: its hash, and the encodings of header, transactions and receipts, in hex."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a block is checked against: contracts by address, the chain's id, domains of signatures.

    `codec` is the name of the engine's.
    """

    contract_of: Mapping[bytes, str]
    chain_id: int
    domains: Domains
    codec: str = "ethereum"


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction that concerns the ledger.

    `did` is the call of a contract or its creation; a rule's name where the contracts revert before any
    rule; None where the transaction goes elsewhere. `events` are the ledger's, each with its position in the
    block. `out_of_gas` says that a failed transaction used nearly all of its gas.
    """

    hash: bytes
    sender: str
    value: int
    did: Call | Creation | str | None
    succeeded: bool
    out_of_gas: bool
    events: tuple[tuple[int, str, ev.Event], ...]


@dataclass(frozen=True, slots=True)
class CheckedBlock:
    """A block whose contents are what its header says, and whose hash is still to be compared.

    So is its certificate with the validators before; it is None of engines that have none.
    """

    header: Header
    claimed_hash: bytes
    transactions: int
    entries: tuple[Entry, ...]
    certificate: Certificate | None = None


@dataclass(slots=True)
class Checked:
    """Blocks in order up to the first that diverges; `seconds` is the processor's time by what it was for."""

    blocks: list[CheckedBlock]
    divergence: Divergence | None
    seconds: dict[str, float]


for _record in (
    *(Call, Creation, Entry, Header, Sealed, Vote, Certificate, CheckedBlock),
    *(IssueTerms, Leg, Quote, SignedAcceptance, Statement, Terms),
):
    travels(_record)


def check_blocks(lines: Iterable[bytes], context: Context) -> Checked:
    """Checks blocks from their lines, in order."""
    seconds = dict.fromkeys(("reading", "certificates", "signatures", "receipts", "decoding"), 0.0)
    blocks: list[CheckedBlock] = []
    divergence = None
    clock, processor = time.perf_counter(), time.process_time()
    try:
        for line in lines:
            blocks.append(_check(line, context, seconds))
    except Diverges as found:
        divergence = found.divergence
    # The processor's time costs too much to ask a block, so stages share it as they share the clock's.
    share = (time.process_time() - processor) / (time.perf_counter() - clock)
    return Checked(blocks, divergence, {stage: spent * share for stage, spent in seconds.items()})


def _check(line: bytes, context: Context, seconds: dict[str, float]) -> CheckedBlock:
    started = time.perf_counter()
    codec = CODECS[context.codec]
    values = parsed(line)
    if list(values) != FIELDS:
        raise diverge("file", "block", FIELDS, list(values))
    claimed = unhexed(values["hash"], "hash")
    raw_transactions = _unhexed_list(values["transactions"], "transactions")
    raw_receipts = _unhexed_list(values["receipts"], "receipts")
    try:
        header = codec.read_header(unhexed(values["header"], "header"))
    except BadHeader as error:
        raise diverge("header", error.field, error.expected, error.got, error.block) from error
    if len(raw_transactions) != len(raw_receipts):
        raise diverge("receipt", "receipts", len(raw_transactions), len(raw_receipts), header.number)
    read_at = time.perf_counter()
    certificate = certified(header) if codec.counted else None
    certified_at = time.perf_counter()
    transactions = _transactions(header, raw_transactions, codec)
    signed_at = time.perf_counter()
    receipts = _receipts(header, raw_receipts, transactions, codec)
    received_at = time.perf_counter()
    entries = tuple(_entries(header, transactions, receipts, context))
    seconds["reading"] += read_at - started
    seconds["certificates"] += certified_at - read_at
    seconds["signatures"] += signed_at - certified_at
    seconds["receipts"] += received_at - signed_at
    seconds["decoding"] += time.perf_counter() - received_at
    return CheckedBlock(header, claimed, len(transactions), entries, certificate)


def _unhexed_list(values: Any, field: str) -> list[bytes]:
    if not isinstance(values, list):
        raise diverge("file", field, "a list", type(values).__name__)
    return [unhexed(value, field) for value in values]


def _transactions(header: Header, raw: Sequence[bytes], codec: Codec) -> list[Transaction]:
    found: list[Transaction] = []
    for number, each in enumerate(raw):
        try:
            found.append(codec.read_transaction(each))
        except BadTransaction as error:
            field = f"{number}.{error.field}"
            raise diverge("transaction", field, error.expected, error.got, header.number) from error
    root = ordered_root(raw)
    if root != header.transactions_root:
        raise diverge("transactions-root", "transactionsRoot", header.transactions_root, root, header.number)
    return found


def _receipts(
    header: Header, raw: Sequence[bytes], transactions: Sequence[Transaction], codec: Codec
) -> list[Receipt]:
    found: list[Receipt] = []
    gas, bloom = 0, 0
    for transaction, each in zip(transactions, raw, strict=True):
        at = (header.number, transaction.hash)
        try:
            receipt = codec.read_receipt(each, gas)
        except BadReceipt as error:
            raise diverge("receipt", error.field, error.expected, error.got, *at) from error
        if receipt.type not in (None, transaction.type):
            raise diverge("receipt", "type", transaction.type, receipt.type, *at)
        if transaction.readable and not gas < receipt.cumulative_gas <= gas + transaction.gas:
            allowed = f"more than {gas}, at most {gas + transaction.gas}"
            raise diverge("receipt", "cumulativeGasUsed", allowed, receipt.cumulative_gas, *at)
        if receipt.logs and not receipt.succeeded:
            raise diverge("receipt", "logs", "none of a failed transaction", len(receipt.logs), *at)
        gas, bloom = receipt.cumulative_gas, bloom | receipt.bloom
        found.append(receipt)
    root = ordered_root(raw)
    if root != header.receipts_root:
        raise diverge("receipts-root", "receiptsRoot", header.receipts_root, root, header.number)
    if bloom != header.bloom:
        raise diverge("header", "logsBloom", f"0x{bloom:0512x}", f"0x{header.bloom:0512x}", header.number)
    if gas != header.gas_used:
        raise diverge("header", "gasUsed", gas, header.gas_used, header.number)
    return found


def _entries(
    header: Header, transactions: Sequence[Transaction], receipts: Sequence[Receipt], context: Context
) -> Iterable[Entry]:
    """The transactions that go to the ledger's contracts, make them or have their log entries."""
    index, gas = 0, 0
    for transaction, receipt in zip(transactions, receipts, strict=True):
        events: list[tuple[int, str, ev.Event]] = []
        for log in receipt.logs:
            contract = context.contract_of.get(log.address)
            if contract is not None:
                try:
                    events.append((index, contract, decode_event(contract, log.topics, log.data)))
                except UnknownLog as error:
                    at = (header.number, transaction.hash, index)
                    raise diverge("log", contract, "an event of the contract", error, *at) from error
            index += 1
        did = _did(transaction, receipt, context)
        used, gas = receipt.cumulative_gas - gas, receipt.cumulative_gas
        if did is None and not events:
            continue
        if did is not None and transaction.chain_id != context.chain_id:
            named = "none" if transaction.chain_id is None else transaction.chain_id
            raise diverge("transaction", "chainId", context.chain_id, named, header.number, transaction.hash)
        yield Entry(
            hash=transaction.hash,
            sender=checksummed(transaction.sender),
            value=transaction.value,
            did=did,
            succeeded=receipt.succeeded,
            out_of_gas=not receipt.succeeded and (receipt.exhausted or 16 * used >= 15 * transaction.gas),
            events=tuple(events),
        )


def _did(transaction: Transaction, receipt: Receipt, context: Context) -> Call | Creation | str | None:
    """What a transaction asks of the ledger, as `Entry.did`."""
    if not transaction.readable:
        return None
    try:
        if transaction.to:
            contract = context.contract_of.get(transaction.to)
            return contract and read_call(contract, transaction.data, context.domains)
        if not receipt.succeeded:
            return None
        made = context.contract_of.get(created_address(transaction.sender, transaction.nonce))
        return made and read_creation(made, transaction.data)
    except CallRefused as refused:
        return refused.rule
