"""A gateway with a database: what it was asked to do, what it answered and what it keeps outlive its process.

Beside its outbox it keeps the read model of its ledger, for lists and sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace

from sqlalchemy import Engine as Database

from api.http.gateway import Gateway
from api.http.intake import Intake
from api.http.kept import Kept
from api.http.kept_answers import KeptAnswers
from api.http.kept_vault import KeptVault
from api.http.vault import Vault
from chain.database import migrate, open_database
from chain.headers import codec_name
from chain.ledger import open_ledger
from chain.outbox import Settings, Worker, open_outbox
from chain.outbox.delivering import OutboxDelivery
from chain.readmodel import ModelWorker, ReadModel, certificates_of, open_readmodel
from chain.rpc import HttpRpc, Rpc

SECONDS_FOR_A_REQUEST = 5.0
"""How long a read waits for the node; it can do without, or say that the node is away."""


@contextmanager
def durable(
    gateway: Gateway,
    chain: str,
    database_url: str,
    nodes: Sequence[str] = (),
    *,
    genesis: bytes | None = None,
    epoch: int | None = None,
) -> Iterator[Gateway]:
    """The gateway with its outbox and its read model, worked on while the context lasts.

    Args:
        gateway: to a ledger on a node; its members' keys are used by this database alone from here on.
        chain: URL of that node.
        database_url: `sqlite:///FILE` or `postgresql://…`.
        nodes: URLs of more nodes of that chain, which transactions are spread over as well.
        genesis: hash of a BFT network's genesis; without it, the one that the node had at the first start.
        epoch: `epochlength` of a QBFT network's genesis; without it, the engine's usual one.

    Raises:
        BadDatabase: the database cannot be used.
        WrongLedger: the database's read model is of another ledger.
        WrongGenesis: the node's network is another, or cannot be followed.
        NodeUnreachable: the node does not answer.
    """
    database = open_database(database_url)
    rpcs = [HttpRpc(each) for each in (chain, *nodes)]
    asked = HttpRpc(chain, SECONDS_FOR_A_REQUEST)
    answers = KeptAnswers(database)
    try:
        migrate(database)
        engine, manifest = gateway.ledger.engine, gateway.ledger.manifest
        outbox = open_outbox(
            database,
            manifest,
            rpcs,
            [member.signer for member in gateway.members],
            Settings(reversible=engine.controls is not None),
        )
        model = _model(gateway, database, rpcs[0], genesis, epoch)
        vault = KeptVault(database)
        if isinstance(gateway.vault, Vault):
            vault.take_over(gateway.vault)
        ledger = open_ledger(replace(engine, delivery=OutboxDelivery(outbox)), manifest)
        with (
            closing(Intake(outbox, answers)) as intake,
            Worker(outbox) as sender,
            ModelWorker(model, rpcs[0]) as keeper,
        ):
            kept = Kept(database, asked, outbox, sender, keeper)
            yield replace(gateway, ledger=ledger, answers=answers, vault=vault, intake=intake, kept=kept)
    finally:
        for rpc in (*rpcs, asked):
            rpc.close()
        database.dispose()


def _model(
    gateway: Gateway, database: Database, node: Rpc, genesis: bytes | None, epoch: int | None
) -> ReadModel:
    """The read model of the gateway's ledger, held against certificates wherever its network has them."""
    engine, manifest = gateway.ledger.engine, gateway.ledger.manifest
    contract_of = {address: name for name, address in manifest.addresses.items()}
    certificates = certificates_of(node, codec_name(engine.name), contract_of, genesis, epoch)
    return open_readmodel(
        database, manifest, reversible=engine.controls is not None, certificates=certificates
    )
