"""Bank statements and notifications: ISO 20022 camt.052, camt.053 and camt.054, versions 1 to 8."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from flows.errors import BadDocument, UnsupportedDocument
from flows.money import minor_units
from flows.records import CashEntry
from flows.xml import Node, parse_file, split_tag

_NAMESPACE: Final = re.compile(r"urn:iso:std:iso:20022:tech:xsd:(camt\.05[234])\.001\.([0-9]{2})")
_VERSIONS: Final = range(1, 9)
# Each message wraps its accounts in one element; version 1 wrapped the whole in another name.
_ACCOUNTS: Final = {"camt.052": "Rpt", "camt.053": "Stmt", "camt.054": "Ntfctn"}


def is_camt(root: Element) -> bool:
    """Whether the root element's namespace is one of the three messages, in any version."""
    return bool(_NAMESPACE.fullmatch(split_tag(root)[0]))


def read_camt(path: Path) -> tuple[CashEntry, ...]:
    """Read the entries of a camt message, in document order.

    Raises:
        UnsupportedDocument: another namespace or version.
        BadDocument: not well-formed, no account report inside, or an entry that breaks a rule of the message:
            amount negative or more precise than its currency, no currency, indicator neither CRDT nor DBIT.
    """
    return camt_entries(parse_file(path), path.name)


def camt_entries(root: Element, file: str) -> tuple[CashEntry, ...]:
    """The entries of a parsed camt message; see `read_camt`."""
    namespace, name = split_tag(root)
    match = _NAMESPACE.fullmatch(namespace)
    if not match or name != "Document":
        raise UnsupportedDocument(
            file, "document", f"must be a camt.052, 053 or 054 Document (got {root.tag})"
        )
    message, version = match.groups()
    if int(version) not in _VERSIONS:
        raise UnsupportedDocument(file, "document", f"{message} version must be 1 to 8 (got {int(version)})")
    wrapper = next(iter(root), None)
    if wrapper is None:
        raise BadDocument(file, "document", f"{message} has no message inside Document")
    accounts = Node(file, split_tag(wrapper)[1], wrapper, {"": namespace}).all(_ACCOUNTS[message])
    if not accounts:
        raise BadDocument(
            file,
            f"{split_tag(wrapper)[1]}/{_ACCOUNTS[message]}",
            f"{message} must report on at least one account",
        )
    entries: list[CashEntry] = []
    for account in accounts:
        for entry in account.all("Ntry"):
            number = entries[-1].entry + 1 if entries else 1
            entries.extend(_entry(account, entry, number))
    return tuple(entries)


def _entry(account: Node, entry: Node, number: int) -> list[CashEntry]:
    amount, currency = _amount(entry.require("Amt"))
    credit = _is_credit(entry.require("CdtDbtInd"))
    details = entry.all("NtryDtls/TxDtls") or entry.all("TxDtls")
    parts = _transaction_amounts(details)
    if not parts:
        details = details[:1] or (entry,)
        parts = ((amount, currency),)
    records = []
    for place, (detail, (part, part_currency)) in enumerate(zip(details, parts, strict=True), start=1):
        indicator = detail.find("CdtDbtInd")
        debtor, creditor = _party(detail, "Dbtr"), _party(detail, "Cdtr")
        records.append(
            CashEntry(
                file=account.file,
                id=f"{account.text('Id') or account.file}/{number}/{place}",
                account=_account(account, "Acct"),
                entry=number,
                transaction=place,
                amount=part,
                currency=part_currency,
                entry_amount=amount,
                entry_currency=currency,
                credit=credit and (indicator is None or _is_credit(indicator)),
                booked=entry.optional_date("BookgDt/Dt") or entry.optional_date("BookgDt/DtTm"),
                value_date=entry.optional_date("ValDt/Dt") or entry.optional_date("ValDt/DtTm"),
                status=entry.text("Sts/Cd") or entry.text("Sts/Prtry") or entry.text("Sts"),
                reversal=entry.text("RvslInd") in ("true", "1"),
                end_to_end_id=detail.text("Refs/EndToEndId"),
                instruction_id=detail.text("Refs/InstrId"),
                uetr=detail.text("Refs/UETR"),
                servicer_reference=detail.text("Refs/AcctSvcrRef") or entry.text("AcctSvcrRef"),
                debtor=debtor,
                debtor_account=_account(detail, "RltdPties/DbtrAcct"),
                creditor=creditor,
                creditor_account=_account(detail, "RltdPties/CdtrAcct"),
                remittance=_remittance(detail),
            )
        )
    return records


def _amount(node: Node) -> tuple[Decimal, str]:
    currency = node.element.get("Ccy", "")
    try:
        decimals = minor_units(currency)
    except ValueError as error:
        raise node.bad(str(error)) from None
    amount = node.money(decimals)
    if amount < 0:
        raise node.bad(f"amount must not be negative (got {node.own_text()})")
    return amount, currency


def _transaction_amounts(details: tuple[Node, ...]) -> tuple[tuple[Decimal, str], ...]:
    """The amount of each of several transactions, or nothing when the booked amount is the only fact.

    One transaction is what the entry booked, whatever currency its details speak of; of several, each must
    state its amount, or the bundle stays whole and takes the first transaction's references.
    """
    nodes = [detail.find("Amt") or detail.find("AmtDtls/TxAmt/Amt") for detail in details]
    stated = tuple(_amount(node) for node in nodes if node is not None)
    return stated if len(stated) == len(details) > 1 else ()


def _is_credit(node: Node) -> bool:
    if node.own_text() not in ("CRDT", "DBIT"):
        raise node.bad(f"must be CRDT or DBIT (got {node.own_text()!r})")
    return node.own_text() == "CRDT"


def _party(detail: Node, role: str) -> str:
    # A party is direct up to version 7; from version 8 it is a Pty, or an Agt when a bank is the party.
    for path in ("Nm", "Pty/Nm", "Agt/FinInstnId/Nm"):
        if name := detail.text(f"RltdPties/{role}/{path}"):
            return name
    return ""


def _account(node: Node, path: str) -> str:
    for kind in ("IBAN", "Othr/Id", "BBAN", "PrtryAcct/Id", "UPIC"):
        if value := node.text(f"{path}/Id/{kind}"):
            return value
    return ""


def _remittance(detail: Node) -> tuple[str, ...]:
    """Unstructured lines first, then references: creditor's, and the documents the payment refers to."""
    paths = (
        "Ustrd",
        "Strd/CdtrRefInf/Ref",
        "Strd/CdtrRefInf/CdtrRef",
        "Strd/RfrdDocInf/Nb",
        "Strd/AddtlRmtInf",
    )
    return tuple(words for path in paths for words in detail.texts(f"RmtInf/{path}"))
