"""The command `counterfoil`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from api import evidence_cli, faults_cli, network_cli
from api.looking import register

if TYPE_CHECKING:
    from api.http.gateway import Gateway

app = typer.Typer(
    name="counterfoil",
    help="Receivables on a shared ledger, attested evidence, private scores, and a replay for anyone.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
bench = typer.Typer(help="Measurements.", no_args_is_help=True)
app.add_typer(bench, name="bench")
app.add_typer(network_cli.app, name="network")

console = Console()
errors = Console(stderr=True)

BAD_INPUT = 2
DIFFERS = 1

Chain = Annotated[str, typer.Option(help="`embedded` for a fresh chain in this process, or a node's URL.")]
Json = Annotated[Path | None, typer.Option("--json", help="Write the same as data to this file.")]


class BadOption(Exception):
    """An option's value cannot be used; the message names the option and the rule."""


def _check_folder(option: str, path: Path | None) -> None:
    if path is not None and not path.parent.is_dir():
        raise BadOption(f"{option} {path}: there is no folder {path.parent}")


def _hash(option: str, value: str | None) -> bytes | None:
    if value is None:
        return None
    if not re.fullmatch("0x[0-9a-f]{64}", value):
        raise BadOption(f"{option} {value}: must be 0x and 64 lower-case hex digits")
    return bytes.fromhex(value[2:])


@app.command()
def demo(
    chain: Chain = "embedded",
    manifest: Annotated[Path | None, typer.Option(help="Write the deployment manifest here.")] = None,
    documents: Annotated[Path | None, typer.Option(help="A folder of UBL and camt documents.")] = None,
    ledger: Annotated[Path | None, typer.Option(help="A folder of invoice ledgers with labels.")] = None,
    firm: Annotated[str, typer.Option(help="Whose ledger of the folder is scored.")] = "E7",
    consortium: Annotated[
        bool, typer.Option("--consortium", help="Four validators and two members' gateways, over HTTP.")
    ] = False,
    database: Annotated[
        str | None, typer.Option(help="The gateways' databases: postgresql://…/NAME_{member}; else SQLite.")
    ] = None,
    json: Json = None,
) -> None:
    """Play the whole story: documents, evidence, vouchers, private score, financing, settlement, replay."""
    _check_folder("--manifest", manifest)
    _check_folder("--json", json)
    if consortium:
        if chain != "embedded" or documents or ledger:
            raise BadOption("--consortium: goes with --database, --manifest and --json only")
        _consortium(database, manifest, json)
        return
    if database is not None:
        raise BadOption("--database: goes with --consortium")
    from api.as_data import outcome_as_data, write_json
    from api.render import print_outcome, teller
    from api.story.play import Options, play
    from chain.deployment import write_manifest
    from chain.engines import engine_for

    with teller(console) as telling:
        telling.doing("starting the chain")
        outcome = play(engine_for(chain), Options(documents, ledger, firm), telling.tell, telling.doing)
    print_outcome(console, outcome)
    if manifest is not None:
        write_manifest(outcome.manifest, manifest)
    if json is not None:
        write_json(json, outcome_as_data(outcome))


def _consortium(database: str | None, manifest: Path | None, json: Path | None) -> None:
    """The story of a consortium; everything it starts is ended, also after an error or a signal."""
    from api.as_data import write_json
    from api.consortium.data import outcome_as_data
    from api.consortium.interruption import ending_in_order
    from api.consortium.render import print_outcome
    from api.consortium.story import PLACE, play
    from api.render import teller
    from chain.deployment import write_manifest

    if database is not None and PLACE not in database:
        raise BadOption(f"--database: {PLACE} must be in it, for a database of each member's own")
    with ending_in_order(), teller(console) as telling:
        outcome = play(telling.tell, telling.doing, database)
    print_outcome(console, outcome)
    if manifest is not None:
        write_manifest(outcome.founded.manifest, manifest)
    if json is not None:
        write_json(json, outcome_as_data(outcome))


@app.command()
def replay(
    chain: Annotated[str | None, typer.Option(help="The node's URL.")] = None,
    manifest: Annotated[Path | None, typer.Option(help="The ledger's deployment manifest.")] = None,
    bundle: Annotated[Path | None, typer.Option(help="An audit bundle, verified with no network.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a bundle's report as a page.")] = None,
    genesis: Annotated[
        str | None, typer.Option(help="The hash of the BFT network's genesis that a bundle must be of.")
    ] = None,
    json: Json = None,
) -> None:
    """Rebuild a ledger from its log, or verify a bundle; exit 1 if anything is not as it must be."""
    from api.as_data import replay_as_data, write_json
    from api.render import print_bundle_report, print_replay, replay_progress
    from chain.deployment import read_manifest

    _check_folder("--json", json)
    _check_folder("--html", html)
    agrees: bool
    if bundle is not None and chain is None:
        from chain.bundle import report_page, verify_bundle

        trusted = read_manifest(manifest) if manifest else None
        pinned = _hash("--genesis", genesis)
        with replay_progress(console) as progress:
            report = verify_bundle(bundle, progress, manifest=trusted, genesis=pinned)
        print_bundle_report(console, report)
        if html is not None:
            html.write_text(report_page(report), encoding="utf-8")
        data, agrees = report.to_json(), report.agrees
    elif chain is not None and manifest is not None and bundle is None and genesis is None:
        from chain.engines import connect
        from chain.replay import replay as run

        read = read_manifest(manifest)
        with replay_progress(console) as progress:
            result = run(connect(chain), read, progress)
        print_replay(console, result)
        data, agrees = replay_as_data(result), result.agrees
    else:
        raise BadOption("--chain with --manifest, or --bundle: give one of them")
    if json is not None:
        write_json(json, data)
    if not agrees:
        raise typer.Exit(DIFFERS)


@app.command()
def export(
    chain: Annotated[str, typer.Option(help="The node's URL.")],
    manifest: Annotated[Path, typer.Option(help="The ledger's deployment manifest.")],
    bundle: Annotated[Path, typer.Option(help="Write the bundle here.")],
    epoch: Annotated[int, typer.Option(min=1, help="`epochlength` of a QBFT network's genesis.")] = 30_000,
    json: Json = None,
) -> None:
    """Export an audit bundle: everything an auditor needs to replay the ledger with no network."""
    from api.as_data import write_json
    from api.render import replay_progress
    from chain.bundle import export_bundle
    from chain.deployment import read_manifest
    from chain.engines import connect

    _check_folder("--bundle", bundle)
    _check_folder("--json", json)
    read = read_manifest(manifest)
    with replay_progress(console) as progress:
        export_bundle(connect(chain), read, bundle, progress, epoch)
    console.print(f"{bundle}: {bundle.stat().st_size:,} bytes", highlight=False, soft_wrap=True)
    if json is not None:
        write_json(json, {"bundle": str(bundle), "bytes": bundle.stat().st_size})


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    chain: Annotated[
        str | None, typer.Option(help="A node's URL; without it, a ledger to play with.")
    ] = None,
    manifest: Annotated[Path | None, typer.Option(help="The ledger's deployment manifest.")] = None,
    accounts: Annotated[Path | None, typer.Option(help="Participants, keystores and token hashes.")] = None,
    database: Annotated[
        str | None,
        typer.Option(
            envvar="COUNTERFOIL_DATABASE",
            help="Keep transactions, answers and evidence in sqlite:///FILE or postgresql://…",
        ),
    ] = None,
    genesis: Annotated[
        str | None, typer.Option(help="The hash of the BFT network's genesis that the node must have.")
    ] = None,
    epoch: Annotated[
        int | None, typer.Option(min=1, help="`epochlength` of a QBFT network's genesis; else 30000.")
    ] = None,
    node: Annotated[
        list[str] | None, typer.Option(help="Another node of the chain to send to; may be given again.")
    ] = None,
) -> None:
    """Serve the HTTP API. The keystores' password is read from COUNTERFOIL_KEYSTORE_PASSWORD.

    A database's URL that holds a password is better given as COUNTERFOIL_DATABASE.
    """
    from api.http.serving import serve_chain, serve_sandbox
    from api.render import print_tokens

    if chain and manifest and accounts:
        password = os.environ.get("COUNTERFOIL_KEYSTORE_PASSWORD", "")
        if database is None and (genesis or epoch or node):
            raise BadOption("--genesis, --epoch, --node: go with --database")
        pinned = _hash("--genesis", genesis)
        serve_chain(
            chain, manifest, accounts, password, host, port, database, node or (), genesis=pinned, epoch=epoch
        )
    elif chain or manifest or accounts or database or genesis or epoch or node:
        raise BadOption(
            "--chain, --manifest, --accounts: give all three (--database and --node go with them), "
            "or none for a ledger to play with"
        )
    else:
        with console.status("making a ledger to play with …") as status:

            def announce(gateway: Gateway, tokens: Mapping[str, str]) -> None:
                status.stop()
                print_tokens(console, f"http://{host}:{port}", gateway, tokens)

            serve_sandbox(announce, host, port)


@bench.command()
def scorecard(
    ledger: Annotated[Path, typer.Option(help="A folder of invoice ledgers with labels.")],
    json: Json = None,
) -> None:
    """Cross-validate the scorecard on labelled ledgers: AUC, KS, and private against clear score."""
    from api.as_data import write_json
    from api.render import print_scorecard
    from credit.bench import bench_scorecard

    _check_folder("--json", json)
    with console.status("reading ledgers, cross-validating …"):
        report = bench_scorecard(ledger)
    print_scorecard(console, report)
    if json is not None:
        write_json(json, report.to_dict())


@bench.command()
def gas(json: Json = None) -> None:
    """Gas of split, transfer, redemption and attestation, next to the nearest reference implementations."""
    from dataclasses import asdict

    from api.as_data import write_json
    from api.bench.gas import GOALS, PEERS, bench_gas
    from api.render import print_gas

    _check_folder("--json", json)
    with console.status("measuring …"):
        report = bench_gas()
    print_gas(console, report, PEERS, GOALS)
    if json is not None:
        write_json(json, {**asdict(report), "peers": PEERS, "goals": dict(GOALS)})


@bench.command("headers")
def bench_many_headers(
    headers: Annotated[int, typer.Option(min=1_000, help="How many headers of each engine.")] = 10_000,
    json: Json = None,
) -> None:
    """Headers of BFT networks verified a second, next to recovering their seals alone."""
    from dataclasses import asdict

    from api.as_data import write_json
    from api.bench.headers import GOAL, bench_headers
    from api.render import print_headers

    _check_folder("--json", json)
    with console.status("sealing and verifying headers …"):
        report = bench_headers(headers)
    print_headers(console, report, GOAL)
    if json is not None:
        write_json(json, {**asdict(report), "goal": GOAL})


@bench.command("ledger")
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
        _check_folder(option, path)
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


@bench.command()
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

    _check_folder("--json", json)
    with replay_progress(console) as progress:
        report = bench_differential(
            operations, seed, lambda made: progress("comparing contracts and rules", made, operations)
        )
    print_differential(console, report)
    if json is not None:
        write_json(json, {**asdict(report), "per_second": report.per_second})
    if report.disagreement:
        raise typer.Exit(DIFFERS)


@bench.command("readmodel")
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

    _check_folder("--json", json)
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


@bench.command("consortium")
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

    _check_folder("--json", json)
    with ending_in_order(), console.status("building the node, if it has not been built") as status:
        report = bench_consortium(suppliers, each, most, lambda what: status.update(f"{what} …"))
    print_load(console, report)
    if json is not None:
        write_json(json, asdict(report))


register(app)
evidence_cli.register(app)
faults_cli.register(bench)


def main() -> None:
    """Runs the command; bad input ends in a sentence on standard error and exit status 2."""
    if "PYTHONWARNINGS" not in os.environ:
        _quiet_dependencies()
    try:
        app()
    except Exception as error:
        if not isinstance(error, _bad_input()):
            raise
        errors.print(f"counterfoil: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise SystemExit(BAD_INPUT) from None


def _bad_input() -> tuple[type[Exception], ...]:
    """What a user can be at fault for; imported when something went wrong, so that help comes at once."""
    from api.bench.load.pouring import NotPoured
    from api.bench.load.report import SplitsMissing
    from api.bench.node import NoDevelopmentNode
    from api.bench.postgres import NoPostgres
    from api.consortium.gateways import GatewayFailed
    from api.evidence_cli import KeptAlready
    from api.files import BadFile
    from api.http.accounts import BadAccounts
    from api.looking import BadChoice
    from api.payments import AccountMissing
    from chain.bundle import ExportFailed
    from chain.database import BadDatabase
    from chain.deployment import BadManifest, WrongChain
    from chain.engines import EngineUnreachable
    from chain.errors import LedgerRefusal
    from chain.network.errors import NetworkError
    from chain.readmodel import WrongGenesis, WrongLedger
    from chain.rpc import NodeUnreachable
    from credit.portfolio import LabelWithoutLedger, NoLabels
    from credit.training import CannotTrain
    from flows.errors import BadDocument
    from flows.reconciliation import LineTwice

    return (
        AccountMissing,
        BadAccounts,
        BadChoice,
        BadDatabase,
        BadDocument,
        BadFile,
        BadManifest,
        BadOption,
        CannotTrain,
        EngineUnreachable,
        ExportFailed,
        GatewayFailed,
        KeptAlready,
        LabelWithoutLedger,
        LedgerRefusal,
        LineTwice,
        NetworkError,
        NoDevelopmentNode,
        NoLabels,
        NoPostgres,
        NodeUnreachable,
        NotPoured,
        SplitsMissing,
        WrongChain,
        WrongGenesis,
        WrongLedger,
        OSError,
    )


def _quiet_dependencies() -> None:
    """Hides warnings that are for the developers of what we depend on."""
    import warnings

    warnings.filterwarnings("ignore", category=DeprecationWarning)


if __name__ == "__main__":
    main()
