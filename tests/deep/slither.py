"""Static analysis: every finding of high or medium impact is explained here, or it fails.

An explanation that nothing needs any more fails as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SLITHER = ROOT / ".venv" / "tools" / "slither" / "bin" / "slither"

OWN_CONTRACTS = (
    "The contracts called are this ledger's own, at immutable addresses; they never call out, so nothing "
    "can come back in between."
)
ROLE_CHECK = "The call is made for its refusal; who the caller acts for is not needed."
EQUALITY = "The compared value is stored data, a version or a hash, not a balance that others can push."
EXPLAINED = {
    (
        "divide-before-multiply",
        "Share",
    ): "Halving the face is the algorithm: the odd unit goes to the upper half.",
    ("incorrect-equality", "*"): EQUALITY,
    ("reentrancy-no-eth", "Financing"): OWN_CONTRACTS,
    ("uninitialized-local", "*"): "A sum or a last number that starts at zero.",
    ("unused-return", "*"): ROLE_CHECK,
}
"""Why a finding is none, by detector and contract; `*` is for every contract."""


def findings() -> Iterator[tuple[str, str, str]]:
    """Detector, contract and description of each finding of high or medium impact."""
    tools = ROOT / "contracts" / "node_modules" / ".bin"
    done = subprocess.run(
        [
            str(SLITHER),
            ".",
            "--filter-paths",
            "test|node_modules",
            "--exclude-informational",
            "--exclude-optimization",
            "--exclude-low",
            "--json",
            "-",
        ],
        cwd=ROOT / "contracts",
        env={**os.environ, "PATH": f"{ROOT / '.venv' / 'node'}:{tools}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    if not report["success"]:
        raise RuntimeError(f"slither did not finish: {report['error']}")
    for found in report["results"]["detectors"]:
        yield found["check"], _contract(found["elements"]), found["description"].strip()


def _contract(elements: list[dict[str, Any]]) -> str:
    for element in elements:
        while element:
            if element["type"] == "contract":
                return str(element["name"])
            element = element.get("type_specific_fields", {}).get("parent", {})
    return ""


def main() -> int:
    """Prints what is not explained; exit status 1 if there is anything."""
    used, open_, count = set(), [], 0
    for check, contract, description in findings():
        count += 1
        reason = next((key for key in ((check, contract), (check, "*")) if key in EXPLAINED), None)
        if reason:
            used.add(reason)
        else:
            open_.append(f"{check} in {contract}: {description}")
    stale = [
        f"{check} in {contract} is explained and not found" for check, contract in EXPLAINED.keys() - used
    ]
    sys.stdout.write("".join(f"{line}\n" for line in (*open_, *stale)))
    sys.stdout.write(f"Slither: {count} findings of high or medium impact, {len(open_)} unexplained\n")
    return 1 if open_ or stale else 0


if __name__ == "__main__":
    sys.exit(main())
