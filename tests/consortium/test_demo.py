"""`counterfoil demo --consortium`: the whole story between two gateways on four validators, by its JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from chain.compliance import CATALOGUE
from chain.policies import DEFAULT_POLICIES

pytestmark = pytest.mark.consortium

COMMAND = [sys.executable, "-m", "api.cli", "demo", "--consortium"]
LONGEST = 600


def started_by(folder: Path) -> list[psutil.Process]:
    """Validators and gateways whose command line names something in a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(folder) in part for part in process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture(scope="module")
def short() -> Iterator[Path]:
    """A folder whose path is short enough for a node's socket; everything is made in it."""
    folder = Path("/tmp") / f"cft-{os.getpid()}"  # noqa: S108 - a socket's path has 104 bytes at most
    folder.mkdir(mode=0o700)
    yield folder
    for process in started_by(folder):
        process.kill()
    subprocess.run(["/bin/rm", "-rf", str(folder)], check=True)


@pytest.fixture(scope="module")
def outcome(short: Path) -> dict[str, Any]:
    file = short / "story.json"
    done = subprocess.run(
        [*COMMAND, "--json", str(file), "--manifest", str(short / "ledger.json")],
        env={**os.environ, "TMPDIR": str(short)},
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return read


def test_governors_of_three_members_decided_and_none_alone(outcome: dict[str, Any]) -> None:
    governance = outcome["governance"]

    assert len(outcome["members"]) == len(outcome["manifest"]["governors"]) == 4
    assert governance["threshold"] == outcome["manifest"]["threshold"] == 3
    assert governance["approved_by"] == ["member-1", "member-2", "member-3"]


def test_each_gateway_serves_its_own_and_every_participant_acts_at_one(outcome: dict[str, Any]) -> None:
    first, second = outcome["gateways"]

    assert {"anchor", "tier1", "tax"} <= set(first["serves"])
    assert {"bank", "tier2", "settlement", "court"} == set(second["serves"])
    assert not set(first["serves"]) & set(second["serves"])
    assert sorted([*first["serves"].values(), *second["serves"].values()]) == list(range(1, 12))
    acting = {scene["where"] for scene in outcome["scenes"] if scene["act"].startswith("Down the chain")}
    assert acting == {"member-1", "member-2"}


def test_every_refusal_names_its_rule_its_policy_and_where_that_is_written(outcome: dict[str, Any]) -> None:
    refusals = outcome["refusals"]

    assert len(refusals) >= 20
    for refusal in refusals:
        assert refusal["rule"]
        assert refusal["message"]
        assert refusal["policy"] in CATALOGUE
        assert refusal["citation"] == CATALOGUE[refusal["policy"]].source.of("en")
    assert {"invoice-used-up", "limit-exceeded", "stale-voucher", "held", "registration-missing"} <= {
        refusal["rule"] for refusal in refusals
    }
    assert {refusal["where"] for refusal in refusals} == {"member-1", "member-2"}


def test_the_private_score_is_the_clear_one_and_is_on_the_ledger(outcome: dict[str, Any]) -> None:
    score = outcome["score"]

    assert score["private"] == score["clear"]
    assert len(bytes.fromhex(score["outcome"][2:])) == 32
    assert int(score["outcome"], 16)
    (sold,) = (line for line in outcome["clearing"]["lines"] if line["voucher"] == score["sold"])
    assert 0 < score["proceeds"] < int(sold["amount"])
    assert sold["payee"] == outcome["gateways"][1]["serves"]["bank"]
    assert {"budget-spent"} <= {refusal["rule"] for refusal in outcome["refusals"]}


def test_what_was_owed_is_paid_to_the_last_fen(outcome: dict[str, Any]) -> None:
    faces = {one["receivable"]: one["face"] for one in outcome["receivables"]}
    paid = dict.fromkeys(faces, 0)
    for voucher, amount in outcome["payouts"].items():
        paid[int(voucher) >> 48] += amount

    assert paid == faces
    lines = outcome["clearing"]["lines"]
    whole = outcome["receivables"][0]
    assert sum(int(line["amount"]) for line in lines) == whole["face"] + 1
    assert [line["why"] for line in lines].count("credit") == 1


def test_both_gateways_have_the_same_block_and_state(outcome: dict[str, Any]) -> None:
    compared = outcome["compared"]

    assert set(compared["hashes"]) == {"member-1", "member-2"}
    assert len(set(compared["hashes"].values())) == 1
    assert "/v1/policies" in compared["resources"]
    assert len(compared["resources"]) == 3 + 2 * len(outcome["receivables"])


def test_a_bundle_of_a_third_node_is_verified_offline_with_its_finality(outcome: dict[str, Any]) -> None:
    audit = outcome["audit"]
    report = audit["report"]

    assert audit["exported_from"] == "member-4"
    assert (report["verdict"], report["divergences"]) == ("agrees", [])
    assert report["proven"]
    assert set(report["bound"].values()) <= {"whole", "each word"}
    finality = report["finality"]
    assert finality["pinned"]
    assert finality["certificates"] >= report["blocks"]
    assert set(finality["validators"]) == {member["validator"].lower() for member in outcome["members"]}
    assert report["last_block"] >= outcome["compared"]["block"]
    assert report["events"] > outcome["writes"] + len(DEFAULT_POLICIES)


def test_nothing_is_left_behind(outcome: dict[str, Any], short: Path) -> None:
    assert outcome["writes"] > 40
    assert started_by(short) == []
    assert sorted(path.name for path in short.iterdir()) == ["ledger.json", "story.json"]


@contextmanager
def heeding(number: signal.Signals) -> Iterator[None]:
    """Lets a program started meanwhile heed a signal, though this one was started to ignore it."""
    before = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_that_was_started(short: Path, number: signal.Signals) -> None:
    with (
        heeding(signal.SIGINT),
        subprocess.Popen(
            COMMAND,
            env={**os.environ, "TMPDIR": str(short)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as story,
    ):
        deadline = time.monotonic() + 120
        while len(started_by(short)) < 4:
            assert story.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)

        story.send_signal(number)
        said = story.communicate(timeout=90)[0].decode()

    assert story.returncode not in (0, None), said
    assert "Traceback" not in said
    assert started_by(short) == []
    assert [path for path in short.iterdir() if path.name.startswith("cf-")] == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--chain", "http://127.0.0.1:1"), "--consortium: goes with"),
        (("--database", "postgresql://h/one"), "{member} must be in it"),
    ],
)
def test_options_that_do_not_go_together_are_refused_at_once(options: tuple[str, ...], said: str) -> None:
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 2
    assert said in done.stderr
