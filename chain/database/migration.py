"""Bringing a database to the newest form: Alembic, from inside the package."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from chain.database.connection import BadDatabase, alone

_FOLDER = Path(__file__).parent / "migrations"


def migrate(database: Engine) -> None:
    """Brings what must be kept to its newest form, in one transaction; does nothing if it is there.

    Raises:
        BadDatabase: it does not answer, or was made by a newer version of the program.
    """
    try:
        with database.begin() as connection:
            alone(connection)
            command.upgrade(_config(connection), "head")
    except OperationalError as error:
        raise BadDatabase(f"the database does not answer: {str(error.orig).splitlines()[0]}") from error
    except CommandError as error:
        raise BadDatabase(f"the database is of another version of the program: {error}") from error


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
