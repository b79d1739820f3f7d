"""What is measured on: a network of four validators, a ledger, suppliers with vouchers to split."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Final

from eth_utils.crypto import keccak

from api.bench.load.pouring import pour
from api.http.gateway import hash_token, new_token
from chain.deployment import DAY, Manifest, deploy, write_manifest
from chain.engines import connect, now
from chain.ledger import OpenLedger, decide, open_ledger
from chain.policies import DEFAULT_POLICIES, policy_calls
from chain.rpc import HttpRpc
from chain.rules.state import IssueTerms, Role, Statement, voucher_id
from chain.signing import LocalSigner, new_signer, write_keystore

CNY: Final = 156
FACE: Final = 1_000_000
AT_ONCE: Final = 20
"""Participants of one proposal of the governor's: what fits into a transaction."""

Doing = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Supplier:
    """A participant that splits: its number, its key, its token, and a voucher for each measurement."""

    number: int
    signer: LocalSigner = field(repr=False)
    token: str = field(repr=False)
    vouchers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """A populated ledger on running nodes, and what a gateway to it needs.

    `suppliers` send through the gateway, `plain` are as many who sign themselves: nobody may use a key that a
    gateway gives out nonces for.
    """

    nodes: tuple[str, ...]
    ledger: OpenLedger = field(repr=False)
    manifest: Manifest
    suppliers: tuple[Supplier, ...]
    plain: tuple[Supplier, ...]
    folder: Path
    password: str = field(repr=False)


def populate(nodes: Sequence[str], folder: Path, suppliers: int, vouchers: int, doing: Doing) -> Ground:
    """Deploys a ledger with so many suppliers of each sort, and gives each of them so many vouchers."""
    doing("deploying the ledger")
    engine = connect(nodes[0])
    governors, anchor, tax = [new_signer(), new_signer()], new_signer(), new_signer()
    manifest = deploy(engine, new_signer(), [each.address for each in governors], 2)
    ledger = open_ledger(engine, manifest)
    keys = [new_signer() for _ in range(2 * suppliers)]
    doing("admitting participants")
    until = now(engine) + 365 * DAY
    trade = keccak(text="counterfoil/bench/trade")
    calls = [
        *policy_calls(ledger, DEFAULT_POLICIES),
        _admission(ledger, anchor, Role.DEBTOR | Role.LARGE_FIRM, until),
        _admission(ledger, tax, Role.ATTESTER, until),
        ledger.attestations.encoded("registerSchema", 0b0111, True, False, trade),
        ledger.limits.encoded("setLimit", 1, CNY, 10**12),
    ]
    decide(ledger, governors, calls)
    for first in range(0, len(keys), AT_ONCE):
        some = keys[first : first + AT_ONCE]
        decide(ledger, governors, [_admission(ledger, key, Role.SUPPLIER, until) for key in some])
    doing("issuing receivables")
    made = _issue(ledger, nodes[0], anchor, tax, keys, vouchers)
    password = secrets.token_urlsafe(32)
    people = tuple(
        Supplier(at + 3, key, new_token(), made[at * vouchers : (at + 1) * vouchers])
        for at, key in enumerate(keys)
    )
    gateways, plain = people[:suppliers], people[suppliers:]
    _write_down(folder, manifest, gateways, password)
    return Ground(tuple(nodes), ledger, manifest, gateways, plain, folder, password)


def _admission(ledger: OpenLedger, key: LocalSigner, roles: Role, until: int) -> tuple[str, bytes]:
    identity = keccak(text=f"counterfoil/bench/{key.address}")
    return ledger.participants.encoded("admit", identity, int(roles), until, key.address)


def _issue(
    ledger: OpenLedger,
    node: str,
    anchor: LocalSigner,
    tax: LocalSigner,
    keys: Sequence[LocalSigner],
    each: int,
) -> tuple[int, ...]:
    """Each supplier's receivables, proposed by the anchor and confirmed; their vouchers, by supplier."""
    evidence, subject = secrets.token_bytes(32), secrets.token_bytes(32)
    statement = Statement(evidence, 1, subject, 3, 0)
    invoices = [secrets.token_bytes(32) for _ in keys]
    at = now(ledger.engine)

    def terms(supplier: int) -> IssueTerms:
        return IssueTerms(
            debtor=1,
            creditor=supplier + 3,
            face=FACE,
            currency=CNY,
            delivered_at=at - DAY,
            due_at=at + 90 * DAY,
            interest_share=0,
            waives_defences=True,
            evidence=evidence,
            invoice=invoices[supplier],
        )

    rpc = HttpRpc(node)
    try:
        pour(
            rpc, ledger.manifest.chain_id, [(tax, *ledger.attestations.encoded("attest", astuple(statement)))]
        )
        registered = [
            ledger.invoices.encoded("register", invoice, number + 3, CNY, FACE * each)
            for number, invoice in enumerate(invoices)
        ]
        pour(rpc, ledger.manifest.chain_id, [(tax, *call) for call in registered])
        # One after another, so that numbers follow the order of suppliers.
        proposed = [
            ledger.issuance.encoded("proposeMany", [astuple(terms(supplier)) for _ in range(each)])
            for supplier in range(len(keys))
        ]
        pour(rpc, ledger.manifest.chain_id, [(anchor, *call) for call in proposed])
        numbers = range(1, len(keys) * each + 1)
        confirmed = [
            (key, *ledger.issuance.encoded("confirmMany", list(numbers[n * each : (n + 1) * each])))
            for n, key in enumerate(keys)
        ]
        pour(rpc, ledger.manifest.chain_id, confirmed)
    finally:
        rpc.close()
    return tuple(voucher_id(number, 0) for number in numbers)


def _write_down(folder: Path, manifest: Manifest, people: Sequence[Supplier], password: str) -> None:
    """Manifest, keystores and accounts file, as an operator has them."""
    write_manifest(manifest, folder / "manifest.json")
    listed = []
    for person in people:
        name = f"supplier-{person.number}"
        write_keystore(person.signer, folder / f"{name}.json", password, 4096)
        listed.append(
            {
                "alias": name,
                "name": name,
                "number": person.number,
                "keystore": f"{name}.json",
                "token_sha256": hash_token(person.token).hex(),
            }
        )
    (folder / "accounts.json").write_text(json.dumps({"participants": listed}), encoding="utf-8")
