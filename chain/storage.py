"""Where the contracts store what the ledger knows: the words that a state must have written.

Slots follow the Solidity storage layout (docs.soliditylang.org, "Layout of State Variables in Storage"), read
from the compiler's own output in the artifacts, so that no slot number is written down here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from chain.artifacts import artifact
from chain.hashing import keccak
from chain.naming import python_name
from chain.rules.state import Ledger, Voucher

VOUCHER_MEMBERS = (
    ("holder", 0, 4),
    ("parent", 4, 6),
    ("counterparty", 10, 4),
    ("length", 14, 6),
    ("until", 20, 4),
    ("tier", 24, 1),
    ("life", 25, 1),
    ("encumbrance", 26, 1),
    ("flags", 27, 1),
    ("payments", 28, 1),
    ("version", 29, 1),
)
"""A voucher's word by name, offset and size in bytes: the contract packs it itself (`VoucherWord.sol`), and
the compiler's layout shows one number."""


@dataclass(frozen=True, slots=True)
class Member:
    """A value packed into a word: its name, where it starts (bytes from the right) and how long it is."""

    name: str
    offset: int
    size: int
    value: int

    def of(self, word: int) -> int:
        """The member's value in a word read from the chain."""
        return word >> 8 * self.offset & ((1 << 8 * self.size) - 1)


@dataclass(frozen=True, slots=True)
class Word:
    """One storage word that a state must have written; `path` names it for a person."""

    contract: str
    path: str
    slot: int
    members: tuple[Member, ...]

    @property
    def value(self) -> int:
        """The word as a number."""
        return sum(m.value << 8 * m.offset for m in self.members)


def expected_words(ledger: Ledger) -> Iterator[Word]:
    """Every word that the ledger's state occupies, contract by contract in the order of their deployment."""
    yield from _counters(
        "Participants",
        {
            "governors": ledger.governors,
            "governorsEver": ledger.governors_ever,
            "threshold": ledger.threshold,
            "participantCount": len(ledger.participant),
            "proposalCount": len(ledger.proposal),
        },
    )
    yield from _entries("Participants", "governor", ledger.governor)
    yield from _entries("Participants", "participant", ledger.participant)
    yield from _entries("Participants", "legalId", ledger.legal_id)
    yield from _entries("Participants", "numberOfLegalId", ledger.number_of_legal_id)
    yield from _entries("Participants", "accountOf", ledger.account)
    yield from _entries("Participants", "accountAt", ledger.account_at)
    yield from _entries("Participants", "proposal", ledger.proposal)
    yield from _entries("Participants", "callsHash", {n: p.calls_hash for n, p in ledger.proposal.items()})

    yield from _counters("Desk", {"draftCount": len(ledger.draft)})
    yield from _entries("Desk", "draft", ledger.draft)

    yield from _entries("Policies", "versions", ledger.policy_versions)
    yield from _entries("Policies", "version", ledger.policy_version)

    yield from _counters("Attestations", {"schemaCount": len(ledger.schema)})
    yield from _entries("Attestations", "schema", ledger.schema)
    yield from _entries("Attestations", "attestation", ledger.attestation)
    yield from _entries("Attestations", "revokedLeaves", ledger.revoked_leaves)
    yield from _entries("Attestations", "successorOf", ledger.successor_of)
    yield from _entries("Attestations", "newest", ledger.newest)

    yield from _counters("Computations", {"consentCount": len(ledger.consent)})
    yield from _entries("Computations", "consent", ledger.consent)
    yield from _entries("Computations", "job", ledger.job)

    yield from _entries("Receivables", "_receivable", ledger.receivable)
    yield from _entries("Receivables", "_voucher", ledger.voucher)
    yield from _entries("Receivables", "paidAfter", ledger.paid_after)
    yield from _entries("Receivables", "referenceUsed", ledger.reference_used)

    yield from _entries("Limits", "limit", ledger.limit)
    yield from _entries("Limits", "groupLimit", ledger.group_limit)
    yield from _entries("Limits", "groupOf", ledger.group_of)
    yield from _entries("Limits", "stopCause", ledger.stop_cause)
    yield from _entries("Limits", "overdueCount", ledger.overdue_count)
    yield from _entries("Limits", "overdueStop", ledger.overdue_stop)

    yield from _entries("Invoices", "invoice", ledger.invoice)

    yield from _counters("Issuance", {"issueCount": len(ledger.issue)})
    yield from _entries("Issuance", "_issue", ledger.issue)

    yield from _counters("Financing", {"claimCount": len(ledger.claim)})
    yield from _entries("Financing", "deal", ledger.deal)
    yield from _entries("Financing", "filing", ledger.filing)
    yield from _entries("Financing", "hops", ledger.hops)
    yield from _entries("Financing", "hop", ledger.hop)
    yield from _entries("Financing", "quoteOver", ledger.quote_over)
    yield from _entries("Financing", "claim", ledger.claim)


def _layout(contract: str) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    layout = artifact(contract).storage_layout
    return {v["label"]: v for v in layout["storage"]}, layout["types"]


def _counters(contract: str, values: dict[str, Any]) -> Iterator[Word]:
    """The contract's plain variables, which may share words."""
    variables, types = _layout(contract)
    words: dict[int, list[Member]] = {}
    for label, value in values.items():
        variable = variables[label]
        for slot, member in _members(types, variable["type"], label, value):
            at = int(variable["slot"]) + slot
            shifted = Member(member.name, member.offset + variable["offset"], member.size, member.value)
            words.setdefault(at, []).append(shifted)
    for slot, members in words.items():
        yield Word(contract, "variables", slot, tuple(members))


def _entries(contract: str, label: str, entries: dict[Any, Any]) -> Iterator[Word]:
    """The entries of a mapping; a tuple as key is a mapping of mappings."""
    variables, types = _layout(contract)
    variable = variables[label]
    for key, value in entries.items():
        slot, of_type = int(variable["slot"]), variable["type"]
        keys = key if isinstance(key, tuple) else (key,)
        for each in keys:
            slot = int.from_bytes(keccak(_key(each) + slot.to_bytes(32, "big")), "big")
            of_type = types[of_type]["value"]
        path = label.lstrip("_") + "".join(f"[{_shown(each)}]" for each in keys)
        words: dict[int, list[Member]] = {}
        for offset, member in _members(types, of_type, "", value):
            words.setdefault(offset, []).append(member)
        for offset, members in words.items():
            yield Word(contract, path, slot + offset, tuple(members))


def _members(types: dict[str, Any], of_type: str, name: str, value: Any) -> Iterator[tuple[int, Member]]:
    """The packed values of a variable, each with its word's distance from the first."""
    described = types[of_type]
    if isinstance(value, Voucher):
        for label, offset, size in VOUCHER_MEMBERS:
            yield 0, Member(label, offset, size, _number(getattr(value, python_name(label))))
        return
    if "members" not in described:
        yield 0, Member(name, 0, int(described["numberOfBytes"]), _number(value))
        return
    if not is_dataclass(value):
        raise TypeError(f"{name or of_type} is stored as a struct and is not a record")
    known = {f.name for f in fields(value)}
    for member in described["members"]:
        field = python_name(member["label"])
        # Records leave nothing out: a member without its field would go unchecked.
        if field not in known:
            raise TypeError(f"{type(value).__name__} lacks {field}")
        size = int(types[member["type"]]["numberOfBytes"])
        yield (
            int(member["slot"]),
            Member(member["label"], member["offset"], size, _number(getattr(value, field))),
        )


def _number(value: Any) -> int:
    if isinstance(value, str):
        return int(value, 16)
    return int.from_bytes(value, "big") if isinstance(value, bytes) else int(value)


def _key(key: Any) -> bytes:
    if isinstance(key, bytes):
        return key
    if isinstance(key, str):
        return bytes(12) + bytes.fromhex(key[2:])
    return int(key).to_bytes(32, "big")


def _shown(key: Any) -> str:
    return "0x" + key.hex() if isinstance(key, bytes) else str(key)
