"""The compiled contracts: ABI, bytecode and storage layout, as committed with the project."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

CONTRACTS = (
    "Participants",
    "Desk",
    "Policies",
    "Attestations",
    "Computations",
    "Receivables",
    "Limits",
    "Invoices",
    "Issuance",
    "Financing",
)
"""The ledger's contracts, in the order of their deployment."""

HAND = "Hand"
"""What the desk makes for each participant that asks for one; nobody deploys it alone."""


@dataclass(frozen=True)
class Artifact:
    """One compiled contract; `abi` and `storage_layout` are in the compiler's JSON form."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: bytes
    deployed_bytecode: bytes
    immutable_references: dict[str, list[dict[str, int]]]
    storage_layout: dict[str, Any]

    def masked(self, code: bytes) -> bytes:
        """Runtime code with its immutable values blanked, so that every deployment of it is the same."""
        masked = bytearray(code)
        for places in self.immutable_references.values():
            for place in places:
                start, length = place["start"], place["length"]
                masked[start : start + length] = bytes(length)
        return bytes(masked)


@cache
def artifact(name: str) -> Artifact:
    """The artifact of one of `CONTRACTS`, or of `HAND`."""
    text = resources.files("contracts.artifacts").joinpath(f"{name}.json").read_text(encoding="utf-8")
    read = json.loads(text)
    return Artifact(
        name=name,
        abi=read["abi"],
        bytecode=bytes.fromhex(read["bytecode"][2:]),
        deployed_bytecode=bytes.fromhex(read["deployedBytecode"][2:]),
        immutable_references=read["immutableReferences"],
        storage_layout=read["storageLayout"],
    )
