"""`counterfoil evidence`: a trade's documents, cross-checked and made evidence for an attester to sign."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api.options import Json

NO_ATTESTATION = 1

console = Console()


class KeptAlready(Exception):
    """The file that evidence is to be kept in is there, with other evidence perhaps: it is not replaced."""


def register(app: typer.Typer) -> None:
    """Adds the command to the program."""
    app.command()(evidence)


def evidence(
    folder: Annotated[Path, typer.Argument(help="A folder of one trade's UBL and camt documents.")],
    keep: Annotated[
        Path, typer.Option("--keep", help="Write the evidence here: secret, readable by you only.")
    ],
    json: Json = None,
) -> None:
    """Cross-check a trade's documents and make evidence of them; exit 1 if nothing may be attested."""
    from api.as_data import findings_as_data, write_json
    from api.story.examining import examine
    from flows.keeping import evidence_to_json

    if keep.exists():
        raise KeptAlready(f"{keep}: is there already, and evidence that is lost cannot be disclosed")
    papers, findings = examine(folder)
    made = papers.evidence
    for rule, detail in findings.failures.items():
        console.print(f"{rule}: {detail}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    console.print(findings.reason, markup=False, highlight=False, soft_wrap=True)
    found = {
        **findings_as_data(findings),
        "commitment": f"0x{made.commitment.hex()}",
        "root": f"0x{made.root.hex()}",
        "fields": len(made.fields),
    }
    if json is not None:
        write_json(json, found)
    if findings.level is None:
        raise typer.Exit(NO_ATTESTATION)
    _write(keep, evidence_to_json(made))
    console.print(
        f"{findings.level}, {len(made.fields)} fields, commitment 0x{made.commitment.hex()}; kept in {keep}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _write(path: Path, text: str) -> None:
    """Writes a secret file that is not there yet, whole or not at all."""
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
    try:
        with file:
            file.write(text)
    except BaseException:
        path.unlink()
        raise
