"""A PostgreSQL server of our own for measuring and testing: in a folder, on a loopback port, for one user."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

FOLDERS = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt/postgresql")
USER = "counterfoil"


class NoPostgres(Exception):
    """PostgreSQL's programs are not installed, or its server does not start; the message says which."""


def postgres_programs() -> Path | None:
    """The folder of initdb and postgres, the newest there is."""
    for folder in FOLDERS:
        found = [*Path(folder).glob("*/bin/initdb"), *Path(folder).glob("bin/initdb")]
        if found:
            return max(found, key=_version).parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _version(path: Path) -> float:
    found = re.search(r"/(\d+(?:\.\d+)?)/bin", str(path))
    return float(found[1]) if found else 0.0


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class PostgresServer:
    """A server in a folder. It is no service of the machine's, and ends with whoever started it."""

    folder: Path
    programs: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    databases: int = 0

    def create(self) -> PostgresServer:
        """Makes the cluster.

        Raises:
            NoPostgres: initdb does not.
        """
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        owner = _user()
        if owner is not None:
            os.chown(data, *owner)
        command = [str(self.programs / "initdb"), "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8"]
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
            command, capture_output=True, text=True, cwd="/", user=_user_id(), group=_group_id(), check=False
        )
        if done.returncode:
            raise NoPostgres(f"initdb: {done.stderr.strip()[-300:]}")
        return self

    def start(self) -> PostgresServer:
        """Starts the server and waits until it answers.

        Raises:
            NoPostgres: it does not.
        """
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        command += ["-h", "127.0.0.1", "-c", "unix_socket_directories="]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
                command, stdout=log, stderr=subprocess.STDOUT, cwd="/", user=_user_id(), group=_group_id()
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
                return self
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise NoPostgres(f"PostgreSQL does not start: {(self.folder / 'log').read_text()[-300:]}")

    def crash(self) -> None:
        """SIGQUIT is PostgreSQL's immediate shutdown: no connection ends in peace, recovery follows."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        """Ends the server; connections are closed."""
        self._end(signal.SIGINT)

    def _end(self, by: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(by)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(60)

    def new_database(self) -> str:
        """URL of a fresh database."""
        self.databases += 1
        name = f"database_{self.databases}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def url(self, database: str) -> str:
        """URL of a database of this server; only this host reaches it, and it asks for no password."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"


@contextmanager
def own_postgres() -> Iterator[PostgresServer]:
    """Starts a server in a temporary folder, and ends it afterwards.

    Raises:
        NoPostgres: its programs are not installed, or it does not start.
    """
    programs = postgres_programs()
    if programs is None:
        raise NoPostgres("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        # Where we are root the server runs as another user, who must reach its folder.
        home.chmod(0o711)
        server = PostgresServer(home, programs).create().start()
        try:
            yield server
        finally:
            server.stop()


def _user() -> tuple[int, int] | None:
    """Whom PostgreSQL runs as where we are root, which it refuses to be."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return found.pw_uid, found.pw_gid
    return None


def _user_id() -> int | None:
    user = _user()
    return user[0] if user else None


def _group_id() -> int | None:
    user = _user()
    return user[1] if user else None
