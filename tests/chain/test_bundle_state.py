"""Files, openings, accounts and storage that somebody has been at."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chain.artifacts import artifact
from chain.bundle import Divergence, export_bundle, file, verify_bundle
from chain.bundle.file import BundleWriter, line_of
from chain.engines import Engine
from tests.chain.scenario import founded, rich_history
from tests.chain.test_bundle_forge import forged
from tests.chain.test_bundle_tampering import Lines, found, lines_of


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundles") / "bundle"
    forged(path, 60, per_block=6)
    return path


def first_of(path: Path) -> Divergence:
    divergence = verify_bundle(path).first_divergence
    assert divergence is not None
    return divergence


@pytest.mark.parametrize("cut", [1, 8, 100, 2000])
def test_a_truncated_file_is_refused(bundle: Path, tmp_path: Path, cut: int) -> None:
    path = tmp_path / "cut"
    path.write_bytes(bundle.read_bytes()[:-cut])

    divergence = first_of(path)

    assert divergence.kind == "file"
    assert "truncated" in divergence.got


@pytest.mark.parametrize("more", [b"\0", b"x", gzip.compress(b"{}\n")])
def test_bytes_after_the_end_are_refused(bundle: Path, tmp_path: Path, more: bytes) -> None:
    path = tmp_path / "more"
    path.write_bytes(bundle.read_bytes() + more)

    divergence = first_of(path)

    assert (divergence.kind, divergence.expected) == ("file", "nothing after the closing line")


def test_an_altered_byte_anywhere_is_refused(bundle: Path, tmp_path: Path) -> None:
    whole, path = bundle.read_bytes(), tmp_path / "altered"

    # The header of gzip names no content: its time, flags and system may be anything.
    for at in range(10, len(whole), len(whole) // 60):
        path.write_bytes(whole[:at] + bytes((whole[at] ^ 16,)) + whole[at + 1 :])
        assert not verify_bundle(path).agrees


@pytest.mark.parametrize("content", [b"", b"not gzip", gzip.compress(b""), gzip.compress(b"[]\n" * 3)])
def test_a_file_that_is_no_bundle_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)

    assert first_of(path).kind == "file"


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        verify_bundle(tmp_path / "nothing")


def rewritten(bundle: Path, path: Path, change: Callable[[list[bytes]], None]) -> Path:
    lines = gzip.decompress(bundle.read_bytes()).splitlines(keepends=True)
    change(lines)
    path.write_bytes(gzip.compress(b"".join(lines)))
    return path


def with_a_space(lines: list[bytes]) -> None:
    lines[3] = lines[3].replace(b":", b": ", 1)


def with_upper_case(lines: list[bytes]) -> None:
    values = json.loads(lines[3])
    values["hash"] = values["hash"].upper()
    lines[3] = line_of(values)


def with_a_key_twice(lines: list[bytes]) -> None:
    lines[3] = lines[3].replace(b"{", b'{"hash":"00",', 1)


def with_keys_in_another_order(lines: list[bytes]) -> None:
    values = json.loads(lines[3])
    lines[3] = line_of(dict(reversed(values.items())))


def without_the_end(lines: list[bytes]) -> None:
    lines.pop()


def with_two_ends(lines: list[bytes]) -> None:
    lines.append(lines[-1])


def with_another_count(lines: list[bytes]) -> None:
    end = json.loads(lines[-1])
    end["end"]["lines"] += 1
    lines[-1] = line_of(end)


def with_deep_nesting(lines: list[bytes]) -> None:
    lines[3] = b"[" * 100_000 + b"\n"


@pytest.mark.parametrize(
    "change",
    [
        with_a_space,
        with_upper_case,
        with_a_key_twice,
        with_keys_in_another_order,
        without_the_end,
        with_two_ends,
        with_another_count,
        with_deep_nesting,
    ],
)
def test_a_file_written_another_way_is_refused(
    bundle: Path, tmp_path: Path, change: Callable[[list[bytes]], None]
) -> None:
    assert first_of(rewritten(bundle, tmp_path / "rewritten", change)).kind == "file"


def test_a_line_without_end_does_not_fill_memory(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "MAX_LINE", 2**16)

    def endless(lines: list[bytes]) -> None:
        lines[3] = b"[" * 2**22

    assert first_of(rewritten(bundle, tmp_path / "endless", endless)).expected == "at most 65536 bytes"


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
    page(lines, "Receivables").pop(5)


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
    others: list[str] = next(line for line in lines if line.get("proofs") == "Attestations")["nodes"]
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
