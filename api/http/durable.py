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
from chain.database import migrate, open_database, reading
from chain.headers import codec_name
from chain.headers.vetted import VettedRpc
from chain.ledger import open_ledger
from chain.outbox import Settings, Worker, open_outbox
from chain.outbox.delivering import OutboxDelivery
from chain.readmodel import Certificates, ModelWorker, certificates_of, open_readmodel, trusted_in
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
        chain: URL of that node, the operator's own.
        database_url: `sqlite:///FILE` or `postgresql://…`.
        nodes: URLs of others' nodes of that chain, for when the own does not answer, and to spread
            transactions over. On a BFT network they are believed as far as certificates go.
        genesis: hash of a BFT network's genesis; without it, the one that the node had at the first start.
        epoch: `epochlength` of a QBFT network's genesis; without it, the engine's usual one.

    Raises:
        BadDatabase: the database cannot be used.
        WrongLedger: the database's read model is of another ledger.
        WrongGenesis: the node's network is another, or cannot be followed.
        NodeUnreachable: the node does not answer.
    """
    database = open_database(database_url)
    own, asked = HttpRpc(chain), HttpRpc(chain, SECONDS_FOR_A_REQUEST)
    others = [HttpRpc(each) for each in nodes]
    answers = KeptAnswers(database)
    try:
        migrate(database)
        engine, manifest = gateway.ledger.engine, gateway.ledger.manifest
        contract_of = {address: name for name, address in manifest.addresses.items()}
        certificates = certificates_of(own, codec_name(engine.name), contract_of, genesis, epoch)
        reversible = engine.controls is not None
        model = open_readmodel(database, manifest, reversible=reversible, certificates=certificates)
        outbox = open_outbox(
            database,
            manifest,
            [own, *(_vetted(each, database, certificates) for each in others)],
            [member.signer for member in gateway.members],
            Settings(reversible=reversible),
        )
        vault = KeptVault(database)
        if isinstance(gateway.vault, Vault):
            vault.take_over(gateway.vault)
        ledger = open_ledger(replace(engine, delivery=OutboxDelivery(outbox)), manifest)
        with (
            closing(Intake(outbox, answers)) as intake,
            Worker(outbox) as sender,
            ModelWorker(model, own) as keeper,
        ):
            kept = Kept(database, asked, outbox, sender, keeper)
            yield replace(gateway, ledger=ledger, answers=answers, vault=vault, intake=intake, kept=kept)
    finally:
        for rpc in (own, asked, *others):
            rpc.close()
        database.dispose()


def _vetted(node: Rpc, database: Database, certificates: Certificates | None) -> Rpc:
    """Somebody else's node, checked from where the read model is, wherever there are certificates."""
    if certificates is None:
        return node
    with reading(database) as connection:
        trusted = trusted_in(connection)
    return VettedRpc(node, trusted or certificates.founding)
