"""The commands that look at a ledger through a node, as a supplier, a bank and an auditor run them."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak
from typer.testing import CliRunner, Result

from api.cli import _bad_input, app
from chain.clearing import Basis, clear
from chain.clearing_source import read_block, read_clearing_state
from chain.deployment import write_manifest
from chain.engines import Engine
from chain.policies import DEFAULT_POLICIES
from chain.replay import replay
from chain.rules.state import Kind, receivable_of, start_of
from flows.pain import read_pain001
from flows.sample_statements import bookings, write_sample_statement
from tests.chain.scenario import POLICIES, Scene, founded

pytestmark = pytest.mark.contracts


@dataclass(frozen=True)
class Looked:
    """A ledger on a node, and what a command is given to find it."""

    scene: Scene
    folder: Path

    @property
    def where(self) -> list[str]:
        provider: Any = self.scene.engine.w3.provider
        return ["--chain", str(provider.endpoint_uri), "--manifest", str(self.folder / "m.json")]

    def run(self, command: str, *arguments: str, exit_code: int = 0) -> tuple[dict[str, Any], str]:
        out = self.folder / "out.json"
        out.unlink(missing_ok=True)
        result = CliRunner().invoke(app, [command, *self.where, *arguments, "--json", str(out)])
        assert result.exit_code == exit_code, (result.output, result.exception)
        read: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        return read, result.output

    def refused(self, command: str, *arguments: str) -> str:
        result: Result = CliRunner().invoke(app, [command, *self.where, *arguments])
        assert isinstance(result.exception, _bad_input()), result.exception
        return str(result.exception)


@pytest.fixture(scope="module")
def looked(anvil: Engine, tmp_path_factory: pytest.TempPathFactory) -> Looked:
    folder = tmp_path_factory.mktemp("looked")
    scene = founded(anvil)
    write_manifest(scene.manifest, folder / "m.json")
    return Looked(scene, folder)


@pytest.fixture(scope="module")
def paid(looked: Looked) -> int:
    """A receivable of 100,000 in three vouchers, one pledged and one sold with recourse; paid in part."""
    scene = looked.scene
    voucher = scene.confirmed()
    kept, sold = scene.split(voucher, "supplier", ("supplier", 30_000), ("supplier", 20_000))
    scene.refinance(kept, "supplier", kind=Kind.PLEDGE)
    scene.refinance(sold, "supplier", kind=Kind.RECOURSE_PURCHASE)
    scene.pay(receivable_of(voucher), 60_001)
    return receivable_of(voucher)


def test_a_clearing_list_is_exact_and_the_same_as_a_replays(looked: Looked, paid: int) -> None:
    canonical, lines = looked.folder / "list.json", looked.folder / "list.csv"
    data, printed = looked.run(
        "clear",
        *("--receivable", str(paid), "--basis", "paid"),
        *("--canonical", str(canonical), "--csv", str(lines)),
    )
    assert sum(line["amount"] for line in data["lines"]) == 60_001
    assert {line["why"] for line in data["lines"]} >= {"holder", "lender"}
    assert data["hash"] == "0x" + keccak(canonical.read_bytes()).hex()
    assert data["hash"] in printed
    with lines.open(encoding="utf-8", newline="") as read:
        assert sum(int(row["amount"]) for row in csv.DictReader(read)) == 60_001

    scene = looked.scene
    replayed = replay(scene.engine, scene.manifest)
    assert replayed.agrees
    from_log = clear(replayed.ledger, read_block(scene.ledger), Basis.PAID, [paid])
    from_storage = clear(
        read_clearing_state(scene.ledger, [paid]), read_block(scene.ledger), Basis.PAID, [paid]
    )
    assert from_log.to_json() == from_storage.to_json() == canonical.read_bytes()


def test_a_list_of_an_earlier_block_is_what_it_was(looked: Looked, paid: int) -> None:
    before = looked.scene.engine.w3.eth.block_number
    first, _ = looked.run("clear", "--receivable", str(paid))
    looked.scene.confirmed()
    again, _ = looked.run("clear", "--receivable", str(paid), "--block", str(before))
    assert again["hash"] == first["hash"]
    assert "the chain has none of that number" in looked.refused(
        "clear", "--receivable", str(paid), "--block", "999999"
    )


def test_a_list_becomes_payments_and_is_found_on_the_statements(looked: Looked, paid: int) -> None:
    folder, numbers = looked.folder, looked.scene.numbers
    accounts = folder / "accounts.json"
    listed = [
        {"participant": numbers[name], "name": name, "account": f"6222-{n}", "bic": "ICBKCNBJ"}
        for n, name in enumerate(("anchor", "supplier", "bank"))
    ]
    accounts.write_text(json.dumps({"accounts": listed}), encoding="utf-8")
    payments, canonical = folder / "pain.xml", folder / "cleared.json"
    data, _ = looked.run(
        "clear",
        *("--receivable", str(paid), "--basis", "paid", "--pain001", str(payments)),
        *("--accounts", str(accounts), "--execution", "2026-12-01", "--canonical", str(canonical)),
        *("--initiator", "清算银行"),
    )
    initiation = read_pain001(payments)
    assert [one.end_to_end_id for one in initiation.transfers] == [line["id"] for line in data["lines"]]
    (instruction,) = initiation.instructions
    assert instruction.execution == date(2026, 12, 1)

    done = bookings(instruction)
    first, second = folder / "first.xml", folder / "second.xml"
    write_sample_statement(first, instruction=instruction, booked=date(2026, 12, 1), carried_out=done[:-1])
    write_sample_statement(second, instruction=instruction, booked=date(2026, 12, 2), carried_out=done[-1:])
    runner, out = CliRunner(), folder / "reconciled.json"
    short = runner.invoke(
        app, ["reconcile", "--clearing", str(canonical), "--statement", str(first), "--json", str(out)]
    )
    assert short.exit_code == 1
    assert "do not agree" in short.output
    read = json.loads(out.read_text(encoding="utf-8"))
    assert [one["status"] for one in read["outcomes"]] == [*["matched"] * (len(done) - 1), "missing"]
    both = ["--statement", str(first), "--statement", str(second)]
    whole = runner.invoke(app, ["reconcile", "--payments", str(payments), *both, "--json", str(out)])
    assert whole.exit_code == 0, whole.output
    assert json.loads(out.read_text(encoding="utf-8"))["agrees"]


def test_everything_due_by_a_day_is_listed(looked: Looked, paid: int) -> None:
    due_at = looked.scene.ledger.receivables.receivable(paid).due_at
    day = datetime.fromtimestamp(due_at, UTC).date()
    data, _ = looked.run("clear", "--due-by", day.isoformat())
    assert paid in [one["receivable"] for one in data["receivables"]]
    assert sum(line["amount"] for line in data["lines"]) == sum(one["total"] for one in data["receivables"])
    none, _ = looked.run("clear", "--due-by", "2020-01-01")
    assert none["lines"] == []


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ((), "--receivable or --due-by"),
        (("--receivable", "1", "--due-by", "2026-12-01"), "--receivable or --due-by"),
        (("--receivable", "1", "--pain001", "p.xml"), "--pain001 and --accounts"),
        (("--receivable", "4000000"), "There is no confirmed receivable 4000000"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    looked: Looked, arguments: tuple[str, ...], rule: str
) -> None:
    assert rule in looked.refused("clear", *arguments)


def test_every_parameter_is_told_with_what_it_rests_on(looked: Looked) -> None:
    data, printed = looked.run("policies")
    assert {one["name"]: one["value"] for one in data["policies"]} == {
        one.name: one.value for one in POLICIES
    }
    cited = {one["name"]: one["versions"][0]["citation"] for one in data["policies"]}
    for one in DEFAULT_POLICIES:
        assert cited[one.name]["article"] == one.citation.article
    assert "第十一条" in printed


def test_the_order_of_claims_shares_an_amount(looked: Looked, paid: int) -> None:
    scene = looked.scene
    scene.ledger.financing.assert_claim(
        scene.signers["second bank"],
        receivable=paid,
        amount=50_000,
        registered_at=0,
        noticed_at=0,
        document=scene.fresh(),
    )
    data, _ = looked.run("priority", "--receivable", str(paid), "--amount", "45000")
    rights = data["rights"]
    assert [right["rank"] for right in rights] == sorted(right["rank"] for right in rights)
    assert rights[-1]["claimant"] == scene.numbers["second bank"]
    assert sum(right["share"] for right in rights) == min(45_000, sum(right["amount"] for right in rights))


def test_a_supplier_and_a_bank_look_things_up(looked: Looked, paid: int) -> None:
    scene = looked.scene
    first = paid << 48
    data, printed = looked.run("voucher", str(first))
    assert (data["amount"], data["owed_by"], data["holder"]) == (
        50_000,
        scene.numbers["anchor"],
        scene.numbers["supplier"],
    )
    assert start_of(first) == data["interval"][0] == 0
    assert "owed by" in printed
    assert "There is no voucher" in looked.refused("voucher", str(first + 1))
    assert "must be a voucher's id" in looked.refused("voucher", "first")

    issue = scene.ledger.issuance.issue(paid)
    invoice, _ = looked.run("invoice", "0x" + issue.invoice.hex())
    assert (invoice["used"], invoice["available"]) == (100_000, 0)
    attested, _ = looked.run("attestation", "0x" + issue.evidence.hex())
    assert (attested["valid"], attested["level"]) == (True, "L3")
    owed, _ = looked.run("debtor", str(scene.numbers["anchor"]))
    assert (owed["stopped"], owed["limit"]["amount"]) == (False, 10**12)
    assert "must be 0x and 64" in looked.refused("invoice", "0x12")
    assert "must be one of" in looked.refused("debtor", "1", "--currency", "XXX")
