"""From a clearing list to what banks understand: payments to make, and lines to find on a statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from chain.clearing import ClearingLine, ClearingList
from flows.errors import BadDocument
from flows.money import CURRENCY_NUMBERS, currency_code, minor_units
from flows.payments import Bank, CreditTransfer, PaymentInitiation, PaymentInstruction
from flows.reconciliation import Line
from flows.records import Party


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Where a participant is paid, or pays from; the ledger knows none of it."""

    owner: Party
    account: str
    bank: Bank = field(default_factory=Bank)


class AccountMissing(Exception):
    """A participant of a clearing list has no bank account here."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    def __str__(self) -> str:
        return f"participant {self.number} has no bank account here"


def amount_of(line: ClearingLine) -> Decimal:
    """A line's amount in its currency.

    Raises:
        BadDocument: its currency's numeric code is not one of `flows.money.CURRENCY_NUMBERS`.
    """
    code = currency_code(line.currency)
    if code not in CURRENCY_NUMBERS:
        raise BadDocument(line.id, "currency", f"must be one whose letters are known (got {code})")
    return Decimal(line.amount).scaleb(-minor_units(code))


def initiation_of(
    cleared: ClearingList, accounts: Mapping[int, BankAccount], initiator: Party, execution: date
) -> PaymentInitiation:
    """The payable lines of a list as a pain.001 message: an instruction for each debtor and currency.

    A line's id is the payment's EndToEndId. The message is named after the list's hash, and dated as its
    block, so that the same list always gives the same message.

    Args:
        cleared: the list.
        accounts: bank accounts by participant.
        initiator: who sends the message.
        execution: the day on which the payments are to be made.

    Raises:
        AccountMissing: a debtor or payee has no account.
        BadDocument: a currency is not one of `flows.money.CURRENCY_NUMBERS`.
    """
    debtors = {each.receivable: each.debtor for each in cleared.receivables}
    lines: dict[tuple[int, int], list[ClearingLine]] = defaultdict(list)
    for line in cleared.payable:
        lines[debtors[line.receivable], line.currency].append(line)
    name = cleared.digest().hex()[:20]
    return PaymentInitiation(
        id=f"CL-{name}",
        created=datetime.fromtimestamp(cleared.block.time, UTC),
        initiator=initiator,
        instructions=tuple(
            _instruction(f"{name}-{debtor}", debtor, currency, own, accounts, execution)
            for (debtor, currency), own in sorted(lines.items())
        ),
    )


def lines_of(cleared: ClearingList) -> tuple[Line, ...]:
    """The payable lines of a list, as they are looked for on a statement."""
    return tuple(Line(line.id, amount_of(line), currency_code(line.currency)) for line in cleared.payable)


def lines_in(transfers: Iterable[CreditTransfer]) -> tuple[Line, ...]:
    """Payments of a pain.001 message, as they are looked for on a statement."""
    return tuple(Line(each.end_to_end_id, each.amount, each.currency) for each in transfers)


def _instruction(
    name: str,
    debtor: int,
    currency: int,
    lines: Iterable[ClearingLine],
    accounts: Mapping[int, BankAccount],
    execution: date,
) -> PaymentInstruction:
    paying = _account(accounts, debtor)
    return PaymentInstruction(
        id=f"{name}-{currency_code(currency)}"[:35],
        execution=execution,
        debtor=paying.owner,
        debtor_account=paying.account,
        debtor_bank=paying.bank,
        transfers=tuple(_transfer(line, _account(accounts, line.payee)) for line in lines),
    )


def _transfer(line: ClearingLine, paid: BankAccount) -> CreditTransfer:
    subject = f"voucher {line.voucher}" if line.voucher else f"receivable {line.receivable}"
    return CreditTransfer(
        end_to_end_id=line.id,
        amount=amount_of(line),
        currency=currency_code(line.currency),
        creditor=paid.owner,
        creditor_account=paid.account,
        creditor_bank=paid.bank,
        remittance=(f"{subject}, {line.why.value}",),
    )


def _account(accounts: Mapping[int, BankAccount], number: int) -> BankAccount:
    if number not in accounts:
        raise AccountMissing(number)
    return accounts[number]
