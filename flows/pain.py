"""Payments to be made, read: ISO 20022 pain.001 (customer credit transfer initiation), versions 3 to 13."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from flows.errors import BadDocument, UnsupportedDocument
from flows.identifiers import LEI, BadIdentifier, Identifier, identifier
from flows.money import minor_units
from flows.payments import Bank, CreditTransfer, PaymentInitiation, PaymentInstruction, control_sum
from flows.records import Party
from flows.xml import Node, parse_file, split_tag

_NAMESPACE: Final = re.compile(r"urn:iso:std:iso:20022:tech:xsd:pain\.001\.001\.([0-9]{2})")
_VERSIONS: Final = range(3, 14)
_TRANSFER: Final = "TRF"


def is_pain001(root: Element) -> bool:
    """Whether the root element's namespace is pain.001, in any version."""
    return bool(_NAMESPACE.fullmatch(split_tag(root)[0]))


def read_pain001(path: Path) -> PaymentInitiation:
    """Read a pain.001 message.

    Addresses, charges, types of payment and structured remittance are left out. A time without a zone is
    taken as UTC.

    Raises:
        UnsupportedDocument: another namespace or version, cheques, or amounts to be converted.
        BadDocument: not well-formed, or it breaks a rule of the message: a count or control sum that its
            payments do not come to, an amount that is not positive or is more precise than its currency, an
            element missing.
    """
    return payment_initiation(parse_file(path), path.name)


def payment_initiation(root: Element, file: str) -> PaymentInitiation:
    """The message of a parsed document; see `read_pain001`."""
    namespace, name = split_tag(root)
    match = _NAMESPACE.fullmatch(namespace)
    if not match or name != "Document":
        raise UnsupportedDocument(file, "document", f"must be a pain.001 Document (got {root.tag})")
    if int(match[1]) not in _VERSIONS:
        raise UnsupportedDocument(
            file,
            "document",
            f"pain.001 version must be {_VERSIONS[0]} to {_VERSIONS[-1]} (got {int(match[1])})",
        )
    message = Node(file, "", root, {"": namespace}).require("CstmrCdtTrfInitn")
    instructions = tuple(_instruction(one) for one in message.all("PmtInf"))
    if not instructions:
        raise message.bad("must have at least one PmtInf")
    header = message.require("GrpHdr")
    initiation = PaymentInitiation(
        id=header.require_text("MsgId"),
        created=_time(header.require("CreDtTm")),
        initiator=_party(header.require("InitgPty")),
        instructions=instructions,
    )
    if header.find("NbOfTxs") is None:
        raise header.bad("NbOfTxs is missing")
    _check_totals(header, initiation.transfers)
    return initiation


def _instruction(node: Node) -> PaymentInstruction:
    if (method := node.require_text("PmtMtd")) != _TRANSFER:
        raise UnsupportedDocument(node.file, f"{node.path}/PmtMtd", f"must be TRF (got {method})")
    transfers = tuple(_transfer(one) for one in node.all("CdtTrfTxInf"))
    if not transfers:
        raise node.bad("must have at least one CdtTrfTxInf")
    _check_totals(node, transfers)
    return PaymentInstruction(
        id=node.require_text("PmtInfId"),
        execution=_execution(node),
        debtor=_party(node.require("Dbtr")),
        debtor_account=_account(node.require("DbtrAcct")),
        debtor_bank=_bank(node, "DbtrAgt"),
        transfers=transfers,
    )


def _transfer(node: Node) -> CreditTransfer:
    if node.find("Amt/EqvtAmt") is not None:
        raise UnsupportedDocument(node.file, f"{node.path}/Amt", "must be an InstdAmt, in its own currency")
    instructed = node.require("Amt/InstdAmt")
    amount, currency = _amount(instructed)
    account = node.find("CdtrAcct")
    return CreditTransfer(
        end_to_end_id=node.require_text("PmtId/EndToEndId"),
        instruction_id=node.text("PmtId/InstrId"),
        amount=amount,
        currency=currency,
        creditor=_party(node.require("Cdtr")),
        creditor_account="" if account is None else _account(account),
        creditor_bank=_bank(node, "CdtrAgt"),
        remittance=node.texts("RmtInf/Ustrd"),
    )


def _amount(node: Node) -> tuple[Decimal, str]:
    currency = node.element.get("Ccy", "")
    try:
        decimals = minor_units(currency)
    except ValueError as error:
        raise node.bad(str(error)) from None
    amount = node.money(decimals)
    if amount <= 0:
        raise node.bad(f"amount must be positive (got {node.own_text()})")
    return amount, currency


def _check_totals(node: Node, transfers: tuple[CreditTransfer, ...]) -> None:
    """What a header states of its payments, where it states it."""
    stated, total = node.number("NbOfTxs"), node.number("CtrlSum")
    if stated is not None and stated != len(transfers):
        raise node.bad(f"NbOfTxs must be the number of payments, {len(transfers)} (got {stated})")
    if total is not None and total != (come_to := control_sum(transfers)):
        raise node.bad(f"CtrlSum must be the sum of the amounts, {come_to} (got {total})")


def _execution(node: Node) -> date:
    # A date up to version 7, a choice of date and time from version 8.
    found = node.optional_date("ReqdExctnDt/Dt") or node.optional_date("ReqdExctnDt/DtTm")
    return found or node.require_date("ReqdExctnDt")


def _time(node: Node) -> datetime:
    try:
        found = datetime.fromisoformat(node.own_text())
    except ValueError:
        raise node.bad(f"must be a date and time, ISO 8601 (got {node.own_text()[:40]!r})") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _party(node: Node) -> Party:
    found: list[Identifier] = []
    if lei := node.text("Id/OrgId/LEI"):
        found.append(_identifier(node, LEI, lei))
    for other in node.all("Id/OrgId/Othr"):
        scheme = other.text("SchmeNm/Cd") or other.text("SchmeNm/Prtry")
        found.append(_identifier(other, scheme, other.require_text("Id")))
    return Party(node.text("Nm"), tuple(found))


def _identifier(node: Node, scheme: str, value: str) -> Identifier:
    try:
        return identifier(scheme, value)
    except BadIdentifier as error:
        raise node.bad(str(error)) from None


def _account(node: Node) -> str:
    for kind in ("IBAN", "Othr/Id"):
        if value := node.text(f"Id/{kind}"):
            return value
    raise BadDocument(node.file, f"{node.path}/Id", "must have an IBAN or another id")


def _bank(node: Node, role: str) -> Bank:
    agent = node.find(f"{role}/FinInstnId")
    if agent is None:
        return Bank()
    return Bank(
        # The element was renamed in version 4.
        bic=agent.text("BICFI") or agent.text("BIC"),
        clearing_system=agent.text("ClrSysMmbId/ClrSysId/Cd") or agent.text("ClrSysMmbId/ClrSysId/Prtry"),
        member=agent.text("ClrSysMmbId/MmbId"),
        name=agent.text("Nm"),
    )
