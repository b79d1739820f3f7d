"""A gateway to a real chain: the participants it signs for, from a file.

    {"participants": [{"alias": "supplier-1", "name": "杭州精工零部件有限公司", "number": 2,
                       "keystore": "supplier-1.json", "token_sha256": "9f86…", "legal_id": "91330100…"}]}

A participant whose people act apart, maker and checker for instance, is there once for each of their
accounts. In place of a keystore there may be a token or a signing service (`api.http.keys`). Paths are
relative to the file. The file holds no secret: keys are elsewhere, and of a bearer token there is only the
SHA-256.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.http.gateway import Gateway, Member
from api.http.keys import BadKey, KeyPlace, KeyRing, key_place
from chain.deployment import read_manifest
from chain.engines import connect
from chain.ledger import open_ledger

_FIELDS: dict[str, type] = {"alias": str, "name": str, "number": int, "token_sha256": str}


class BadAccounts(Exception):
    """An accounts file cannot be used; the message names the participant, the field and the rule."""


@dataclass(frozen=True, slots=True)
class Account:
    """One participant of an accounts file, its key not yet opened."""

    alias: str
    name: str
    number: int
    key: KeyPlace
    token_sha256: bytes
    legal_id: str


def chain_gateway(chain: str, manifest: Path, accounts: Path, password: str) -> Gateway:
    """A gateway to the ledger of a manifest, on the node at a URL.

    Raises:
        EngineUnreachable: no node answers at the URL.
        BadManifest: the manifest cannot be read.
        WrongChain: the node's chain does not hold the ledger of the manifest.
        BadAccounts: the accounts file cannot be used, or an account is not its participant's.
    """
    listed = read_accounts(accounts)
    ledger = open_ledger(connect(chain), read_manifest(manifest))
    members = _members(listed, password)
    for member in members:
        acts_for = ledger.participants.number_of(member.signer.address)
        if acts_for != member.number:
            raise BadAccounts(
                f"{accounts}: {member.alias}: number: the ledger knows {member.signer.address} "
                f"as {f'participant {acts_for}' if acts_for else 'nobody'}, not as {member.number}"
            )
    return Gateway(ledger, members)


def read_accounts(path: Path) -> tuple[Account, ...]:
    """Reads an accounts file, without its keys.

    Raises:
        BadAccounts: the file is missing, is not JSON, or lacks a field or has a wrong one.
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadAccounts(f"{path}: there is no such file") from error
    except (ValueError, RecursionError) as error:
        raise BadAccounts(f"{path}: not JSON ({error})") from error
    listed = read.get("participants") if isinstance(read, dict) else None
    if not isinstance(listed, list) or not listed:
        raise BadAccounts(f"{path}: participants: must be a list of at least one")
    accounts = tuple(_account(path, place, one) for place, one in enumerate(listed))
    for field in ("alias", "token_sha256"):
        if len({getattr(account, field) for account in accounts}) < len(accounts):
            raise BadAccounts(f"{path}: {field}: must be each account's own")
    return accounts


def _account(path: Path, place: int, given: Any) -> Account:
    where = f"{path}: participants[{place}]"
    if not isinstance(given, dict):
        raise BadAccounts(f"{where}: must be an object")
    for field, kind in _FIELDS.items():
        if not isinstance(given.get(field), kind) or isinstance(given[field], bool):
            raise BadAccounts(f"{where}: {field}: must be {'text' if kind is str else 'a number'}")
    if not re.fullmatch(r"[0-9a-f]{64}", given["token_sha256"]):
        raise BadAccounts(f"{where}: token_sha256: must be 64 lowercase hexadecimal digits")
    try:
        key = key_place(given, path.parent)
    except BadKey as error:
        raise BadAccounts(f"{where}: {error}") from error
    return Account(
        alias=given["alias"],
        name=given["name"],
        number=given["number"],
        key=key,
        token_sha256=bytes.fromhex(given["token_sha256"]),
        legal_id=str(given.get("legal_id", "")),
    )


def _members(accounts: Sequence[Account], password: str) -> tuple[Member, ...]:
    keys = KeyRing(password)
    try:
        return tuple(_member(account, keys) for account in accounts)
    except BadAccounts:
        keys.close()
        raise


def _member(account: Account, keys: KeyRing) -> Member:
    try:
        signer = keys.signer(account.key)
    except BadKey as error:
        raise BadAccounts(f"{account.alias}: {error}") from error
    return Member(
        number=account.number,
        alias=account.alias,
        name=account.name,
        signer=signer,
        token_sha256=account.token_sha256,
        legal_id=account.legal_id,
    )
