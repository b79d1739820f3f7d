"""What all tests share: what a machine cannot run is skipped and named at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from api.bench.faults.namespaces import missing_namespaces
from api.bench.postgres import PostgresServer, own_postgres, postgres_programs
from chain.network.building import missing_tools
from tests.signing.services import softhsm

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("COUNTERFOIL_DATA", ROOT.parent / "shared" / "data"))
TOOLS = ROOT / "contracts" / "node_modules" / ".bin"
LEAVE_NOTHING_OUT = os.environ.get("COUNTERFOIL_LEAVE_NOTHING_OUT") == "1"


# How fast a machine is, or how busy, is no property of the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    no_data = pytest.mark.skip(reason=f"there are no data sets at {DATA} (COUNTERFOIL_DATA)")
    no_tools = pytest.mark.skip(reason="the npm packages of contracts/ are not installed")
    lacking = missing_tools() if any(item.get_closest_marker("consortium") for item in items) else None
    no_node = pytest.mark.skip(reason=f"no validators can be run: {lacking}")
    parted = missing_namespaces() if any(item.get_closest_marker("namespaces") for item in items) else None
    no_namespaces = pytest.mark.skip(reason=f"no network can be parted: {parted}")
    no_postgres = pytest.mark.skip(reason="PostgreSQL's programs (initdb, postgres) are not installed")
    no_softhsm = pytest.mark.skip(reason="SoftHSM 2 (softhsm2-util and its library) is not installed")
    for item in items:
        if item.get_closest_marker("real") and not DATA.is_dir():
            item.add_marker(no_data)
        if item.get_closest_marker("contracts") and not (TOOLS / "anvil").exists():
            item.add_marker(no_tools)
        if item.get_closest_marker("consortium") and lacking:
            item.add_marker(no_node)
        if item.get_closest_marker("namespaces") and parted:
            item.add_marker(no_namespaces)
        if item.get_closest_marker("postgres") and postgres_programs() is None:
            item.add_marker(no_postgres)
        if item.get_closest_marker("softhsm") and softhsm() is None:
            item.add_marker(no_softhsm)
    # They mostly wait, so they begin first.
    items.sort(key=lambda item: item.get_closest_marker("consortium") is None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getoption("dist") != "loadfile":
        return None
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = run_together
    return scheduler


def run_together(nodeid: str) -> str:
    """What shares a process: tests of a file, for what they share is made once; all of the consortium."""
    return "consortium" if nodeid.startswith("tests/consortium/") else nodeid.split("::", 1)[0]


@pytest.fixture
def network_folder() -> Iterator[Path]:
    """Where a test founds a network: a socket in one of pytest's folders may have too long a path."""
    with TemporaryDirectory(prefix="cf-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that tests share: each takes a database of its own, and is marked `postgres`."""
    with own_postgres() as server:
        yield server


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        reasons[reason] = reasons.get(reason, 0) + 1
    for reason, count in reasons.items():
        terminalreporter.write_line(f"Left out: {count} tests: {reason.removeprefix('Skipped: ')}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if LEAVE_NOTHING_OUT and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
