"""Calldata, checkpoints and the page of a report, each on its own."""

from __future__ import annotations

from dataclasses import astuple, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from chain import events as ev
from chain.artifacts import CONTRACTS, artifact
from chain.bundle import report_page, verify_bundle
from chain.bundle.calls import CallRefused, quote_domain, quote_type, read_call, signature_of
from chain.bundle.checkpoints import Touched
from chain.bundle.execution import RULES
from chain.replay import Replay, read_events
from chain.rules.invariants import INVARIANTS
from chain.rules.state import Ledger, Leg, Quote
from tests.chain.scenario import Scene
from tests.chain.test_bundle_forge import forged, split_types

DOMAIN = quote_domain(1, b"\7" * 20)
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
        read_call(contract, data, DOMAIN)
    return refused.value.rule


def test_every_function_that_changes_something_has_its_rule() -> None:
    names = {(contract, entry["name"]) for contract, entry in CHANGING}

    assert names == {*RULES, ("Participants", "execute")}


def test_functions_that_only_read_change_nothing() -> None:
    for contract, entry in FUNCTIONS:
        if entry["stateMutability"] != "nonpayable":
            call = read_call(contract, keccak(signature_of(entry).encode())[:4], DOMAIN)
            assert not call.changes


def test_arguments_come_as_the_rules_take_them() -> None:
    legs = [Leg(2, 30, b"\1" * 32), Leg(3, 40, b"\2" * 32)]
    split = calldata("Receivables", "split", 1 << 32 | 1, 7, [astuple(leg) for leg in legs])
    redeem = calldata("Receivables", "redeem", 9, [1, 2, 3])
    calls = [("0x" + "11" * 20, b"\1\2\3"), ("0x" + "22" * 20, b"")]

    assert read_call("Receivables", split, DOMAIN).arguments == (1 << 32 | 1, 7, legs)
    assert read_call("Receivables", redeem, DOMAIN).arguments == (9, [1, 2, 3])
    (proposed,) = read_call("Participants", calldata("Participants", "propose", calls), DOMAIN).arguments
    executed = read_call("Participants", calldata("Participants", "execute", 4, calls), DOMAIN).arguments
    assert proposed == keccak(encode(["(address,bytes)[]"], [calls]))
    assert executed == (4, proposed, ((b"\x11" * 20, b"\1\2\3"), (b"\x22" * 20, b"")))


def test_bytes_after_the_arguments_are_ignored_as_the_contracts_do() -> None:
    data = calldata("Receivables", "accept", 5, 1)

    assert read_call("Receivables", data + b"more", DOMAIN).arguments == (5, 1)


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


def test_a_quotes_signature_gives_its_signer(history: Scene) -> None:
    client, bank = history.ledger.receivables, history.signers["bank"]
    quote = Quote(1 << 32 | 1, 0, 5, 100, 97, 2**39, b"\7" * 32)
    signature = client.sign_quote(bank, quote)
    domain = quote_domain(history.manifest.chain_id, bytes.fromhex(client.address[2:]))

    call = read_call("Receivables", client.encoded("acceptQuote", astuple(quote), signature)[1], domain)

    assert call.arguments == (quote, bank.address)
    v, s = signature[64], int.from_bytes(signature[32:64], "big")
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high = signature[:32] + (order - s).to_bytes(32, "big") + bytes((55 - v,))
    for wrong in (signature[:64], signature + b"\0", signature[:64] + b"\1", bytes(65), high):
        data = client.encoded("acceptQuote", astuple(quote), wrong)[1]
        assert refusal("Receivables", data) == "bad-quote-signature"


def test_the_type_and_domain_of_a_quote_are_those_of_the_standard() -> None:
    abi = next(e for name, e in FUNCTIONS if (name, e["name"]) == ("Receivables", "acceptQuote"))
    members = [{"name": c["name"], "type": c["type"]} for c in abi["inputs"][0]["components"]]
    values = {m["name"]: b"\7" * 32 if m["type"] == "bytes32" else 3 for m in members}
    message = encode_typed_data(
        domain_data={
            "name": "Counterfoil Receivables",
            "version": "1",
            "chainId": 1,
            "verifyingContract": "0x" + "07" * 20,
        },
        message_types={"Quote": members},
        message_data=values,
    )

    assert message.header == DOMAIN
    assert message.body == keccak(
        quote_type() + b"".join(v if isinstance(v, bytes) else v.to_bytes(32, "big") for v in values.values())
    )


@pytest.fixture(scope="module")
def touched(history: Scene) -> Touched:
    found = Touched()
    for logged in read_events(history.engine, history.manifest):
        found.note(logged.event)
    return found


def noted(touched: Touched, ledger: Ledger) -> list[str]:
    """What a checkpoint after the whole history finds."""
    receivables, consents = set(touched.receivables), set(touched.consents)
    found = [name for name, _ in touched.breaches(ledger)]
    touched.receivables, touched.consents, touched.participants = receivables, consents, True
    return found


def spoiled(ledger: Ledger) -> dict[str, Ledger]:
    """The ledger with each invariant broken in one place."""
    (voucher, held), (invoice, backs) = next(iter(ledger.voucher.items())), next(iter(ledger.invoice.items()))
    (number, consent), (receivable, debt) = (
        next(iter(ledger.consent.items())),
        next(iter(ledger.receivable.items())),
    )
    (who, participant) = next(iter(ledger.participant.items()))
    return {
        "intervals_tile_the_face": replace(
            ledger, voucher=ledger.voucher | {voucher: replace(held, length=held.length + 1)}
        ),
        "lineage_is_a_forest": replace(ledger, voucher=ledger.voucher | {voucher: replace(held, parent=3)}),
        "encumbrance_has_its_counterparty": replace(
            ledger, voucher=ledger.voucher | {voucher: replace(held, counterparty=held.holder)}
        ),
        "invoices_are_not_overused": replace(
            ledger, invoice=ledger.invoice | {invoice: replace(backs, used=backs.used + 1)}
        ),
        "payments_add_up": replace(
            ledger, receivable=ledger.receivable | {receivable: replace(debt, redeemed=debt.redeemed + 1)}
        ),
        "accounts_have_one_participant": replace(
            ledger, participant=ledger.participant | {who: replace(participant, accounts=9)}
        ),
        "computations_keep_their_budget": replace(
            ledger, consent=ledger.consent | {number: replace(consent, spent=9)}
        ),
        "governors_can_decide": replace(ledger, threshold=1),
    }


@pytest.mark.parametrize("name", [check.__name__ for check in INVARIANTS])
def test_a_checkpoint_finds_a_breach_in_what_was_touched(
    touched: Touched, replayed: Replay, name: str
) -> None:
    assert noted(touched, replayed.ledger) == []
    assert name in noted(touched, spoiled(replayed.ledger)[name])


def test_a_checkpoint_looks_at_nothing_else(replayed: Replay) -> None:
    quiet = Touched()
    quiet.note(ev.InvoiceRegistered(b"\1" * 32, 1, 1, 156, 1, "0x"))

    for name, ledger in spoiled(replayed.ledger).items():
        if name != "governors_can_decide":
            assert list(quiet.breaches(ledger)) == []


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        assert not {"src", "href"} & {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_report_is_a_page_that_needs_nothing_else(tmp_path: Path) -> None:
    forged(tmp_path / "bundle", 40)
    agrees = verify_bundle(tmp_path / "bundle")
    (tmp_path / "cut").write_bytes((tmp_path / "bundle").read_bytes()[:-9])
    differs = verify_bundle(tmp_path / "cut")

    for report, words in (
        (agrees, ("agrees", agrees.last_hash, "these words and no others")),
        (differs, ("differs", "truncated")),
    ):
        page = _Page()
        page.feed(report_page(report))
        page.close()
        assert page.open == []
        for each in words:
            assert each in page.text
