"""Compiling the contracts from their sources, for whoever wants to check the committed artifacts."""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath
from typing import Any

import solcx
from solcx.wrapper import get_solc_version

from chain.artifacts import CONTRACTS, HAND

COMPILED = (*CONTRACTS, HAND)

_IMPORT = re.compile(r'^import\s+(?:\{[^}]*\}\s+from\s+)?"([^"]+)";', re.MULTILINE)

_SETTINGS: dict[str, Any] = {
    "evmVersion": "shanghai",
    "optimizer": {"enabled": True, "runs": 200},
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
    "outputSelection": {
        "*": {
            "*": [
                "abi",
                "evm.bytecode.object",
                "evm.deployedBytecode.object",
                "evm.deployedBytecode.immutableReferences",
                "storageLayout",
            ]
        }
    },
}


class CompilationFailed(Exception):
    """The compiler refused the sources; the message is the compiler's."""


def _sources(root: Path, unit: str, found: dict[str, dict[str, str]]) -> None:
    if unit in found:
        return
    folder = root if unit.startswith("src/") else root / "node_modules"
    text = (folder / unit).read_text(encoding="utf-8")
    found[unit] = {"content": text}
    for target in _IMPORT.findall(text):
        if target.startswith("."):
            parts: list[str] = []
            for part in PurePosixPath(unit).parent.joinpath(target).parts:
                if part == "..":
                    parts.pop()
                else:
                    parts.append(part)
            target = "/".join(parts)
        _sources(root, target, found)


def compile_contracts(root: Path) -> dict[str, dict[str, Any]]:
    """Compiles the contracts of the Solidity project at `root`.

    Uses `tools/solc` of that project, which needs Node and the project's npm packages.

    Returns:
        By contract name: `abi`, `bytecode`, `deployedBytecode`, `immutableReferences`, `storageLayout`,
        `compiler`.

    Raises:
        CompilationFailed: the sources do not compile.
    """
    sources: dict[str, dict[str, str]] = {}
    for name in COMPILED:
        _sources(root, f"src/{name}.sol", sources)
    binary = root / "tools" / "solc"
    try:
        output = solcx.compile_standard(
            {"language": "Solidity", "sources": sources, "settings": _SETTINGS}, solc_binary=binary
        )
    except solcx.exceptions.SolcError as error:
        raise CompilationFailed(str(error)) from error
    version = str(get_solc_version(binary, with_commit_hash=True))
    artifacts = {}
    for name in COMPILED:
        compiled = output["contracts"][f"src/{name}.sol"][name]
        deployed = compiled["evm"]["deployedBytecode"]
        artifacts[name] = {
            "contractName": name,
            "compiler": {
                "version": version,
                **{k: v for k, v in _SETTINGS.items() if k != "outputSelection"},
            },
            "abi": compiled["abi"],
            "bytecode": "0x" + compiled["evm"]["bytecode"]["object"],
            "deployedBytecode": "0x" + deployed["object"],
            "immutableReferences": deployed["immutableReferences"],
            "storageLayout": compiled["storageLayout"],
        }
    return artifacts


def write_artifacts(root: Path) -> list[Path]:
    """Compiles and writes one JSON file a contract to `root/artifacts`; returns the files."""
    written = []
    for name, artifact in compile_contracts(root).items():
        path = root / "artifacts" / f"{name}.json"
        path.write_text(json.dumps(artifact, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        written.append(path)
    return written
