"""Raw JSON-RPC, for where thousands of calls count: many calls in one request, values as the node sent them.

web3 stays what contracts are called with. Its batches refuse `eth_sendRawTransaction`, and its formatters
cost more than the node's answer.
"""

from chain.rpc.blocks import Header, MissingBlock, head_number, read_header, read_headers
from chain.rpc.http import HttpRpc
from chain.rpc.in_process import InProcessRpc, rpc_of
from chain.rpc.port import Call, NodeUnreachable, Rpc, RpcError, call

__all__ = [
    "Call",
    "Header",
    "HttpRpc",
    "InProcessRpc",
    "MissingBlock",
    "NodeUnreachable",
    "Rpc",
    "RpcError",
    "call",
    "head_number",
    "read_header",
    "read_headers",
    "rpc_of",
]
