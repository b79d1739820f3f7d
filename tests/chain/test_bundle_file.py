"""Files that somebody has been at."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chain.bundle import Divergence, file, verify_bundle
from chain.bundle.file import line_of
from tests.chain.test_bundle_forge import forged


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


@pytest.mark.parametrize("more", [b"\0", b"x", gzip.compress(b"{}\n", mtime=0)])
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


@pytest.mark.parametrize(
    "content", [b"", b"not gzip", gzip.compress(b"", mtime=0), gzip.compress(b"[]\n" * 3, mtime=0)]
)
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
