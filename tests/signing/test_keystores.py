from __future__ import annotations

import json
import stat
from dataclasses import astuple
from pathlib import Path

import pytest
from coincurve import PublicKey
from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.crypto import keccak

from chain import errors
from chain.bundle.signatures import acceptance_type, digest_of, members_of, quote_type, signing_domain
from chain.clients.base import compact
from chain.rules.state import Kind
from chain.signing import LocalSigner, new_signer, read_keystore, write_keystore
from tests.chain.scenario import Scene


@pytest.fixture(scope="module")
def signer() -> LocalSigner:
    return new_signer()


@pytest.fixture(scope="module")
def keystore(signer: LocalSigner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "bank.json"
    write_keystore(signer, path, "correct horse")
    return path


def test_a_keystore_gives_the_signer_back(signer: LocalSigner, keystore: Path) -> None:
    message = encode_defunct(text="counterfoil")

    read = read_keystore(keystore, "correct horse")

    assert read.address == signer.address
    assert read.sign_message(message) == signer.sign_message(message)
    assert Account.recover_message(message, signature=read.sign_message(message)) == signer.address


def test_a_keystore_is_of_version_3_and_scrypt(keystore: Path) -> None:
    read = json.loads(keystore.read_text(encoding="utf-8"))

    assert (read["version"], read["crypto"]["kdf"], read["crypto"]["cipher"]) == (3, "scrypt", "aes-128-ctr")
    assert read["crypto"]["kdfparams"]["n"] >= 2**18


def test_a_wrong_password_is_refused(keystore: Path) -> None:
    with pytest.raises(ValueError, match="MAC"):
        read_keystore(keystore, "wrong horse")


def test_a_keystore_is_its_owners_only(keystore: Path) -> None:
    assert stat.S_IMODE(keystore.stat().st_mode) == 0o600


def test_a_key_is_never_overwritten(signer: LocalSigner, keystore: Path) -> None:
    before = keystore.read_bytes()

    with pytest.raises(FileExistsError):
        write_keystore(signer, keystore, "another")

    assert keystore.read_bytes() == before


def test_an_encryption_that_fails_leaves_nothing_behind(
    signer: LocalSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Account, "encrypt", fail)

    with pytest.raises(MemoryError):
        write_keystore(signer, tmp_path / "bank.json", "correct horse")

    assert list(tmp_path.iterdir()) == []


def test_no_text_of_a_signer_shows_its_key(signer: LocalSigner, keystore: Path) -> None:
    key = bytes(signer.account.key)
    shown = f"{signer!r} {signer} {keystore.read_text(encoding='utf-8')}"

    assert key.hex() not in shown
    assert str(int.from_bytes(key, "big")) not in shown
    assert repr(key) not in shown


def test_fresh_signers_differ() -> None:
    assert new_signer().address != new_signer().address


ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def signed_by(digest: bytes, signature: bytes) -> str:
    """The account whose signature of a digest it is, by another library than the project's."""
    recoverable = signature[:64] + bytes((signature[64] - 27,))
    key = PublicKey.from_signature_and_message(recoverable, digest, hasher=None).format(compressed=False)
    return "0x" + keccak(key[1:])[12:].hex()


def test_a_quote_is_signed_as_its_contract_hashes_it(scene: Scene) -> None:
    client, bank = scene.ledger.financing, scene.signers["bank"]
    quote = scene.quote(7 << 48 | 9, 3, kind=Kind.PLEDGE)

    signature = client.sign_quote(bank, quote)

    assert signed_by(client.quote_digest(quote), signature) == bank.address.lower()


def test_an_acceptance_is_signed_as_its_contract_hashes_it(scene: Scene) -> None:
    client, receiver = scene.ledger.receivables, scene.signers["bank"]
    acceptance, signature = scene.acceptance(scene.confirmed(), "bank", scene.fresh())

    digest = client.contract.functions.acceptanceDigest(astuple(acceptance)).call()

    assert signed_by(digest, signature) == receiver.address.lower()


def test_what_is_signed_is_known_without_the_contract(embedded_scene: Scene) -> None:
    scene, manifest = embedded_scene, embedded_scene.manifest
    quote = scene.quote(7 << 48 | 9, 3)
    acceptance, _ = scene.acceptance(scene.confirmed(), "bank")
    domains = {
        name: signing_domain(name, manifest.chain_id, bytes.fromhex(manifest.addresses[name][2:]))
        for name in ("Financing", "Receivables")
    }

    quoted, accepted = (
        encode([kind for kind, _ in members_of(contract, function)], astuple(record))
        for contract, function, record in (
            ("Financing", "quoteDigest", quote),
            ("Receivables", "acceptanceDigest", acceptance),
        )
    )

    assert digest_of(domains["Financing"], quote_type(), quoted) == scene.ledger.financing.quote_digest(quote)
    shown = scene.ledger.receivables.contract.functions.acceptanceDigest(astuple(acceptance)).call()
    assert digest_of(domains["Receivables"], acceptance_type(), accepted) == shown


def test_the_compact_form_of_a_signature_is_that_of_the_standard() -> None:
    # EIP-2098, "Test Cases".
    r = bytes.fromhex("68a020a209d3d56c46f38cc50a33f704f4a9a10a59377f8dd762ac66910e9b90")
    s = bytes.fromhex("7e865ad05c4035ab5792787d4a0297a43617ae897930a6fe4d822b8faea52064")
    other_r = bytes.fromhex("9328da16089fcba9bececa81663203989f2df5fe1faa6291a45381c81bd17f76")
    other_s = bytes.fromhex("139c6d6b623b42da56557e5e734a43dc83345ddfadec52cbe24d0cc64f550793")

    assert compact(r + s + b"\x1b") == (r, s)
    assert compact(other_r + other_s + b"\x1c") == (
        other_r,
        bytes.fromhex("939c6d6b623b42da56557e5e734a43dc83345ddfadec52cbe24d0cc64f550793"),
    )


def test_what_is_no_signature_has_no_compact_form() -> None:
    r, s = b"\1" * 32, b"\2" * 32

    with pytest.raises(errors.ECDSAInvalidSignatureLength):
        compact(r + s)
    with pytest.raises(errors.ECDSAInvalidSignature):
        compact(r + s + b"\1")
    with pytest.raises(errors.ECDSAInvalidSignatureS):
        compact(r + (ORDER - 5).to_bytes(32, "big") + b"\x1b")
