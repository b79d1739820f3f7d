"""Transactions of the outbox as the API shows them, and why the ledger refused one."""

from __future__ import annotations

from typing import Annotated, Any

from eth_utils.address import to_checksum_address
from pydantic import BaseModel, Field

from api.http.asof import reading
from api.http.formats import Hash, time_of
from api.http.gateway import Gateway, Member
from api.http.paging import Page
from api.http.problems import Problem
from api.http.visibility import visible_lineage, visible_voucher
from chain.calls import UnknownCall, decoded_call
from chain.errors import LedgerRefusal
from chain.headers.transactions import read_transaction
from chain.outbox import Entry, State, history_of
from chain.outbox.refusing import refusal_in_block

PATH = "/v1/transactions"

StateName = Annotated[
    str, Field(json_schema_extra={"enum": [each.value for each in State]}, examples=["final"])
]
KeyShown = Annotated[
    str,
    Field(
        description="The caller's key; one of the gateway's own if there was none.", examples=["order-4711/1"]
    ),
]


class TakenView(BaseModel):
    """A transaction on record: it will be sent until a block has it."""

    id: int = Field(examples=[17])
    key: KeyShown
    hash: Hash

    @classmethod
    def of(cls, entry: Entry) -> TakenView:
        """Of a transaction of the outbox."""
        return cls.model_construct(id=entry.id, key=_key(entry), hash=entry.hash)


class OutboxView(TakenView):
    """A transaction as it stands: `block` is there once one has it, `problem` is a node's last complaint."""

    state: StateName
    signer: str = Field(examples=["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"])
    nonce: int = Field(examples=[3])
    taken_at: str = Field(json_schema_extra={"format": "date-time"}, examples=["2026-03-31T16:00:00Z"])
    block: int | None = Field(examples=[31])
    block_hash: Hash | None
    gas_used: int | None = Field(examples=[98541])
    problem: str | None = Field(examples=[None])


class MomentView(BaseModel):
    """A change in the life of a transaction."""

    at: str = Field(json_schema_extra={"format": "date-time"}, examples=["2026-03-31T16:00:01Z"])
    state: StateName
    detail: str = Field(examples=["block 31 has it"])


class TransactionWhole(OutboxView):
    """A transaction with its history and, if the contract refused it, why: as a refusal of a single write."""

    history: list[MomentView]
    refusal: Problem | None


class TransactionPage(Page[OutboxView]):
    """Some transactions; `next_cursor` leads to more."""


def location_of(entry: Entry) -> str:
    """Where a transaction is looked up."""
    return f"{PATH}/{entry.id}"


def outbox_view(entry: Entry) -> OutboxView:
    """A transaction as it stands."""
    return OutboxView.model_construct(**_fields(entry))


def whole_view(gateway: Gateway, entry: Entry, refusal: Problem | None) -> TransactionWhole:
    """A transaction with its history."""
    intake = gateway.intake
    moments = history_of(intake.outbox.database, entry.id) if intake is not None else []
    return TransactionWhole.model_construct(
        **_fields(entry),
        history=[
            MomentView(at=time_of(int(one.at.timestamp())), state=one.state.value, detail=one.detail)
            for one in moments
        ],
        refusal=refusal,
    )


def why_reverted(gateway: Gateway, caller: Member, entry: Entry) -> Exception | None:
    """What the contract refused a transaction with, as far as its caller may know; None if it did not.

    What is not for the caller to see is refused as if it did not exist, as in a single write.
    """
    if entry.state != State.REVERTED or gateway.intake is None:
        return None
    return _hidden(gateway, caller, entry) or refusal_in_block(gateway.intake.outbox, entry)


def _hidden(gateway: Gateway, caller: Member, entry: Entry) -> LedgerRefusal | None:
    names = {address: name for name, address in gateway.ledger.manifest.addresses.items()}
    try:
        _, arguments = decoded_call(names[to_checksum_address(entry.to)], read_transaction(entry.raw).data)
    except (UnknownCall, KeyError):
        return None
    with reading(gateway.ledger) as view:
        try:
            for name, value in arguments.items():
                if name in ("voucher", "voucher_id"):
                    visible_voucher(view, caller.number, value)
                elif name in ("receivable", "issue"):
                    visible_lineage(view, caller.number, value)
        except LedgerRefusal as refusal:
            return refusal
    return None


def _key(entry: Entry) -> str:
    return entry.key.removeprefix(f"{entry.owner} ") if entry.owner else entry.key


def _fields(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "key": _key(entry),
        "hash": entry.hash,
        "state": entry.state.value,
        "signer": entry.signer,
        "nonce": entry.nonce,
        "taken_at": time_of(int(entry.queued_at.timestamp())),
        "block": entry.block,
        "block_hash": entry.block_hash,
        "gas_used": entry.gas_used,
        "problem": entry.problem,
    }
