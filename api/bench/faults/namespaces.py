"""Four machines in one: network namespaces, each with an address among the validators, and one for its owner.

    validators' network, 198.18.0.0/24, in a namespace of its own:   machine 1 ── left ══ right ── machine 3
                                                                     machine 2 ──┘           └── machine 4
    owners' network, 198.19.N.0/24: a cable from each machine to where we are, for JSON-RPC

`cut` parts the two switches, as when a line between two data centres breaks; whoever asks the nodes still
reaches all of them. The addresses are those of RFC 2544 (IANA: benchmarking), which no real network has.
Needs root and iproute2 (man ip-netns, ip-link, bridge).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from api.consortium.interruption import undisturbed

PREFIX = "counterfoil"
SEARCHED = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
LEFT, RIGHT = (1, 2), (3, 4)
MACHINES = (*LEFT, *RIGHT)
DEVICES = Path("/sys/class/net")
_NAME = re.compile(rf"{PREFIX}-(\d+)-\w+")


class NoNamespaces(Exception):
    """This machine makes no network namespaces; the message says why."""


@dataclass(frozen=True)
class Machines:
    """Four machines; numbers are from 1. Two stand at the left of the line, two at the right."""

    process: int

    @property
    def hosts(self) -> list[str]:
        """Where each is reached by the other machines."""
        return [f"198.18.0.{number}" for number in MACHINES]

    @property
    def rpc_hosts(self) -> list[str]:
        """Where each is reached from here."""
        return [f"198.19.{self._net}.{number}" for number in MACHINES]

    @property
    def _net(self) -> int:
        return self.process % 256

    def _name(self, what: str | int) -> str:
        return f"{PREFIX}-{self.process}-{what}"

    def _cable(self, number: int) -> str:
        return f"cf{self.process}-{number}"

    def wrapper(self, folder: Path, number: int, program: Path) -> Path:
        """A program that runs another one on a machine."""
        file = folder / f"on-machine-{number}"
        file.write_text(f'#!/bin/sh\nexec {_ip()} netns exec {self._name(number)} {program} "$@"\n', "utf-8")
        file.chmod(0o700)
        return file

    def cut(self) -> None:
        """Parts left from right."""
        _run("-n", self._name("switches"), "link", "set", "to-right", "down")

    def mend(self) -> None:
        """Joins left and right again."""
        _run("-n", self._name("switches"), "link", "set", "to-right", "up")

    def make(self) -> None:
        """Makes the switches, the machines and their cables."""
        switches = self._name("switches")
        _run("netns", "add", switches)
        for bridge in ("left", "right"):
            _run("-n", switches, "link", "add", bridge, "type", "bridge")
        _run("-n", switches, "link", "add", "to-right", "type", "veth", "peer", "name", "to-left")
        for end, bridge in (("to-right", "left"), ("to-left", "right")):
            _run("-n", switches, "link", "set", end, "master", bridge)
        for number in MACHINES:
            self._make_machine(number)
        for device in ("left", "right", "to-right", "to-left"):
            _run("-n", switches, "link", "set", device, "up")

    def _make_machine(self, number: int) -> None:
        machine, switches = self._name(number), self._name("switches")
        bridge = "left" if number in LEFT else "right"
        _run("netns", "add", machine)
        _run("-n", machine, "link", "set", "lo", "up")
        cable = f"machine-{number}"
        _run("-n", switches, "link", "add", cable, "type", "veth", "peer", "name", "others", "netns", machine)
        _run("-n", switches, "link", "set", cable, "master", bridge, "up")
        _run("-n", machine, "addr", "add", f"{self.hosts[number - 1]}/24", "dev", "others")
        _run("-n", machine, "link", "set", "others", "up")
        here, there = f"198.19.{self._net}.{100 + number}", self.rpc_hosts[number - 1]
        cable = self._cable(number)
        _run("link", "add", cable, "type", "veth", "peer", "name", "owner", "netns", machine)
        _run("addr", "add", here, "peer", f"{there}/32", "dev", cable)
        _run("link", "set", cable, "up")
        _run("-n", machine, "addr", "add", there, "peer", f"{here}/32", "dev", "owner")
        _run("-n", machine, "link", "set", "owner", "up")

    def remove(self) -> None:
        """Removes them, as much of them as there is. Processes on them must have ended."""
        # A cable would go with its machine, but only after a while.
        for cable in map(self._cable, MACHINES):
            if (DEVICES / cable).exists():
                _run("link", "delete", cable)
        for name in all_namespaces():
            if name.startswith(self._name("")):
                _run("netns", "delete", name)


def missing_namespaces() -> str | None:
    """Why this machine makes no network namespaces; nothing if it does."""
    if os.geteuid() != 0:
        return "making network namespaces needs root"
    try:
        _ip()
        name = f"{PREFIX}-{os.getpid()}-try"
        _run("netns", "add", name)
        _run("netns", "delete", name)
    except NoNamespaces as error:
        return str(error)
    return None


@contextmanager
def four_machines() -> Iterator[Machines]:
    """Machines that are removed whatever happens. What a killed process left behind is removed first.

    Raises:
        NoNamespaces: this machine makes none.
    """
    missing = missing_namespaces()
    if missing:
        raise NoNamespaces(missing)
    _sweep()
    machines = Machines(os.getpid())
    try:
        with undisturbed():
            machines.make()
        yield machines
    finally:
        with undisturbed():
            machines.remove()


def _sweep() -> None:
    """Ends and removes what processes left that were killed themselves."""
    left = {name: int(found[1]) for name in all_namespaces() if (found := _NAME.fullmatch(name))}
    dead = {process for process in left.values() if not psutil.pid_exists(process)}
    for name, process in left.items():
        if process in dead:
            for pid in _run("netns", "pids", name).split():
                with suppress(psutil.NoSuchProcess):
                    psutil.Process(int(pid)).kill()
    for process in dead:
        Machines(process).remove()


def all_namespaces() -> list[str]:
    """The names of this machine's namespaces."""
    return [line.split()[0] for line in _run("netns", "list").splitlines() if line.strip()]


def _ip() -> str:
    found = shutil.which("ip", path=SEARCHED)
    if found is None:
        raise NoNamespaces("there is no `ip` (Debian: apt-get install iproute2)")
    return found


def _run(*arguments: str) -> str:
    done = subprocess.run([_ip(), *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise NoNamespaces(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout
