"""Clearing (清分): who is to be paid what, payments for a bank, and whether its statements agree."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.http.asof import View, reading
from api.http.authentication import Caller, Here
from api.http.formats import Amount, AmountIn, Currency, CurrencyIn, Hash, Number, Time, TimeIn, VoucherId
from api.http.gateway import Member
from api.http.problems import ApiProblem
from api.http.replies import describe_problems, describe_read, read, written
from api.http.routes.common import Input, ReceivableNumber
from api.http.views import AsOf, as_of
from api.http.visibility import SEES_ALL, require_role, visible_lineage
from api.payments import BankAccount, initiation_of, lines_in
from chain.clearing import Basis, BlockAt, ClearingList, Why, clear, clear_due
from chain.clearing_source import read_clearing_state, read_due_state
from flows.camt import camt_entries
from flows.money import currency_code, minor_units
from flows.pain import payment_initiation
from flows.pain_writer import pain001
from flows.payments import Bank
from flows.reconciliation import Line, Reason, Status, reconcile
from flows.records import CashEntry, Party
from flows.xml import parse_bytes

router = APIRouter(prefix="/v1", tags=["settlement"])

BasisIn = Annotated[
    Literal["owed", "paid"],
    Query(description="What the debtor still owes, or what it has paid and nobody was redeemed for."),
]
WhyName = Annotated[str, Field(json_schema_extra={"enum": [one.value for one in Why]}, examples=["holder"])]
StatusName = Annotated[str, Field(json_schema_extra={"enum": [one.value for one in Status]})]
ReasonName = Annotated[str, Field(json_schema_extra={"enum": [one.value for one in Reason]})]
Xml = Annotated[str, Field(min_length=1, examples=["<Document …>"])]
Text = Annotated[str, Field(min_length=1, max_length=140)]


class LineView(BaseModel):
    """One payment; `id` is its EndToEndId. `payable` is false while a financing of the voucher is open."""

    id: str = Field(examples=["1-0-1-H"])
    receivable: int = Field(examples=[1])
    voucher: VoucherId | None
    payee: int = Field(examples=[2])
    amount: Amount
    currency: Currency
    why: WhyName
    hop: int | None
    payable: bool


class ClearedView(BaseModel):
    """A receivable of a list, and what its lines come to."""

    receivable: int = Field(examples=[1])
    debtor: int = Field(examples=[1])
    currency: Currency
    due_at: Time
    face: Amount
    paid: Amount
    redeemed: Amount
    credit: Amount
    total: Amount


class ClearingView(BaseModel):
    """A clearing list. `hash` is keccak-256 of its canonical JSON, which anyone makes from the same block."""

    basis: str = Field(json_schema_extra={"enum": ["owed", "paid"]})
    as_of: AsOf
    hash: Hash
    receivables: list[ClearedView]
    lines: list[LineView]


class AccountIn(Input):
    """Where a participant is paid, or pays from. `bic`, or `member` of a clearing system, names the bank."""

    participant: Number
    name: Text
    account: Annotated[str, Field(min_length=1, max_length=34, examples=["6222000100012345"])]
    bic: Annotated[str, Field(max_length=11, examples=["ICBKCNBJ"])] = ""
    clearing_system: Annotated[str, Field(max_length=35, examples=["CNAPS"])] = ""
    member: Annotated[str, Field(max_length=35, examples=["102331002077"])] = ""

    def bank_account(self) -> BankAccount:
        """As payments take it."""
        return BankAccount(Party(self.name), self.account, Bank(self.bic, self.clearing_system, self.member))


class InstructionsIn(Input):
    """What is to be cleared, on which day, and everybody's bank account."""

    basis: Literal["owed", "paid"] = "paid"
    receivables: list[Number] = Field(min_length=1, max_length=200)
    execution: date
    accounts: list[AccountIn] = Field(min_length=1, max_length=1000)


class InstructionsView(BaseModel):
    """A clearing list's payable lines as a pain.001.001.09 message."""

    hash: Hash = Field(description="Of the clearing list.")
    as_of: AsOf
    message: str = Field(description="MsgId of the message.", examples=["CL-9f86d081884c7d659a2f"])
    payments: int
    pain001: Xml


class LineIn(Input):
    """A payment that is to be found."""

    id: Annotated[str, Field(min_length=1, max_length=35)]
    amount: AmountIn
    currency: CurrencyIn


class ReconciliationIn(Input):
    """Lines, or a pain.001 message that has them, and camt.052, 053 and 054 messages of the account."""

    lines: list[LineIn] = Field(default_factory=list, max_length=5000)
    pain001: Xml | None = None
    statements: list[Xml] = Field(min_length=1, max_length=50)
    direction: Literal["made", "received"] = "made"


class OutcomeView(BaseModel):
    """A line and what the statements say of it; amounts in the currency's own unit, with its decimals."""

    id: str
    status: StatusName
    expected: str = Field(examples=["1250.07"])
    paid: str = Field(examples=["1250.07"])
    difference: str = Field(examples=["0.00"])
    currency: str = Field(examples=["CNY"])
    entries: list[str] = Field(description="The entries counted, by statement, entry and transaction.")


class LeftoverView(BaseModel):
    """An entry that was counted for no line, and why."""

    entry: str
    end_to_end_id: str
    amount: str
    currency: str
    reason: ReasonName


class SumsView(BaseModel):
    """One currency's totals: what was expected, what was found of it, what else was booked."""

    currency: str
    expected: str
    paid: str
    leftover: str


class ReconciliationView(BaseModel):
    """Whether the statements agree with the lines, and everything that they say."""

    agrees: bool
    outcomes: list[OutcomeView]
    leftovers: list[LeftoverView]
    sums: list[SumsView]


@router.get(
    "/receivables/{number}/clearing",
    response_model=ClearingView,
    operation_id="getClearing",
    summary="The clearing list of a receivable (清分)",
    responses=describe_read(404),
)
def get_clearing(
    request: Request, gateway: Here, caller: Caller, number: ReceivableNumber, basis: BasisIn = "owed"
) -> Response:
    """Whoever sees the receivable sees who is to be paid what of it."""
    with reading(gateway.ledger) as view:
        visible_lineage(view, caller.number, number)
        state = read_clearing_state(view.ledger, [number])
        cleared = clear(state, _block(view), Basis(basis), [number])
        return read(request, view.head, _view(view, cleared))


@router.get(
    "/clearing",
    response_model=ClearingView,
    operation_id="getClearingDue",
    summary="The clearing list of everything due by a time",
    responses=describe_read(403),
)
def get_clearing_due(
    request: Request,
    gateway: Here,
    caller: Caller,
    due_by: Annotated[TimeIn, Query()],
    basis: BasisIn = "owed",
) -> Response:
    """For settlement banks, auditors, operators and regulators."""
    with reading(gateway.ledger) as view:
        require_role(view, caller.number, SEES_ALL)
        state = read_due_state(view.ledger, due_by)
        cleared = clear_due(state, _block(view), Basis(basis), due_by)
        return read(request, view.head, _view(view, cleared))


@router.post(
    "/clearing/instructions",
    response_model=InstructionsView,
    operation_id="instructClearing",
    summary="A clearing list as payments for a bank (pain.001)",
    responses=describe_problems(401, 403, 404, 409, 413, 422),
)
def instruct(gateway: Here, caller: Caller, body: InstructionsIn) -> Response:
    """Each line is a payment that carries the line's id as its EndToEndId. Nothing is sent to any bank."""
    accounts = {one.participant: one.bank_account() for one in body.accounts}
    with reading(gateway.ledger) as view:
        for number in body.receivables:
            visible_lineage(view, caller.number, number)
        state = read_clearing_state(view.ledger, body.receivables)
        cleared = clear(state, _block(view), Basis(body.basis), body.receivables)
    initiation = initiation_of(cleared, accounts, _initiator(caller), body.execution)
    return written(
        InstructionsView(
            hash=cleared.digest(),
            as_of=as_of(view.head),
            message=initiation.id,
            payments=len(initiation.transfers),
            pain001=pain001(initiation).decode(),
        )
    )


@router.post(
    "/clearing/reconciliations",
    response_model=ReconciliationView,
    operation_id="reconcileClearing",
    summary="Find a clearing list's lines on a bank's statements (对账)",
    responses=describe_problems(401, 413, 422),
)
def reconcile_clearing(_: Caller, body: ReconciliationIn) -> Response:
    """By EndToEndId, amount, currency and direction; nothing is kept."""
    lines = _lines(body)
    entries: list[CashEntry] = []
    for place, statement in enumerate(body.statements, start=1):
        file = f"statement {place}"
        entries.extend(camt_entries(parse_bytes(statement.encode(), file), file))
    found = reconcile(lines, entries, credit=body.direction == "received")
    return written(
        ReconciliationView(
            agrees=found.agrees,
            outcomes=[
                OutcomeView(
                    id=one.line.id,
                    status=one.status.value,
                    expected=f"{one.line.amount:f}",
                    paid=_decimal(one.paid, one.line.currency),
                    difference=_decimal(one.difference, one.line.currency),
                    currency=one.line.currency,
                    entries=list(one.entries),
                )
                for one in found.outcomes
            ],
            leftovers=[
                LeftoverView(
                    entry=one.entry.id,
                    end_to_end_id=one.entry.end_to_end_id,
                    amount=f"{one.entry.amount:f}",
                    currency=one.entry.currency,
                    reason=one.reason.value,
                )
                for one in found.leftovers
            ],
            sums=[
                SumsView(
                    currency=one.currency,
                    expected=_decimal(one.expected, one.currency),
                    paid=_decimal(one.paid, one.currency),
                    leftover=_decimal(one.leftover, one.currency),
                )
                for one in found.sums
            ],
        )
    )


def _lines(body: ReconciliationIn) -> tuple[Line, ...]:
    if bool(body.lines) == (body.pain001 is not None):
        raise ApiProblem("lines-missing", 422, "Give lines or a pain.001 message, one of the two.")
    if body.pain001 is not None:
        root = parse_bytes(body.pain001.encode(), "pain.001")
        return lines_in(payment_initiation(root, "pain.001").transfers)
    for one in body.lines:
        if not one.amount:
            raise ApiProblem("line-empty", 422, f"Line {one.id} is of nothing.")
    return tuple(
        Line(one.id, Decimal(one.amount).scaleb(-minor_units(code)), code)
        for one in body.lines
        for code in (currency_code(one.currency),)
    )


def _decimal(amount: Decimal, currency: str) -> str:
    return f"{round(amount, minor_units(currency)):f}"


def _initiator(caller: Member) -> Party:
    return Party(caller.name)


def _block(view: View) -> BlockAt:
    return BlockAt(view.head.number, "0x" + view.head.hash.hex(), view.head.time)


def _view(view: View, cleared: ClearingList) -> ClearingView:
    payable = frozenset(line.id for line in cleared.payable)
    return ClearingView(
        basis=cleared.basis.value,
        as_of=as_of(view.head),
        hash=cleared.digest(),
        receivables=[
            ClearedView(
                receivable=one.receivable,
                debtor=one.debtor,
                currency=one.currency,
                due_at=one.due_at,
                face=one.face,
                paid=one.paid,
                redeemed=one.redeemed,
                credit=one.credit,
                total=one.total,
            )
            for one in cleared.receivables
        ],
        lines=[
            LineView(
                id=line.id,
                receivable=line.receivable,
                voucher=line.voucher or None,
                payee=line.payee,
                amount=line.amount,
                currency=line.currency,
                why=line.why.value,
                hop=line.hop or None,
                payable=line.id in payable,
            )
            for line in cleared.lines
        ],
    )
