"""What responses look like, and how each is made from what the ledger says."""

from __future__ import annotations

from dataclasses import fields
from enum import IntFlag
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.http.asof import Head, View
from api.http.formats import Amount, Currency, Hash, Time, VoucherId
from api.http.gateway import Gateway
from api.http.paging import Page
from api.http.problems import presented
from chain import errors
from chain.clients.attestations import AttestationStatus
from chain.lineage import Lineage, Node
from chain.logs import LoggedEvent
from chain.rules.state import (
    ALL_ROLES,
    ATTRIBUTES,
    Encumbrance,
    Issue,
    IssueState,
    Receivable,
    ReceivableFlag,
    ReceivableState,
    Role,
    Status,
    VoucherFlag,
    receivable_of,
)
from chain.sending import Sent


def _one_of(*names: str) -> Any:
    return Field(json_schema_extra={"enum": list(names)}, examples=[names[0]])


def _names(flags: type[IntFlag], within: int = -1) -> tuple[str, ...]:
    return tuple(each.name.lower() for each in flags if each.name and each & within)


RoleName = Annotated[str, _one_of(*_names(Role, ALL_ROLES | ATTRIBUTES))]
ReceivableFlagName = Annotated[str, _one_of(*_names(ReceivableFlag))]
VoucherFlagName = Annotated[str, _one_of(*_names(VoucherFlag))]
ParticipantStatus = Annotated[str, _one_of("active", "suspended")]
StateName = Annotated[str, _one_of("open", "proposed", "rejected", "cancelled", "settled", "void")]
LifeName = Annotated[str, _one_of("live", "redeemed", "void")]
EncumbranceName = Annotated[str, _one_of("free", "offered", "locked", "pledged")]
LevelName = Annotated[str, _one_of("L3", "L0", "L1", "L2", "L4")]


class AsOf(BaseModel):
    """A block of the ledger."""

    block: int = Field(examples=[31])
    block_hash: Hash
    time: Time


class ParticipantView(BaseModel):
    """A participant as the ledger knows it; name and legal id where this gateway knows them."""

    number: int = Field(examples=[2])
    name: str | None = Field(examples=["杭州精工零部件有限公司"])
    legal_id: str | None = Field(examples=["91330100MA2XXXXX0K"])
    legal_id_hash: Hash
    roles: list[RoleName]
    status: ParticipantStatus
    valid_until: Time


class ReceivableView(BaseModel):
    """A receivable. `overdue` is derived from the due date and the block's time."""

    number: int = Field(examples=[1])
    state: StateName
    flags: list[ReceivableFlagName]
    debtor: int = Field(examples=[1])
    creditor: int = Field(examples=[2])
    proposed_by: int = Field(examples=[2])
    void_asked_by: int | None = Field(description="Who has asked for it to be void.", examples=[None])
    face: Amount
    paid: Amount
    redeemed: Amount
    credit: Amount = Field(description="What the debtor has paid too much, and not got back.")
    currency: Currency
    interest_share: int = Field(
        description="The part of a financing's interest that the debtor bears at most, in hundredths of a "
        "percent.",
        examples=[2000],
    )
    delivered_at: Time
    due_at: Time
    overdue: bool
    evidence: Hash
    invoice: Hash
    payments: int = Field(description="How many payments were recorded.", examples=[0])


class VoucherView(BaseModel):
    """A voucher: the interval [start, end) of its receivable's face, held by one participant."""

    id: VoucherId
    receivable: int = Field(examples=[1])
    parent: VoucherId | None
    children: list[VoucherId]
    holder: int = Field(examples=[2])
    offered_to: int | None = Field(examples=[3])
    locked_for: int | None
    pledged_to: int | None
    flags: list[VoucherFlagName]
    amount: Amount
    start: Amount
    end: Amount
    tier: int = Field(description="Hops from the first holder.", examples=[0])
    life: LifeName
    encumbrance: EncumbranceName
    until: Time | None = Field(
        description="When its offer lapses, its lock may be released, or the loan on it is due."
    )
    payments_redeemed: int
    version: int = Field(description="What a write must expect.", examples=[0])


class HoldingView(BaseModel):
    """What a participant holds of a receivable in live vouchers."""

    participant: int
    amount: Amount


class TreeView(BaseModel):
    """A receivable and all its vouchers, in the order in which they lie in its face."""

    receivable: ReceivableView
    vouchers: list[VoucherView]
    holdings: list[HoldingView]
    tiles: bool = Field(description="Whether the intervals cover the face without gap or overlap.")


class EntryView(BaseModel):
    """An entry of the ledger's log."""

    event: str = Field(examples=["Accepted"])
    block: int
    transaction: str = Field(examples=["0x" + "4b" * 32])
    log_index: int
    facts: dict[str, Any]


class OfferView(BaseModel):
    """A voucher offered to a participant, who may accept until `lapses_at`."""

    voucher: VoucherView
    offered_by: int
    offered_to: int
    lapses_at: Time
    lapsed: bool


class ParticipantPage(Page[ParticipantView]):
    """Some participants; `next_cursor` leads to more."""


class ReceivablePage(Page[ReceivableView]):
    """Some receivables; `next_cursor` leads to more."""


class OfferPage(Page[OfferView]):
    """Some offers; `next_cursor` leads to more."""


class EntryPage(Page[EntryView]):
    """Some entries of the log; `next_cursor` leads to more."""


class TransactionView(BaseModel):
    """The transaction that a write was included with."""

    hash: str = Field(examples=["0x" + "4b" * 32])
    block: int = Field(examples=[32])


class StatusView(BaseModel):
    """What counts about an attested statement; `valid` is whether somebody may rely on it."""

    valid: bool
    revoked: bool
    expired: bool
    attester: int = Field(examples=[6])
    schema_: int = Field(alias="schema", examples=[1])
    level: LevelName
    attested_at: Time


def as_of(head: Head) -> AsOf:
    """The block, for a body that must carry it."""
    return AsOf(block=head.number, block_hash=head.hash, time=head.time)


def participant_view(view: View, gateway: Gateway, number: int) -> ParticipantView:
    """A participant.

    Raises:
        ParticipantUnknown: the ledger has none of that number.
    """
    known = view.ledger.participants.participant(number)
    if known.status == Status.NONE:
        raise errors.ParticipantUnknown(number)
    member = gateway.member(number)
    return ParticipantView(
        number=number,
        name=member.name if member else None,
        legal_id=(member.legal_id or None) if member else None,
        legal_id_hash=view.ledger.participants.legal_id(number),
        roles=list(_names(Role, known.roles)),
        status=known.status.name.lower(),
        valid_until=known.valid_until,
    )


def receivable_view(number: int, issue: Issue, receivable: Receivable | None, now: int) -> ReceivableView:
    """A receivable at a time; there is only its issue until it is confirmed."""
    confirmed = issue.state in (IssueState.CONFIRMED, IssueState.VOID) and receivable
    state, flags = (confirmed.state, confirmed.flags) if confirmed else (issue.state, issue.flags)
    return ReceivableView(
        number=number,
        state=state.name.lower(),
        flags=list(_names(ReceivableFlag, flags)),
        debtor=issue.debtor,
        creditor=issue.creditor,
        proposed_by=issue.debtor if issue.proposed_by_debtor else issue.creditor,
        void_asked_by=issue.void_asked or None,
        face=issue.face,
        paid=confirmed.paid if confirmed else 0,
        redeemed=confirmed.redeemed if confirmed else 0,
        credit=confirmed.credit if confirmed else 0,
        currency=issue.currency,
        interest_share=issue.interest_share,
        delivered_at=issue.delivered_at,
        due_at=issue.due_at,
        overdue=state == ReceivableState.OPEN and bool(confirmed) and now >= issue.due_at,
        evidence=issue.evidence,
        invoice=issue.invoice,
        payments=confirmed.payments if confirmed else 0,
    )


def voucher_view(node: Node) -> VoucherView:
    """A voucher in its place."""
    voucher = node.voucher
    return VoucherView(
        id=node.id,
        receivable=receivable_of(node.id),
        parent=node.parent,
        children=list(node.children),
        holder=voucher.holder,
        offered_to=node.offered_to,
        locked_for=node.locked_for,
        pledged_to=node.pledged_to,
        flags=list(_names(VoucherFlag, voucher.flags)),
        amount=voucher.length,
        start=node.start,
        end=node.end,
        tier=voucher.tier,
        life=voucher.life.name.lower(),
        encumbrance=voucher.encumbrance.name.lower(),
        until=voucher.until or None,
        payments_redeemed=voucher.payments,
        version=voucher.version,
    )


def tree_view(lineage: Lineage, now: int) -> TreeView:
    """The tree of a receivable at a time."""
    return TreeView(
        receivable=receivable_view(lineage.number, lineage.issue, lineage.receivable, now),
        vouchers=[voucher_view(node) for node in lineage.nodes],
        holdings=[HoldingView(participant=who, amount=sum_) for who, sum_ in lineage.holdings.items()],
        tiles=lineage.tiles,
    )


def offer_view(node: Node, now: int) -> OfferView:
    """An open offer at a time."""
    voucher = node.voucher
    if voucher.encumbrance != Encumbrance.OFFERED:
        raise ValueError(f"voucher {node.id} is not offered")
    return OfferView(
        voucher=voucher_view(node),
        offered_by=voucher.holder,
        offered_to=voucher.counterparty,
        lapses_at=voucher.until,
        lapsed=now > voucher.until,
    )


def entry_view(logged: LoggedEvent) -> EntryView:
    """An entry of the log."""
    facts = {f.name.rstrip("_"): getattr(logged.event, f.name) for f in fields(logged.event)}  # type: ignore[arg-type]
    return EntryView(
        event=type(logged.event).__name__,
        block=logged.block,
        transaction="0x" + logged.transaction,
        log_index=logged.log_index,
        facts=presented(facts),
    )


def transaction_view(sent: Sent) -> TransactionView:
    """An included transaction."""
    return TransactionView(hash=sent.transaction, block=sent.block)


def status_view(status: AttestationStatus) -> StatusView:
    """The status of a statement that exists."""
    return StatusView(
        valid=status.valid,
        revoked=status.revoked,
        expired=status.expired,
        attester=status.attester,
        schema=status.schema,
        level=f"L{status.level}",
        attested_at=status.attested_at,
    )
