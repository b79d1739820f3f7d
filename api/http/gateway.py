"""A gateway: a ledger, the participants it signs for, and the evidence they keep with it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from api.http.answers import Answers
from api.http.intake import Intake
from api.http.kept import Kept
from api.http.kept_answers import KeptAnswers
from api.http.kept_vault import KeptVault
from api.http.vault import Vault
from chain.ledger import OpenLedger
from chain.signing import Signer


@dataclass(frozen=True, slots=True)
class Member:
    """An account of a participant that the gateway signs for.

    Attributes:
        number: the participant's, on the ledger.
        alias: a short name in ASCII letters, for configuration and command lines.
        name: as the organisation is called.
        signer: of its account.
        token_sha256: SHA-256 of its bearer token; the token itself is nowhere.
        legal_id: its USCC or LEI, where the gateway knows it.
    """

    number: int
    alias: str
    name: str
    signer: Signer = field(repr=False)
    token_sha256: bytes = field(repr=False)
    legal_id: str = ""


@dataclass(frozen=True)
class Gateway:
    """What the HTTP API serves.

    Where it has a database, `kept` is there, and with its `intake` transactions are taken on record without
    waiting.

    Raises:
        ValueError: two members share a token, so it would not say who acts.
    """

    ledger: OpenLedger = field(repr=False)
    members: tuple[Member, ...]
    vault: Vault | KeptVault = field(default_factory=Vault, repr=False)
    answers: Answers | KeptAnswers = field(default_factory=Answers, repr=False)
    kept: Kept | None = field(default=None, repr=False)
    intake: Intake | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if len({member.token_sha256 for member in self.members}) < len(self.members):
            raise ValueError("every member of a gateway needs a token of its own")

    def member(self, number: int) -> Member | None:
        """The first member with a participant's number, if it is one of the gateway's."""
        return next((member for member in self.members if member.number == number), None)

    def bearer(self, token: str) -> Member | None:
        """The member whose token this is; takes as long whichever it is, or none."""
        given = hash_token(token)
        found: Member | None = None
        for member in self.members:
            if hmac.compare_digest(member.token_sha256, given):
                found = member
        return found


def new_token() -> str:
    """A fresh random bearer token: 256 bits."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """What a gateway keeps of a token. The token is random, so a plain hash tells nothing about it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
