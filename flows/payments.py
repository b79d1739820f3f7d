"""Payments to be made: what a customer tells its bank in an ISO 20022 pain.001 message.

Amounts are `Decimal` in the payment's own currency, dates plain dates, times aware. An absent id, account or
bank is the empty string.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from flows.records import Party


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank by its BIC (ISO 9362), or by its `member` number in a clearing system such as CNAPS."""

    bic: str = ""
    clearing_system: str = ""
    member: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class CreditTransfer:
    """One payment: `amount` of `currency` to a creditor's account.

    `end_to_end_id` goes with the money to the creditor's statement, `instruction_id` to the first bank alone.
    """

    end_to_end_id: str
    amount: Decimal
    currency: str
    creditor: Party
    creditor_account: str = ""
    creditor_bank: Bank = Bank()
    instruction_id: str = ""
    remittance: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentInstruction:
    """Payments from one account of one debtor on one day."""

    id: str
    execution: date
    debtor: Party
    debtor_account: str
    transfers: tuple[CreditTransfer, ...]
    debtor_bank: Bank = Bank()


@dataclass(frozen=True, slots=True)
class PaymentInitiation:
    """A pain.001 message: `initiator` is who sends it, a debtor itself or somebody for it."""

    id: str
    created: datetime
    initiator: Party
    instructions: tuple[PaymentInstruction, ...]

    @property
    def transfers(self) -> tuple[CreditTransfer, ...]:
        """The payments of all instructions, in order."""
        return tuple(transfer for each in self.instructions for transfer in each.transfers)

    @property
    def control_sum(self) -> Decimal:
        """The sum of all amounts, whatever their currencies, as the message states it."""
        return control_sum(self.transfers)


def control_sum(transfers: tuple[CreditTransfer, ...]) -> Decimal:
    """The sum of amounts, whatever their currencies (ISO 20022, CtrlSum)."""
    return sum((transfer.amount for transfer in transfers), Decimal(0))
