"""Commands that look at a ledger from outside: a node's URL and the deployment manifest are all they need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from api.options import DIFFERS, Json

if TYPE_CHECKING:
    from chain.ledger import OpenLedger

Node = Annotated[str, typer.Option("--chain", help="The node's URL.")]
ManifestFile = Annotated[Path, typer.Option("--manifest", help="The ledger's deployment manifest.")]

console = Console()


class BasisOption(StrEnum):
    """What is cleared."""

    OWED = "owed"
    PAID = "paid"


class BadChoice(Exception):
    """Options that do not go together; the message says which."""


def register(app: typer.Typer) -> None:
    """Adds the commands to the program."""
    commands: tuple[Callable[..., None], ...] = (
        clear,
        reconcile,
        policies,
        priority,
        voucher,
        invoice,
        debtor,
        attestation,
    )
    for command in commands:
        app.command()(command)


def clear(
    chain: Node,
    manifest: ManifestFile,
    receivable: Annotated[list[int] | None, typer.Option(help="Its number; once for each.")] = None,
    due_by: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Instead: all due by the end of this day.")
    ] = None,
    basis: Annotated[
        BasisOption, typer.Option(help="What is owed still, or paid and not redeemed.")
    ] = BasisOption.OWED,
    block: Annotated[
        int | None, typer.Option(min=0, help="As of this block; the latest if not given.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the lines as CSV.")] = None,
    canonical: Annotated[
        Path | None, typer.Option(help="Write the list as canonical JSON, whose hash it is known by.")
    ] = None,
    pain001: Annotated[Path | None, typer.Option(help="Write the payments for a bank.")] = None,
    accounts: Annotated[Path | None, typer.Option(help="Everybody's bank accounts, for --pain001.")] = None,
    execution: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day of the payments, not the block's."),
    ] = None,
    initiator: Annotated[str, typer.Option(help="Who sends the payments to the bank.")] = "",
    json: Json = None,
) -> None:
    """Work out the clearing list (清分): who is to be paid what, exactly, and why."""
    from api.files import read_bank_accounts
    from api.payments import initiation_of
    from api.render_looking import print_clearing
    from chain.clearing import Basis, BlockAt
    from chain.clearing import clear as listed
    from chain.clearing import clear_due as listed_due
    from chain.clearing_source import read_clearing_state, read_due_state
    from flows.pain_writer import write_pain001
    from flows.records import Party

    if bool(receivable) == (due_by is not None):
        raise BadChoice("--receivable or --due-by: give one of them")
    if (pain001 is None) != (accounts is None):
        raise BadChoice("--pain001 and --accounts: give both or none")
    where, ledger = _open(chain, manifest, block)
    at = BlockAt(where["number"], "0x" + bytes(where["hash"]).hex(), where["timestamp"])
    if due_by is not None:
        until = int(due_by.replace(tzinfo=UTC).timestamp()) + 24 * 3600 - 1
        cleared = listed_due(read_due_state(ledger, until), at, Basis(basis.value), until)
    else:
        numbers = receivable or []
        cleared = listed(read_clearing_state(ledger, numbers), at, Basis(basis.value), numbers)
    print_clearing(console, cleared)
    if csv is not None:
        csv.write_bytes(cleared.to_csv())
    if canonical is not None:
        canonical.write_bytes(cleared.to_json())
    if pain001 is not None and accounts is not None:
        day = execution.date() if execution else datetime.fromtimestamp(at.time, UTC).date()
        initiation = initiation_of(cleared, read_bank_accounts(accounts), Party(initiator), day)
        write_pain001(pain001, initiation)
        console.print(f"{pain001}: {len(initiation.transfers)} payments as pain.001", highlight=False)
    _write(json, lambda: _clearing_as_data(cleared.to_json(), cleared.digest()))


def reconcile(
    statement: Annotated[list[Path], typer.Option(help="A camt.052, 053 or 054 message; once for each.")],
    payments: Annotated[Path | None, typer.Option(help="The pain.001 message that was sent.")] = None,
    clearing: Annotated[
        Path | None, typer.Option(help="Instead: the clearing list in its canonical JSON.")
    ] = None,
    received: Annotated[bool, typer.Option(help="The account receives the payments.")] = False,
    json: Json = None,
) -> None:
    """Find each payment on the bank's statements (对账); exit 1 unless all agree."""
    from api.as_data import reconciliation_as_data
    from api.files import read_clearing_lines
    from api.payments import lines_in
    from api.render_looking import print_reconciliation
    from flows.camt import read_camt
    from flows.pain import read_pain001
    from flows.reconciliation import reconcile as run

    if (payments is None) == (clearing is None):
        raise BadChoice("--payments or --clearing: give one of them")
    lines = (
        lines_in(read_pain001(payments).transfers) if payments else read_clearing_lines(Path(str(clearing)))
    )
    entries = [entry for path in statement for entry in read_camt(path)]
    found = run(lines, entries, credit=received)
    print_reconciliation(console, found)
    _write(json, lambda: reconciliation_as_data(found))
    if not found.agrees:
        raise typer.Exit(DIFFERS)


def policies(chain: Node, manifest: ManifestFile, json: Json = None) -> None:
    """Every parameter of the ledger: its value, since when, and what it rests on."""
    from dataclasses import asdict

    from api.policies import read_policies
    from api.render_looking import print_policies

    where, ledger = _open(chain, manifest, None)
    found = read_policies(ledger, where["timestamp"], where["number"])
    print_policies(console, found)
    _write(json, lambda: {"block": where["number"], "policies": [asdict(one) for one in found]})


def priority(
    chain: Node,
    manifest: ManifestFile,
    receivable: Annotated[int, typer.Option(help="Its number.")],
    amount: Annotated[
        int | None, typer.Option(min=0, help="Minor units to be shared out in this order.")
    ] = None,
    json: Json = None,
) -> None:
    """The order among all who claim a receivable (民法典 768)."""
    from dataclasses import asdict

    from api.priority import ranks_of
    from api.render_looking import print_priority
    from chain.rules.priority import allotted

    _, ledger = _open(chain, manifest, None)
    ranks = ranks_of(ledger, receivable)
    rights = [right for rank in ranks for right in rank]
    shares = None if amount is None else [share for _, share in allotted(rights, amount)]
    print_priority(console, ranks, shares)
    places = [place for place, rank in enumerate(ranks, start=1) for _ in rank]
    given: Sequence[int | None] = shares or [None] * len(rights)
    _write(
        json,
        lambda: {
            "receivable": receivable,
            "rights": [
                {"rank": place, **asdict(right), "share": share}
                for place, right, share in zip(places, rights, given, strict=True)
            ],
        },
    )


def voucher(
    chain: Node,
    manifest: ManifestFile,
    id: Annotated[str, typer.Argument(help="The voucher's id.")],
    json: Json = None,
) -> None:
    """What a voucher is worth: who owes it, when it is due, who holds it, and what is on it."""
    from api.facts import voucher_facts

    _, ledger = _open(chain, manifest, None)
    _tell(f"Voucher {id}", voucher_facts(ledger, _number(id)), json)


def invoice(
    chain: Node,
    manifest: ManifestFile,
    nullifier: Annotated[str, typer.Argument(help="0x and 64 hexadecimal digits.")],
    json: Json = None,
) -> None:
    """What an invoice may back, and what it backs already, whoever asks."""
    from api.facts import invoice_facts

    _, ledger = _open(chain, manifest, None)
    _tell("Invoice", invoice_facts(ledger, _hash(nullifier)), json)


def debtor(
    chain: Node,
    manifest: ManifestFile,
    number: Annotated[int, typer.Argument(help="The debtor's number.")],
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "CNY",
    json: Json = None,
) -> None:
    """What a debtor may owe, how much of it is taken, and what stops its issues."""
    from api.facts import debtor_facts
    from flows.money import CURRENCY_NUMBERS

    if currency not in CURRENCY_NUMBERS:
        raise BadChoice(f"--currency {currency}: must be one of {', '.join(CURRENCY_NUMBERS)}")
    _, ledger = _open(chain, manifest, None)
    _tell(f"Debtor {number}", debtor_facts(ledger, number, CURRENCY_NUMBERS[currency]), json)


def attestation(
    chain: Node,
    manifest: ManifestFile,
    commitment: Annotated[str, typer.Argument(help="0x and 64 hexadecimal digits.")],
    json: Json = None,
) -> None:
    """What counts about an attested commitment: who stands for it, at which level, and whether still."""
    from api.facts import attestation_facts

    _, ledger = _open(chain, manifest, None)
    _tell("Attestation", attestation_facts(ledger, _hash(commitment)), json)


def _open(chain: str, manifest: Path, block: int | None) -> tuple[Any, OpenLedger]:
    """A block, and the ledger whose clients read what it was there."""
    from web3.exceptions import BlockNotFound

    from api.http.asof import pinned
    from chain.deployment import read_manifest
    from chain.engines import connect
    from chain.ledger import open_ledger

    ledger = open_ledger(connect(chain), read_manifest(manifest))
    try:
        found = ledger.engine.w3.eth.get_block("latest" if block is None else block)
    except BlockNotFound:
        raise BadChoice(f"--block {block}: the chain has none of that number") from None
    return found, pinned(ledger, found["number"])


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**80:
        raise BadChoice(f"{text[:40]}: must be a voucher's id")
    return int(text)


def _hash(text: str) -> bytes:
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != 32:
        raise BadChoice(f"{text[:80]}: must be 0x and 64 hexadecimal digits")
    return found


def _tell(title: str, facts: dict[str, Any], json: Path | None) -> None:
    from api.render_looking import print_facts

    print_facts(console, title, facts)
    _write(json, lambda: facts)


def _clearing_as_data(canonical: bytes, digest: bytes) -> dict[str, Any]:
    from json import loads

    data: dict[str, Any] = loads(canonical)
    return {**data, "hash": f"0x{digest.hex()}"}


def _write(path: Path | None, data: Callable[[], dict[str, Any]]) -> None:
    from api.as_data import write_json

    if path is not None:
        write_json(path, data())
