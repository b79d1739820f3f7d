"""Where an export reads a chain from: a node by JSON-RPC, or the machine in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from trie.hexary import HexaryTrie
from web3 import Web3
from web3.types import RPCEndpoint

from chain.engines import Engine
from chain.hashing import keccak
from chain.headers import rlp
from chain.headers.asking import BATCH, NoAnswer, ask
from chain.headers.codecs import codec_name
from chain.headers.node import NodeLied, RawBlock, fetch_blocks, fetch_headers

SLOTS = 1000
"""Words proved by one request."""


class ExportFailed(Exception):
    """The node gives something that cannot be what its own hashes say; nothing can be proved from it."""


class Source(Protocol):
    """A chain to export from."""

    def head(self) -> int:
        """Number of the last block."""
        ...

    def blocks(self, first: int, last: int) -> Iterator[RawBlock]:
        """Blocks in order."""
        ...

    def headers(self, first: int, last: int) -> Iterator[bytes]:
        """Headers alone, in order."""
        ...

    def code(self, address: str, block: int) -> bytes:
        """A contract's runtime code."""
        ...

    def proof(self, address: str, block: int) -> list[bytes] | None:
        """The nodes from the block's state root down to an account; None if the engine proves nothing."""
        ...

    def words(self, address: str, slots: Sequence[int], block: int) -> list[int]:
        """Storage words of a contract."""
        ...

    def nodes(self, address: str, slots: Sequence[int], block: int) -> set[bytes] | None:
        """The nodes that prove the words one by one, of an engine whose tries keep words of value zero."""
        ...


def source_of(engine: Engine) -> Source:
    """The source for an engine."""
    if engine.name == "embedded":
        controls: Any = engine.controls
        return EmbeddedSource(controls.tester.backend.chain)
    return RpcSource(engine.w3, keeps_zeros=engine.name == "anvil", codec=codec_name(engine.name))


@dataclass(frozen=True, slots=True)
class RpcSource:
    """A node by JSON-RPC: blocks in its engine's form, receipts by block or one by one, `eth_getProof`."""

    w3: Web3
    keeps_zeros: bool = False
    codec: str = "ethereum"

    def head(self) -> int:
        """Number of the last block."""
        return int(self._ask([("eth_blockNumber", [])])[0], 16)

    def blocks(self, first: int, last: int) -> Iterator[RawBlock]:
        """Blocks in order, their encodings rebuilt from the node's fields and compared with its hashes.

        Raises:
            ExportFailed: what the node gives does not hash to what the node says.
        """
        by_block = self._knows("eth_getBlockReceipts", [hex(first)])
        for low in range(first, last + 1, BATCH):
            numbers = range(low, min(low + BATCH, last + 1))
            try:
                yield from fetch_blocks(self.codec, self._ask, numbers, by_block)
            except NodeLied as error:
                raise ExportFailed(str(error)) from error

    def headers(self, first: int, last: int) -> Iterator[bytes]:
        """Headers alone, in order.

        Raises:
            ExportFailed: one does not hash to what the node says.
        """
        for low in range(first, last + 1, BATCH):
            try:
                yield from fetch_headers(self.codec, self._ask, range(low, min(low + BATCH, last + 1)))
            except NodeLied as error:
                raise ExportFailed(str(error)) from error

    def code(self, address: str, block: int) -> bytes:
        """A contract's runtime code."""
        return _hex(self._ask([("eth_getCode", [address, hex(block)])])[0])

    def proof(self, address: str, block: int) -> list[bytes] | None:
        """The nodes of `eth_getProof` (EIP-1186), or None of a node that does not have it."""
        arguments = [address, [], hex(block)]
        if not self._knows("eth_getProof", arguments):
            return None
        return [_hex(node) for node in self._ask([("eth_getProof", arguments)])[0]["accountProof"]]

    def words(self, address: str, slots: Sequence[int], block: int) -> list[int]:
        """Storage words of a contract."""
        asked = [("eth_getStorageAt", [address, f"0x{slot:064x}", hex(block)]) for slot in slots]
        return [int(word.removeprefix("0x") or "0", 16) for word in self._ask(asked)]

    def nodes(self, address: str, slots: Sequence[int], block: int) -> set[bytes] | None:
        """The nodes that prove the words one by one, of anvil only."""
        if not self.keeps_zeros:
            return None
        pages = [list(slots[at : at + SLOTS]) for at in range(0, len(slots), SLOTS)]
        found: set[bytes] = set()
        for page in pages:
            keys = [f"0x{slot:064x}" for slot in page]
            (answer,) = self._ask([("eth_getProof", [address, keys, hex(block)])])
            found.update(_hex(node) for each in answer["storageProof"] for node in each["proof"])
        return found

    def _knows(self, method: str, arguments: list[Any]) -> bool:
        return self.w3.provider.make_request(RPCEndpoint(method), arguments).get("result") is not None

    def _ask(self, requests: list[tuple[str, list[Any]]]) -> list[Any]:
        try:
            return ask(self.w3, requests)
        except NoAnswer as error:
            raise ExportFailed(str(error)) from error


@dataclass(frozen=True, slots=True)
class EmbeddedSource:
    """The chain of py-evm, whose database has every block and every node of the state."""

    chain: Any

    def head(self) -> int:
        """Number of the last block."""
        return int(self.chain.get_canonical_head().block_number)

    def blocks(self, first: int, last: int) -> Iterator[RawBlock]:
        """Blocks in order, as the machine encodes them."""
        for number in range(first, last + 1):
            block = self.chain.get_canonical_block_by_number(number)
            yield RawBlock(
                number=number,
                hash=bytes(block.hash),
                timestamp=block.header.timestamp,
                header=rlp.encode(list(type(block.header).serialize(block.header))),
                transactions=tuple(each.encode() for each in block.transactions),
                receipts=tuple(each.encode() for each in block.get_receipts(self.chain.chaindb)),
            )

    def headers(self, first: int, last: int) -> Iterator[bytes]:
        """Headers alone, in order."""
        return (block.header for block in self.blocks(first, last))

    def code(self, address: str, block: int) -> bytes:
        """A contract's runtime code."""
        account = self._account(address, block)
        return bytes(self.chain.chaindb.db[account[3]]) if account else b""

    def proof(self, address: str, block: int) -> list[bytes] | None:
        """The nodes from the block's state root down to an account."""
        state: Any = self._state(block)
        return [rlp.encode(list(node)) for node in state.get_proof(keccak(_hex(address)))]

    def words(self, address: str, slots: Sequence[int], block: int) -> list[int]:
        """Storage words of a contract."""
        account = self._account(address, block)
        if account is None:
            return [0 for _ in slots]
        storage = HexaryTrie(self.chain.chaindb.db, account[2])
        found = (storage.get(keccak(slot.to_bytes(32, "big"))) for slot in slots)
        return [rlp.integer(rlp.decode(word)) if word else 0 for word in found]

    def nodes(self, *_: object) -> set[bytes] | None:
        """None: the trie has no words of value zero."""
        return None

    def _state(self, block: int) -> HexaryTrie:
        header = self.chain.get_canonical_block_header_by_number(block)
        return HexaryTrie(self.chain.chaindb.db, header.state_root)

    def _account(self, address: str, block: int) -> list[bytes] | None:
        leaf = self._state(block).get(keccak(_hex(address)))
        return [rlp.text(item) for item in rlp.decode_list(leaf)] if leaf else None


def _hex(value: str) -> bytes:
    return bytes.fromhex(value[2:])
