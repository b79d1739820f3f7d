"""Blocks of a BFT network for the read model: certified, and with exactly the events their headers commit to.

A node is not believed. A header must follow from the genesis with a certificate at each step
(`chain.headers`); a block whose bloom filter may hold a log of the ledger is asked for whole, and what its
receipts say is what its events must be. So a log that was altered, added, left out or moved is noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from chain.headers import CODECS, BadHeader, ValidatorSet
from chain.headers.check import follow_node, followed
from chain.headers.codecs import trusted_genesis
from chain.headers.node import Ask, NodeLied, RawBlock, fetch_blocks, fetch_headers
from chain.headers.receipts import BadReceipt
from chain.logs import LoggedEvent, UnknownLog, decode_event
from chain.readmodel.source import Block, Unsettled, may_hold
from chain.rpc import Rpc, RpcError

T = TypeVar("T")


class WrongGenesis(Exception):
    """A network is not the one that its operator names, or its genesis cannot be followed."""


@dataclass(frozen=True)
class Certificates:
    """A node's certificates, and the validators that its network was founded with.

    `contract_of` has the names of the ledger's contracts by their addresses, with checksum.
    """

    rpc: Rpc
    founding: ValidatorSet
    contract_of: Mapping[str, str] = field(repr=False)

    def reach(self, trusted: ValidatorSet, last: int) -> ValidatorSet:
        """The validators after a block, followed by certificates alone from those after an earlier one.

        Raises:
            NodeLied: a header does not follow, is not what it says, or has no valid certificate.
            Unsettled: the node does not have a block.
            NodeUnreachable: there is no answer.
        """
        return follow_node(_asker(self.rpc), trusted, last)

    def following(self, trusted: ValidatorSet, blocks: Sequence[Block]) -> Iterator[ValidatorSet]:
        """The validators after each of some blocks that follow a trusted one; a block is checked first.

        Raises:
            NodeLied: a block is not what its header commits to, or its header has no valid certificate.
            Unsettled, NodeUnreachable: as `reach`.
        """
        engine, ask = self.founding.consensus.engine, _asker(self.rpc)
        numbers = [block.header.number for block in blocks]
        concerned = [
            block.header.number
            for block in blocks
            if block.events or may_hold(block.header.bloom, self.contract_of)
        ]
        raws, lied = _until_a_lie(lambda some: fetch_headers(engine, ask, some), numbers)
        wholes, lied_too = _until_a_lie(lambda some: fetch_blocks(engine, ask, some), concerned)
        whole_of = {each.number: each for each in wholes}
        for block, raw in zip(blocks, raws, strict=False):
            number = block.header.number
            header = CODECS[engine].read_header(raw)
            trusted = followed(trusted, header, number)[0]
            _check_view(block, header.hash, header.timestamp, header.bloom)
            if number in concerned:
                if number not in whole_of:
                    raise lied_too or Unsettled(f"block {number} was not given whole")
                self._check_events(block, whole_of[number], header.hash)
            yield trusted
        if lied is not None:
            raise lied

    def _check_events(self, block: Block, whole: RawBlock, block_hash: bytes) -> None:
        number = block.header.number
        if whole.hash != block_hash:
            raise NodeLied("block", number, "hash", block_hash, whole.hash)
        try:
            expected = list(self._events(whole))
        except BadReceipt as error:
            raise NodeLied("block", number, error.field, error.expected, error.got) from error
        if len(block.events) != len(expected):
            raise NodeLied("eth_getLogs", number, "logs", f"{len(expected)} of the ledger", len(block.events))
        for given, wanted in zip(block.events, expected, strict=True):
            if given != wanted:
                raise NodeLied("eth_getLogs", number, f"log {given.log_index}", _place(wanted), _place(given))

    def _events(self, whole: RawBlock) -> Iterator[LoggedEvent]:
        """The ledger's events in a block, by its receipts.

        Raises:
            UnknownLog: a contract of the ledger logged what is none of its events.
        """
        codec = CODECS[self.founding.consensus.engine]
        by_address = {bytes.fromhex(address[2:]): name for address, name in self.contract_of.items()}
        gas = at = 0
        for raw, outcome in zip(whole.transactions, whole.receipts, strict=True):
            receipt = codec.read_receipt(outcome, gas)
            gas = receipt.cumulative_gas
            digest = ""
            for log in receipt.logs:
                contract = by_address.get(log.address)
                if contract is not None:
                    digest = digest or codec.transaction_hash(raw).hex()
                    try:
                        event = decode_event(contract, log.topics, log.data)
                    except UnknownLog as error:
                        raise UnknownLog(f"{contract} at block {whole.number}, log {at}: {error}") from error
                    yield LoggedEvent(event, contract, whole.number, digest, at)
                at += 1


def certificates_of(
    rpc: Rpc,
    engine: str,
    contract_of: Mapping[str, str],
    genesis: bytes | None = None,
    epoch: int | None = None,
) -> Certificates | None:
    """The certificates of a node's network; None of engines that have none.

    Args:
        rpc: the node.
        engine: the codec's name.
        contract_of: names of the contracts by their addresses, with checksum.
        genesis: hash of the network's genesis, as its members know it; without it the node's is believed.
        epoch: `epochlength` of a QBFT network's genesis.

    Raises:
        WrongGenesis: the node's genesis is another, cannot be followed, or the engine has no certificates
            though a genesis is named.
        NodeUnreachable: there is no answer.
    """
    if CODECS[engine].counted is None:
        if genesis is not None:
            raise WrongGenesis(
                f"{rpc.name}: is no node of a BFT network, so no genesis can be held against it"
            )
        return None
    try:
        (raw,) = fetch_headers(engine, _asker(rpc), [0])
        founding = trusted_genesis(engine, raw, epoch if engine == "qbft" else None)
    except (NodeLied, BadHeader, Unsettled, RpcError) as error:
        raise WrongGenesis(f"{rpc.name}: a genesis that cannot be followed: {error}") from error
    if genesis is not None and founding.hash != genesis:
        raise WrongGenesis(
            f"{rpc.name}: the network's genesis is 0x{founding.hash.hex()}, not 0x{genesis.hex()}"
        )
    return Certificates(rpc, founding, contract_of)


def _check_view(block: Block, block_hash: bytes, timestamp: int, bloom: int) -> None:
    """What a block's header said where its fields are not hashed."""
    seen = block.header
    given = {"hash": seen.hash, "timestamp": seen.time, "logsBloom": int.from_bytes(seen.bloom, "big")}
    for name, wanted in (("hash", block_hash), ("timestamp", timestamp), ("logsBloom", bloom)):
        if given[name] != wanted:
            raise NodeLied("eth_getBlockByNumber", seen.number, name, wanted, given[name])


def _place(logged: LoggedEvent) -> str:
    """An event as messages show it."""
    return f"{logged.event} in transaction 0x{logged.transaction}, log {logged.log_index}"


def _until_a_lie(
    fetch: Callable[[Sequence[int]], list[T]], numbers: Sequence[int]
) -> tuple[list[T], NodeLied | None]:
    """What is fetched for the blocks before the first that the node lies about, and the lie."""
    try:
        return (fetch(numbers) if numbers else []), None
    except NodeLied as lied:
        before = [number for number in numbers if number < lied.block]
        return (fetch(before) if before else []), lied


def _asker(rpc: Rpc) -> Ask:
    def ask(requests: list[tuple[str, list[Any]]]) -> list[Any]:
        answers = rpc.batch(requests)
        for (method, arguments), answer in zip(requests, answers, strict=True):
            if isinstance(answer, RpcError):
                raise answer
            if answer is None:
                raise Unsettled(f"{rpc.name}: {method} {arguments[0]}: nothing")
        return answers

    return ask
