"""A gateway to a node: its accounts file, and reads as of one block."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from web3 import HTTPProvider

from api.http.accounts import BadAccounts, chain_gateway, read_accounts
from api.http.asof import reading
from api.http.gateway import Gateway, hash_token, new_token
from api.http.keys import Keystore
from api.story.cast import admit, found_ledger
from chain.deployment import write_manifest
from chain.engines import Engine
from chain.rules.state import Statement
from chain.signing import LocalSigner, write_keystore

PASSWORD = "correct horse"
ENTRY: dict[str, Any] = {
    "alias": "tier1",
    "name": "甲",
    "number": 2,
    "keystore": "tier1.json",
    "token_sha256": "ab" * 32,
}


def write(path: Path, *entries: object) -> Path:
    path.write_text(json.dumps({"participants": entries}), encoding="utf-8")
    return path


def test_accounts_are_read_without_their_keys(tmp_path: Path) -> None:
    (account,) = read_accounts(write(tmp_path / "accounts.json", ENTRY))
    assert account.key == Keystore(tmp_path / "tier1.json")
    assert (account.number, account.token_sha256, account.legal_id) == (2, b"\xab" * 32, "")


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([], r"participants: must be a list of at least one"),
        (["tier1"], r"participants\[0\]: must be an object"),
        ([{**ENTRY, "number": "2"}], r"participants\[0\]: number: must be a number"),
        ([{**ENTRY, "number": True}], r"participants\[0\]: number: must be a number"),
        ([{**ENTRY, "keystore": None}], r"participants\[0\]: keystore: must be text"),
        ([{**ENTRY, "token_sha256": "AB" * 32}], r"token_sha256: must be 64 lowercase"),
        ([ENTRY, {**ENTRY, "alias": "b", "number": 3}], r"token_sha256: must be each account's own"),
        ([ENTRY, {**ENTRY, "token_sha256": "cd" * 32}], r"alias: must be each account's own"),
    ],
)
def test_a_wrong_accounts_file_is_refused(tmp_path: Path, entries: list[object], said: str) -> None:
    with pytest.raises(BadAccounts, match=said):
        read_accounts(write(tmp_path / "accounts.json", *entries))


def test_an_absent_or_broken_accounts_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadAccounts, match="there is no such file"):
        read_accounts(tmp_path / "accounts.json")
    for broken in ("{", "[" * 100_000):
        (tmp_path / "accounts.json").write_text(broken, encoding="utf-8")
        with pytest.raises(BadAccounts, match="not JSON"):
            read_accounts(tmp_path / "accounts.json")


@pytest.mark.contracts
def test_a_gateway_to_a_node_acts_for_those_of_its_file(
    anvil: Engine, tmp_path: Path, serve: Callable[[Gateway], AbstractContextManager[str]]
) -> None:
    ledger, manifest, governors = found_ledger(anvil)
    cast, _ = admit(ledger, governors)
    write_manifest(manifest, tmp_path / "manifest.json")
    token = new_token()
    tax = cast["tax"]
    assert isinstance(tax.signer, LocalSigner)
    write_keystore(tax.signer, tmp_path / "tax.json", PASSWORD)
    entry = {
        "alias": "tax",
        "name": tax.party.name,
        "number": tax.number,
        "keystore": "tax.json",
        "token_sha256": hash_token(token).hex(),
    }
    accounts = write(tmp_path / "accounts.json", entry)
    assert isinstance(anvil.w3.provider, HTTPProvider)
    node = str(anvil.w3.provider.endpoint_uri)

    def opened(file: Path = accounts, password: str = PASSWORD) -> Gateway:
        return chain_gateway(node, tmp_path / "manifest.json", file, password)

    with pytest.raises(BadAccounts, match="tax: keystore: wrong password, or no keystore"):
        opened(password="wrong")
    (tmp_path / "deep").write_text("[" * 100_000, encoding="utf-8")
    deep = write(tmp_path / "nested.json", {**entry, "keystore": "deep"})
    with pytest.raises(BadAccounts, match="tax: keystore: wrong password, or no keystore"):
        opened(deep)
    lost = write(tmp_path / "lost.json", {**entry, "keystore": "lost"})
    with pytest.raises(BadAccounts, match="tax: keystore: there is no"):
        opened(lost)
    stolen = write(tmp_path / "stolen.json", {**entry, "number": cast["bank"].number})
    with pytest.raises(BadAccounts, match=f"as participant {tax.number}, not as {cast['bank'].number}"):
        opened(stolen)

    gateway = opened()
    with serve(gateway) as url, httpx.Client(base_url=url) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.get("/v1/participants/me").json()["name"] == tax.party.name
        everybody = client.get("/v1/participants").json()["items"]
        assert [one["name"] is not None for one in everybody].count(True) == 1
        creditor = cast["tier1"].number
        body = {"nullifier": "0x" + "ab" * 32, "creditor": creditor, "currency": "CNY", "total": "100"}
        assert client.post("/v1/invoices", json=body).status_code == 201
        assert client.post("/v1/invoices", json=body).json()["rule"] == "invoice-exists"

    commitment = b"\x5c" * 32
    with reading(gateway.ledger) as view:
        statement = Statement(commitment, 1, b"\x01" * 32, 3, 0)
        gateway.ledger.attestations.attest(tax.signer, statement)
        assert not view.ledger.attestations.status_of(commitment).exists
        assert view.ledger.participants.count() == len(cast.players)
        assert view.ledger.issuance.count() == 0
    with reading(gateway.ledger) as view:
        assert view.ledger.attestations.status_of(commitment).valid
