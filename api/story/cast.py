"""Who plays: governors and eleven organisations, each with its own key, and the policies they play by."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eth_utils.crypto import keccak

from chain.deployment import Manifest, deploy
from chain.engines import Engine, fund, now
from chain.ledger import OpenLedger, decide, open_ledger
from chain.policies import DEFAULT_POLICIES, policy_calls
from chain.rules.state import Role
from chain.sending import Sent
from chain.signing import Signer, new_signer
from flows.nullifier import legal_id_hash
from flows.records import Party
from flows.samples import sample_party

YEAR = 365 * 24 * 3600

TRADE_FLOWS = 0b0111
CNY = 156

LIMIT = 1_000_000_000
"""What the anchor may owe at any time, in fen: ten million yuan."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part to be played: its label, the sample organisation that plays it, and its roles on the ledger."""

    label: str
    name: str
    roles: Role


PARTS: Mapping[str, Part] = {
    "anchor": Part("Anchor", "华东重工示例集团有限公司", Role.DEBTOR | Role.LARGE_FIRM),
    "tier1": Part("Tier 1", "宁波恒精机械示例有限公司", Role.SUPPLIER | Role.SMALL_FIRM),
    "tier2": Part("Tier 2", "嘉兴瑞达轴承示例有限公司", Role.SUPPLIER | Role.SMALL_FIRM),
    "tier3": Part("Tier 3", "海宁明诚五金示例厂", Role.SUPPLIER | Role.SMALL_FIRM),
    "bank": Part("Bank", "江南示例银行股份有限公司", Role.FINANCIER),
    "tax": Part("Tax attester", "示例市税务数据服务中心", Role.ATTESTER),
    "carrier": Part("Carrier", "通达示例物流有限公司", Role.ATTESTER),
    "settlement": Part("Settlement bank", "示例清算银行股份有限公司", Role.SETTLEMENT_BANK),
    "auditor": Part("Auditor", "公正示例会计师事务所", Role.AUDITOR | Role.ATTESTER),
    "factor": Part("Factor", "海川示例商业保理有限公司", Role.FINANCIER),
    "court": Part("Court", "示例市中级人民法院", Role.REGULATOR),
}


@dataclass(frozen=True, slots=True)
class Player:
    """An admitted organisation: its part's label, its legal identity, its number and its key."""

    label: str
    party: Party
    number: int
    signer: Signer

    def __str__(self) -> str:
        return f"{self.label} {self.party.name}"


@dataclass(frozen=True, slots=True)
class Schemas:
    """Numbers of the schemas the governors registered."""

    trade: int
    logistics: int
    ledger_features: int
    model_approval: int


@dataclass(frozen=True, slots=True)
class Cast:
    """Governors, players by part, and what the governors registered."""

    governors: tuple[Signer, ...]
    players: Mapping[str, Player]
    schemas: Schemas

    def __getitem__(self, part: str) -> Player:
        return self.players[part]


def found_ledger(engine: Engine) -> tuple[OpenLedger, Manifest, tuple[Signer, ...]]:
    """Deploys a ledger under three governors, two of whom decide."""
    governors = tuple(new_signer() for _ in range(3))
    deployer = new_signer()
    for signer in (deployer, *governors):
        fund(engine, signer.address)
    manifest = deploy(engine, deployer, [governor.address for governor in governors], threshold=2)
    return open_ledger(engine, manifest), manifest, governors


def admit(
    ledger: OpenLedger,
    governors: Sequence[Signer],
    parties: Mapping[str, Party] | None = None,
    limit: int = LIMIT,
) -> tuple[Cast, Sent]:
    """Governors set the policies, admit every part, limit the anchor and register the schemas: one proposal.

    Args:
        ledger: a ledger nobody has been admitted to yet.
        governors: enough of them to decide.
        parties: organisations that take a part instead of the sample one, by part.
        limit: what the anchor may owe, in fen.
    """
    engine, participants = ledger.engine, ledger.participants
    parties = parties or {}
    until = now(engine) + 3 * YEAR
    playing = {key: parties.get(key) or sample_party(part.name) for key, part in PARTS.items()}
    signers = {key: new_signer() for key in PARTS}
    calls = policy_calls(ledger, DEFAULT_POLICIES)
    for key, part in PARTS.items():
        fund(engine, signers[key].address)
        party = playing[key]
        scheme = party.identifiers[0].scheme if party.identifiers else "name"
        hashed = legal_id_hash(secrets.token_bytes(32), scheme, party.id or party.name)
        calls.append(participants.encoded("admit", hashed, int(part.roles), until, signers[key].address))
    definitions = (
        (TRADE_FLOWS, "counterfoil.evidence.four-flows.v1"),
        (0b0010, "counterfoil.evidence.logistics.v1"),
        (0b0100, "counterfoil.evidence.ledger-features.v1"),
        (0, "counterfoil.model-approval.v1"),
    )
    for flows, definition in definitions:
        hashed = keccak(text=definition)
        calls.append(ledger.attestations.encoded("registerSchema", flows, True, False, hashed))
    anchor = list(PARTS).index("anchor") + 1
    calls.append(ledger.limits.encoded("setLimit", anchor, CNY, limit))
    sent = decide(ledger, governors, calls)
    players = {
        key: Player(part.label, playing[key], participants.number_of(signers[key].address), signers[key])
        for key, part in PARTS.items()
    }
    return Cast(tuple(governors), players, Schemas(1, 2, 3, 4)), sent
