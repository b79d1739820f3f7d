"""Deploying the ledger once, and recognising it afterwards."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

from eth_utils.address import is_checksum_address
from eth_utils.crypto import keccak

from chain.artifacts import CONTRACTS, artifact
from chain.engines import Engine
from chain.rules.state import Policy
from chain.sending import send
from chain.signing import Signer

DAY = 24 * 3600
_CODE_HASH = re.compile("0x[0-9a-f]{64}")

DEFAULT_POLICY = Policy(
    max_term=365 * DAY, offer_period=15 * DAY, disburse_period=5 * DAY, max_tier=8, min_level=3, max_legs=100
)
"""Limits a ledger starts with. The year is the longest term of 银发〔2025〕77号 art. 11."""


class BadManifest(Exception):
    """A deployment manifest cannot be read; the message names the field and the rule."""


class WrongChain(Exception):
    """The chain is not the one of the manifest, or the code there is not this ledger's."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Where a ledger is: enough to find it again and to know that it is the right one.

    `addresses` and `code_hashes` are by contract name; the hashes are keccak-256 of the runtime code with its
    immutable values blanked. `block` is the block of the first deployment.
    """

    chain_id: int
    block: int
    addresses: dict[str, str]
    code_hashes: dict[str, str]
    governors: tuple[str, ...]
    threshold: int


def deploy(
    engine: Engine,
    deployer: Signer,
    governors: Sequence[str],
    threshold: int,
    policy: Policy = DEFAULT_POLICY,
) -> Manifest:
    """Deploys the four contracts; the deployer has no right on them afterwards."""
    addresses: dict[str, str] = {}
    first_block = 0
    for name in CONTRACTS:
        arguments: tuple[object, ...] = {
            "Participants": (list(governors), threshold),
            "Attestations": (addresses.get("Participants"),),
            "Receivables": (addresses.get("Participants"), addresses.get("Attestations"), astuple(policy)),
            "Computations": (addresses.get("Participants"), addresses.get("Attestations")),
        }[name]
        factory = engine.w3.eth.contract(abi=artifact(name).abi, bytecode=artifact(name).bytecode)
        receipt = send(engine, deployer, factory.constructor(*arguments))
        first_block = first_block or receipt["blockNumber"]
        addresses[name] = str(receipt["contractAddress"])
    return Manifest(
        chain_id=engine.w3.eth.chain_id,
        block=first_block,
        addresses=addresses,
        code_hashes={name: _code_hash(name, artifact(name).deployed_bytecode) for name in CONTRACTS},
        governors=tuple(governors),
        threshold=threshold,
    )


def check_deployment(engine: Engine, manifest: Manifest) -> None:
    """Refuses a chain that does not hold the ledger of the manifest.

    Raises:
        WrongChain: the chain id or the code at an address differs from the manifest or from the artifacts.
    """
    if engine.w3.eth.chain_id != manifest.chain_id:
        raise WrongChain(f"chain id is {engine.w3.eth.chain_id}, the manifest says {manifest.chain_id}")
    for name in CONTRACTS:
        code = bytes(engine.w3.eth.get_code(engine.w3.to_checksum_address(manifest.addresses[name])))
        if not code:
            raise WrongChain(f"there is no contract at {manifest.addresses[name]} ({name})")
        expected = _code_hash(name, artifact(name).deployed_bytecode)
        if not _code_hash(name, code) == manifest.code_hashes[name] == expected:
            raise WrongChain(f"the code at {manifest.addresses[name]} is not that of {name}")


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Writes the manifest as JSON."""
    path.write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")


def read_manifest(path: Path) -> Manifest:
    """Reads a manifest.

    Raises:
        BadManifest: the file is missing, is not JSON, or lacks a field or has a wrong one.
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadManifest(f"{path}: there is no such file") from error
    except (ValueError, RecursionError) as error:
        raise BadManifest(f"{path}: not JSON ({error})") from error
    if not isinstance(read, dict):
        raise BadManifest(f"{path}: must be a JSON object")
    for field in ("chain_id", "block", "addresses", "code_hashes", "governors", "threshold"):
        if field not in read:
            raise BadManifest(f"{path}: {field}: is missing")
    for field in ("chain_id", "block", "threshold"):
        if not isinstance(read[field], int) or isinstance(read[field], bool):
            raise BadManifest(f"{path}: {field}: must be an integer")
    for name in CONTRACTS:
        if not isinstance(read["addresses"], dict) or not is_checksum_address(read["addresses"].get(name)):
            raise BadManifest(f"{path}: addresses.{name}: must be an address with checksum")
        if not isinstance(read["code_hashes"], dict) or name not in read["code_hashes"]:
            raise BadManifest(f"{path}: code_hashes.{name}: is missing")
        if not _CODE_HASH.fullmatch(str(read["code_hashes"][name])):
            raise BadManifest(f"{path}: code_hashes.{name}: must be 0x and 64 lower-case hex digits")
    if not isinstance(read["governors"], list) or not all(map(is_checksum_address, read["governors"])):
        raise BadManifest(f"{path}: governors: must be a list of addresses with checksum")
    return Manifest(
        chain_id=read["chain_id"],
        block=read["block"],
        addresses=read["addresses"],
        code_hashes=read["code_hashes"],
        governors=tuple(read["governors"]),
        threshold=read["threshold"],
    )


def _code_hash(name: str, code: bytes) -> str:
    return "0x" + keccak(artifact(name).masked(code)).hex()
