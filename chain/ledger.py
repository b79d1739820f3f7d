"""A deployed ledger, opened: its engine, its manifest and a client for each contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from chain import events
from chain.clients.attestations import AttestationsClient
from chain.clients.base import contract_at
from chain.clients.computations import ComputationsClient
from chain.clients.desk import DeskClient
from chain.clients.financing import FinancingClient
from chain.clients.invoices import InvoicesClient
from chain.clients.issuance import IssuanceClient
from chain.clients.limits import LimitsClient
from chain.clients.participants import Call, ParticipantsClient
from chain.clients.policies import PoliciesClient
from chain.clients.receivables import ReceivablesClient
from chain.deployment import Manifest, check_deployment
from chain.engines import Engine
from chain.sending import Sent
from chain.signing import Signer

E = TypeVar("E", bound=events.Event)


@dataclass(frozen=True)
class OpenLedger:
    """Everything needed to read and write one deployed ledger."""

    engine: Engine
    manifest: Manifest
    participants: ParticipantsClient
    desk: DeskClient
    policies: PoliciesClient
    attestations: AttestationsClient
    computations: ComputationsClient
    receivables: ReceivablesClient
    limits: LimitsClient
    invoices: InvoicesClient
    issuance: IssuanceClient
    financing: FinancingClient


def open_ledger(engine: Engine, manifest: Manifest) -> OpenLedger:
    """Opens the ledger of a manifest.

    Raises:
        WrongChain: the engine's chain does not hold it.
    """
    check_deployment(engine, manifest)
    return OpenLedger(
        engine=engine,
        manifest=manifest,
        participants=ParticipantsClient(engine, *contract_at(engine, manifest, "Participants")),
        desk=DeskClient(engine, *contract_at(engine, manifest, "Desk")),
        policies=PoliciesClient(engine, *contract_at(engine, manifest, "Policies")),
        attestations=AttestationsClient(engine, *contract_at(engine, manifest, "Attestations")),
        computations=ComputationsClient(engine, *contract_at(engine, manifest, "Computations")),
        receivables=ReceivablesClient(engine, *contract_at(engine, manifest, "Receivables")),
        limits=LimitsClient(engine, *contract_at(engine, manifest, "Limits")),
        invoices=InvoicesClient(engine, *contract_at(engine, manifest, "Invoices")),
        issuance=IssuanceClient(engine, *contract_at(engine, manifest, "Issuance")),
        financing=FinancingClient(engine, *contract_at(engine, manifest, "Financing")),
    )


def decide(ledger: OpenLedger, governors: Sequence[Signer], calls: Sequence[Call]) -> Sent:
    """Proposes, approves and executes calls, with as many governors as the ledger's threshold asks."""
    needed = governors[: ledger.manifest.threshold]
    proposed = ledger.participants.propose(needed[0], calls)
    proposal = only(proposed, events.ProposalMade).id
    for governor in needed[1:]:
        ledger.participants.approve(governor, proposal)
    return ledger.participants.execute(needed[0], proposal, calls)


def only(sent: Sent, kind: type[E]) -> E:
    """The one event of a kind in a transaction.

    Raises:
        LookupError: there is none, or more than one.
    """
    found = [logged.event for logged in sent.events if isinstance(logged.event, kind)]
    if len(found) != 1:
        raise LookupError(f"{len(found)} events {kind.__name__} in transaction {sent.transaction}")
    return found[0]
