from __future__ import annotations

import inspect
import re
from dataclasses import replace

import pytest
from eth_utils.crypto import keccak

from chain import errors
from chain.errors import BY_NAME, LedgerRefusal
from chain.revert import CallReverted, refusal_of
from tests.chain.scenario import Scene
from tests.contract_cases import cases
from tests.contract_cases.refusals import CASES, MODULES, UNREACHED


@pytest.mark.parametrize("name", CASES)
def test_refused_with_its_facts(scene: Scene, name: str) -> None:
    call, expected = CASES[name](scene)

    with pytest.raises(LedgerRefusal) as found:
        call()

    refusal = found.value
    if isinstance(refusal, errors.BadDueDate) and isinstance(expected, errors.BadDueDate):
        # The latest due date follows the time of the call.
        assert abs(refusal.latest - expected.latest) < 60
        refusal = replace(refusal, latest=expected.latest)
    assert refusal == expected
    assert str(refusal) == str(expected)
    assert "{" not in str(refusal)


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
