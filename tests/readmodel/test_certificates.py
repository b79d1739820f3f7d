"""On a BFT network nothing is written that enough validators did not seal, whatever a node says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine as Database

from api.bench.sealing import SealedChain
from chain.headers.node import NodeLied
from chain.readmodel import (
    Certificates,
    ReadModel,
    WrongGenesis,
    catch_up,
    certificates_of,
    compare,
    compare_log,
    open_readmodel,
    rebuild,
)
from chain.replay import Replay
from chain.rpc import Rpc
from tests.chain.scenario import Scene
from tests.chain.sealed import validators
from tests.readmodel.conftest import Log
from tests.readmodel.sealed_node import Lie, SealedNode, sealed_node


@pytest.fixture(scope="module")
def sealed(history: Scene) -> SealedNode:
    return sealed_node(history)


@pytest.fixture
def kaia_node(sealed: SealedNode) -> Iterator[SealedNode]:
    """The sealed chain's node; what a test makes it say is forgotten afterwards."""
    yield sealed
    sealed.lies.clear()
    sealed.asked.clear()
    sealed.head = None


def certificates(scene: Scene, node: Rpc, genesis: bytes | None = None) -> Certificates:
    contract_of = {address: name for name, address in scene.manifest.addresses.items()}
    found = certificates_of(node, "kaia", contract_of, genesis)
    assert found is not None
    return found


def model_of(database: Database, scene: Scene, node: Rpc) -> ReadModel:
    return open_readmodel(database, scene.manifest, certificates=certificates(scene, node))


def last_with(node: SealedNode, logs: int) -> int:
    """The last block with at least so many logs."""
    return max(n for n, block in enumerate(node.blocks) if len(block["logs"]) >= logs)


def test_a_certified_chain_is_read_to_its_head(
    database: Database, history: Scene, kaia_node: SealedNode, replayed: Replay, timed: Log
) -> None:
    model = model_of(database, history, kaia_node)

    catch_up(model, kaia_node)

    assert compare(database, replayed.ledger) is None
    assert compare_log(database, [logged for logged, _ in timed]) is None
    assert model.trusted is not None
    assert model.cursor == (model.trusted.block, model.trusted.hash)
    assert model.trusted.block == len(kaia_node.blocks) - 1


def test_what_was_checked_is_on_record_and_not_checked_again(
    database: Database, history: Scene, kaia_node: SealedNode
) -> None:
    head = len(kaia_node.blocks) - 1
    kaia_node.head = head - 3
    catch_up(model_of(database, history, kaia_node), kaia_node)
    model = model_of(database, history, kaia_node)
    kaia_node.head, kaia_node.asked[:] = None, []

    catch_up(model, kaia_node)

    asked = {int(a[0], 16) for method, a in kaia_node.asked if method == "kaia_getHeaderByNumber"}
    assert asked == {head - 2, head - 1, head}
    assert model.trusted is not None
    assert model.trusted.block == head


@pytest.mark.parametrize("before", [0, 7])
def test_nothing_is_written_of_a_block_with_too_few_seals(
    database: Database, history: Scene, kaia_node: SealedNode, replayed: Replay, before: int
) -> None:
    """Also if it comes when the model has been at work for a while."""
    bad = len(kaia_node.blocks) - 3
    weak = sealed_node(history, few_seals_at=bad)
    model = model_of(database, history, weak)
    if before:
        catch_up(model, weak, until=bad - before)

    with pytest.raises(NodeLied) as lied:
        catch_up(model, weak)

    assert (lied.value.block, lied.value.field) == (bad, "seals")
    assert model.cursor is not None
    assert model.cursor[0] == bad - 1
    again = model_of(database, history, kaia_node)  # the same blocks before, sealed by enough
    assert again.cursor == model.cursor
    catch_up(again, kaia_node)
    assert compare(database, replayed.ledger) is None


def altered(at: int, field: str, value: Any) -> Lie:
    """The answer for one block, with one field changed."""

    def lie(arguments: list[Any], answer: Any) -> Any:
        return {**answer, field: value} if int(arguments[0], 16) == at else answer

    return lie


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("hash", "0x" + "11" * 32, "hash"),
        ("timestamp", "0x7fffffff", "timestamp"),
        ("logsBloom", "0x" + "00" * 256, "logsBloom"),
    ],
)
def test_a_header_that_is_not_what_it_hashes_to_is_a_lie(
    database: Database, history: Scene, kaia_node: SealedNode, field: str, value: str, said: str
) -> None:
    at = len(kaia_node.blocks) - 1
    kaia_node.lies["eth_getBlockByNumber"] = altered(at, field, value)
    kaia_node.lies["eth_getLogs"] = without(at)
    kaia_node.lies["eth_getBlockReceipts"] = lambda _, receipts: [{"logs": []} for _ in receipts]
    model = model_of(database, history, kaia_node)

    with pytest.raises(NodeLied) as lied:
        catch_up(model, kaia_node)

    assert (lied.value.method, lied.value.block, lied.value.field) == ("eth_getBlockByNumber", at, said)


def without(at: int) -> Lie:
    return lambda _, logs: [log for log in logs if int(log["blockNumber"], 16) != at]


def with_other_data(at: int) -> Lie:
    """The last log of a block with its last topic counted up by one: another participant, another voucher."""

    def lie(_: list[Any], logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found = [dict(log) for log in logs]
        own = [log for log in found if int(log["blockNumber"], 16) == at and len(log["topics"]) > 1]
        if own:
            topic = int(own[-1]["topics"][-1], 16) ^ 1
            own[-1]["topics"] = [*own[-1]["topics"][:-1], f"0x{topic:064x}"]
        return found

    return lie


def in_anothers_name(at: int) -> Lie:
    """The last log of a block, in another transaction."""

    def lie(_: list[Any], logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found = [dict(log) for log in logs]
        for log in found:
            if int(log["blockNumber"], 16) == at:
                log["transactionHash"] = "0x" + "33" * 32
        return found

    return lie


@pytest.mark.parametrize("how", [without, with_other_data, in_anothers_name])
def test_a_log_that_the_receipts_do_not_have_is_a_lie(
    database: Database, history: Scene, kaia_node: SealedNode, how: Any
) -> None:
    at = last_with(kaia_node, logs=1)
    kaia_node.lies["eth_getLogs"] = how(at)
    # The node tells its lie consistently where it is asked without proof.
    kaia_node.lies["eth_getBlockReceipts"] = lambda _, receipts: [{"logs": []} for _ in receipts]
    model = model_of(database, history, kaia_node)

    with pytest.raises(NodeLied) as lied:
        catch_up(model, kaia_node)

    assert (lied.value.method, lied.value.block) == ("eth_getLogs", at)
    assert model.cursor is not None
    assert model.cursor[0] == at - 1


def test_receipts_that_their_block_does_not_commit_to_are_a_lie(
    database: Database, history: Scene, kaia_node: SealedNode
) -> None:
    at = last_with(kaia_node, logs=1)
    kaia_node.lies["kaia_getBlockReceipts"] = lambda arguments, receipts: (
        [{**each, "logs": []} for each in receipts] if int(arguments[0], 16) == at else receipts
    )
    model = model_of(database, history, kaia_node)

    with pytest.raises(NodeLied, match="receiptsRoot"):
        catch_up(model, kaia_node)

    assert model.cursor is not None
    assert model.cursor[0] == at - 1


def test_a_network_with_another_genesis_is_refused(
    database: Database, history: Scene, kaia_node: SealedNode
) -> None:
    right = certificates(history, kaia_node).founding.hash
    assert certificates(history, kaia_node, right).founding.hash == right
    with pytest.raises(WrongGenesis, match=f"is 0x{right.hex()}, not 0x{'11' * 32}"):
        certificates(history, kaia_node, b"\x11" * 32)

    catch_up(model_of(database, history, kaia_node), kaia_node)
    other = sealed_node(history, SealedChain("kaia", validators(5)))
    with pytest.raises(WrongGenesis, match="the read model follows from the genesis"):
        model_of(database, history, other)


def test_a_network_without_certificates_has_none_and_no_genesis_to_name(node: Rpc) -> None:
    assert certificates_of(node, "ethereum", {}) is None
    with pytest.raises(WrongGenesis, match="is no node of a BFT network"):
        certificates_of(node, "ethereum", {}, b"\x11" * 32)


def test_tables_that_were_filled_without_certificates_are_made_again(
    database: Database, history: Scene, kaia_node: SealedNode, replayed: Replay
) -> None:
    catch_up(open_readmodel(database, history.manifest), kaia_node)

    model = model_of(database, history, kaia_node)

    assert model.cursor is None
    catch_up(model, kaia_node)
    assert compare(database, replayed.ledger) is None
    rebuild(model)
    assert model.trusted is None
    catch_up(model, kaia_node)
    assert compare(database, replayed.ledger) is None
