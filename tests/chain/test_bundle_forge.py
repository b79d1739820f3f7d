"""A chain made by the rules alone, without any machine: long histories at little cost.

`python -m tests.chain.test_bundle_forge EVENTS FILE` writes a bundle of that many events and verifies it.
"""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

from coincurve import PrivateKey
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from trie.hexary import HexaryTrie

from chain import events as ev
from chain.artifacts import CONTRACTS, artifact
from chain.bundle.calls import read_call, signature_of
from chain.bundle.execution import Creation, Execution
from chain.bundle.export import batched
from chain.bundle.file import BundleWriter
from chain.bundle.opening import Opening, artifact_hashes, opening_values
from chain.bundle.signatures import acceptance_type, digest_of, members_of, quote_type, signing_domains
from chain.bundle.state import PAGE, account_values, page_values
from chain.bundle.verification import verify_bundle
from chain.clients.base import compact
from chain.deployment import DAY, Manifest, constructor_arguments, empty_ledger, ledger_addresses
from chain.headers import rlp
from chain.headers.ethereum import NO_OMMERS
from chain.headers.receipts import Log, bloom_of
from chain.headers.trie import ordered_root, storage_root
from chain.logs import checksummed
from chain.naming import policy_key, python_name
from chain.policies import DEFAULT_POLICIES
from chain.rules.state import (
    Acceptance,
    IssueTerms,
    Kind,
    Leg,
    Moment,
    Quote,
    Role,
    Statement,
    voucher_id,
)
from chain.storage import expected_words

START = 1_800_000_000
CHAIN = 4242


@dataclass
class Key:
    """An account: its key, address and nonce."""

    name: str
    nonce: int = 0

    def __post_init__(self) -> None:
        self.key = PrivateKey(keccak(text=self.name))
        self.address = keccak(self.key.public_key.format(compressed=False)[1:])[12:]

    @property
    def account(self) -> str:
        return checksummed(self.address)


def word(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value.rjust(32, b"\0")
    return bytes(12) + bytes.fromhex(value[2:]) if isinstance(value, str) else int(value).to_bytes(32, "big")


EVENTS = {
    entry["name"]: entry for name in CONTRACTS for entry in artifact(name).abi if entry["type"] == "event"
}
FUNCTIONS = {
    (name, entry["name"]): signature_of(entry)
    for name in CONTRACTS
    for entry in artifact(name).abi
    if entry["type"] == "function"
}


def log_of(contract: bytes, event: ev.Event) -> Log:
    abi = EVENTS[type(event).__name__]
    topics = [keccak(f"{abi['name']}({','.join(a['type'] for a in abi['inputs'])})".encode())]
    values = {a["name"]: getattr(event, python_name(a["name"])) for a in abi["inputs"]}
    topics += [word(values[a["name"]]) for a in abi["inputs"] if a["indexed"]]
    plain = [a for a in abi["inputs"] if not a["indexed"]]
    data = encode([a["type"] for a in plain], [values[a["name"]] for a in plain])
    return Log(contract, tuple(topics), data)


@dataclass
class Forge:
    """A ledger under way; `block` has what is not in a block yet."""

    execution: Execution
    manifest: Manifest
    writer: BundleWriter
    keys: dict[str, Key]
    per_block: int
    now: int = START
    number: int = 1
    parent: bytes = bytes(32)
    state_root: bytes = bytes(32)
    made: int = 0
    events: int = 0
    block: list[tuple[bytes, list[Log]]] = field(default_factory=list)

    def send(self, key: Key, to: bytes, data: bytes, happened: tuple[ev.Event, ...]) -> None:
        fields: list[rlp.Item] = [
            *(minimal(CHAIN), minimal(key.nonce), b"", minimal(7), minimal(1_000_000)),
            *(to, b"", data, []),
        ]
        digest = keccak(b"\2" + rlp.encode(fields))
        signature = key.key.sign_recoverable(digest, hasher=None)
        r, s = (signature[a:b].lstrip(b"\0") for a, b in ((0, 32), (32, 64)))
        raw = b"\2" + rlp.encode([*fields, minimal(signature[64]), r, s])
        key.nonce += 1
        contract = {type(e).__name__: c for c in CONTRACTS for e in happened if is_of(c, e)}
        logs = [log_of(self.address(contract[type(e).__name__]), e) for e in happened]
        self.block.append((raw, logs))
        self.events += len(happened)
        if len(self.block) == self.per_block:
            self.mine()

    def address(self, contract: str) -> bytes:
        return bytes.fromhex(self.manifest.addresses[contract][2:])

    def call(self, who: str, contract: str, function: str, *arguments: Any) -> tuple[ev.Event, ...]:
        signature = FUNCTIONS[contract, function]
        types = signature[signature.index("(") + 1 : -1]
        data = keccak(signature.encode())[:4] + encode(split_types(types), arguments)
        key = self.keys[who]
        did = read_call(contract, data, self.execution.domains)
        happened = self.execution.take(did, Moment(self.now, key.account))
        self.send(key, self.address(contract), data, happened)
        return happened

    def signed(self, who: str, contract: str, of_type: bytes, function: str, record: Any) -> bytes:
        """A signature of what a function of a contract hashes, 65 bytes."""
        kinds = [kind for kind, _ in members_of(contract, function)]
        digest = digest_of(self.execution.domains[contract], of_type, encode(kinds, astuple(record)))
        signature = self.keys[who].key.sign_recoverable(digest, hasher=None)
        return signature[:64] + bytes((signature[64] + 27,))

    def mine(self, state_root: bytes = bytes(32)) -> None:
        gas, bloom, receipts = 0, 0, []
        for _, logs in self.block:
            gas += 50_000
            own = bloom_of(logs)
            bloom |= own
            items: list[rlp.Item] = [[log.address, list(log.topics), log.data] for log in logs]
            receipts.append(b"\2" + rlp.encode([b"\1", minimal(gas), own.to_bytes(256, "big"), items]))
        transactions = [raw for raw, _ in self.block]
        header = rlp.encode(
            [
                *(self.parent, NO_OMMERS, bytes(20), state_root, ordered_root(transactions)),
                *(ordered_root(receipts), bloom.to_bytes(256, "big"), b"", minimal(self.number)),
                *(minimal(10**9), minimal(gas), minimal(self.now), b"", bytes(32), bytes(8), b"", bytes(32)),
            ]
        )
        self.parent = keccak(header)
        self.writer.write(
            {
                "hash": self.parent.hex(),
                "header": header.hex(),
                "transactions": [raw.hex() for raw in transactions],
                "receipts": [raw.hex() for raw in receipts],
            }
        )
        self.block = []
        self.number += 1
        self.now += 1

    def finish(self) -> Opening:
        """The last block, with a state that is proved, and the state."""
        words: dict[str, list[tuple[int, int]]] = {name: [] for name in CONTRACTS}
        for each in expected_words(self.execution.ledger):
            words[each.contract].append((each.slot, each.value))
        state = HexaryTrie({})
        codes = {name: artifact(name).deployed_bytecode for name in CONTRACTS}
        for name, code in codes.items():
            account = rlp.encode([b"\1", b"", storage_root(words[name]), keccak(code)])
            state[keccak(self.address(name))] = account
        self.mine(state.root_hash)
        proofs: Any = state
        for name, code in codes.items():
            nodes = proofs.get_proof(keccak(self.address(name)))
            self.writer.write(account_values(name, code, [rlp.encode(list(node)) for node in nodes]))
        for name, own in words.items():
            for page in batched(own, PAGE):
                self.writer.write(page_values(name, page))
        return Opening("forged", self.manifest, 1, self.number - 1, self.parent.hex())


def minimal(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def split_types(types: str) -> list[str]:
    found, depth = [""], 0
    for character in types:
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            found.append("")
        else:
            found[-1] += character
    return found


_OF = {
    (name, entry["name"]) for name in CONTRACTS for entry in artifact(name).abi if entry["type"] == "event"
}


def is_of(contract: str, event: ev.Event) -> bool:
    return (contract, type(event).__name__) in _OF


PEOPLE = {
    "anchor": Role.DEBTOR,
    "supplier": Role.SUPPLIER,
    "second": Role.SUPPLIER,
    "third": Role.SUPPLIER,
    "bank": Role.FINANCIER,
    "attester": Role.ATTESTER,
    "settler": Role.SETTLEMENT_BANK,
}
NUMBERS = {name: number for number, name in enumerate(PEOPLE, 1)}


def begun(writer: BundleWriter, opening: Opening, per_block: int) -> Forge:
    """A ledger founded and everybody admitted, as a deployment does it."""
    manifest = opening.manifest
    contract_of = {bytes.fromhex(a[2:]): name for name, a in manifest.addresses.items()}
    ledger = empty_ledger(manifest)
    domains = signing_domains(CHAIN, contract_of)
    keys = {name: Key(name) for name in ("governor 1", "governor 2", *PEOPLE)}
    writer.write(opening_values(opening))
    forge = Forge(Execution(ledger, contract_of, domains), manifest, writer, keys, per_block)
    arguments = constructor_arguments(manifest.addresses, manifest.governors, manifest.threshold)
    for name in CONTRACTS:
        happened = forge.execution.create(Creation(name, arguments[name]))
        (constructor,) = (e for e in artifact(name).abi if e["type"] == "constructor")
        types = [argument["type"] for argument in constructor["inputs"]]
        data = artifact(name).bytecode + encode(types, arguments[name])
        forge.send(keys["governor 1"], b"", data, happened)
    calls = [
        inner(
            *(forge, "Participants", "admit"),
            *(keccak(text=name), int(role), START + 3650 * DAY, keys[name].account),
        )
        for name, role in PEOPLE.items()
    ]
    calls.append(inner(forge, "Attestations", "registerSchema", 7, True, False, b"\1" * 32))
    calls.append(inner(forge, "Limits", "setLimit", NUMBERS["anchor"], 156, 2**63))
    calls += [
        inner(
            *(forge, "Policies", "set", policy_key(each.name), each.value, 0),
            *(each.citation.issuer, each.citation.document, each.citation.article),
        )
        for each in DEFAULT_POLICIES
    ]
    forge.call("governor 1", "Participants", "propose", calls)
    forge.call("governor 2", "Participants", "approve", 1)
    forge.call("governor 1", "Participants", "execute", 1, calls)
    return forge


def inner(forge: Forge, contract: str, function: str, *arguments: Any) -> tuple[str, bytes]:
    signature = FUNCTIONS[contract, function]
    types = split_types(signature[signature.index("(") + 1 : -1])
    return forge.manifest.addresses[contract], keccak(signature.encode())[:4] + encode(types, arguments)


def trade(forge: Forge) -> None:
    """One receivable's life: issued, split, passed on, financed, paid."""
    forge.made += 1
    seed = forge.made.to_bytes(8, "big")
    evidence, invoice, reference = (keccak(tag + seed) for tag in (b"e", b"i", b"r"))
    receivable, supplier, bank = forge.made, NUMBERS["supplier"], NUMBERS["bank"]
    statement = Statement(evidence, 1, bytes(32), 3, 0)
    terms = IssueTerms(
        debtor=NUMBERS["anchor"],
        creditor=supplier,
        face=900_001,
        currency=156,
        delivered_at=forge.now - DAY,
        due_at=forge.now + 90 * DAY,
        interest_share=0,
        waives_defences=False,
        evidence=evidence,
        invoice=invoice,
    )
    forge.call("attester", "Attestations", "attest", astuple(statement))
    forge.call("attester", "Invoices", "register", invoice, supplier, 156, 1_000_000)
    forge.call("supplier", "Issuance", "propose", astuple(terms))
    forge.call("anchor", "Issuance", "confirm", receivable)
    first = voucher_id(receivable, 0)
    second, third = first + 600_001, first + 599_992
    legs = [astuple(Leg(NUMBERS["second"], 300_000, evidence)), astuple(Leg(NUMBERS["third"], 9, evidence))]
    forge.call("supplier", "Receivables", "split", first, 0, legs)
    forge.call("second", "Receivables", "accept", second, 0)
    forge.call("third", "Receivables", "accept", third, 0)
    acceptance = Acceptance(
        second, 1, NUMBERS["second"], NUMBERS["third"], 300_000, evidence, forge.now + DAY
    )
    passed = forge.signed("third", "Receivables", acceptance_type(), "acceptanceDigest", acceptance)
    forge.call(
        *("second", "Receivables", "transfer", second, 1, acceptance.to, evidence),
        *(acceptance.valid_until, *compact(passed)),
    )
    quote = Quote(
        voucher=second,
        version=2,
        financier=bank,
        kind=Kind.PURCHASE,
        face=300_000,
        proceeds=290_000,
        interest=5_000,
        debtor_interest=0,
        fees=1_000,
        matures_at=0,
        valid_until=forge.now + DAY,
        terms=reference,
    )
    signed = forge.signed("bank", "Financing", quote_type(), "quoteDigest", quote)
    forge.call("third", "Financing", "acceptQuote", astuple(quote), *compact(signed), bytes(32))
    forge.call("bank", "Financing", "file", second, 3, reference, evidence, forge.now)
    forge.call("settler", "Financing", "disburse", second, 3, 290_000, keccak(reference))
    forge.call("settler", "Receivables", "recordPayment", receivable, 900_001, reference)
    forge.call("settler", "Receivables", "redeem", receivable, [0, 599_992, 600_001])


def forged(path: Path, events: int, per_block: int = 20) -> Opening:
    """Writes a bundle of at least so many events."""
    governors = [Key("governor 1"), Key("governor 2")]
    addresses = ledger_addresses(governors[0].address, 0)
    hashes = {name: "0x" + each["runtime"] for name, each in artifact_hashes().items()}
    accounts = tuple(each.account for each in governors)
    manifest = Manifest(CHAIN, 1, addresses, hashes, accounts, 2)
    # The head is known only at the end: the history is made twice, the second time under its own name.
    last, head = 1, ""
    for _ in range(2):
        with BundleWriter(path) as writer:
            forge = begun(writer, Opening("forged", manifest, 1, last, head), per_block)
            while forge.events < events:
                trade(forge)
            opening = forge.finish()
        last, head = opening.last, opening.head
    return opening


def test_a_history_made_by_the_rules_verifies(tmp_path: Path) -> None:
    path = tmp_path / "bundle"

    forged(path, 200, per_block=7)
    report = verify_bundle(path, checkpoint=1)

    assert report.divergences == ()
    assert report.events >= 200
    assert report.proven
    assert report.checkpoints > 10


def test_a_history_of_many_chunks_is_verified_by_several_processes(tmp_path: Path) -> None:
    path = tmp_path / "bundle"

    forged(path, 2500)
    report = verify_bundle(path, processes=2)

    assert report.agrees
    assert report.events >= 2500


if __name__ == "__main__":
    file = Path(sys.argv[2])
    if not file.exists():
        forged(file, int(sys.argv[1]))
    result = verify_bundle(file, processes=int(sys.argv[3]) if len(sys.argv) > 3 else 2)
    shown = {k: v for k, v in result.to_json().items() if k not in ("notes", "addresses")}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    shown |= {"megabytes": memory, "megabytes of a process": workers, "size": file.stat().st_size}
    sys.stdout.write(json.dumps(shown, indent=1) + "\n")
