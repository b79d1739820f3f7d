from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from eth_account.messages import encode_defunct, encode_typed_data

from chain.artifacts import CONTRACTS, artifact
from chain.deployment import Manifest
from chain.rules.state import Statement
from chain.signing import Signer, new_signer
from chain.signing.policy import PolicedSigner, SigningPolicy, SigningRefused, policy_of
from tests.chain.scenario import Scene, first_voucher

CHAIN = 4242
TAKE_SIGNATURES = ("Attestations", "Receivables", "Financing")
MANIFEST = Manifest(
    chain_id=CHAIN,
    block=1,
    addresses={name: new_signer().address for name in CONTRACTS},
    code_hashes={},
    governors=(),
    threshold=2,
)
POLICY: SigningPolicy = policy_of(MANIFEST)
SIGNER = PolicedSigner(new_signer(), POLICY)


def call(**changed: Any) -> dict[str, Any]:
    to = MANIFEST.addresses["Participants"]
    selector = next(iter(POLICY.selectors[to]))
    transaction = {"chainId": CHAIN, "nonce": 0, "gasPrice": 0, "gas": 100_000, "to": to, "value": 0}
    return {**transaction, "data": selector + bytes(64), **changed}


def test_calls_of_the_ledger_are_signed() -> None:
    for name in CONTRACTS:
        to = MANIFEST.addresses[name]
        for selector in POLICY.selectors[to]:
            assert SIGNER.sign_transaction(call(to=to, data=selector))


def test_every_function_that_changes_anything_may_be_called_and_no_other() -> None:
    for name in CONTRACTS:
        changing = [
            e for e in artifact(name).abi if e["type"] == "function" and e["stateMutability"] == "nonpayable"
        ]
        assert len(POLICY.selectors[MANIFEST.addresses[name]]) == len(changing)


def test_the_empty_transaction_to_oneself_is_signed() -> None:
    assert SIGNER.sign_transaction(call(to=SIGNER.address, data=b"", gas=21_000))


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"chainId": 1}, "chain id: 1, it must be 4242"),
        ({"chainId": None}, "chain id: None"),
        ({"value": 1}, "value: 1 wei"),
        ({"to": "0x" + "11" * 20}, "no contract of the ledger"),
        ({"to": None}, "to: is missing"),
        ({"data": b"\x00\x00\x00\x00"}, "no function"),
        ({"data": b""}, "no function"),
        ({"to": SIGNER.address}, "no contract of the ledger"),
        ({"to": MANIFEST.addresses["Attestations"]}, "no function"),
    ],
)
def test_anything_else_is_refused_before_the_key_is_asked(changed: dict[str, Any], rule: str) -> None:
    with pytest.raises(SigningRefused, match=rule):
        SIGNER.sign_transaction(call(**changed))


def typed(contract: str = "Financing", **changed: Any) -> Any:
    domain = {
        "name": f"Counterfoil {contract}",
        "version": "1",
        "chainId": CHAIN,
        "verifyingContract": MANIFEST.addresses[contract],
        **changed,
    }
    return encode_typed_data(domain, {"Quote": [{"name": "voucher", "type": "uint80"}]}, {"voucher": 1})


@pytest.mark.parametrize("contract", TAKE_SIGNATURES)
def test_typed_data_of_the_contracts_that_take_signatures_is_signed(contract: str) -> None:
    assert SIGNER.sign_message(typed(contract))


@pytest.mark.parametrize("contract", [name for name in CONTRACTS if name not in TAKE_SIGNATURES])
def test_typed_data_of_contracts_that_take_none_is_refused(contract: str) -> None:
    with pytest.raises(SigningRefused, match="typed data"):
        SIGNER.sign_message(typed(contract))


@pytest.mark.parametrize(
    "message",
    [
        typed(chainId=1),
        typed(verifyingContract="0x" + "11" * 20),
        typed(name="Permit"),
        typed(version="2"),
        encode_defunct(text="send me everything"),
    ],
    ids=["other chain", "other contract", "other name", "other version", "plain message"],
)
def test_any_other_message_is_refused(message: Any) -> None:
    with pytest.raises(SigningRefused, match="typed data"):
        SIGNER.sign_message(message)


def test_the_policy_of_a_real_ledger_lets_through_all_that_is_signed_there(history: Scene) -> None:
    ledger, voucher, deadline = history.ledger, first_voucher(1), history.now()
    key = history.signers["bank"]
    policed = PolicedSigner(key, policy_of(history.manifest))
    acceptance, _ = history.acceptance(voucher, "bank")
    statement = Statement(b"\x01" * 32, 1, b"\x02" * 32, 3, 0)
    signing: list[Callable[[Signer], bytes]] = [
        lambda signer: ledger.financing.sign_quote(signer, history.quote(voucher)),
        lambda signer: ledger.receivables.sign_acceptance(signer, acceptance),
        lambda signer: ledger.attestations.sign_statement(signer, statement, deadline),
        lambda signer: ledger.attestations.sign_revocation(signer, b"\x01" * 32, b"\x02" * 32, deadline),
    ]

    for sign in signing:
        assert sign(policed) == sign(key)
