"""The command `counterfoil bench faults`: what a consortium under load survives, counted on the chain."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.options import Json, check_folder

if TYPE_CHECKING:
    from api.bench.faults.report import Report

console = Console()

NOT_WITHSTOOD = 1


class Fault(StrEnum):
    """What can be tried; the names of the report."""

    ONE = "one"
    TWO = "two"
    PARTITION = "partition"
    WIPED = "wiped"
    GATEWAY = "gateway"
    DATABASE = "database"
    SLOW = "slow"
    LYING = "lying"


def register(bench: typer.Typer) -> None:
    """Adds the command to the measurements."""
    bench.command("faults")(faults)


def faults(
    rate: Annotated[float, typer.Option(min=5, max=500, help="Calls a second of the load.")] = 50,
    seconds: Annotated[float, typer.Option(min=4, help="How long a fault lasts.")] = 15,
    kills: Annotated[int, typer.Option(min=1, help="How often the gateway is killed.")] = 100,
    only: Annotated[list[Fault] | None, typer.Option(help="A fault to try; all, if none is given.")] = None,
    json: Json = None,
) -> None:
    """Let a consortium of four validators meet faults under load, and count on the chain afterwards.

    The exit status is 1 if anything is lost, doubled or forked. It takes up to half an hour.
    """
    from api.as_data import write_json
    from api.bench.faults.report import FAULTS, bench_faults
    from api.consortium.interruption import ending_in_order

    check_folder("--json", json)
    with ending_in_order(), console.status("starting …") as status:
        report = bench_faults(rate, seconds, kills, only or FAULTS, lambda what: status.update(f"{what} …"))
    console.print(faults_table(report))
    for outcome in report.outcomes.values():
        console.print(f"{outcome.fault}: {outcome.how}", highlight=False, markup=False, soft_wrap=True)
    for name, why in report.left_out.items():
        console.print(f"{name}: left out: {why}", highlight=False, markup=False, soft_wrap=True)
    for name, why in report.failures.items():
        console.print(f"{name}: {why}", style="red", highlight=False, markup=False, soft_wrap=True)
    if json is not None:
        write_json(json, {"rate": rate, "seconds": seconds, "kills": kills, **report.to_json()})
    if not report.withstood:
        raise typer.Exit(NOT_WITHSTOOD)


def faults_table(report: Report) -> Table:
    """A row for each fault: what was submitted, what is final, what must be nothing, the longest halt."""
    table = Table(title="Counted on the chain", title_justify="left")
    table.add_column("Fault")
    for figure in ("Submitted", "Final", "Lost", "Doubled", "Forks", "No block for"):
        table.add_column(figure, justify="right")
    for outcome in report.outcomes.values():
        count = outcome.count
        figures = [count.submitted, count.final, count.lost, count.doubled, count.forks]
        style, longest = "" if outcome.withstood else "red", f"{count.longest_gap} s"
        table.add_row(outcome.fault, *(f"{figure:,}" for figure in figures), longest, style=style)
    return table
