"""A node that may lie: everything it answers is held against headers that enough validators sealed.

    trusted = kaia.genesis(raw)                             # from somewhere that is not the node
    trusted = follow_node(ask, trusted, 1_000)              # certificates of blocks 1 to 1,000
    block, trusted = check_next(ask, trusted)               # block 1,001: header, transactions, receipts
    check_logs(ask, block, address)                         # what eth_getLogs says of it
    words = check_storage(ask, codec, block.header, address, slots)

`NodeLied` names the method that lied, the block, the field, and both values. What cannot be seen from one
node is that it hides its newest blocks; ask another for its height.

Sources: Ethereum execution-apis, `eth_getLogs`, `eth_getTransactionReceipt`; EIP-1186 (`eth_getProof`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chain.hashing import keccak
from chain.headers import rlp
from chain.headers.codecs import CODECS, follow
from chain.headers.equivocation import Equivocation, first_equivocation
from chain.headers.header import BadHeader, Header, shown
from chain.headers.node import Ask, NodeLied, fetch_blocks, fetch_headers, unhexed
from chain.headers.receipts import BadReceipt, Log, Receipt
from chain.headers.transactions import BadTransaction, Transaction
from chain.headers.trie import NotProved, proved
from chain.headers.validators import Certificate, ValidatorSet, certify

PAGE = 100
"""Headers asked for at once."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block with its certificate, of which every part has been checked."""

    header: Header
    certificate: Certificate
    transactions: tuple[Transaction, ...]
    receipts: tuple[Receipt, ...]


def follow_node(ask: Ask, trusted: ValidatorSet, last: int) -> ValidatorSet:
    """Follows a node's headers from a trusted block to another; the validators after that one.

    Raises:
        NodeLied: a header does not follow, is not what it says, or has no valid certificate.
    """
    engine = trusted.consensus.engine
    for first in range(trusted.block + 1, last + 1, PAGE):
        numbers = range(first, min(first + PAGE, last + 1))
        for number, raw in zip(numbers, fetch_headers(engine, ask, numbers), strict=True):
            trusted = followed(trusted, CODECS[engine].read_header(raw), number)[0]
    return trusted


def compare_nodes(ask: Ask, other: Ask, trusted: ValidatorSet, last: int) -> Equivocation | None:
    """Whether two nodes have final blocks of one height that are not the same: evidence if so.

    Raises:
        NodeLied: a header of either does not follow, or has no valid certificate.
    """
    engine = trusted.consensus.engine

    def headers(of: Ask) -> Iterator[bytes]:
        for first in range(trusted.block + 1, last + 1, PAGE):
            yield from fetch_headers(engine, of, range(first, min(first + PAGE, last + 1)))

    try:
        return first_equivocation(trusted, headers(ask), headers(other))
    except BadHeader as error:
        raise NodeLied("headers", error.block or 0, error.field, error.expected, error.got) from error


def followed(trusted: ValidatorSet, header: Header, number: int) -> tuple[ValidatorSet, Header, Certificate]:
    """The validators after the block that follows a trusted one, with its header and its certificate.

    Raises:
        NodeLied: the header does not follow, or has no valid certificate.
    """
    method = "kaia_getHeaderByNumber" if trusted.consensus.engine == "kaia" else "eth_getBlockByNumber"
    try:
        certificate = certify(header)
        return follow(trusted, header, certificate), header, certificate
    except BadHeader as error:
        raise NodeLied(method, number, error.field, error.expected, error.got) from error


def check_next(ask: Ask, trusted: ValidatorSet) -> tuple[Block, ValidatorSet]:
    """The block after a trusted one with everything in it, and the validators after it.

    Raises:
        NodeLied: anything of it is not what its header commits to, or its header has no valid certificate.
    """
    engine, number = trusted.consensus.engine, trusted.block + 1
    codec = CODECS[engine]
    (raw,) = fetch_blocks(engine, ask, [number])
    after, header, certificate = followed(trusted, codec.read_header(raw.header), number)
    receipts: list[Receipt] = []
    gas = 0
    try:
        transactions = tuple(map(codec.read_transaction, raw.transactions))
        for each in raw.receipts:
            receipts.append(codec.read_receipt(each, gas))
            gas = receipts[-1].cumulative_gas
    except (BadTransaction, BadReceipt) as error:
        raise NodeLied("block", number, error.field, error.expected, error.got) from error
    return Block(header, certificate, transactions, tuple(receipts)), after


def check_logs(ask: Ask, block: Block, address: bytes | None = None) -> tuple[Log, ...]:
    """Compares what `eth_getLogs` says of a block, and of one contract, with the block's receipts.

    Raises:
        NodeLied: a log is altered, left out, added or out of place.
    """
    number = block.header.number
    asked: dict[str, Any] = {"fromBlock": hex(number), "toBlock": hex(number)}
    (given,) = ask([("eth_getLogs", [asked | ({"address": shown(address)} if address else {})])])
    expected = [each for each in _logs(block) if address in (None, unhexed(each["address"]))]
    _compare("eth_getLogs", number, "logs", expected, given)
    logs = (log for receipt in block.receipts for log in receipt.logs)
    return tuple(log for log in logs if address in (None, log.address))


def check_receipt(ask: Ask, block: Block, place: int) -> Receipt:
    """Compares what `eth_getTransactionReceipt` says of a transaction with the block's receipts.

    Args:
        ask: Sends requests.
        block: The checked block.
        place: The transaction's place in the block, from 0.

    Raises:
        NodeLied: status, gas or a log is another.
    """
    method, number = "eth_getTransactionReceipt", block.header.number
    transaction, receipt = block.transactions[place], block.receipts[place]
    (given,) = ask([(method, [shown(transaction.hash)])])
    before = block.receipts[place - 1].cumulative_gas if place else 0
    expected = {
        "blockHash": shown(block.header.hash),
        "transactionIndex": hex(place),
        "status": hex(receipt.succeeded),
        "gasUsed": hex(receipt.cumulative_gas - before),
    }
    for field, value in expected.items():
        if given.get(field) != value:
            raise NodeLied(method, number, field, value, given.get(field))
    own = [each for each in _logs(block) if each["transactionIndex"] == hex(place)]
    _compare(method, number, "logs", own, given.get("logs"))
    return receipt


def check_storage(ask: Ask, codec: str, header: Header, address: bytes, slots: Sequence[int]) -> list[int]:
    """Words of a contract at a block, proved under its state root, and compared with `eth_getStorageAt`.

    Args:
        ask: Sends requests.
        codec: The engine's codec, by name.
        header: The block's header, trusted.
        address: The contract, 20 bytes.
        slots: Which words.

    Raises:
        NodeLied: a proof proves nothing, or a word is another than the one proved.
    """
    number, at = header.number, hex(header.number)
    keys = [f"0x{slot:064x}" for slot in slots]
    (proof,) = ask([("eth_getProof", [shown(address), keys, at])])
    root, _ = _account(codec, header, address, proof)
    words = []
    for place, (slot, given) in enumerate(zip(slots, proof["storageProof"], strict=True)):
        field = f"storageProof[{place}]"
        try:
            nodes = [unhexed(node) for node in given["proof"]]
            found = proved(root, keccak(slot.to_bytes(32, "big")), nodes)
            words.append(rlp.integer(rlp.decode(found)) if found else 0)
        except (NotProved, rlp.NotCanonical, ValueError) as error:
            raise NodeLied("eth_getProof", number, field, "a proof of the word", error) from error
        if int(given["value"], 16) != words[-1]:
            raise NodeLied("eth_getProof", number, f"{field}.value", hex(words[-1]), given["value"])
    stored = ask([("eth_getStorageAt", [shown(address), key, at]) for key in keys])
    for slot, word, given in zip(slots, words, stored, strict=True):
        if int(given, 16) != word:
            raise NodeLied("eth_getStorageAt", number, f"slot {slot:#x}", hex(word), given)
    return words


def check_code(ask: Ask, codec: str, header: Header, address: bytes) -> bytes:
    """A contract's runtime code at a block, whose hash is proved under its state root.

    Raises:
        NodeLied: the proof proves nothing, or the code is another.
    """
    at = hex(header.number)
    proof, code = ask([("eth_getProof", [shown(address), [], at]), ("eth_getCode", [shown(address), at])])
    _, code_hash = _account(codec, header, address, proof)
    if keccak(unhexed(code)) != code_hash:
        raise NodeLied("eth_getCode", header.number, "code", code_hash, keccak(unhexed(code)))
    return unhexed(code)


def _account(codec: str, header: Header, address: bytes, proof: Any) -> tuple[bytes, bytes]:
    """Storage root and code hash of a contract, proved."""
    try:
        nodes = [unhexed(node) for node in proof["accountProof"]]
        leaf = proved(header.state_root, keccak(address), nodes)
        if leaf is None:
            raise NotProved("there is no such account")
        return CODECS[codec].read_account(leaf)
    except (NotProved, rlp.NotCanonical, KeyError, TypeError, ValueError) as error:
        expected = "a proof under the state root"
        raise NodeLied("eth_getProof", header.number, "accountProof", expected, error) from error


def _logs(block: Block) -> list[dict[str, Any]]:
    """The logs of a block as JSON has them."""
    found: list[dict[str, Any]] = []
    for place, (transaction, receipt) in enumerate(zip(block.transactions, block.receipts, strict=True)):
        for log in receipt.logs:
            found.append(
                {
                    "address": shown(log.address),
                    "topics": [shown(topic) for topic in log.topics],
                    "data": shown(log.data),
                    "blockHash": shown(block.header.hash),
                    "transactionHash": shown(transaction.hash),
                    "transactionIndex": hex(place),
                    "logIndex": hex(len(found)),
                }
            )
    return found


def _compare(method: str, number: int, field: str, expected: list[dict[str, Any]], given: Any) -> None:
    if not isinstance(given, list) or len(given) != len(expected):
        got = len(given) if isinstance(given, list) else given
        raise NodeLied(method, number, field, f"{len(expected)} entries", got)
    for place, (one, other) in enumerate(zip(expected, given, strict=True)):
        for name, value in one.items():
            if other.get(name) != value:
                raise NodeLied(method, number, f"{field}[{place}].{name}", value, other.get(name))
