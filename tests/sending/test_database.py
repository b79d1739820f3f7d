from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Engine, MetaData, Table, insert, select

from api.bench.postgres import free_port
from api.http import kept_answers, kept_vault
from chain.database import BadDatabase, UtcTime, migrate, open_database, reading
from chain.outbox import tables


def test_migrating_makes_the_tables_that_the_program_uses(database: Engine) -> None:
    migrate(database)

    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        used = MetaData()
        for each in (tables, kept_answers, kept_vault):
            for table in each.metadata.sorted_tables:
                table.to_metadata(used)
        assert compare_metadata(context, used) == []


def test_migrating_again_changes_nothing(database: Engine) -> None:
    migrate(database)
    with database.begin() as connection:
        connection.execute(insert(tables.lane), {"signer": "0x01", "next_nonce": 7})

    migrate(database)

    with reading(database) as connection:
        assert [tuple(row) for row in connection.execute(select(tables.lane))] == [("0x01", 7)]


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("mysql://root:hunter2@localhost/x", "must be SQLite or PostgreSQL"),
        ("no url", "must be sqlite:///FILE or postgresql"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("sqlite:////no/such/folder/x.db", "no folder"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_without_its_password(url: str, rule: str) -> None:
    with pytest.raises(BadDatabase, match=rule) as refused:
        open_database(url)
    assert "hunter2" not in str(refused.value)


def test_a_database_that_does_not_answer_is_named() -> None:
    database = open_database(f"postgresql://somebody:hunter2@127.0.0.1:{free_port()}/gateway")

    with pytest.raises(BadDatabase, match="does not answer") as refused:
        migrate(database)
    assert "hunter2" not in str(refused.value)


def test_a_database_of_a_newer_program_is_left_alone(database: Engine) -> None:
    migrate(database)
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(BadDatabase, match="another version"):
        migrate(database)


def test_sqlite_keeps_what_was_committed_whatever_dies(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'x.db'}")

    with database.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    database.dispose()


def test_times_come_back_aware_and_in_utc(database: Engine) -> None:
    metadata = MetaData()
    table = Table("times", metadata, Column("at", UtcTime))
    metadata.create_all(database)
    beijing = datetime(2026, 3, 1, 8, 30, tzinfo=timezone(timedelta(hours=8)))

    with database.begin() as connection:
        connection.execute(insert(table), {"at": beijing})
        read = connection.execute(select(table.c.at)).scalar_one()

    assert read == beijing
    assert read.tzinfo == UTC


def test_a_time_without_zone_is_refused(database: Engine) -> None:
    naive = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)

    with pytest.raises(ValueError, match="without zone"):
        UtcTime().process_bind_param(naive, database.dialect)
