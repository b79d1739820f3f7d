"""Services that tests start, kill and start again: anvil and PostgreSQL, on loopback ports of their own."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
ANVIL = ROOT / "contracts" / "node_modules" / ".bin" / "anvil"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class AnvilNode:
    """anvil on a port it keeps. With `keeps`, a file has its chain every second, read at the next start."""

    folder: Path
    keeps: bool = False
    options: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def state(self) -> Path:
        return self.folder / "state.json"

    def start(self) -> AnvilNode:
        command = [str(_anvil_binary()), "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--hardfork", "shanghai", *self.options]
        if self.keeps:
            command += ["--state", str(self.state), "--state-interval", "1", "--preserve-historical-states"]
        with (self.folder / "log").open("w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            if "Listening on" in (self.folder / "log").read_text(encoding="utf-8", errors="replace"):
                return self
            time.sleep(0.02)
        raise RuntimeError(f"anvil does not listen: {(self.folder / 'log').read_text(encoding='utf-8')}")

    def written(self) -> None:
        """Waits until the file holds what the chain is now, and keeps a copy of it."""
        before = self.state.stat().st_mtime_ns if self.state.exists() else 0
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.state.exists() and self.state.stat().st_mtime_ns > before and self._whole():
                shutil.copy(self.state, self.folder / "state.copy")
                return
            time.sleep(0.05)
        raise RuntimeError("anvil does not write its state")

    def kill(self) -> None:
        """SIGKILL. If that was in the middle of writing the file, the last copy takes its place."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self.keeps and not self._whole():
            shutil.copy(self.folder / "state.copy", self.state)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _whole(self) -> bool:
        try:
            json.loads(self.state.read_bytes())
        except ValueError:
            return False
        return True


def _anvil_binary() -> Path:
    """anvil itself: npm's launcher would live on when its child is killed."""
    found = sorted((ROOT / "contracts" / "node_modules").glob("**/@foundry-rs/anvil-*/bin/anvil"))
    return found[0] if found else ANVIL


POSTGRES_FOLDERS = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt/postgresql")


def postgres_programs() -> Path | None:
    """The folder of initdb and pg_ctl, the newest there is."""
    for folder in POSTGRES_FOLDERS:
        found = sorted(Path(folder).glob("*/bin/initdb"), key=lambda path: _version(path)) or sorted(
            Path(folder).glob("bin/initdb")
        )
        if found:
            return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _version(path: Path) -> float:
    found = re.search(r"/(\d+(?:\.\d+)?)/bin", str(path))
    return float(found[1]) if found else 0.0


@dataclass
class PostgresServer:
    """A PostgreSQL server of the tests' own, in a temporary folder; nobody else reaches it."""

    folder: Path
    programs: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    databases: int = 0

    def create(self) -> PostgresServer:
        """Makes the cluster. A test must survive a crash of the server, so it runs with fsync as it comes."""
        self.folder.chmod(0o755)
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        owner = _user()
        if owner is not None:
            os.chown(data, *owner)
        self._run(
            "initdb", "-D", str(data), "-U", "counterfoil", "-A", "trust", "-E", "UTF8", "--no-instructions"
        )
        return self

    def start(self) -> PostgresServer:
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        command += ["-h", "127.0.0.1", "-c", "unix_socket_directories="]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, cwd="/", user=_user_id(), group=_group_id()
            )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                psycopg.connect(self._dsn("postgres"), connect_timeout=2).close()
                return self
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL does not start: {(self.folder / 'log').read_text()}")

    def crash(self) -> None:
        """SIGQUIT is PostgreSQL's immediate shutdown: no connection is ended in peace, recovery follows."""
        assert self.process is not None
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)

    def new_database(self) -> str:
        """URL of a fresh database."""
        self.databases += 1
        name = f"test_{self.databases}"
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql://counterfoil@127.0.0.1:{self.port}/{name}"

    def _dsn(self, name: str) -> str:
        return f"postgresql://counterfoil@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.programs / program), *arguments],
            check=True,
            capture_output=True,
            cwd="/",
            user=_user_id(),
            group=_group_id(),
        )


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
