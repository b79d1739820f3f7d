"""Captures what a real network of Kaia nodes made, for tests that need no network.

`python -m tests.chain.kaia_capture` starts four validators and a fifth node, lets them run transactions of
every kind, kills one until a round changes, votes the fifth in and out again, and writes vectors/kaia.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from chain.headers import CODECS, Header, certify, rlp
from chain.headers.kaia import ADD, REMOVE, encoded_header
from tests.chain.kaia_network import CHAIN_ID, Network, Node, kaia_network

VECTORS = Path(__file__).parent / "vectors" / "kaia" / "network.json.gz"

KEEPER = bytes.fromhex(
    "601c80600b6000396000f336600857600080fd5b6020356000358181559060005260206000a100",
)
"""Creation code of a contract that keeps and logs a word: slot and value are its calldata, none reverts."""

SENDERS = tuple(Account.from_key(keccak(text=f"counterfoil capture {number}")) for number in range(4))
SLOTS = (0, 1, 2**255)


def main() -> None:
    """Captures and writes."""
    with tempfile.TemporaryDirectory() as folder, kaia_network(Path(folder), spare=1) as network:
        captured = _captured(network)
    VECTORS.parent.mkdir(parents=True, exist_ok=True)
    packed = gzip.compress(json.dumps(captured, separators=(",", ":")).encode(), mtime=0)
    VECTORS.write_bytes(packed)
    sys.stdout.write(f"{VECTORS}: {len(captured['headers'])} headers, {len(packed):,} bytes\n")


def _captured(network: Network) -> dict[str, Any]:
    first, *others = network.nodes
    contract = deployed(first)
    written = [
        write(network, contract, slot, value) for slot, value in ((0, 7), (1, 8), (2**255, 2**256 - 1))
    ]
    crowded = many_at_once(network, contract)
    before = first.head()
    write(network, contract, 1, 0)

    dead = others[2]
    network.kill(dead)
    turned = _round_changed(network)
    network.start(dead)
    network.wait(first.head(), dead)

    fifth = network.nodes[4]
    for node in network.nodes[:3]:
        node.vote(ADD, fifth.address)
    joined = _validators_are(network, 5)
    for node in network.nodes[:4]:
        node.vote(REMOVE, fifth.address)
    left = _validators_are(network, 4)
    network.wait(left + 3)

    last = first.head()
    numbers = sorted({*written, *crowded, first.head()})
    return {
        "client": first.ask("web3_clientVersion"),
        "validators": ["0x" + node.address.hex() for node in network.nodes],
        "turned": turned,
        "joined": joined,
        "left": left,
        "header": first.ask("kaia_getHeaderByNumber", hex(1)),
        "headers": [
            encoded_header(first.ask("kaia_getHeaderByNumber", hex(n))).hex() for n in range(last + 1)
        ],
        "hashes": [first.ask("kaia_getHeaderByNumber", hex(number))["hash"] for number in range(last + 1)],
        "council": [first.ask("istanbul_getValidators", hex(number)) for number in range(last + 1)],
        "blocks": {number: _block(first, number) for number in numbers},
        "contract": contract,
        "proofs": {number: _proof(first, contract, number) for number in (before, last)},
    }


def _block(node: Node, number: int) -> dict[str, Any]:
    hashes = node.ask("kaia_getBlockByNumber", hex(number), False)["transactions"]
    return {
        "hashes": hashes,
        "transactions": [node.ask("kaia_getRawTransactionByHash", each) for each in hashes],
        "receipts": [
            {
                name: receipt.get(name)
                for name in ("status", "txError", "gasUsed", "logsBloom", "logs", "from")
            }
            for receipt in node.ask("kaia_getBlockReceipts", hex(number))
        ],
    }


def _proof(node: Node, contract: str, number: int) -> Any:
    return node.ask("eth_getProof", contract, [f"0x{slot:064x}" for slot in SLOTS], hex(number))


def deployed(node: Node) -> str:
    raw = _signed(0, 0, {"data": KEEPER, "gas": 1_000_000, "gasPrice": 0})
    receipt = _receipt(node, node.ask("eth_sendRawTransaction", raw))
    return to_checksum_address(receipt["contractAddress"])


def write(network: Network, contract: str, slot: int, value: int) -> int:
    """Writes a word; the number of the block that has it."""
    node = network.nodes[0]
    nonce = _nonce(node, 0)
    data = slot.to_bytes(32, "big") + value.to_bytes(32, "big")
    raw = _signed(0, nonce, {"to": contract, "data": data, "gas": 200_000, "gasPrice": 0})
    return int(_receipt(node, node.ask("eth_sendRawTransaction", raw))["blockNumber"], 16)


def many_at_once(network: Network, contract: str) -> set[int]:
    """Transactions of each type, one that reverts and one that runs out of gas."""
    node = network.nodes[0]
    free = {"maxFeePerGas": 0, "maxPriorityFeePerGas": 0, "to": contract}
    word = bytes(31) + b"\5" + bytes(31) + b"\6"
    access = [{"address": contract, "storageKeys": ["0x" + "00" * 32]}]
    kinds: list[dict[str, Any]] = [
        {**free, "data": word, "gas": 200_000},
        {"type": 1, "to": contract, "data": word, "gas": 200_000, "gasPrice": 0, "accessList": access},
        {"to": contract, "data": word, "gas": 200_000, "gasPrice": 0},
        {**free, "data": b"", "gas": 200_000},
        {**free, "data": bytes(31) + b"\7" + bytes(31) + b"\6", "gas": 30_000},
    ]
    first = {sender: _nonce(node, sender) for sender in (1, 2)}
    hashes = [
        node.ask("eth_sendRawTransaction", _signed(sender, nonce, fields))
        for sender in (1, 2)
        for nonce, fields in enumerate(kinds, first[sender])
    ]
    return {int(_receipt(node, each)["blockNumber"], 16) for each in hashes}


def value_transfer(network: Network) -> tuple[int, str]:
    """A transaction of a type that is Kaia's own, which moves nothing: its block's number, and its hash.

    Source: Kaia 1.0.3, `blockchain/types/tx_internal_data_value_transfer.go` (type 8).
    """
    node, sender = network.nodes[0], SENDERS[3]
    own = bytes.fromhex(sender.address[2:])
    nonce = _nonce(node, 3)
    fields: list[rlp.Item] = [*_minimal(nonce, 0, 100_000), own, b"", own]
    body = rlp.encode([b"\x08", *fields])
    signed = sender.unsafe_sign_hash(keccak(rlp.encode([body, *_minimal(CHAIN_ID, 0, 0)])))
    raw = b"\x08" + rlp.encode([*fields, [_minimal(signed.v - 27 + 2 * CHAIN_ID + 35, signed.r, signed.s)]])
    digest = node.ask("kaia_sendRawTransaction", "0x" + raw.hex())
    return int(_receipt(node, digest)["blockNumber"], 16), digest


def _minimal(*numbers: int) -> list[rlp.Item]:
    return [number.to_bytes((number.bit_length() + 7) // 8, "big") for number in numbers]


def _nonce(node: Node, sender: int) -> int:
    return int(node.ask("eth_getTransactionCount", SENDERS[sender].address, "latest"), 16)


def _signed(sender: int, nonce: int, fields: dict[str, Any]) -> str:
    signed = SENDERS[sender].sign_transaction({"nonce": nonce, "chainId": CHAIN_ID, "value": 0, **fields})
    return "0x" + bytes(signed.raw_transaction).hex()


def _receipt(node: Node, digest: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    def there() -> bool:
        receipt = node.ask("eth_getTransactionReceipt", digest)
        found.extend([receipt] if receipt else [])
        return bool(found)

    network_of = Network([node], 1)
    network_of.until(there, f"transaction {digest}")
    return found[0]


def _header(node: Node, number: int) -> Header:
    return CODECS["kaia"].read_header(encoded_header(node.ask("kaia_getHeaderByNumber", hex(number))))


def _round_changed(network: Network) -> int:
    """The first block from now on that was not made in its first round."""
    node = network.nodes[0]
    number = node.head()
    while certify(_header(node, number)).round == 0:
        number += 1
        network.wait(number)
    return number


def _validators_are(network: Network, count: int) -> int:
    """The first block from now on that lists so many validators."""
    node = network.nodes[0]
    number = node.head()
    while len(certify(_header(node, number)).validators) != count:
        number += 1
        network.wait(number)
    return number


if __name__ == "__main__":
    main()
