from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from chain import artifacts, compilation
from tests.chain.conftest import ROOT

pytestmark = pytest.mark.contracts
CONTRACTS_ROOT = ROOT / "contracts"


@pytest.fixture(scope="module")
def compiled() -> dict[str, dict[str, Any]]:
    if not (CONTRACTS_ROOT / "node_modules" / "solc").exists():
        pytest.skip("the compiler is not installed: run npm ci in contracts/")
    return compilation.compile_contracts(CONTRACTS_ROOT)


@pytest.mark.parametrize("name", compilation.COMPILED)
def test_the_committed_artifact_is_what_the_sources_compile_to(
    compiled: dict[str, dict[str, Any]], name: str
) -> None:
    committed = json.loads((CONTRACTS_ROOT / "artifacts" / f"{name}.json").read_text(encoding="utf-8"))

    assert committed == compiled[name]


def test_all_contracts_are_compiled(compiled: dict[str, dict[str, Any]]) -> None:
    assert set(compiled) == set(compilation.COMPILED) == {*artifacts.CONTRACTS, artifacts.HAND}


def test_no_contract_exceeds_the_size_a_chain_takes() -> None:
    sizes = {name: len(artifacts.artifact(name).deployed_bytecode) for name in compilation.COMPILED}

    assert max(sizes.values()) <= 24_576, sizes


@pytest.mark.parametrize("name", compilation.COMPILED)
def test_forge_compiles_to_the_same_code(
    compiled: dict[str, dict[str, Any]], name: str, forged: Path
) -> None:
    output = json.loads((forged / f"{name}.sol" / f"{name}.json").read_text(encoding="utf-8"))

    assert output["bytecode"]["object"] == compiled[name]["bytecode"]
    assert output["deployedBytecode"]["object"] == compiled[name]["deployedBytecode"]


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    forge = CONTRACTS_ROOT / "node_modules" / ".bin" / "forge"
    if not forge.exists():
        pytest.skip("forge is not installed: run npm ci in contracts/")
    out = tmp_path_factory.mktemp("forge")
    command = [str(forge), "build", "src", "--out", str(out / "out"), "--cache-path", str(out / "cache")]
    subprocess.run(command, cwd=CONTRACTS_ROOT, check=True, capture_output=True)
    return out / "out"


def test_sources_that_do_not_compile_are_told_with_the_compilers_words(
    compiled: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    assert compiled
    for name in ("src", "tools"):
        (tmp_path / name).mkdir()
    for source in (CONTRACTS_ROOT / "src").glob("*.sol"):
        (tmp_path / "src" / source.name).write_bytes(source.read_bytes())
    broken = tmp_path / "src" / "Roles.sol"
    broken.write_text(broken.read_text(encoding="utf-8") + "\ncontract {", encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(CONTRACTS_ROOT / "node_modules")
    (tmp_path / "tools" / "solc").symlink_to(CONTRACTS_ROOT / "tools" / "solc")

    with pytest.raises(compilation.CompilationFailed, match="Expected identifier"):
        compilation.compile_contracts(tmp_path)
