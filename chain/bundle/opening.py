"""The first line of a bundle: which ledger it is of and what it will hold."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from eth_utils.address import is_checksum_address

from chain.artifacts import CONTRACTS, artifact
from chain.bundle.divergence import diverge
from chain.bundle.file import FORMAT, VERSION
from chain.bundle.finality import ENGINES
from chain.deployment import Manifest
from chain.hashing import keccak

FIELDS = ["format", "version", "engine", "manifest", "artifacts", "first", "last", "head"]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a bundle says it is; `first` and `last` are block numbers, `head` the hash of the last in hex.

    `engine` is what the exporter calls the node: nothing is concluded from it. `consensus` is there of a BFT
    network, as `finality` reads it.
    """

    engine: str
    manifest: Manifest
    first: int
    last: int
    head: str
    consensus: dict[str, Any] | None = None

    @property
    def codec(self) -> str:
        """The name of the engine's codec: plain Ethereum where there is no consensus to verify."""
        return str(self.consensus["engine"]) if self.consensus else "ethereum"


def artifact_hashes() -> dict[str, dict[str, str]]:
    """keccak-256 of each contract's creation code, and of its runtime code with immutable values blanked."""
    return {
        name: {
            "creation": keccak(artifact(name).bytecode).hex(),
            "runtime": keccak(artifact(name).masked(artifact(name).deployed_bytecode)).hex(),
        }
        for name in CONTRACTS
    }


def opening_values(opening: Opening) -> dict[str, Any]:
    """The first line."""
    values: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "engine": opening.engine,
        "manifest": {**asdict(opening.manifest), "governors": list(opening.manifest.governors)},
        "artifacts": artifact_hashes(),
        "first": opening.first,
        "last": opening.last,
        "head": opening.head,
    }
    return values | ({"consensus": opening.consensus} if opening.consensus else {})


def read_opening(values: dict[str, Any], trusted: Manifest | None) -> Opening:
    """Reads the first line.

    Args:
        values: The line.
        trusted: The manifest the auditor knows, if any: the bundle must be of that ledger.

    Raises:
        Diverges: it is of another format, of other contracts or of another ledger.
    """
    fields = FIELDS + ["consensus"] * ("consensus" in values)
    if values.get("format") != FORMAT or values.get("version") != VERSION or list(values) != fields:
        got = f"{values.get('format')} {values.get('version')}"
        raise diverge("file", "format", f"{FORMAT} {VERSION}", got)
    manifest = _manifest(values["manifest"])
    for name, hashes in artifact_hashes().items():
        given = values["artifacts"].get(name) if isinstance(values["artifacts"], dict) else None
        if given != hashes:
            raise diverge("code", f"artifacts.{name}", hashes, given)
        if manifest.code_hashes[name] != "0x" + hashes["runtime"]:
            got = manifest.code_hashes[name]
            raise diverge("manifest", f"code_hashes.{name}", "0x" + hashes["runtime"], got)
    for field in ("first", "last"):
        if type(values[field]) is not int:
            raise diverge("file", field, "a block number", values[field])
    for field in ("engine", "head"):
        if not isinstance(values[field], str):
            raise diverge("file", field, "text", values[field])
    consensus = values.get("consensus")
    if "consensus" in values and not (isinstance(consensus, dict) and consensus.get("engine") in ENGINES):
        raise diverge("file", "consensus", f"one of {' or '.join(ENGINES)}", consensus)
    opening = Opening(values["engine"], manifest, values["first"], values["last"], values["head"], consensus)
    if not manifest.block == opening.first <= opening.last:
        raise diverge("manifest", "block", opening.first, manifest.block)
    for field, expected in asdict(trusted).items() if trusted else ():
        got = getattr(manifest, field)
        if got != expected:
            raise diverge("manifest", field, expected, got)
    return opening


def _manifest(values: Any) -> Manifest:
    """The manifest, its fields of their types."""
    kinds = {
        **{"chain_id": int, "block": int, "addresses": dict, "code_hashes": dict},
        **{"governors": list, "threshold": int},
    }
    if not isinstance(values, dict) or list(values) != list(kinds):
        raise diverge("manifest", "fields", list(kinds), values)
    for field, kind in kinds.items():
        if type(values[field]) is not kind:
            raise diverge("manifest", field, kind.__name__, values[field])
    for name in CONTRACTS:
        if not is_checksum_address(values["addresses"].get(name)):
            raise diverge("manifest", f"addresses.{name}", "an address with checksum", values["addresses"])
        if not isinstance(values["code_hashes"].get(name), str):
            raise diverge("manifest", f"code_hashes.{name}", "a hash", values["code_hashes"].get(name))
    if len(set(values["addresses"].values())) != len(CONTRACTS):
        raise diverge("manifest", "addresses", f"{len(CONTRACTS)} different ones", values["addresses"])
    return Manifest(**{**values, "governors": tuple(values["governors"])})
