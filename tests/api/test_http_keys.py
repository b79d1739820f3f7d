"""Keys of an accounts file: in keystores, in tokens, with a signing service; no secret is in the file."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from eth_keys.datatypes import PrivateKey
from web3 import HTTPProvider

from api.bench.postgres import free_port
from api.http.accounts import BadAccounts, read_accounts
from api.http.gateway import hash_token
from api.http.keys import BadKey, KeyRing, Keystore, ServiceKey, TokenKey, key_place
from api.story.cast import admit, found_ledger
from chain.deployment import write_manifest
from chain.engines import Engine
from chain.signing import LocalSigner, write_keystore
from tests.signing.services import PIN, SigningService, make_token, softhsm

ADDRESS = "0x" + "5f" * 20
TOKEN = {"module": "/usr/lib/hsm.so", "token": "bank", "key": "tax", "pin_env": "BANK_PIN"}
SERVICE = {"url": "http://signer.internal:9000", "address": ADDRESS}
PASSWORD = "correct horse"


def test_an_entry_says_where_its_key_is(tmp_path: Path) -> None:
    assert key_place({"keystore": "a.json"}, tmp_path) == Keystore(tmp_path / "a.json")
    assert key_place({"pkcs11": TOKEN}, tmp_path) == TokenKey(
        Path("/usr/lib/hsm.so"), "bank", "tax", pin_env="BANK_PIN"
    )
    in_file = {**TOKEN, "pin_file": "bank.pin"}
    del in_file["pin_env"]
    place = key_place({"pkcs11": in_file}, tmp_path)
    assert isinstance(place, TokenKey)
    assert place.pin_file == tmp_path / "bank.pin"
    assert key_place({"web3signer": SERVICE}, tmp_path) == ServiceKey(SERVICE["url"], ADDRESS)
    assert key_place({"web3signer": {**SERVICE, "builds": True}}, tmp_path) == ServiceKey(
        SERVICE["url"], ADDRESS, builds=True
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "exactly one says where the key is; none of them is there"),
        ({"keystore": "a", "pkcs11": TOKEN}, "exactly one says where the key is; keystore and pkcs11"),
        ({"keystore": 7}, "keystore: must be text"),
        ({"keystore": ""}, "keystore: must be text"),
        ({"pkcs11": "bank"}, "pkcs11: must be an object"),
        ({"pkcs11": {**TOKEN, "module": None}}, "pkcs11: module: must be text"),
        ({"pkcs11": {**TOKEN, "key": ""}}, "pkcs11: key: must be text"),
        ({"pkcs11": {**TOKEN, "pin": "2468"}}, r"pkcs11: pin: must not be in the file; name a variable"),
        ({"pkcs11": {**TOKEN, "pin_file": "x"}}, "pin_env, pin_file: exactly one says where the PIN is"),
        ({"pkcs11": {k: v for k, v in TOKEN.items() if k != "pin_env"}}, "exactly one says where the PIN is"),
        ({"pkcs11": {**TOKEN, "pin_env": "24 68"}}, "pin_env: must be the name of a variable, not a PIN"),
        ({"pkcs11": {**TOKEN, "slot": 1}}, "pkcs11: slot: is not known; there are module, token, key"),
        ({"web3signer": []}, "web3signer: must be an object"),
        ({"web3signer": {**SERVICE, "url": "signer"}}, "web3signer: url: must be http:// or https://"),
        ({"web3signer": {**SERVICE, "url": "ftp://signer"}}, "web3signer: url: must be http:// or https://"),
        ({"web3signer": {**SERVICE, "url": "http://[::"}}, "web3signer: url: must be http:// or https://"),
        (
            {"web3signer": {**SERVICE, "url": "http://me:hush@signer"}},
            "url: must hold no name and no password",
        ),
        ({"web3signer": {**SERVICE, "address": "0x12"}}, "address: must be 0x and 40 hexadecimal digits"),
        ({"web3signer": {**SERVICE, "builds": 1}}, "builds: must be true or false"),
        ({"web3signer": {**SERVICE, "key": "x"}}, "web3signer: key: is not known; there are url, address"),
    ],
)
def test_an_entry_that_cannot_be_right_is_refused_by_field_and_rule(
    tmp_path: Path, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadKey, match=said) as refused:
        key_place(given, tmp_path)
    assert not {"2468", "24 68", "hush"} & set(str(refused.value).split())

    common = {"alias": "tax", "name": "税", "number": 7, "token_sha256": "ab" * 32}
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps({"participants": [{**common, **given}]}), encoding="utf-8")
    with pytest.raises(BadAccounts, match=rf"participants\[0\]: .*{said}"):
        read_accounts(file)


def in_file(file: Path) -> TokenKey:
    return TokenKey(Path("/no/such/library.so"), "bank", "tax", pin_file=file)


def test_a_pin_is_read_from_where_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "bank.pin"
    with pytest.raises(BadKey, match=r"pin_file: .*bank\.pin: No such file"):
        KeyRing("").signer(in_file(file))
    file.write_text("2468\n", encoding="utf-8")
    for mode in (0o644, 0o640):
        file.chmod(mode)
        with pytest.raises(BadKey, match=rf"others can read .*\(mode {mode:o}\); chmod 600 it") as refused:
            KeyRing("").signer(in_file(file))
        assert "2468" not in str(refused.value)
    file.chmod(0o600)
    with pytest.raises(BadKey, match="pkcs11: token 'bank'") as refused:
        KeyRing("").signer(in_file(file))
    assert "2468" not in str(refused.value)
    for content in (b" \n", b"\xff\xfe"):
        file.write_bytes(content)
        with pytest.raises(BadKey, match=r"is empty|is no text"):
            KeyRing("").signer(in_file(file))


def test_a_pin_that_is_not_in_the_environment_is_missed() -> None:
    place = TokenKey(Path("/no/such/library.so"), "bank", "tax", pin_env="BANK_PIN")

    for environment in ({}, {"BANK_PIN": ""}):
        with pytest.raises(BadKey, match="pin_env: BANK_PIN is not set in the environment"):
            KeyRing("", environment).signer(place)


def test_no_text_of_a_key_ring_shows_a_secret() -> None:
    assert "hush" not in repr(KeyRing("hush", {"BANK_PIN": "hush"}))


def test_a_service_is_asked_once_for_the_keys_it_has() -> None:
    service = SigningService(PrivateKey(b"\x17" * 32))
    own = service.key.public_key.to_checksum_address()
    ring = KeyRing("")
    with service.served() as url:
        for address in (own, own.lower()):
            assert ring.signer(ServiceKey(url, address)).address == own
        with pytest.raises(BadKey, match=f"web3signer: {url} has no key of {ADDRESS}"):
            ring.signer(ServiceKey(url, ADDRESS))
        assert len(service.asked) == 1
    with pytest.raises(BadKey, match=r"web3signer: .*: the signing service: ConnectError"):
        KeyRing("").signer(ServiceKey(url, own))


# The command, with all kinds of keys at once


@dataclass(frozen=True)
class Bank:
    """A ledger on anvil, and who is to act: the tax attester by a token, the carrier by a signing service."""

    folder: Path
    node: str
    service: SigningService
    creditor: int
    entries: list[dict[str, Any]]

    def write(self, *entries: dict[str, Any]) -> Path:
        file = self.folder / f"{secrets.token_hex(4)}.json"
        file.write_text(json.dumps({"participants": entries}), encoding="utf-8")
        return file

    def command(self, accounts: Path, port: int, *more: str) -> list[str]:
        command = [sys.executable, "-m", "api.cli", "serve", "--chain", self.node, "--port", str(port)]
        command += ["--manifest", str(self.folder / "manifest.json"), "--accounts", str(accounts), *more]
        return command

    def environment(self, **more: str) -> dict[str, str]:
        return {**os.environ, "COUNTERFOIL_KEYSTORE_PASSWORD": PASSWORD, "BANK_PIN": PIN, **more}


@pytest.fixture(scope="module")
def bank(anvil: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    module, folder = softhsm(), tmp_path_factory.mktemp("bank")
    assert module is not None
    ledger, manifest, governors = found_ledger(anvil)
    cast, _ = admit(ledger, governors)
    write_manifest(manifest, folder / "manifest.json")
    keys = {}
    for alias in ("tax", "carrier", "tier1"):
        signer = cast[alias].signer
        assert isinstance(signer, LocalSigner)
        keys[alias] = bytes(signer.account.key)
        if alias == "tier1":
            write_keystore(signer, folder / "tier1.json", PASSWORD, work=2)
    before = os.environ.get("SOFTHSM2_CONF")
    make_token(folder, "bank")
    import_key(folder, keys["tax"], "tax")
    service = SigningService(PrivateKey(keys["carrier"]))
    with service.served() as url:
        places: dict[str, dict[str, Any]] = {
            "tax": {"pkcs11": {**TOKEN, "module": str(module)}},
            "carrier": {"web3signer": {"url": url, "address": cast["carrier"].signer.address}},
            "tier1": {"keystore": "tier1.json"},
        }
        entries = [
            {
                "alias": alias,
                "name": cast[alias].party.name,
                "number": cast[alias].number,
                "token_sha256": hash_token(alias).hex(),
                **place,
            }
            for alias, place in places.items()
        ]
        assert isinstance(anvil.w3.provider, HTTPProvider)
        yield Bank(folder, str(anvil.w3.provider.endpoint_uri), service, cast["tier1"].number, entries)
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


def import_key(folder: Path, key: bytes, label: str) -> None:
    """Puts a key into the token, as an operator does."""
    private = ec.derive_private_key(int.from_bytes(key, "big"), ec.SECP256K1())
    pem = folder / "key.pem"
    pem.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    command = ["softhsm2-util", "--import", str(pem), "--token", "bank", "--label", label, "--id", "a1"]
    subprocess.run([*command, "--pin", PIN], check=True, capture_output=True)
    pem.unlink()


@contextmanager
def serving(bank: Bank, accounts: Path, *more: str) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        bank.command(accounts, port, *more),
        env=bank.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                assert httpx.get(f"{url}/livez", trust_env=False).status_code == 200
                break
            except httpx.TransportError:
                assert process.poll() is None, process.communicate()[1].decode()
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield url
    finally:
        process.kill()
        process.communicate()


@pytest.mark.contracts
@pytest.mark.softhsm
@pytest.mark.parametrize("kept", [False, True], ids=["sent at once", "with a database"])
def test_participants_act_with_keys_that_the_gateway_never_has(
    bank: Bank, tmp_path: Path, *, kept: bool
) -> None:
    database = ("--database", f"sqlite:///{tmp_path / 'gateway.db'}") if kept else ()
    bank.service.asked.clear()

    with serving(bank, bank.write(*bank.entries), *database) as url:
        answers = {}
        for alias in ("tax", "carrier"):
            body = {
                "nullifier": "0x" + secrets.token_hex(32),
                "creditor": bank.creditor,
                "currency": "CNY",
                "total": "100",
            }
            headers = {"Authorization": f"Bearer {alias}", "Idempotency-Key": alias}
            answers[alias] = httpx.post(
                f"{url}/v1/invoices", json=body, headers=headers, timeout=60, trust_env=False
            )

    assert {alias: answer.status_code for alias, answer in answers.items()} == {"tax": 201, "carrier": 201}, {
        alias: answer.text for alias, answer in answers.items()
    }
    assert any("/api/v1/eth1/sign/" in path for path, _ in bank.service.asked)


@pytest.mark.contracts
@pytest.mark.softhsm
@pytest.mark.parametrize(
    ("change", "environment", "said"),
    [
        ({}, {"BANK_PIN": "9999"}, "tax: pkcs11: token 'bank': PinIncorrect"),
        ({"key": "nobody"}, {}, "tax: pkcs11: key 'nobody' of token 'bank': NoSuchKey"),
        ({"token": "no such"}, {}, "tax: pkcs11: token 'no such'"),
        ({"module": "/no/such.so"}, {}, "tax: pkcs11: token 'bank'"),
    ],
)
def test_a_token_that_cannot_be_used_ends_the_command_with_a_sentence_without_the_pin(
    bank: Bank, change: dict[str, str], environment: dict[str, str], said: str
) -> None:
    tax = bank.entries[0]
    accounts = bank.write({**tax, "pkcs11": {**tax["pkcs11"], **change}})

    run = subprocess.run(
        bank.command(accounts, free_port()),
        env=bank.environment(**environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode == 2
    assert said in run.stderr
    assert "9999" not in run.stderr
    assert PIN not in run.stderr


@pytest.mark.contracts
@pytest.mark.softhsm
def test_a_signing_service_that_goes_away_is_told_and_the_write_may_be_sent_again(
    bank: Bank, tmp_path: Path
) -> None:
    body = {
        "nullifier": "0x" + secrets.token_hex(32),
        "creditor": bank.creditor,
        "currency": "CNY",
        "total": "1",
    }
    headers = {"Authorization": "Bearer carrier"}
    with (
        serving(
            bank, bank.write(bank.entries[1]), "--database", f"sqlite:///{tmp_path / 'gateway.db'}"
        ) as url,
        httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as client,
    ):
        bank.service.status = 500
        refused = client.post("/v1/invoices", json=body)
        bank.service.status = 200
        again = client.post("/v1/invoices", json=body)

    assert (refused.status_code, refused.json()["rule"]) == (503, "signing-failed")
    assert again.status_code == 201, again.text
