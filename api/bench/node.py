"""A development node of the bench's own: anvil, on a free loopback port."""

from __future__ import annotations

import subprocess
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from chain.engines import Engine, connect

ANVIL = Path(__file__).resolve().parents[2] / "contracts" / "node_modules" / ".bin" / "anvil"


class NoDevelopmentNode(Exception):
    """anvil is not installed; the message says how to get it."""


@contextmanager
def own_anvil(*options: str) -> Iterator[Engine]:
    """Starts anvil, with more options where there are any, and ends it afterwards.

    Raises:
        NoDevelopmentNode: it is not installed, or ended at once.
    """
    if not ANVIL.exists():
        raise NoDevelopmentNode(f"{ANVIL} is missing: run scripts/setup --test, or give --chain URL")
    command = [str(ANVIL), "--host", "127.0.0.1", "--port", "0", "--hardfork", "shanghai", *options]
    with (
        # Old states, gigabytes of a long chain: in the home's cache they would outlive a node that is killed.
        TemporaryDirectory(prefix="cf-anvil-") as states,
        subprocess.Popen(  # noqa: S603 - our own binary
            [*command, "--cache-path", states], stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        try:
            address = _listening(process)
            # Whatever it prints from here on is read and dropped: a full pipe would stop it.
            Thread(target=deque, args=(process.stdout, 0), daemon=True).start()
            yield connect(f"http://{address}")
        finally:
            process.terminate()


def _listening(process: subprocess.Popen[str]) -> str:
    said = process.stdout or ()
    for line in said:
        if line.startswith("Listening on "):
            return line.removeprefix("Listening on ").strip()
    raise NoDevelopmentNode("anvil ended before it listened")
