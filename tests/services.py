"""anvil, to be killed and started again."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from api.bench.postgres import free_port

ROOT = Path(__file__).resolve().parent.parent
ANVIL = ROOT / "contracts" / "node_modules" / ".bin" / "anvil"


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
        # Not in the home's cache, where the states of nodes that were killed would pile up.
        command += ["--cache-path", str(self.folder / "states"), "--hardfork", "shanghai", *self.options]
        if self.keeps:
            command += ["--state", str(self.state), "--state-interval", "1", "--preserve-historical-states"]
            # Started again it would ask for more than what was signed before had bid.
            command += ["--block-base-fee-per-gas", "0", "--gas-price", "0"]
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
            if self.state.exists() and self.state.stat().st_mtime_ns > before:
                # Read once: anvil may begin to write the file again right after it was found whole.
                held = self.state.read_bytes()
                if _is_whole(held):
                    self._copy.write_bytes(held)
                    return
            time.sleep(0.05)
        raise RuntimeError("anvil does not write its state")

    def kill(self) -> None:
        """SIGKILL. If the file does not hold one state, the last copy takes its place."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self.keeps and not _is_whole(self.state.read_bytes()):
            shutil.copy(self._copy, self.state)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def _copy(self) -> Path:
        return self.folder / "state.copy"


def _is_whole(held: bytes) -> bool:
    """Whether a state file is complete, and its accounts are as its blocks left them.

    anvil writes accounts before blocks, and may mine in between.
    """
    try:
        state = json.loads(held)
    except ValueError:
        return False
    sent = Counter(each["info"]["from"] for each in state["transactions"])
    return all(state["accounts"][account]["nonce"] == count for account, count in sent.items())


def _anvil_binary() -> Path:
    """anvil itself: npm's launcher would live on when its child is killed."""
    found = sorted((ROOT / "contracts" / "node_modules").glob("**/@foundry-rs/anvil-*/bin/anvil"))
    return found[0] if found else ANVIL
