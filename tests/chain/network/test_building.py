"""What building the node needs, and what is said when it is not there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from chain.network import building
from chain.network.errors import NoNodeProgram


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module that has not been built, on a machine with an empty path."""
    for name in ("go.mod", "go.sum"):
        (tmp_path / name).write_bytes((building.MODULE / name).read_bytes())
    (tmp_path / "tools").mkdir()
    monkeypatch.setattr(building, "MODULE", tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "tools" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "tools"))
    for variable in (building.OVERRIDE, "CC"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def install(module: Path, name: str, says: str) -> None:
    tool = module / "tools" / name
    tool.write_text(f"#!/bin/sh\n{says}\n")
    tool.chmod(0o700)


def test_no_go(module: Path) -> None:
    assert "there is no Go" in str(building.missing_tools())
    with pytest.raises(NoNodeProgram, match=r"Go 1\.22 or newer"):
        building.node_program()
    assert not (module / "bin").exists()


def test_a_go_that_is_too_old(module: Path) -> None:
    install(module, "go", "echo go version go1.19.8 linux/amd64")

    assert "is Go 1.19" in str(building.missing_tools())


def test_no_c_compiler(module: Path) -> None:
    install(module, "go", "echo go version go1.22.0 linux/amd64")

    assert "there is no C compiler" in str(building.missing_tools())


def test_a_build_that_fails_says_what_the_compiler_said_and_leaves_no_program(module: Path) -> None:
    install(module, "go", '[ "$1" = version ] && echo go version go1.22.0 && exit\necho no route >&2; exit 1')
    install(module, "cc", "")

    with pytest.raises(NoNodeProgram, match="failed:\nno route"):
        building.node_program()
    assert not (module / "bin" / "kcn").exists()


def test_what_was_built_is_built_again_only_when_the_module_changes(module: Path) -> None:
    install(
        module,
        "go",
        '[ "$1" = version ] && echo go version go1.22.0 && exit\n'
        'echo built >>log; while [ "$1" != -o ]; do shift; done; echo "#!/bin/sh" >"$2"',
    )
    install(module, "cc", "")
    first = building.node_program()
    building.node_program()
    assert building.missing_tools() is None
    assert (module / "log").read_text() == "built\n"

    (module / "go.sum").write_text("another")

    assert building.node_program() == first == module / "bin" / "kcn"
    assert (module / "log").read_text() == "built\nbuilt\n"


def test_a_program_of_ones_own(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(module, "own", "")
    monkeypatch.setenv(building.OVERRIDE, str(module / "tools" / "own"))
    assert building.node_program() == module / "tools" / "own"

    monkeypatch.setenv(building.OVERRIDE, os.devnull)
    with pytest.raises(NoNodeProgram, match="is no program"):
        building.node_program()
