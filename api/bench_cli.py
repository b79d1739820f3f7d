"""`counterfoil bench`: what is measured, each beside a named peer in the same run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api import faults_cli
from api.options import DIFFERS, Json, check_folder

app = typer.Typer(help="Measurements.", no_args_is_help=True)

console = Console()


@app.command()
def scorecard(
    ledger: Annotated[Path, typer.Option(help="A folder of invoice ledgers with labels.")],
    json: Json = None,
) -> None:
    """Cross-validate the scorecard on labelled ledgers: AUC, KS, and private against clear score."""
    from api.as_data import write_json
    from api.render import print_scorecard
    from credit.bench import bench_scorecard

    check_folder("--json", json)
    with console.status("reading ledgers, cross-validating …"):
        report = bench_scorecard(ledger)
    print_scorecard(console, report)
    if json is not None:
        write_json(json, report.to_dict())


@app.command()
def gas(json: Json = None) -> None:
    """Gas of split, transfer, redemption and attestation, next to the nearest reference implementations."""
    from dataclasses import asdict

    from api.as_data import write_json
    from api.bench.gas import GOALS, PEERS, bench_gas
    from api.render import print_gas

    check_folder("--json", json)
    with console.status("measuring …"):
        report = bench_gas()
    print_gas(console, report, PEERS, GOALS)
    if json is not None:
        write_json(json, {**asdict(report), "peers": PEERS, "goals": dict(GOALS)})


@app.command("headers")
def bench_many_headers(
    headers: Annotated[int, typer.Option(min=1_000, help="How many headers of each engine.")] = 10_000,
    json: Json = None,
) -> None:
    """Headers of BFT networks verified a second, next to recovering their seals alone."""
    from dataclasses import asdict

    from api.as_data import write_json
    from api.bench.headers import GOAL, bench_headers
    from api.render import print_headers

    check_folder("--json", json)
    with console.status("sealing and verifying headers …"):
        report = bench_headers(headers)
    print_headers(console, report, GOAL)
    if json is not None:
        write_json(json, {**asdict(report), "goal": GOAL})


@app.command("ledger")
def bench_a_ledger(
    bundle: Annotated[Path, typer.Option(help="Write the ledger's audit bundle here.")],
    events: Annotated[int, typer.Option(min=1, help="How many events at least.")] = 10_000,
    chain: Annotated[
        str | None, typer.Option(help="A development node's URL; else anvil is started.")
    ] = None,
    manifest: Annotated[Path | None, typer.Option(help="Write the deployment manifest here.")] = None,
    json: Json = None,
) -> None:
    """Make a large ledger and export its bundle, for `counterfoil replay --bundle` to verify."""
    from contextlib import nullcontext
    from dataclasses import asdict

    from api.as_data import write_json
    from api.bench.ledger import bench_ledger
    from api.bench.node import own_anvil
    from api.render import replay_progress
    from chain.deployment import write_manifest
    from chain.engines import connect

    for option, path in (("--bundle", bundle), ("--manifest", manifest), ("--json", json)):
        check_folder(option, path)
    with (
        nullcontext(connect(chain)) if chain else own_anvil() as engine,
        replay_progress(console) as progress,
    ):
        report = bench_ledger(
            engine, events, bundle, lambda made: progress("making the ledger", made, events), progress
        )
    console.print(
        f"{report.events:,} events in {report.transactions:,} transactions made in {report.seconds:.1f} s, "
        f"exported in {report.export_seconds:.1f} s: {bundle}, {report.bundle_bytes:,} bytes",
        highlight=False,
        soft_wrap=True,
    )
    if manifest is not None:
        write_manifest(report.manifest, manifest)
    if json is not None:
        write_json(json, asdict(report))


@app.command()
def differential(
    operations: Annotated[int, typer.Option(min=1, help="How many operations.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, help="Which history.")] = 1,
    json: Json = None,
) -> None:
    """Take random operations by the contracts and by the rules; exit status 1 where they disagree."""
    from dataclasses import asdict

    from api.as_data import write_json
    from api.bench.differential import bench_differential
    from api.render import print_differential, replay_progress

    check_folder("--json", json)
    with replay_progress(console) as progress:
        report = bench_differential(
            operations, seed, lambda made: progress("comparing contracts and rules", made, operations)
        )
    print_differential(console, report)
    if json is not None:
        write_json(json, {**asdict(report), "per_second": report.per_second})
    if report.disagreement:
        raise typer.Exit(DIFFERS)


@app.command("readmodel")
def bench_a_readmodel(
    events: Annotated[int, typer.Option(min=1, help="How many events at least.")] = 20_000,
    chain: Annotated[
        str | None, typer.Option(help="A development node's URL; else anvil is started.")
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="An empty database's URL; else a PostgreSQL server is started.")
    ] = None,
    json: Json = None,
) -> None:
    """How many events a second the read model takes in, next to the bare log in the same run."""
    from contextlib import nullcontext
    from dataclasses import asdict

    from api.as_data import write_json
    from api.bench.node import own_anvil
    from api.bench.postgres import own_postgres
    from api.bench.readmodel import bench_readmodel
    from api.render import replay_progress
    from chain.engines import connect

    check_folder("--json", json)
    with (
        nullcontext(connect(chain)) if chain else own_anvil() as engine,
        nullcontext(None) if database else own_postgres() as server,
        replay_progress(console) as progress,
    ):
        url = database or (server.new_database() if server else "")
        report = bench_readmodel(
            engine, url, events, lambda made: progress("making the ledger", made, events), progress
        )
    console.print(
        f"{report.events:,} events in {report.blocks:,} blocks; events a second: "
        f"bare eth_getLogs {report.raw:,.0f}, checked, decoded, derived and written to {report.database} "
        f"{report.written:,.0f} ({report.ratio:.1f} times slower), "
        f"{report.written_per_cpu:,.0f} by this process's processor time",
        highlight=False,
        soft_wrap=True,
    )
    if json is not None:
        write_json(json, {**asdict(report), "ratio": round(report.ratio, 2)})


@app.command("consortium")
def bench_a_consortium(
    suppliers: Annotated[int, typer.Option(min=1, help="Accounts that sign.")] = 50,
    each: Annotated[int, typer.Option(min=1, help="Splits of each, in each way of sending.")] = 200,
    most: Annotated[int, typer.Option(min=1, help="Transactions on their way at most.")] = 2_000,
    json: Json = None,
) -> None:
    """Finalised splits a second on four validators: through the HTTP API, next to the bare nodes."""
    from dataclasses import asdict

    from api.as_data import write_json
    from api.bench.load.report import bench_consortium
    from api.consortium.interruption import ending_in_order
    from api.render import print_load

    check_folder("--json", json)
    with ending_in_order(), console.status("building the node, if it has not been built") as status:
        report = bench_consortium(suppliers, each, most, lambda what: status.update(f"{what} …"))
    print_load(console, report)
    if json is not None:
        write_json(json, asdict(report))


faults_cli.register(app)
