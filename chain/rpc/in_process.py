"""The embedded engine behind the same port, so that what is tested on it runs on any node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from web3 import HTTPProvider
from web3.exceptions import BlockNotFound, TransactionNotFound

from chain.engines import Engine, logs_of
from chain.rpc.http import HttpRpc
from chain.rpc.port import Call, Rpc, RpcError

METHOD_NOT_FOUND = -32601


class InProcessRpc:
    """The few methods that reading a log needs, of a chain in this process."""

    def __init__(self, engine: Engine) -> None:
        """Speaks to the engine under its lock."""
        self._engine = engine

    @property
    def name(self) -> str:
        """The engine's name."""
        return self._engine.name

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The result of each call in its place; an `RpcError` stands where the engine refused one."""
        with self._engine.lock:
            return [self._answer(method, arguments) for method, arguments in calls]

    def _answer(self, method: str, arguments: list[Any]) -> Any:
        eth = self._engine.w3.eth
        try:
            match method:
                case "eth_blockNumber":
                    return hex(eth.block_number)
                case "eth_getBlockByNumber":
                    at = arguments[0]
                    return _json(eth.get_block(int(at, 16) if at.startswith("0x") else at, arguments[1]))
                case "eth_getLogs":
                    asked = arguments[0]
                    first, last = int(asked["fromBlock"], 16), int(asked["toBlock"], 16)
                    return _json(logs_of(self._engine, asked["address"], first, last))
                case "eth_getTransactionReceipt":
                    return _json(eth.get_transaction_receipt(arguments[0]))
        except (BlockNotFound, TransactionNotFound):
            return None
        except Exception as error:  # py-evm and eth-tester share no base class for what they refuse
            return RpcError(method, -32000, f"{type(error).__name__}: {error}")
        return RpcError(method, METHOD_NOT_FOUND, "the method does not exist")


def rpc_of(engine: Engine) -> Rpc:
    """An engine's node, for raw JSON-RPC."""
    provider = engine.w3.provider
    if isinstance(provider, HTTPProvider):
        return HttpRpc(str(provider.endpoint_uri))
    return InProcessRpc(engine)


def _json(value: Any) -> Any:
    """A web3 value as a node writes it: numbers and bytes in hex."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return hex(value)
    if isinstance(value, bytes | bytearray):
        return "0x" + bytes(value).hex()
    if isinstance(value, Mapping):
        return {key: _json(each) for key, each in value.items()}
    return [_json(each) for each in value]
