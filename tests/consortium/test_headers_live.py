"""On a real network of four Kaia validators: a lying node is caught, a ledger's bundle is final offline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from web3 import HTTPProvider, Web3

from api.bench.ledger import bench_ledger
from api.bench.lying_proxy import Lie, Proxy, lying_proxy
from api.cli import app
from chain.bundle import ExportFailed, prove_voucher, report_page, verify_bundle
from chain.bundle.sources import source_of
from chain.deployment import write_manifest
from chain.engines import connect
from chain.headers import ValidatorSet, kaia
from chain.headers.asking import NoAnswer, asker
from chain.headers.check import (
    Block,
    check_code,
    check_logs,
    check_next,
    check_receipt,
    check_storage,
    follow_node,
)
from chain.headers.node import Ask, NodeLied
from chain.replay import replay
from tests.chain.kaia_capture import deployed, many_at_once, value_transfer, write
from tests.chain.kaia_network import Network, kaia_network

pytestmark = pytest.mark.consortium


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with kaia_network(tmp_path_factory.mktemp("kaia")) as running:
        yield running


@pytest.fixture(scope="module")
def contract(network: Network) -> str:
    return deployed(network.nodes[0])


@pytest.fixture(scope="module")
def crowded(network: Network, contract: str) -> int:
    """A block with ten transactions, most with a log, that wrote a word; the lying node has it as well."""
    while len(numbers := many_at_once(network, contract)) > 1:
        pass
    (number,) = numbers
    network.wait(number, network.nodes[1])
    return number


@pytest.fixture
def proxy(network: Network) -> Iterator[Proxy]:
    network.check_running(network.nodes[1])
    with lying_proxy(network.nodes[1].url) as running:
        yield running


@pytest.fixture
def ask(proxy: Proxy) -> Ask:
    return asker(Web3(HTTPProvider(proxy.url)))


@pytest.fixture(scope="module")
def genesis(network: Network) -> ValidatorSet:
    """What is trusted: the genesis, from another node than the one that lies."""
    return kaia.genesis(kaia.encoded_header(network.nodes[0].ask("kaia_getHeaderByNumber", "0x0")))


@pytest.fixture
def trusted(ask: Ask, genesis: ValidatorSet, crowded: int) -> ValidatorSet:
    """The validators after the block before the crowded one."""
    return follow_node(ask, genesis, crowded - 1)


@pytest.fixture
def block(ask: Ask, trusted: ValidatorSet) -> Block:
    """The crowded block, checked while the proxy still tells the truth."""
    return check_next(ask, trusted)[0]


def address(contract: str) -> bytes:
    return bytes.fromhex(contract[2:])


def test_a_node_that_tells_the_truth_passes_every_check(
    ask: Ask, trusted: ValidatorSet, block: Block, contract: str
) -> None:
    after = check_next(ask, trusted)[1]

    assert (after.block, after.hash) == (block.header.number, block.header.hash)
    assert len(block.transactions) == 10
    assert len(check_logs(ask, block)) == len(check_logs(ask, block, address(contract))) == 6
    receipts = [check_receipt(ask, block, place) for place in range(10)]
    assert sum(receipt.succeeded for receipt in receipts) == 6
    assert check_storage(ask, "kaia", block.header, address(contract), [5, 6]) == [6, 0]
    assert len(check_code(ask, "kaia", block.header, address(contract))) == 28


def altered(path: tuple[str | int, ...], value: Any) -> Lie:
    """Answers with one value changed."""

    def lie(_: list[Any], result: Any) -> Any:
        at = result
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
        return result

    return lie


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stateRoot", "0x" + "11" * 32),
        ("gasUsed", "0x1"),
        ("timestamp", "0x1"),
        ("reward", "0x" + "22" * 20),
        ("number", "0x1"),
        ("extraData", "0x"),
        ("voteData", "0x01"),
    ],
)
def test_an_altered_header_is_caught(
    ask: Ask, trusted: ValidatorSet, proxy: Proxy, field: str, value: str
) -> None:
    proxy.lies["kaia_getHeaderByNumber"] = altered((field,), value)

    with pytest.raises(NodeLied) as lied:
        check_next(ask, trusted)

    assert (lied.value.method, lied.value.block) == ("kaia_getHeaderByNumber", trusted.block + 1)


def test_a_header_that_hashes_to_what_the_node_says_is_caught_by_its_seals(
    ask: Ask, trusted: ValidatorSet, proxy: Proxy
) -> None:
    def lie(_: list[Any], result: Any) -> Any:
        result["stateRoot"] = "0x" + "11" * 32
        header = kaia.read_header(kaia.encoded_header(result))
        return {**result, "hash": "0x" + header.hash.hex()}

    proxy.lies["kaia_getHeaderByNumber"] = lie

    with pytest.raises(NodeLied) as lied:
        follow_node(ask, trusted, trusted.block + 1)

    assert lied.value.field in ("proposer", "seals[0]")


def test_a_dropped_transaction_is_caught(ask: Ask, trusted: ValidatorSet, proxy: Proxy) -> None:
    proxy.lies["kaia_getBlockReceipts"] = lambda _, result: result[1:]

    with pytest.raises(NodeLied) as lied:
        check_next(ask, trusted)

    assert (lied.value.method, lied.value.field) == ("kaia_getBlockReceipts", "transactionsRoot")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("nonce", "0x77"),
        ("input", "0x"),
        ("to", "0x" + "22" * 20),
        ("signatures", [{"V": "0x0", "R": "0x1", "S": "0x1"}]),
        ("transactionHash", "0x" + "33" * 32),
    ],
)
def test_an_altered_transaction_is_caught(
    ask: Ask, trusted: ValidatorSet, proxy: Proxy, field: str, value: Any
) -> None:
    proxy.lies["kaia_getBlockReceipts"] = altered((0, field), value)

    with pytest.raises(NodeLied) as lied:
        check_next(ask, trusted)

    assert (lied.value.method, lied.value.field) == ("kaia_getBlockReceipts", "transactions[0].hash")


def test_a_transaction_without_signature_is_caught(ask: Ask, trusted: ValidatorSet, proxy: Proxy) -> None:
    proxy.lies["kaia_getBlockReceipts"] = altered((0, "signatures"), [])

    with pytest.raises(NodeLied, match="kaia_getBlockReceipts: fields"):
        check_next(ask, trusted)


def test_transactions_put_in_each_others_place_are_caught(
    ask: Ask, trusted: ValidatorSet, proxy: Proxy
) -> None:
    proxy.lies["kaia_getBlockReceipts"] = lambda _, result: [result[1], result[0], *result[2:]]

    with pytest.raises(NodeLied) as lied:
        check_next(ask, trusted)

    assert lied.value.field == "transactionsRoot"


def test_a_transaction_of_the_engines_own_type_is_checked_as_the_block_has_it(
    ask: Ask, network: Network, proxy: Proxy, genesis: ValidatorSet
) -> None:
    number, digest = value_transfer(network)
    network.wait(number, network.nodes[1])

    block, _ = check_next(ask, follow_node(ask, genesis, number - 1))

    assert [(each.hash.hex(), each.readable) for each in block.transactions] == [(digest[2:], False)]
    raw = network.nodes[0].ask("kaia_getRawTransactionByHash", digest)
    proxy.lies["kaia_getRawTransactionByHash"] = lambda *_: raw[:-2] + f"{int(raw[-2:], 16) ^ 1:02x}"
    with pytest.raises(NodeLied, match="kaia_getBlockReceipts: transactionsRoot"):
        check_next(ask, follow_node(ask, genesis, number - 1))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((0, "gasUsed"), "0x1"),
        ((0, "status"), "0x0"),
        ((0, "logs", 0, "data"), "0x" + "11" * 32),
        ((0, "logs", 0, "topics"), []),
        ((0, "logs"), []),
        ((3, "txError"), "0x7"),
        ((0, "logsBloom"), "0x"),
    ],
)
def test_an_altered_receipt_is_caught(
    ask: Ask, trusted: ValidatorSet, proxy: Proxy, path: tuple[str | int, ...], value: Any
) -> None:
    proxy.lies["kaia_getBlockReceipts"] = altered(path, value)

    with pytest.raises(NodeLied) as lied:
        check_next(ask, trusted)

    assert (lied.value.method, lied.value.field) == ("kaia_getBlockReceipts", "receiptsRoot")


@pytest.mark.parametrize(
    ("lie", "field"),
    [
        (altered((0, "data"), "0x" + "11" * 32), "logs[0].data"),
        (altered((2, "topics"), []), "logs[2].topics"),
        (altered((1, "address"), "0x" + "22" * 20), "logs[1].address"),
        (altered((0, "transactionHash"), "0x" + "33" * 32), "logs[0].transactionHash"),
        (altered((0, "blockHash"), "0x" + "33" * 32), "logs[0].blockHash"),
        (lambda _, result: result[:-1], "logs"),
        (lambda _, result: [*result, result[0]], "logs"),
        (lambda _, result: result[::-1], "logs[0].transactionHash"),
    ],
)
def test_altered_logs_are_caught(ask: Ask, proxy: Proxy, block: Block, lie: Lie, field: str) -> None:
    proxy.lies["eth_getLogs"] = lie

    with pytest.raises(NodeLied) as lied:
        check_logs(ask, block)

    assert (lied.value.method, lied.value.field) == ("eth_getLogs", field)


@pytest.mark.parametrize(
    ("lie", "field"),
    [
        (altered(("status",), "0x0"), "status"),
        (altered(("gasUsed",), "0x1"), "gasUsed"),
        (altered(("logs",), []), "logs"),
        (altered(("logs", 0, "data"), "0x"), "logs[0].data"),
        (altered(("blockHash",), "0x" + "11" * 32), "blockHash"),
    ],
)
def test_an_altered_receipt_of_one_transaction_is_caught(
    ask: Ask, proxy: Proxy, block: Block, lie: Lie, field: str
) -> None:
    proxy.lies["eth_getTransactionReceipt"] = lie

    with pytest.raises(NodeLied) as lied:
        check_receipt(ask, block, 0)

    assert (lied.value.method, lied.value.field) == ("eth_getTransactionReceipt", field)


def test_an_altered_storage_word_is_caught(ask: Ask, proxy: Proxy, block: Block, contract: str) -> None:
    proxy.lies["eth_getStorageAt"] = lambda *_: "0x" + "0" * 63 + "7"

    with pytest.raises(NodeLied) as lied:
        check_storage(ask, "kaia", block.header, address(contract), [5])

    assert (lied.value.method, lied.value.field) == ("eth_getStorageAt", "slot 0x5")
    assert lied.value.expected == "0x6"


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("storageProof", 0, "value"), "0x7", "storageProof[0].value"),
        (("storageProof", 0, "proof"), [], "storageProof[0]"),
        (("accountProof",), [], "accountProof"),
        (("accountProof", 0), "0xc0", "accountProof"),
    ],
)
def test_an_altered_proof_is_caught(
    ask: Ask, proxy: Proxy, block: Block, contract: str, path: tuple[str | int, ...], value: Any, field: str
) -> None:
    proxy.lies["eth_getProof"] = altered(path, value)

    with pytest.raises(NodeLied) as lied:
        check_storage(ask, "kaia", block.header, address(contract), [5])

    assert (lied.value.method, lied.value.field) == ("eth_getProof", field)


def test_words_of_another_block_are_caught(
    ask: Ask, network: Network, proxy: Proxy, block: Block, contract: str
) -> None:
    """A node that answers with its newest state instead of the block's."""
    write(network, contract, 5, 99)
    keys = [f"0x{5:064x}"]
    newest = network.nodes[0].ask("eth_getProof", contract, keys, "latest")
    proxy.lies["eth_getProof"] = lambda *_: newest

    with pytest.raises(NodeLied, match="accountProof"):
        check_storage(ask, "kaia", block.header, address(contract), [5])


def test_other_code_is_caught(ask: Ask, proxy: Proxy, block: Block, contract: str) -> None:
    proxy.lies["eth_getCode"] = lambda _, result: result + "00"

    with pytest.raises(NodeLied, match="eth_getCode: code"):
        check_code(ask, "kaia", block.header, address(contract))


def test_a_node_that_answers_nothing_is_no_liar(ask: Ask, trusted: ValidatorSet, proxy: Proxy) -> None:
    proxy.lies["kaia_getHeaderByNumber"] = lambda *_: None

    with pytest.raises(NoAnswer, match="kaia_getHeaderByNumber"):
        check_next(ask, trusted)


def test_a_node_that_lies_to_an_export_is_named(proxy: Proxy, crowded: int) -> None:
    source = source_of(connect(proxy.url))
    proxy.lies["kaia_getBlockReceipts"] = altered((0, "gasUsed"), "0x1")

    with pytest.raises(ExportFailed, match=f"block {crowded}: kaia_getBlockReceipts: receiptsRoot"):
        list(source.blocks(crowded, crowded))


def test_a_ledger_is_exported_and_verified_offline_with_its_certificates(
    network: Network, genesis: ValidatorSet, tmp_path: Path
) -> None:
    engine = connect(network.nodes[2].url)
    bundle, manifest = tmp_path / "ledger.gz", tmp_path / "ledger.json"
    made = bench_ledger(engine, 1, bundle, lambda _: None, lambda *_: None)
    write_manifest(made.manifest, manifest)

    report = verify_bundle(bundle, manifest=made.manifest, genesis=genesis.hash)

    assert report.divergences == ()
    assert report.events >= made.events
    assert set(report.bound.values()) == {"whole"}
    assert report.finality is not None
    assert (report.finality.engine, report.finality.pinned) == ("kaia", True)
    assert report.finality.certificates == report.last_block
    assert set(report.finality.committers) == {"0x" + node.address.hex() for node in network.nodes}
    assert all("0x" + node.address.hex() in report_page(report) for node in network.nodes)
    assert prove_voucher(bundle, 1 << 48).bound == "whole"
    assert replay(engine, made.manifest).agrees
    told = CliRunner().invoke(
        app,
        [
            "replay",
            "--bundle",
            str(bundle),
            "--manifest",
            str(manifest),
            "--genesis",
            "0x" + genesis.hash.hex(),
        ],
    )
    assert told.exit_code == 0, told.output
    wrong = CliRunner().invoke(app, ["replay", "--bundle", str(bundle), "--genesis", "0x" + "00" * 32])
    assert wrong.exit_code == 1
