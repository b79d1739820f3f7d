"""Transactions that somebody has been at, under headers made anew: the calls show it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from chain.bundle import export_bundle
from chain.headers import rlp
from chain.headers.signatures import ORDER
from chain.headers.transactions import read_transaction
from tests.chain.scenario import Scene, signer_of
from tests.chain.test_bundle_forge import minimal
from tests.chain.test_bundle_tampering import Lines, found, lines_of, number_of, resealed, with_event


@pytest.fixture(scope="module")
def exported(history: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundles") / "history"
    export_bundle(history.engine, history.manifest, path)
    return path


def with_transaction(lines: Lines, change: Callable[[list[rlp.Item]], None]) -> dict[str, Any]:
    """The first offer's transaction changed, unsigned as it then is, under new headers."""
    block, _ = with_event(lines, "Receivables", "Offered")
    items = rlp.decode_list(bytes.fromhex(block["transactions"][0]))
    change(items)
    block["transactions"][0] = rlp.encode(items).hex()
    resealed(lines)
    return block


def upper_half(items: list[rlp.Item]) -> None:
    v, s = rlp.integer(items[6]), rlp.integer(items[8])
    items[6], items[8] = minimal(v + 1 if v % 2 else v - 1), minimal(ORDER - s)


def leading_zero(items: list[rlp.Item]) -> None:
    items[0] = b"\0" + rlp.text(items[0])


def no_signature(items: list[rlp.Item]) -> None:
    items[7] = b""


def other_recipient(items: list[rlp.Item]) -> None:
    items[3] = b"\1" * 21


def no_parity(items: list[rlp.Item]) -> None:
    items[6] = b"\2"


def one_item_less(items: list[rlp.Item]) -> None:
    items.pop()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (upper_half, "s"),
        (leading_zero, "nonce"),
        (no_signature, "r"),
        (other_recipient, "to"),
        (no_parity, "v"),
        (one_item_less, "encoding"),
    ],
)
def test_a_transaction_that_is_not_well_formed_is_refused_by_field(
    exported: Path, tmp_path: Path, change: Callable[[list[rlp.Item]], None], field: str
) -> None:
    lines = lines_of(exported)
    block = with_transaction(lines, change)

    divergence = found(tmp_path, lines)

    assert (divergence.kind, divergence.field) == ("transaction", f"0.{field}")
    assert divergence.block == number_of(block)


def test_calldata_that_its_sender_did_not_sign_is_somebody_elses_call(exported: Path, tmp_path: Path) -> None:
    lines = lines_of(exported)

    def other_data(items: list[rlp.Item]) -> None:
        items[5] = rlp.text(items[5])[:-1] + b"\xff"

    with_transaction(lines, other_data)

    divergence = found(tmp_path, lines)

    assert (divergence.kind, divergence.field) == ("call", "status")
    assert "not-participant" in divergence.expected


def signed_again(
    lines: Lines,
    event: str,
    who: str,
    change: Callable[[bytes], bytes],
    contract: str = "Receivables",
    **other: Any,
) -> dict[str, Any]:
    """The transaction behind an event with other calldata, signed by its sender, under new headers."""
    block, _ = with_event(lines, contract, event)
    read = read_transaction(bytes.fromhex(block["transactions"][0]))
    items = rlp.decode_list(bytes.fromhex(block["transactions"][0]))
    signer = signer_of(who)
    assert signer.address.lower() == "0x" + read.sender.hex()
    fields = {
        "nonce": read.nonce,
        "gasPrice": rlp.integer(items[1]),
        "gas": read.gas,
        "to": read.to,
        "value": 0,
        "data": change(read.data),
        "chainId": lines[0]["manifest"]["chain_id"],
    }
    block["transactions"][0] = bytes(
        Account.sign_transaction(fields | other, signer.account.key).raw_transaction
    ).hex()
    resealed(lines)
    return block


def test_a_stale_version_in_calldata_is_refused_though_the_log_is_lawful(
    exported: Path, tmp_path: Path
) -> None:
    lines = lines_of(exported)
    block = signed_again(lines, "Split", "supplier", lambda data: data[:67] + b"\x09" + data[68:])

    divergence = found(tmp_path, lines)

    assert (divergence.kind, divergence.block) == ("call", number_of(block))
    assert divergence.expected.startswith("refused by stale-voucher")


def test_a_quote_that_the_financier_did_not_sign_is_refused(exported: Path, tmp_path: Path) -> None:
    lines = lines_of(exported)
    tail = 4 + 32 * 12  # selector and twelve members, then r
    block = signed_again(
        *(lines, "QuoteAccepted", "second supplier"),
        lambda data: data[:tail] + bytes((data[tail] ^ 1,)) + data[tail + 1 :],
        "Financing",
    )

    divergence = found(tmp_path, lines)

    assert (divergence.kind, divergence.block) == ("call", number_of(block))
    assert any(rule in divergence.expected for rule in ("not-participant", "quote-not-signed"))


def test_a_transaction_of_another_chain_is_refused(exported: Path, tmp_path: Path) -> None:
    lines = lines_of(exported)
    signed_again(lines, "Split", "supplier", lambda data: data, chainId=1)

    divergence = found(tmp_path, lines)

    assert (divergence.kind, divergence.field, divergence.got) == ("transaction", "chainId", "1")
