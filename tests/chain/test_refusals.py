from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from eth_utils.crypto import keccak
from web3.contract.contract import ContractFunction

from chain import errors, sending
from chain.deployment import Manifest, empty_ledger
from chain.derivation import Derivation
from chain.differential.running import Result, by_rules, same
from chain.differential.steps import Step, World
from chain.engines import Engine, logs_of
from chain.errors import BY_NAME, LedgerRefusal
from chain.logs import LoggedEvent, decode_log
from chain.revert import CallReverted, refusal_of
from tests.chain.differential import copied, execution_of, world_of
from tests.chain.scenario import Scene
from tests.contract_cases import cases
from tests.contract_cases.refusals import CASES, MODULES, UNREACHED


@dataclass
class Rules:
    """What the rules say of calls on a scene's ledger, whose state they take from its log."""

    scene: Scene
    world: World
    derivation: Derivation
    read_to: int = 0

    def result_of(self, step: Step) -> Result:
        """What a call comes to by the rules, at the time of the latest block."""
        engine, manifest = self.scene.engine, self.scene.manifest
        first, last = max(self.read_to + 1, manifest.block), engine.w3.eth.block_number
        if first <= last:
            for logged, at in read_some(engine, manifest, first, last):
                self.derivation.take(logged, at)
        self.read_to = last
        trial = execution_of(self.world, copied(self.derivation.ledger))
        return by_rules(trial, self.world, step, self.scene.now())


def read_some(engine: Engine, manifest: Manifest, first: int, last: int) -> Iterator[tuple[LoggedEvent, int]]:
    """A part of the log, each entry with its block's time."""
    names = {address: name for name, address in manifest.addresses.items()}
    logs = logs_of(engine, manifest.addresses.values(), first, last)
    for log in sorted(logs, key=lambda entry: (entry["blockNumber"], entry["logIndex"])):
        at = int(engine.w3.eth.get_block(log["blockNumber"])["timestamp"])
        yield decode_log(names[log["address"]], log), at


@pytest.fixture(scope="module", autouse=True)
def rules() -> Iterator[None]:
    """The rules of each engine's scene, which go on from where they last were."""
    RULES.clear()
    yield
    RULES.clear()


def rules_of(scene: Scene) -> Rules:
    if scene.engine.name not in RULES:
        RULES[scene.engine.name] = Rules(scene, world_of(scene), Derivation(empty_ledger(scene.manifest)))
    return RULES[scene.engine.name]


RULES: dict[str, Rules] = {}


@pytest.mark.parametrize("name", CASES)
def test_refused_with_its_facts_by_contracts_and_rules(
    scene: Scene, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, expected = CASES[name](scene)
    by_the_rules: list[Result] = []
    monkeypatch.setattr(sending, "ask", with_rules(scene, by_the_rules))

    with pytest.raises(LedgerRefusal) as found:
        call()

    refusal = found.value
    if not isinstance(refusal, ELSEWHERE):
        assert all(same(refusal, result) for result in by_the_rules)
    if isinstance(refusal, errors.BadDueDate) and isinstance(expected, errors.BadDueDate):
        # The latest due date follows the time of the call.
        assert abs(refusal.latest - expected.latest) < 60
        refusal = replace(refusal, latest=expected.latest)
    assert refusal == expected
    assert str(refusal) == str(expected)
    assert "{" not in str(refusal)


def with_rules(scene: Scene, refused: list[Result]) -> Callable[..., Any]:
    """Asks the node as ever; what it refuses to let be sent is asked of the rules as well, at once."""
    names = {address: name for name, address in scene.manifest.addresses.items()}

    def ask(engine: Engine, function: ContractFunction, sender: str | None = None) -> Any:
        try:
            return ASK(engine, function, sender)
        except LedgerRefusal:
            if sender is not None:
                contract, arguments = names[str(function.address)], tuple(function.arguments)
                step = Step(contract, function.fn_name, sender, arguments)
                refused.append(rules_of(scene).result_of(step))
            raise

    return ask


ELSEWHERE = (errors.NoContract, errors.CallFailed, errors.TargetFailed)
"""What rests on contracts that are not the ledger's: no rule can know it."""

ASK = sending.ask


def test_every_refusal_has_its_case() -> None:
    sources = "".join(map(inspect.getsource, (cases, *MODULES)))
    expected = set(re.findall(r"\berrors\.(\w+)\(", sources))

    assert expected == set(BY_NAME) - UNREACHED


def test_a_refused_call_is_never_sent(scene: Scene) -> None:
    signer = scene.signers["supplier"]
    before = scene.engine.w3.eth.get_transaction_count(scene.engine.w3.to_checksum_address(signer.address))

    with pytest.raises(errors.IssueUnknown):
        scene.ledger.issuance.confirm(signer, 12345)

    after = scene.engine.w3.eth.get_transaction_count(scene.engine.w3.to_checksum_address(signer.address))
    assert after == before


@pytest.mark.parametrize(
    "data", [b"", b"\x01\x02", bytes(4), bytes.fromhex("4e487b71") + (17).to_bytes(32, "big")]
)
def test_revert_data_of_no_refusal_are_kept(data: bytes) -> None:
    found = refusal_of(data)

    assert isinstance(found, CallReverted)
    assert found.data == data
    assert "reverted" in str(found)


def test_revert_data_cut_short_are_kept() -> None:
    data = keccak(text="NotParticipant(address)")[:4] + bytes(20)

    assert isinstance(refusal_of(data), CallReverted)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("NotHolder", "not-holder"),
        ("LegalIdTaken", "legal-id-taken"),
        ("ECDSAInvalidSignature", "ecdsa-invalid-signature"),
        ("ECDSAInvalidSignatureLength", "ecdsa-invalid-signature-length"),
        ("ECDSAInvalidSignatureS", "ecdsa-invalid-signature-s"),
    ],
)
def test_a_rule_is_named_after_its_error(name: str, rule: str) -> None:
    assert BY_NAME[name].rule == rule


def test_no_two_refusals_share_a_rule() -> None:
    rules = {cls.rule for cls in BY_NAME.values()}

    assert len(rules) == len(BY_NAME)
