"""Whose key is where: each member makes its own, and each of its gateway's participants has a keystore there.

A member's folder (`members/NAME/`, 0700) holds its validator's key already. Beside it come:

- `governor.json`: the keystore of the member's vote in governance.
- `gateway/`: `accounts.json` (0600), which names participants and hashes of tokens, and a keystore of each.

Passwords and tokens are drawn at random and are nowhere but in memory.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from api.http.gateway import hash_token, new_token
from api.story.cast import PARTS
from chain.network.layout import Member, Network
from chain.signing import LocalSigner, new_signer, read_keystore, write_keystore
from flows.records import Party
from flows.samples import sample_party

HOSTED: Mapping[str, tuple[str, ...]] = {
    "member-1": ("anchor", "tier1", "tier3", "tax", "carrier", "auditor", "factor"),
    "member-2": ("tier2", "bank", "settlement", "court"),
}
"""Which parts each gateway serves, by its member's name: every hop of the story crosses between the two."""

_LITTLE_WORK = 4096


@dataclass(frozen=True, slots=True)
class Keys:
    """A member's keystores: its governor's account, each participant's account by part, and the password."""

    member: Member
    folder: Path
    governor: str
    accounts: Mapping[str, str]
    password: str = field(repr=False)

    @property
    def gateway(self) -> Path:
        """The gateway's own folder."""
        return self.folder / "gateway"

    def governor_signer(self) -> LocalSigner:
        """The member's vote, opened."""
        return read_keystore(self.folder / "governor.json", self.password)


@dataclass(frozen=True, slots=True)
class Player:
    """A participant at a gateway: its part and number, who plays it, and the token it acts by."""

    part: str
    label: str
    party: Party
    number: int
    member: str
    token: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.label} {self.party.name}"


def make_keys(network: Network, member: Member) -> Keys:
    """Makes the keys of a member's governor and of its gateway's participants, in the member's own folder."""
    folder, password = network.folder(member), secrets.token_urlsafe(32)
    gateway = folder / "gateway"
    gateway.mkdir(mode=0o700)

    def make(path: Path) -> str:
        signer = new_signer()
        write_keystore(signer, path, password, _LITTLE_WORK)
        return signer.address

    governor = make(folder / "governor.json")
    accounts = {part: make(gateway / f"{part}.json") for part in HOSTED.get(member.name, ())}
    return Keys(member, folder, governor, accounts, password)


def write_accounts(keys: Keys, numbers: Mapping[str, int]) -> dict[str, Player]:
    """Writes the gateway's accounts file once the ledger has numbered the participants; who plays there."""
    players: dict[str, Player] = {}
    entries: list[dict[str, object]] = []
    for part in keys.accounts:
        party, token = sample_party(PARTS[part].name), new_token()
        players[part] = Player(part, PARTS[part].label, party, numbers[part], keys.member.name, token)
        entries.append(
            {
                "alias": part,
                "name": party.name,
                "number": numbers[part],
                "keystore": f"{part}.json",
                "token_sha256": hash_token(token).hex(),
                "legal_id": party.id,
            }
        )
    path = keys.gateway / "accounts.json"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"participants": entries}, file, ensure_ascii=False, indent=2)
    return players


def accounts_of(members: Sequence[Keys]) -> dict[str, str]:
    """Every participant's account by part, in the order in which they are admitted."""
    found = {part: account for keys in members for part, account in keys.accounts.items()}
    return {part: found[part] for part in PARTS}
