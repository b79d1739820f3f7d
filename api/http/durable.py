"""A gateway whose transactions and answers are in a database and outlive its process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from api.http.gateway import Gateway
from api.http.intake import Intake
from api.http.kept_answers import KeptAnswers
from chain.database import migrate, open_database
from chain.ledger import open_ledger
from chain.outbox import Settings, Worker, open_outbox
from chain.outbox.delivering import OutboxDelivery
from chain.rpc import HttpRpc


@contextmanager
def durable(gateway: Gateway, chain: str, database_url: str, nodes: Sequence[str] = ()) -> Iterator[Gateway]:
    """The gateway with its outbox, worked on while the context lasts.

    Args:
        gateway: to a ledger on a node; its members' keys are used by this database alone from here on.
        chain: URL of that node.
        database_url: `sqlite:///FILE` or `postgresql://…`.
        nodes: URLs of more nodes of that chain, which transactions are spread over as well.

    Raises:
        BadDatabase: the database cannot be used.
    """
    database = open_database(database_url)
    migrate(database)
    engine, manifest = gateway.ledger.engine, gateway.ledger.manifest
    rpcs = [HttpRpc(each) for each in (chain, *nodes)]
    outbox = open_outbox(
        database,
        manifest,
        rpcs,
        [member.signer for member in gateway.members],
        Settings(reversible=engine.controls is not None),
    )
    ledger = open_ledger(replace(engine, delivery=OutboxDelivery(outbox)), manifest)
    answers = KeptAnswers(database)
    intake = Intake(outbox, answers)
    try:
        with Worker(outbox):
            yield replace(gateway, ledger=ledger, answers=answers, intake=intake)
    finally:
        intake.close()
        for rpc in rpcs:
            rpc.close()
        database.dispose()
