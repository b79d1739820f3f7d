"""The vault in a database: evidence and grants outlive the process; all gateways of it share them.

What is kept is secret: it discloses every field. It is in the database's table `vault_evidence` as it is, so
whoever reads that table reads the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from api.http.vault import EvidenceNotKept, Grant, NothingGranted, Vault
from chain.database import BigKey, UtcTime, now_utc, reading
from flows.disclosure import Disclosure, disclose
from flows.evidence import Evidence
from flows.keeping import BadEvidence, evidence_from_json, evidence_to_json

metadata = MetaData()

vault_evidence = Table(
    "vault_evidence",
    metadata,
    Column("owner", BigInteger, primary_key=True, autoincrement=False),
    Column("commitment", LargeBinary, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("kept_at", UtcTime, nullable=False),
)
"""Evidence by its owner's number and its commitment: what `flows.keeping` writes, in UTF-8."""

vault_grant = Table(
    "vault_grant",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("owner", BigInteger, nullable=False),
    Column("commitment", LargeBinary, nullable=False),
    Column("grantee", BigInteger, nullable=False),
    Column("path", Text, nullable=False),
    Column("granted_at", UtcTime, nullable=False),
    ForeignKeyConstraint(
        ["owner", "commitment"],
        ["vault_evidence.owner", "vault_evidence.commitment"],
        name="vault_grant_evidence",
    ),
    UniqueConstraint("owner", "commitment", "grantee", "path", name="vault_grant_once"),
    Index("vault_grant_by_grantee", "grantee", "commitment"),
)
"""One row for each path an owner granted a participant."""


class EvidenceDamaged(Exception):
    """What the database keeps is not the evidence of its commitment; nothing of it is shown."""


class KeptVault:
    """Evidence by its owner and commitment, and grants, of a migrated database.

    Safe for threads and for processes. What is read back must have the commitment that it was kept under.
    """

    def __init__(self, database: Engine) -> None:
        self._database = database

    def __repr__(self) -> str:
        return "KeptVault()"

    def take_over(self, vault: Vault) -> None:
        """Keeps what a vault in memory has."""
        kept, grants = vault.contents()
        for owner, evidence in kept:
            self.keep(owner, evidence)
        for grant in grants:
            self.grant(grant.owner, grant.commitment, grant.grantee, grant.paths)

    def keep(self, owner: int, evidence: Evidence) -> None:
        """Keeps evidence for its owner."""
        row = {
            "owner": owner,
            "commitment": evidence.commitment,
            "content": evidence_to_json(evidence).encode(),
            "kept_at": now_utc(),
        }
        with self._database.begin() as connection:
            _insert_new(connection, vault_evidence, [row])

    def grant(self, owner: int, commitment: bytes, grantee: int, paths: Iterable[str]) -> Grant:
        """Lets a participant read fields, besides those it was granted before.

        Raises:
            EvidenceNotKept: the owner keeps no such evidence here.
            DisclosureRefused: a path names no field.
            EvidenceDamaged: what is kept is not that evidence.
        """
        given = tuple(dict.fromkeys(paths))
        here = {"owner": owner, "commitment": commitment, "grantee": grantee, "granted_at": now_utc()}
        with self._database.begin() as connection:
            disclose(_evidence(connection, owner, commitment), given)
            _insert_new(connection, vault_grant, [{**here, "path": path} for path in given])
            grants = _grants(
                connection,
                vault_grant.c.owner == owner,
                vault_grant.c.commitment == commitment,
                vault_grant.c.grantee == grantee,
            )
        # A request without paths grants nothing, and there may have been nothing before.
        return grants[0] if grants else Grant(commitment, owner, grantee, ())

    def grants(self, owner: int, commitment: bytes) -> tuple[Grant, ...]:
        """What an owner has granted of its evidence, by grantee.

        Raises:
            EvidenceNotKept: the owner keeps no such evidence here.
        """
        with reading(self._database) as connection:
            kept = select(vault_evidence.c.owner).where(
                vault_evidence.c.owner == owner, vault_evidence.c.commitment == commitment
            )
            if connection.execute(kept).first() is None:
                raise EvidenceNotKept
            return _grants(connection, vault_grant.c.owner == owner, vault_grant.c.commitment == commitment)

    def disclosure(self, reader: int, commitment: bytes) -> Disclosure:
        """The fields granted to a participant, with their proofs, whichever of its owners granted them.

        Raises:
            NothingGranted: there is no grant to it.
            EvidenceDamaged: what is kept is not that evidence.
        """
        with reading(self._database) as connection:
            granted = _grants(
                connection, vault_grant.c.grantee == reader, vault_grant.c.commitment == commitment
            )
            if not granted:
                raise NothingGranted
            evidence = _evidence(connection, granted[0].owner, commitment)
        return disclose(evidence, [path for grant in granted for path in grant.paths])


def _insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Inserts the rows that are not there yet."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    for row in rows:
        connection.execute(dialect.insert(table).values(row).on_conflict_do_nothing())


def _evidence(connection: Connection, owner: int, commitment: bytes) -> Evidence:
    content = connection.execute(
        select(vault_evidence.c.content).where(
            vault_evidence.c.owner == owner, vault_evidence.c.commitment == commitment
        )
    ).scalar()
    if content is None:
        raise EvidenceNotKept
    try:
        evidence = evidence_from_json(bytes(content).decode())
    except (BadEvidence, UnicodeDecodeError):
        evidence = None
    if evidence is None or evidence.commitment != commitment:
        raise EvidenceDamaged(f"the evidence 0x{commitment.hex()} of participant {owner} was altered")
    return evidence


def _grants(connection: Connection, *where: Any) -> tuple[Grant, ...]:
    """Grants that fulfil some conditions, by owner and grantee, their paths in the order of granting."""
    paths: dict[tuple[int, bytes, int], list[str]] = {}
    for row in connection.execute(select(vault_grant).where(*where).order_by(vault_grant.c.id)):
        paths.setdefault((row.owner, bytes(row.commitment), row.grantee), []).append(row.path)
    return tuple(
        Grant(commitment, owner, grantee, tuple(own))
        for (owner, commitment, grantee), own in sorted(paths.items())
    )
