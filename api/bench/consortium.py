"""A ledger to measure on: governors and organisations of every kind, short terms so that much happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from eth_account import Account
from eth_utils.crypto import keccak

from chain.deployment import DAY, deploy
from chain.differential.steps import World
from chain.engines import Engine, fund, now
from chain.ledger import OpenLedger, decide, open_ledger
from chain.policies import DEFAULT_POLICIES, policy_calls
from chain.rules.state import Role
from chain.signing import LocalSigner

SHORTER: Mapping[str, int] = {
    "term.longest": 90 * DAY,
    "term.review": 60 * DAY,
    "evidence.level": 2,
    "transfer.tiers": 4,
    "transfer.legs": 5,
    "transfer.offer-period": 10 * DAY,
}
CURRENCIES = (156, 978)
LIMIT = 10**15
CENTURY = 100 * 365 * DAY
ROLES = (
    *(Role.DEBTOR | Role.LARGE_FIRM,) * 2,
    *(Role.DEBTOR,) * 2,
    *(Role.SUPPLIER,) * 4,
    *(Role.SUPPLIER | Role.SMALL_FIRM,) * 3,
    *(Role.FINANCIER,) * 3,
    *(Role.ATTESTER,) * 2,
    *(Role.SETTLEMENT_BANK,) * 2,
    Role.REGULATOR,
    Role.OPERATOR,
    Role.AUDITOR,
)
STRANGERS = 16
"""Accounts that are nobody's to begin with."""


def found_consortium(engine: Engine) -> tuple[OpenLedger, World]:
    """Deploys a ledger, sets its policies and admits everybody, always with the same keys."""
    governors = [_key(f"governor {n}") for n in range(4)]
    members = [_key(f"member {n}") for n in range(len(ROLES))]
    strangers = [_key(f"stranger {n}") for n in range(STRANGERS)]
    for each in (*governors, *members):
        fund(engine, each.address)
    manifest = deploy(engine, governors[0], [governor.address for governor in governors], 2)
    ledger, until = open_ledger(engine, manifest), now(engine) + CENTURY
    shorter = [replace(each, value=SHORTER.get(each.name, each.value)) for each in DEFAULT_POLICIES]
    debtors = [number for number, role in enumerate(ROLES, 1) if role & Role.DEBTOR]
    decide(
        ledger,
        governors,
        [
            *policy_calls(ledger, shorter),
            *(
                ledger.participants.encoded("admit", _hash(f"identity {n}"), int(role), until, member.address)
                for n, (role, member) in enumerate(zip(ROLES, members, strict=True))
            ),
            ledger.attestations.encoded("registerSchema", 7, True, False, _hash("schema 1")),
            ledger.attestations.encoded("registerSchema", 15, True, True, _hash("schema 2")),
            *(
                ledger.limits.encoded("setLimit", debtor, currency, LIMIT)
                for debtor in debtors
                for currency in CURRENCIES
            ),
        ],
    )
    everybody = {each.address: each for each in (*governors, *members, *strangers)}
    return ledger, World(manifest.chain_id, manifest.addresses, everybody)


def _key(name: str) -> LocalSigner:
    return LocalSigner(Account.from_key(_hash(f"key of {name}")))


def _hash(text: str) -> bytes:
    return keccak(text=f"counterfoil/bench/differential/{text}")
