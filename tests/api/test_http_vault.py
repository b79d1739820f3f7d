"""Evidence and grants in a database: they outlive the process, and every process of the database has them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import update

from api.http.gateway import Gateway
from api.http.kept_vault import EvidenceDamaged, KeptVault, vault_evidence
from api.http.sandbox import sandbox
from api.http.vault import EvidenceNotKept, NothingGranted
from chain.database import BadDatabase, migrate, open_database
from flows.checks.cross import Level
from flows.disclosure import DisclosureRefused, verify_disclosure
from flows.evidence import Evidence, commit_fields
from flows.fields import Field
from flows.records import Flow
from tests.sending.conftest import database as database
from tests.sending.conftest import database_url as database_url

OWNER, OTHER, BANK, FACTOR = 2, 3, 8, 9
PATHS = [f"invoice/{n}" for n in range(8)]


@pytest.fixture
def evidence() -> Evidence:
    fields = tuple(Field(path, "text", f"份 {path} \0") for path in PATHS)
    return commit_fields(fields, b"\x07" * 32, frozenset({Flow.INVOICE}), Level.L3, (b"\x02" * 33,))


@pytest.fixture
def vault(database: Database) -> Callable[[], KeptVault]:
    """The vault of one database, as one process after another opens it."""
    migrate(database)
    return lambda: KeptVault(database)


def test_evidence_and_grants_are_there_for_the_next_process(
    vault: Callable[[], KeptVault], evidence: Evidence
) -> None:
    vault().keep(OWNER, evidence)
    vault().grant(OWNER, evidence.commitment, BANK, [PATHS[3], PATHS[1]])
    granted = vault().grant(OWNER, evidence.commitment, BANK, [PATHS[1], PATHS[0]])
    vault().grant(OWNER, evidence.commitment, FACTOR, ["invoice/"])

    assert granted.paths == (PATHS[3], PATHS[1], PATHS[0])
    assert [(one.grantee, one.paths) for one in vault().grants(OWNER, evidence.commitment)] == [
        (BANK, granted.paths),
        (FACTOR, ("invoice/",)),
    ]
    shown = verify_disclosure(vault().disclosure(BANK, evidence.commitment), evidence.commitment)
    assert sorted(shown) == [PATHS[0], PATHS[1], PATHS[3]]
    assert shown[PATHS[0]].value == evidence.fields[0].value
    everything = verify_disclosure(vault().disclosure(FACTOR, evidence.commitment), evidence.commitment)
    assert sorted(everything) == PATHS


def test_nobody_is_shown_what_was_not_granted(vault: Callable[[], KeptVault], evidence: Evidence) -> None:
    kept = vault()
    with pytest.raises(EvidenceNotKept):
        kept.grant(OWNER, evidence.commitment, BANK, PATHS)
    kept.keep(OWNER, evidence)

    for stranger in (BANK, OWNER, OTHER):
        with pytest.raises(NothingGranted):
            kept.disclosure(stranger, evidence.commitment)
    with pytest.raises(EvidenceNotKept):
        kept.grants(OTHER, evidence.commitment)
    with pytest.raises(EvidenceNotKept):
        kept.grant(OTHER, evidence.commitment, BANK, PATHS)
    with pytest.raises(DisclosureRefused):
        kept.grant(OWNER, evidence.commitment, BANK, [PATHS[0], "no/such/field"])
    assert kept.grants(OWNER, evidence.commitment) == ()  # all of a grant or nothing


def test_a_participant_reads_what_any_owner_granted_it(
    vault: Callable[[], KeptVault], evidence: Evidence
) -> None:
    kept = vault()
    for owner, path in ((OWNER, PATHS[0]), (OTHER, PATHS[5])):
        kept.keep(owner, evidence)
        kept.grant(owner, evidence.commitment, BANK, [path])

    shown = kept.disclosure(BANK, evidence.commitment)

    assert [one.field.path for one in shown.fields] == [PATHS[0], PATHS[5]]


def test_grants_made_at_once_are_all_kept(vault: Callable[[], KeptVault], evidence: Evidence) -> None:
    vault().keep(OWNER, evidence)
    halves = [PATHS[:5], PATHS[3:]] * 4

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda paths: vault().grant(OWNER, evidence.commitment, BANK, paths), halves))

    (grant,) = vault().grants(OWNER, evidence.commitment)
    assert sorted(grant.paths) == PATHS


def test_evidence_kept_again_is_kept_once(vault: Callable[[], KeptVault], evidence: Evidence) -> None:
    vault().keep(OWNER, evidence)
    vault().grant(OWNER, evidence.commitment, BANK, PATHS[:1])
    vault().keep(OWNER, evidence)

    assert [one.paths for one in vault().grants(OWNER, evidence.commitment)] == [(PATHS[0],)]


def test_altered_evidence_is_shown_to_nobody(
    vault: Callable[[], KeptVault], database: Database, evidence: Evidence
) -> None:
    vault().keep(OWNER, evidence)
    vault().grant(OWNER, evidence.commitment, BANK, PATHS)
    for damage in (b"{}", b"\xff"):
        with database.begin() as connection:
            connection.execute(update(vault_evidence).values(content=damage))

        with pytest.raises(EvidenceDamaged):
            vault().disclosure(BANK, evidence.commitment)


def test_a_field_changed_by_hand_is_noticed(
    vault: Callable[[], KeptVault], database: Database, evidence: Evidence
) -> None:
    vault().keep(OWNER, evidence)
    vault().grant(OWNER, evidence.commitment, BANK, PATHS)
    with database.begin() as connection:
        content = bytes(connection.execute(vault_evidence.select()).one().content)
        changed = content.replace("份 invoice/0".encode(), "份 invoice/9".encode())
        assert changed != content
        connection.execute(update(vault_evidence).values(content=changed))

    with pytest.raises(EvidenceDamaged):
        vault().disclosure(BANK, evidence.commitment)


def test_the_vault_says_nothing_of_what_it_keeps(
    vault: Callable[[], KeptVault], evidence: Evidence, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        vault().keep(OWNER, evidence)
        vault().grant(OWNER, evidence.commitment, BANK, PATHS)
        vault().disclosure(BANK, evidence.commitment)

    told = caplog.text + repr(vault()) + repr(evidence)
    assert evidence.salts[0].hex() not in told
    assert evidence.fields[0].value not in told


def test_two_gateways_of_one_database_show_the_same_grants(
    vault: Callable[[], KeptVault], serve: Callable[[Gateway], AbstractContextManager[str]]
) -> None:
    """Granted at one, read at the other, and again at a third that starts after both have ended."""
    gateway, tokens = sandbox()
    assert not isinstance(gateway.vault, KeptVault)
    vault().take_over(gateway.vault)
    bank, carrier = (
        next(m.number for m in gateway.members if m.alias == each) for each in ("bank", "carrier")
    )

    def asked(url: str, alias: str) -> httpx.Client:
        return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {tokens[alias]}"})

    def another() -> AbstractContextManager[str]:
        return serve(replace(gateway, vault=vault()))

    with another() as one, another() as two, asked(one, "tier1") as owner, asked(two, "carrier") as reader:
        evidence = owner.get("/v1/receivables/1").json()["evidence"]
        assert reader.get(f"/v1/attestations/{evidence}/disclosure").status_code == 404
        given = owner.post(
            f"/v1/attestations/{evidence}/grants", json={"grantee": carrier, "paths": ["check/level"]}
        )
        read = reader.get(f"/v1/attestations/{evidence}/disclosure")
    with another() as three, asked(three, "carrier") as reader, asked(three, "tier1") as owner:
        again = reader.get(f"/v1/attestations/{evidence}/disclosure")
        listed = owner.get(f"/v1/attestations/{evidence}/grants").json()["grants"]

    assert given.status_code == 201, given.text
    assert [one["path"] for one in read.json()["disclosure"]["fields"]] == ["check/level"]
    assert again.json()["disclosure"] == read.json()["disclosure"]
    assert {one["grantee"] for one in listed} == {bank, carrier}


def test_a_database_in_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "gateway.db"
    opened = open_database(f"sqlite:///{file}")
    migrate(opened)
    with opened.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}
    opened.dispose()
    file.chmod(0o644)

    assert modes["gateway.db"] == 0o600
    assert set(modes.values()) == {0o600}
    with pytest.raises(BadDatabase, match=r"open to everybody on this machine \(mode 644\); chmod 600"):
        open_database(f"sqlite:///{file}")
