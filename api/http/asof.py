"""Reading as of one block: every value of an answer belongs to the same state of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from chain.clients.attestations import AttestationsClient
from chain.clients.base import ContractClient
from chain.clients.computations import ComputationsClient
from chain.clients.desk import DeskClient
from chain.clients.financing import FinancingClient
from chain.clients.invoices import InvoicesClient
from chain.clients.issuance import IssuanceClient
from chain.clients.limits import LimitsClient
from chain.clients.participants import ParticipantsClient
from chain.clients.policies import PoliciesClient
from chain.clients.receivables import ReceivablesClient
from chain.ledger import OpenLedger
from chain.sending import ask


@dataclass(frozen=True, slots=True)
class Head:
    """A block: its number, its hash and its time in seconds since 1970 (UTC)."""

    number: int
    hash: bytes
    time: int


@dataclass(frozen=True)
class View:
    """The ledger as of a block."""

    ledger: OpenLedger
    head: Head


@dataclass(frozen=True)
class _AtBlock(ContractClient):
    block: int = field(kw_only=True)

    def _ask(self, function: str, *arguments: Any) -> Any:
        call = self.contract.get_function_by_name(function)(*arguments)
        return ask(self.engine, call, block=self.block)


class _ParticipantsAt(_AtBlock, ParticipantsClient):
    pass


class _DeskAt(_AtBlock, DeskClient):
    pass


class _PoliciesAt(_AtBlock, PoliciesClient):
    pass


class _AttestationsAt(_AtBlock, AttestationsClient):
    pass


class _ComputationsAt(_AtBlock, ComputationsClient):
    pass


class _ReceivablesAt(_AtBlock, ReceivablesClient):
    pass


class _LimitsAt(_AtBlock, LimitsClient):
    pass


class _InvoicesAt(_AtBlock, InvoicesClient):
    pass


class _IssuanceAt(_AtBlock, IssuanceClient):
    pass


class _FinancingAt(_AtBlock, FinancingClient):
    pass


@contextmanager
def reading(ledger: OpenLedger) -> Iterator[View]:
    """The ledger as of its latest block, for as long as the context lasts.

    A node answers for the block asked for. The embedded engine answers for its latest only, so it is locked
    while it is read.
    """
    engine = ledger.engine
    with engine.lock:
        head = latest(ledger)
        if engine.name == "embedded":
            yield View(ledger, head)
            return
    yield View(pinned(ledger, head.number), head)


def latest(ledger: OpenLedger) -> Head:
    """The latest block."""
    with ledger.engine.lock:
        block = ledger.engine.w3.eth.get_block("latest")
    return Head(block["number"], bytes(block["hash"]), block["timestamp"])


def pinned(ledger: OpenLedger, block: int) -> OpenLedger:
    """The ledger whose clients read what it was at a block; not for the embedded engine, which forgets."""

    def parts(client: ContractClient) -> tuple[Any, ...]:
        return client.engine, client.contract, client.contract_names

    return replace(
        ledger,
        participants=_ParticipantsAt(*parts(ledger.participants), block=block),
        desk=_DeskAt(*parts(ledger.desk), block=block),
        policies=_PoliciesAt(*parts(ledger.policies), block=block),
        attestations=_AttestationsAt(*parts(ledger.attestations), block=block),
        computations=_ComputationsAt(*parts(ledger.computations), block=block),
        receivables=_ReceivablesAt(*parts(ledger.receivables), block=block),
        limits=_LimitsAt(*parts(ledger.limits), block=block),
        invoices=_InvoicesAt(*parts(ledger.invoices), block=block),
        issuance=_IssuanceAt(*parts(ledger.issuance), block=block),
        financing=_FinancingAt(*parts(ledger.financing), block=block),
    )
