"""Openings, accounts and storage that somebody has been at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chain.artifacts import artifact
from chain.bundle import export_bundle, verify_bundle
from chain.bundle.file import BundleWriter
from chain.engines import Engine
from tests.chain.history import rich_history
from tests.chain.scenario import founded
from tests.chain.test_bundle_forge import forged
from tests.chain.test_bundle_tampering import Lines, found, lines_of


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundles") / "bundle"
    forged(path, 60, per_block=6)
    return path


def opening(lines: Lines) -> dict[str, Any]:
    return lines[0]


def other_address(lines: Lines) -> None:
    addresses = opening(lines)["manifest"]["addresses"]
    addresses["Computations"] = "0x" + "00" * 19 + "01"


def swapped_addresses(lines: Lines) -> None:
    addresses = opening(lines)["manifest"]["addresses"]
    a, b = "Attestations", "Computations"
    addresses[a], addresses[b] = addresses[b], addresses[a]


def one_address_twice(lines: Lines) -> None:
    addresses = opening(lines)["manifest"]["addresses"]
    addresses["Computations"] = addresses["Attestations"]


def address_in_lower_case(lines: Lines) -> None:
    addresses = opening(lines)["manifest"]["addresses"]
    addresses["Computations"] = addresses["Computations"].lower()


def other_governors(lines: Lines) -> None:
    opening(lines)["manifest"]["governors"].reverse()


def other_threshold(lines: Lines) -> None:
    opening(lines)["manifest"]["threshold"] = 3


def other_chain(lines: Lines) -> None:
    opening(lines)["manifest"]["chain_id"] += 1


def other_block(lines: Lines) -> None:
    opening(lines)["manifest"]["block"] += 1


def other_code_hash(lines: Lines) -> None:
    opening(lines)["manifest"]["code_hashes"]["Receivables"] = "0x" + "11" * 32


def other_artifact(lines: Lines) -> None:
    opening(lines)["artifacts"]["Receivables"]["creation"] = "11" * 32


def other_version(lines: Lines) -> None:
    opening(lines)["version"] = 2


def other_head(lines: Lines) -> None:
    opening(lines)["head"] = "11" * 32


def a_block_more(lines: Lines) -> None:
    opening(lines)["last"] += 1


def a_block_less(lines: Lines) -> None:
    opening(lines)["last"] -= 1


def text_for_a_number(lines: Lines) -> None:
    opening(lines)["manifest"]["chain_id"] = "4242"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (other_address, "deployment"),
        (swapped_addresses, "call"),
        (one_address_twice, "manifest"),
        (address_in_lower_case, "manifest"),
        (other_governors, "deployment"),
        (other_threshold, "deployment"),
        (other_chain, "transaction"),
        (other_block, "manifest"),
        (other_code_hash, "manifest"),
        (other_artifact, "code"),
        (other_version, "file"),
        (other_head, "header"),
        (a_block_more, "file"),
        (a_block_less, "header"),
        (text_for_a_number, "manifest"),
    ],
)
def test_an_opening_of_another_ledger_is_refused(
    bundle: Path, tmp_path: Path, change: Callable[[Lines], None], kind: str
) -> None:
    lines = lines_of(bundle)
    change(lines)

    assert found(tmp_path, lines).kind == kind


def account(lines: Lines, contract: str) -> dict[str, Any]:
    return next(line for line in lines if line.get("account") == contract)


def page(lines: Lines, contract: str) -> list[list[str]]:
    words: list[list[str]] = next(line for line in lines if line.get("storage") == contract)["words"]
    return words


def proof_without_a_node(lines: Lines) -> None:
    account(lines, "Receivables")["proof"].pop()


def proof_with_nodes_swapped(lines: Lines) -> None:
    account(lines, "Receivables")["proof"].reverse()


def proof_with_a_node_more(lines: Lines) -> None:
    nodes = account(lines, "Receivables")["proof"]
    nodes.append(nodes[-1])


def proof_of_another_account(lines: Lines) -> None:
    account(lines, "Receivables")["proof"] = account(lines, "Attestations")["proof"]


def proof_altered(lines: Lines) -> None:
    nodes = account(lines, "Receivables")["proof"]
    nodes[-1] = nodes[-1][:-1] + ("0" if nodes[-1][-1] != "0" else "1")


def code_altered(lines: Lines) -> None:
    of = account(lines, "Receivables")
    of["code"] = of["code"][:-2] + "ff"


def immutable_altered(lines: Lines) -> None:
    (place, *_) = next(iter(artifact("Receivables").immutable_references.values()))
    of = account(lines, "Receivables")
    code = bytearray.fromhex(of["code"])
    code[place["start"] + 31] ^= 1
    of["code"] = code.hex()


def accounts_swapped(lines: Lines) -> None:
    a, b = lines.index(account(lines, "Receivables")), lines.index(account(lines, "Computations"))
    lines[a], lines[b] = lines[b], lines[a]


def value_altered(lines: Lines) -> None:
    word = page(lines, "Receivables")[-1]
    word[1] = word[1][:-1] + ("0" if word[1][-1] != "0" else "1")


def word_dropped(lines: Lines) -> None:
    page(lines, "Receivables").pop(3)


def word_added(lines: Lines) -> None:
    page(lines, "Receivables").append(["11" * 32, "22" * 32])


def words_swapped(lines: Lines) -> None:
    words = page(lines, "Receivables")
    words[3:5] = reversed(words[3:5])


def page_dropped(lines: Lines) -> None:
    lines[:] = [line for line in lines if line.get("storage") != "Computations"]


def word_of_31_bytes(lines: Lines) -> None:
    page(lines, "Receivables")[0][1] = "00" * 31


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (proof_without_a_node, "account-proof"),
        (proof_with_nodes_swapped, "account-proof"),
        (proof_with_a_node_more, "account-proof"),
        (proof_of_another_account, "account-proof"),
        (proof_altered, "account-proof"),
        (code_altered, "code"),
        (immutable_altered, "code"),
        (accounts_swapped, "file"),
        (value_altered, "storage"),
        (word_dropped, "storage"),
        (word_added, "storage"),
        (words_swapped, "storage"),
        (page_dropped, "storage"),
        (word_of_31_bytes, "file"),
    ],
)
def test_a_state_that_is_not_the_headers_is_refused(
    bundle: Path, tmp_path: Path, change: Callable[[Lines], None], kind: str
) -> None:
    lines = lines_of(bundle)
    change(lines)

    assert found(tmp_path, lines).kind == kind


def test_a_state_without_proofs_agrees_and_says_that_nothing_proves_it(bundle: Path, tmp_path: Path) -> None:
    path = tmp_path / "unproven"
    with BundleWriter(path) as writer:
        for line in lines_of(bundle):
            writer.write(line | {"proof": None} if "account" in line else line)

    report = verify_bundle(path)

    assert report.agrees
    assert not report.proven
    assert set(report.bound.values()) == {"not"}
    assert any("bound to no header" in note for note in report.notes)


@pytest.mark.contracts
@pytest.mark.parametrize("change", ["drop", "swap", "alter", "add"])
def test_nodes_that_do_not_prove_the_words_are_refused(
    anvil_bundle: Path, tmp_path: Path, change: str
) -> None:
    lines = lines_of(anvil_bundle)
    nodes: list[str] = next(line for line in lines if line.get("proofs") == "Receivables")["nodes"]
    others: list[str] = next(line for line in lines if line.get("proofs") == "Financing")["nodes"]
    match change:
        case "drop":
            nodes.pop(3)
        case "swap":
            nodes[0], others[0] = others[0], nodes[0]
        case "alter":
            nodes[3] = nodes[3][:-1] + ("0" if nodes[3][-1] != "0" else "1")
        case "add":
            nodes.append(others[0])

    assert found(tmp_path, lines).kind == "storage-proof"


@pytest.fixture(scope="module")
def anvil_bundle(anvil: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    scene = rich_history(founded(anvil))
    path = tmp_path_factory.mktemp("bundles") / "anvil"
    export_bundle(anvil, scene.manifest, path)
    return path
