"""Bundles as a BFT network gives them, made of a development engine's: the same ledger, its blocks sealed.

Blocks before the ledger's first are empty. On Kaia transactions, receipts and the contracts' accounts are
rewritten as that engine has them, and the last block's state root is that of these accounts.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak
from trie.hexary import HexaryTrie

from api.bench.sealing import EPOCH, SealedChain
from chain.bundle.file import BundleWriter
from chain.bundle.finality import headers_values
from chain.headers import rlp
from chain.headers.ethereum import read_header
from chain.headers.receipts import Log, bloom_of, read_receipt
from chain.headers.trie import ordered_root, proved
from tests.chain.sealed import chain_of

Lines = list[dict[str, Any]]
FOREIGN_GAS = 21_000
NODES = {"qbft": "besu", "kaia": "klaytn"}

Vote = Callable[[SealedChain], Any]
Foreign = tuple[str, tuple[Log, ...]]
"""A transaction of Kaia's own kinds, and its logs."""


def sealed_lines(
    lines: Lines,
    engine: str,
    chain: SealedChain | None = None,
    vote: Vote | None = None,
    foreign: Foreign | None = None,
) -> Lines:
    """The lines of a bundle with certificates, from those of one without (closing line left out).

    `vote` is asked for each block's vote; validators that are voted in or out are the caller's to follow. The
    last block of a Kaia network has `foreign` as well.
    """
    opening = lines[0]
    chain = chain or chain_of(engine)
    blocks = [dict(line) for line in lines if "header" in line]
    accounts = [dict(line) for line in lines if "account" in line]
    rest = [line for line in lines[1:] if "header" not in line and "account" not in line]
    first = read_header(bytes.fromhex(blocks[0]["header"]))
    before = [_added(chain, vote, timestamp=first.timestamp) for _ in range(first.number - 1)]
    state_root = None
    if engine == "kaia":
        last = read_header(bytes.fromhex(blocks[-1]["header"]))
        state_root = _kaia_accounts(accounts, opening["manifest"]["addresses"], last.state_root)
    for block in blocks:
        last_one = block is blocks[-1]
        _seal(chain, block, vote, state_root if last_one else None, foreign if last_one else None)
    consensus = {"engine": engine, "epoch": EPOCH, "genesis": chain.genesis.hex()}
    opening = {**opening, "engine": NODES[engine], "head": chain.hash.hex(), "consensus": consensus}
    return [opening, *([headers_values(before)] if before else []), *blocks, *accounts, *rest]


def written(path: Path, lines: Lines) -> Path:
    """The lines as a bundle."""
    with BundleWriter(path) as writer:
        for line in lines:
            writer.write(line)
    return path


def _added(chain: SealedChain, vote: Vote | None, **changed: Any) -> bytes:
    return chain.add(vote=vote(chain) if vote else None, **changed)


def _seal(
    chain: SealedChain,
    block: dict[str, Any],
    vote: Vote | None,
    state_root: bytes | None,
    foreign: Foreign | None,
) -> None:
    """The block under a header of the chain."""
    header = read_header(bytes.fromhex(block["header"]))
    bloom, gas = header.bloom, header.gas_used
    if chain.engine == "kaia":
        block["transactions"] = [("78" if raw[:2] < "80" else "") + raw for raw in block["transactions"]]
        block["receipts"] = [raw.hex() for raw in kaia_receipts(block["receipts"])]
    if foreign:
        raw, logs = foreign
        own = bloom_of(logs)
        bloom, gas = bloom | own, gas + FOREIGN_GAS
        listed: list[rlp.Item] = [[log.address, list(log.topics), log.data] for log in logs]
        receipt = rlp.encode([b"\1", FOREIGN_GAS.to_bytes(2, "big"), own.to_bytes(256, "big"), listed])
        block["transactions"].append(raw)
        block["receipts"].append(receipt.hex())
    roots = {
        f"{name}_root": ordered_root([bytes.fromhex(each) for each in block[name]])
        for name in ("transactions", "receipts")
    }
    sealed = _added(
        chain,
        vote,
        timestamp=header.timestamp,
        state_root=state_root or header.state_root,
        bloom=bloom.to_bytes(256, "big"),
        gas_used=gas,
        **roots,
    )
    block["header"], block["hash"] = sealed.hex(), chain.hash.hex()


def kaia_receipts(receipts: list[str]) -> list[bytes]:
    """Receipts as Kaia has them, from Ethereum's."""
    made, gas = [], 0
    for each in receipts:
        raw = bytes.fromhex(each)
        receipt = read_receipt(raw)
        items = rlp.decode_list(raw[1:] if receipt.type else raw)
        own = receipt.cumulative_gas - gas
        gas = receipt.cumulative_gas
        status = b"\1" if receipt.succeeded else b"\x09"
        made.append(rlp.encode([status, own.to_bytes((own.bit_length() + 7) // 8, "big"), *items[2:]]))
    return made


def _kaia_accounts(accounts: Lines, addresses: dict[str, str], state_root: bytes) -> bytes:
    """Gives the accounts leaves and proofs as Kaia has them; the root they are under."""
    trie: Any = HexaryTrie({})
    keys = {}
    for line in accounts:
        key = keys[line["account"]] = keccak(bytes.fromhex(addresses[line["account"]][2:]))
        leaf = proved(state_root, key, [bytes.fromhex(node) for node in line["proof"]])
        assert leaf is not None
        items = rlp.decode_list(leaf)
        common: list[rlp.Item] = [items[0], items[1], b"", b"\3", []]
        trie[key] = b"\2" + rlp.encode([common, items[2], items[3], b"\x10"])
    for line in accounts:
        nodes = trie.get_proof(keys[line["account"]])
        line["proof"] = [rlp.encode(list(node)).hex() for node in nodes]
    return bytes(trie.root_hash)
