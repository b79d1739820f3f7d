"""The command `counterfoil`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from api import bench_cli, evidence_cli, network_cli
from api.looking import register
from api.options import DIFFERS, BadOption, Json, check_folder

if TYPE_CHECKING:
    from api.http.gateway import Gateway

app = typer.Typer(
    name="counterfoil",
    help="Receivables on a shared ledger, attested evidence, private scores, and a replay for anyone.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(bench_cli.app, name="bench")
app.add_typer(network_cli.app, name="network")

console = Console()
errors = Console(stderr=True)

BAD_INPUT = 2

Chain = Annotated[str, typer.Option(help="`embedded` for a fresh chain in this process, or a node's URL.")]


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
    check_folder("--manifest", manifest)
    check_folder("--json", json)
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

    check_folder("--json", json)
    check_folder("--html", html)
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

    check_folder("--bundle", bundle)
    check_folder("--json", json)
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


register(app)
evidence_cli.register(app)


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
