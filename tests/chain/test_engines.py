"""What the engines leave of the interpreter that they run in."""

from __future__ import annotations

import subprocess
import sys

IMPORTED = """
import json, sys
before = sys.getrecursionlimit()
from chain.engines import embedded
embedded()
print(before, sys.getrecursionlimit())
for opening in ("[", '{"a":'):
    try:
        json.loads(opening * 1_000_000)
    except RecursionError:
        print("refused")
"""


def test_deeply_nested_json_does_not_end_a_process_with_an_engine() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1000", "1000", "refused", "refused"]
