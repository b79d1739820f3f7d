from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chain.compliance import CATALOGUE
from tests.conftest import DATA

COUNTERFOIL = Path(sys.executable).parent / "counterfoil"

REFUSED = {
    "the supplier agrees to be paid after more than a year": ("bad-due-date", "article 11"),
    "the supplier finances the same invoice twice": ("invoice-used-up", "article 10"),
    "the anchor is made to owe more than its limit": ("limit-exceeded", "article 5"),
    "one invoice stands twice in a batch: nothing of the batch is made": ("invoice-used-up", "article 10"),
    "the holder splits more than it holds": ("split-exceeds-voucher", "I-01"),
    "a stranger transfers the voucher": ("not-participant", "Electronic Signature Law"),
    "Tier 2 signs in the place of Tier 3": ("acceptance-of-another", "offer and acceptance"),
    "Tier 1 alters a field after its attestation": ("disclosure-refused", "attestation"),
    "the holder passes a frozen voucher on": ("held", "I-29"),
    "the anchor disputes a debt after it has waived its defences": ("defences-waived", "article 548"),
    "tier 3 scores altered features": ("score-proof-refused", "credit reporting"),
    "a proof from another job is replayed": ("score-proof-refused", "credit reporting"),
    "a suspended participant passes its voucher on": ("participant-suspended", "admission"),
    "money is paid out before the assignment is registered": ("registration-missing", "article 13"),
    "tier 1 passes on the voucher it has pledged": ("encumbered", "I-06"),
    "the factor demands recourse before anything is overdue": ("recourse-not-due", "article 766"),
    "tier 1 passes on a receivable whose invoice was credited": ("red-lettered", "article 765"),
    "an anchor that is overdue issues a new receivable": ("debtor-stopped", "article 15"),
    "the same payment is counted twice": ("reference-used", "article 14"),
}


def run_demo(folder: Path, *arguments: str) -> tuple[dict[str, Any], str]:
    report = folder / "out.json"
    done = subprocess.run(
        [COUNTERFOIL, "demo", "--json", report, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    data: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return data, done.stdout


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    return run_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def outcome(told: tuple[dict[str, Any], str]) -> dict[str, Any]:
    return told[0]


@pytest.mark.parametrize(("attempt", "rule", "written"), [(one, *by) for one, by in REFUSED.items()])
def test_each_thing_that_must_not_work_is_tried_and_refused_by_its_rule(
    outcome: dict[str, Any], attempt: str, rule: str, written: str
) -> None:
    refusals = {refusal["attempt"]: refusal for refusal in outcome["refusals"]}

    assert refusals[attempt]["rule"] == rule
    assert refusals[attempt]["message"]
    assert written in refusals[attempt]["citation"]


def test_every_refusal_names_its_policy_and_where_it_is_written(outcome: dict[str, Any]) -> None:
    for refusal in outcome["refusals"]:
        assert CATALOGUE[refusal["policy"]].source.of("en") == refusal["citation"]


def test_the_private_score_is_the_clear_score(outcome: dict[str, Any]) -> None:
    score = outcome["score"]

    assert score["private"] == score["clear"]
    assert score["proof_bytes"] > 0
    assert score["prove_ms"] > 0
    assert score["verify_ms"] > 0


def test_the_replay_agrees_and_the_tampered_value_is_named(outcome: dict[str, Any]) -> None:
    replay, tamper = outcome["replay"], outcome["tamper"]

    assert replay["verdict"] == "agrees"
    assert replay["events"] > 60
    assert len(replay["invariants"]) >= 8
    assert all(invariant["breaches"] == [] for invariant in replay["invariants"])
    assert tamper["difference"]["where"] == tamper["tampered"]
    assert int(tamper["difference"]["chain"]) == int(tamper["difference"]["replayed"]) + 10_000


def test_everyone_is_paid_to_the_last_fen(outcome: dict[str, Any]) -> None:
    held = {voucher["voucher"]: voucher["length"] for voucher in outcome["vouchers"]}
    paid = {payout["voucher"]: payout["amount"] for payout in outcome["payouts"]}
    sold = outcome["financing"]

    assert sum(paid.values()) == outcome["receivable"]["face"]
    assert paid[sold["voucher"]] == sold["financed"]
    kept = {voucher: amount for voucher, amount in paid.items() if voucher != sold["voucher"]}
    last = max(held)
    assert kept == {**held, last: held[last] - sold["financed"]}


def test_every_line_of_every_clearing_list_is_found_on_the_banks_statement(outcome: dict[str, Any]) -> None:
    first, second = outcome["clearing"]
    faces = [outcome["receivable"]["face"], *(one["face"] for one in outcome["batch"])]

    assert first["digest"] != second["digest"]
    assert first["block"] < second["block"]
    assert {*first["statuses"], *second["statuses"]} == {"matched"}
    # One fen more than is owed was paid, and goes back.
    assert first["amount"] + second["amount"] == sum(faces) + 1
    told = " ".join(scene["did"] for scene in outcome["scenes"])
    assert "missing on the first day's statement" in told
    assert "gave CNY 0.01 back to the anchor" in told


def test_the_voucher_tree_tiles_the_face_down_three_tiers(outcome: dict[str, Any]) -> None:
    vouchers = outcome["vouchers"]

    assert [voucher["tier"] for voucher in vouchers] == [0, 1, 2]
    assert [voucher["parent"] for voucher in vouchers[1:]] == [v["voucher"] for v in vouchers[:-1]]
    assert sum(voucher["length"] for voucher in vouchers) == outcome["receivable"]["face"]


def test_a_person_reads_who_did_what_and_who_saw_what(told: tuple[dict[str, Any], str]) -> None:
    outcome, printed = told

    for scene in outcome["scenes"]:
        assert scene["who"].split()[0] in printed
    assert "did not see" in printed
    assert "refused by" in printed


def test_the_bank_is_shown_granted_fields_only(outcome: dict[str, Any]) -> None:
    queried = next(scene for scene in outcome["scenes"] if "queried the attestation" in scene["did"])

    assert "totals/payable = 169500.00" in queried["saw"]
    assert "price" not in queried["saw"]
    assert "other 156 fields" in queried["did_not_see"]


@pytest.mark.real
def test_the_linked_oasis_documents_are_caught_and_a_real_firm_is_scored(tmp_path: Path) -> None:
    outcome, printed = run_demo(
        tmp_path,
        "--documents",
        str(DATA / "ubl-chain" / "chain"),
        "--ledger",
        str(DATA / "sme-invoices"),
        "--firm",
        "E7",
    )
    findings = outcome["findings"]

    assert findings["rule"] == "X-02a"
    quantities = findings["quantities"]
    assert (quantities["ordered"], quantities["received"], quantities["invoiced"]) == (100, 90, 100)
    assert findings["level"] is None
    assert "credited 100" in findings["detail"]
    assert "X-05a" in findings["reason"]
    assert any("nobody may attest at L3" in refusal["attempt"] for refusal in outcome["refusals"])
    assert outcome["score"]["private"] == outcome["score"]["clear"]
    assert outcome["replay"]["verdict"] == "agrees"
    assert "invoiced 100 exceeds accepted 90 by 10" in " ".join(printed.split())
