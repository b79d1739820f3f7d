"""A QBFT network's blocks are written with certificates, as Kaia's are: Besu answers by other methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Engine as Database

from api.bench.sealing import EPOCH
from chain.engines import Engine
from chain.headers import rlp
from chain.headers.ethereum import FIELDS, SIZES, TEXTS
from chain.headers.node import NodeLied
from chain.headers.qbft import read_header
from chain.readmodel import ReadModel, catch_up, certificates_of, compare, open_readmodel
from chain.replay import Replay, replay
from chain.rpc import Call, Rpc, call
from tests.chain.scenario import Scene
from tests.chain.sealed import chain_of
from tests.readmodel.conftest import short_history

pytestmark = pytest.mark.contracts


@dataclass
class ResealedNode:
    """A development node's chain as a QBFT network has it: the same contents, sealed by four validators.

    The block `few_seals_at` has one seal less than it needs; of the block `false_log_at` the last log has
    other data.
    """

    inner: Rpc
    few_seals_at: int = 0
    false_log_at: int = 0
    name: str = "resealed"
    headers: list[dict[str, Any]] = field(default_factory=list)
    new_hash: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        chain = chain_of("qbft")
        numbers = range(int(call(self.inner, "eth_blockNumber"), 16) + 1)
        old = self.inner.batch([("eth_getBlockByNumber", [hex(number), False]) for number in numbers])
        self._keep(old[0], chain.genesis)
        for number, block in enumerate(old[1:], 1):
            content: dict[str, Any] = {
                "timestamp": int(block["timestamp"], 16),
                "state_root": bytes.fromhex(block["stateRoot"][2:]),
                "transactions_root": bytes.fromhex(block["transactionsRoot"][2:]),
                "receipts_root": bytes.fromhex(block["receiptsRoot"][2:]),
                "bloom": bytes.fromhex(block["logsBloom"][2:]),
                "gas_used": int(block["gasUsed"], 16),
            }
            weak = chain.sealing(committers=chain.sealing().committers[:-1])
            false = chain.seal(chain.content(**content), weak)
            true = chain.add(**content)
            self._keep(block, false if number == self.few_seals_at else true)

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        answers = self.inner.batch(calls)
        return [self._as_sealed(method, each) for (method, _), each in zip(calls, answers, strict=True)]

    def _as_sealed(self, method: str, answer: Any) -> Any:
        match method:
            case "eth_getBlockByNumber":
                bare = {name: value for name, value in answer.items() if name not in FIELDS}
                return {**bare, **self.headers[int(answer["number"], 16)]}
            case "eth_getLogs":
                return [self._log(each) for each in self._told(answer)]
            case "eth_getBlockReceipts":
                return [{**each, "logs": [self._log(log) for log in each["logs"]]} for each in answer]
        return answer

    def _log(self, log: dict[str, Any]) -> dict[str, Any]:
        return {**log, "blockHash": self.new_hash[log["blockHash"]]}

    def _told(self, logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        at = [n for n, log in enumerate(logs) if int(log["blockNumber"], 16) == self.false_log_at]
        if not at:
            return logs
        last = logs[at[-1]]
        topics = [*last["topics"][:-1], f"0x{int(last['topics'][-1], 16) ^ 1:064x}"]
        return [*logs[: at[-1]], {**last, "topics": topics}, *logs[at[-1] + 1 :]]

    def _keep(self, old: dict[str, Any], raw: bytes) -> None:
        fields: dict[str, Any] = {"hash": "0x" + read_header(raw).hash.hex()}
        for name, item in zip(FIELDS, rlp.decode_list(raw), strict=False):
            assert isinstance(item, bytes)
            as_it_is = name in SIZES or name in TEXTS
            fields[name] = "0x" + item.hex() if as_it_is else hex(rlp.integer(item))
        self.headers.append(fields)
        self.new_hash[old["hash"]] = fields["hash"]


@pytest.fixture(scope="module")
def told(anvil: Engine) -> Scene:
    """A ledger with a few receivables, one of them offered and partly paid."""
    return short_history(anvil)


@pytest.fixture(scope="module")
def state(told: Scene) -> Replay:
    return replay(told.engine, told.manifest)


def model_of(database: Database, scene: Scene, node: Rpc) -> ReadModel:
    contract_of = {address: name for name, address in scene.manifest.addresses.items()}
    found = certificates_of(node, "qbft", contract_of, epoch=EPOCH)
    assert found is not None
    return open_readmodel(database, scene.manifest, certificates=found)


def test_a_certified_chain_is_read_to_its_head(
    database: Database, told: Scene, state: Replay, anvil_node: Rpc
) -> None:
    node = ResealedNode(anvil_node)
    model = model_of(database, told, node)

    catch_up(model, node)

    assert compare(database, state.ledger) is None
    assert model.trusted is not None
    assert model.trusted.hash.hex() == node.headers[-1]["hash"][2:]
    assert model.trusted.block == len(node.headers) - 1


def test_nothing_is_written_of_a_block_with_too_few_seals(
    database: Database, told: Scene, state: Replay, anvil_node: Rpc
) -> None:
    sound = ResealedNode(anvil_node)
    bad = len(sound.headers) - 3
    weak = ResealedNode(anvil_node, few_seals_at=bad)
    model = model_of(database, told, weak)

    with pytest.raises(NodeLied) as lied:
        catch_up(model, weak)

    assert (lied.value.block, lied.value.field) == (bad, "seals")
    assert model.cursor is not None
    assert model.cursor[0] == bad - 1
    catch_up(model_of(database, told, sound), sound)
    assert compare(database, state.ledger) is None


def test_a_log_that_the_receipts_do_not_have_is_a_lie(
    database: Database, told: Scene, anvil_node: Rpc
) -> None:
    newest = int(call(anvil_node, "eth_blockNumber"), 16)
    node = ResealedNode(anvil_node, false_log_at=newest)
    model = model_of(database, told, node)

    with pytest.raises(NodeLied) as lied:
        catch_up(model, node)

    assert (lied.value.method, lied.value.block) == ("eth_getLogs", newest)
    assert model.cursor is not None
    assert model.cursor[0] == newest - 1
