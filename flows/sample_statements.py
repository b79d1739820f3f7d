"""Sample statements of our own making: what a bank reports once it has carried payments out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from flows.payments import CreditTransfer, PaymentInstruction

_CAMT_053: Final = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


@dataclass(frozen=True, slots=True)
class Booking:
    """A transfer as a bank booked it: `amount` may be another than was asked, `reversal` a return of it."""

    transfer: CreditTransfer
    amount: Decimal
    reversal: bool = False


def bookings(instruction: PaymentInstruction) -> tuple[Booking, ...]:
    """Every transfer of an instruction, carried out as asked."""
    return tuple(Booking(transfer, transfer.amount) for transfer in instruction.transfers)


def write_sample_statement(
    path: Path,
    *,
    instruction: PaymentInstruction,
    booked: date,
    carried_out: tuple[Booking, ...] | None = None,
) -> Path:
    """Write a camt.053 statement of the debtor's account: a debit entry for each transfer, in one currency.

    Args:
        path: the file; its folder is there.
        instruction: what was asked of the bank.
        booked: booking and value date.
        carried_out: what was done; everything as asked if None.

    Raises:
        ValueError: the bookings are in several currencies, which one account's statement cannot be.
    """
    done = bookings(instruction) if carried_out is None else carried_out
    currencies = {booking.transfer.currency for booking in done}
    if len(currencies) > 1:
        raise ValueError(f"bookings must be in one currency (got {', '.join(sorted(currencies))})")
    stamp = f"{booked.isoformat()}T23:30:00+08:00"
    root = Element("Document", xmlns=_CAMT_053)
    message = SubElement(root, "BkToCstmrStmt")
    _texts(SubElement(message, "GrpHdr"), MsgId=f"STMT-{instruction.id}"[:35], CreDtTm=stamp)
    statement = SubElement(message, "Stmt")
    _texts(statement, Id=f"{booked:%Y%m%d}-{instruction.id}"[:35], CreDtTm=stamp)
    account = SubElement(statement, "Acct")
    _account(account, instruction.debtor_account)
    _texts(SubElement(account, "Ownr"), Nm=instruction.debtor.name)
    _balance(statement, "OPBD", sum((_outflow(one) for one in done), Decimal(0)), done, booked)
    _balance(statement, "CLBD", Decimal(0), done, booked)
    for place, booking in enumerate(done, start=1):
        _entry(statement, booking, f"{booked:%Y%m%d}{place:06d}", booked, instruction)
    ElementTree.indent(root)
    path.write_bytes(ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n")
    return path


def _outflow(booking: Booking) -> Decimal:
    return -booking.amount if booking.reversal else booking.amount


def _balance(node: Element, code: str, amount: Decimal, done: tuple[Booking, ...], booked: date) -> None:
    if not done:
        return
    balance = SubElement(node, "Bal")
    _texts(SubElement(SubElement(balance, "Tp"), "CdOrPrtry"), Cd=code)
    _money(balance, abs(amount), done[0].transfer.currency)
    _texts(balance, CdtDbtInd="DBIT" if amount < 0 else "CRDT")
    _texts(SubElement(balance, "Dt"), Dt=booked.isoformat())


def _entry(
    statement: Element, booking: Booking, reference: str, booked: date, instruction: PaymentInstruction
) -> None:
    transfer = booking.transfer
    direction = "CRDT" if booking.reversal else "DBIT"
    entry = SubElement(statement, "Ntry")
    _money(entry, booking.amount, transfer.currency)
    _texts(entry, CdtDbtInd=direction)
    if booking.reversal:
        _texts(entry, RvslInd="true")
    _texts(SubElement(entry, "Sts"), Cd="BOOK")
    _texts(SubElement(entry, "BookgDt"), Dt=booked.isoformat())
    _texts(SubElement(entry, "ValDt"), Dt=booked.isoformat())
    _texts(entry, AcctSvcrRef=reference)
    code = SubElement(SubElement(entry, "BkTxCd"), "Domn")
    _texts(code, Cd="PMNT")
    _texts(SubElement(code, "Fmly"), Cd="ICDT", SubFmlyCd="DMCT")
    details = SubElement(SubElement(entry, "NtryDtls"), "TxDtls")
    references = SubElement(details, "Refs")
    _texts(references, PmtInfId=instruction.id)
    if transfer.instruction_id:
        _texts(references, InstrId=transfer.instruction_id)
    _texts(references, EndToEndId=transfer.end_to_end_id)
    _money(details, booking.amount, transfer.currency)
    _texts(details, CdtDbtInd=direction)
    parties = SubElement(details, "RltdPties")
    _texts(SubElement(SubElement(parties, "Dbtr"), "Pty"), Nm=instruction.debtor.name)
    _texts(SubElement(SubElement(parties, "Cdtr"), "Pty"), Nm=transfer.creditor.name)
    if transfer.creditor_account:
        _account(SubElement(parties, "CdtrAcct"), transfer.creditor_account)


def _texts(node: Element, **children: str) -> None:
    for name, text in children.items():
        SubElement(node, name).text = text


def _account(node: Element, account: str) -> None:
    _texts(SubElement(SubElement(node, "Id"), "Othr"), Id=account)


def _money(node: Element, amount: Decimal, currency: str) -> None:
    SubElement(node, "Amt", Ccy=currency).text = f"{amount:f}"
