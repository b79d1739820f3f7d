from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from api import cli
from flows.sample_ledgers import write_sample_population
from flows.samples import SampleTrade, sample_party, write_sample_payment, write_sample_trade


@pytest.fixture
def documents(tmp_path: Path) -> SampleTrade:
    return write_sample_trade(
        tmp_path / "documents",
        number="7",
        buyer=sample_party("买方示例有限公司"),
        seller=sample_party("卖方示例有限公司"),
        carrier=sample_party("承运示例有限公司"),
        order_date=date(2026, 3, 2),
        due_date=date(2026, 6, 30),
        quantity=Decimal(10),
        unit_price=Decimal(100),
    )


def refused(capsys: pytest.CaptureFixture[str], tmp_path: Path, *arguments: str) -> str:
    """Runs the demo, expects exit status 2 and nothing written, and returns the sentence."""
    report, manifest = tmp_path / "out.json", tmp_path / "manifest.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["counterfoil", "demo", "--json", str(report), *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert ended.value.code == 2
    assert not report.exists()
    assert not manifest.exists()
    return " ".join(capsys.readouterr().err.split())


def altered(path: Path, alter: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8")
    after = alter(before)
    assert after != before
    path.write_text(after, encoding="utf-8")


BOMB = '<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'

ALTERATIONS: dict[str, tuple[Callable[[str], str], tuple[str, ...]]] = {
    "truncated XML": (lambda text: text[: len(text) // 2], ("4-invoice.xml", "well-formed")),
    "an entity bomb": (
        lambda text: text.replace("?>", "?>" + BOMB, 1),
        ("4-invoice.xml", "entit"),
    ),
    "a negative price": (
        lambda text: text.replace(">100<", ">-100<", 1).replace(">100.00<", ">-100.00<", 1),
        ("4-invoice.xml", "PriceAmount", "negative"),
    ),
    "an over-precise amount": (
        lambda text: text.replace(">1130.00<", ">1130.001<", 1),
        ("4-invoice.xml", "Amount", "decimals"),
    ),
}


@pytest.mark.parametrize("what", ALTERATIONS)
def test_a_bad_document_ends_in_a_sentence_naming_file_field_and_rule(
    what: str, documents: SampleTrade, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alter, named = ALTERATIONS[what]
    altered(documents.paths[3], alter)

    sentence = refused(capsys, tmp_path, "--documents", str(tmp_path / "documents"))

    assert all(part in sentence for part in named), sentence


def test_a_wrong_check_digit_is_named(
    documents: SampleTrade, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uscc = documents.invoice.seller.id
    wrong = uscc[:-1] + ("0" if uscc[-1] != "0" else "1")
    altered(documents.paths[3], lambda text: text.replace(uscc, wrong))

    sentence = refused(capsys, tmp_path, "--documents", str(tmp_path / "documents"))

    assert "4-invoice.xml" in sentence
    assert wrong in sentence
    assert "check" in sentence


def test_an_invoice_dated_after_its_payment_is_named(
    documents: SampleTrade, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_sample_payment(
        tmp_path / "documents",
        invoice=documents.invoice,
        booked=documents.invoice.issued - timedelta(days=1),
        account="6222-1",
    )

    sentence = refused(capsys, tmp_path, "--documents", str(tmp_path / "documents"))

    assert "4-invoice.xml: cbc:IssueDate: invoice must not be dated after its payment" in sentence


def test_a_ledger_with_a_missing_column_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sales, _, _ = write_sample_population(tmp_path / "ledgers", firms=12, seed=1, months=3)
    altered(sales, lambda text: text.replace("价税合计", "合计", 1))

    sentence = refused(capsys, tmp_path, "--ledger", str(tmp_path / "ledgers"), "--firm", "S001")

    assert sales.name in sentence
    assert "价税合计" in sentence


def test_a_firm_the_folder_does_not_have_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sample_population(tmp_path / "ledgers", firms=12, seed=1, months=3)

    sentence = refused(capsys, tmp_path, "--ledger", str(tmp_path / "ledgers"), "--firm", "E7")

    assert "no ledger of firm E7" in sentence


def test_an_empty_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    assert "empty" in refused(capsys, tmp_path, "--documents", str(empty))


def test_a_node_that_does_not_answer_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sentence = refused(capsys, tmp_path, "--chain", "http://127.0.0.1:9")

    assert "no Ethereum node answers at http://127.0.0.1:9" in sentence


def test_a_file_that_cannot_be_written_is_named_before_the_story_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "nowhere" / "manifest.json"

    sentence = refused(capsys, tmp_path, "--manifest", str(nowhere))

    assert sentence == f"counterfoil: --manifest {nowhere}: there is no folder {nowhere.parent}"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--genesis", "0x" + "11" * 32), "--genesis, --epoch, --node: go with --database"),
        (("--epoch", "100"), "--genesis, --epoch, --node: go with --database"),
        (("--database", "sqlite:///x.db", "--genesis", "0x12"), "--genesis 0x12: must be 0x and 64"),
    ],
)
def test_a_genesis_that_nothing_can_be_held_against_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], said: str
) -> None:
    given = ["--chain", "http://127.0.0.1:1", "--manifest", "m.json", "--accounts", "a.json", *options]
    monkeypatch.setattr("sys.argv", ["counterfoil", "serve", *given])

    with pytest.raises(SystemExit) as ended:
        cli.main()

    assert ended.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())
