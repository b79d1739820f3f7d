"""The node behind the ledger: in this process, or by URL."""

from __future__ import annotations

import ast
import re
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from eth_tester import EthereumTester, PyEVMBackend
from eth_tester.exceptions import TransactionFailed
from eth_typing import BlockNumber
from eth_utils.address import to_canonical_address, to_checksum_address
from hexbytes import HexBytes
from web3 import HTTPProvider, Web3
from web3.exceptions import ContractLogicError, Web3Exception
from web3.providers.eth_tester import EthereumTesterProvider
from web3.types import BlockIdentifier, LogReceipt, RPCEndpoint

from chain.revert import refusal_of

if TYPE_CHECKING:
    from web3.contract.contract import ContractFunction
    from web3.types import TxReceipt

    from chain.signing import Signer

# py-evm raises the limit a hundredfold when imported, which lets deeply nested JSON overflow the C stack. The
# ledger's calls nest two deep and need nothing of it.
sys.setrecursionlimit(1_000)


class EngineUnreachable(Exception):
    """No node answers at the URL."""


class DevelopmentControls(Protocol):
    """What a development node allows and a real one never does."""

    def advance_to(self, timestamp: int) -> None:
        """Lets the next block have this time, in seconds since 1970 (UTC)."""
        ...

    def set_storage(self, address: str, slot: int, word: int) -> None:
        """Overwrites a storage word without any transaction."""
        ...


class Delivery(Protocol):
    """Another way for calls to reach the chain than straight to the node."""

    def deliver(self, engine: Engine, signer: Signer, function: ContractFunction) -> TxReceipt:
        """Sends a call and waits for its receipt; raises as `chain.sending.send` does."""
        ...


@dataclass(frozen=True)
class Engine:
    """A node that runs the contracts. `controls` is there on development nodes only.

    `lock` makes check-and-send of one process one step: the embedded engine is not safe for threads, and a
    nonce is read before it is used. `delivery` is how calls are sent, None for straight to the node.
    """

    name: str
    w3: Web3
    controls: DevelopmentControls | None
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)
    delivery: Delivery | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class _EmbeddedControls:
    tester: EthereumTester

    def advance_to(self, timestamp: int) -> None:
        self.tester.time_travel(timestamp)

    def set_storage(self, address: str, slot: int, word: int) -> None:
        chain = self.tester.backend.chain
        state = chain.get_vm().state
        state.set_storage(to_canonical_address(address), slot, word)
        state.persist()
        chain.header = chain.header.copy(state_root=state.make_state_root())
        self.tester.mine_block()


@dataclass(frozen=True)
class _RpcControls:
    w3: Web3
    set_time: str
    set_word: str
    mine: str

    def _request(self, method: str, *arguments: Any) -> None:
        answer = self.w3.provider.make_request(RPCEndpoint(method), list(arguments))
        if "error" in answer:
            raise Web3Exception(f"{method}: {answer['error']}")

    def advance_to(self, timestamp: int) -> None:
        self._request(self.set_time, timestamp)
        self._request(self.mine)

    def set_storage(self, address: str, slot: int, word: int) -> None:
        self._request(self.set_word, address, hex(slot), f"0x{word:064x}")


@dataclass(frozen=True)
class _GanacheControls(_RpcControls):
    def advance_to(self, timestamp: int) -> None:
        self._request(self.set_time, timestamp * 1000)
        self._request(self.mine)


def embedded() -> Engine:
    """A fresh chain in this process's memory; it ends with the process."""
    tester = EthereumTester(PyEVMBackend())
    return Engine("embedded", Web3(EthereumTesterProvider(tester)), _EmbeddedControls(tester))


def connect(url: str) -> Engine:
    """A node by its JSON-RPC URL.

    Raises:
        EngineUnreachable: no node answers there.
    """
    w3 = Web3(HTTPProvider(url, request_kwargs={"timeout": 30}))
    try:
        version = w3.client_version
    except Exception as error:
        raise EngineUnreachable(f"no Ethereum node answers at {url}") from error
    name = re.split(r"[/ ]", version)[0].lower()
    controls: DevelopmentControls | None = None
    if name == "anvil":
        controls = _RpcControls(w3, "evm_setNextBlockTimestamp", "anvil_setStorageAt", "evm_mine")
    elif name == "ganache":
        controls = _GanacheControls(w3, "evm_setTime", "evm_setAccountStorageAt", "evm_mine")
    return Engine(name, w3, controls)


def engine_for(chain: str) -> Engine:
    """`embedded`, or the node at a URL."""
    return embedded() if chain == "embedded" else connect(chain)


def now(engine: Engine) -> int:
    """Time of the latest block, in seconds since 1970 (UTC)."""
    return engine.w3.eth.get_block("latest")["timestamp"]


def storage_at(engine: Engine, address: str, slot: int, block: int) -> int:
    """A storage word as a number, as of a block."""
    # eth-tester understands no block number here; nothing else writes to a chain in this process.
    at: BlockIdentifier = "latest" if engine.name == "embedded" else block
    word = engine.w3.eth.get_storage_at(engine.w3.to_checksum_address(address), slot, at)
    return int.from_bytes(word, "big")


def logs_of(engine: Engine, addresses: Iterable[str], first: int, last: int) -> list[LogReceipt]:
    """What contracts logged in some blocks, first and last included, in the order of the log."""
    w3 = engine.w3
    if isinstance(engine.controls, _EmbeddedControls):
        return list(_embedded_logs(engine.controls.tester.backend.chain, frozenset(addresses), first, last))
    found: list[LogReceipt] = []
    # One address a query: not every engine takes a list of them.
    for address in addresses:
        found += w3.eth.get_logs(
            {"address": w3.to_checksum_address(address), "fromBlock": first, "toBlock": last}
        )
    return sorted(found, key=lambda log: (log["blockNumber"], log["logIndex"]))


def _embedded_logs(chain: Any, addresses: frozenset[str], first: int, last: int) -> Iterator[LogReceipt]:
    """From the machine's own receipts: eth-tester looks for each transaction in every block."""
    wanted = {to_canonical_address(address): to_checksum_address(address) for address in addresses}
    for number in range(first, last + 1):
        block = chain.get_canonical_block_by_number(number)
        position = 0
        receipts = block.get_receipts(chain.chaindb) if block.transactions else ()
        for index, (transaction, receipt) in enumerate(zip(block.transactions, receipts, strict=True)):
            for log in receipt.logs:
                if log.address in wanted:
                    yield LogReceipt(
                        address=wanted[log.address],
                        blockHash=HexBytes(block.hash),
                        blockNumber=BlockNumber(number),
                        data=HexBytes(log.data),
                        logIndex=position,
                        removed=False,
                        topics=[HexBytes(topic.to_bytes(32, "big")) for topic in log.topics],
                        transactionHash=HexBytes(transaction.hash),
                        transactionIndex=index,
                    )
                position += 1


def gas_price(engine: Engine) -> int:
    """What a transaction bids, in wei a gas: twice the base fee, which may rise before it is included.

    Not the node's own suggestion: that follows what others bid, and on a chain of our own those are we.
    """
    base_fee = engine.w3.eth.get_block("latest").get("baseFeePerGas")
    return 2 * base_fee if base_fee is not None else engine.w3.eth.gas_price


def fund(engine: Engine, address: str) -> None:
    """Gives an account gas money from the node's own accounts, where gas costs anything."""
    w3 = engine.w3
    if gas_price(engine) == 0 or w3.eth.get_balance(w3.to_checksum_address(address)):
        return
    transaction = w3.eth.send_transaction(
        {"from": w3.eth.accounts[0], "to": w3.to_checksum_address(address), "value": w3.to_wei(1, "ether")}
    )
    w3.eth.wait_for_transaction_receipt(transaction)


def refusal_in(error: Exception) -> Exception:
    """What a node's error about a reverted call means; the error itself if it is about something else."""
    if isinstance(error, TransactionFailed):
        found = re.fullmatch(r"execution reverted: (b(['\"]).*\2)", str(error), re.DOTALL)
        return refusal_of(ast.literal_eval(found[1]) if found else b"")
    if isinstance(error, ContractLogicError):
        data = error.data if isinstance(error.data, str) and error.data.startswith("0x") else "0x"
        return refusal_of(bytes.fromhex(data[2:]))
    return error
