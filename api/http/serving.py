"""Serving the HTTP API. Importing this module costs nothing; what it needs is imported when it serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.http.gateway import Gateway

LOOPBACK = "127.0.0.1"
PORT = 8000
KEEP_ALIVE = 75
"""Seconds that an idle connection is kept: longer than clients keep it, so that it is they who end it."""

Announce = Callable[["Gateway", Mapping[str, str]], None]
"""Told of a sandbox before it serves: the gateway, and each member's token by its alias."""


def serve_sandbox(announce: Announce, host: str = LOOPBACK, port: int = PORT) -> None:
    """Serves a fresh ledger with made-up participants, until interrupted; it ends with the process."""
    from api.http.sandbox import sandbox

    gateway, tokens = sandbox()
    announce(gateway, tokens)
    serve(host, port, gateway)


def serve_chain(
    chain: str,
    manifest: Path,
    accounts: Path,
    password: str,
    host: str = LOOPBACK,
    port: int = PORT,
    database: str | None = None,
    nodes: Sequence[str] = (),
    *,
    genesis: bytes | None = None,
    epoch: int | None = None,
) -> None:
    """Serves the ledger of a manifest on the node at a URL, for the participants of an accounts file.

    With a database's URL, transactions, answers, evidence and grants are kept there and outlive the process,
    and so is the read model; `nodes` are URLs of more nodes of the chain, which transactions are sent to as
    well, `genesis` and `epoch` are of a BFT network, as `durable` has them.

    Raises:
        EngineUnreachable: no node answers at the URL.
        BadManifest: the manifest cannot be read.
        WrongChain: the node's chain does not hold the ledger of the manifest.
        BadAccounts: the accounts file cannot be read, or an account is not its participant's.
        BadDatabase: the database cannot be used.
        WrongLedger: the database is of another ledger.
        WrongGenesis: the node's network is another, or cannot be followed.
    """
    from api.http.accounts import chain_gateway

    gateway = chain_gateway(chain, manifest, accounts, password)
    if database is None:
        serve(host, port, gateway)
    else:
        from api.http.durable import durable

        with durable(gateway, chain, database, nodes, genesis=genesis, epoch=epoch) as kept:
            serve(host, port, kept)


def serve(host: str, port: int, gateway: Gateway) -> None:
    """Serves a gateway until interrupted.

    On another host than loopback, put a proxy with TLS in front: tokens travel in every request.
    """
    import uvicorn

    from api.http.app import create_app

    uvicorn.run(
        create_app(gateway),
        host=host,
        port=port,
        ws="none",
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
    )
