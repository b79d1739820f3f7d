"""Exporting a bundle from a node that nobody has to trust: whoever reads the bundle verifies what it says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from chain.artifacts import CONTRACTS
from chain.bundle.divergence import Diverges
from chain.bundle.file import BundleWriter, line_of
from chain.bundle.finality import PAGE as HEADERS_PAGE
from chain.bundle.finality import consensus_values, headers_values
from chain.bundle.opening import Opening, opening_values
from chain.bundle.sources import ExportFailed, Source, source_of
from chain.bundle.state import PAGE, Account, account_values, nodes_values, page_values, read_account
from chain.deployment import Manifest, check_deployment, empty_ledger
from chain.derivation import Derivation, Diverged
from chain.engines import Engine
from chain.headers import BadHeader, qbft
from chain.headers.codecs import CODECS, codec_name, trusted_genesis
from chain.headers.node import RawBlock
from chain.headers.receipts import BadReceipt
from chain.headers.trie import storage_root
from chain.logs import LoggedEvent, UnknownLog, decode_event
from chain.progress import Progress
from chain.storage import Word, expected_words

T = TypeVar("T")


def export_bundle(
    engine: Engine,
    manifest: Manifest,
    path: Path,
    progress: Progress | None = None,
    epoch: int = qbft.EPOCH,
) -> Opening:
    """Writes everything an auditor needs into one file: the blocks from the deployment on, and the state.

    The ledger is derived on the way, to know which storage words to ask for. A log that the rules refuse ends
    that, not the export: the bundle then shows it to whoever verifies it. Of a BFT network the headers from
    the genesis on are written, so that the validators can be followed from there.

    Args:
        engine: The node.
        manifest: The ledger's deployment manifest.
        path: The file to write.
        progress: Told of each step.
        epoch: `epochlength` of a QBFT network's genesis; other engines' headers say it or have none.

    Returns:
        What the bundle says it is.

    Raises:
        WrongChain: the chain does not hold the ledger of the manifest.
        ExportFailed: the node's answers do not hash to what the node says they are.
    """
    told = progress or (lambda *_: None)
    with engine.lock:
        check_deployment(engine, manifest)
        source = source_of(engine)
        last = source.head()
        (head,) = source.blocks(last, last)
        consensus = _consensus(source, engine.name, epoch)
        opening = Opening(engine.name, manifest, manifest.block, last, head.hash.hex(), consensus)
        with BundleWriter(path) as writer:
            writer.write(opening_values(opening))
            if consensus:
                _write_headers(writer, source, manifest.block - 1, told)
            derivation: Derivation | None = Derivation(empty_ledger(manifest))
            for block in source.blocks(manifest.block, last):
                told("exporting blocks", block.number - manifest.block, last - manifest.block + 1)
                writer.write(block_values(block))
                derivation = derivation and _derived(derivation, block, manifest, opening.codec)
            accounts = _write_accounts(writer, source, opening)
            words: dict[str, list[tuple[int, int]]] = {name: [] for name in CONTRACTS}
            for page in _pages(expected_words(derivation.ledger) if derivation else iter(())):
                contract = page[0].contract
                told("exporting storage", CONTRACTS.index(contract), len(CONTRACTS))
                slots = [word.slot for word in page]
                values = source.words(manifest.addresses[contract], slots, last)
                words[contract] += zip(slots, values, strict=True)
            _write_storage(writer, source, manifest, last, words, accounts)
    return opening


def _consensus(source: Source, engine: str, epoch: int) -> dict[str, Any] | None:
    """The consensus of a BFT network, as an opening has it; None of a development node."""
    codec = codec_name(engine)
    if not CODECS[codec].counted:
        return None
    (genesis,) = source.headers(0, 0)
    try:
        trusted = trusted_genesis(codec, genesis, epoch if codec == "qbft" else None)
    except BadHeader as error:
        raise ExportFailed(f"a genesis that cannot be followed: {error}") from error
    return consensus_values(trusted, genesis)


def _write_headers(writer: BundleWriter, source: Source, last: int, told: Progress) -> None:
    """Writes the headers between the genesis and the ledger's first block, alone."""
    page: list[bytes] = []
    for number, header in enumerate(source.headers(1, last), 1):
        page.append(header)
        if len(page) == HEADERS_PAGE or number == last:
            told("exporting headers", number, last)
            writer.write(headers_values(page))
            page = []


def _write_accounts(writer: BundleWriter, source: Source, opening: Opening) -> dict[str, Account]:
    """Writes the accounts; those that are as they must be are returned."""
    accounts: dict[str, Account] = {}
    manifest, block = opening.manifest, opening.last
    (head,) = source.blocks(block, block)
    state_root = CODECS[opening.codec].read_header(head.header).state_root
    for name in CONTRACTS:
        address = manifest.addresses[name]
        values = account_values(name, source.code(address, block), source.proof(address, block))
        writer.write(values)
        with suppress(Diverges):
            accounts[name] = read_account(line_of(values), name, manifest, state_root, opening.codec)
    return accounts


def _write_storage(
    writer: BundleWriter,
    source: Source,
    manifest: Manifest,
    block: int,
    words: dict[str, list[tuple[int, int]]],
    accounts: dict[str, Account],
) -> None:
    """Writes the words, after the nodes that prove them where the words alone do not."""
    for name, own in words.items():
        account = accounts.get(name)
        if account and account.storage_root not in (None, storage_root(own)):
            nodes = source.nodes(manifest.addresses[name], [slot for slot, _ in own], block)
            for page in batched(sorted(nodes or ()), PAGE):
                writer.write(nodes_values(name, page))
    for name, own in words.items():
        for words_page in batched(own, PAGE):
            writer.write(page_values(name, words_page))


def batched(items: list[T], size: int) -> Iterator[list[T]]:
    """The items in lists of a size, the last one shorter."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def block_values(block: RawBlock) -> dict[str, object]:
    """The line of a block."""
    return {
        "hash": block.hash.hex(),
        "header": block.header.hex(),
        "transactions": [each.hex() for each in block.transactions],
        "receipts": [each.hex() for each in block.receipts],
    }


def _derived(derivation: Derivation, block: RawBlock, manifest: Manifest, codec: str) -> Derivation | None:
    """The derivation after a block; None once the log is not what the rules would have written."""
    contract_of = {bytes.fromhex(a[2:]): name for name, a in manifest.addresses.items()}
    index = 0
    try:
        for number, raw in enumerate(block.receipts):
            for log in CODECS[codec].read_receipt(raw, 0).logs:
                contract = contract_of.get(log.address)
                if contract is not None:
                    event = decode_event(contract, log.topics, log.data)
                    transaction = f"{block.number}.{number}"
                    at = LoggedEvent(event, contract, block.number, transaction, index)
                    derivation.take(at, block.timestamp)
                index += 1
    except (Diverged, UnknownLog, BadReceipt):
        return None
    return derivation


def _pages(words: Iterator[Word]) -> Iterator[list[Word]]:
    """Words of one contract each, in their order."""
    for _, own in groupby(words, key=lambda word: word.contract):
        page: list[Word] = []
        for word in own:
            page.append(word)
            if len(page) == PAGE:
                yield page
                page = []
        if page:
            yield page
