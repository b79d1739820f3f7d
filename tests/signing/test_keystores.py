from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from chain.signing import LocalSigner, new_signer, read_keystore, write_keystore


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
