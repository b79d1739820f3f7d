"""Whoever keeps the key: the same transactions and signatures, which every node and contract accepts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from eth_keys.datatypes import PrivateKey
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from chain.headers.signatures import ORDER
from chain.headers.transactions import read_transaction
from chain.signing import LocalSigner, Signer, SigningFailed, secp256k1
from chain.signing.pkcs11 import Token
from chain.signing.web3signer import Web3Signer, connect_web3signer
from tests.signing.services import PIN, SigningService, make_token, softhsm

CONTRACT = to_checksum_address("0x" + "c0" * 20)
KEY = PrivateKey(b"\x17" * 32)
ADDRESS = KEY.public_key.to_checksum_address()
LEGACY = {
    "chainId": 4242,
    "nonce": 7,
    "gasPrice": 3 * 10**9,
    "gas": 90_000,
    "to": CONTRACT,
    "value": 0,
    "data": b"\x01\x02\x03\x04" + bytes(40),
}
TYPE_2 = {k: v for k, v in LEGACY.items() if k != "gasPrice"} | {
    "type": 2,
    "maxFeePerGas": 0,
    "maxPriorityFeePerGas": 0,
}
TYPED = encode_typed_data(
    {"name": "Counterfoil Financing", "version": "1", "chainId": 4242, "verifyingContract": CONTRACT},
    {"Quote": [{"name": "voucher", "type": "uint80"}, {"name": "terms", "type": "bytes32"}]},
    {"voucher": 9, "terms": b"\x05" * 32},
)


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[SigningService, str]]:
    serving = SigningService(KEY)
    with serving.served() as url:
        yield serving, url


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    """A token whose keys SoftHSM made; nobody has ever seen them."""
    import pkcs11
    from pkcs11.constants import Attribute
    from pkcs11.mechanisms import KeyType
    from pkcs11.util.ec import encode_named_curve_parameters

    module = softhsm()
    assert module is not None
    make_token(tmp_path_factory.mktemp("softhsm"), "counterfoil")
    with pkcs11.lib(str(module)).get_token(token_label="counterfoil").open(rw=True, user_pin=PIN) as session:
        for label, curve in (("bank", "secp256k1"), ("carrier", "secp256k1"), ("other curve", "secp256r1")):
            parameters = session.create_domain_parameters(
                KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters(curve)}, local=True
            )
            parameters.generate_keypair(store=True, label=label)
    opened = Token(module, "counterfoil", PIN)
    yield opened
    opened.close()


@pytest.fixture(
    params=[
        "local",
        "web3signer",
        "web3signer that builds",
        pytest.param("token", marks=pytest.mark.softhsm),
    ]
)
def signer(request: pytest.FixtureRequest) -> Iterator[Signer]:
    if request.param == "local":
        yield LocalSigner(Account.from_key(KEY.to_bytes()))
    elif request.param == "token":
        yield request.getfixturevalue("token").signer("bank")
    else:
        _, url = request.getfixturevalue("service")
        found = connect_web3signer(url, builds="builds" in request.param)[ADDRESS]
        yield found
        found.client.close()


@pytest.mark.parametrize("transaction", [LEGACY, TYPE_2], ids=["legacy", "type 2"])
def test_a_transaction_is_the_signers_and_says_what_it_was_given(
    signer: Signer, transaction: dict[str, Any]
) -> None:
    raw = signer.sign_transaction(dict(transaction))

    read = read_transaction(raw)  # strict: canonical RLP, low s
    assert "0x" + read.sender.hex() == signer.address.lower()
    assert (read.chain_id, read.nonce, read.gas, read.value) == (4242, 7, 90_000, 0)
    assert (read.to, read.data) == (b"\xc0" * 20, transaction["data"])
    assert Account.recover_transaction(raw) == signer.address


def test_many_signatures_are_all_low_and_recover(signer: Signer) -> None:
    for nonce in range(40):  # a token's s is in the upper half every second time
        assert read_transaction(signer.sign_transaction({**LEGACY, "nonce": nonce})).nonce == nonce


def test_typed_data_is_signed_as_contracts_check_it(signer: Signer) -> None:
    signature = signer.sign_message(TYPED)

    assert len(signature) == 65
    assert signature[64] in (27, 28)
    assert int.from_bytes(signature[32:64], "big") <= ORDER // 2
    assert Account.recover_message(TYPED, signature=signature) == signer.address


def test_a_plain_message_is_signed_too(signer: Signer) -> None:
    message = encode_defunct(text="counterfoil")

    assert Account.recover_message(message, signature=signer.sign_message(message)) == signer.address


def test_no_text_of_a_signer_shows_a_secret(signer: Signer) -> None:
    shown = f"{signer!r} {signer}"

    assert KEY.to_bytes().hex() not in shown
    assert PIN not in shown


def test_our_encoding_is_eth_accounts() -> None:
    """The library's own signer and the one built here from bare signatures make the same bytes."""

    def sign(payload: bytes) -> secp256k1.Signature:
        from eth_utils.crypto import keccak

        signature = KEY.sign_msg_hash(keccak(payload))
        return signature.r, signature.s, signature.v

    for transaction in (LEGACY, TYPE_2):
        expected = bytes(Account.from_key(KEY.to_bytes()).sign_transaction(transaction).raw_transaction)
        assert secp256k1.sign_transaction(transaction, sign) == expected


@given(st.binary(min_size=32, max_size=32), st.booleans())
def test_whatever_half_s_is_in_the_signature_is_completed(digest: bytes, high: bool) -> None:
    made = KEY.sign_msg_hash(digest)
    s = ORDER - made.s if high else made.s

    assert secp256k1.completed(made.r, s, digest, ADDRESS) == (made.r, made.s, made.v)


def test_a_signature_of_another_key_is_refused() -> None:
    made = PrivateKey(b"\x18" * 32).sign_msg_hash(b"\x01" * 32)

    with pytest.raises(SigningFailed, match=f"not of {ADDRESS}"):
        secp256k1.completed(made.r, made.s, b"\x01" * 32, ADDRESS)


# Tokens


@pytest.mark.softhsm
def test_a_token_has_many_keys_and_one_session(token: Token) -> None:
    bank, carrier = token.signer("bank"), token.signer("carrier")

    assert bank.address != carrier.address
    for signer in (bank, carrier, bank):
        assert Account.recover_transaction(signer.sign_transaction(dict(LEGACY))) == signer.address


@pytest.mark.softhsm
@pytest.mark.parametrize(("label", "pin"), [("counterfoil", "9999"), ("no such token", PIN)])
def test_a_token_that_cannot_be_opened_is_named_and_the_pin_is_not(
    token: Token, label: str, pin: str
) -> None:
    module = softhsm()
    assert module is not None
    assert token.signer("bank")
    with pytest.raises(SigningFailed, match=f"token '{label}'") as refused:
        Token(module, label, pin)
    assert pin not in str(refused.value)


@pytest.mark.softhsm
def test_a_key_that_is_not_there_or_on_another_curve_is_named(token: Token) -> None:
    with pytest.raises(SigningFailed, match="key 'nobody' of token 'counterfoil': NoSuchKey"):
        token.signer("nobody")
    with pytest.raises(SigningFailed, match="is not on secp256k1"):
        token.signer("other curve")


def test_a_missing_library_is_named() -> None:
    with pytest.raises(SigningFailed, match="token 'counterfoil'"):
        Token(Path("/no/such/library.so"), "counterfoil", PIN)


# The signing service


@pytest.fixture
def remote(service: tuple[SigningService, str]) -> Iterator[tuple[SigningService, Web3Signer]]:
    serving, url = service
    found = connect_web3signer(url)[ADDRESS]
    yield serving, found
    serving.status, serving.spoil = 200, None
    found.client.close()


def test_the_service_sees_what_it_signs(remote: tuple[SigningService, Web3Signer]) -> None:
    serving, signer = remote

    raw = signer.sign_transaction(dict(LEGACY))

    path, body = serving.asked[-1]
    assert path == f"/api/v1/eth1/sign/{signer.identifier}"
    assert LEGACY["data"].hex() in body["data"]  # type: ignore[attr-defined]
    assert read_transaction(raw).nonce == 7


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-4],
        lambda _: "Signing failed",
        lambda text: text[:10] + ("0" if text[10] != "0" else "1") + text[11:],
        lambda _: "0x" + "00" * 65,
    ],
    ids=["cut off", "words", "one digit changed", "zeros"],
)
def test_an_answer_that_is_no_signature_of_ours_is_refused(
    remote: tuple[SigningService, Web3Signer], spoil: Any
) -> None:
    serving, signer = remote
    serving.spoil = spoil

    with pytest.raises(SigningFailed):
        signer.sign_transaction(dict(LEGACY))
    with pytest.raises(SigningFailed):
        signer.sign_message(TYPED)


def test_a_service_that_refuses_is_named(remote: tuple[SigningService, Web3Signer]) -> None:
    serving, signer = remote
    serving.status = 403

    with pytest.raises(SigningFailed, match="HTTP 403"):
        signer.sign_transaction(dict(LEGACY))


def test_a_service_that_is_not_there_is_named() -> None:
    from api.bench.postgres import free_port

    with pytest.raises(SigningFailed, match="ConnectError"):
        connect_web3signer(f"http://127.0.0.1:{free_port()}")


def test_a_service_that_lists_no_keys_is_refused(service: tuple[SigningService, str]) -> None:
    serving, url = service
    serving.spoil = lambda _: '["not a key"]'
    try:
        with pytest.raises(SigningFailed, match="no list of public keys"):
            connect_web3signer(url)
    finally:
        serving.spoil = None


@given(
    st.fixed_dictionaries(
        {
            "chainId": st.integers(1, 2**53),
            "nonce": st.integers(0, 2**32),
            "gasPrice": st.integers(0, 2**64),
            "gas": st.integers(0, 2**32),
            "to": st.binary(min_size=20, max_size=20).map(to_checksum_address),
            "value": st.integers(0, 2**64),
            "data": st.binary(max_size=200),
        }
    )
)
def test_a_local_key_signs_legacy_transactions_byte_for_byte_as_eth_account_does(
    fields: dict[str, Any],
) -> None:
    account = Account.from_key(KEY.to_bytes())

    assert LocalSigner(account).sign_transaction(fields) == bytes(
        account.sign_transaction(fields).raw_transaction
    )


def test_a_local_key_shows_nothing_of_itself() -> None:
    signer = LocalSigner(Account.from_key(KEY.to_bytes()))

    assert KEY.to_hex()[2:] not in repr(signer)
    assert signer == LocalSigner(Account.from_key(KEY.to_bytes()))


def test_a_transaction_from_another_account_is_not_signed() -> None:
    signer = LocalSigner(Account.from_key(KEY.to_bytes()))

    with pytest.raises(TypeError):
        signer.sign_transaction({**LEGACY, "from": CONTRACT})
