"""Payments to be made, written: ISO 20022 pain.001.001.09, in the element order of the schema."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from stdnum import iban

from flows.errors import BadDocument
from flows.identifiers import LEI
from flows.money import minor_units
from flows.payments import Bank, CreditTransfer, PaymentInitiation, PaymentInstruction, control_sum
from flows.records import Party

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"

# ISO 20022 data types: Max35Text, Max140Text, Max34Text; ActiveOrHistoricCurrencyAndAmount has 18 digits.
_ID: Final = 35
_TEXT: Final = 140
_ACCOUNT: Final = 34
_DIGITS: Final = 18

# XML 1.0, production 2 (Char), without the line breaks and tabs that white space handling would change.
_PRINTABLE: Final = re.compile("[\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")
_BIC: Final = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_EXTERNAL_CODE: Final = re.compile(r"[A-Z0-9]{1,5}")

# What the Single Euro Payments Area writes where a bank must be named and is not known.
_NOT_PROVIDED: Final = "NOTPROVIDED"


def pain001(initiation: PaymentInitiation) -> bytes:
    """The message as UTF-8 XML; the same initiation always gives the same bytes.

    An account that is a valid IBAN is written as one, any other as an id of the bank's own.

    Raises:
        BadDocument: something the schema or reconciliation forbids: no payment, an id that is empty, longer
            than 35 characters or given twice, a name longer than 140, a text with control characters or
            spaces at its ends, an amount that is not positive, more precise than its currency or longer than
            18 digits, a currency that is not three capital letters, a malformed BIC.
    """
    _check_ids(initiation)
    root = Element("Document", xmlns=NAMESPACE)
    message = _Writer(initiation.id, SubElement(root, "CstmrCdtTrfInitn"), "")
    header = message.part("GrpHdr")
    header.text("MsgId", initiation.id, _ID)
    created = initiation.created.astimezone(UTC).isoformat(timespec="seconds")
    header.text("CreDtTm", created, _ID)
    _totals(header, initiation.transfers)
    _party(header.part("InitgPty"), initiation.initiator)
    for place, instruction in enumerate(initiation.instructions, start=1):
        _instruction(message.part("PmtInf", place), instruction)
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"


def write_pain001(path: Path, initiation: PaymentInitiation) -> Path:
    """Write the message; `read_pain001` gives the same initiation. Raises as `pain001`."""
    path.write_bytes(pain001(initiation))
    return path


class _Writer:
    """Appends children to an element, and names the place in what it refuses."""

    def __init__(self, message: str, element: Element, path: str) -> None:
        self.message, self.element, self.path = message, element, path

    def part(self, path: str, place: int = 0) -> _Writer:
        element = self.element
        for step in path.split("/"):
            element = SubElement(element, step)
        return _Writer(self.message, element, self._below(f"{path}[{place}]" if place else path))

    def text(self, name: str, value: str, longest: int) -> None:
        if not 1 <= len(value) <= longest:
            raise self.bad(name, f"must have 1 to {longest} characters (got {len(value)})")
        if not _PRINTABLE.fullmatch(value) or value != " ".join(value.split()):
            raise self.bad(name, f"must be printable, with single spaces inside (got {value!r})")
        SubElement(self.element, name).text = value

    def optional(self, name: str, value: str, longest: int) -> None:
        if value:
            self.text(name, value, longest)

    def amount(self, name: str, value: Decimal, currency: str) -> None:
        try:
            decimals = minor_units(currency)
        except ValueError as error:
            raise self.bad(name, str(error)) from None
        if not value.is_finite() or value <= 0:
            raise self.bad(name, f"amount must be positive (got {value})")
        if value != round(value, decimals):
            raise self.bad(name, f"amount must not have more than {decimals} decimals (got {value})")
        written = f"{round(value, decimals):f}"
        if len(written.replace(".", "")) > _DIGITS:
            raise self.bad(name, f"amount must not have more than {_DIGITS} digits (got {value})")
        SubElement(self.element, name, Ccy=currency).text = written

    def bad(self, name: str, rule: str) -> BadDocument:
        return BadDocument(self.message or "pain.001", self._below(name), rule)

    def _below(self, name: str) -> str:
        return f"{self.path}/{name}" if self.path else name


def _check_ids(initiation: PaymentInitiation) -> None:
    """An id that is given twice could not be told apart on a statement."""
    message = initiation.id or "pain.001"
    if not initiation.instructions or not all(one.transfers for one in initiation.instructions):
        raise BadDocument(message, "PmtInf", "must have at least one payment")
    for field, ids in (
        ("PmtInfId", Counter(one.id for one in initiation.instructions)),
        ("EndToEndId", Counter(one.end_to_end_id for one in initiation.transfers)),
    ):
        twice = [one for one, count in ids.items() if count > 1]
        if twice:
            raise BadDocument(message, field, f"must be given once (got {twice[0]!r} {ids[twice[0]]} times)")


def _totals(node: _Writer, transfers: tuple[CreditTransfer, ...]) -> None:
    node.text("NbOfTxs", str(len(transfers)), 15)
    total = f"{control_sum(transfers):f}"
    if len(total.replace(".", "")) > _DIGITS:
        raise node.bad("CtrlSum", f"must not have more than {_DIGITS} digits (got {total})")
    SubElement(node.element, "CtrlSum").text = total


def _instruction(node: _Writer, instruction: PaymentInstruction) -> None:
    node.text("PmtInfId", instruction.id, _ID)
    node.text("PmtMtd", "TRF", 3)
    # Each payment is booked on its own, so that the statement tells which of them went.
    node.text("BtchBookg", "false", 5)
    _totals(node, instruction.transfers)
    node.part("ReqdExctnDt").text("Dt", instruction.execution.isoformat(), 10)
    _party(node.part("Dbtr"), instruction.debtor)
    _account(node.part("DbtrAcct"), instruction.debtor_account)
    _bank(node.part("DbtrAgt/FinInstnId"), instruction.debtor_bank)
    node.text("ChrgBr", "SLEV", 4)
    for place, transfer in enumerate(instruction.transfers, start=1):
        _transfer(node.part("CdtTrfTxInf", place), transfer)


def _transfer(node: _Writer, transfer: CreditTransfer) -> None:
    ids = node.part("PmtId")
    ids.optional("InstrId", transfer.instruction_id, _ID)
    ids.text("EndToEndId", transfer.end_to_end_id, _ID)
    node.part("Amt").amount("InstdAmt", transfer.amount, transfer.currency)
    if transfer.creditor_bank != Bank():
        _bank(node.part("CdtrAgt/FinInstnId"), transfer.creditor_bank)
    _party(node.part("Cdtr"), transfer.creditor)
    if transfer.creditor_account:
        _account(node.part("CdtrAcct"), transfer.creditor_account)
    if transfer.remittance:
        remittance = node.part("RmtInf")
        for line in transfer.remittance:
            remittance.text("Ustrd", line, _TEXT)


def _party(node: _Writer, party: Party) -> None:
    node.optional("Nm", party.name, _TEXT)
    if not party.identifiers:
        return
    organisation = node.part("Id/OrgId")
    # The schema has one LEI, before any other id.
    leis = [one.value for one in party.identifiers if one.scheme == LEI]
    if leis:
        organisation.text("LEI", leis[0], 20)
    for one in party.identifiers:
        if one.scheme == LEI:
            continue
        other = organisation.part("Othr")
        other.text("Id", one.value, _ID)
        if one.scheme:
            other.part("SchmeNm").text("Prtry", one.scheme, _ID)


def _account(node: _Writer, account: str) -> None:
    if iban.is_valid(account) and account == iban.compact(account):
        node.part("Id").text("IBAN", account, _ACCOUNT)
    else:
        node.part("Id/Othr").text("Id", account, _ACCOUNT)


def _bank(node: _Writer, bank: Bank) -> None:
    if bank.bic:
        if not _BIC.fullmatch(bank.bic):
            raise node.bad("BICFI", f"must be a BIC, ISO 9362 (got {bank.bic!r})")
        node.text("BICFI", bank.bic, 11)
    if bank.member:
        member = node.part("ClrSysMmbId")
        if bank.clearing_system:
            kind = "Cd" if _EXTERNAL_CODE.fullmatch(bank.clearing_system) else "Prtry"
            member.part("ClrSysId").text(kind, bank.clearing_system, _ID)
        member.text("MmbId", bank.member, _ID)
    node.optional("Nm", bank.name, _TEXT)
    if not (bank.bic or bank.member or bank.name):
        node.part("Othr").text("Id", _NOT_PROVIDED, _ID)
