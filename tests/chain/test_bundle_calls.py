"""Calldata as the contracts read it."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from chain.artifacts import CONTRACTS, artifact
from chain.bundle.calls import CallRefused, read_call, signature_of
from chain.bundle.functions import RULES
from chain.bundle.signatures import Domains, members_of, quote_type, signing_domain, signing_domains
from chain.clients.base import compact
from chain.headers.signatures import ORDER
from chain.rules.state import NOBODY, Kind, Leg, Statement
from tests.chain.scenario import REASON, Scene
from tests.chain.test_bundle_forge import split_types

DOMAINS = {name: signing_domain(name, 1, b"\7" * 20) for name in CONTRACTS}
FUNCTIONS = [
    (name, entry) for name in CONTRACTS for entry in artifact(name).abi if entry["type"] == "function"
]
CHANGING = [(name, e) for name, e in FUNCTIONS if e["stateMutability"] == "nonpayable"]


def calldata(contract: str, function: str, *arguments: Any) -> bytes:
    (abi,) = (e for name, e in FUNCTIONS if (name, e["name"]) == (contract, function))
    signature = signature_of(abi)
    types = split_types(signature[signature.index("(") + 1 : -1])
    return keccak(signature.encode())[:4] + encode(types, arguments)


def refusal(contract: str, data: bytes) -> str:
    with pytest.raises(CallRefused) as refused:
        read_call(contract, data, DOMAINS)
    return refused.value.rule


def test_every_function_that_changes_something_has_its_rule() -> None:
    names = {(contract, entry["name"]) for contract, entry in CHANGING}

    assert names == set(RULES)


def test_functions_that_only_read_change_nothing() -> None:
    for contract, entry in FUNCTIONS:
        if entry["stateMutability"] != "nonpayable":
            call = read_call(contract, keccak(signature_of(entry).encode())[:4], DOMAINS)
            assert not call.changes


def test_arguments_come_as_the_rules_take_them() -> None:
    legs = [Leg(2, 30, b"\1" * 32), Leg(3, 40, b"\2" * 32)]
    split = calldata("Receivables", "split", 1 << 48 | 9, 7, [astuple(leg) for leg in legs])
    redeem = calldata("Receivables", "redeem", 9, [1, 2, 3])
    calls = [("0x" + "11" * 20, b"\1\2\3"), ("0x" + "22" * 20, b"")]

    assert read_call("Receivables", split, DOMAINS).arguments == (1 << 48 | 9, 7, tuple(legs))
    assert read_call("Receivables", redeem, DOMAINS).arguments == (9, [1, 2, 3])
    (proposed,) = read_call("Participants", calldata("Participants", "propose", calls), DOMAINS).arguments
    executed = read_call("Participants", calldata("Participants", "execute", 4, calls), DOMAINS)
    assert proposed == keccak(encode(["(address,bytes)[]"], [calls]))
    assert executed.arguments == (4, proposed)
    assert executed.inner == ((b"\x11" * 20, b"\1\2\3"), (b"\x22" * 20, b""))


def test_bytes_after_the_arguments_are_ignored_as_the_contracts_do() -> None:
    data = calldata("Receivables", "accept", 5, 1)

    assert read_call("Receivables", data + b"more", DOMAINS).arguments == (5, 1)


@pytest.mark.parametrize(
    "data",
    [
        calldata("Receivables", "accept", 5, 1)[:-1],
        calldata("Receivables", "accept", 5, 1)[:36] + b"\1" * 32,
        calldata("Receivables", "redeem", 9, [1, 2])[:-1],
        calldata("Receivables", "redeem", 9, [1, 2])[:-32] + b"\1" * 32,
        calldata("Receivables", "redeem", 9, [])[:36] + b"\xff" * 64,
        calldata("Receivables", "redeem", 9, [])[:68] + b"\xff" * 32,
    ],
    ids=["too short", "too large a number", "an item too short", "too large an item", "far off", "too long"],
)
def test_calldata_that_the_contracts_cannot_read_is_refused(data: bytes) -> None:
    assert refusal("Receivables", data) == "bad-calldata"


def test_a_selector_of_another_contract_is_no_function() -> None:
    assert refusal("Attestations", calldata("Receivables", "accept", 5, 1)) == "no-such-function"
    assert refusal("Receivables", b"\1\2\3") == "no-such-function"
    assert refusal("Receivables", b"") == "no-such-function"


def domains_of(scene: Scene) -> Domains:
    addresses = {bytes.fromhex(a[2:]): name for name, a in scene.manifest.addresses.items()}
    return signing_domains(scene.manifest.chain_id, addresses)


def high(signature: bytes) -> bytes:
    """The other signature of the same key: s in the upper half of the order (EIP-2)."""
    s = ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes((55 - signature[64],))


def test_a_quotes_signature_gives_its_signer(history: Scene) -> None:
    client, bank, domains = history.ledger.financing, history.signers["bank"], domains_of(history)
    quote = history.quote(1 << 48, kind=Kind.RECOURSE_PURCHASE)
    r, vs = compact(client.sign_quote(bank, quote))
    s = (ORDER - int.from_bytes(bytes((vs[0] & 127,)) + vs[1:], "big")).to_bytes(32, "big")

    def read(*signature: bytes) -> tuple[Any, ...]:
        data = client.encoded("acceptQuote", astuple(quote), *signature, REASON)[1]
        return read_call("Financing", data, domains).arguments

    digest = client.quote_digest(quote)
    assert read(r, vs) == (quote, digest, bank.address, REASON)
    for wrong in ((bytes(32), vs), (ORDER.to_bytes(32, "big"), vs), (r, bytes(32)), (r, b"\xff" * 32)):
        assert read(*wrong) == (quote, digest, NOBODY, REASON)
    assert read(r, s)[2] != bank.address
    cancelled = read_call("Financing", client.encoded("cancelQuote", astuple(quote))[1], domains)
    assert cancelled.arguments == (quote, digest)


def test_an_acceptances_signature_gives_its_signer_once_the_voucher_is_known(history: Scene) -> None:
    client, domains = history.ledger.receivables, domains_of(history)
    voucher = next(n for n in (1 << 48, 2 << 48) if client.voucher(n).length)
    acceptance, signature = history.acceptance(voucher, "bank")
    data = client.encoded("acceptBySignature", voucher, 0, acceptance.valid_until, *compact(signature))[1]

    *arguments, signed = read_call("Receivables", data, domains).arguments

    assert arguments == [voucher, 0, acceptance.valid_until]
    assert signed(acceptance) == history.signers["bank"].address
    assert signed(replace(acceptance, length=acceptance.length + 1)) not in (
        NOBODY,
        history.signers["bank"].address,
    )


def test_a_statements_signature_gives_its_signer(history: Scene) -> None:
    client, carrier, domains = history.ledger.attestations, history.signers["carrier"], domains_of(history)
    statement, deadline = Statement(b"\5" * 32, 1, b"\6" * 32, 3, 0), 2**39
    signature = client.sign_statement(carrier, statement, deadline)

    def read(signed: bytes) -> tuple[Any, ...]:
        data = client.encoded("attestBySignature", astuple(statement), deadline, signed)[1]
        return read_call("Attestations", data, domains).arguments

    assert read(signature) == (statement, deadline, carrier.address)
    for wrong in (signature[:64], signature + b"\0", signature[:64] + b"\1", bytes(65), high(signature)):
        with pytest.raises(CallRefused, match="bad-signature"):
            read(wrong)


def test_the_domains_and_types_of_what_is_signed_are_those_of_the_standard() -> None:
    members = [{"name": name, "type": kind} for kind, name in members_of("Financing", "quoteDigest")]
    values = {m["name"]: b"\7" * 32 if m["type"] == "bytes32" else 3 for m in members}
    message = encode_typed_data(
        domain_data={
            "name": "Counterfoil Financing",
            "version": "1",
            "chainId": 1,
            "verifyingContract": "0x" + "07" * 20,
        },
        message_types={"Quote": members},
        message_data=values,
    )

    assert message.header == DOMAINS["Financing"]
    assert message.body == keccak(
        quote_type() + b"".join(v if isinstance(v, bytes) else v.to_bytes(32, "big") for v in values.values())
    )
