"""Exporting a bundle from a node that is trusted for nothing: what it says is verified by whoever reads it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from chain.artifacts import CONTRACTS
from chain.bundle.derivations import empty_ledger
from chain.bundle.file import BundleWriter
from chain.bundle.opening import Opening, opening_values
from chain.bundle.receipts import BadReceipt, read_receipt
from chain.bundle.sources import RawBlock, source_of
from chain.bundle.state import PAGE, account_values, page_values
from chain.deployment import Manifest, check_deployment
from chain.derivation import Derivation, Diverged
from chain.engines import Engine
from chain.logs import LoggedEvent, UnknownLog, decode_event
from chain.replay import Progress
from chain.storage import Word, expected_words


def export_bundle(
    engine: Engine, manifest: Manifest, path: Path, progress: Progress | None = None
) -> Opening:
    """Writes everything an auditor needs into one file: blocks from the deployment to the head, and the state.

    The ledger is derived on the way, to know which storage words to ask for. A log that the rules refuse ends
    that, not the export: the bundle then shows it to whoever verifies it.

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
        opening = Opening(engine.name, manifest, manifest.block, last, head.hash.hex())
        with BundleWriter(path) as writer:
            writer.write(opening_values(opening))
            derivation: Derivation | None = Derivation(empty_ledger(manifest))
            for block in source.blocks(manifest.block, last):
                told("exporting blocks", block.number - manifest.block, last - manifest.block + 1)
                writer.write(block_values(block))
                derivation = derivation and _derived(derivation, block, manifest)
            for name in CONTRACTS:
                address = manifest.addresses[name]
                writer.write(account_values(name, source.code(address, last), source.proof(address, last)))
            words = expected_words(derivation.ledger) if derivation else iter(())
            for page in _pages(words):
                contract = page[0].contract
                told("exporting storage", CONTRACTS.index(contract), len(CONTRACTS))
                slots = [word.slot for word in page]
                values = source.words(manifest.addresses[contract], slots, last)
                writer.write(page_values(contract, list(zip(slots, values, strict=True))))
    return opening


def block_values(block: RawBlock) -> dict[str, object]:
    """The line of a block."""
    return {
        "hash": block.hash.hex(),
        "header": block.header.hex(),
        "transactions": [each.hex() for each in block.transactions],
        "receipts": [each.hex() for each in block.receipts],
    }


def _derived(derivation: Derivation, block: RawBlock, manifest: Manifest) -> Derivation | None:
    """The derivation after a block; None once the log is not what the rules would have written."""
    contract_of = {bytes.fromhex(a[2:]): name for name, a in manifest.addresses.items()}
    index = 0
    try:
        for number, raw in enumerate(block.receipts):
            for log in read_receipt(raw).logs:
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
