"""Deploying the ledger once, and recognising it afterwards."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import rlp
from eth_utils.address import is_checksum_address, to_canonical_address, to_checksum_address

from chain.artifacts import CONTRACTS, artifact
from chain.engines import Engine
from chain.hashing import keccak
from chain.rules.state import Ledger
from chain.sending import send
from chain.signing import Signer

DAY = 24 * 3600
_CODE_HASH = re.compile("0x[0-9a-f]{64}")


class BadManifest(Exception):
    """A deployment manifest cannot be read; the message names the field and the rule."""


class DeploymentDisturbed(Exception):
    """The contracts of a deployment do not know each other; it must be made anew."""


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


def deploy(engine: Engine, deployer: Signer, governors: Sequence[str], threshold: int) -> Manifest:
    """Deploys the contracts; the deployer has no right on them afterwards.

    Contracts that know each other are told addresses that are known beforehand, so the deployer's account may
    send nothing else meanwhile. The ledger refuses what needs a policy until governors have set them
    (`chain.policies`).

    Raises:
        DeploymentDisturbed: a contract was made at another address than the others were told.
    """
    with engine.lock:
        sender = engine.w3.to_checksum_address(deployer.address)
        nonce = engine.w3.eth.get_transaction_count(sender)
        addresses = ledger_addresses(to_canonical_address(sender), nonce)
        arguments = constructor_arguments(addresses, governors, threshold)
        first_block = 0
        for name in CONTRACTS:
            factory = engine.w3.eth.contract(abi=artifact(name).abi, bytecode=artifact(name).bytecode)
            receipt = send(engine, deployer, factory.constructor(*arguments[name]))
            first_block = first_block or receipt["blockNumber"]
            if receipt["contractAddress"] != addresses[name]:
                raise DeploymentDisturbed(
                    f"{name} was made at {receipt['contractAddress']}, not at {addresses[name]}: "
                    f"{sender} sent something else meanwhile"
                )
        chain_id = engine.w3.eth.chain_id
    return Manifest(
        chain_id=chain_id,
        block=first_block,
        addresses=addresses,
        code_hashes={name: _code_hash(name, artifact(name).deployed_bytecode) for name in CONTRACTS},
        governors=tuple(governors),
        threshold=threshold,
    )


def created_address(sender: bytes, nonce: int) -> bytes:
    """The address of the contract that an account's transaction makes (Yellow Paper, section 7)."""
    return keccak(rlp.encode([sender, nonce]))[12:]


def ledger_addresses(deployer: bytes, nonce: int) -> dict[str, str]:
    """Where the contracts of a deployment come to be whose first transaction has this nonce."""
    return {
        name: to_checksum_address(created_address(deployer, nonce + index))
        for index, name in enumerate(CONTRACTS)
    }


def constructor_arguments(
    addresses: Mapping[str, str], governors: Sequence[str], threshold: int
) -> dict[str, tuple[object, ...]]:
    """What each contract of a ledger is made with."""
    at = addresses
    return {
        "Participants": (tuple(governors), threshold),
        "Desk": (at["Participants"],),
        "Policies": (at["Participants"],),
        "Attestations": (at["Participants"],),
        "Computations": (at["Participants"], at["Attestations"]),
        "Receivables": (at["Participants"], at["Limits"], at["Issuance"], at["Financing"]),
        "Limits": (at["Participants"], at["Policies"], at["Receivables"], at["Issuance"]),
        "Invoices": (at["Participants"], at["Issuance"]),
        "Issuance": (
            *(at["Participants"], at["Policies"], at["Attestations"]),
            *(at["Invoices"], at["Limits"], at["Receivables"]),
        ),
        "Financing": (at["Participants"], at["Policies"], at["Receivables"]),
    }


def empty_ledger(manifest: Manifest) -> Ledger:
    """The state of a ledger before its deployment."""
    addresses = manifest.addresses
    return Ledger(
        chain_id=manifest.chain_id,
        governance=addresses["Participants"],
        computations=addresses["Computations"],
        desk=addresses["Desk"],
        invoices=addresses["Invoices"],
    )


def check_deployment(engine: Engine, manifest: Manifest) -> None:
    """Refuses a chain that does not hold the ledger of the manifest.

    A hand's code needs no check of its own: it is a part of the desk's, and its address is made of it.

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
