"""Python's records, events and refusals are those of the contracts, name by name and type by type."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from enum import IntEnum
from typing import Any, get_type_hints

import pytest

from chain import errors, events
from chain.artifacts import CONTRACTS, HAND, artifact
from chain.errors import BY_NAME, LedgerRefusal
from chain.events import Event
from chain.naming import python_name
from chain.rules import state
from chain.storage import VOUCHER_MEMBERS
from tests.chain.conftest import ROOT

LIBRARY_ERRORS = {"InvalidShortString", "StringTooLong"}
"""Of OpenZeppelin's EIP-712, which the contracts' short names and versions never meet."""

EVENTS = {
    name: cls
    for name, cls in vars(events).items()
    if inspect.isclass(cls) and issubclass(cls, Event) and cls is not Event
}

RECORDS: dict[tuple[str, str], type] = {
    ("Participants", "participant"): state.Participant,
    ("Participants", "accountOf"): state.Account,
    ("Policies", "version"): state.PolicyVersion,
    ("Attestations", "schema"): state.Schema,
    ("Attestations", "attestation"): state.Attestation,
    ("Computations", "consent"): state.Consent,
    ("Computations", "job"): state.Job,
    ("Desk", "draft"): state.Draft,
    ("Receivables", "_receivable"): state.Receivable,
    ("Limits", "limit"): state.Limit,
    ("Limits", "groupLimit"): state.Limit,
    ("Invoices", "invoice"): state.Invoice,
    ("Issuance", "_issue"): state.Issue,
    ("Financing", "deal"): state.Deal,
    ("Financing", "filing"): state.Filing,
    ("Financing", "hop"): state.Hop,
    ("Financing", "claim"): state.Claim,
}

STRUCTS: dict[tuple[str, str, int], type] = {
    ("Attestations", "attest", 0): state.Statement,
    ("Computations", "grant", 1): state.Terms,
    ("Issuance", "propose", 0): state.IssueTerms,
    ("Receivables", "split", 2): state.Leg,
    ("Receivables", "acceptanceDigest", 0): state.Acceptance,
    ("Financing", "quoteDigest", 0): state.Quote,
}
"""Records that are given to a function as this argument."""


def entries(kind: str) -> list[tuple[str, dict[str, Any]]]:
    return [(name, e) for name in (*CONTRACTS, HAND) for e in artifact(name).abi if e["type"] == kind]


def python_type(abi_type: str) -> type:
    if abi_type in ("address", "string"):
        return str
    if abi_type == "bool":
        return bool
    return bytes if abi_type.startswith("bytes") else int


def expected_fields(inputs: list[dict[str, Any]]) -> list[tuple[str, type]]:
    return [(python_name(a["name"]), python_type(a["type"])) for a in inputs]


def actual_fields(cls: type) -> list[tuple[str, type]]:
    hints = get_type_hints(cls)
    return [(f.name, hints[f.name]) for f in fields(cls)]


@pytest.mark.parametrize(
    ("name", "entry"),
    [pytest.param(e["name"], e, id=f"{c}.{e['name']}") for c, e in entries("error")],
)
def test_every_custom_error_has_its_refusal(name: str, entry: dict[str, Any]) -> None:
    if name in LIBRARY_ERRORS:
        assert name not in BY_NAME
        return

    assert actual_fields(BY_NAME[name]) == expected_fields(entry["inputs"])
    assert BY_NAME[name] is getattr(errors, name)


@pytest.mark.parametrize(
    ("name", "entry"),
    [pytest.param(e["name"], e, id=f"{c}.{e['name']}") for c, e in entries("error")],
)
def test_what_a_custom_error_has_of_times_is_told_as_dates(name: str, entry: dict[str, Any]) -> None:
    times = {python_name(a["name"]) for a in entry["inputs"] if a["type"] == "uint40"}
    if name in LIBRARY_ERRORS:
        assert not times
        return

    cls: type = BY_NAME[name]
    assert times <= {f.name for f in fields(cls) if f.type == "Timestamp"}


def test_every_refusal_is_a_custom_error() -> None:
    known = {entry["name"] for _, entry in entries("error")}

    assert set(BY_NAME) == known - LIBRARY_ERRORS


def test_an_error_of_several_contracts_is_the_same_in_all() -> None:
    shapes: dict[str, set[tuple[str, ...]]] = {}
    for _, entry in entries("error"):
        shapes.setdefault(entry["name"], set()).add(tuple(a["type"] for a in entry["inputs"]))

    assert {name: shape for name, shape in shapes.items() if len(shape) > 1} == {}


@pytest.mark.parametrize("cls", BY_NAME.values(), ids=BY_NAME)
def test_a_refusals_sentence_fills_in_its_facts(cls: type[LedgerRefusal]) -> None:
    example = {str: "0x" + "ab" * 20, bytes: b"\xcd" * 32, int: 7}

    refusal = cls(*(example[of] for _, of in actual_fields(cls)))

    assert str(refusal).endswith(".")
    assert "{" not in str(refusal)
    assert set(refusal.facts()) == {name for name, _ in actual_fields(cls)}


@pytest.mark.parametrize(
    ("name", "entry"),
    [pytest.param(e["name"], e, id=f"{c}.{e['name']}") for c, e in entries("event")],
)
def test_every_event_has_its_class(name: str, entry: dict[str, Any]) -> None:
    if name == "EIP712DomainChanged":
        # Of OpenZeppelin's EIP-712; this contract's domain never changes.
        assert name not in EVENTS
        return

    assert actual_fields(EVENTS[name]) == expected_fields(entry["inputs"])


def test_every_event_class_is_an_event() -> None:
    assert set(EVENTS) == {entry["name"] for _, entry in entries("event")} - {"EIP712DomainChanged"}


def test_no_two_contracts_share_an_event() -> None:
    names = [entry["name"] for _, entry in entries("event") if entry["name"] != "EIP712DomainChanged"]

    assert len(names) == len(set(names))


@pytest.mark.parametrize(("contract", "label"), RECORDS, ids=[f"{c}.{v}" for c, v in RECORDS])
def test_a_record_is_the_stored_struct(contract: str, label: str) -> None:
    layout = artifact(contract).storage_layout
    described = next(v for v in layout["storage"] if v["label"] == label)
    of_type = layout["types"][described["type"]]
    while "value" in of_type:
        of_type = layout["types"][of_type["value"]]
    members = [python_name(member["label"]) for member in of_type["members"]]

    assert [f.name for f in fields(RECORDS[(contract, label)])] == members


def test_every_struct_that_is_stored_has_its_record() -> None:
    stored = set()
    for contract in CONTRACTS:
        layout = artifact(contract).storage_layout
        for variable in layout["storage"]:
            of_type = layout["types"][variable["type"]]
            while "value" in of_type:
                of_type = layout["types"][of_type["value"]]
            if "members" in of_type:
                stored.add((contract, variable["label"]))

    # A proposal is stored with its hash beside it; a voucher is packed by the contract itself.
    assert stored == {*RECORDS, ("Participants", "proposal"), ("Receivables", "_voucher")}


def test_a_voucher_is_the_struct_that_the_contract_shows() -> None:
    shown = next(e for e in artifact("Receivables").abi if e.get("name") == "voucher")
    members = [python_name(part["name"]) for part in shown["outputs"][0]["components"]]

    assert [f.name for f in fields(state.Voucher)] == members


@pytest.mark.parametrize(
    ("contract", "function", "argument"), STRUCTS, ids=[f"{c}.{f}" for c, f, _ in STRUCTS]
)
def test_a_record_is_the_struct_that_a_function_takes(contract: str, function: str, argument: int) -> None:
    abi = next(e for e in artifact(contract).abi if e.get("name") == function)
    members = [python_name(part["name"]) for part in abi["inputs"][argument]["components"]]

    assert [f.name for f in fields(STRUCTS[contract, function, argument])] == members


def test_a_proposal_is_the_stored_struct_and_its_hash() -> None:
    layout = artifact("Participants").storage_layout
    of_type = next(t for t in layout["types"].values() if t["label"] == "struct Participants.Proposal")

    assert [f.name for f in fields(state.Proposal)] == [
        *(python_name(member["label"]) for member in of_type["members"]),
        "calls_hash",
    ]


def enum_names(enum: str) -> list[str]:
    """The members of a Solidity enum, in order, from its source."""
    for name in CONTRACTS:
        source = (ROOT / "contracts" / "src" / f"{name}.sol").read_text(encoding="utf-8")
        if f"enum {enum} {{" in source:
            body = source.split(f"enum {enum} {{")[1].split("}")[0]
            return [member.strip().upper() for member in body.split(",")]
    raise LookupError(enum)


@pytest.mark.parametrize(
    "enum",
    [
        *(state.Status, state.ProposalState, state.DraftState, state.JobState, state.IssueState),
        *(state.ReceivableState, state.Life, state.Encumbrance, state.Kind),
    ],
)
def test_an_enumeration_numbers_the_same_names(enum: type[IntEnum]) -> None:
    assert [member.name.replace("_", "") for member in enum] == enum_names(enum.__name__)
    assert [int(member) for member in enum] == list(range(len(enum)))


def test_a_vouchers_word_is_read_as_the_contract_packs_it() -> None:
    source = (ROOT / "contracts" / "src" / "VoucherWord.sol").read_text(encoding="utf-8")
    getters = re.findall(r"function (\w+)\(VoucherWord w\) pure returns \(uint(\d+)\)", source)
    shifts = {name.lower(): int(bits) for name, bits in re.findall(r"constant (\w+) = (\d+);", source)}

    packed = [(name, shifts.get(name, 0), int(bits)) for name, bits in getters]

    assert [(name, 8 * offset, 8 * size) for name, offset, size in VOUCHER_MEMBERS] == packed
    assert [python_name(name) for name, _, _ in packed] == [field.name for field in fields(state.Voucher)]
